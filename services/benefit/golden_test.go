package benefit_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// kept writes the golden files anew: what decisions of yesterday say must not change, so that a change shows in review.
var kept = flag.Bool("kept", false, "write the cases and decisions in testdata anew")

// golden are the benefits that the kept cases are judged by.
const golden = clinic + grant + `  pay: {kind: sickness, form: daily, rate: {over: [60%, 30]}, of: income, up_to: 8, wait_days: 3, weeks: 26}
  pension:
    kind: survivors
    form: periodic
    of: 90
    full: {years: 1, rate: 40%}
    survivors: {shares: [{kind: spouse, share: 60%}, {kind: child, share: 40%, under: 18}], absent: lapses}
`

func goldenCases() map[string]benefit.Case {
	care := claimed("clinic",
		benefit.Line{Item: "CONS", Level: "village", Minor: 7_500}, benefit.Line{Item: "DRUG", Quantity: 80, Minor: 50_000},
		benefit.Line{Item: "BED", Level: "national", To: on + 11, Minor: 700_000}, benefit.Line{Item: "NOSE", Minor: 70_000},
		benefit.Line{Item: "SPA", Minor: 1_000}, benefit.Line{Item: "CONS", Level: "village", Minor: 7_500},
	)
	pay := cash("pay", days(20))
	pay.Facts.Declared = []insurance.Declaration{{Name: "income", Value: "500", Evidence: insurance.EvidenceStated}}
	stages := cash("grant", benefit.Event{ID: "p1", Kind: rule.EventPregnancy, On: on})
	stages.Claim.Evidence = []benefit.Evidence{{Event: "antenatal-visit", Missed: benefit.NoClinic}, {Event: "stillbirth", On: on + 9, By: "midwife-7"}}
	pension := cash("pension", benefit.Event{Kind: rule.EventDeath, On: on}, through(2025_01, 2025_12)...)
	pension.Through = 2026_04
	pension.Survivors = []benefit.Survivor{
		{Person: "bbbbbbbbbbbbbbbbbbbbbbbbbb", Kind: insurance.Spouse},
		{Person: "child-1", Kind: insurance.Child, Birth: insurance.Birth{On: 2008_04_01}, PayTo: "member:bbbbbbbbbbbbbbbbbbbbbbbbbb"},
	}
	return map[string]benefit.Case{"care": care, "pay": pay, "stages": stages, "pension": pension}
}

func TestDecisionsOfYesterdayAreMadeAgainByteForByte(t *testing.T) {
	t.Parallel()
	s := load(t, golden)
	for name, c := range goldenCases() {
		judged, err := json.MarshalIndent(c, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		got, err := benefit.Replay(s, judged)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name)
		if *kept {
			write(t, file+".case.json", judged)
			write(t, file+".decision.json", indented(t, got))
		}
		if diff := cmp.Diff(string(read(t, file+".case.json")), string(judged)); diff != "" {
			t.Errorf("%s: the case is written otherwise (-kept +now)\n%s", name, diff)
		}
		again, err := benefit.Replay(s, read(t, file+".case.json"))
		if err != nil || !bytes.Equal(again, got) {
			t.Errorf("%s: the case as kept comes to another decision: %v", name, err)
		}
		if diff := cmp.Diff(string(read(t, file+".decision.json")), string(indented(t, got))); diff != "" {
			t.Errorf("%s (-kept +now)\n%s", name, diff)
		}
	}
}

func indented(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", " "); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(text)
}

func write(t *testing.T, file string, text []byte) {
	t.Helper()
	if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsNoCaseIsNotReplayed(t *testing.T) {
	t.Parallel()
	s := load(t, clinic)
	for _, text := range []string{"{", `{"claim": {"benefit": "spa"}}`} {
		if got, err := benefit.Replay(s, json.RawMessage(text)); err == nil {
			t.Errorf("%s was judged: %s", text, got)
		}
	}
}
