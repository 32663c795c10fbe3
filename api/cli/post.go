package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"
	_ "time/tzdata" // value dates are days in a named zone, on machines without a table of zones too

	"github.com/schollz/progressbar/v3"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	operator "sanad.dev/sanad/payments/statement"
	"sanad.dev/sanad/services/insurance"
)

type post struct {
	onServer
	shown
	File         string `arg:"" help:"The operator's statement, as CSV." type:"existingfile"`
	Collector    string `required:"" help:"The operator's id as a collector, such as mpesa-jo."`
	Scheme       string `help:"The scheme of lines that name none; default that of the collector."`
	Currency     string `help:"The currency of lines that name none." default:"JOD"`
	TimeZone     string `help:"The zone of times that name none." default:"Asia/Amman"`
	BankAccount  string `help:"The institution's own id of the bank account that settlements go to."`
	Result       string `help:"Where to write what came of each line; default FILE.result.csv." type:"path"`
	Acknowledged string `help:"Add line and contribution id to this file as each is acknowledged." type:"path"`
}

// Help shows how post is used.
func (post) Help() string {
	return `Reads an M-Pesa organisation statement, or a plain CSV with the columns reference, time, amount and member.
Posting a file again books nothing twice. Exit code 1 says that a line was refused, or that the posting broke off.

Examples:
  sanad post 2026-03-14.csv --collector mpesa-jo --bank-account arab-bank-1
  sanad post dues.csv --collector coop-jerash --scheme national-basic --currency JOD --time-zone Asia/Amman
  sanad post 2026-03-14.csv --collector mpesa-jo --addr 127.0.0.1:7460 --result /tmp/result.csv`
}

// Run posts the statement.
func (p post) Run(ctx context.Context, env Env) error {
	source, err := p.open()
	if err != nil {
		return usageError{err}
	}
	defer source.file.Close()
	server, err := p.dial()
	if err != nil {
		return err
	}
	defer server.Close()
	if err := p.checkScheme(ctx, server, source.format); err != nil {
		return explained(p.Addr, err)
	}
	notes, err := p.notes()
	if err != nil {
		return usageError{err}
	}
	outcome := newTally()
	bar := p.of(env, "posting", source.size, progressbar.OptionShowBytes(true))
	sender := &poster{
		service: server.contributions, collector: p.Collector, scheme: p.Scheme,
		taken: source.format == operator.FormatMpesa,
		answered: func(a answer) error {
			outcome.add(a)
			bar.at(source.read.Load())
			return notes.add(a)
		},
	}
	broke := sender.post(ctx, source.lines)
	bar.done()
	return errors.Join(p.report(env, outcome, explained(p.Addr, broke)), notes.close(outcome.lines > 0))
}

// checkScheme refuses an export whose lines belong to no scheme before the first of them is sent: those that cannot be
// read would go to suspense without one, and could not be sent again with it.
func (p post) checkScheme(ctx context.Context, server *client, format operator.Format) error {
	if p.Scheme != "" || format != operator.FormatMpesa {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer, err := server.schemes.ListCollectors(ctx, &sanadv1.ListCollectorsRequest{})
	if err != nil {
		return err
	}
	for _, c := range answer.GetCollectors() {
		if c.GetId() == p.Collector && c.GetDefaultScheme() != "" {
			return nil
		}
	}
	return usageError{fmt.Errorf("collector %s has no default scheme: name a scheme with --scheme, or set one with SchemeService.SetCollector", p.Collector)}
}

// report prints what came of the statement; its error says that not all is accounted for.
func (p post) report(env Env, outcome *tally, broke error) error {
	if outcome.lines == 0 && broke != nil {
		return broke
	}
	outcome.print(env.Out, "")
	fmt.Fprintf(env.Out, "Line by line: %s\n", p.result())
	if broke != nil {
		return brokeOff(outcome.lines, broke)
	}
	if n := outcome.of(refused); n > 0 {
		fmt.Fprintf(env.Err, "sanad: %s lines were refused and are not booked; mend what is said of them and post the file again\n", counted(n))
		return errFound
	}
	return nil
}

func (p post) result() string {
	if p.Result != "" {
		return p.Result
	}
	return p.File + ".result.csv"
}

// source is a statement that is being read.
type source struct {
	file   *os.File
	lines  operator.Reader
	format operator.Format
	size   int64
	read   *atomic.Int64
}

func (p post) open() (source, error) {
	options, err := p.options()
	if err != nil {
		return source{}, err
	}
	file, err := os.Open(p.File)
	if err != nil {
		return source{}, err
	}
	s, err := sourceOf(file, options)
	if err != nil {
		_ = file.Close()
		return source{}, fmt.Errorf("%s: %w", p.File, err)
	}
	return s, nil
}

func sourceOf(file *os.File, o operator.Options) (source, error) {
	about, err := file.Stat()
	if err != nil {
		return source{}, err
	}
	s := source{file: file, size: about.Size(), read: new(atomic.Int64)}
	s.lines, s.format, err = operator.Open(countingReader{file, s.read}, o)
	return s, err
}

// countingReader counts what is read through it.
type countingReader struct {
	in   io.Reader
	read *atomic.Int64
}

func (c countingReader) Read(b []byte) (int, error) {
	n, err := c.in.Read(b)
	c.read.Add(int64(n))
	return n, err
}

// options are what the statement itself does not say.
func (p post) options() (o operator.Options, err error) {
	if err := insurance.CollectorID(p.Collector).Check(); err != nil {
		return o, fmt.Errorf("--collector: %w", err)
	}
	if err := insurance.CollectorID(p.BankAccount).Check(); err != nil && p.BankAccount != "" {
		return o, errors.New("--bank-account: use lower-case letters, digits and hyphens, such as arab-bank-1")
	}
	if _, err := ledger.Currency(p.Currency).Decimals(); err != nil {
		return o, fmt.Errorf("--currency: %w", err)
	}
	zone, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		return o, fmt.Errorf("--time-zone: %w; use a name such as Asia/Amman", err)
	}
	return operator.Options{Currency: p.Currency, Location: zone, BankAccount: p.BankAccount}, nil
}
