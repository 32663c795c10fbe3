package pgtest

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// owner is the database user that the server is made with.
const owner = "sanad"

// settings stand in postgresql.conf and not on the command line, so that a test can weaken one by ALTER SYSTEM and see
// the store refuse it.
const settings = `
listen_addresses = '127.0.0.1'
port = %d
unix_socket_directories = ''
fsync = on
synchronous_commit = on
shared_buffers = 256MB
max_connections = 200
password_encryption = 'scram-sha-256'
timezone = 'UTC'
# In the data folder, where what a killed server leaves is removed with it.
dynamic_shared_memory_type = mmap
`

//go:embed keeper.sh
var keeperScript string

// Server is a private PostgreSQL. It is not safe for concurrent use, but its databases are.
type Server struct {
	bin      string // folder of the server binaries
	dir      string // folder of everything the server writes; removed by the keeper
	port     int
	password string
	user     *user // who runs the server; nil for who runs the test

	keeper  *exec.Cmd
	pipe    io.WriteCloser // to the keeper
	process *exec.Cmd      // the postmaster; nil while none runs
}

// Run makes a database cluster in a new folder inside dir (the system's temporary folder where dir is empty) and starts
// a server on it. The context bounds the start only. Stop it in the end; where the program dies first, the server and
// the folder go all the same.
func Run(ctx context.Context, dir string) (*Server, error) {
	s, err := prepare(dir)
	if err != nil {
		return nil, err
	}
	if err := s.initialize(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	if err := s.Restart(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// prepare makes the folder and sets a keeper over it, before there is anything to lose.
func prepare(dir string) (*Server, error) {
	bin, err := Available()
	if err != nil {
		return nil, err
	}
	user, err := unprivileged()
	if err != nil {
		return nil, err
	}
	folder, err := newFolder(dir, user)
	if err != nil {
		return nil, fmt.Errorf("make a folder for PostgreSQL: %w", err)
	}
	s := &Server{bin: bin, dir: folder, user: user, password: randomText()}
	if err := errors.Join(s.own(folder), s.startKeeper()); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return s, nil
}

// newFolder makes a new folder inside dir, which the user must be able to enter.
func newFolder(dir string, u *user) (string, error) {
	if dir == "" {
		dir = os.TempDir()
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := enterable(dir, u); err != nil {
		return "", err
	}
	return os.MkdirTemp(dir, "sanad-postgres-")
}

// enterable says which folder on the way keeps the user out. Without it the kernel's "permission denied" would be read
// as that of the program to be started.
func enterable(dir string, u *user) error {
	if u == nil {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if info.Mode()&0o001 == 0 {
		return fmt.Errorf("the server runs%s, who may not enter %s (%v): set TMPDIR to a folder that everyone may enter",
			u.as(), dir, info.Mode())
	}
	if parent := filepath.Dir(dir); parent != dir {
		return enterable(parent, u)
	}
	return nil
}

// startKeeper starts the process that outlives this one by as long as it takes to clean up.
func (s *Server) startKeeper() error {
	s.keeper = exec.Command("/bin/sh", "-c", keeperScript, "keeper", s.dir)
	s.keeper.Dir = "/"
	s.keeper.Env = []string{"PATH=" + os.Getenv("PATH") + ":/usr/bin:/bin"} // It must find rm, whatever PATH says.
	s.keeper.SysProcAttr = session(nil)                                     // As root where the test is root: it ends and removes what another user has.
	pipe, err := s.keeper.StdinPipe()
	if err != nil {
		return fmt.Errorf("start the keeper of PostgreSQL: %w", err)
	}
	if err := s.keeper.Start(); err != nil {
		return fmt.Errorf("start the keeper of PostgreSQL: %w", err)
	}
	s.pipe = pipe
	return nil
}

// initialize makes the database cluster, in the C locale so that text sorts alike on every machine.
func (s *Server) initialize(ctx context.Context) error {
	passwordFile := filepath.Join(s.dir, "password")
	if err := os.WriteFile(passwordFile, []byte(s.password), 0o600); err != nil {
		return fmt.Errorf("write PostgreSQL's password: %w", err)
	}
	if err := s.own(passwordFile); err != nil {
		return err
	}
	var out bytes.Buffer
	cmd := s.command("initdb", "--pgdata="+s.data(), "--username="+owner, "--pwfile="+passwordFile,
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := s.start(cmd); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	defer stop()
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", errors.Join(ctx.Err(), err), out.Bytes())
	}
	return errors.Join(s.tell(""), os.Remove(passwordFile))
}

// Restart starts the server again after KillAll, on the same data and port; one that still runs is killed first.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.KillAll(); err != nil {
		return err
	}
	for {
		err := s.startPostmaster(ctx)
		if !errors.Is(err, errPortTaken) {
			return err
		}
		s.port = 0 // Another process was faster. No client knows the port before the first start has ended.
	}
}

var errPortTaken = errors.New("another process has taken the port")

func (s *Server) startPostmaster(ctx context.Context) error {
	first := s.port == 0
	if first {
		if err := s.configure(); err != nil {
			return err
		}
	}
	log, err := os.OpenFile(s.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open PostgreSQL's log: %w", err)
	}
	defer log.Close()
	cmd := s.command("postgres", "-D", s.data())
	cmd.Stdout, cmd.Stderr = log, log
	if err := s.start(cmd); err != nil {
		return err
	}
	s.process = cmd
	err = s.awaitReady(ctx)
	if err != nil && first && !portFree(s.port) && s.process == nil {
		return errPortTaken
	}
	return err
}

// configure chooses a port and writes the settings.
func (s *Server) configure() error {
	port, err := freePort()
	if err != nil {
		return err
	}
	s.port = port
	path := filepath.Join(s.data(), "postgresql.conf")
	if err := os.WriteFile(path, fmt.Appendf(nil, settings, port), 0o600); err != nil {
		return fmt.Errorf("write PostgreSQL's settings: %w", err)
	}
	return s.own(path)
}

// awaitReady returns when the server answers. It sees a server that gave up by asking the kernel, not by waiting in a
// goroutine, so that a test which counts goroutines never meets one of ours.
func (s *Server) awaitReady(ctx context.Context) error {
	for {
		err := s.Exec(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		if s.ended() {
			s.process = nil
			err := fmt.Errorf("PostgreSQL did not start; the end of its log:\n%s", s.logTail())
			return errors.Join(err, s.tell(""))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not answer (%w): %w; the end of its log:\n%s", ctx.Err(), err, s.logTail())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// start starts a process and tells the keeper to end it when the time comes.
func (s *Server) start(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s%s: %w", filepath.Base(cmd.Path), s.user.as(), err)
	}
	return s.tell(strconv.Itoa(cmd.Process.Pid))
}

// tell names to the keeper the process that it has to end, "" for none.
func (s *Server) tell(pid string) error {
	if _, err := fmt.Fprintln(s.pipe, pid); err != nil {
		return fmt.Errorf("tell the keeper of PostgreSQL: %w", err)
	}
	return nil
}

// KillAll sends SIGKILL to the postmaster and to all of its processes, as a power cut would; what was committed must
// be there after Restart. It does nothing where no server runs.
func (s *Server) KillAll() error {
	if s.process == nil {
		return nil
	}
	killed, err := killFamily(s.process.Process.Pid)
	if err != nil {
		return fmt.Errorf("kill PostgreSQL: %w", err)
	}
	_ = s.process.Wait() // It was killed: that is no error here.
	s.process = nil
	if err := awaitGone(killed); err != nil {
		return fmt.Errorf("kill PostgreSQL: %w", err)
	}
	return s.tell("")
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() error {
	if s.keeper == nil {
		return nil
	}
	_ = s.pipe.Close()
	if s.process != nil {
		_ = s.process.Wait() // Ended by the keeper: its status says nothing.
		s.process = nil
	}
	err := s.keeper.Wait()
	s.keeper = nil
	if err != nil {
		return fmt.Errorf("remove %s: %w", s.dir, err)
	}
	return nil
}

// URL is that of the database "postgres", which is there, and empty, from the start.
func (s *Server) URL() string { return s.databaseURL("postgres") }

func (s *Server) databaseURL(name string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(owner, s.password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path:     name,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// CreateDatabase makes an empty database and returns its URL.
func (s *Server) CreateDatabase(ctx context.Context, name string) (string, error) {
	sql := "CREATE DATABASE " + pgx.Identifier{name}.Sanitize() +
		" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
	if err := s.Exec(ctx, sql); err != nil {
		return "", fmt.Errorf("create database %s: %w", name, err)
	}
	return s.databaseURL(name), nil
}

// DropDatabase removes a database and whoever is still connected to it.
func (s *Server) DropDatabase(ctx context.Context, name string) error {
	if err := s.Exec(ctx, "DROP DATABASE "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop database %s: %w", name, err)
	}
	return nil
}

// Exec runs one statement on the database "postgres", such as ALTER SYSTEM, on a connection of its own.
func (s *Server) Exec(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, s.URL())
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}

// command runs one of the server's programs as the unprivileged user, out of reach of a terminal's Ctrl-C, without the
// PG… variables that a developer may have set.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + s.bin + ":" + os.Getenv("PATH"), "HOME=" + s.dir, "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = session(s.user)
	return cmd
}

// own gives a file to the user who runs the server.
func (s *Server) own(path string) error {
	if s.user == nil {
		return nil
	}
	return os.Chown(path, s.user.uid, s.user.gid)
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }
func (s *Server) log() string  { return filepath.Join(s.dir, "log") }

// logTail returns the last lines that the server wrote.
func (s *Server) logTail() []byte {
	text, err := os.ReadFile(s.log())
	if err != nil {
		return []byte(err.Error())
	}
	return text[max(0, len(text)-2048):]
}

// freePort finds a port that nobody listens on, below the range from which the kernel gives ports to clients: so nobody
// takes it while a killed server is down.
func freePort() (int, error) {
	for range 100 {
		n, err := rand.Int(rand.Reader, big.NewInt(15_000))
		if err != nil {
			return 0, fmt.Errorf("choose a port: %w", err)
		}
		if port := 15_000 + int(n.Int64()); portFree(port) {
			return port, nil
		}
	}
	return 0, errors.New("no free port on 127.0.0.1 between 15000 and 30000")
}

func portFree(port int) bool {
	l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// randomText is a password, or a part of a name, that nobody guesses.
func randomText() string { return rand.Text() }
