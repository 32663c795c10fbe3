package insurance

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"sanad.dev/sanad/ledger"
)

// The reasons of what does not fit how a budget or a treasury claim stands.
const (
	FunderUnknown     = "FUNDER_UNKNOWN"
	BudgetLineUnknown = "BUDGET_LINE_UNKNOWN"
	BudgetLineClosed  = "BUDGET_LINE_CLOSED"
	BudgetShort       = "BUDGET_SHORT"
	FiscalYearFixed   = "FISCAL_YEAR_FIXED"
	ClaimUnknown      = "CLAIM_UNKNOWN"
	ClaimLineUnknown  = "CLAIM_LINE_UNKNOWN"
	ClaimWrongState   = "CLAIM_WRONG_STATE"
	ClaimSamePerson   = "CLAIM_SAME_PERSON"
	ClaimOverpaid     = "CLAIM_OVERPAID"
	SampleSeedFixed   = "SAMPLE_SEED_FIXED"
)

// FunderID is the short name of who grants subsidies (a treasury, a ministry, a donor, a sponsor): at most 16 lower-case
// letters, digits and hyphens.
type FunderID string

var funderID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,15}$`)

// Check returns what is wrong with the id.
func (f FunderID) Check() error {
	if !funderID.MatchString(string(f)) {
		return Fault{"funder", "FUNDER_INVALID", "use at most 16 lower-case letters, digits and hyphens, such as mof-jo"}
	}
	return nil
}

// Party is the funder as a party of the books.
func (f FunderID) Party() ledger.Party { return ledger.Party(ledger.FunderKind + ":" + string(f)) }

// Funder is who grants subsidies and is sent the claims for them.
type Funder struct {
	ID       FunderID
	Name     string
	Calendar FiscalCalendar
}

// longestFunderName bounds a funder's name in characters.
const longestFunderName = 128

// Check returns what is wrong with the funder.
func (f Funder) Check() error {
	if err := f.ID.Check(); err != nil {
		return err
	}
	if err := CheckText("funder.name", "TEXT_INVALID", f.Name, longestFunderName); err != nil {
		return err
	}
	return f.Calendar.Check()
}

// FiscalCalendar says on which day of the year a fiscal year begins; zero is the calendar year.
type FiscalCalendar struct {
	Month, Day int
	// NamedByEnd: the year is called after the calendar year that it ends in, so that July 2025 to June 2026 is 2026.
	NamedByEnd bool
}

// Check returns what is wrong with the calendar. A year begins on a day that every year has.
func (c FiscalCalendar) Check() error {
	if c == (FiscalCalendar{}) {
		return nil
	}
	if c.Month < 1 || c.Month > 12 || c.Day < 1 || c.Day > 28 {
		return Fault{"funder.fiscal_year", "FISCAL_YEAR_INVALID", "a fiscal year begins in month 1 to 12, on day 1 to 28"}
	}
	return nil
}

// begins is month and day as the last four digits of a date.
func (c FiscalCalendar) begins() ledger.Date {
	return ledger.Date(max(c.Month, 1)*1_00 + max(c.Day, 1))
}

// late is by how many years the name of a fiscal year is ahead of the calendar year that it begins in.
func (c FiscalCalendar) late() int {
	if c.NamedByEnd && c.begins() != 1_01 {
		return 1
	}
	return 0
}

// YearOf is the name of the fiscal year that the day lies in.
func (c FiscalCalendar) YearOf(day ledger.Date) int {
	year := day.Year() + c.late()
	if day%1_00_00 < c.begins() {
		year--
	}
	return year
}

// FirstDay is the first day of the fiscal year of that name.
func (c FiscalCalendar) FirstDay(year int) ledger.Date {
	return ledger.Date(year-c.late())*1_00_00 + c.begins()
}

// LastDay is the last day of the fiscal year of that name.
func (c FiscalCalendar) LastDay(year int) ledger.Date { return c.FirstDay(year + 1).AddDays(-1) }

// BudgetLine is what a funder's budget grants to a scheme in a fiscal year. In the currency XXX it counts heads.
type BudgetLine struct {
	Funder FunderID
	Scheme ledger.SchemeCode
	// Year is the name of the fiscal year.
	Year int
	// Prior is the year's line for grants that belong to years before it, whose own lines are closed.
	Prior    bool
	Currency ledger.Currency
}

// priorSuffix marks the party of a prior-years line.
const priorSuffix = "-prior"

// Check returns what is wrong with the line.
func (l BudgetLine) Check() error {
	if err := l.Funder.Check(); err != nil {
		return err
	}
	if !schemeCode.MatchString(string(l.Scheme)) {
		return Fault{"line.scheme", "SCHEME_INVALID", "use the scheme's code, such as national-basic"}
	}
	if l.Year < ledger.FirstDate.Year() || l.Year >= ledger.LastDate.Year() {
		return Fault{"line.year", "YEAR_INVALID", "name the fiscal year by four digits, such as 2026"}
	}
	if _, err := l.Currency.Decimals(); err != nil {
		return Fault{"line.currency_code", "CURRENCY_UNKNOWN", "use an ISO 4217 code, such as JOD, or XXX to count heads"}
	}
	return nil
}

// Party is the line as a party of the books: "budget:mof.basic.2026", and "budget:mof.basic.2026-prior" for the line of
// years before. The same line's money and heads are one party.
func (l BudgetLine) Party() ledger.Party {
	suffix := ""
	if l.Prior {
		suffix = priorSuffix
	}
	return ledger.Party(fmt.Sprintf("%s:%s.%s.%d%s", ledger.BudgetKind, l.Funder, l.Scheme, l.Year, suffix))
}

// Account is one of the line's budgetary accounts.
func (l BudgetLine) Account(code ledger.Code) ledger.Account {
	return ledger.Account{Code: code, Party: l.Party(), Scheme: l.Scheme, Currency: l.Currency}
}

// Heads is the same line counting heads.
func (l BudgetLine) Heads() BudgetLine {
	l.Currency = ledger.NoCurrency
	return l
}

// String prints "mof basic 2026 JOD", or "mof basic 2026 prior years JOD".
func (l BudgetLine) String() string {
	prior := ""
	if l.Prior {
		prior = " prior years"
	}
	return fmt.Sprintf("%s %s %d%s %s", l.Funder, l.Scheme, l.Year, prior, l.Currency)
}

// LineState says whether grants may be charged to a budget line; empty where nobody has voted it.
type LineState string

// The states of a budget line.
const (
	// LineOpen takes grants.
	LineOpen LineState = "open"
	// LineComplementary still takes grants that belong to its year, after the year's end and until a day.
	LineComplementary LineState = "complementary"
	// LineClosed takes no more.
	LineClosed LineState = "closed"
)

// LineStatus is where a line stands in its life. Until is the last day of the complementary period.
type LineStatus struct {
	State LineState
	Until ledger.Date
}

// TakesOn says whether a grant that is booked on the day may be charged to the line.
func (s LineStatus) TakesOn(day ledger.Date) bool {
	return s.State == LineOpen || s.State == LineComplementary && day <= s.Until
}

// ChargedTo decides which line of the funder's budget a grant of the scheme is charged to: that of the fiscal year of
// its value date while it takes grants on the day of booking, else the prior-years line of the fiscal year of that day.
// Where the scheme names the value year only, there is no such else. False means that the line takes no grants, so that
// what is due is unmet there. Lines says how the lines stand, by their parties.
func ChargedTo(f Funder, scheme ledger.SchemeCode, currency ledger.Currency, valueOn, bookedOn ledger.Date, valueYearOnly bool,
	lines map[ledger.Party]LineStatus) (BudgetLine, bool) {
	own := BudgetLine{Funder: f.ID, Scheme: scheme, Year: f.Calendar.YearOf(valueOn), Currency: currency}
	booking := f.Calendar.YearOf(bookedOn)
	switch {
	case lines[own.Party()].TakesOn(bookedOn):
		return own, true
	case valueYearOnly || own.Year >= booking:
		return own, false
	}
	prior := own
	prior.Year, prior.Prior = booking, true
	return prior, lines[prior.Party()].TakesOn(bookedOn)
}

// ParseBudgetLine reads a line from its party.
func ParseBudgetLine(party ledger.Party, currency ledger.Currency) (BudgetLine, error) {
	id, prior := strings.CutSuffix(party.ID(), priorSuffix)
	parts := strings.Split(id, ".")
	if party.Kind() != ledger.BudgetKind || len(parts) != 3 {
		return BudgetLine{}, fmt.Errorf("%w: %q is not a budget line such as budget:mof.basic.2026", ledger.ErrInvalid, string(party))
	}
	year, err := strconv.Atoi(parts[2])
	if err != nil {
		return BudgetLine{}, fmt.Errorf("%w: the year of %q", ledger.ErrInvalid, string(party))
	}
	line := BudgetLine{FunderID(parts[0]), ledger.SchemeCode(parts[1]), year, prior, currency}
	return line, line.Check()
}
