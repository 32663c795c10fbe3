package entitlement

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
	"sanad.dev/sanad/services/rule"
)

func TestCoverIsBookedAtTheEndOfEachMonthAndOnTheDay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name                 string
		first, last, through ledger.Date
		want                 []ledger.Date
	}{
		{"nobody who paid nothing", 0, 0, 2026_03_15, nil},
		{"who pays after the day", 2026_04_01, 0, 2026_03_15, nil},
		{"within a month", 2026_03_02, 0, 2026_03_15, []ledger.Date{2026_03_15}},
		{"over two month ends", 2026_01_10, 0, 2026_03_15, []ledger.Date{2026_01_31, 2026_02_28, 2026_03_15}},
		{"since it was booked last", 2025_01_10, 2026_01_31, 2026_03_15, []ledger.Date{2026_02_28, 2026_03_15}},
		{"again for the same day", 2025_01_10, 2026_03_15, 2026_03_15, []ledger.Date{2026_03_15}},
		{"for an earlier day than it was booked for, at that day", 2025_01_10, 2026_03_31, 2026_03_15, []ledger.Date{2026_03_31}},
		{"at a month's end", 2026_02_01, 2026_02_28, 2026_03_31, []ledger.Date{2026_03_31}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, marks(c.first, c.last, c.through)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// tenADay is a book of a scheme in which a day costs ten minor units.
func tenADay(t testing.TB) *book {
	t.Helper()
	s, err := rule.Load(rule.Folder{Scheme: []byte(`scheme: basic
name: Basic
source: these tests
currency: JOD
effective: 2020-01-01
pots: [{account: 2200, name: health, share: 1, pool: health}]
cover:
  health: {account: 2200, matched: 2210, days: {price: 0.010}, notice_days: 14}
`)})
	if err != nil {
		t.Fatal(err)
	}
	return &book{code: "basic", versions: []insurance.Scheme{{Code: "basic", Currency: "JOD", TimeZone: "UTC"}}, rules: cover.Of(s)}
}

func service(t testing.TB) *Service {
	t.Helper()
	keys, err := privacy.NewKeyring([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	return &Service{Keys: keys}
}

// earner books a member's entries as they come, and what is earned.
type earner struct {
	t       testing.TB
	s       *Service
	b       *book
	entries []ledger.Entry
	stands  ledger.Balances
}

func (e *earner) book(entries ...ledger.Entry) {
	e.t.Helper()
	for _, one := range entries {
		var err error
		if e.stands, err = e.stands.With(one); err != nil {
			e.t.Fatal(err)
		}
		e.entries = append(e.entries, one)
	}
}

// earn earns through the day and returns what was moved, by pot and value date.
func (e *earner) earn(through ledger.Date) map[ledger.Date]int64 {
	e.t.Helper()
	made, err := e.s.earnings(e.b, &known{id: her, entries: e.entries}, through, e.stands)
	if err != nil {
		e.t.Fatal(err)
	}
	e.book(made...)
	moved := map[ledger.Date]int64{}
	for _, one := range made {
		moved[one.ValueOn] += insurance.EarnedOf(one, "basic", ledger.HealthOwn) + insurance.EarnedOf(one, "basic", ledger.HealthMatched)
	}
	return moved
}

func (e *earner) moves(through ledger.Date, want map[ledger.Date]int64) {
	e.t.Helper()
	if diff := cmp.Diff(want, e.earn(through)); diff != "" {
		e.t.Errorf("through %s: %s", through, diff)
	}
}

func TestWhatIsEarnedIsTheDifferenceToWhatIsBooked(t *testing.T) {
	t.Parallel()
	e := &earner{t: t, s: service(t), b: tenADay(t)}
	e.book(entry(t, 1, insurance.KindContribution, 2026_01_22, ledger.HealthOwn, 300)) // thirty days, through 20 February
	e.moves(2026_02_09, map[ledger.Date]int64{2026_01_31: 100, 2026_02_09: 90})
	e.moves(2026_02_09, map[ledger.Date]int64{})
	e.moves(2026_02_10, map[ledger.Date]int64{2026_02_10: 10})

	// A payment that comes late counts from its value date, and is corrected by the difference.
	e.book(entry(t, 2, insurance.KindContribution, 2026_01_02, ledger.HealthOwn, 50))
	e.moves(2026_02_10, map[ledger.Date]int64{2026_02_10: 50})
	e.moves(2026_02_28, map[ledger.Date]int64{2026_02_28: 100})
	e.moves(2026_06_30, map[ledger.Date]int64{})
	if left := hers(ledger.HealthOwn).Normal(e.stands.Of(hers(ledger.HealthOwn))); left != 0 {
		t.Errorf("%d are left of cover that was all given", left)
	}
}

func TestAReversalTakesUnusedCoverAndLeavesWhatWasGiven(t *testing.T) {
	t.Parallel()
	e := &earner{t: t, s: service(t), b: tenADay(t)}
	paid := entry(t, 1, insurance.KindContribution, 2026_03_01, ledger.HealthOwn, 300)
	e.book(paid)
	e.moves(2026_03_10, map[ledger.Date]int64{2026_03_10: 100})
	back := ledger.Reverse(paid, ledger.ID{2})
	back.RecordedAt = ledger.Date(2026_03_11).Time()
	good, short, err := insurance.Shortfall(back, ledger.ID{3}, e.stands, "mpesa")
	if err != nil || !short {
		t.Fatal(short, err)
	}
	e.book(back, good)
	e.moves(2026_03_31, map[ledger.Date]int64{}) // ten days were given and stand; the eleventh has no money behind it
	if left := hers(ledger.HealthOwn).Normal(e.stands.Of(hers(ledger.HealthOwn))); left != 0 {
		t.Errorf("%d stand in a pot of which everything was taken back", left)
	}
}

func TestFundersMoneyIsEarnedAsSubsidy(t *testing.T) {
	t.Parallel()
	e := &earner{t: t, s: service(t), b: tenADay(t)}
	e.book(entry(t, 1, insurance.KindContribution, 2026_03_01, ledger.HealthOwn, 100), entry(t, 2, insurance.KindMatch, 2026_03_01, ledger.HealthMatched, 100))
	e.moves(2026_03_15, map[ledger.Date]int64{2026_03_15: 150})
	own, matched := int64(0), int64(0)
	for _, one := range e.entries {
		own += insurance.EarnedOf(one, "basic", ledger.HealthOwn)
		matched += insurance.EarnedOf(one, "basic", ledger.HealthMatched)
	}
	if own+matched != 150 || matched != 100 {
		t.Errorf("%d of her own and %d of the funder's are earned", own, matched)
	}
}
