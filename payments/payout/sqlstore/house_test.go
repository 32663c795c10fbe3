package sqlstore_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	ledgersql "sanad.dev/sanad/ledger/sqlstore"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/payments/payout/sandbox"
	"sanad.dev/sanad/payments/payout/sqlstore"
	"sanad.dev/sanad/tests/pgtest"
)

const jod = ledger.Currency("JOD")

// store is what the whole program puts together, on one server.
type store struct {
	db *sqldb.DB
	// ahead is how far the clock is put forward.
	ahead *atomic.Int64
}

// tx is one transaction as payouts see it; parties' keys are kept here, in memory.
type tx struct {
	*ledgersql.LedgerTx
	*sqlstore.PayoutTx
	ahead time.Duration
}

// PayoutNow is the database's clock, put forward.
func (t tx) PayoutNow(ctx context.Context) (time.Time, error) {
	now, err := t.PayoutTx.PayoutNow(ctx)
	return now.Add(t.ahead), err
}

// erased is a member whose key was destroyed.
const erased ledger.Party = "member:erased"

// SealFor writes backwards, with the context before it: enough to see that nothing stands in the clear, and that what is
// sealed for one payout does not open for another.
func (t tx) SealFor(_ context.Context, party ledger.Party, plain []byte, context string) ([]byte, error) {
	if party == erased {
		return nil, payout.ErrNobody
	}
	sealed := []byte(string(party) + "|" + context + "|")
	for i := range plain {
		sealed = append(sealed, plain[len(plain)-1-i]^0x55)
	}
	return sealed, nil
}

// OpenFor opens what SealFor made.
func (t tx) OpenFor(_ context.Context, party ledger.Party, sealed []byte, context string) ([]byte, error) {
	body, ok := strings.CutPrefix(string(sealed), string(party)+"|"+context+"|")
	if !ok || party == erased {
		return nil, payout.ErrNobody
	}
	plain := make([]byte, len(body))
	for i := range len(body) {
		plain[len(body)-1-i] = body[i] ^ 0x55
	}
	return plain, nil
}

func (s store) on(t *sqldb.Tx) payout.Tx {
	return tx{ledgersql.On(t), sqlstore.On(t), time.Duration(s.ahead.Load())}
}

func (s store) Update(ctx context.Context, fn func(context.Context, payout.Tx) error) error {
	return s.db.Update(ctx, func(ctx context.Context, t *sqldb.Tx) error { return fn(ctx, s.on(t)) })
}

func (s store) View(ctx context.Context, fn func(context.Context, payout.Tx) error) error {
	return s.db.View(ctx, func(ctx context.Context, t *sqldb.Tx) error { return fn(ctx, s.on(t)) })
}

type hasher struct{}

func (hasher) Hash(domain string, fields ...string) [16]byte {
	mac := hmac.New(sha256.New, []byte("test"))
	for _, f := range append([]string{domain}, fields...) {
		fmt.Fprintf(mac, "%d %s", len(f), f)
	}
	return [16]byte(mac.Sum(nil))
}

// house is an institution with one rail.
type house struct {
	*payout.Service
	store store
	books *ledgersql.Store
	rail  *sandbox.Rail
	// entries counts what the house has credited, so that each has an id.
	entries int
}

// calm is a rail on a good day: everything is paid at once.
var calm = sandbox.Config{Fee: 50, Contract: terms()}

func terms() payout.Contract {
	c := sandbox.UsualContract
	c.Settling, c.Polling, c.Returnable = 20*time.Second, 5*time.Second, time.Minute
	return c
}

func open(t testing.TB, url string, c sandbox.Config) *house {
	t.Helper()
	db, err := sqldb.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	books, err := ledgersql.New(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if err := sqlstore.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	rail, err := sandbox.Open(t.Context(), "sqlite::memory:", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(rail.Close)
	h := &house{store: store{db, &atomic.Int64{}}, books: books, rail: rail}
	h.Service = &payout.Service{
		Store: h.store, Keys: hasher{}, Rails: map[string]payout.Rail{"sandbox": rail}, Pool: "pool:health",
	}
	return h
}

// onEach runs a test on every engine.
func onEach(t *testing.T, c sandbox.Config, test func(t *testing.T, h *house)) {
	t.Parallel()
	t.Run("in memory", func(t *testing.T) { t.Parallel(); test(t, open(t, "sqlite::memory:", c)) })
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); test(t, open(t, "sqlite:"+t.TempDir()+"/sanad.db", c)) })
	t.Run("PostgreSQL", func(t *testing.T) { t.Parallel(); test(t, open(t, pgtest.URL(t), c)) })
}

// owe makes the fund owe the party so much.
func (h *house) owe(t testing.TB, party ledger.Party, minor int64) {
	t.Helper()
	h.entries++
	id := ledger.ID(hasher{}.Hash("owe", fmt.Sprint(h.entries)))
	e, err := ledger.NewEntry(id, "claim-approved", 2026_03_02,
		ledger.Dr(ledger.Account{Code: ledger.BenefitsIncurred, Party: "pool:health", Scheme: "basic", Currency: jod}, minor),
		ledger.Cr(payable(party), minor))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ledger.Append(t.Context(), h.books, e); err != nil {
		t.Fatal(err)
	}
}

func payable(party ledger.Party) ledger.Account {
	return ledger.Account{Code: ledger.BenefitsPayable, Party: party, Scheme: "basic", Currency: jod}
}

func transit() ledger.Account {
	return ledger.Account{Code: ledger.PayoutsInTransit, Party: "rail:sandbox", Scheme: "basic", Currency: jod}
}

func floating() ledger.Account {
	return ledger.Account{Code: ledger.RailFloat, Party: "rail:sandbox", Currency: jod}
}

func charges() ledger.Account {
	return ledger.Account{Code: ledger.Charges, Party: "pool:health", Scheme: "basic", Currency: jod}
}

// stands is what stands on an account, on its normal side.
func (h *house) stands(t testing.TB, a ledger.Account) (minor int64) {
	t.Helper()
	err := h.books.View(t.Context(), func(ctx context.Context, r ledger.Reader) error {
		if !a.Party.Held() {
			b, err := r.SharedBalances(ctx, 0, a)
			minor = b[0].Money().Minor
			return err
		}
		b, err := r.Balances(ctx, ledger.At{}, a.Party)
		minor = a.Normal(b[0].Of(a))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return minor
}

// want fails where the accounts do not stand so.
func (h *house) want(t testing.TB, wants map[ledger.Account]int64) {
	t.Helper()
	for account, want := range wants {
		if got := h.stands(t, account); got != want {
			t.Errorf("%s stands at %d, want %d", account, got, want)
		}
	}
}

// clean fails where the books are not in order, or payouts and books differ.
func (h *house) clean(t testing.TB) {
	t.Helper()
	totals, err := h.Totals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	paid := payout.NewAudit(totals)
	audit, err := h.books.Verify(t.Context(), nil, paid)
	if err != nil {
		t.Fatal(err)
	}
	differences, moved := paid.Differences(totals)
	if moved {
		t.Error("the same totals are others")
	}
	for _, f := range append(audit.Findings, differences...) {
		t.Error(f)
	}
}

// wallet is where the nth recipient is paid.
func wallet(n int) payout.Destination {
	return payout.Destination{Kind: payout.Wallet, Account: fmt.Sprintf("+96279%07d", n)}
}

func member(n int) ledger.Party { return ledger.Party(fmt.Sprintf("member:m%04d", n)) }

// asked is a batch for lines of the amounts, to as many members.
func (h *house) asked(t testing.TB, reference string, amounts ...int64) payout.BatchRequest {
	t.Helper()
	r := payout.BatchRequest{Reference: reference, Person: "amal", Rail: "sandbox"}
	r.Declared.Total.Currency = jod
	for n, minor := range amounts {
		h.owe(t, member(n), minor)
		r.Lines = append(r.Lines, payout.Line{Party: member(n), Scheme: "basic", Minor: minor, To: wallet(n)})
		r.Declared.Count++
		r.Declared.Total.Minor += minor
	}
	return r
}

// made makes a batch, approved is one that another person has approved.
func (h *house) made(t testing.TB, r payout.BatchRequest) payout.Batch {
	t.Helper()
	b, err := h.CreateBatch(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (h *house) approved(t testing.TB, r payout.BatchRequest) payout.Batch {
	t.Helper()
	b, err := h.ApproveBatch(t.Context(), h.made(t, r).ID, "badr")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// lines are the payouts of a batch.
func (h *house) lines(t testing.TB, b payout.Batch) []payout.Payout {
	t.Helper()
	lines, _, err := h.Payouts(t.Context(), payout.Query{Batch: b.ID, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// states are those of a batch's lines.
func (h *house) states(t testing.TB, b payout.Batch) (states []payout.State) {
	t.Helper()
	for _, p := range h.lines(t, b) {
		states = append(states, p.State)
	}
	return states
}

func (h *house) worker(name string) *payout.Worker {
	return &payout.Worker{Service: h.Service, Name: name, Width: 8}
}

// pass lets time pass for the house and its rail.
func (h *house) pass(by time.Duration) {
	h.store.ahead.Add(int64(by))
	h.rail.Skip(by)
}

// work lets a worker do all that is due, and again as time passes, until nothing changes any more.
func (h *house) work(t testing.TB) {
	t.Helper()
	w := h.worker("w1")
	for range 40 {
		for {
			n, err := w.Work(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
		}
		h.pass(5 * time.Second)
	}
}

// faultOf is the reason of a fault; empty for others.
func faultOf(err error) string {
	var f payout.Fault
	errors.As(err, &f)
	return f.Reason
}
