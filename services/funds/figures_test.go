package funds

import (
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

var clinic = insurance.FundAccount{Scheme: "fishers", Pool: insurance.Health, Currency: "JOD"}

// happened is a line of an accountant's own book: what happened to a pool in a month, before any year end.
type happened struct {
	month ledger.Period
	what  string
	minor int64
}

// lines are what can happen to a pool, with the account of the pool that it moves: credits are negative.
var lines = map[string]struct {
	code ledger.Code
	sign int64
}{
	"earned": {ledger.EarnedContribution, -1}, "subsidy": {ledger.SubsidyIncome, -1}, "guarantee": {ledger.CessionIncome, -1},
	"benefit": {ledger.BenefitsIncurred, 1}, "benefit taken back": {ledger.BenefitsIncurred, -1}, "ceded": {ledger.ContributionsCeded, 1},
	"recovered": {ledger.BenefitsRecovered, -1}, "charge": {ledger.Charges, 1}, "borrowed": {ledger.LoansFromPools, -1}, "lent": {ledger.LoansToPools, 1},
}

// booked keeps the books of what happened as the ledger does, with outstanding claims of each closed month on its last day
// and back on the next, and year ends through a year.
func booked(book []happened, provided map[ledger.Period]int64, through ledger.Period, closedYears int) Books {
	b := Books{}
	first, fund := ledger.Period(2024_01), ledger.FundHealth
	for m := first; m <= through; m = m.Next() {
		for _, h := range book {
			if h.month == m {
				b[lines[h.what].code] += lines[h.what].sign * h.minor
			}
		}
		if m > first {
			release := provided[previous(m)]
			b[ledger.OutstandingClaims] += release
			b[ledger.BenefitsIncurred] -= release
		}
		b[ledger.OutstandingClaims] -= provided[m]
		b[ledger.BenefitsIncurred] += provided[m]
		if monthOf(m) == december && m.Year() <= closedYears {
			closing := closingOf(b)
			for code, net := range closing {
				b[code] += net
			}
			_ = fund
		}
	}
	return b
}

// closingOf is the year-end entry of books as they stand.
func closingOf(b Books) Books {
	entry, sum := Books{}, int64(0)
	for code, net := range b {
		if c, _ := code.Control(); (c.Class == ledger.Income || c.Class == ledger.Expense) && net != 0 {
			entry[code] = -net
			sum += net
		}
	}
	entry[ledger.FundHealth] = sum
	return entry
}

func previous(m ledger.Period) ledger.Period {
	if monthOf(m) == 1 {
		return decemberBefore(m)
	}
	return m - 1
}

// inputOf asks for the figures at the end of a month.
func inputOf(book []happened, provided map[ledger.Period]int64, month ledger.Period, closedYears int, terms rule.FundTerms, undecided int64) Input {
	in := Input{
		Fund: clinic, Terms: terms, Month: month, Undecided: insurance.PoolSum{Minor: undecided}, Closed: map[int]Books{},
		Now: booked(book, provided, month, closedYears), LastYear: booked(book, provided, decemberBefore(month), closedYears),
		Earlier: booked(book, provided, yearBefore(month), closedYears),
	}
	for year := month.Year() - 1; year <= min(month.Year(), closedYears); year++ {
		if last := ledger.Period(year)*100 + december; last <= month {
			in.Closed[year] = closingOf(booked(book, provided, last, year-1))
		}
	}
	return in
}

// recount computes the figures the long way round, from what happened and nothing else.
func recount(book []happened, provided map[ledger.Period]int64, month ledger.Period, terms rule.FundTerms, undecided int64) Figures {
	sum := func(from, to ledger.Period, what ...string) (minor int64) {
		for _, h := range book {
			for _, w := range what {
				if h.what == w && from <= h.month && h.month <= to {
					minor += h.minor
				}
			}
		}
		return minor
	}
	january, begin := ledger.Period(month.Year())*100+1, ledger.Period(2024_01)
	window := yearBefore(month).Next()
	income := []string{"earned", "subsidy", "guarantee", "recovered", "benefit taken back"}
	cost := []string{"benefit", "ceded", "charge"}
	f := Figures{
		Undecided: undecided, Provided: provided[month], Floor: terms.Floor,
		Earned: sum(january, month, "earned", "subsidy"), Ceded: sum(january, month, "ceded"), Recovered: sum(january, month, "recovered"),
		Benefits: sum(january, month, "benefit") - sum(january, month, "benefit taken back"),
		Borrowed: sum(begin, month, "borrowed"), Lent: sum(begin, month, "lent"),
	}
	approved := max(0, sum(window, month, "benefit")-sum(window, month, "benefit taken back"))
	share := new(big.Rat).SetFrac(terms.NotReported.Num(), terms.NotReported.Denom())
	half := new(big.Rat).Add(share.Mul(share, new(big.Rat).SetInt64(approved)), big.NewRat(1, 2))
	f.NotReported = new(big.Int).Quo(half.Num(), half.Denom()).Int64()
	cash := sum(begin, month, income...) - sum(begin, month, cost...)
	f.Balance = cash - f.Provided
	f.Solvency = cash - undecided - f.NotReported
	f.Result = sum(january, month, income...) - sum(january, month, cost...) - f.Provided + provided[decemberBefore(month)]
	f.FundBalance = f.Balance - f.Result
	f.Incurred = f.Benefits + undecided + f.NotReported - provided[decemberBefore(month)]
	f.Yearly = sum(window, month, "benefit") - sum(window, month, "benefit taken back") + undecided + f.NotReported - provided[yearBefore(month)]
	return f
}

// TestTheFiguresAreThoseOfAnAccountantsOwnBook computes each figure twice: from balances, with year ends and estimates
// that are booked and taken back, and from a list of what happened.
func TestTheFiguresAreThoseOfAnAccountantsOwnBook(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		monthOf := rapid.Custom(func(t *rapid.T) ledger.Period {
			return ledger.Period(rapid.IntRange(2024, 2026).Draw(t, "year")*100 + rapid.IntRange(1, 12).Draw(t, "month"))
		})
		what := rapid.SampledFrom([]string{"earned", "subsidy", "guarantee", "benefit", "benefit", "benefit taken back", "ceded", "recovered", "charge", "borrowed", "lent"})
		var book []happened
		for range rapid.IntRange(0, 60).Draw(t, "lines") {
			book = append(book, happened{monthOf.Draw(t, "month"), what.Draw(t, "what"), rapid.Int64Range(1, 1_000_000).Draw(t, "minor")})
		}
		closedYears := rapid.IntRange(2023, 2026).Draw(t, "years closed")
		provided := map[ledger.Period]int64{}
		for range rapid.IntRange(0, 4).Draw(t, "months closed") {
			provided[monthOf.Draw(t, "closed")] = rapid.Int64Range(1, 100_000).Draw(t, "estimate")
		}
		terms := rule.FundTerms{Floor: rapid.Int64Range(0, 1_000_000).Draw(t, "floor"), NotReported: exact.Share(rapid.Int64Range(0, 100).Draw(t, "factor"), 100)}
		month, undecided := monthOf.Draw(t, "reported on"), rapid.Int64Range(0, 100_000).Draw(t, "undecided")
		got := FiguresOf(inputOf(book, provided, month, closedYears, terms, undecided))
		if diff := cmp.Diff(recount(book, provided, month, terms, undecided), got); diff != "" {
			t.Fatalf("%s (-recounted +computed):\n%s", month, diff)
		}
	})
}

// TestAnExampleThatAnAccountantCanFollow has round numbers: two years, one of them closed, claims waiting.
func TestAnExampleThatAnAccountantCanFollow(t *testing.T) {
	t.Parallel()
	book := []happened{
		{2025_03, "earned", 900_000}, {2025_03, "subsidy", 300_000}, {2025_11, "benefit", 1_000_000},
		{2026_01, "earned", 450_000}, {2026_02, "subsidy", 150_000}, {2026_02, "benefit", 300_000}, {2026_03, "benefit", 200_000},
	}
	// December's close set 60,000 aside for claims that were outstanding, and January took it back.
	provided := map[ledger.Period]int64{2025_12: 60_000}
	terms := rule.FundTerms{Floor: 200_000, NotReported: exact.Must("10%")}
	f := FiguresOf(inputOf(book, provided, 2026_03, 2025, terms, 40_000))
	want := Figures{
		FundBalance: 140_000,   // 1,200,000 - 1,000,000 - 60,000
		Result:      160_000,   // 600,000 - 500,000 + 60,000
		Balance:     300_000,   // both
		Undecided:   40_000,    // handed in and not decided
		NotReported: 150_000,   // 10 % of the 1,500,000 approved from April to March
		Solvency:    110_000,   // 300,000 - 40,000 - 150,000
		Floor:       200_000,   //
		Earned:      600_000,   //
		Benefits:    500_000,   //
		Incurred:    630_000,   // 500,000 + 190,000 now outstanding - 60,000 that were a year ago
		Yearly:      1_690_000, // 1,500,000 + 190,000
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Error(diff)
	}
	if ratio, ok := f.LossRatio(); !ok || ratio.Cmp(exact.Must("1.05")) != 0 { // 630,000 / 600,000
		t.Errorf("the loss ratio is %s", ratio)
	}
	if months, ok := f.MonthsOfReserve(); !ok || months.Cmp(exact.Share(12*110_000, 1_690_000)) != 0 {
		t.Errorf("the months of reserve are %s", months)
	}
	if f.Under() != 90_000 || f.Short() != 0 {
		t.Errorf("it is under its floor by %d and lacks %d", f.Under(), f.Short())
	}
}

func TestAPoolWithoutIncomeOrClaimsHasNoRatios(t *testing.T) {
	t.Parallel()
	f := FiguresOf(Input{Fund: clinic, Month: 2026_03})
	if diff := cmp.Diff(Figures{}, f); diff != "" {
		t.Error(diff)
	}
	if _, ok := f.LossRatio(); ok {
		t.Error("nothing over nothing has a loss ratio")
	}
	if _, ok := f.MonthsOfReserve(); ok {
		t.Error("nothing lasts for some months")
	}
}
