package benefit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

func TestABenefitAtDeathIsDividedAmongThoseLeftBehind(t *testing.T) {
	t.Parallel()
	spouse := func(name string) benefit.Survivor { return benefit.Survivor{Person: name, Kind: insurance.Spouse} }
	child := func(name string, born ledger.Date) benefit.Survivor {
		return benefit.Survivor{Person: name, Kind: insurance.Child, Birth: insurance.Birth{On: born}, PayTo: "member:guardian"}
	}
	parent := benefit.Survivor{Person: "p1", Kind: insurance.Parent}
	named := benefit.Survivor{Person: "n1", Kind: insurance.OtherDependant, Nominee: true}
	const shares = "shares: [{kind: spouse, share: 50%}, {kind: child, share: 50%, under: 18}, {kind: parent, share: 20%, without: [spouse, child]}]"
	for name, test := range map[string]struct {
		says string
		left []benefit.Survivor
		want string
	}{
		"two wives share one half, three children the other": {
			shares, []benefit.Survivor{spouse("w1"), spouse("w2"), child("k1", 2015_01_01), child("k2", 2016_01_01), child("k3", 2017_01_01)},
			"k1 16667 k2 16667 k3 16666 w1 25000 w2 25000",
		},
		"a grown child takes nothing, and others take it": {shares, []benefit.Survivor{spouse("w1"), child("k1", 2000_01_01)}, "w1 100000"},
		"unless it lapses":                               {shares + "\n      absent: lapses", []benefit.Survivor{spouse("w1"), child("k1", 2000_01_01)}, "w1 50000 - 0 SHARE_NOT_TAKEN 50000"},
		"a parent where there is nobody else":            {shares, []benefit.Survivor{parent}, "p1 100000"},
		"a parent beside a widow takes nothing":          {shares, []benefit.Survivor{parent, spouse("w1")}, "w1 100000"},
		"nobody at all":                                  {shares, nil, "- 0 SHARE_NOT_TAKEN 100000"},
		"whom she named comes first":                     {"nominees: true\n      " + shares, []benefit.Survivor{named, spouse("w1")}, "n1 100000"},
		"whom she named, where the law knows no such":    {shares, []benefit.Survivor{named, spouse("w1")}, "w1 100000"},
		"so much each, and less where it makes too much": {"shares: [{kind: spouse, share: 60%}, {kind: child, each: 30%}]", []benefit.Survivor{spouse("w1"), child("k1", 0), child("k2", 0)}, "k1 25000 k2 25000 w1 50000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := load(t, "  estate:\n    kind: survivors\n    form: lump-sum\n    flat: 100\n    survivors:\n      "+test.says+"\n")
			c := cash("estate", benefit.Event{Kind: rule.EventDeath, On: on})
			c.Survivors = test.left
			d := adjudicated(t, s, c)
			var got []string
			for _, l := range d.Lines {
				_, who, _ := strings.Cut(l.Item, " ")
				if who == "" {
					who = "-"
				}
				got = append(got, who, fmt.Sprint(l.Granted))
				if l.Reductions[0].Took > 0 {
					got = append(got, l.Reductions[0].Reason, fmt.Sprint(l.Reductions[0].Took))
				}
				if who[0] == 'k' && l.PayTo != "member:guardian" {
					t.Errorf("the child's share goes to %s", l.PayTo)
				}
			}
			if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
				t.Error(diff)
			}
			slices.Reverse(c.Survivors)
			if diff := cmp.Diff(d, adjudicated(t, s, c)); diff != "" {
				t.Errorf("named in another order they get other shares:\n%s", diff)
			}
		})
	}
}

func TestASplitLosesNothingAndFavoursNobody(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		minor := rapid.Int64Range(0, 1_000_000_000).Draw(t, "minor")
		given := rapid.SliceOfN(rapid.Int64Range(0, 1000), 1, 12).Draw(t, "weights")
		weights, sum := make([]exact.Number, len(given)), int64(0)
		for i, w := range given {
			weights[i] = exact.Share(w, 7)
			sum += w
		}
		parts, err := benefit.Split(minor, weights...)
		if err != nil {
			t.Fatal(err)
		}
		got := int64(0)
		for i, part := range parts {
			got += part
			if sum > 0 && (part < minor*given[i]/sum || part > minor*given[i]/sum+1) {
				t.Errorf("%d of %d by %d of %d", part, minor, given[i], sum)
			}
		}
		if sum > 0 && got != minor {
			t.Errorf("%d was divided, and %d came out", minor, got)
		}
	})
}
