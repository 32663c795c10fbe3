package shadow

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
	"sanad.dev/sanad/services/rule"
)

// archive is a history in memory.
type archive struct {
	keys    *privacy.Keyring
	schemes []insurance.Scheme
	parties []ledger.Party
	entries map[ledger.Party][]ledger.Entry
	sealed  map[insurance.MemberID][]byte
	salts   map[insurance.MemberID][]byte
	// broken is an error that reading entries ends with.
	broken error
}

func newArchive(t *testing.T) *archive {
	t.Helper()
	keys, err := privacy.NewKeyring([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	return &archive{
		keys: keys, entries: map[ledger.Party][]ledger.Entry{}, sealed: map[insurance.MemberID][]byte{}, salts: map[insurance.MemberID][]byte{},
		schemes: []insurance.Scheme{{Code: "basic", Currency: "JOD", Version: 1,
			Pots: []insurance.Pot{{Account: ledger.OldAgeOwn, Pool: insurance.OldAge, Share: decimal.NewFromInt(1)}}}},
	}
}

// add adds so many members who have given 100.000 each.
func (a *archive) add(t *testing.T, n int, facts insurance.Facts) {
	t.Helper()
	for range n {
		next := len(a.parties) + 1
		member := insurance.MemberIDOf([16]byte{0: byte(next >> 8), 1: byte(next)})
		salt := privacy.NewSalt()
		sealer, err := a.keys.Sealer(salt)
		if err != nil {
			t.Fatal(err)
		}
		if a.sealed[member], err = insurance.SealFacts(sealer, member, facts); err != nil {
			t.Fatal(err)
		}
		a.salts[member] = salt
		r := insurance.Received{Collector: "mpesa", ValueOn: 2025_03_10, Amount: ledger.Money{Minor: 100_000, Currency: "JOD"}}
		binary.BigEndian.PutUint64(r.ID[8:], uint64(next))
		e, err := insurance.Contributed(r, member, a.schemes[0])
		if err != nil {
			t.Fatal(err)
		}
		a.parties = append(a.parties, member.Party())
		a.entries[member.Party()] = []ledger.Entry{e}
	}
	slices.Sort(a.parties)
}

func (a *archive) View(ctx context.Context, fn func(context.Context, Tx) error) error {
	return fn(ctx, a)
}

func (a *archive) SchemeVersions(_ context.Context, codes ...ledger.SchemeCode) (map[ledger.SchemeCode][]insurance.Scheme, error) {
	if codes[0] != a.schemes[0].Code {
		return nil, nil
	}
	return map[ledger.SchemeCode][]insurance.Scheme{codes[0]: a.schemes}, nil
}

func (a *archive) PartiesAfter(_ context.Context, after ledger.Party, limit int) ([]ledger.Party, error) {
	i, _ := slices.BinarySearch(a.parties, after+"\x00")
	return a.parties[i:min(i+limit, len(a.parties))], nil
}

func (a *archive) EntriesOf(_ context.Context, parties ...ledger.Party) (found []ledger.Entry, err error) {
	for _, party := range parties {
		found = append(found, a.entries[party]...)
	}
	return found, a.broken
}

func (a *archive) SealedFacts(context.Context, ...insurance.MemberID) (map[insurance.MemberID][]byte, error) {
	return a.sealed, nil
}

func (a *archive) Salts(context.Context, ...insurance.MemberID) (map[insurance.MemberID][]byte, error) {
	return a.salts, nil
}

// doubled is a rule that doubles what is given by who earns at most 500, and divides by what she earns above 900.
const doubled = `scheme: basic
name: Doubled
currency: JOD
facts:
  income: {type: number}
subsidies:
  - id: match
    funder: treasury
    pot: 2110
    when: [{fact: income, up_to: 900, reason: RICH}]
    amount: [{times: {lookup: income, table: [{up_to: 500, value: 2}], else: 1}}]
`

func (a *archive) run(t *testing.T, text string) (Report, []Progress, error) {
	t.Helper()
	s, err := rule.Load(rule.Folder{Scheme: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	var told []Progress
	service := &Service{Store: a, Keys: a.keys}
	report, err := service.Run(t.Context(), Order{Scheme: "basic", Rule: s, From: 2025_01_01, To: 2025_12_31, Against: InForce}, func(p Progress) { told = append(told, p) })
	return report, told, err
}

func earning(income string) insurance.Facts {
	return insurance.Facts{Declared: []insurance.Declaration{{Name: "income", Value: income}}}
}

// A scheme that is published without rules makes nothing due, so that all is gain.
func TestMembersOfManyPagesAreComparedOnce(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.add(t, 130, earning("400"))
	a.add(t, 120, earning("700"))
	r, told, err := a.run(t, doubled)
	if err != nil {
		t.Fatal(err)
	}
	want := []Outcome{
		{"shadow", "38000.000", "38000.000", &Split{250, 0, 0, "38000.000", "0.000"}},
		{"twin, equal rate", "38000.000", "38000.000", &Split{250, 0, 0, "38000.000", "0.000"}},
		{"twin, equal cost", "38000.000", "38000.000", &Split{250, 0, 0, "38000.000", "0.000"}},
	}
	if diff := cmp.Diff(want, r.Total.Rules); diff != "" {
		t.Error(diff)
	}
	steps := []Progress{{100, 1, 2}, {200, 1, 2}, {250, 1, 2}, {100, 2, 2}, {200, 2, 2}, {250, 2, 2}}
	if diff := cmp.Diff(steps, told); diff != "" {
		t.Error(diff)
	}
}

func TestWhoHasBeenErasedIsComparedByWhatTheBooksKnow(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.add(t, 20, earning("400"))
	for member := range a.salts {
		delete(a.salts, member)
	}
	a.add(t, 20, earning("400"))
	r, _, err := a.run(t, doubled)
	if err != nil {
		t.Fatal(err)
	}
	var refusals []string
	for _, l := range r.Groups[5].Lines {
		refusals = append(refusals, fmt.Sprint(l.Group, " ", *l.Members))
	}
	if diff := cmp.Diff([]string{"FACT_UNKNOWN 20", "(none) 20"}, refusals); diff != "" {
		t.Error(diff)
	}
}

func TestFewWhoAreLeftOutAreNotCountedAndNothingIsSaidOfThem(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.add(t, 20, earning("400"))
	a.add(t, 3, earning("four hundred and eleven"))
	r, _, err := a.run(t, doubled)
	if err != nil {
		t.Fatal(err)
	}
	want := &LeftOut{"fewer than 10", []string{"the twin: not a number such as 12, 0.5 or 50%"}}
	if diff := cmp.Diff(want, r.LeftOut); diff != "" {
		t.Error(diff)
	}
	if got := *r.Total.Members; got != 20 {
		t.Errorf("%d members are compared, want 20", got)
	}
}

func TestMembersWithoutPartInTheDaysAreNotCompared(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.add(t, 20, earning("400"))
	for _, party := range a.parties[:10] {
		a.entries[party][0].ValueOn = 2024_12_31
	}
	r, _, err := a.run(t, doubled)
	if err != nil {
		t.Fatal(err)
	}
	if got := *r.Total.Members; got != 10 {
		t.Errorf("%d members are compared, want 10", got)
	}
}

func TestARuleThatGivesNothingHasNoFactorAndNoTwinThatCostsAsMuch(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.add(t, 20, earning("400"))
	r, _, err := a.run(t, strings.Replace(doubled, "amount: [{times: ", "amount: [{at_least: 500}, {times: ", 1))
	if err != nil {
		t.Fatal(err)
	}
	if !r.Twin.Made || r.Twin.Factor != "0/1" || r.Total.Rules[2].Due != "0.000" {
		t.Errorf("the twin of a rule that gives nothing is %+v, and makes %s due", r.Twin, r.Total.Rules[2].Due)
	}
}

func TestWhatBreaksWhileReadingEndsTheRun(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.add(t, 20, earning("400"))
	a.broken = errors.New("the disk is gone")
	if _, _, err := a.run(t, doubled); !errors.Is(err, a.broken) {
		t.Errorf("the error is %v", err)
	}
	a.broken = nil
	for member := range a.sealed {
		a.sealed[member] = []byte{1, 2, 3}
	}
	if _, _, err := a.run(t, doubled); !errors.Is(err, privacy.ErrSealed) {
		t.Errorf("the error is %v", err)
	}
}
