package tests

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "sanad.dev/sanad/api/cli" // what the program is made of, so that the test cache knows when it has changed
)

const (
	// longestStart bounds a server's start, on a busy machine and with a database that recovers.
	longestStart = time.Minute
	// longestStop bounds a server's end when it is asked for.
	longestStop = 30 * time.Second
	// keptLines is how many of its last lines are shown where a server fails.
	keptLines = 20
)

// builtIn is the folder that the program was built into; it goes with this test process.
var builtIn string

func TestMain(m *testing.M) {
	defer func() { _ = os.RemoveAll(builtIn) }()
	m.Run()
}

// program builds sanad, once in a test process, and returns where it is.
var program = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "sanad-built-")
	if err != nil {
		return "", err
	}
	builtIn = folder
	path := filepath.Join(folder, "sanad")
	build := exec.Command("go", "build", "-o", path, ".")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build sanad: %w\n%s", err, out)
	}
	return path, nil
})

// sanad runs a command to its end and returns what it printed.
func sanad(ctx context.Context, args ...string) (string, error) {
	path, err := program()
	if err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, path, args...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("sanad %s: %w\n%s", args[0], err, out)
	}
	return string(out), err
}

// server is a `sanad serve` in a process of its own.
type server struct {
	process *exec.Cmd
	address string // of gRPC
	web     string // of HTTP; known once it serves

	ended chan struct{} // closed when the process is gone
	err   error         // how it ended

	mu    sync.Mutex
	lines []string // the last of its log
}

// serve starts a server on free ports. It is killed at the end of the test, if it still runs.
func serve(t *testing.T, i institution) *server {
	t.Helper()
	s, err := i.serve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	return s
}

// serve starts a server and returns when it serves; where it does not, it is gone.
func (i institution) serve(more ...string) (*server, error) {
	return i.start("serving", append([]string{"serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"}, more...)...)
}

// start starts a command on the institution's database and returns when its log says the word; where it does not, it is
// gone.
func (i institution) start(word string, args ...string) (*server, error) {
	path, err := program()
	if err != nil {
		return nil, err
	}
	s := &server{
		process: exec.Command(path, append(args, "--db", i.url, "--key-file", i.key)...),
		ended:   make(chan struct{}),
	}
	log, err := s.process.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	serving := make(chan string, 1)
	go s.watch(log, word, serving)
	select {
	case s.address = <-serving:
		return s, nil
	case <-s.ended:
		return nil, fmt.Errorf("the server ended before it served: %w\n%s", s.err, s.lastLines())
	case <-time.After(longestStart):
		s.kill()
		return nil, fmt.Errorf("the server does not serve within %s\n%s", longestStart, s.lastLines())
	}
}

// watch reads the server's log until there is no more, and then waits for its end.
func (s *server) watch(log io.Reader, word string, serving chan<- string) {
	defer close(s.ended)
	for lines := bufio.NewReader(log); ; {
		line, err := lines.ReadString('\n')
		var record struct{ Msg, GRPC, HTTP string }
		if json.Unmarshal([]byte(line), &record) == nil && record.Msg == word {
			s.web = record.HTTP
			serving <- record.GRPC
		}
		s.keep(line)
		if err != nil {
			break
		}
	}
	s.err = s.process.Wait()
}

func (s *server) keep(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line)
	s.lines = s.lines[max(0, len(s.lines)-keptLines):]
}

func (s *server) lastLines() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "")
}

// kill ends the process by SIGKILL, so that it can do nothing about it, and returns when it is gone.
func (s *server) kill() {
	_ = s.process.Process.Kill() // It may be gone already.
	<-s.ended
}

// terminate asks the server to end (SIGTERM) and returns when it has. It must end well, and by itself.
func (s *server) terminate() error {
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop the server: %w", err)
	}
	select {
	case <-s.ended:
	case <-time.After(longestStop):
		return fmt.Errorf("the server still runs %s after SIGTERM", longestStop)
	}
	if s.err != nil {
		return errors.Join(fmt.Errorf("the server was stopped and ended badly: %w", s.err), errors.New(s.lastLines()))
	}
	return nil
}
