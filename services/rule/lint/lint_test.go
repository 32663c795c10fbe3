package lint

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sanad.dev/sanad/services/rule"
)

// sound is a scheme that lint has nothing to say about.
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
  trade: {type: word, words: [farm, shop], text: What do you live on?}
categories: [farmer]
parameters:
  rate: 50%
  limit:
    - {from: 2026-01-01, value: 300}
subsidies:
  - id: match
    funder: treasury
    pot: 2110
    reads: contributions
    when:
      - {fact: trade, is: [farm, shop], reason: TRADE_NOT_COVERED, text: This is for who lives on land or a shop., or: [{in: [farmer]}]}
    amount:
      - times: rate
      - phase_out: {by: income, from: limit, to: 600}
    cap: 120
texts:
  en: {TRADE_NOT_COVERED: This is for who lives on land or a shop.}
  fr: {TRADE_NOT_COVERED: Ceci est pour qui vit de la terre ou d'une boutique.}
standards:
  appeal: {to: the scheme's tribunal, days: 90}
  non_nationals: {rule: equal}
  member_share: 40%
  hardship: who earns less than the limit pays nothing
benefits:
  clinic:
    kind: care
    form: in-kind
    covers: [general-practitioner, specialist, medicines, hospital, antenatal, birth, postnatal]
    co_payments: [{for: [medicines], share: 10%}]
  sick_pay: {kind: sickness, form: daily, rate: 60%, of: income, wait_days: 3, weeks: 26}
  dole: {kind: unemployment, form: daily, rate: 50%, of: income, wait_days: 7, weeks: 13}
  birth: {kind: maternity, form: daily, rate: 70%, of: income, weeks: 14}
  pension: {kind: old-age, form: periodic, of: income, age: 60, full: {years: 30, rate: 40%}, reduced: {years: 15, rate: 20%}}
  invalidity: {kind: disability, form: periodic, rate: 40%, of: income}
  widows: {kind: survivors, form: periodic, rate: 40%, of: income}
  accident: {kind: work-injury, form: periodic, rate: 50%, of: income}
  child: {kind: child, form: periodic, flat: 12}
`

const soundExamples = `- name: half of what a farmer gives
  member: {birth: 1990-01-01, facts: {income: 100, trade: farm}}
  contributions: [{on: 2026-02-01, amount: 40}]
  expect: {total: 20}
`

// read lints the sound scheme with texts of it replaced: old, new, old, new, …
func read(t *testing.T, changes ...string) Report {
	t.Helper()
	scheme, examples := sound, soundExamples
	for i := 0; i+1 < len(changes); i += 2 {
		if !strings.Contains(scheme+examples, changes[i]) {
			t.Fatalf("%q is not in the folder", changes[i])
		}
		scheme = strings.Replace(scheme, changes[i], changes[i+1], 1)
		examples = strings.Replace(examples, changes[i], changes[i+1], 1)
	}
	return Read(rule.Folder{Scheme: []byte(scheme), Examples: []byte(examples)})
}

// said are the findings as they are printed.
func said(r Report) []string {
	lines := make([]string, len(r.Findings))
	for i, f := range r.Findings {
		lines[i] = f.Rule + ": " + f.String()
	}
	return lines
}

func TestASoundSchemeIsLeftInPeace(t *testing.T) {
	t.Parallel()
	if got := said(read(t)); len(got) > 0 {
		t.Error(strings.Join(got, "\n"))
	}
}

// each finding, and the change to the sound scheme that trips it, alone. The sound scheme trips none.
var trips = map[string]struct {
	changes []string
	want    []string
}{
	"what can't be read": {[]string{"times: rate", "times: rat"},
		[]string{`load: scheme.yaml:25:16: error: "rat" is no fact, parameter, answer or quantity; did you mean rate?`}},
	"examples that can't be read": {[]string{"expect: {total", "expct: {total"},
		[]string{`load: examples.yaml:4:3: error: the file: "expct" means nothing here; did you mean expect?`}},
	"a pool that is none": {[]string{"pool: old-age", "pool: savings"},
		[]string{"publish: scheme.yaml:8:46: error: it can't be published: scheme.pots[0].pool: use old-age, health or maternity"}},
	"no zone": {[]string{"time_zone: Asia/Amman\n", "time_zone: \"\"\n"},
		[]string{"publish: scheme.yaml:5:1: error: it can't be published: scheme.time_zone: use a zone such as Asia/Amman"}},
	"a pension by sex, from a table that ends": {[]string{"benefits:\n", "old_age:\n  retirement: {age: 60}\n  plans:\n    - {name: life, form: annuity, monthly: {over: [reserve, {lookup: age, table: [{from: 60, under: 80, value: {lookup: sex, table: [{is: female, value: 160}], else: 139}}]}]}}\nbenefits:\n"},
		[]string{"old-age: scheme.yaml:39:7: warning: plan life pays women and men differently; pay both the same, or write law: the article that says otherwise",
			"old-age: scheme.yaml:39:44: warning: plan life has no row for the age of 80; let the last row have no end"}},
	"a charge, and a forfeiture": {[]string{"benefits:\n", "old_age:\n  exit: {unvested: fund, law: Art. 7}\n  early:\n    - {name: need, charge: 5%}\nbenefits:\n"},
		[]string{"old-age: scheme.yaml:37:10: warning: what has not vested stays with the fund, and does not go back to who gave it, by Art. 7",
			"old-age: scheme.yaml:39:20: warning: early.need keeps a part of what she draws; without charge: nothing is taken"}},
	"no source": {[]string{"source: https://example.org/law", "source: \"\""},
		[]string{"source: scheme.yaml:3:1: warning: it names no source; write source: with the law, decree or page that it follows"}},
	"no first day": {[]string{"effective: 2026-01-01\n", ""},
		[]string{"source: scheme.yaml:1:1: warning: it says no first day; write effective: such as 2026-01-01"}},
	"maternity by who she is married to": {[]string{"facts:\n", "facts:\n  married: {type: word, text: Are you married?}\n", "birth: {kind: maternity, form: daily,",
		"birth: {kind: maternity, form: daily, when: [{fact: married, is: [yes], reason: NOT_MARRIED, text: It is for wives., law: Article 9}],", "{TRADE_NOT_COVERED: This", "{NOT_MARRIED: It is for wives., TRADE_NOT_COVERED: This", "{TRADE_NOT_COVERED: Ceci", "{NOT_MARRIED: C'est pour les femmes mariées., TRADE_NOT_COVERED: Ceci"},
		[]string{"maternity: scheme.yaml:45:48: error: benefits.birth asks for married; maternity is the woman's own right, whoever she is married to: take the condition out"}},
	"births that nobody bears": {[]string{"benefits:\n  clinic:\n", "cover: {health: {account: 2100, days: {price: 1, per: day}, dependants: [{kind: spouse}, {kind: child}], newborn_days: 60}}\nbenefits:\n  clinic:\n    cover: health\n"},
		[]string{"bearer: scheme.yaml:39:5: warning: benefits.clinic does not say who bears emergency care and births of those without cover, which are never refused; write without_cover: pool, or a funder"}},

	"no example": {[]string{soundExamples, ""},
		[]string{"source: examples.yaml:1:1: warning: there is no example; write at least one that the law or its office has printed"}},

	"a fact that nobody needs": {[]string{"facts:\n", "facts:\n  shoe_size: {type: number}\n"},
		[]string{"unused: scheme.yaml:10:14: warning: fact shoe_size is asked for and never used; ask members for nothing that no rule needs, or use it"}},
	"a parameter that nobody needs": {[]string{"parameters:\n", "parameters:\n  fee: 5\n"},
		[]string{"unused: scheme.yaml:14:8: warning: parameter fee is never used; take it out, or use it"}},
	"a category that nobody needs": {[]string{"[farmer]", "[farmer, fisher]"},
		[]string{"unused: scheme.yaml:12:1: warning: category fisher is never used; take it out, or use it in a condition or a table"}},

	"a refusal without a sentence": {[]string{"reason: TRADE_NOT_COVERED, text: This is for who lives on land or a shop.,", "reason: TRADE_NOT_COVERED,",
		"  en: {TRADE_NOT_COVERED: This is for who lives on land or a shop.}\n", "", "  fr: {TRADE_NOT_COVERED: Ceci est pour qui vit de la terre ou d'une boutique.}\n", "  fr: {HELLO: Bonjour}\n"},
		[]string{
			"reason-text: scheme.yaml:23:41: warning: TRADE_NOT_COVERED refuses without a sentence; write text: what the member is told, and what she can do",
			"language: scheme.yaml:28:1: warning: texts.fr has no sentence for TRADE_NOT_COVERED",
		}},
	"a text that one language lacks": {[]string{"fr: {", "fr: {HELLO: Bonjour, "},
		[]string{"language: scheme.yaml:28:1: warning: texts.en has no sentence for HELLO"}},
	"one language": {[]string{"texts:\n  en: {TRADE_NOT_COVERED: This is for who lives on land or a shop.}\n  fr: {TRADE_NOT_COVERED: Ceci est pour qui vit de la terre ou d'une boutique.}\n", ""},
		[]string{"language: scheme.yaml:1:1: warning: members are told reasons in one language only; write texts: with a sentence for each reason code, by language, such as en, ar, fr"}},

	"a parameter that comes late": {[]string{"{from: 2026-01-01, value: 300}", "{from: 2026-03-01, value: 300}"},
		[]string{"gap: scheme.yaml:16:8: warning: parameter limit has no value from 2026-01-01, the scheme's first day, until 2026-02-28; write the value that held before, or a later effective:"}},
	"a value that changes inside a month": {[]string{"    reads: contributions\n", "    reads: months\n", "value: 300}", "value: 300}\n    - {from: 2026-07-15, value: 310}"},
		[]string{"month: scheme.yaml:17:8: warning: limit changes on 2026-07-15, inside a month, and subsidy match reads months; write reads: contributions, or a first day of a month"}},
	"an age that changes inside a month": {[]string{"    reads: contributions\n", "    reads: months\n", "cap: 120", "cap: {lookup: age, table: [{under: 30, value: 100}], else: 120}"},
		[]string{"month: scheme.yaml:21:5: warning: subsidy match reads months and looks at age: who has a birthday inside a month is judged as on its first day; write reads: contributions where the law counts the day"}},

	"rows that overlap": {[]string{"rate: 50%", "rate: {lookup: income, table: [{from: 0, up_to: 300, value: 50%}, {from: 300, up_to: 600, value: 50%}]}"},
		[]string{"table: scheme.yaml:14:69: warning: income 300 fits this row and an earlier one, which is taken; write over: or under: where they meet"}},
	"a row that is never reached": {[]string{"rate: 50%", "rate: {lookup: income, table: [{up_to: 600, value: 50%}, {up_to: 300, value: 50%}], else: 50%}"},
		[]string{"table: scheme.yaml:14:60: warning: this row is never reached: earlier ones fit all that it does; take it out, or put it first"}},
	"a value between rows": {[]string{"rate: 50%", "rate: {lookup: income, table: [{up_to: 300, value: 50%}, {from: 301, value: 50%}]}"},
		[]string{"table: scheme.yaml:14:18: warning: income 300.5 lies between rows and fits none; let each row begin where the one before ends (over:)"}},
	"a word that fits no row": {[]string{"rate: 50%", "rate: {lookup: trade, table: [{is: farm, value: 50%}]}"},
		[]string{"table: scheme.yaml:14:18: warning: shop fits no row and is refused; write a row, or else:"}},
	"a word in two rows": {[]string{"rate: 50%", "rate: {lookup: trade, table: [{is: farm, value: 50%}, {is: farm, value: 50%}], else: 50%}"},
		[]string{"table: scheme.yaml:14:57: warning: the row for farm is never reached: an earlier one has it; take one out"}},
	"a word that nobody can say": {[]string{"rate: 50%", "rate: {lookup: trade, table: [{is: mine, value: 50%}], else: 50%}"},
		[]string{"table: scheme.yaml:14:33: warning: the row for mine is never reached: trade has the words farm, shop"}},

	"a cap above all caps": {[]string{"      - times: rate\n", "      - up_to: 100\n      - times: rate\n"},
		[]string{"cap: scheme.yaml:28:10: warning: the cap never binds: what comes before it is at most 50; take it out, or lower it"}},
	"a bound above a flat amount": {[]string{"      - times: rate\n", "      - flat: 20\n      - up_to: {times: [1, 30]}\n      - up_to: rate30\n", "parameters:\n  rate: 50%", "parameters:\n  rate30: 30"},
		[]string{"cap: scheme.yaml:27:16: warning: up_to never binds: what comes before it is at most 20; take it out, or lower it",
			"cap: scheme.yaml:29:10: warning: the cap never binds: what comes before it is at most 20; take it out, or lower it"}},

	"a cover that lapses at once": {[]string{"benefits:\n", strings.Replace(soundCover, "notice_days: 14", "notice_days: 0", 1), "categories: [farmer]", "categories: [farmer, pregnant]"},
		[]string{"cover: scheme.yaml:40:5: warning: cover health may lapse 0 days after a notice; give members at least 7 to hear of it and pay"}},
	"a pool that stands alone": {[]string{"benefits:\n", "funds:\n  national: basic\n  pools:\n    health: {floor: 900, no_loan: true, law: Art. 3}\n    maternity: {floor: 900}\nbenefits:\n"},
		[]string{"funds: scheme.yaml:39:13: warning: nobody stands behind the health pool: what it cannot pay waits, though it is owed; write guarantor: the funder that is called, or national: without no_loan"}},
	"a pool whose law forbids loans": {[]string{"benefits:\n", "funds:\n  national: basic\n  guarantor: mof\n  pools:\n    health: {floor: 900, no_loan: true, law: Art. 3}\nbenefits:\n"},
		[]string{"funds: scheme.yaml:40:13: warning: the health pool may not borrow from the national pool, by Art. 3: every shortfall is the guarantor's"}},

	"an income that loses all": {[]string{"      - phase_out: {by: income, from: limit, to: 600}\n", "", "    when:\n", "    when:\n      - {fact: income, up_to: limit, reason: TRADE_NOT_COVERED, text: t}\n"},
		[]string{"cliff: scheme.yaml:23:31: warning: a cliff: with income of 300 60 JOD is due, with 301 0 JOD; let it fall evenly (phase_out, marginal), or cite the law that draws the line"}},
	"a cliff that a law draws": {[]string{"      - phase_out: {by: income, from: limit, to: 600}\n", "", "    when:\n", "    when:\n      - {fact: income, up_to: limit, reason: TRADE_NOT_COVERED, text: t, law: Art. 7}\n"},
		[]string{"cliff: scheme.yaml:23:31: warning: a cliff: with income of 300 60 JOD is due, with 301 0 JOD; the line is drawn by Art. 7"}},
	"a contribution that is one unit short": {[]string{"      - times: rate\n", "      - at_least: 30\n      - times: rate\n"},
		[]string{"cliff: scheme.yaml:25:19: warning: a cliff: with contributions of 29.999 0 JOD is due, with 30 15 JOD; let it fall evenly (phase_out, marginal), or cite the law that draws the line"}},
	"nobody is given anything": {[]string{"      - times: rate\n", "      - flat: 0\n      - times: rate\n"},
		[]string{"cliff: scheme.yaml:18:5: warning: nobody was found whom subsidy match gives something, so no bound was tried for a cliff; write an example who is given something",
			"cap: scheme.yaml:28:10: warning: the cap never binds: what comes before it is at most 0; take it out, or lower it"}},

	"a score as the only way in": {[]string{"income: {type: number, text: What do you earn in a month?}", "income: {type: number, score: {version: \"2\", data_age: 3 years, appeal: the office}}", "    when:\n", "    when:\n      - {fact: income, up_to: 900, reason: TRADE_NOT_COVERED, text: t}\n"},
		[]string{"score: scheme.yaml:23:10: error: subsidy match: the score income is the only way in, and no law is cited; write law: the article, and or: with another way, such as a category or an appeal that was granted"}},
	"a score with a law and no other way": {[]string{"income: {type: number, text: What do you earn in a month?}", "income: {type: number, score: {version: \"2\", data_age: 3 years, appeal: the office}}", "    when:\n", "    when:\n      - {fact: income, up_to: 900, reason: TRADE_NOT_COVERED, text: t, law: Art. 9}\n"},
		[]string{"score: scheme.yaml:23:10: error: subsidy match: the score income is the only way in; write or: with another way, such as a category or an appeal that was granted"}},
	"a score with another way and no law": {[]string{"income: {type: number, text: What do you earn in a month?}", "income: {type: number, score: {version: \"2\", data_age: 3 years, appeal: the office}}", "    when:\n", "    when:\n      - {fact: income, up_to: 900, reason: TRADE_NOT_COVERED, text: t, or: [{in: [farmer]}]}\n"},
		[]string{"score: scheme.yaml:23:10: error: subsidy match: the score income decides who is let in, and no law is cited; write law: the article that says so"}},
	"a score with a law and another way": {[]string{"income: {type: number, text: What do you earn in a month?}", "income: {type: number, score: {version: \"2\", data_age: 3 years, appeal: the office}}", "    when:\n", "    when:\n      - {fact: income, up_to: 900, reason: TRADE_NOT_COVERED, text: t, law: Art. 9, or: [{in: [farmer]}]}\n"},
		nil},
	"a score that says nothing of itself": {[]string{"income: {type: number, text: What do you earn in a month?}", "income: {type: number, text: The household's poverty score}"},
		[]string{"score: scheme.yaml:10:11: warning: income is a score and does not say its version, data_age, appeal; write score: {version: …, data_age: …, appeal: …}"}},
	"a table by score that leaves some out": {[]string{"income: {type: number, text: What do you earn in a month?}", "income: {type: number, score: {version: \"2\", data_age: 3 years, appeal: the office}}",
		"phase_out: {by: income, from: limit, to: 600}", "times: {lookup: income, table: [{up_to: limit, value: 1}], else: 0}"},
		[]string{"score: scheme.yaml:26:25: error: subsidy match: the score income is the only way in, and no law is cited; write law: the article, and or: with another way, such as a category or an appeal that was granted",
			"cliff: scheme.yaml:26:49: warning: a cliff: with income of 300 6 JOD is due, with 301 0 JOD; let it fall evenly (phase_out, marginal), or cite the law that draws the line"}},
}

func TestEachMistakeIsFoundWithItsPlace(t *testing.T) {
	t.Parallel()
	for name, test := range trips {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, said(read(t, test.changes...)), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEveryRuleHasAFolderThatTripsIt(t *testing.T) {
	t.Parallel()
	tripped := map[string]bool{}
	for _, test := range trips {
		for _, line := range test.want {
			name, _, _ := strings.Cut(line, ":")
			tripped[name] = true
		}
	}
	for _, r := range Rules() {
		if !tripped[r.Name] && r.Name != "standard" { // the standards have tests of their own
			t.Errorf("no folder trips %s", r.Name)
		}
	}
}
