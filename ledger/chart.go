package ledger

// Code is the number of a control account in the chart.
type Code int32

// Class is the kind of account that a code stands for.
type Class int

// The classes of the chart.
const (
	Asset Class = iota + 1
	Liability
	Equity
	Income
	Expense
	Memorandum
)

// String names the class as account trees do: "assets", "liabilities" …
func (c Class) String() string {
	return [...]string{"", "assets", "liabilities", "equity", "income", "expenses", "memorandum"}[c]
}

// Control is a control account: a line of the trial balance, with a sub-ledger by party.
type Control struct {
	Code  Code
	Name  string
	Class Class
	// Debit is true where the normal side is debit: assets and expenses, but not their contra accounts.
	Debit bool
	// Floored accounts cannot be spent below zero on their normal side (L8).
	Floored bool
}

// The codes that rules of posting name.
const (
	Bank               Code = 1000
	RailFloat          Code = 1050
	CollectorClearing  Code = 1100
	GroupDuesClearing  Code = 1150
	SubsidyReceivable  Code = 1300
	Recoverable        Code = 1400
	Investments        Code = 1500
	LoansToPools       Code = 1600
	Exchange           Code = 1900
	OldAgeOwn          Code = 2100
	OldAgeMatched      Code = 2110
	PensionsInPayment  Code = 2150
	HealthOwn          Code = 2200
	HealthMatched      Code = 2210
	MaternityOwn       Code = 2300
	MaternityMatched   Code = 2310
	OutstandingClaims  Code = 2400
	BenefitsPayable    Code = 2500
	UnclaimedBenefits  Code = 2550
	PremiumsPayable    Code = 2650
	PayoutsInTransit   Code = 2700
	DueToFunder        Code = 2800
	LoansFromPools     Code = 2850
	Suspense           Code = 2900
	FundHealth         Code = 3100
	FundMaternity      Code = 3200
	FundOldAge         Code = 3300
	EarnedContribution Code = 4100
	SubsidyIncome      Code = 4200
	InvestmentIncome   Code = 4300
	CessionIncome      Code = 4400
	Forfeitures        Code = 4900
	BenefitsIncurred   Code = 5100
	BenefitsRecovered  Code = 5150
	InterestCredited   Code = 5200
	ContributionsCeded Code = 5400
	Charges            Code = 5500
	WriteOffs          Code = 5600
	BudgetAuthority    Code = 9000
	BudgetVoted        Code = 9100
	BudgetReleased     Code = 9150
	BudgetCommitted    Code = 9200
	BudgetGranted      Code = 9300
	BudgetPaid         Code = 9400
	BudgetUnmet        Code = 9500
)

// chart is the chart of accounts, by code.
var chart = []Control{
	{Bank, "Bank", Asset, true, false},
	{RailFloat, "Rail float", Asset, true, false},
	{CollectorClearing, "Collector clearing", Asset, true, false},
	{GroupDuesClearing, "Group dues clearing", Asset, true, false},
	{SubsidyReceivable, "Subsidy receivable", Asset, true, false},
	{1390, "Allowance for doubtful subsidies", Asset, false, false},
	{Recoverable, "Recoverable", Asset, true, false},
	{Investments, "Investments", Asset, true, false},
	{LoansToPools, "Loans to other pools", Asset, true, false},
	{Exchange, "Exchange", Asset, true, false},
	{OldAgeOwn, "Old-age savings, own", Liability, false, true},
	{OldAgeMatched, "Old-age savings, matched", Liability, false, true},
	{PensionsInPayment, "Pensions in payment", Liability, false, false},
	{HealthOwn, "Prepaid health cover, own", Liability, false, true},
	{HealthMatched, "Prepaid health cover, matched", Liability, false, true},
	{MaternityOwn, "Prepaid maternity cover, own", Liability, false, true},
	{MaternityMatched, "Prepaid maternity cover, matched", Liability, false, true},
	{OutstandingClaims, "Outstanding claims", Liability, false, false},
	{BenefitsPayable, "Benefits and refunds payable", Liability, false, true},
	{UnclaimedBenefits, "Unclaimed benefits", Liability, false, false},
	{2600, "Commission payable", Liability, false, false},
	{PremiumsPayable, "Premiums payable", Liability, false, false},
	{PayoutsInTransit, "Payouts in transit", Liability, false, false},
	{DueToFunder, "Due back to funder", Liability, false, false},
	{LoansFromPools, "Loans from other pools", Liability, false, false},
	{Suspense, "Suspense", Liability, false, false},
	{FundHealth, "Fund balance, health", Equity, false, false},
	{FundMaternity, "Fund balance, maternity", Equity, false, false},
	{FundOldAge, "Fund balance, old age", Equity, false, false},
	{EarnedContribution, "Earned contributions", Income, false, false},
	{SubsidyIncome, "Subsidy income", Income, false, false},
	{InvestmentIncome, "Investment income", Income, false, false},
	{CessionIncome, "Cession income", Income, false, false},
	{Forfeitures, "Exchange gains and forfeitures", Income, false, false},
	{BenefitsIncurred, "Benefits incurred", Expense, true, false},
	{BenefitsRecovered, "Benefits recovered by cession", Expense, false, false},
	{InterestCredited, "Interest credited", Expense, true, false},
	{5300, "Commission", Expense, true, false},
	{ContributionsCeded, "Contributions ceded", Expense, true, false},
	{Charges, "Bank and rail charges", Expense, true, false},
	{WriteOffs, "Write-offs", Expense, true, false},
	{5900, "Exchange losses", Expense, true, false},
	{BudgetAuthority, "Budget authority", Memorandum, true, false},
	{BudgetVoted, "Budget voted", Memorandum, false, true},
	{BudgetReleased, "Budget released", Memorandum, false, true},
	{BudgetCommitted, "Budget committed", Memorandum, false, true},
	{BudgetGranted, "Budget granted", Memorandum, false, false},
	{BudgetPaid, "Budget paid", Memorandum, false, false},
	{BudgetUnmet, "Budget due but unmet", Memorandum, false, true},
}

var controls = byCode(chart)

func byCode(chart []Control) map[Code]Control {
	table := make(map[Code]Control, len(chart))
	for _, control := range chart {
		table[control.Code] = control
	}
	return table
}

// Control returns the control account of the code, and false where the chart has none.
func (c Code) Control() (Control, bool) {
	control, ok := controls[c]
	return control, ok
}

// Chart returns the chart of accounts, by code.
func Chart() []Control { return append([]Control(nil), chart...) }
