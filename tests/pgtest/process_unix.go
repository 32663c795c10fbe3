//go:build unix

package pgtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	osuser "os/user"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// user is who runs the server.
type user struct {
	name     string
	uid, gid int
}

// as says who in an error message.
func (u *user) as() string {
	if u == nil {
		return ""
	}
	return " as " + u.name
}

// unprivileged returns the user to run the server as: PostgreSQL refuses root, so root lends it to postgres or nobody.
func unprivileged() (*user, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := osuser.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(found.Uid)
		gid, gidErr := strconv.Atoi(found.Gid)
		return &user{name: name, uid: uid, gid: gid}, errors.Join(uidErr, gidErr)
	}
	return nil, errors.New("PostgreSQL does not run as root, and this machine has neither a user postgres nor nobody")
}

// session puts a process into a session of its own, where a signal from the terminal does not reach it.
func session(u *user) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true}
	if u != nil {
		attr.Credential = &syscall.Credential{Uid: uint32(u.uid), Gid: uint32(u.gid)}
	}
	return attr
}

// ended asks the kernel whether the postmaster has ended, without waiting.
func (s *Server) ended() bool {
	pid, err := syscall.Wait4(s.process.Process.Pid, nil, syscall.WNOHANG, nil)
	return pid != 0 || errors.Is(err, syscall.ECHILD)
}

// killFamily kills a process and its children and returns them all. The parent is stopped first, so that it neither
// sees its children die, which would be a chance to tidy up, nor makes new ones.
func killFamily(parent int) ([]int, error) {
	if err := syscall.Kill(parent, syscall.SIGSTOP); err != nil {
		return nil, err
	}
	family, err := children(parent)
	if err != nil {
		return nil, errors.Join(err, syscall.Kill(parent, syscall.SIGKILL))
	}
	family = append(family, parent)
	for _, pid := range family {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return nil, err
		}
	}
	return family, nil
}

// awaitGone waits until the kernel has taken the processes down: until then they hold the server's shared memory, and
// the next server would refuse to start.
func awaitGone(pids []int) error {
	for range 500 {
		alive, err := living(pids)
		if err != nil || len(alive) == 0 {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("processes %v still run 5 s after SIGKILL", pids)
}

func children(parent int) ([]int, error) {
	all, err := processes()
	var pids []int
	for _, p := range all {
		if p.parent == parent && p.alive {
			pids = append(pids, p.pid)
		}
	}
	return pids, err
}

func living(pids []int) ([]int, error) {
	all, err := processes()
	var alive []int
	for _, p := range all {
		for _, pid := range pids {
			if p.pid == pid && p.alive {
				alive = append(alive, pid)
			}
		}
	}
	return alive, err
}

type process struct {
	pid, parent int
	alive       bool // and not a zombie, which some containers never reap
}

// processes lists what runs on the machine.
func processes() ([]process, error) {
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=,stat=").Output()
	if err != nil {
		return nil, fmt.Errorf("list processes with ps (on Debian and Ubuntu: apt-get install procps): %w", err)
	}
	var all []process
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 3 {
			continue
		}
		pid, pidErr := strconv.Atoi(fields[0])
		parent, parentErr := strconv.Atoi(fields[1])
		if err := errors.Join(pidErr, parentErr); err != nil {
			return nil, fmt.Errorf("read the list of processes: %w", err)
		}
		all = append(all, process{pid: pid, parent: parent, alive: !strings.HasPrefix(fields[2], "Z")})
	}
	return all, nil
}
