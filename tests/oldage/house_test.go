// Package oldage tries the laws of old age on a whole institution, on every engine: schemes are published as folders,
// members save, interest is declared and run, members retire, and what is looked at are the books (L6, L8; bar 5).
package oldage

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"sanad.dev/sanad/api"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	ledgersql "sanad.dev/sanad/ledger/sqlstore"
	"sanad.dev/sanad/services/collection"
	"sanad.dev/sanad/services/enrolment"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/oldage"
	"sanad.dev/sanad/services/pension"
	"sanad.dev/sanad/tests/pgtest"
)

const (
	mpesa    insurance.CollectorID = "mpesa"
	currency ledger.Currency       = "JOD"
)

var master = bytes.Repeat([]byte{7}, 32)

// house is an institution with a collector, and what has been sent to it.
type house struct {
	*api.Institution
	sent int
	// tries is how many tries of a property the engine is given; SQLite is given all.
	tries int
}

// enough says whether a property has been tried often enough on an engine that takes long.
func (h *house) enough() bool {
	h.tries--
	return h.tries < 0
}

// onEach runs a test on every engine.
func onEach(t *testing.T, test func(t *testing.T, h *house)) {
	t.Parallel()
	for name, url := range map[string]func(*testing.T) string{
		"SQLite":     func(t *testing.T) string { return "sqlite:" + t.TempDir() + "/sanad.db" },
		"PostgreSQL": func(t *testing.T) string { return pgtest.URL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHouse(t, url(t))
			if h.tries = 15; name == "SQLite" {
				h.tries = 1 << 20
			}
			test(t, h)
		})
	}
}

func openHouse(t *testing.T, url string) *house {
	t.Helper()
	i, err := api.Open(t.Context(), url, master)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.Close)
	return &house{Institution: i}
}

// check fails the test, or the one try of it that rapid is at.
type check interface {
	Helper()
	Fatalf(format string, args ...any)
}

func must(t check, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

// next is a name that was not given before.
func (h *house) next(kind string) string {
	h.sent++
	return fmt.Sprintf("%s%d", kind, h.sent)
}

// head is what every scheme of these tests begins with.
const head = `name: A scheme to be tried
source: made up
currency: JOD
time_zone: Asia/Amman
region: JO
effective: 2015-01-01
pots: [{account: 2100, name: savings, share: 1, pool: old-age}]
`

// subsidies is a match of half of what a member gives, paid out of no budget.
const subsidies = `subsidies:
  - {id: match, funder: treasury, pot: 2110, period: calendar-year, open_ended: true, amount: [{times: 50%}], round: {way: down}}
`

// published counts the schemes of all tests: what a server has read of a version it keeps by its name and the instant of its
// publication, which two databases of one process may share.
var published atomic.Int64

// publish publishes a scheme of its own with these rules, and returns its code.
func (h *house) publish(t check, rules string) ledger.SchemeCode {
	t.Helper()
	code := fmt.Sprintf("s%d", published.Add(1))
	_, err := h.Schemes.PublishFolder(context.Background(), insurance.Folder{Scheme: []byte("scheme: " + code + "\n" + head + rules)}, "test")
	must(t, err)
	return ledger.SchemeCode(code)
}

// member registers somebody born on the day, enrolled in the scheme since a day.
func (h *house) member(t check, birth ledger.Date, scheme ledger.SchemeCode, since ledger.Date) insurance.MemberID {
	t.Helper()
	name := h.next("m")
	done, err := h.Enrolment.Register(context.Background(), enrolment.Request{ID: name, Region: "JO", Person: insurance.Person{Name: name,
		Birth: insurance.Birth{On: birth}, Documents: []insurance.Document{{Kind: "passport", Issuer: "JO", Number: name}}}})
	must(t, err)
	must(t, done[0].Err)
	if since != 0 {
		_, err := h.Enrolment.EnrolInScheme(context.Background(), enrolment.Place{Member: done[0].Member.ID, Scheme: scheme, On: since, By: "clerk"})
		must(t, err)
	}
	return done[0].Member.ID
}

// know records facts of a member.
func (h *house) know(t check, member insurance.MemberID, facts insurance.Facts) {
	t.Helper()
	_, err := h.Enrolment.RecordFacts(context.Background(), member, insurance.Change{Add: facts, By: "clerk"})
	must(t, err)
}

// gives is a contribution of a member on a day.
func (h *house) gives(t check, member insurance.MemberID, scheme ledger.SchemeCode, on ledger.Date, minor int64) (reference string) {
	t.Helper()
	reference = h.next("c")
	h.post(t, collection.Sent{Contribution: &insurance.Contribution{Collector: mpesa, Reference: reference, Member: insurance.Reference{Member: member},
		Scheme: scheme, Amount: ledger.Money{Minor: minor, Currency: currency}, ValueTime: noon(on)}})
	return reference
}

// takesBack reverses a contribution.
func (h *house) takesBack(t check, reference string, on ledger.Date, minor int64) {
	t.Helper()
	h.post(t, collection.Sent{Reversal: &insurance.Reversal{Collector: mpesa, Reference: "r" + reference, Original: reference,
		Amount: ledger.Money{Minor: minor, Currency: currency}, ValueTime: noon(on)}})
}

func noon(on ledger.Date) time.Time { return on.Time().Add(9 * time.Hour) }

func (h *house) post(t check, items ...collection.Sent) {
	t.Helper()
	outcomes, err := h.Collection.Post(context.Background(), items...)
	must(t, err)
	for _, o := range outcomes {
		must(t, o.Err)
	}
}

// stands is what stands on an account, on its normal side, in minor units.
func (h *house) stands(t check, account ledger.Account) (minor int64) {
	t.Helper()
	must(t, h.DB.View(context.Background(), func(ctx context.Context, tx *sqldb.Tx) error {
		books := ledgersql.On(tx)
		if !account.Party.Held() {
			balances, err := books.SharedBalances(ctx, 0, account)
			minor = balances[0].Money().Minor
			return err
		}
		balances, err := books.Balances(ctx, ledger.At{}, account.Party)
		minor = account.Normal(balances[0].Of(account))
		return err
	}))
	return minor
}

// on is what stands on one of a member's accounts in the scheme.
func (h *house) on(t check, code ledger.Code, member insurance.MemberID, scheme ledger.SchemeCode) int64 {
	t.Helper()
	return h.stands(t, ledger.Account{Code: code, Party: member.Party(), Scheme: scheme, Currency: currency})
}

// pool is what stands on an account of the old-age pool.
func (h *house) pool(t check, code ledger.Code, scheme ledger.SchemeCode) int64 {
	t.Helper()
	return h.stands(t, ledger.Account{Code: code, Party: insurance.OldAge.Party(), Scheme: scheme, Currency: currency})
}

// declare declares interest by two people.
func (h *house) declare(t check, d oldage.Declaration) pension.Declared {
	t.Helper()
	_, err := h.Pensions.Declare(context.Background(), d, "amal")
	must(t, err)
	declared, err := h.Pensions.Declare(context.Background(), d, "bana")
	must(t, err)
	if !declared.Done {
		t.Fatalf("two people have spoken and it is not declared: %+v", declared)
	}
	return declared
}

// runInterest runs a declaration to its end, so many members at once.
func (h *house) runInterest(t check, scheme ledger.SchemeCode, number, atOnce int) pension.Run {
	t.Helper()
	run, err := (&pension.Service{Store: h.Pensions.Store, Keys: h.Pensions.Keys, AtOnce: atOnce}).RunInterest(context.Background(), scheme, number, func(pension.Run) {})
	must(t, err)
	if !run.Finished || run.Failed != 0 {
		t.Fatalf("the run did not come to its end: %+v", run)
	}
	return run
}

// clean fails the test where an audit finds anything.
func (h *house) clean(t check) {
	t.Helper()
	audit, err := h.Books.Verify(context.Background(), nil, insurance.NewBudgetAudit(), match.NewAudit())
	must(t, err)
	for _, f := range audit.Findings {
		t.Fatalf("%s", f)
	}
}
