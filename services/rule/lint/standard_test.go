package lint

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sanad.dev/sanad/services/rule"
)

// short are promises below each standard: the change to the sound scheme, and what is said, with the article.
var short = map[string]struct {
	changes []string
	want    []string
}{
	"care that lacks a hospital": {[]string{"medicines, hospital,", "medicines,"},
		[]string{"care: it does not cover hospital; the standard: general practitioner and specialist care, essential medicines, hospital, and care before, at and after birth (C102 Art. 10(1))"}},
	"a co-payment on all care": {[]string{"{for: [medicines], share: 10%}", "{share: 10%}"},
		[]string{"care: line 41 has a co-payment on antenatal; the standard: no cost-sharing for pregnancy, birth and their consequences (C102 Art. 10(2))"}},
	"a co-payment on birth": {[]string{"{for: [medicines], share: 10%}", "{for: [birth], amount: 5}"},
		[]string{"care: line 41 has a co-payment on birth; the standard: no cost-sharing for pregnancy, birth and their consequences (C102 Art. 10(2))"}},
	"care for a quarter": {[]string{"covers: [general", "weeks: 13\n    covers: [general"},
		[]string{"care: it is paid for 13 weeks; the standard: at least 26 weeks in each case (C102 Art. 12)"}},
	"sick pay of a third": {[]string{"rate: 60%", "rate: {over: [1, 3]}"},
		[]string{"sickness: it pays 33.33 % of income; the standard: at least 45 % of earnings (C102 Art. 16)"}},
	"sick pay of a parameter": {[]string{"rate: 60%, of: income, wait_days", "rate: sick, of: income, wait_days", "parameters:\n", "parameters:\n  sick: 30%\n"},
		[]string{"sickness: it pays 30 % of income; the standard: at least 45 % of earnings (C102 Art. 16)"}},
	"sick pay that is flat": {[]string{"rate: 60%, of: income, wait_days", "flat: 5, wait_days"},
		[]string{"sickness: it is no share of earnings; compare it with that share of an ordinary labourer's wage; the standard: at least 45 % of earnings (C102 Art. 16)"}},
	"a long wait": {[]string{"wait_days: 3", "wait_days: 4"},
		[]string{"sickness: nothing is paid for the first 4 days; the standard: from the fourth day at the latest: a wait of at most 3 days (C102 Art. 18)"}},
	"short sick pay": {[]string{"weeks: 26}", "weeks: 25}"},
		[]string{"sickness: it is paid for 25 weeks; the standard: at least 26 weeks in each case (C102 Art. 18)"}},
	"a poor dole": {[]string{"rate: 50%, of: income, wait_days: 7, weeks: 13", "rate: 44%, of: income, wait_days: 8, weeks: 12"},
		[]string{
			"unemployment: it pays 44 % of income; the standard: at least 45 % of earnings (C102 Art. 22)",
			"unemployment: it is paid for 12 weeks; the standard: at least 13 weeks within 12 months (C102 Art. 24)",
			"unemployment: nothing is paid for the first 8 days; the standard: a wait of at most 7 days (C102 Art. 24)",
		}},
	"a late pension": {[]string{"age: 60", "age: 66"},
		[]string{"old-age: it is paid from the age of 66; the standard: from the age of 65 at the latest (C102 Art. 26)"}},
	"a lump sum for old age": {[]string{"{kind: old-age, form: periodic, of: income, age: 60, full: {years: 30, rate: 40%}, reduced: {years: 15, rate: 20%}}", "{kind: old-age, form: lump-sum, flat: 500}"},
		[]string{"old-age: it is only a lump sum; the standard: a periodic payment for life, and not only a lump sum (C102 Art. 28 and 30)"}},
	"savings that only end in a lump sum": {[]string{"benefits:\n", "old_age:\n  retirement: {age: 60}\n  plans: [{name: all, form: lump}]\nbenefits:\n", "{kind: old-age, form: periodic, of: income, age: 60, full: {years: 30, rate: 40%}, reduced: {years: 15, rate: 20%}}", "{kind: funeral, form: lump-sum, flat: 500}"},
		[]string{"old-age: it is only a lump sum; the standard: a periodic payment for life, and not only a lump sum (C102 Art. 28 and 30)"}},
	"a pension for some weeks": {[]string{"age: 60,", "age: 60, weeks: 500,"},
		[]string{"old-age: it is paid for some weeks only; the standard: a periodic payment for life, and not only a lump sum (C102 Art. 28 and 30)"}},
	"a pension of a third": {[]string{"full: {years: 30, rate: 40%}", "full: {years: 30, rate: 39.96%}"},
		[]string{"old-age: it pays 39.96 %; the standard: at least 40 % of earnings after 30 years of contributions (C102 Art. 28 and 29(1))"}},
	"a pension after forty years": {[]string{"full: {years: 30", "full: {years: 40"},
		[]string{"old-age: it takes 40 years to the full rate; the standard: at least 40 % of earnings after 30 years of contributions (C102 Art. 28 and 29(1))"}},
	"no reduced pension": {[]string{", reduced: {years: 15, rate: 20%}", ""},
		[]string{"old-age: who has contributed for 15 years and less than the full time is given nothing; the standard: a reduced benefit after 15 years of contributions (C102 Art. 29(2))"}},
	"a late reduced pension": {[]string{"reduced: {years: 15", "reduced: {years: 16"},
		[]string{"old-age: who has contributed for 15 years and less than the full time is given nothing; the standard: a reduced benefit after 15 years of contributions (C102 Art. 29(2))"}},
	"an accident at a third": {[]string{"accident: {kind: work-injury, form: periodic, rate: 50%", "accident: {kind: work-injury, form: periodic, rate: 33%"},
		[]string{"work-injury: it pays 33 % of income; the standard: at least 50 % of earnings (C102 Art. 36)"}},
	"a birth that costs": {[]string{"weeks: 14}", "weeks: 14}\n  midwife: {kind: maternity, form: in-kind, covers: [birth], co_payments: [{amount: 3}]}"},
		[]string{"maternity: line 45 has a co-payment on birth; the standard: no cost-sharing for care before, at and after birth (C102 Art. 49)"}},
	"twelve weeks of two fifths": {[]string{"rate: 70%, of: income, weeks: 14", "rate: 40%, of: income, weeks: 12"},
		[]string{
			"maternity: it pays 40 % of income; the standard: at least 45 % of earnings (C102 Art. 50)",
			"maternity: it is paid for 12 weeks; the standard: at least 14 weeks (C183 Art. 4)",
			"maternity: it pays 40 % of income; the standard: at least two thirds of earnings (C183 Art. 6(3))",
		}},
	"eleven weeks of half": {[]string{"rate: 70%, of: income, weeks: 14", "rate: 50%, of: income, weeks: 11"},
		[]string{
			"maternity: it is paid for 11 weeks; the standard: at least 12 weeks (C102 Art. 52)",
			"maternity: it is paid for 11 weeks; the standard: at least 14 weeks (C183 Art. 4)",
			"maternity: it pays 50 % of income; the standard: at least two thirds of earnings (C183 Art. 6(3))",
		}},
	"instalments for a birth": {[]string{"{kind: maternity, form: daily, rate: 70%, of: income, weeks: 14}", "{kind: maternity, form: staged, stages: [{event: birth, amount: 60}]}"},
		[]string{
			"maternity: it is paid once or in instalments, and not in place of earnings; the standard: at least 45 % of earnings (C102 Art. 50)",
			"maternity: it is paid once or in instalments, and not in place of earnings; the standard: at least two thirds of earnings (C183 Art. 6(3))",
		}},
	"a grant at disability": {[]string{"invalidity: {kind: disability, form: periodic, rate: 40%", "invalidity: {kind: disability, form: lump-sum, rate: 30%"},
		[]string{
			"disability: it pays 30 % of income; the standard: at least 40 % of earnings (C102 Art. 56)",
			"disability: it is only a lump sum; the standard: a periodic payment for as long as it lasts (C102 Art. 58)",
		}},
	"a grant to survivors": {[]string{"widows: {kind: survivors, form: periodic, rate: 40%", "widows: {kind: survivors, form: lump-sum, rate: 30%"},
		[]string{
			"survivors: it pays 30 % of income; the standard: at least 40 % of earnings (C102 Art. 62)",
			"survivors: it is only a lump sum; the standard: a periodic payment for as long as it lasts (C102 Art. 64)",
		}},
	"nationals only": {[]string{"{rule: equal}", "{rule: restricted, law: Art. 4}"},
		[]string{"the scheme: it restricts them by Art. 4; the standard: who is not a national and lives in the country has the same rights (C102 Art. 68)"}},
	"nationals only, by no law": {[]string{"{rule: equal}", "{rule: restricted}"},
		[]string{"the scheme: it restricts them and cites no law; the standard: who is not a national and lives in the country has the same rights (C102 Art. 68)"}},
	"no word of others": {[]string{"  non_nationals: {rule: equal}\n", ""},
		[]string{"the scheme: it says nothing of them (standards: non_nationals:); the standard: who is not a national and lives in the country has the same rights (C102 Art. 68)"}},
	"no appeal": {[]string{"  appeal: {to: the scheme's tribunal, days: 90}\n", ""},
		[]string{"the scheme: it names no way to appeal (standards: appeal: {to: …, days: …}); the standard: a right of appeal against refusal, quality and quantity of a benefit (C102 Art. 70)"}},
	"hardship": {[]string{"  hardship: who earns less than the limit pays nothing\n", ""},
		[]string{"the scheme: it does not say how hardship is avoided (standards: hardship:); the standard: costs borne together, so that who has little is spared hardship (C102 Art. 71(1))"}},
	"members who bear most": {[]string{"member_share: 40%", "member_share: 50.5%"},
		[]string{"the scheme: members bear 50.5 %; the standard: members bear at most half of the costs (C102 Art. 71(2))"}},
	"members who bear who knows what": {[]string{"  member_share: 40%\n", ""},
		[]string{"the scheme: it does not say which share members bear (standards: member_share:); the standard: members bear at most half of the costs (C102 Art. 71(2))"}},
	"nothing for children": {[]string{"  child: {kind: child, form: periodic, flat: 12}\n", ""},
		[]string{
			"it says nothing of child",
			"the scheme: of the four guarantees it has nothing for children; the standard: essential health care with maternity care; basic income for children, for those in active age who cannot earn enough, and for the old (R202 Para. 5)",
		}},
	"no benefits at all": {[]string{sound[strings.Index(sound, "standards:"):], ""},
		[]string{"it says nothing of benefits, so there is nothing to compare with the minimum standards; write benefits: if it gives any"}},
}

func TestWhatFallsShortOfAStandardIsToldWithItsArticle(t *testing.T) {
	t.Parallel()
	for name, test := range short {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range read(t, test.changes...).Findings {
				_, text, _ := strings.Cut(f.String(), ": warning: ")
				got = append(got, text)
			}
			slices.Sort(got)
			want := slices.Sorted(slices.Values(test.want))
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEveryStandardIsTrippedAndHasItsSource(t *testing.T) {
	t.Parallel()
	var all []string
	for _, test := range short {
		all = append(all, test.want...)
	}
	told := strings.Join(all, "\n")
	for _, s := range Standards() {
		if !strings.Contains(told, s.Asks+" ("+s.Cite()+")") {
			t.Errorf("nothing trips %s: %s", s.Cite(), s.Asks)
		}
		if !strings.HasPrefix(s.Source, "https://") || !strings.HasSuffix(s.Source, s.Instrument) {
			t.Errorf("%s has the source %q", s.Cite(), s.Source)
		}
	}
}

func TestEveryConditionThatCanRefuseIsListed(t *testing.T) {
	t.Parallel()
	scheme := strings.Replace(sound, "    cap: 120\n", "    cap: 120\nanswers:\n  may_join: {when: [{fact: age, from: 18, under: 60, reason: AGE_NOT_COVERED, text: t, law: Art. 2}]}\n", 1)
	scheme = strings.Replace(scheme, "wait_days: 3, weeks: 26}", "wait_days: 3, weeks: 26, exclusions: [{what: hangovers, reason: EXCLUDED_HANGOVER}]}", 1)
	scheme = strings.Replace(scheme, "  - id: match", "  - {id: other, funder: town, pot: 2110, rule: other}\n  - id: match", 1)
	rules := "# refuse(\"NOT_THIS\")\ndef other(member, facts, p):\n    return refuse(\"NEVER\", \"because\")\n"
	report := Read(rule.Folder{Scheme: []byte(scheme), Rules: []byte(rules), Examples: []byte(soundExamples)})
	if report.Errors() > 0 {
		t.Fatal(said(report))
	}
	want := []Refusal{
		{rule.Position{File: "scheme.yaml", Line: 24, Col: 9}, "subsidy match", "TRADE_NOT_COVERED", "trade is farm or shop, or in farmer", ""},
		{rule.Position{File: "scheme.yaml", Line: 30, Col: 21}, "answer may_join", "AGE_NOT_COVERED", "age at least 18 and less than 60", "Art. 2"},
		{rule.Position{File: "scheme.yaml", Line: 45, Col: 104}, "benefit sick_pay", "EXCLUDED_HANGOVER", "not hangovers", ""},
		{rule.Position{File: "rules.star", Line: 3, Col: 12}, "rules.star", "NEVER", "as the rule says", ""},
	}
	if diff := cmp.Diff(want, report.Refusals); diff != "" {
		t.Error(diff)
	}
}
