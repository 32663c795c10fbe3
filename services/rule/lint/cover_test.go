package lint

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// soundCover is cover that lint has nothing to say about.
const soundCover = `cover:
  health:
    account: 2100
    days: {price: 0.1}
    notice_days: 14
    waiting: {days: 30, waived: [{in: [pregnant]}]}
    newborn_days: 90
    dependants: [{kind: spouse}, {kind: child, under: 18}]
benefits:
`

// covered lints the sound scheme with cover, of which texts are replaced.
func covered(t *testing.T, changes ...string) []string {
	t.Helper()
	all := []string{"benefits:\n", soundCover, "categories: [farmer]", "categories: [farmer, pregnant]"}
	return said(read(t, append(all, changes...)...))
}

func TestCoverWithoutDeparturesIsLeftInPeace(t *testing.T) {
	t.Parallel()
	if got := covered(t); len(got) > 0 {
		t.Error(strings.Join(got, "\n"))
	}
}

func TestLintNamesEveryDepartureOfCover(t *testing.T) {
	t.Parallel()
	const line = "    newborn_days: 90\n"
	for name, c := range map[string]struct {
		changes []string
		want    string
	}{
		"a fine": {[]string{line, line + "    reactivation: {days: 45, charge: 1, reason: FINE}\n"},
			"cover: scheme.yaml:43:19: warning: cover health fines benefits after it is taken up again; it names no law: write law: or take it out; without reactivation: nothing is kept (C102 Art. 69)"},
		"closing": {[]string{line, line + "    silence: [{months: 24, state: closed, law: Rule 7}]\n"},
			"cover: scheme.yaml:43:15: warning: cover health is closed for silence, by Rule 7; without it silence never closes (C102 Art. 69)"},
		"waiting anew": {[]string{line, line + "    silence: [{months: 12, state: deactivated, law: Rule 7}]\n"},
			"cover: scheme.yaml:43:15: warning: cover health lets who was silent wait anew, by Rule 7"},
		"freezing": {[]string{line, line + "    silence: [{months: 6, state: frozen}]\n"},
			"cover: scheme.yaml:43:15: warning: cover health is frozen for silence; it names no law: write law: or take it out"},
		"arrears first": {[]string{"days: {price: 0.1}", "months: {qualify: 1, before: event, least: 1, arrears: {months: 3, first: true, law: Art. 2}}"},
			"cover: scheme.yaml:39:72: warning: cover health takes a payment for unpaid months first, by Art. 2; without first: it buys cover from now"},
		"short notice": {[]string{"notice_days: 14", "notice_days: 3"},
			"cover: scheme.yaml:40:5: warning: cover health may lapse 3 days after a notice; give members at least 7 to hear of it and pay"},
		"a long wait": {[]string{"days: 30", "days: 180"},
			"cover: scheme.yaml:41:15: warning: cover health begins 180 days after paying; compare with the 90 days that most schemes stay under"},
		"waiting on a pregnancy": {[]string{"{in: [pregnant]}", "{in: [farmer]}, {fact: months, under: 0, or: [{not_in: [pregnant]}]}"},
			"cover: scheme.yaml:41:14: warning: cover health lets pregnant women wait; write waived: [{in: [pregnant]}], since a pregnancy does not wait (C102 Art. 51 and C183 Art. 6)"},
		"nobody but the member": {[]string{"    dependants: [{kind: spouse}, {kind: child, under: 18}]\n", ""},
			"cover: scheme.yaml:38:5: warning: cover health is for members alone; write dependants: if spouses and children are covered (C102 Art. 9)"},
		"a newborn that must be enrolled": {[]string{line, ""},
			"cover: scheme.yaml:38:5: warning: cover health leaves a child uncovered until it is enrolled; write newborn_days:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff([]string{c.want}, covered(t, c.changes...)); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
		})
	}
}
