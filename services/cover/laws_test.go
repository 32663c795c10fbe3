package cover_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// first is the day from which the histories of the laws begin.
const first ledger.Date = 2024_11_17

// length is how many days they last.
const length = 420

// byDays draws rules by which money buys days.
func byDays(t *rapid.T) cover.Rules {
	return daysWith(t, fmt.Sprintf(", after_lapse: %d", rapid.SampledFrom([]int{0, 20, 90}).Draw(t, "after_lapse")), silence(t))
}

// daysWith are such rules, with what they say of waiting after a lapse and of silence.
func daysWith(t *rapid.T, afterLapse, silence string) cover.Rules {
	text := fmt.Sprintf(`
cover:
  health:
    account: 2200
    matched: 2210
    days: {price: 0.0%02d, per: %s}
    waiting: {days: %d%s, waived: [{in: [pregnant]}]}
    grace_days: %d
    notice_days: %d
`, rapid.IntRange(1, 99).Draw(t, "price"), rapid.SampledFrom(rule.PricedBys()).Draw(t, "per"),
		rapid.SampledFrom([]int{0, 7, 30}).Draw(t, "waiting"), afterLapse,
		rapid.SampledFrom([]int{0, 5}).Draw(t, "grace"), rapid.SampledFrom([]int{0, 1, 14}).Draw(t, "notice"))
	return loaded(t, text+season(t)+silence)
}

// byMonths draws rules by which months count.
func byMonths(t *rapid.T) cover.Rules {
	return monthsWith(t, fmt.Sprintf("    waiting: {days: %d, after_lapse: %d}\n", rapid.SampledFrom([]int{0, 40}).Draw(t, "waiting"),
		rapid.SampledFrom([]int{0, 90}).Draw(t, "after_lapse")), silence(t))
}

// monthsWith are such rules, with what they say of waiting and of silence.
func monthsWith(t *rapid.T, waiting, silence string) cover.Rules {
	in := rapid.IntRange(1, 8).Draw(t, "in_last")
	before := rapid.SampledFrom([]string{"event", "admission", "semester"}).Draw(t, "before")
	including := before != "semester" && rapid.Bool().Draw(t, "including")
	arrears := rapid.SampledFrom([]string{"", ", arrears: {months: 2}", ", arrears: {months: 3, first: true}", ", arrears: {months: 2, after_event: true}"}).Draw(t, "arrears")
	text := fmt.Sprintf(`
cover:
  health:
    account: 2200
    matched: 2210
    months: {qualify: %d, in_last: %d, before: %s, including: %v, day_before: %v, least: 0.010, ahead: %v%s}
    notice_days: %d
`, rapid.IntRange(1, in).Draw(t, "qualify"), in, before, including, rapid.Bool().Draw(t, "day_before"),
		rapid.Bool().Draw(t, "ahead"), arrears, rapid.SampledFrom([]int{0, 1, 14}).Draw(t, "notice"))
	return loaded(t, text+waiting+season(t)+silence)
}

// neverAnew are rules by which months count and a lapse makes nobody wait again.
func neverAnew(t *rapid.T) cover.Rules {
	if rapid.Bool().Draw(t, "waits once") {
		return monthsWith(t, "    waiting: {days: 40}\n", "")
	}
	return monthsWith(t, "", silence(t))
}

func season(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "", "    season: {months: [3, 4, 5, 10, 11]}\n"}).Draw(t, "season")
}

func silence(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "    silence: [{months: 2, state: frozen}, {months: 4, state: deactivated}, {months: 6, state: closed}]\n"}).Draw(t, "silence")
}

func either(t *rapid.T) cover.Rules {
	if rapid.Bool().Draw(t, "by months") {
		return byMonths(t)
	}
	return byDays(t)
}

func loaded(t *rapid.T, text string) cover.Rules {
	s, err := rule.Load(rule.Folder{Scheme: []byte(head + text)})
	if err != nil {
		t.Fatal(err)
	}
	return cover.Of(s)
}

func someDay(t *rapid.T, name string) ledger.Date {
	return first.AddDays(rapid.IntRange(0, length).Draw(t, name))
}

func payment(t *rapid.T) cover.Payment {
	account := rapid.SampledFrom([]ledger.Code{2200, 2210}).Draw(t, "account")
	return cover.Payment{On: someDay(t, "paid on"), Minor: int64(rapid.IntRange(1, 120).Draw(t, "minor")), Account: account}
}

// history draws what a member paid and was told.
func history(t *rapid.T) cover.History {
	h := cover.History{Scheme: "try"}
	for range rapid.IntRange(0, 12).Draw(t, "payments") {
		h.Payments = append(h.Payments, payment(t))
	}
	for range rapid.IntRange(0, 6).Draw(t, "notices") {
		n := cover.Notice{Cover: "health", On: someDay(t, "notice"), Closes: rapid.IntRange(0, 4).Draw(t, "closes") == 0}
		if rapid.Bool().Draw(t, "names an end") {
			n.Ends = n.On.AddDays(rapid.IntRange(-60, 30).Draw(t, "ends"))
		}
		h.Notices = append(h.Notices, n)
	}
	for range rapid.IntRange(0, 2).Draw(t, "holidays") {
		from := someDay(t, "holiday")
		h.Holidays = append(h.Holidays, cover.Holiday{Days: insurance.Days{From: from, To: from.AddDays(rapid.IntRange(0, 60).Draw(t, "long"))}})
	}
	if rapid.IntRange(0, 3).Draw(t, "pregnant") == 0 {
		h.Facts.Categories = append(h.Facts.Categories, insurance.Category{Name: "pregnant", Days: insurance.Days{From: someDay(t, "pregnant from")}})
	}
	return h
}

func asked(t *rapid.T, r cover.Rules, h cover.History, q cover.Question) cover.Answer {
	q.Cover = "health"
	a, err := r.Judge(h, q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// covered says whether the member is covered on the day, as is known on that day.
func covered(t *rapid.T, r cover.Rules, h cover.History, on ledger.Date) bool {
	return asked(t, r, h, cover.Question{On: on}).Covered
}

// with is the history with more payments.
func with(h cover.History, more ...cover.Payment) cover.History {
	h.Payments = append(slices.Clip(h.Payments), more...)
	return h
}

// through is the history without payments after the day.
func through(h cover.History, day ledger.Date) cover.History {
	h.Payments = slices.DeleteFunc(slices.Clone(h.Payments), func(p cover.Payment) bool { return p.On > day })
	return h
}

// TestAPaymentNeverTakesCoverAway is law 3: whatever somebody pays, every day from then on is covered that was without
// it, as things stand on the day of the payment.
func TestAPaymentNeverTakesCoverAway(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, more := either(t), payment(t)
		h := through(history(t), more.On)
		richer := with(h, more)
		for n := 0; n < 200; n += rapid.IntRange(1, 9).Draw(t, "step") {
			if on := more.On.AddDays(n); covered(t, r, h, on) && !covered(t, r, richer, on) {
				t.Fatalf("%d paid on %s takes %s away", more.Minor, more.On, on)
			}
		}
	})
}

// TestMoreMonthsNeverShortenCover is law 3 where months count: for whoever joined before, and need not wait anew after a
// lapse, it holds for any payment, whatever follows.
func TestMoreMonthsNeverShortenCover(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, h, more := neverAnew(t), history(t), payment(t)
		h.Facts.Enrolments = []insurance.Enrolment{{Scheme: h.Scheme, Days: insurance.Days{From: first}}}
		richer := with(h, more)
		for range 20 {
			if on := someDay(t, "on"); covered(t, r, h, on) && !covered(t, r, richer, on) {
				t.Fatalf("%d paid on %s takes %s away", more.Minor, more.On, on)
			}
		}
	})
}

// TestMoreOrSoonerBuysNoFewerDays is law 3 where money buys days and nobody waits anew after a lapse: by any day, what it
// has bought is no less with more money, and with the same money sooner.
func TestMoreOrSoonerBuysNoFewerDays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, h := daysWith(t, "", ""), history(t)
		h.Facts = insurance.Facts{} // days of waiting that are waived later are given, and not bought
		richer := with(h, payment(t))
		if n := len(h.Payments); n > 0 && rapid.Bool().Draw(t, "sooner") {
			richer = with(h)
			i := rapid.IntRange(0, n-1).Draw(t, "which")
			richer.Payments = slices.Clone(h.Payments)
			richer.Payments[i].On = richer.Payments[i].On.AddDays(-rapid.IntRange(1, 60).Draw(t, "by"))
		}
		for range 20 {
			on := someDay(t, "on")
			less, more := earned(t, r, h, on), earned(t, r, richer, on)
			if less.Own+less.Matched > more.Own+more.Matched {
				t.Fatalf("by %s %+v with less, %+v with more", on, less, more)
			}
		}
	})
}

func earned(t *rapid.T, r cover.Rules, h cover.History, through ledger.Date) cover.Earned {
	e, err := r.Earned(h, "health", through)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestNoLapseWithoutNotice is law 1.
func TestNoLapseWithoutNotice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, h := either(t), history(t)
		c, _ := r.Cover("health", first)
		days, _ := c.NoticeDays.Written.Whole()
		before := false
		for n := range length {
			on := first.AddDays(n)
			now := covered(t, r, h, on)
			told := slices.ContainsFunc(h.Notices, func(n cover.Notice) bool { return !n.Closes && n.On.AddDays(int(days)) < on })
			if before && !now && !told {
				t.Fatalf("cover lapsed on %s, and nobody was told %d days before", on, days)
			}
			before = now
		}
	})
}

// TestSplittingAPaymentChangesNothing is law 5.
func TestSplittingAPaymentChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, h := either(t), history(t)
		split := h
		split.Payments = nil
		for _, p := range h.Payments {
			part := int64(rapid.IntRange(0, int(p.Minor)).Draw(t, "part"))
			rest := p
			rest.Minor -= part
			p.Minor = part
			split.Payments = append([]cover.Payment{rest}, append(split.Payments, p)...)
		}
		on := someDay(t, "on")
		q := cover.Question{On: on, Asked: on.AddDays(rapid.IntRange(-20, 20).Draw(t, "asked"))}
		if diff := cmp.Diff(asked(t, r, h, q), asked(t, r, split, q)); diff != "" {
			t.Fatalf("whole (-) and split (+):\n%s", diff)
		}
	})
}

// TestAdviceIsTrue is law 4: with a notice sent on the very day, the day that advice names is certain if exactly that is
// paid, on the first of its days or the last, and not without it, with one minor unit less, or a day later.
func TestAdviceIsTrue(t *testing.T) {
	t.Parallel()
	given := 0
	rapid.Check(t, func(t *rapid.T) {
		r, h, on := either(t), history(t), someDay(t, "on")
		h = through(h, on)
		about := cover.Question{On: on.AddDays(rapid.SampledFrom([]int{0, 0, 1, 10, 45, 200}).Draw(t, "about a day so much later")), Asked: on}
		a, now := asked(t, r, h, about), asked(t, r, h, cover.Question{On: on})
		if a.Advice == nil {
			return
		}
		given++
		h.Notices = slices.DeleteFunc(slices.Clone(h.Notices), func(n cover.Notice) bool { return n.On > on })
		for _, end := range []ledger.Date{a.PaidUntil, now.PaidUntil} {
			h.Notices = append(h.Notices, cover.Notice{Cover: "health", On: on, Ends: end})
		}
		day := a.Advice.From
		for _, try := range tries(t, *a.Advice) {
			last := on
			for _, p := range try.pays {
				if p.On <= day {
					last = max(last, p.On) // later she might know that no other notice was sent
				}
			}
			if got := asked(t, r, with(h, try.pays...), cover.Question{On: day, Asked: last}).Covered; got != try.covers {
				t.Fatalf("asked on %s: %s covers %s: %v; advice is %+v", on, try.name, day, got, *a.Advice)
			}
		}
		if a.Covered && a.Until.AddDays(1) > day {
			t.Fatalf("advice is for %s, and cover is certain through %s", day, a.Until)
		}
		far := a.Advice.Until > on.AddDays(700) // so far ahead cover is looked at no more, from whatever day
		if until := asked(t, r, with(h, tries(t, *a.Advice)[0].pays...), cover.Question{On: day, Asked: on}).Until; a.Advice.Until < day || !far && until != a.Advice.Until && len(a.Advice.Pay) == 1 && a.Advice.Pay[0].From == on {
			t.Fatalf("asked on %s it says %+v, and paid it is until %s", on, *a.Advice, until)
		}
	})
	if given == 0 {
		t.Error("no advice was given at all")
	}
}

// try is what may be paid on an advice, and whether its day is then covered.
type try struct {
	name   string
	pays   []cover.Payment
	covers bool
}

// paying pays an advice, each part on the day that is chosen for it.
func paying(a cover.Advice, on func(cover.Due) ledger.Date) (all []cover.Payment) {
	for _, d := range a.Pay {
		all = append(all, cover.Payment{On: on(d), Minor: d.Minor, Account: 2200})
	}
	return all
}

// tries are what an advice says of itself: each amount is paid on its first day or on its last, one unit less is too
// little, and one payment may be made on any day between, and a day after the last is too late for it.
func tries(t *rapid.T, a cover.Advice) []try {
	soon := func(d cover.Due) ledger.Date { return d.From }
	all := []try{
		{"paying the first day", paying(a, soon), true},
		{"paying the last day", paying(a, func(d cover.Due) ledger.Date { return d.By }), true},
		{"paying nothing", nil, false},
	}
	for i := range a.Pay {
		less := paying(a, soon)
		if less[i].Minor--; less[i].Minor == 0 {
			less = slices.Delete(less, i, i+1)
		}
		all = append(all, try{"paying one unit less", less, false})
	}
	if len(a.Pay) == 1 {
		between := func(d cover.Due) ledger.Date {
			return d.From.AddDays(rapid.IntRange(0, int(d.By.Time().Sub(d.From.Time()).Hours()/24)).Draw(t, "paid after"))
		}
		all = append(all, try{"paying between", paying(a, between), true}, try{"paying one day later", paying(a, func(d cover.Due) ledger.Date { return d.By.AddDays(1) }), false})
	}
	return all
}

// TestAnAnswerIsPlain sees that the same question has the same answer byte for byte, and that judging changes nothing of
// what it judges.
func TestAnAnswerIsPlain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, h, q := either(t), history(t), cover.Question{On: someDay(t, "on")}
		before, _ := json.Marshal(h)
		one, _ := json.Marshal(asked(t, r, h, q))
		after, _ := json.Marshal(h)
		var again cover.History
		if err := json.Unmarshal(before, &again); err != nil {
			t.Fatal(err)
		}
		slices.Reverse(again.Payments)
		two, _ := json.Marshal(asked(t, r, again, q))
		if string(one) != string(two) || string(before) != string(after) {
			t.Fatalf("first %s, then %s", one, two)
		}
	})
}
