package benefit_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// anyScheme is a scheme with a benefit of care, some of whose parts there are and others not. The limits of days and
// money, and the co-payments, are those that [rule.Load] lets a scheme have.
func anyScheme(t *rapid.T) *rule.Scheme {
	says := "  clinic:\n    kind: care\n    form: in-kind\n    pool: health\n    cover: health\n    without_cover: treasury\n"
	amount := rapid.IntRange(1, 400)
	pick := func(name string, ways ...string) string { return rapid.SampledFrom(append(ways, "")).Draw(t, name) }
	says += pick("referral", "    referral: {above: district, pays: 50%}\n", "    referral: {above: village}\n")
	says += pick("exclusion", "    exclusions: [{what: nose jobs, items: [NOSE], reason: EXCLUDED}]\n")
	says += pick("co-payments",
		"    co_payments: [{for: [medicines], share: 10%, up_to: 3, per: event}, {for: [hospital], level: [national], share: 37%}, {for: [general-practitioner], amount: 1}]\n",
		"    co_payments: [{share: 25%}]\n",
		"    co_payments: [{for: [hospital], share: 20%, up_to: 50, per: year}, {amount: 2, for: [medicines, general-practitioner]}]\n")
	limits := ""
	if rapid.Bool().Draw(t, "limited in the year") {
		limits += fmt.Sprintf("      - {per: year, household: true, amount: %d}\n", amount.Draw(t, "year"))
	}
	if rapid.Bool().Draw(t, "limited in the event") {
		limits += fmt.Sprintf("      - {per: event, amount: %d}\n", amount.Draw(t, "event"))
	}
	if rapid.Bool().Draw(t, "limited in days") {
		limits += fmt.Sprintf("      - {per: year, for: [hospital], days: %d}\n", rapid.IntRange(1, 9).Draw(t, "days"))
	}
	if rapid.Bool().Draw(t, "limited for medicines") {
		limits += fmt.Sprintf("      - {per: event, for: [medicines], amount: %d}\n", rapid.IntRange(1, 30).Draw(t, "medicines"))
	}
	if limits != "" {
		says += "    limits:\n" + limits
	}
	s, err := rule.Load(rule.Folder{Scheme: []byte(head + says)})
	if err != nil {
		t.Fatalf("%v\n%s", err, says)
	}
	return s
}

func anyLine(t *rapid.T) benefit.Line {
	l := benefit.Line{
		Item:     rapid.SampledFrom([]string{"CONS", "DRUG", "BED", "OPER", "ANTE", "DELV", "EMER", "NOSE", "SPA"}).Draw(t, "item"),
		Level:    rapid.SampledFrom([]string{"", "village", "district", "national"}).Draw(t, "level"),
		On:       on.AddDays(rapid.IntRange(0, 5).Draw(t, "day")),
		Referred: rapid.Bool().Draw(t, "referred"),
	}
	days := int64(1)
	if l.Item == "BED" {
		days = rapid.Int64Range(1, 5).Draw(t, "days")
		l.To = l.On.AddDays(int(days) - 1)
	} else {
		l.Quantity = rapid.Int64Range(0, 9).Draw(t, "quantity")
	}
	// A day of a stay is a whole number of fils: what part of one is worth is rounded down.
	l.Minor = days * 10 * rapid.Int64Range(0, 9000).Draw(t, "asked")
	return l
}

func anyCase(t *rapid.T) benefit.Case {
	c := claimed("clinic", rapid.SliceOfN(rapid.Custom(anyLine), 1, 7).Draw(t, "lines")...)
	c.Claim.Event.ID = "e1"
	c.Claim.Event.Emergency = rapid.Bool().Draw(t, "emergency")
	c.Claim.Event.Kind = rapid.SampledFrom([]rule.EventKind{rule.EventIllness, rule.EventAccident, rule.EventPregnancy}).Draw(t, "kind")
	if rapid.IntRange(0, 3).Draw(t, "uncovered") == 0 {
		c.Cover = benefit.Cover{}
	}
	return c
}

func judged(t *rapid.T, s *rule.Scheme, c benefit.Case) insurance.Decision {
	d, err := benefit.Adjudicate(s, c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestNothingGrantedExceedsWhatWasAskedThePriceListOrALimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, c := anyScheme(t), anyCase(t)
		d := judged(t, s, c)
		days := int64(0)
		for i, l := range d.Lines {
			asked := c.Claim.Lines[i]
			if l.Granted > asked.Minor || l.Granted < 0 {
				t.Fatalf("%s asks for %d and is granted %d", l.Item, asked.Minor, l.Granted)
			}
			if most, listed := mostOf[l.Item]; l.Granted > most*max(1, asked.Quantity, int64(asked.To-asked.On)+1) || !listed && l.Granted > 0 {
				t.Fatalf("%s costs %d each and is granted %d", l.Item, most, l.Granted)
			}
			days += l.Days
		}
		for _, l := range s.Benefits["clinic"].Limits {
			within(t, s, c, d, l, days)
		}
	})
}

// mostOf are the highest prices, in fils.
var mostOf = map[string]int64{"CONS": 9_000, "DRUG": 500, "BED": 50_000, "OPER": 200_000, "ANTE": 4_000, "DELV": 80_000, "EMER": 100_000, "NOSE": 70_000}

func within(t *rapid.T, s *rule.Scheme, c benefit.Case, d insurance.Decision, l rule.Limit, days int64) {
	if l.Days != nil && days > whole(s, l.Days) {
		t.Fatalf("%d days are granted, of %s", days, l.Days)
	}
	sum := int64(0)
	for _, line := range d.Lines {
		if p := s.PriceOf(line.Item); len(l.For) == 0 || p != nil && slices.Contains(l.For, p.Care) {
			sum += line.Granted
		}
	}
	if l.Amount != nil && sum > 1000*whole(s, l.Amount) {
		t.Fatalf("%d is granted, of %s", sum, l.Amount)
	}
}

func whole(s *rule.Scheme, v *rule.Value) int64 {
	n, _ := s.Constant(v, 2026_03_02)
	i, _ := n.Whole()
	return i
}

func TestTheOrderOfLinesChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, c := anyScheme(t), anyCase(t)
		d := judged(t, s, c)
		other := c
		other.Claim.Lines = rapid.Permutation(c.Claim.Lines).Draw(t, "other")
		if a, b := tally(c, d), tally(other, judged(t, s, other)); a != b {
			t.Fatalf("in one order\n%s\nin another\n%s", a, b)
		}
	})
}

// tally are the lines with what each is granted, in an order of their own.
func tally(c benefit.Case, d insurance.Decision) string {
	var lines []string
	for i, l := range d.Lines {
		lines = append(lines, fmt.Sprintf("%+v granted %d", c.Claim.Lines[i], l.Granted))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestAClaimInTwoPiecesIsNeverPaidMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, c := anyScheme(t), anyCase(t)
		all := judged(t, s, c).Granted()
		first, second := c, c
		first.Claim.Lines, second.Claim.Lines = nil, nil
		for _, l := range c.Claim.Lines {
			if rapid.Bool().Draw(t, "first") {
				first.Claim.Lines = append(first.Claim.Lines, l)
			} else {
				second.Claim.Lines = append(second.Claim.Lines, l)
			}
		}
		if len(first.Claim.Lines) == 0 || len(second.Claim.Lines) == 0 {
			return
		}
		a := judged(t, s, first)
		second.Claim.ID, second.History = "c2", benefit.Past(s, first, a)
		if b := judged(t, s, second); a.Granted()+b.Granted() > all {
			t.Fatalf("in one piece %d, in two %d and %d", all, a.Granted(), b.Granted())
		}
	})
}

func TestCashInPiecesIsThatOfTheWhole(t *testing.T) {
	t.Parallel()
	s := load(t, "  pay:\n    kind: sickness\n    form: daily\n    flat: {over: [10, 3]}\n    wait_days: 3\n    days: 40\n    round: {way: half-up}\n")
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "days")
		all := judged(t, s, cash("pay", days(n))).Granted()
		sum, first := int64(0), cash("pay", days(n))
		for from, i := 0, 0; from < n; i++ {
			piece := rapid.IntRange(1, n-from).Draw(t, "piece")
			c := first
			c.Claim.ID = fmt.Sprint("piece", i)
			c.Claim.Event.From, c.Claim.Event.To = on.AddDays(from), on.AddDays(from+piece-1)
			d := judged(t, s, c)
			sum += d.Granted()
			first.History = append(first.History, benefit.Past(s, c, d)...)
			from += piece
		}
		if sum != all {
			t.Fatalf("%d days come to %d, in pieces to %d", n, all, sum)
		}
	})
}

func TestNothingIsTakenFromPregnancyAndBirthForCoverReferralOrHerOwnPart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, c := anyScheme(t), anyCase(t)
		c.Cover.Charges = []benefit.Charge{{Why: benefit.Why{Reason: "TAKEN_UP_AGAIN"}, Cover: "health", MonthsUnpaid: 9}}
		free := map[string]bool{"ANTE": true, "DELV": true}
		for _, l := range judged(t, s, c).Lines {
			for _, r := range l.Reductions {
				about := free[l.Item] || c.Claim.Event.Kind == rule.EventPregnancy
				refused := slices.Contains([]string{benefit.NotCovered, benefit.NotReferred, benefit.CoPaid, benefit.Waiting, "TAKEN_UP_AGAIN"}, r.Reason)
				if about && refused {
					t.Fatalf("%s of a pregnancy: %s takes %d", l.Item, r.Reason, r.Took)
				}
				if c.Claim.Event.Emergency && (r.Reason == benefit.NotCovered || r.Reason == benefit.Waiting) {
					t.Fatalf("%s of an emergency: %s takes %d", l.Item, r.Reason, r.Took)
				}
			}
		}
	})
}

func TestWhoIsMarriedIsNotAsked(t *testing.T) {
	t.Parallel()
	s := load(t, clinic+grant)
	rapid.Check(t, func(t *rapid.T) {
		c := cash("grant", benefit.Event{Kind: rule.EventBirth, On: on})
		c.Claim.Evidence = []benefit.Evidence{{Event: "birth", On: on, By: "midwife"}}
		c.Facts.Sex = insurance.Female
		single := judged(t, s, c)
		for range rapid.IntRange(1, 3).Draw(t, "spouses") {
			c.Facts.Dependants = append(c.Facts.Dependants, insurance.Dependant{Kind: insurance.Spouse, Days: insurance.Days{From: on.AddDays(rapid.IntRange(-500, 500).Draw(t, "since"))}})
		}
		if a, b := single.Granted(), judged(t, s, c).Granted(); a != b || a == 0 {
			t.Fatalf("single she is granted %d, married %d", a, b)
		}
	})
}

func TestADecisionIsReplayedByteForByte(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, c := anyScheme(t), anyCase(t)
		kept, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(judged(t, s, c))
		if err != nil {
			t.Fatal(err)
		}
		got, err := benefit.Replay(s, kept)
		if err != nil || string(got) != string(want) {
			t.Fatalf("%v\n%s\n%s", err, got, want)
		}
	})
}
