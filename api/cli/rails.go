package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/payments/payout/sandbox"
)

// railed are the flags of commands that call rails.
type railed struct {
	Rail []string `help:"A rail that payouts go over; may come several times. sandbox:PATH pays nobody, and keeps what it takes in that file: sandbox:rail.db?seed=7&odds=bad. gsma:FILE is a mobile-money operator; FILE says where and with which credentials."`
}

// openRail opens a kind of rail from what its flag says of it.
type openRail func(ctx context.Context, env Env, rest string) (payout.Rail, func(), error)

// railKinds are the kinds of rail, by the word before the colon.
var railKinds = map[string]openRail{"sandbox": openSandbox, "gsma": openGSMA}

// open opens the rails; what it returns closes them.
func (r railed) open(ctx context.Context, env Env) (rails map[string]payout.Rail, closeAll func(), err error) {
	rails = map[string]payout.Rail{}
	var closers []func()
	closeAll = func() {
		for _, done := range closers {
			done()
		}
	}
	for _, flag := range r.Rail {
		rail, done, err := openOne(ctx, env, flag)
		if err != nil {
			closeAll()
			return nil, nil, usageError{fmt.Errorf("--rail %s: %w", flag, err)}
		}
		closers = append(closers, done)
		name := rail.Contract().Name
		if _, twice := rails[name]; twice {
			closeAll()
			return nil, nil, usageError{fmt.Errorf("--rail %s: there are two rails called %s", flag, name)}
		}
		rails[name] = rail
	}
	return rails, closeAll, nil
}

func openOne(ctx context.Context, env Env, flag string) (payout.Rail, func(), error) {
	kind, rest, found := strings.Cut(flag, ":")
	open, known := railKinds[kind]
	if !found || !known {
		return nil, nil, errors.New("name it as KIND:…; a kind is sandbox or gsma")
	}
	return open(ctx, env, rest)
}

// openSandbox reads PATH?name=…&seed=…&odds=bad|good&fee=…&credit=…&timeout=…&settling=…&polling=…&returnable=….
func openSandbox(ctx context.Context, _ Env, rest string) (payout.Rail, func(), error) {
	path, query, _ := strings.Cut(rest, "?")
	settings, err := url.ParseQuery(query)
	if err != nil || path == "" {
		return nil, nil, errors.New("write sandbox:PATH?setting=value&…")
	}
	config := sandbox.Config{Contract: sandbox.UsualContract}
	for name := range settings {
		if err := setSandbox(&config, name, settings.Get(name)); err != nil {
			return nil, nil, err
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, err
	}
	rail, err := sandbox.Open(ctx, "sqlite:"+path, config)
	if err != nil {
		return nil, nil, err
	}
	return rail, rail.Close, nil
}

func setSandbox(c *sandbox.Config, name, value string) (err error) {
	durations := map[string]*time.Duration{
		"timeout": &c.Contract.Timeout, "settling": &c.Contract.Settling, "polling": &c.Contract.Polling, "returnable": &c.Contract.Returnable,
	}
	if into, ok := durations[name]; ok {
		*into, err = time.ParseDuration(value)
		return err
	}
	switch name {
	case "name":
		c.Contract.Name = value
	case "seed":
		c.Seed, err = strconv.ParseUint(value, 10, 64)
	case "credit":
		c.Contract.OnCredit, err = strconv.ParseBool(value)
	case "fee":
		c.Fee, err = strconv.ParseInt(value, 10, 64)
	case "odds":
		if value != "bad" && value != "good" {
			return errors.New("odds are bad or good")
		}
		if value == "bad" {
			c.Odds = sandbox.UsualOdds
		}
	default:
		return fmt.Errorf("a sandbox has no setting %q", name)
	}
	return err
}
