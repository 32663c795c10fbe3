package rule

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// endless are schemes that would never come to an end, were they let.
var endless = map[string]string{
	"a subsidy that looks at itself":                  "    amount: [{times: match}]\n",
	"a subsidy that looks at what all make":           "    amount: [{of: granted}]\n",
	"answers that ask for each other again and again": "    amount: [{of: a11}]\n" + tower(12, 12),
	"a sum of sums of what was given":                 "    amount: [{of: a5}]\n" + sums(6, 40),
	"subsidies that look at what all others make":     "    amount: [{of: {max: [granted, granted]}}]\n",
}

// tower are answers of which each asks for the one below it many times.
func tower(high, wide int) string {
	var text strings.Builder
	text.WriteString("answers:\n  a0: {amount: [{of: contributions}]}\n")
	for i := range high - 1 {
		fmt.Fprintf(&text, "  a%d: {amount: [{of: {sum: [%s]}}]}\n", i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("a%d, ", i), wide), ", "))
	}
	return text.String()
}

// sums are the same of totals over earlier periods.
func sums(high, wide int) string {
	return strings.Replace(tower(high, wide), "{of: contributions}", "{of: {total: {earlier: 1000}}}", 1)
}

func TestWhatWouldNeverEndIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, amount := range endless {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(sound, "    amount:\n      - times: rate\n      - up_to: 100\n", amount, 1)
			s, err := Load(Folder{Scheme: []byte(text)})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			_, err = s.Due(earning("1", 1000))
			if err == nil {
				t.Error("something came out")
			}
			if took := time.Since(began); took > 5*time.Second && !testing.Short() { // -short is what the race detector runs, ten times slower
				t.Errorf("it took %s", took)
			}
			t.Log(time.Since(began), err)
		})
	}
}

func TestWhatIsComputedFromItselfIsRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][2]string{
		"a parameter by itself": {"value: 300", "value: {sum: [limit, limit]}"},
		"answers by each other": {"subsidies:", "answers: {a: {amount: [{of: b}]}, b: {amount: [{times: a}]}}\nsubsidies:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(Folder{Scheme: []byte(strings.Replace(sound, change[0], change[1], 1))})
			if err == nil || !strings.Contains(err.Error(), "itself") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAQuestionEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := loaded(t, "times: rate", "times: rate").Due(earning("1", 1000).Within(ctx)); err == nil {
		t.Error("it was answered all the same")
	}
}

func TestCountsThatWouldRunOnAreRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][2]string{
		"periods to carry":         {"pot: 2110", "pot: 2110\n    carries: 999999999"},
		"periods earlier":          {"times: rate", "plus: {total: {earlier: 999999999}}"},
		"periods before the first": {"times: rate", "plus: {total: {earlier: -1}}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(Folder{Scheme: []byte(strings.Replace(sound, change[0], change[1], 1))})
			if err == nil || !strings.Contains(err.Error(), "at most 1200") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAValueThatCannotBeLeftOutIsAskedFor(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][2]string{
		"of a row":         {"times: rate", "times: {lookup: age, table: [{up_to: 30}]}"},
		"of a slice":       {"- times: rate", "- marginal: [{over: 0}]"},
		"of a phase-out":   {"- times: rate", "- phase_out: {by: income, from: 0}"},
		"of a part":        {"- times: rate", "- pro_rata: {part: months}"},
		"of a list":        {"times: rate", "times: {min: [1, null]}"},
		"of a category":    {"times: rate", "times: {highest: {farmer: }}"},
		"of a parameter":   {"rate: 50%", "rate:"},
		"of a dated value": {"      value: 300", "      # 300"},
		"of a ceiling":     {"subsidies:", "stack: {order: [match]}\nsubsidies:"},
		"of a vesting":     {"subsidies:", "vesting: {table: []}\nsubsidies:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(Folder{Scheme: []byte(strings.Replace(sound, change[0], change[1], 1))})
			if err == nil || !strings.Contains(err.Error(), ": write ") {
				t.Errorf("got %v", err)
			}
		})
	}
}
