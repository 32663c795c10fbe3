package insurance

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
)

func TestAFiscalYearHasItsOwnDays(t *testing.T) {
	july := FiscalCalendar{Month: 7, Day: 1}
	julyByEnd := FiscalCalendar{Month: 7, Day: 1, NamedByEnd: true}
	nowruz := FiscalCalendar{Month: 3, Day: 21}
	cases := []struct {
		name        string
		calendar    FiscalCalendar
		day         ledger.Date
		year        int
		first, last ledger.Date
	}{
		{"the calendar year where nothing is said", FiscalCalendar{}, 2026_03_10, 2026, 2026_01_01, 2026_12_31},
		{"its first day", FiscalCalendar{}, 2026_01_01, 2026, 2026_01_01, 2026_12_31},
		{"January begins the year of its end too", FiscalCalendar{Month: 1, Day: 1, NamedByEnd: true}, 2026_03_10, 2026, 2026_01_01, 2026_12_31},
		{"June belongs to the year that began last July", july, 2026_06_30, 2025, 2025_07_01, 2026_06_30},
		{"the first of July begins another", july, 2026_07_01, 2026, 2026_07_01, 2027_06_30},
		{"named by its end, June is of this year", julyByEnd, 2026_06_30, 2026, 2025_07_01, 2026_06_30},
		{"named by its end, July is of the next", julyByEnd, 2026_07_01, 2027, 2026_07_01, 2027_06_30},
		{"a year may begin within a month", nowruz, 2028_03_20, 2027, 2027_03_21, 2028_03_20},
		{"and on that day", nowruz, 2028_03_21, 2028, 2028_03_21, 2029_03_20},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if err := c.calendar.Check(); err != nil {
				t.Fatal(err)
			}
			year := c.calendar.YearOf(c.day)
			if year != c.year || c.calendar.FirstDay(year) != c.first || c.calendar.LastDay(year) != c.last {
				t.Errorf("%s is in %d, from %s to %s; want %d, from %s to %s",
					c.day, year, c.calendar.FirstDay(year), c.calendar.LastDay(year), c.year, c.first, c.last)
			}
		})
	}
	for _, wrong := range []FiscalCalendar{{Month: 13, Day: 1}, {Month: 2, Day: 29}, {Month: 7}, {Day: 1}, {NamedByEnd: true}} {
		if !errors.Is(wrong.Check(), ledger.ErrInvalid) {
			t.Errorf("%+v was taken", wrong)
		}
	}
}

func matchLine() BudgetLine {
	return BudgetLine{Funder: "mof", Scheme: "basic", Year: 2026, Currency: "JOD"}
}

func TestABudgetLineIsAParty(t *testing.T) {
	line := matchLine()
	prior := line
	prior.Prior = true
	got := []string{string(line.Party()), string(prior.Party()), string(line.Heads().Party()),
		line.Account(9150).String(), line.Heads().Account(9150).String(), line.String(), prior.String(), string(line.Funder.Party())}
	want := []string{"budget:mof.basic.2026", "budget:mof.basic.2026-prior", "budget:mof.basic.2026",
		"9150 budget:mof.basic.2026 basic JOD", "9150 budget:mof.basic.2026 basic XXX", "mof basic 2026 JOD", "mof basic 2026 prior years JOD", "funder:mof"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, l := range []BudgetLine{line, prior, line.Heads()} {
		if read, err := ParseBudgetLine(l.Party(), l.Currency); err != nil || read != l {
			t.Errorf("%s was read as %s, %v", l, read, err)
		}
	}
	for _, wrong := range []ledger.Party{"", "budget:mof.basic", "funder:mof.basic.2026", "budget:mof.basic.two", "budget:mof.basic.20266", "budget:mof.basic.2026.7"} {
		if _, err := ParseBudgetLine(wrong, "JOD"); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("%q was read: %v", wrong, err)
		}
	}
	longest := BudgetLine{FunderID(strings.Repeat("f", 16)), ledger.SchemeCode(strings.Repeat("s", 32)), 2026, true, "JOD"}
	if _, err := Voted(Budgeted{ID: ledger.ID{1}, Line: longest, Minor: 1, On: today}); err != nil {
		t.Errorf("the longest names: %v", err)
	}
}

func TestTheFormOfABudgetLine(t *testing.T) {
	for field, wrong := range map[string]func(*BudgetLine){
		"funder":             func(l *BudgetLine) { l.Funder = "MOF" },
		"line.scheme":        func(l *BudgetLine) { l.Scheme = "a.b" },
		"line.year":          func(l *BudgetLine) { l.Year = 26 },
		"line.currency_code": func(l *BudgetLine) { l.Currency = "JDX" },
	} {
		line := matchLine()
		wrong(&line)
		var fault Fault
		if err := line.Check(); !errors.As(err, &fault) || fault.Field != field || !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("%s: got %v", field, err)
		}
	}
	if err := (FunderID(strings.Repeat("f", 17))).Check(); err == nil {
		t.Error("a funder's id of 17 characters was taken")
	}
}

func TestWhichLineAGrantIsChargedTo(t *testing.T) {
	calendar := Funder{ID: "mof"}
	fiscal := Funder{ID: "mof", Calendar: FiscalCalendar{Month: 7, Day: 1}}
	line := func(year int, prior bool) BudgetLine {
		return BudgetLine{Funder: "mof", Scheme: "basic", Year: year, Prior: prior, Currency: "JOD"}
	}
	open, closed := LineStatus{State: LineOpen}, LineStatus{State: LineClosed}
	untilMarch := LineStatus{State: LineComplementary, Until: 2027_03_31}
	cases := []struct {
		name            string
		funder          Funder
		value, booked   ledger.Date
		valueYearOnly   bool
		y2026, y2027, p LineStatus
		want            BudgetLine
		takes           bool
	}{
		{"this year's grant, this year's line", calendar, 2026_03_10, 2026_03_12, false, open, LineStatus{}, LineStatus{}, line(2026, false), true},
		{"last year's, while its line is open", calendar, 2026_12_30, 2027_01_05, false, open, open, open, line(2026, false), true},
		{"last year's, in the complementary period", calendar, 2026_12_30, 2027_03_31, false, untilMarch, open, open, line(2026, false), true},
		{"last year's, on the day after it", calendar, 2026_12_30, 2027_04_01, false, untilMarch, open, open, line(2027, true), true},
		{"last year's, when its line is closed", calendar, 2026_12_30, 2027_01_05, false, closed, open, open, line(2027, true), true},
		{"without a prior-years line it is unmet there", calendar, 2026_12_30, 2027_01_05, false, closed, open, LineStatus{}, line(2027, true), false},
		{"where the scheme names the value year it stays there", calendar, 2026_12_30, 2027_01_05, true, closed, open, open, line(2026, false), false},
		{"this year's line is not voted yet", calendar, 2026_03_10, 2026_03_12, false, LineStatus{}, open, open, line(2026, false), false},
		{"this year's line was closed early", calendar, 2026_03_10, 2026_12_31, false, closed, open, open, line(2026, false), false},
		{"a grant of a year to come waits for its own line", calendar, 2027_01_01, 2026_12_31, false, open, LineStatus{}, open, line(2027, false), false},
		{"the fiscal year decides, not the calendar's", fiscal, 2027_06_30, 2027_07_01, false, closed, open, open, line(2027, true), true},
		{"and both days may be of one", fiscal, 2026_12_30, 2027_01_05, false, open, open, open, line(2026, false), true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			lines := map[ledger.Party]LineStatus{
				line(2026, false).Party(): c.y2026, line(2027, false).Party(): c.y2027, line(2027, true).Party(): c.p,
			}
			got, takes := ChargedTo(c.funder, "basic", "JOD", c.value, c.booked, c.valueYearOnly, lines)
			if got != c.want || takes != c.takes {
				t.Errorf("charged to %s, %v; want %s, %v", got, takes, c.want, c.takes)
			}
		})
	}
}

func matchGrant() Grant {
	return Grant{
		ID: ledger.ID{1}, Member: MemberIDOf([16]byte{7}), Line: matchLine(), ValueOn: today,
		Pots: []PotShare{{ledger.OldAgeMatched, 600}, {ledger.HealthMatched, 400}}, Basis: GrantBasis{"match", 3, "2026-03"},
	}
}

func TestAGrantIsReadBackFromItsEntry(t *testing.T) {
	prior, sponsored := matchGrant(), matchGrant()
	prior.Line.Prior = true
	sponsored.Line.Year = 0
	fiscal := matchGrant()
	fiscal.Basis = GrantBasis{"top-up_2", 12, "2025/26"}
	undoing := matchGrant()
	undoing.Undoes = ledger.ID{9}
	cases := []struct {
		name   string
		grant  Grant
		make   func(Grant) (ledger.Entry, error)
		reason string
	}{
		{"a grant", matchGrant(), Granted, "match@3:2026-03#2026"},
		{"of the prior-years line", prior, Granted, "match@3:2026-03#2026p"},
		{"that no budget is kept for", sponsored, Granted, "match@3:2026-03"},
		{"of a fiscal year", fiscal, Granted, "top-up_2@12:2025/26#2026"},
		{"a clawback", matchGrant(), func(g Grant) (ledger.Entry, error) { return ClawedBack(g, false) }, "match@3:2026-03#2026"},
		{"a clawback of what is paid", undoing, func(g Grant) (ledger.Entry, error) { return ClawedBack(g, true) }, "match@3:2026-03#2026"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e, err := c.make(c.grant)
			if err != nil || e.Reason != c.reason {
				t.Fatalf("reason %q, %v; want %q", e.Reason, err, c.reason)
			}
			got, ok := GrantOf(e)
			if diff := cmp.Diff(c.grant, got); !ok || diff != "" {
				t.Errorf("read back: %v\n%s", ok, diff)
			}
		})
	}
	if _, ok := GrantOf(ledger.Entry{Kind: KindContribution}); ok {
		t.Error("a contribution was read as a grant")
	}
}

func TestTheFormOfAGrant(t *testing.T) {
	longest := matchGrant()
	longest.Basis = GrantBasis{strings.Repeat("s", 40), 999, strings.Repeat("p", 12)}
	longest.Line.Prior = true
	if e, err := Granted(longest); err != nil || len(e.Reason) > 64 {
		t.Errorf("the longest reason %q: %v", e.Reason, err)
	}
	for name, wrong := range map[string]func(*Grant){
		"no funder":               func(g *Grant) { g.Line.Funder = "" },
		"no scheme":               func(g *Grant) { g.Line.Scheme = "" },
		"no subsidy":              func(g *Grant) { g.Basis.Subsidy = "" },
		"a subsidy's name of 41":  func(g *Grant) { g.Basis.Subsidy = strings.Repeat("s", 41) },
		"a reason of 65":          func(g *Grant) { g.Basis.Subsidy, g.Basis.Period = strings.Repeat("s", 40), strings.Repeat("p", 17) },
		"no version":              func(g *Grant) { g.Basis.Version = 0 },
		"a version of six digits": func(g *Grant) { g.Basis.Version = 100000 },
		"no period":               func(g *Grant) { g.Basis.Period = "" },
		"a period of 25":          func(g *Grant) { g.Basis.Period = strings.Repeat("p", 25) },
		"a pot that is a fund's":  func(g *Grant) { g.Pots[0].Account = ledger.FundHealth },
		"a pot that is suspense":  func(g *Grant) { g.Pots[0].Account = ledger.Suspense },
		"no pot":                  func(g *Grant) { g.Pots = nil },
		"a pot that gets nothing": func(g *Grant) { g.Pots[0].Minor = 0 },
		"a pot that gets less":    func(g *Grant) { g.Pots[0].Minor = -5 },
		"an amount too large":     func(g *Grant) { g.Pots[0].Minor, g.Pots[1].Minor = 1<<62, 1<<62 },
	} {
		g := matchGrant()
		wrong(&g)
		if e, err := Granted(g); err == nil {
			t.Errorf("%s: was taken as %+v", name, e)
		}
		if e, err := ClawedBack(g, true); err == nil {
			t.Errorf("%s: was clawed back as %+v", name, e)
		}
	}
}
