package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

const (
	// longestStart bounds a server's start: it may have to wait for others that migrate.
	longestStart = 3 * time.Minute
	// longestStop bounds its end, after which it is killed.
	longestStop = time.Minute
	// keptLines is how many of its last lines are shown when it fails.
	keptLines = 10
)

// benchServer is a server in a process of its own.
type benchServer struct {
	process *exec.Cmd
	address string
	conn    *grpc.ClientConn
	log     *serverLog
}

// startServer starts this program's serve on free ports, and returns when it serves. It ends when the context does.
func startServer(ctx context.Context, p place) (*benchServer, error) {
	s, err := launch(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("start a server: %w", err)
	}
	if err := s.await(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start a server: %w", err), s.stop())
	}
	s.conn, err = dial(s.address)
	if err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func launch(ctx context.Context, p place) (*benchServer, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{"serve", "--db", p.url, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"}
	if p.keyFile != "" {
		args = append(args, "--key-file", p.keyFile)
	}
	process := exec.CommandContext(ctx, program, args...)
	process.Cancel = func() error { return end(process.Process) }
	process.WaitDelay = longestStop
	stderr, err := process.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, err
	}
	s := &benchServer{process: process, log: &serverLog{serving: make(chan string, 1), ended: make(chan struct{})}}
	go s.log.read(stderr)
	return s, nil
}

// end asks a process to end; where the system knows no such thing, it is killed.
func end(p *os.Process) error {
	err := p.Signal(syscall.SIGTERM)
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		return p.Kill()
	}
	return err
}

func (s *benchServer) await(ctx context.Context) error {
	select {
	case s.address = <-s.log.serving:
		return nil
	case <-s.log.ended:
		return errors.New("it ended before it served")
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(longestStart):
		return fmt.Errorf("it does not serve after %s", longestStart)
	}
}

// stop ends the server by its own pid and waits until it is gone.
func (s *benchServer) stop() error {
	if s.conn != nil {
		_ = s.conn.Close()
	}
	if err := end(s.process.Process); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end the server: %w", err)
	}
	late := time.AfterFunc(longestStop, func() { _ = s.process.Process.Kill() })
	defer late.Stop()
	<-s.log.ended
	if err := s.process.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("the server ended badly: %w%s", err, s.lastWords())
	}
	return nil
}

// lastWords are the last lines that the server wrote beside its start, to be shown under an error.
func (s *benchServer) lastWords() string {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	if len(s.log.lines) == 0 {
		return ""
	}
	return "; the server's last lines:\n" + strings.Join(s.log.lines, "\n")
}

// serverLog reads what a server writes to its log.
type serverLog struct {
	serving chan string
	ended   chan struct{}
	mu      sync.Mutex
	lines   []string
}

// read reads to the end, whatever comes: a server whose log nobody reads stands still.
func (l *serverLog) read(r io.Reader) {
	defer close(l.ended)
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		l.keep(bytes.TrimSpace(line))
		if err != nil {
			return
		}
	}
}

func (l *serverLog) keep(line []byte) {
	var record struct{ Msg, Level, GRPC string }
	_ = json.Unmarshal(line, &record) // what is not JSON is kept as any other line
	switch {
	case record.Msg == "serving":
		l.serving <- record.GRPC
		return
	case len(line) == 0 || record.Level == "INFO":
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(line))
	l.lines = l.lines[max(0, len(l.lines)-keptLines):]
}

// dial makes a connection of its own.
func dial(address string) (*grpc.ClientConn, error) {
	return grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
}

// peakMemory is the most memory that the server has had resident, in MiB. Where the system doesn't keep that, it is
// what it has now.
func (s *benchServer) peakMemory(ctx context.Context) (float64, error) {
	pid := strconv.Itoa(s.process.Process.Pid)
	text, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		text, err = exec.CommandContext(ctx, "ps", "-o", "rss=", "-p", pid).Output()
		if err != nil {
			return 0, fmt.Errorf("ask how much memory the server has: %w", err)
		}
	} else {
		_, after, _ := bytes.Cut(text, []byte("VmHWM:"))
		text, _, _ = bytes.Cut(after, []byte("kB"))
	}
	kib, err := strconv.Atoi(string(bytes.TrimSpace(text)))
	if err != nil {
		return 0, fmt.Errorf("ask how much memory the server has: %w", err)
	}
	return rounded(float64(kib)/1024, 1), nil
}
