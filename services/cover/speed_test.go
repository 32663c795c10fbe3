package cover_test

import (
	"testing"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/insurance"
)

// everyDay is five years of a payment a day.
func everyDay(minor int64) cover.History {
	h := cover.History{Scheme: "try", Facts: insurance.Facts{
		Birth:      insurance.Birth{On: 1990_06_15},
		Enrolments: []insurance.Enrolment{{Scheme: "try", Days: insurance.Days{From: 2021_01_01}}},
		Dependants: []insurance.Dependant{{Name: "child-1", Kind: insurance.Child, Birth: insurance.Birth{On: 2015_03_01}}},
	}}
	for n := range 1826 {
		h.Payments = append(h.Payments, cover.Payment{On: ledger.Date(2021_01_01).AddDays(n), Minor: minor, Account: 2200})
	}
	return h
}

const byTier = `
parameters:
  price:
    - {from: 2020-01-01, value: {lookup: age, table: [{up_to: 30, value: 0.008}, {value: {times: [0.005, covered_heads]}}]}}
cover:
  health:
    account: 2200
    days: {price: price}
    waiting: {days: 30, after_lapse: 60, waived: [{in: [pregnant]}, {fact: age, from: 70}]}
    dependants: [{kind: child, under: 18}]
`

func BenchmarkJudgeDays(b *testing.B) {
	r, h := rulesOf(b, byTier), everyDay(10)
	for b.Loop() {
		judged(b, r, h)
	}
}

// BenchmarkJudgeGaps is of somebody who pays for every other day.
func BenchmarkJudgeGaps(b *testing.B) {
	r, h := rulesOf(b, byTier), everyDay(5)
	for i, p := range h.Payments {
		if i%7 == 0 {
			h.Notices = append(h.Notices, cover.Notice{Cover: "health", On: p.On})
		}
	}
	for b.Loop() {
		judged(b, r, h)
	}
}

func BenchmarkJudgeMonths(b *testing.B) {
	r, h := rulesOf(b, nineOfTwelve), everyDay(40)
	for b.Loop() {
		judged(b, r, h)
	}
}

func judged(b *testing.B, r cover.Rules, h cover.History) {
	a, err := r.Judge(h, cover.Question{Cover: "health", On: 2026_01_05})
	if err != nil || !a.Covered || a.Advice == nil {
		b.Fatalf("%+v %v", a, err)
	}
}
