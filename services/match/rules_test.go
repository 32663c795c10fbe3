package match

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// published is a version of a scheme with one subsidy: its periods, from when it is in force, when it was published, and
// whether it cuts the past. A version without periods has another subsidy in its place.
type published struct {
	period                    string
	effective, on             ledger.Date
	cutsPast                  bool
	readsContributions, heads bool
}

func (p published) version(t *testing.T, number int) insurance.Scheme {
	t.Helper()
	id, period := "match", p.period
	if period == "" {
		id, period = "other", "month"
	}
	reads := rule.ByMonth
	if p.readsContributions {
		reads = rule.ByContribution
	}
	text := fmt.Sprintf(`scheme: tried
name: Tried
source: made up
currency: JOD
time_zone: UTC
fiscal_year: 04-01
effective: %s
cuts_past: %t
pots: [{account: 2100, name: savings, share: 1, pool: old-age}]
subsidies:
  - {id: %s, funder: treasury, pot: 2110, period: %s, reads: %s, heads: %t, amount: [{times: 50%%}]}
`, p.effective, p.cutsPast, id, period, reads, p.heads)
	return insurance.Scheme{Code: "tried", Currency: "JOD", TimeZone: "UTC", Version: number, EffectiveOn: p.effective,
		PublishedAt: p.on.Time().Add(12 * time.Hour), Folder: insurance.Folder{Scheme: []byte(text)}}
}

func rulesFrom(t *testing.T, versions ...published) Rules {
	t.Helper()
	var all []insurance.Scheme
	for i, p := range versions {
		all = append(all, p.version(t, i+1))
	}
	r, err := RulesOf(all)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestADayLiesInOnePeriodJudgedByTheVersionsOfItsTime: the period of the day, and the numbers of the versions that judge
// it, the one in force first.
func TestADayLiesInOnePeriodJudgedByTheVersionsOfItsTime(t *testing.T) {
	t.Parallel()
	years := published{period: "calendar-year", effective: 2020_01_01, on: 2019_12_01}
	for _, c := range []struct {
		name string
		then []published
		day  ledger.Date
		want string
	}{
		{"one version", nil, 2025_03_09, "2025-01-01 to 2025-12-31 by 1"},
		{"before it is in force", nil, 2019_12_31, "none"},
		{"a version in good time", []published{{period: "calendar-year", effective: 2025_01_01, on: 2024_12_31}}, 2025_03_09, "2025-01-01 to 2025-12-31 by 2"},
		{"and the years before it", []published{{period: "calendar-year", effective: 2025_01_01, on: 2024_12_31}}, 2024_03_09, "2024-01-01 to 2024-12-31 by 1"},
		{"a version inside a year", []published{{period: "calendar-year", effective: 2025_07_01, on: 2025_06_01}}, 2025_03_09, "2025-01-01 to 2025-12-31 by 2 1"},
		{"published when the year had begun", []published{{period: "calendar-year", effective: 2025_01_01, on: 2025_06_01}}, 2025_03_09, "2025-01-01 to 2025-12-31 by 2 1"},
		{"reaching back", []published{{period: "calendar-year", effective: 2020_01_01, on: 2025_06_01}}, 2023_03_09, "2023-01-01 to 2023-12-31 by 2 1"},
		{"and cutting the past", []published{{period: "calendar-year", effective: 2020_01_01, on: 2025_06_01, cutsPast: true}}, 2023_03_09, "2023-01-01 to 2023-12-31 by 2"},
		{"cutting it from a day on", []published{{period: "calendar-year", effective: 2024_01_01, on: 2025_06_01, cutsPast: true}}, 2023_03_09, "2023-01-01 to 2023-12-31 by 1"},
		{"the same from the next year on", []published{{period: "calendar-year", effective: 2020_01_01, on: 2025_06_01}}, 2026_03_09, "2026-01-01 to 2026-12-31 by 2"},
		{"without the subsidy: the year that had begun", []published{{effective: 2025_07_01, on: 2025_06_01}}, 2025_08_09, "2025-01-01 to 2025-12-31 by 2 1"},
		{"without the subsidy: the next year", []published{{effective: 2025_07_01, on: 2025_06_01}}, 2026_03_09, "none"},
		{"without the subsidy, cutting the past", []published{{effective: 2025_01_01, on: 2025_06_01, cutsPast: true}}, 2025_03_09, "2025-01-01 to 2025-12-31 by 2"},
		{"months from July on: before", []published{{period: "month", effective: 2025_07_01, on: 2025_06_01}}, 2025_03_09, "2025-01-01 to 2025-06-30 by 1"},
		{"months from July on: after", []published{{period: "month", effective: 2025_07_01, on: 2025_06_01}}, 2025_08_09, "2025-08-01 to 2025-08-31 by 2"},
		{"months that were published late: before", []published{{period: "month", effective: 2025_01_01, on: 2025_06_01}}, 2025_03_09, "2025-01-01 to 2025-05-31 by 1"},
		{"months that were published late: after", []published{{period: "month", effective: 2025_01_01, on: 2025_06_01}}, 2025_06_09, "2025-06-01 to 2025-06-30 by 2"},
		{"months that were published late, and cut the past", []published{{period: "month", effective: 2025_01_01, on: 2025_06_01, cutsPast: true}}, 2025_03_09, "2025-03-01 to 2025-03-31 by 2"},
		{"months from the middle of a month: the folds can't tell its parts", []published{{period: "month", effective: 2025_06_15, on: 2025_06_01}}, 2025_06_20, "2025-01-01 to 2025-06-30 by 1"},
		{"years that begin in April", []published{{period: "fiscal-year", effective: 2025_04_01, on: 2025_01_01}}, 2025_03_09, "2025-01-01 to 2025-03-31 by 1"},
		{"years that begin in April: after", []published{{period: "fiscal-year", effective: 2025_04_01, on: 2025_01_01}}, 2026_03_09, "2025-04-01 to 2026-03-31 by 2"},
		{"months, and years again", []published{{period: "month", effective: 2025_01_01, on: 2024_01_01}, {period: "calendar-year", effective: 2026_01_01, on: 2025_09_01}}, 2026_03_09, "2026-01-01 to 2026-12-31 by 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := rulesFrom(t, append([]published{years}, c.then...)...)
			if got := told(r, c.day); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func told(r Rules, day ledger.Date) string {
	p, ok := r.periodOf("match", day, 0)
	if !ok {
		return "none"
	}
	text := fmt.Sprintf("%s to %s by", p.Start, p.End)
	for v := range r.judging("match", p) {
		text += fmt.Sprintf(" %d", v.number)
	}
	return text
}

// TestPeriodsOfASubsidyNeverShareADay: however versions follow each other.
func TestPeriodsOfASubsidyNeverShareADay(t *testing.T) {
	t.Parallel()
	r := rulesFrom(t,
		published{period: "calendar-year", effective: 2020_01_01, on: 2019_12_01},
		published{period: "quarter", effective: 2023_05_10, on: 2023_04_01},
		published{period: "fiscal-year", effective: 2022_01_01, on: 2024_02_02},
		published{period: "month", effective: 2024_08_01, on: 2024_07_01, cutsPast: true},
		published{period: "half-year", effective: 2025_03_01, on: 2025_02_01, readsContributions: true})
	var last rule.Period
	for day := ledger.Date(2020_01_01); day < 2026_12_31; day = day.AddDays(1) {
		p, ok := r.periodOf("match", day, 0)
		if !ok || !p.Holds(day) {
			t.Fatalf("%s lies in %v", day, p)
		}
		if p != last && last.End != 0 && p.Start != last.End.AddDays(1) {
			t.Errorf("%s to %s does not follow %s to %s", p.Start, p.End, last.Start, last.End)
		}
		last = p
	}
}

func TestAPartOfABudget(t *testing.T) {
	t.Parallel()
	const most = 1<<63 - 1
	for _, c := range []struct{ left, wanted, want, part int64 }{
		{100, 200, 50, 25}, {100, 300, 100, 33}, {100, 100, 60, 60}, {100, 50, 50, 50}, {0, 50, 50, 0}, {-5, 50, 50, 0}, {0, 0, 0, 0},
		{most - 1, most, most, most - 1},
	} {
		if got := (&Part{c.left, c.wanted}).of(c.want); got != c.part {
			t.Errorf("%d of %d for %d: got %d, want %d", c.want, c.wanted, c.left, got, c.part)
		}
	}
}

func TestRulesThatCannotBeReadAreAnErrorThatNamesThem(t *testing.T) {
	t.Parallel()
	broken := published{period: "month", effective: 2020_01_01, on: 2020_01_01}.version(t, 7)
	broken.Folder.Scheme = []byte("scheme: [")
	if _, err := RulesOf([]insurance.Scheme{broken}); err == nil || !strings.Contains(err.Error(), "scheme tried version 7") {
		t.Errorf("got %v", err)
	}
	if r, err := RulesOf([]insurance.Scheme{{Code: "plain", Currency: "JOD", Version: 1}}); err != nil || len(r.spans) != 0 {
		t.Errorf("a version without rules has %v, %v", r.spans, err)
	}
}

// TestWhatIsNewIsJudgedWithAllThatDependsOnIt: the periods that must be judged for a member who gave something in March
// and November 2024 and in February 2025, and holds what was granted for the quarters of 2023.
func TestWhatIsNewIsJudgedWithAllThatDependsOnIt(t *testing.T) {
	t.Parallel()
	r := rulesFrom(t, published{period: "quarter", effective: 2020_01_01, on: 2019_12_01})
	position := Position{Scheme: "tried", Months: []Month{{202403, "", 10, 1, ""}, {202411, "", 10, 1, ""}, {202502, "", 10, 1, ""}}}
	position.held("match", 2023_01_01).Moves = 1
	position.held("match", 2023_10_01).Moves = 1
	for _, c := range []struct {
		name string
		c    memberCase
		want []string
	}{
		{"what comes last", memberCase{changes: []change{{on: 2025_02_09}}}, []string{"2025-01-01 from 2025-02-09"}},
		{"what comes late", memberCase{changes: []change{{on: 2024_03_09, by: "mpesa"}}},
			[]string{"2024-01-01 from 2024-03-09 by mpesa", "2024-10-01 from 2024-10-01 by mpesa", "2025-01-01 from 2025-01-01 by mpesa"}},
		{"two of one period", memberCase{changes: []change{{on: 2025_02_09}, {on: 2025_01_05, by: "mpesa"}, {on: 2025_03_01}}}, []string{"2025-01-01 from 2025-03-01 by mpesa"}},
		{"before everything", memberCase{changes: []change{{on: 2023_05_01}}},
			[]string{"2023-04-01 from 2023-05-01", "2023-10-01 from 2023-10-01", "2024-01-01 from 2024-01-01", "2024-10-01 from 2024-10-01", "2025-01-01 from 2025-01-01"}},
		{"a period that is asked for", memberCase{asked: []Asked{{Subsidy: "match", On: 2024_12_31}}}, []string{"2024-10-01 from 0 asked", "2025-01-01 from 2025-01-01"}},
		{"all of them", memberCase{asked: []Asked{{}}},
			[]string{"2023-01-01 from 0", "2023-10-01 from 0", "2024-01-01 from 0", "2024-10-01 from 0", "2025-01-01 from 0"}},
		{"made anew", memberCase{fresh: true, changes: []change{{on: 2024_03_09}}},
			[]string{"2023-01-01 from 0", "2023-10-01 from 0", "2024-01-01 from 2024-03-09", "2024-10-01 from 2024-10-01", "2025-01-01 from 2025-01-01"}},
		{"another subsidy", memberCase{asked: []Asked{{Subsidy: "other", On: 2024_12_31}}}, nil},
		{"before any version", memberCase{changes: []change{{on: 2019_05_01}}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.c.member, c.c.scheme = &member{}, "tried"
			d := &desk{page: ledger.NewPage(ledger.Date(2025_06_01).Time(), ledger.Calendar{}, nil, nil), rules: map[ledger.SchemeCode]Rules{"tried": r}}
			var got []string
			for _, j := range d.periods(&c.c, &position) {
				text := fmt.Sprintf("%s from %s", j.period.Start, dayText(j.on))
				if j.by != "" {
					text += " by " + string(j.by)
				}
				if j.asked {
					text += " asked"
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func dayText(day ledger.Date) string {
	if day == 0 {
		return "0"
	}
	return day.String()
}
