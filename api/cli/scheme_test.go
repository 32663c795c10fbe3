package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/services/rule"
)

// matching is a scheme as somebody might write it first.
const matching = `scheme: town
name: The town's matching
source: https://example.org/law
currency: JOD
time_zone: Asia/Amman
effective: 2026-01-01
facts:
  income: {type: number, text: What do you earn in a month?}
categories: [farmer, fisher]
parameters:
  rate: 50%
subsidies:
  - id: match
    funder: treasury
    pot: 2110
    when:
      - fact: income
        up_to: 800
        reason: INCOME_ABOVE_LIMIT
        text: Your income is above the limit.
    amount:
      - times: rate
      - up_to: 60
  - id: harvest
    funder: district
    pot: 2110
    when:
      - in: [farmer, fisher]
        reason: NEITHER_FARMER_NOR_FISHER
        text: This is for who works on land or water.
    amount:
      - times: 10%
`

const matchingExamples = `- name: half of what she gives
  source: Art. 2
  member: {birth: 1990-01-01, facts: {income: 500}}
  contributions:
    - {on: 2026-01-10, amount: 40}
    - {on: 2026-02-10, amount: 60}
  expect:
    due: {"2026": 50}
    per_contribution: [20, 30]
- name: nothing above the limit
  member: {birth: 1990-01-01, facts: {income: 801}}
  contributions:
    - {on: 2026-01-10, amount: 40}
  expect: {total: 0, refused: INCOME_ABOVE_LIMIT}
`

// folder writes a scheme's folder and returns its path.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// town is the folder of the scheme above, with a text of it replaced.
func townScheme(t *testing.T, old, new string) string {
	t.Helper()
	if !strings.Contains(matching+matchingExamples, old) {
		t.Fatalf("%q is not in the folder", old)
	}
	return folder(t, map[string]string{
		rule.SchemeFile:   strings.Replace(matching, old, new, 1),
		rule.ExamplesFile: strings.Replace(matchingExamples, old, new, 1),
	})
}

func TestSchemeTestShowsExpectedBesideGot(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		old, new string
		code     int
		phrases  []string
	}{
		"all agree":                         {"scheme: town", "scheme: town", exitGood, []string{"half of what she gives   due 2026", "INCOME_ABOVE_LIMIT  INCOME_ABOVE_LIMIT", "2 examples, 5 figures: all agree."}},
		"a figure that differs":             {"[20, 30]", "[20, 31]", exitWrong, []string{"31                  30  DIFFERS, line 9", "4 agree, 1 DIFFER"}},
		"a scheme with a mistake":           {"times: rate", "times: rat", exitWrong, []string{"scheme.yaml:22:16", "did you mean rate?"}},
		"an example with a mistake":         {"amount: 40", "amount: lots", exitWrong, []string{"examples.yaml:5:32", "not a number"}},
		"an example that can't be computed": {"amount: 40", "amount: 40.0001", exitWrong, []string{"examples.yaml:1:3", "not rounded"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command(t, "scheme", "test", townScheme(t, test.old, test.new)).must(t, test.code, test.phrases...)
		})
	}
}

func TestAFolderWithoutExamplesIsFoundWrong(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{rule.SchemeFile: matching})
	command(t, "scheme", "test", dir).must(t, exitWrong, "no example")
	command(t, "scheme", "test", t.TempDir()).must(t, exitWrong, "there is no scheme.yaml here")
}

func TestSchemeTestCanBeReadByPrograms(t *testing.T) {
	t.Parallel()
	good, bad := townScheme(t, "town", "town"), townScheme(t, "[20, 30]", "[20, 31]")
	said := command(t, "scheme", "test", good, bad, "--json").must(t, exitWrong)
	var got []tested
	if err := json.Unmarshal([]byte(said.out), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Agree != 5 || got[0].Differ != 0 || got[1].Agree != 4 || got[1].Differ != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestSchemeExplainSaysWhatIsDueAndWhy(t *testing.T) {
	t.Parallel()
	dir := townScheme(t, "town", "town")
	paid := []string{"--contributions", "2026-01-10=40,2026-02-10=60:family"}
	for name, test := range map[string]struct {
		args    []string
		code    int
		phrases []string
	}{
		"each step":            {append(paid, "--member", "birth=1990-01-01,income=500"), exitGood, []string{"match, 2026 (2026-01-01 to 2026-12-31)", "Due: 50.000 JOD from treasury to account 2110"}},
		"a cap":                {[]string{"--contributions", "2026-01-10x12=40", "--member", "income=500"}, exitGood, []string{"Due: 60.000 JOD"}},
		"a refusal":            {append(paid, "--member", "income=800.5"), exitGood, []string{"Refused, INCOME_ABOVE_LIMIT: Your income is above the limit.", "What would change it: It is given where income is at most 800."}},
		"a category":           {append(paid, "--member", "income=5,category=farmer"), exitGood, []string{"Due: 10.000 JOD from district"}},
		"a category she lacks": {append(paid, "--member", "income=5"), exitGood, []string{"NEITHER_FARMER_NOR_FISHER", "It is given to who is in farmer or fisher"}},
		"an example":           {[]string{"--example", "nothing above the limit"}, exitGood, []string{"INCOME_ABOVE_LIMIT"}},
		"a sum at the end":     {append(paid, "--member", "income=500"), exitGood, []string{"harvest  2026    district   0.000 JOD  NEITHER_FARMER_NOR_FISHER"}},
		"for programs":         {append(paid, "--member", "income=500", "--json"), exitGood, []string{`"amount": "50.000 JOD"`, `"change": "It is given to who`}},
		"no such example":      {[]string{"--example", "none"}, exitUsage, []string{"there are half of what she gives; nothing above the limit"}},
		"no such fact":         {append(paid, "--member", "wage=5"), exitUsage, []string{`no "wage"`, "income"}},
		"no such category":     {append(paid, "--member", "category=baker"), exitUsage, []string{"farmer, fisher"}},
		"a fact without value": {append(paid, "--member", "income"), exitUsage, []string{"name=value"}},
		"no day":               {[]string{"--contributions", "january=5"}, exitUsage, []string{"not a day such as"}},
		"no amount":            {[]string{"--contributions", "2026-01-10=much"}, exitUsage, []string{"not a number"}},
		"too many decimals":    {[]string{"--contributions", "2026-01-10=1.0001"}, exitUsage, []string{"not rounded"}},
		"nothing to ask":       {nil, exitUsage, []string{"--on"}},
		"an age without a day": {[]string{"--member", "age=30"}, exitUsage, []string{"--on"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command(t, append([]string{"scheme", "explain", dir}, test.args...)...).must(t, test.code, test.phrases...)
		})
	}
}

func TestWhatARefusalSaysWouldChangeItDoes(t *testing.T) {
	t.Parallel()
	dir := townScheme(t, "town", "town")
	command(t, "scheme", "explain", dir, "--contributions", "2026-01-10=40", "--member", "income=800").must(t, exitGood, "Due: 20.000 JOD")
}

// cases are figures of the town's scheme, in the language of its decree.
const townCases = `[
 {"id": "TOWN-01", "scheme": "TOWN", "verified": true, "inputs": {"wage": "500", "contributions": [{"date": "2026-01-10", "amount": "40"}]},
  "expected": {"basis": "per_contribution", "subsidy": ["20"], "total": "20", "total_minor": 20000}},
 {"id": "TOWN-02", "scheme": "TOWN", "verified": true, "inputs": {"wage": "500", "contributions": [{"date": "2026-01-10", "amount": "200"}]},
  "expected": {"basis": "per_contribution", "subsidy": ["100"], "total": "100", "total_minor": 100000}},
 {"id": "TOWN-03", "scheme": "TOWN", "verified": false, "inputs": {"wage": "500", "contributions": [{"date": "2026-01-10", "amount": "1"}]},
  "expected": {"basis": "per_contribution", "subsidy": ["1"], "total": "1", "total_minor": 1000}},
 {"id": "MOON-01", "scheme": "MOON", "verified": true, "inputs": {}, "expected": {"basis": "one_off", "subsidy": ["1"], "total": "1"}}
]`

func TestSchemeCasesJudgesPublishedFigures(t *testing.T) {
	t.Parallel()
	const explained = "facts: {income: wage}\ndiffers: {TOWN-02: The decree was printed before the cap.}\n"
	for name, test := range map[string]struct {
		mapping string
		args    []string
		code    int
		phrases []string
	}{
		"a verified case differs": {"facts: {income: wage}\n", nil, exitWrong, []string{
			"TOWN-02: DIFFER\n  expected 100\n  got      60\n", "TOWN-03 (not verified): DIFFER", "MOON-01: NOT EXPRESSIBLE\n  no folder moon",
			"1 of 3 verified cases agree, 0 of 1 others. Of 1 verified that differ 0 are explained.",
		}},
		"its difference is explained": {explained, nil, exitGood, []string{"The decree was printed before the cap.", "Of 1 verified that differ 1 are explained."}},
		"one scheme alone":            {explained, []string{"--only", "moon"}, exitGood, []string{"0 of 1 verified cases agree"}},
		"no such scheme":              {explained, []string{"--only", "mars"}, exitUsage, []string{"no case of mars"}},
		"for programs":                {explained, []string{"--json"}, exitGood, []string{`"explained": true`, `"not_expressible": 1`}},
		"a mapping with a mistake":    {"fact: {income: wage}\n", nil, exitWrong, []string{"town/cases.yaml:1:1", "did you mean facts?", "its folder has a mistake"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, map[string]string{"town/scheme.yaml": matching, "town/cases.yaml": test.mapping, "cases.json": townCases})
			args := append([]string{"scheme", "cases", filepath.Join(dir, "cases.json"), "--schemes", dir}, test.args...)
			command(t, args...).must(t, test.code, test.phrases...)
		})
	}
}

func TestTheCountsOfCasesMakeAll(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"town/scheme.yaml": matching, "town/cases.yaml": "facts: {income: wage}\n", "cases.json": townCases})
	said := command(t, "scheme", "cases", filepath.Join(dir, "cases.json"), "--schemes", dir, "--json").must(t, exitWrong)
	var got judged
	if err := json.Unmarshal([]byte(said.out), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]*ofScheme{
		"TOWN": {Verified: count{Agree: 1, Differ: 1}, Others: count{Differ: 1}},
		"MOON": {Verified: count{NotExpressible: 1}},
	}
	if diff := cmp.Diff(want, got.Schemes); diff != "" {
		t.Error(diff)
	}
}

func TestSchemeLintTellsMistakesAndWarnings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		old, new string
		args     []string
		code     int
		phrases  []string
	}{
		"a mistake":         {"times: rate", "times: rat", nil, exitWrong, []string{"scheme.yaml:22:16: error: ", "did you mean rate?", "1 error, 0 warnings."}},
		"a cliff":           {"currency: JOD", "currency: JOD\npots: [{account: 2100, name: savings, share: 1, pool: old-age}]", nil, exitGood, []string{"scheme.yaml:19:16: warning: a cliff: with income of 800 ", "what can refuse somebody", "INCOME_ABOVE_LIMIT         income at most 800"}},
		"strictly":          {"currency: JOD", "currency: JOD\npots: [{account: 2100, name: savings, share: 1, pool: old-age}]", []string{"--strict"}, exitWrong, []string{"0 errors"}},
		"for programs":      {"times: rate", "times: rat", []string{"--json"}, exitWrong, []string{`"level": "error"`, `"line": 22`}},
		"what it looks for": {"town", "town", []string{"--rules"}, exitGood, []string{"cliff", "C102", "Art. 29(2)", "P12100_ILO_CODE:C183"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command(t, append([]string{"scheme", "lint", townScheme(t, test.old, test.new)}, test.args...)...).must(t, test.code, test.phrases...)
		})
	}
	command(t, "scheme", "lint", t.TempDir()).must(t, exitWrong, "there is no scheme.yaml here")
	for _, name := range []string{"lint", "test"} {
		command(t, "scheme", name).must(t, exitUsage, "name a scheme's folder")
	}
}
