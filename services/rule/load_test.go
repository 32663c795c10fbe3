package rule

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sound is a scheme that nothing is wrong with.
const sound = `scheme: sound
name: A sound scheme
source: https://example.org/law
currency: JOD
time_zone: Asia/Amman
effective: 2026-01-01
pots:
  - {account: 2100, name: savings, share: 1, pool: old-age}
facts:
  income: {type: number, text: What do you earn in a month?}
categories: [farmer]
parameters:
  rate: 50%
  limit:
    - from: 2026-01-01
      value: 300
subsidies:
  - id: match
    funder: treasury
    pot: 2110
    when:
      - fact: income
        up_to: limit
        reason: INCOME_ABOVE_LIMIT
        text: Your income is above the limit.
    amount:
      - times: rate
      - up_to: 100
`

func TestEveryProblemOfASchemeHasItsPlaceAndAWayOut(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ old, new, want string }{
		"a key that means nothing":         {"funder: treasury", "fundr: treasury", `scheme.yaml:19:5: subsidies: "fundr" means nothing here; did you mean funder?`},
		"an unknown name":                  {"times: rate", "times: rat", `scheme.yaml:27:16: "rat" is no fact, parameter, answer or quantity; did you mean rate?`},
		"a currency that is none":          {"currency: JOD", "currency: XXY", "scheme.yaml:4:1: currency: write an ISO 4217 code, such as JOD"},
		"a condition without a reason":     {"reason: INCOME_ABOVE_LIMIT", "law: Art. 3", "scheme.yaml:22:9: subsidies.match.when[0]: write reason: a code in capitals such as INCOME_ABOVE_LIMIT, which the member is told with the text"},
		"a step that says two things":      {"      - up_to: 100", "      - {up_to: 100, at_least: 5}", "scheme.yaml:28:9: a step says one thing: of, times, plus, minus, over, up_to, no_less_than, at_least, at_most, exactly, flat, marginal, phase_out, pro_rata, each, each_month, each_withdrawal, one_account, room or round"},
		"a day that is none":               {"from: 2026-01-01", "from: 2026-02-30", `scheme.yaml:15:13: from: "2026-02-30" is not a day such as 2026-03-02`},
		"a list where a word is wanted":    {"id: match", "id: [match]", "scheme.yaml:18:9: id: write one value here, not a list or a mapping"},
		"a word where a list is wanted":    {"categories: [farmer]", "categories: farmer", "scheme.yaml:11:13: categories: write a list here, such as [a, b]"},
		"an amount that is a float":        {"up_to: 100", "up_to: 1e2", `scheme.yaml:28:16: up_to: "1e2" is neither a number such as 0.5 or 50%, nor a day, nor a name, nor a form such as {min: [a, b]}`},
		"a key given twice":                {"name: A sound scheme", "name: A sound scheme\nname: Another", `scheme.yaml:3:1: mapping key "name" already defined at [2:1]`},
		"equal parts of what is not known": {"pot: 2110", "pot: 2110\n    exhaustion: pro-rata", "scheme.yaml:21:5: subsidies.match.exhaustion: the same part for all can be told only once all that is due is known; write timing: in-arrears, monthly or quarterly, or use partial"},
		"a NUL":                            {"name: A sound", "name: A so\x00und", "scheme.yaml:2:11: the file has a NUL in it"},
		"text that is not UTF-8":           {"name: A sound", "name: A so\xffund", "scheme.yaml:2:11: the file is not UTF-8 text"},
		"an anchor":                        {"rate: 50%", "rate: &r 50%", "scheme.yaml:13:9: anchors and aliases are not read; write the value again"},
		"a tag":                            {"rate: 50%", "rate: !!str 50%", "scheme.yaml:13:9: tags are not read; write the plain value"},
		"nested too deep":                  {"rate: 50%", "rate: " + strings.Repeat("[", 30), "scheme.yaml:13:1: brackets are nested more than 24 deep"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(Folder{Scheme: []byte(strings.Replace(sound, test.old, test.new, 1))})
			if err == nil {
				t.Fatal("nothing was found wrong")
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAllProblemsAreNamedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := Load(Folder{Scheme: []byte("scheme: x\ncurency: JOD\nsubsidies:\n  - id: [a]\n    pot: much\n  - 5\n")})
	want := `scheme.yaml:2:1: the file: "curency" means nothing here; did you mean currency?
scheme.yaml:4:9: id: write one value here, not a list or a mapping
scheme.yaml:5:10: pot: write a whole number here`
	if diff := cmp.Diff(want, strings.Join(strings.Split(err.Error(), "\n")[:3], "\n")); diff != "" {
		t.Error(diff)
	}
}

func TestASoundSchemeIsLoaded(t *testing.T) {
	t.Parallel()
	if _, err := Load(Folder{Scheme: []byte(sound)}); err != nil {
		t.Error(err)
	}
}

func TestALongTableIsNoAttack(t *testing.T) {
	t.Parallel()
	var rows, flow strings.Builder
	for i := range 1500 {
		fmt.Fprintf(&rows, "            - from: %d\n              under: %d\n              value: 1\n", i, i+1)
		fmt.Fprintf(&flow, "            - {from: %d, under: %d, value: 1}\n", i, i+1)
	}
	for name, table := range map[string]string{"in block style": rows.String(), "in brackets": flow.String()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(sound, "      - times: rate\n", "      - times:\n          lookup: age\n          table:\n"+table, 1)
			if _, err := Load(Folder{Scheme: []byte(text)}); err != nil {
				t.Error(err)
			}
		})
	}
}
