package rule

import (
	"strings"
	"testing"

	"sanad.dev/sanad/ledger"
)

// judging are benefits with all by which claims are judged, that nothing is wrong with.
const judging = `levels: [village, district]
prices:
  - {item: CONS, care: general-practitioner, price: [{from: 2026-01-01, value: 5}], at: {district: 8}}
  - {item: BED, care: hospital, at: {district: [{from: 2026-01-01, value: 30}]}, stay: true}
benefits:
  clinic:
    kind: care
    form: in-kind
    pool: health
    covers: [general-practitioner, medicines, hospital]
    co_payments:
      - {for: [medicines], share: 10%, up_to: 5, per: event}
      - {for: [hospital], level: [district], share: 20%}
    limits:
      - {per: year, amount: 900}
      - {per: event, for: [medicines], amount: 20}
      - {per: year, for: [hospital], days: 45}
    exclusions: [{what: a consultation, items: [CONS], care: [specialist], reason: EXCLUDED}]
    referral: {above: village, pays: 50%}
  pay:
    kind: sickness
    form: daily
    rate: 60%
    of: earnings
    days: 90
    not_with: [estate]
    earnings: {credit: paid, best: 6, in_last: 12, before: semester, over: 180}
    per_head: {kind: child, under: 6, up_to: 2}
  estate:
    kind: survivors
    form: lump-sum
    flat: 100
    at_death: survivors
    survivors: {nominees: true, absent: lapses, shares: [{kind: spouse, share: 50%}, {kind: child, each: 10%, under: 18, without: [parent]}]}
`

func TestWhatClaimsAreJudgedByIsReadStrictly(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ old, new, want string }{
		"as it is":                               {"levels", "levels", ""},
		"a level twice":                          {"[village, district]", "[village, district, village]", "levels: write each level of care once"},
		"an item twice":                          {"item: BED", "item: CONS", "prices: CONS stands in line 31 already"},
		"an item that is no code":                {"item: BED", "item: a bed", "write item: a code of letters"},
		"care that is none":                      {"care: hospital, at", "care: magic, at", `prices.BED.care: "magic" is none of`},
		"a price at no level":                    {"at: {district: 8}", "at: {moon: 8}", `"moon" is not in the list of levels`},
		"an item without price":                  {"price: [{from: 2026-01-01, value: 5}], at: {district: 8}", "text: nothing", "prices.CONS.price: write a value"},
		"a co-payment at no level":               {"level: [district]", "level: [moon]", `benefits.clinic.co_payments.level: "moon"`},
		"a limit of nothing":                     {"{per: year, amount: 900}", "{per: year}", "benefits.clinic.limits: write amount: or days:"},
		"a limit for care that is none":          {"for: [medicines], amount: 20", "for: [magic], amount: 20", `benefits.clinic.limits.for: "magic"`},
		"due at a death for nobody":              {"at_death: survivors", "at_death: anybody", `benefits.estate.at_death: "anybody"`},
		"due at a death, and not divided":        {"at_death: survivors", "at_death: nominee", "benefits.estate.at_death: write survivors where"},
		"care at a death":                        {"covers: [general", "at_death: nominee\n    covers: [general", "only a lump sum or cash per month falls due at a death"},
		"an exclusion of what is on no list":     {"items: [CONS]", "items: [SPA]", `"SPA" is not on the price list`},
		"a referral above no level":              {"above: village", "above: moon", `benefits.clinic.referral.above: "moon"`},
		"days and weeks":                         {"days: 90", "days: 90\n    weeks: 12", "write days or weeks, not both"},
		"a benefit beside none":                  {"not_with: [estate]", "not_with: [moon]", `"moon" is no benefit of the scheme`},
		"earnings before nothing":                {"before: semester", "before: dawn", `"dawn" is none of event, admission, semester, claim`},
		"heads of no kind":                       {"{kind: child, under: 6", "{kind: cat, under: 6", `benefits.pay.per_head.kind: "cat"`},
		"heads of care":                          {"referral: {above: village, pays: 50%}", "per_head: {kind: child}", "only cash per day, per month or once is multiplied"},
		"survivors of no kind":                   {"{kind: spouse, share: 50%}", "{kind: cat, share: 50%}", `"cat" is none of spouse`},
		"a share and each":                       {"share: 50%}", "share: 50%, each: 5%}", "write share:, which those of the kind divide, or each:"},
		"a share that goes to the moon":          {"absent: lapses", "absent: moon", `"moon" is none of others, lapses`},
		"survivors of nothing":                   {"nominees: true, absent: lapses, shares: [{kind: spouse, share: 50%}, {kind: child, each: 10%, under: 18, without: [parent]}]", "absent: lapses", "write shares:, or nominees: true"},
		"survivors of cash by day":               {"per_head: {kind: child, under: 6, up_to: 2}", "survivors: {nominees: true}", "only a lump sum or cash per month is divided"},
		"a cover that is none":                   {"pool: health", "cover: moon", `"moon" is no cover of the scheme`},
		"limits that cross":                      {"{per: year, amount: 900}", "{per: year, amount: 900, for: [medicines, hospital]}\n      - {per: year, amount: 90, for: [medicines, general-practitioner]}", "let one hold all of the other, or none"},
		"a ceiling that crosses a limit":         {"{for: [medicines], share: 10%", "{for: [medicines, hospital], share: 10%", "the ceiling is for care inside the limit"},
		"a ceiling of some of the days":          {"level: [district], share: 20%", "level: [district], share: 20%, up_to: 9, per: event", "for some of the care only that line"},
		"two co-payments and days":               {"level: [district], share: 20%", "share: 20%, up_to: 9, per: event}\n      - {for: [hospital], share: 5%", "must be the only one for that care"},
		"money of some of the care whose days …": {"{per: year, for: [hospital], days: 45}", "{per: year, days: 45}", "write the amount for all of them"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(judging, test.old) {
				t.Fatalf("%q is not in the benefits", test.old)
			}
			_, err := Load(Folder{Scheme: []byte(sound + strings.Replace(judging, test.old, test.new, 1))})
			if got := errorText(err); test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAPriceIsThatOfTheLevelAndTheDay(t *testing.T) {
	t.Parallel()
	s, err := Load(Folder{Scheme: []byte(sound + judging)})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		item, level   string
		on            ledger.Date
		want, refused string
	}{
		"at any level":               {"CONS", "village", 20260301, "5", ""},
		"at a level of its own":      {"CONS", "district", 20260301, "8", ""},
		"before there was one":       {"CONS", "village", 20251231, "0", "PRICE_UNKNOWN"},
		"at a level that is not one": {"BED", "village", 20260301, "0", "PRICE_UNKNOWN"},
	} {
		got, refusal, err := s.PriceAt(s.PriceOf(test.item), test.level, Input{On: test.on})
		if reason := reasonOf(refusal); err != nil || got.String() != test.want || reason != test.refused {
			t.Errorf("%s: got %s, %q, %v; want %s, %q", name, got, reason, err, test.want, test.refused)
		}
	}
	if s.PriceOf("SPA") != nil {
		t.Error("an item that is on no list has a price")
	}
}

func reasonOf(r *Refusal) string {
	if r == nil {
		return ""
	}
	return r.Reason
}
