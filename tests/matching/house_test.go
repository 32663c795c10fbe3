// Package matching tries the laws of matching on a whole institution: schemes are published as folders, members are
// registered, contributions and reversals come in as collectors send them, and what is looked at are the books and what
// stands beside them (L6, L8).
package matching

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"sanad.dev/sanad/api"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	ledgersql "sanad.dev/sanad/ledger/sqlstore"
	"sanad.dev/sanad/services/collection"
	"sanad.dev/sanad/services/enrolment"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/treasury"
)

const (
	mpesa    insurance.CollectorID = "mpesa"
	funder   insurance.FunderID    = "treasury"
	currency ledger.Currency       = "JOD"
)

var master = bytes.Repeat([]byte{7}, 32)

var one = decimal.NewFromInt(1)

// house is an institution with a collector, and what has been sent to it.
type house struct {
	*api.Institution
	sent int
}

// newHouse opens an institution in memory.
func newHouse(t *testing.T) *house {
	t.Helper()
	return openHouse(t, "sqlite::memory:")
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
effective: 2020-01-01
pots: [{account: 2100, name: savings, share: 1, pool: old-age}]
`

// publish publishes a scheme of its own with these rules, and returns its code.
func (h *house) publish(t check, rules string) ledger.SchemeCode {
	t.Helper()
	code := ledger.SchemeCode(h.next("s"))
	h.republish(t, code, head+rules)
	return code
}

// republish publishes a version of the scheme.
func (h *house) republish(t check, code ledger.SchemeCode, text string) {
	t.Helper()
	h.publishFolder(t, code, insurance.Folder{Scheme: []byte(text)})
}

func (h *house) publishFolder(t check, code ledger.SchemeCode, folder insurance.Folder) {
	t.Helper()
	folder.Scheme = append([]byte(fmt.Sprintf("scheme: %s\n", code)), folder.Scheme...)
	_, err := h.Schemes.PublishFolder(context.Background(), folder, "test")
	must(t, err)
}

// further publishes a scheme that is kept as a folder for tests.
func (h *house) further(t check, name string) ledger.SchemeCode {
	t.Helper()
	read := func(file string) []byte {
		text, err := os.ReadFile(path.Join("../schemes/testdata/further", name, file))
		if err != nil && !os.IsNotExist(err) {
			t.Fatalf("%v", err)
		}
		return text
	}
	text := string(read("scheme.yaml"))
	first, rest, _ := strings.Cut(text, "\n")
	if !strings.HasPrefix(first, "scheme:") {
		t.Fatalf("%s begins with %q", name, first)
	}
	code := ledger.SchemeCode(h.next("s"))
	h.publishFolder(t, code, insurance.Folder{Scheme: []byte(rest), Rules: read("rules.star")})
	return code
}

// member registers somebody born on the day.
func (h *house) member(t check, birth insurance.Birth) insurance.MemberID {
	t.Helper()
	name := h.next("m")
	done, err := h.Enrolment.Register(context.Background(), enrolment.Request{ID: name, Region: "JO", Person: insurance.Person{Name: name, Birth: birth,
		Documents: []insurance.Document{{Kind: "passport", Issuer: "JO", Number: name}}}})
	must(t, err)
	must(t, done[0].Err)
	return done[0].Member.ID
}

// gift is a contribution of a test: on which day, how much, and who paid. Taken says that it is reversed.
type gift struct {
	on    ledger.Date
	minor int64
	payer insurance.PayerKind
	taken bool
}

// parcel is a thing to be sent: a contribution under a name, or its reversal.
type parcel struct {
	gift
	name    string
	reverse bool
}

// parcels names the gifts, and adds the reversals.
func (h *house) parcels(gifts []gift) []parcel {
	var all []parcel
	for _, g := range gifts {
		p := parcel{gift: g, name: h.next("c")}
		all = append(all, p)
		if g.taken {
			p.reverse = true
			all = append(all, p)
		}
	}
	return all
}

// send sends parcels to a member in a scheme, a batch at once.
func (h *house) send(t check, to insurance.MemberID, scheme ledger.SchemeCode, parcels ...parcel) {
	t.Helper()
	items := make([]collection.Sent, len(parcels))
	for i, p := range parcels {
		items[i] = p.item(to, scheme)
	}
	h.post(t, items...)
}

func (h *house) post(t check, items ...collection.Sent) {
	t.Helper()
	outcomes, err := h.Collection.Post(context.Background(), items...)
	must(t, err)
	for _, o := range outcomes {
		must(t, o.Err)
	}
}

func (p parcel) item(to insurance.MemberID, scheme ledger.SchemeCode) collection.Sent {
	amount := ledger.Money{Minor: p.minor, Currency: currency}
	at := p.on.Time().Add(12 * time.Hour)
	if p.reverse {
		return collection.Sent{Reversal: &insurance.Reversal{Collector: mpesa, Reference: "r" + p.name, Original: p.name, Amount: amount, ValueTime: at}}
	}
	return collection.Sent{Contribution: &insurance.Contribution{Collector: mpesa, Reference: p.name, PayerKind: p.payer,
		Member: insurance.Reference{Member: to}, Scheme: scheme, Amount: amount, ValueTime: at}}
}

// give sends contributions to a member one after the other.
func (h *house) give(t check, to insurance.MemberID, scheme ledger.SchemeCode, gifts ...gift) {
	t.Helper()
	for _, p := range h.parcels(gifts) {
		h.send(t, to, scheme, p)
	}
}

// view reads the books.
func (h *house) view(t check, fn func(context.Context, *ledgersql.LedgerTx) error) {
	t.Helper()
	must(t, h.DB.View(context.Background(), func(ctx context.Context, tx *sqldb.Tx) error { return fn(ctx, ledgersql.On(tx)) }))
}

// stands is what stands on an account, on its normal side, in minor units.
func (h *house) stands(t check, account ledger.Account) (minor int64) {
	t.Helper()
	h.view(t, func(ctx context.Context, tx *ledgersql.LedgerTx) error {
		if !account.Party.Held() {
			balances, err := tx.SharedBalances(ctx, 0, account)
			minor = balances[0].Money().Minor
			return err
		}
		balances, err := tx.Balances(ctx, ledger.At{}, account.Party)
		minor = account.Normal(balances[0].Of(account))
		return err
	})
	return minor
}

// matched is what stands on a member's matched savings.
func (h *house) matched(t check, member insurance.MemberID, scheme ledger.SchemeCode) int64 {
	t.Helper()
	return h.stands(t, ledger.Account{Code: ledger.OldAgeMatched, Party: member.Party(), Scheme: scheme, Currency: currency})
}

// owed is what the funder owes for a scheme.
func (h *house) owed(t check, scheme ledger.SchemeCode) int64 {
	t.Helper()
	return h.stands(t, ledger.Account{Code: ledger.SubsidyReceivable, Party: funder.Party(), Scheme: scheme, Currency: currency})
}

// note is what is kept beside a member's balances.
func (h *house) note(t check, member insurance.MemberID) (note []byte) {
	t.Helper()
	must(t, h.DB.View(context.Background(), func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.QueryArgs(ctx, "SELECT b.note FROM party_balance AS b WHERE b.party = $1", []any{string(member.Party())},
			func(row sqldb.Scanner) error { return row.Scan(&note) })
	}))
	return note
}

// position is how a member stands in a scheme.
func (h *house) position(t check, member insurance.MemberID, scheme ledger.SchemeCode) match.Position {
	t.Helper()
	positions, err := match.Positions(h.note(t, member))
	must(t, err)
	for _, p := range positions {
		if p.Scheme == scheme {
			return p
		}
	}
	return match.Position{Scheme: scheme}
}

// dues are what is due and what is granted, by subsidy and period, where anything is.
func (h *house) dues(t check, member insurance.MemberID, scheme ledger.SchemeCode) map[string][2]int64 {
	t.Helper()
	dues := map[string][2]int64{}
	p := h.position(t, member, scheme)
	for i := range p.Held {
		held := &p.Held[i]
		if held.Due != 0 || held.Granted() != 0 {
			dues[held.Subsidy+" "+held.Start.String()] = [2]int64{held.Due, held.Granted()}
		}
	}
	return dues
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

// line is the budget line of a scheme in a year.
func line(scheme ledger.SchemeCode, year int) insurance.BudgetLine {
	return insurance.BudgetLine{Funder: funder, Scheme: scheme, Year: year, Currency: currency}
}

// move does something on a budget line; two people where it takes two.
func (h *house) move(t check, kind treasury.MovementKind, l insurance.BudgetLine, minor int64) {
	t.Helper()
	m := treasury.Movement{Kind: kind, Reference: h.next("b"), Line: l, Minor: minor, On: 2025_01_01, Authority: "budget law"}
	for _, person := range []string{"amal", "bana"} {
		done, err := h.Treasury.Move(context.Background(), m, person)
		must(t, err)
		if done.Proposal.Done {
			return
		}
	}
}

// fund votes and releases a budget line.
func (h *house) fund(t check, l insurance.BudgetLine, minor int64) {
	t.Helper()
	must(t, h.Treasury.SetFunder(context.Background(), insurance.Funder{ID: funder, Name: "Treasury"}))
	h.move(t, treasury.Vote, l, minor)
	h.move(t, treasury.Warrant, l, minor)
}

// drawGifts draws contributions over some years, some of which are reversed.
func drawGifts(t *rapid.T, most int, payers ...insurance.PayerKind) []gift {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) gift {
		g := gift{
			on:    ledger.Date(rapid.IntRange(2023, 2025).Draw(t, "year")*1_00_00 + rapid.IntRange(1, 12).Draw(t, "month")*1_00 + rapid.SampledFrom([]int{1, 14, 15, 28}).Draw(t, "day")),
			minor: rapid.OneOf(rapid.Int64Range(1, 200_000), rapid.SampledFrom([]int64{1, 20_000, 50_000, 100_000})).Draw(t, "minor"),
			taken: rapid.IntRange(0, 3).Draw(t, "taken") == 0,
		}
		if len(payers) > 0 {
			g.payer = rapid.SampledFrom(payers).Draw(t, "payer")
		}
		return g
	}), 1, most).Draw(t, "gifts")
}

// drawBatches cuts parcels into batches.
func drawBatches(t *rapid.T, parcels []parcel) (batches [][]parcel) {
	for len(parcels) > 0 {
		n := rapid.IntRange(1, len(parcels)).Draw(t, "batch")
		batches = append(batches, parcels[:n])
		parcels = parcels[n:]
	}
	return batches
}
