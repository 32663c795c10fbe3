package tests

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"testing"
	"time"

	"sanad.dev/sanad/api"
	"sanad.dev/sanad/api/cli"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/collection"
	"sanad.dev/sanad/services/enrolment"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/oldage"
	"sanad.dev/sanad/services/pension"
	"sanad.dev/sanad/tests/pgtest"
)

const (
	// savers is how many members are credited interest and paid a pension; each kill comes before all of them are.
	savers = 400
	// mostKills bounds the processes that are killed in a run.
	mostKills = 12
)

// savings is a scheme that saves, and pays a programmed withdrawal.
const savings = `scheme: savings
name: Savings
source: made up
currency: JOD
time_zone: Asia/Amman
region: JO
effective: 2015-01-01
pots: [{account: 2100, name: savings, share: 1, pool: old-age}]
answers: {nothing: {amount: [{of: 0}]}}
old_age:
  interest: {days: actual-365}
  retirement: {age: 60}
  plans: [{name: months, form: programmed, months: 10}]
  two_people_over: 1000000
`

// TestRunsThatAreKilledCreditAndPayOnce kills `sanad pension interest` and `sanad pension instalments` with SIGKILL again and
// again, each time in a process of its own, lets the last one end, and runs each once more: every member has her interest
// and her instalments once (bar 5).
func TestRunsThatAreKilledCreditAndPayOnce(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { killRuns(t, onSQLite(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { killRuns(t, newInstitution(t, pgtest.Start(t).URL())) })
}

func killRuns(t *testing.T, i institution) {
	members := i.save(t)
	interest := []string{"pension", "interest", "--db", i.url, "--key-file", i.key, "--scheme", "savings", "--declaration", "1", "--at-once", "1"}
	i.killed(t, interest)
	i.expect(t, members, func(n int) (int64, int64) { return 365_000*int64(n+1) + 18_200*int64(n+1), 0 })
	i.retire(t, members)
	instalments := []string{"pension", "instalments", "--db", i.url, "--key-file", i.key, "--scheme", "savings", "--month", "2026-04", "--at-once", "1"}
	i.killed(t, instalments)
	i.expect(t, members, func(n int) (int64, int64) {
		left := 383_200 * int64(n+1)
		paid := int64(0)
		for month := range int64(3) {
			part := left / (10 - month)
			left, paid = left-part, paid+part
		}
		return left, paid
	})
	if err := i.verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// killed starts the command again and again and kills it, each time somewhat later; then lets it end, and runs it anew.
func (i institution) killed(t *testing.T, command []string) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	kills := 0
	for ended := false; !ended; {
		process := exec.Command(path, command...)
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- process.Wait() }()
		wait := time.Duration(60+rand.Int64N(250)) * time.Millisecond
		if kills >= mostKills {
			wait = longestReckoning
		}
		select {
		case err := <-done:
			if ended = err == nil; !ended {
				t.Fatalf("%v ended badly by itself: %v", command[:2], err)
			}
		case <-time.After(wait):
			if err := process.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			if ended = <-done == nil; !ended { // else it came to its end before it could be killed
				kills++
			}
		}
	}
	fmt.Fprintf(t.Output(), "%v: killed %d times\n", command[:2], kills)
	if kills == 0 {
		t.Errorf("%v was never killed in the middle", command[:2])
	}
	if _, err := sanad(t.Context(), command...); err != nil {
		t.Fatal(err)
	}
}

// open opens the institution in this process.
func (i institution) open(t *testing.T) *api.Institution {
	t.Helper()
	key, err := cli.LoadKey(i.key)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := api.Open(t.Context(), i.url, key)
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// save publishes the scheme, lets members save for a half-year of 182 days, and declares 10 % for it.
func (i institution) save(t *testing.T) (members []insurance.MemberID) {
	t.Helper()
	o := i.open(t)
	defer o.Close()
	if _, err := o.Schemes.PublishFolder(t.Context(), insurance.Folder{Scheme: []byte(savings)}, "test"); err != nil {
		t.Fatal(err)
	}
	var requests []enrolment.Request
	for n := range savers {
		name := fmt.Sprintf("saver-%d", n)
		requests = append(requests, enrolment.Request{ID: name, Region: "JO", Person: insurance.Person{Name: name, Birth: insurance.Birth{On: 1950_01_01},
			Documents: []insurance.Document{{Kind: "passport", Issuer: "JO", Number: name}}}})
	}
	registered, err := o.Enrolment.Register(t.Context(), requests...)
	if err != nil {
		t.Fatal(err)
	}
	var given []collection.Sent
	for n, r := range registered {
		members = append(members, r.Member.ID)
		given = append(given, collection.Sent{Contribution: &insurance.Contribution{Collector: collector, Reference: fmt.Sprintf("c%d", n), Scheme: "savings",
			Member: insurance.Reference{Member: r.Member.ID}, Amount: ledger.Money{Minor: 365_000 * int64(n+1), Currency: currency},
			ValueTime: ledger.Date(2023_12_31).Time().Add(9 * time.Hour)}})
	}
	if _, err := o.Collection.Post(t.Context(), given...); err != nil {
		t.Fatal(err)
	}
	for _, person := range []string{"amal", "bana"} {
		d := oldage.Declaration{Scheme: "savings", Pots: []ledger.Code{ledger.OldAgeOwn}, From: 2024_01_01, To: 2024_06_30, Rate: "0.1"}
		if _, err := o.Pensions.Declare(t.Context(), d, person); err != nil {
			t.Fatal(err)
		}
	}
	return members
}

// retire lets every member retire.
func (i institution) retire(t *testing.T, members []insurance.MemberID) {
	t.Helper()
	o := i.open(t)
	defer o.Close()
	for _, m := range members {
		a, err := o.Pensions.Ask(t.Context(), pension.Request{Reference: "r", Scheme: "savings", Ask: oldage.Ask{Kind: oldage.Retire, Member: m, On: 2026_01_15}}, "amal")
		if err != nil || len(a.Pensions) != 1 {
			t.Fatalf("%+v, %v", a, err)
		}
	}
}

// expect compares what each member has saved, and what is payable to her, in minor units.
func (i institution) expect(t *testing.T, members []insurance.MemberID, want func(n int) (saved, payable int64)) {
	t.Helper()
	o := i.open(t)
	defer o.Close()
	for n, m := range members {
		q, err := o.Pensions.Quote(t.Context(), m, "savings", 2026_01_15)
		if err != nil {
			t.Fatal(err)
		}
		var balances []ledger.Balances
		err = o.Books.View(t.Context(), func(ctx context.Context, books ledger.Reader) error {
			balances, err = books.Balances(ctx, ledger.At{}, m.Party())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		payable := ledger.Account{Code: ledger.BenefitsPayable, Party: m.Party(), Scheme: "savings", Currency: currency}
		saved, paid := want(n)
		if got := payable.Normal(balances[0].Of(payable)); q.Own != saved || got != paid {
			t.Fatalf("member %d has saved %d and is paid %d, want %d and %d", n, q.Own, got, saved, paid)
		}
	}
}
