//go:build !unix

package pgtest

import (
	"errors"
	"syscall"
)

// Elsewhere than on Unix no server is started: the tests that need one say so.

type user struct{ uid, gid int }

func (u *user) as() string { return "" }

var errNotUnix = errors.New("a private PostgreSQL is started on Unix only")

func unprivileged() (*user, error)         { return nil, errNotUnix }
func session(*user) *syscall.SysProcAttr   { return nil }
func (s *Server) ended() bool              { return true }
func killFamily(parent int) ([]int, error) { return nil, errNotUnix }
func awaitGone([]int) error                { return nil }
