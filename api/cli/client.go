package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// onServer are the flags of commands that are clients of a server.
type onServer struct {
	Addr string `help:"Where sanad serve listens." default:"127.0.0.1:7450" env:"SANAD_ADDR"`
}

// patience is how long a single answer is waited for.
const patience = 30 * time.Second

// client is a connection to a server, with the services that the commands use.
type client struct {
	conn          *grpc.ClientConn
	contributions sanadv1.ContributionServiceClient
	members       sanadv1.MemberServiceClient
	schemes       sanadv1.SchemeServiceClient
	books         sanadv1.LedgerServiceClient
	subsidies     sanadv1.SubsidyServiceClient
	covers        sanadv1.CoverServiceClient
	payouts       sanadv1.PayoutServiceClient
	funds         sanadv1.FundServiceClient
}

// dial prepares a connection; the first call makes it. What goes over it is readable to whoever listens on the way, so
// it stays on this machine.
func (s onServer) dial() (*client, error) {
	if !onLoopback(s.Addr) {
		return nil, usageError{fmt.Errorf("--addr %s is not on this machine, and there is no encryption yet; use 127.0.0.1:PORT, over a tunnel where the server is elsewhere", s.Addr)}
	}
	conn, err := grpc.NewClient(s.Addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, usageError{fmt.Errorf("--addr %s: %w", s.Addr, err)}
	}
	return &client{
		conn:          conn,
		contributions: sanadv1.NewContributionServiceClient(conn),
		members:       sanadv1.NewMemberServiceClient(conn),
		schemes:       sanadv1.NewSchemeServiceClient(conn),
		books:         sanadv1.NewLedgerServiceClient(conn),
		subsidies:     sanadv1.NewSubsidyServiceClient(conn),
		covers:        sanadv1.NewCoverServiceClient(conn),
		payouts:       sanadv1.NewPayoutServiceClient(conn),
		funds:         sanadv1.NewFundServiceClient(conn),
	}, nil
}

func (c *client) Close() error { return c.conn.Close() }

func onLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// explained is an error of a call in the words of its status, without the machinery's; where nobody listens, it says
// what to do.
func explained(addr string, err error) error {
	st, ok := status.FromError(err)
	if err == nil || !ok {
		return err
	}
	switch st.Code() {
	case codes.Unavailable:
		if strings.Contains(st.Message(), "dialing") {
			return fmt.Errorf("nobody listens at %s: is `sanad serve` running? Name another port with --addr", addr)
		}
	case codes.DeadlineExceeded:
		return fmt.Errorf("no answer from %s within %s", addr, patience)
	}
	return errors.New(st.Message())
}

// find tells whose books are asked for: a party named in full, such as collector:mpesa-jo, or the one member whom a
// number, phone, document or id points to. Where there are several, their ids are listed.
func (c *client) find(ctx context.Context, env Env, who string) (ledger.Party, error) {
	if strings.Contains(who, ":") {
		return ledger.Party(who), nil
	}
	found, err := c.members.LookUpMembers(ctx, &sanadv1.LookUpMembersRequest{Reference: referenceOf(who)})
	if err != nil {
		return "", err
	}
	switch members := found.GetMembers(); len(members) {
	case 0:
		return "", errors.New("no member is known by that; give her number, a phone, a document's number or her id")
	case 1:
		return insurance.MemberID(members[0].GetId()).Party(), nil
	default:
		fmt.Fprintf(env.Err, "%d members are known by that; ask again with the id of one:\n", len(members))
		for _, m := range members {
			fmt.Fprintln(env.Err, " ", m.GetId())
		}
		return "", errFound
	}
}

func referenceOf(who string) *sanadv1.MemberReference {
	if insurance.MemberID(who).WellFormed() {
		return &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberId{MemberId: who}}
	}
	return &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_Typed{Typed: who}}
}

// day is a day as a flag takes it: 2026-03-02.
type day struct{ ledger.Date }

// UnmarshalText reads the day.
func (d *day) UnmarshalText(text []byte) (err error) {
	d.Date, err = ledger.ParseDate(string(text))
	return err
}

// month is a month as a flag takes it: 2026-03.
type month struct{ ledger.Period }

// UnmarshalText reads the month.
func (m *month) UnmarshalText(text []byte) error {
	first, err := ledger.ParseDate(string(text) + "-01")
	if err != nil {
		return fmt.Errorf("%w: %.16q is not a month such as 2026-03", ledger.ErrInvalid, text)
	}
	m.Period = first.Period()
	return nil
}

// dateOf writes a day for the wire; no day is nil.
func dateOf(d *day) *sanadv1.Date {
	if d == nil {
		return nil
	}
	return &sanadv1.Date{Year: int32(d.Year()), Month: int32(d.Month()), Day: int32(d.Day())}
}
