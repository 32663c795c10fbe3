package insurance

import (
	"sanad.dev/sanad/ledger"
)

// The rules of posting: for each event, which accounts are debited and which are credited. An accountant can read this
// file from top to bottom; the events of later parts of Sanad add their rules here.
//
//	event                                         debit                    credit
//	contribution of a member                      1100 collector           the scheme's pots, member
//	contribution of nobody known                  1100 collector           2900 collector
//	it is claimed, or given to its member         2900 collector           the scheme's pots, member
//	it was posted to the wrong member             the pots, wrong member   2900 collector
//	reversal                                      the mirror of the contribution as it stands, 1100 credited
//	  … of what the member has used (L8)          1400 collector           the pots, member
//	  … before its original, or another amount    2900 collector           1100 collector
//	the original that it waited for               1100 collector           2900 collector
//	withdrawal by the organisation                1000 bank account        1100 collector
//	withdrawal for a reason not known             2900 collector           1100 collector
//	what a wrong member used in good faith        5600 pool                the pots, wrong member
//	year end, per pool                            4xxx; 3x00               3x00; 5xxx
//	match, granted to a member                    1300 funder              2110, 2210, 2310 or 2500, member
//	  … clawed back, while the funder owes it     2110 …, member           1300 funder
//	  … clawed back, when the funder has paid it  2110 …, member           2800 funder
//	treasury claim sent: clawbacks set off        2800 funder              1300 funder
//	treasury claim paid; what is due back paid    1000; 2800 funder        1300 funder; 1000
//	benefit approved, of a pool or a funder       5100 pool, 1300 funder   2500 member or provider
//	  … lowered, not paid yet                     2500 member, provider    5100 pool, 1300 funder
//	  … lowered, paid already, by their doing     1400 member, provider    5100 pool, 1300 funder
//	cover earned as days pass (posting_cover.go)  2200, 2210 member        4100, 4200 health pool
//	  … of maternity                              2300, 2310 member        4100, 4200 maternity pool
//	  … found to be less                          4100, 4200 pool          2200, 2210, 2300, 2310 member
//
// Those of old age, from interest to survivors, stand in posting_pension.go; those of pools, from cession to guarantors,
// in posting_funds.go.
//
// Money out, from 2500 over 2700 to a rail's float and back, has its rules in payments/payout/posting.go.
//
// Budgetary accounts, party budget line; in the currency XXX they count heads:
//
//	vote, supplementary vote                      9000                     9100
//	warrant                                       9100                     9150
//	commitment; what of it is not needed          9150; 9200               9200; 9150
//	grant, out of a commitment or directly        9200; 9150               9300
//	clawback, to where it came from; line closed  9300                     9200 or 9150; 9000
//	treasury claim paid; what is due back paid    9300; 9400               9400; 9300
//	virement and carry-over, line A to line B     9150 A; 9000 B           9000 A; 9150 B
//	  … of a commitment carried over              9200 A; 9000 B           9000 A; 9200 B
//	lapse of what is left at the year's end       9100, 9150, 9200         9000
//	due but unmet; met or no longer due           9000; 9500               9500; 9000

// The kinds of entry.
const (
	KindContribution   ledger.Kind = "contribution"
	KindSuspended      ledger.Kind = "suspended"
	KindClaimed        ledger.Kind = "suspense-claimed"
	KindTakenBack      ledger.Kind = "reassigned-from"
	KindReversed       ledger.Kind = "reversed-after-move"
	KindReversalHeld   ledger.Kind = "reversal-held"
	KindArrivedReverse ledger.Kind = "reversed-on-arrival"
	KindWithdrawal     ledger.Kind = "withdrawal"
	KindWithdrawalHeld ledger.Kind = "withdrawal-held"
	KindShortfall      ledger.Kind = "shortfall"
	KindGoodFaith      ledger.Kind = "used-in-good-faith"
	KindYearEnd        ledger.Kind = "year-end"

	KindMatch        ledger.Kind = "match"
	KindClawback     ledger.Kind = "clawback"
	KindClaimSetOff  ledger.Kind = "claim-set-off"
	KindClaimPayment ledger.Kind = "claim-payment"

	KindBudgetVote         ledger.Kind = "budget-vote"
	KindBudgetSupplement   ledger.Kind = "budget-supplement"
	KindBudgetWarrant      ledger.Kind = "budget-warrant"
	KindBudgetCommitment   ledger.Kind = "budget-commitment"
	KindBudgetDecommitment ledger.Kind = "budget-decommitment"
	KindBudgetGrant        ledger.Kind = "budget-grant"
	KindBudgetClawback     ledger.Kind = "budget-clawback"
	KindBudgetPayment      ledger.Kind = "budget-payment"
	KindBudgetVirement     ledger.Kind = "budget-virement"
	KindBudgetCarryOver    ledger.Kind = "budget-carry-over"
	KindBudgetLapse        ledger.Kind = "budget-lapse"
	KindBudgetUnmet        ledger.Kind = "budget-unmet"
	KindBudgetMet          ledger.Kind = "budget-met"
)

// Clearing is what the collector has taken in and not yet remitted. It belongs to no scheme: one deposit settles all.
func Clearing(c CollectorID, currency ledger.Currency) ledger.Account {
	return ledger.Account{Code: ledger.CollectorClearing, Party: c.Party(), Currency: currency}
}

func suspense(c CollectorID, scheme ledger.SchemeCode, currency ledger.Currency) ledger.Account {
	return ledger.Account{Code: ledger.Suspense, Party: c.Party(), Scheme: scheme, Currency: currency}
}

// Received is what an entry books: money that a collector says it took in, back or out.
type Received struct {
	ID          ledger.ID
	Fingerprint ledger.Fingerprint
	Collector   CollectorID
	Amount      ledger.Money
	ValueOn     ledger.Date
	// By says who gave it and for which account, where that was said.
	By Giving
}

func (r Received) entry(kind ledger.Kind, reason string, postings ...ledger.Posting) (ledger.Entry, error) {
	e, err := ledger.NewEntry(r.ID, kind, r.ValueOn, postings...)
	e.Fingerprint, e.Reason = r.Fingerprint, reason
	return e, err
}

// Contributed books a contribution to the member's pots.
func Contributed(r Received, member MemberID, scheme Scheme) (ledger.Entry, error) {
	credits, err := potCredits(member, scheme, r.Amount)
	if err != nil {
		return ledger.Entry{}, err
	}
	debit := ledger.Dr(Clearing(r.Collector, r.Amount.Currency), r.Amount.Minor)
	return r.entry(KindContribution, r.By.reason(), append([]ledger.Posting{debit}, credits...)...)
}

// potCredits are the credits of an amount to the member's pots; a pot that gets nothing has no line.
func potCredits(member MemberID, scheme Scheme, amount ledger.Money) ([]ledger.Posting, error) {
	allocations, err := scheme.Allocate(amount)
	if err != nil {
		return nil, err
	}
	credits := make([]ledger.Posting, 0, len(allocations)+1)
	for _, a := range allocations {
		if a.Minor > 0 {
			pot := ledger.Account{Code: a.Pot.Account, Party: member.Party(), Scheme: scheme.Code, Currency: amount.Currency}
			credits = append(credits, ledger.Cr(pot, a.Minor))
		}
	}
	return credits, nil
}

// Suspended books money that can be given to nobody yet, with the reason (L5).
func Suspended(r Received, scheme ledger.SchemeCode, reason string) (ledger.Entry, error) {
	return r.entry(KindSuspended, reason,
		ledger.Dr(Clearing(r.Collector, r.Amount.Currency), r.Amount.Minor),
		ledger.Cr(suspense(r.Collector, scheme, r.Amount.Currency), r.Amount.Minor))
}

// ReversalHeld books a reversal that cannot take effect: its original is not there yet, or has another amount.
func ReversalHeld(r Received, reason string) (ledger.Entry, error) {
	return r.entry(KindReversalHeld, reason,
		ledger.Dr(suspense(r.Collector, "", r.Amount.Currency), r.Amount.Minor),
		ledger.Cr(Clearing(r.Collector, r.Amount.Currency), r.Amount.Minor))
}

// ArrivedReversed books an original whose reversal was here before it, and with it undoes the waiting reversal.
func ArrivedReversed(r Received, held ledger.Entry) (ledger.Entry, error) {
	e, err := r.entry(KindArrivedReverse, "REVERSED_BEFORE_ARRIVAL",
		ledger.Dr(Clearing(r.Collector, r.Amount.Currency), r.Amount.Minor),
		ledger.Cr(suspense(r.Collector, "", r.Amount.Currency), r.Amount.Minor))
	e.Undoes = held.ID
	return e, err
}

// Withdrew books what the organisation took out of its account with the collector: to a bank account, or to suspense
// where it is not said what for.
func Withdrew(r Received, bank string) (ledger.Entry, error) {
	credit := ledger.Cr(Clearing(r.Collector, r.Amount.Currency), r.Amount.Minor)
	if bank == "" {
		return r.entry(KindWithdrawalHeld, "WITHDRAWAL_UNEXPLAINED",
			ledger.Dr(suspense(r.Collector, "", r.Amount.Currency), r.Amount.Minor), credit)
	}
	account := ledger.Account{Code: ledger.Bank, Party: ledger.Party(ledger.BankKind + ":" + bank), Currency: r.Amount.Currency}
	return r.entry(KindWithdrawal, "", ledger.Dr(account, r.Amount.Minor), credit)
}

// Claimed moves a contribution from suspense to the member it belongs to, with its value date, who gave it and for which account.
func Claimed(placement ledger.Entry, id ledger.ID, member MemberID, scheme Scheme, by Giving, reason string) (ledger.Entry, error) {
	from := lastCredit(placement)
	credits, err := potCredits(member, scheme, Placed(placement))
	if err != nil {
		return ledger.Entry{}, err
	}
	e, err := ledger.NewEntry(id, KindClaimed, placement.ValueOn,
		append([]ledger.Posting{ledger.Dr(from.Account, Placed(placement).Minor)}, credits...)...)
	e.Undoes, e.Reason = placement.ID, by.reasonOfClaim(reason)
	return e, err
}

// TakenBack moves a contribution from the wrong member's pots to its collector's suspense.
func TakenBack(placement ledger.Entry, id ledger.ID, collector CollectorID, reason string) (ledger.Entry, error) {
	amount := Placed(placement)
	postings := debitsOfCredits(placement)
	to := suspense(collector, placement.Postings[len(placement.Postings)-1].Account.Scheme, amount.Currency)
	e, err := ledger.NewEntry(id, KindTakenBack, placement.ValueOn, append(postings, ledger.Cr(to, amount.Minor))...)
	e.Undoes, e.Reason = placement.ID, reason
	return e, err
}

// Reversed takes back a contribution as it stands: the mirror of its first entry, or what undoes its last move.
func Reversed(placement ledger.Entry, r Received) (ledger.Entry, error) {
	if placement.Kind == KindContribution || placement.Kind == KindSuspended {
		e := ledger.Reverse(placement, r.ID)
		e.Fingerprint = r.Fingerprint
		return e, nil
	}
	e, err := r.entry(KindReversed, "", append(debitsOfCredits(placement),
		ledger.Cr(Clearing(r.Collector, r.Amount.Currency), r.Amount.Minor))...)
	e.ValueOn, e.Undoes = placement.ValueOn, placement.ID
	return e, err
}

// Shortfall makes good what the member has used of pots that are taken back: from whoever caused it (L8).
func Shortfall(takes ledger.Entry, id ledger.ID, stands ledger.Balances, by CollectorID) (ledger.Entry, bool, error) {
	recover := ledger.Account{Code: ledger.Recoverable, Party: by.Party(), Currency: takes.Currency()}
	return makeGood(takes, id, stands, KindShortfall, func(ledger.Posting) ledger.Account { return recover })
}

// UsedInGoodFaith writes off what the wrong member has used: cover already given stands (L6).
func UsedInGoodFaith(takes ledger.Entry, id ledger.ID, stands ledger.Balances, scheme Scheme) (ledger.Entry, bool, error) {
	return makeGood(takes, id, stands, KindGoodFaith, func(p ledger.Posting) ledger.Account {
		pot, _ := scheme.PotOf(p.Account.Code)
		return ledger.Account{Code: ledger.WriteOffs, Party: pot.Pool.Party(), Scheme: p.Account.Scheme, Currency: p.Account.Currency}
	})
}

// MatchShortfall makes good what the member has used of a match that is taken back: from the collector whose reversal
// caused it, or written off where nobody's did.
func MatchShortfall(takes ledger.Entry, id ledger.ID, stands ledger.Balances, by CollectorID) (ledger.Entry, bool, error) {
	if by != "" {
		return Shortfall(takes, id, stands, by)
	}
	return makeGood(takes, id, stands, KindGoodFaith, func(p ledger.Posting) ledger.Account {
		return ledger.Account{Code: ledger.WriteOffs, Party: poolOf(p.Account.Code).Party(), Scheme: p.Account.Scheme, Currency: p.Account.Currency}
	})
}

// poolOf is the pool that bears the risk of a pot, own or matched.
func poolOf(account ledger.Code) Pool {
	switch account {
	case ledger.HealthOwn, ledger.HealthMatched:
		return Health
	case ledger.MaternityOwn, ledger.MaternityMatched:
		return Maternity
	}
	return OldAge
}

// makeGood credits each pot with what the taking would leave it short of, and debits who bears it.
func makeGood(takes ledger.Entry, id ledger.ID, stands ledger.Balances, kind ledger.Kind, bearer func(ledger.Posting) ledger.Account) (ledger.Entry, bool, error) {
	var postings []ledger.Posting
	for _, p := range takes.Postings {
		if !p.Account.Party.Held() || p.Debit == 0 {
			continue
		}
		if short := p.Debit - max(0, p.Account.Normal(stands.Of(p.Account))); short > 0 {
			postings = append(postings, ledger.Dr(bearer(p), short), ledger.Cr(p.Account, short))
		}
	}
	if len(postings) == 0 {
		return ledger.Entry{}, false, nil
	}
	e, err := ledger.NewEntry(id, kind, takes.ValueOn, postings...)
	return e, true, err
}

// Placed is the amount that a placement gave to its member or to suspense.
func Placed(placement ledger.Entry) ledger.Money {
	var minor int64
	for _, p := range placement.Postings {
		minor += p.Credit
	}
	return ledger.Money{Minor: minor, Currency: placement.Currency()}
}

func debitsOfCredits(placement ledger.Entry) []ledger.Posting {
	var debits []ledger.Posting
	for _, p := range placement.Postings {
		if p.Credit > 0 {
			debits = append(debits, ledger.Dr(p.Account, p.Credit))
		}
	}
	return debits
}

func lastCredit(e ledger.Entry) ledger.Posting { return e.Postings[len(e.Postings)-1] }

// CarriedForward closes the income and expense accounts of one pool, scheme and currency into its fund balance at the
// end of a year.
func CarriedForward(id ledger.ID, on ledger.Date, fund ledger.Account, results []ledger.Balance) (ledger.Entry, error) {
	var postings []ledger.Posting
	var net int64
	for _, b := range results {
		net += b.Net
		postings = append(postings, opposite(b.Account, b.Net))
	}
	if net != 0 {
		postings = append(postings, opposite(fund, -net))
	}
	return ledger.NewEntry(id, KindYearEnd, on, postings...)
}

// opposite is the line that takes a net balance to zero.
func opposite(a ledger.Account, net int64) ledger.Posting {
	if net > 0 {
		return ledger.Cr(a, net)
	}
	return ledger.Dr(a, -net)
}

// Granted books what a funder owes to a member by a rule: a [Grant] of one or more pots.
func Granted(g Grant) (ledger.Entry, error) {
	debit := ledger.Dr(receivable(g.Line.Funder, g.Line.Scheme, g.Line.Currency), g.Minor())
	postings := []ledger.Posting{debit}
	for _, pot := range g.Pots {
		postings = append(postings, ledger.Cr(g.pot(pot.Account), pot.Minor))
	}
	return g.entry(KindMatch, postings)
}

// ClawedBack books what a funder takes back from a member's pots: off what it owes, or where that is paid already as
// due back to it.
func ClawedBack(g Grant, paid bool) (ledger.Entry, error) {
	owed := receivable(g.Line.Funder, g.Line.Scheme, g.Line.Currency)
	if paid {
		owed = dueBack(g.Line.Funder, g.Line.Scheme, g.Line.Currency)
	}
	var postings []ledger.Posting
	for _, pot := range g.Pots {
		postings = append(postings, ledger.Dr(g.pot(pot.Account), pot.Minor))
	}
	return g.entry(KindClawback, append(postings, ledger.Cr(owed, g.Minor())))
}

func (g Grant) entry(kind ledger.Kind, postings []ledger.Posting) (ledger.Entry, error) {
	if err := g.check(); err != nil {
		return ledger.Entry{}, err
	}
	e, err := ledger.NewEntry(g.ID, kind, g.ValueOn, postings...)
	e.Fingerprint, e.Reason, e.Undoes = g.Fingerprint, g.Reason(), g.Undoes
	return e, err
}

func (g Grant) pot(code ledger.Code) ledger.Account {
	return ledger.Account{Code: code, Party: g.Member.Party(), Scheme: g.Line.Scheme, Currency: g.Line.Currency}
}

// receivable is what a funder owes for the grants of a scheme; dueBack is what it is owed back.
func receivable(f FunderID, scheme ledger.SchemeCode, currency ledger.Currency) ledger.Account {
	return ledger.Account{Code: ledger.SubsidyReceivable, Party: f.Party(), Scheme: scheme, Currency: currency}
}

func dueBack(f FunderID, scheme ledger.SchemeCode, currency ledger.Currency) ledger.Account {
	return ledger.Account{Code: ledger.DueToFunder, Party: f.Party(), Scheme: scheme, Currency: currency}
}

// Budgeted is what an entry books on a budget line, in minor units of the line's currency.
type Budgeted struct {
	ID          ledger.ID
	Fingerprint ledger.Fingerprint
	Line        BudgetLine
	Minor       int64
	On          ledger.Date
}

// move books the amount from one of the line's accounts to another: debit, then credit.
func (b Budgeted) move(kind ledger.Kind, debit, credit ledger.Code) (ledger.Entry, error) {
	return b.entry(kind, ledger.Dr(b.Line.Account(debit), b.Minor), ledger.Cr(b.Line.Account(credit), b.Minor))
}

func (b Budgeted) entry(kind ledger.Kind, postings ...ledger.Posting) (ledger.Entry, error) {
	if err := b.Line.Check(); err != nil {
		return ledger.Entry{}, err
	}
	e, err := ledger.NewEntry(b.ID, kind, b.On, postings...)
	e.Fingerprint = b.Fingerprint
	return e, err
}

// Voted books what the budget law gives to a line.
func Voted(b Budgeted) (ledger.Entry, error) {
	return b.move(KindBudgetVote, ledger.BudgetAuthority, ledger.BudgetVoted)
}

// Supplemented books what a supplementary vote adds to a line.
func Supplemented(b Budgeted) (ledger.Entry, error) {
	return b.move(KindBudgetSupplement, ledger.BudgetAuthority, ledger.BudgetVoted)
}

// Warranted books what of the vote may be used.
func Warranted(b Budgeted) (ledger.Entry, error) {
	return b.move(KindBudgetWarrant, ledger.BudgetVoted, ledger.BudgetReleased)
}

// Committed books what is promised out of what was released, before it is granted.
func Committed(b Budgeted) (ledger.Entry, error) {
	return b.move(KindBudgetCommitment, ledger.BudgetReleased, ledger.BudgetCommitted)
}

// Decommitted books what of a commitment is not needed.
func Decommitted(b Budgeted) (ledger.Entry, error) {
	return b.move(KindBudgetDecommitment, ledger.BudgetCommitted, ledger.BudgetReleased)
}

// BudgetGranted charges grants to the line: out of a commitment, or directly in schemes that grant at once.
func BudgetGranted(b Budgeted, committed bool) (ledger.Entry, error) {
	return b.move(KindBudgetGrant, granting(committed), ledger.BudgetGranted)
}

// BudgetClawedBack takes clawbacks off what the line has granted: to where they came from, or where the line is closed
// back to the authority, for it can't be granted again.
func BudgetClawedBack(b Budgeted, committed, closed bool) (ledger.Entry, error) {
	if closed {
		return b.move(KindBudgetClawback, ledger.BudgetGranted, ledger.BudgetAuthority)
	}
	return b.move(KindBudgetClawback, ledger.BudgetGranted, granting(committed))
}

// granting is the account that grants are taken from.
func granting(committed bool) ledger.Code {
	if committed {
		return ledger.BudgetCommitted
	}
	return ledger.BudgetReleased
}

// BudgetPaid books what the treasury has paid of the line's grants; a negative amount is what was paid back to it.
func BudgetPaid(b Budgeted) (ledger.Entry, error) {
	if b.Minor < 0 {
		b.Minor = -b.Minor
		return b.move(KindBudgetPayment, ledger.BudgetPaid, ledger.BudgetGranted)
	}
	return b.move(KindBudgetPayment, ledger.BudgetGranted, ledger.BudgetPaid)
}

// Vired books what was released to a line over to another, each with its authority.
func Vired(b Budgeted, to BudgetLine) (ledger.Entry, error) {
	return b.moveTo(KindBudgetVirement, to, ledger.BudgetReleased)
}

// CarriedOver books what is left of a line over to that of another year, as a decree allows: what was released to what
// is released, or commitments to commitments.
func CarriedOver(b Budgeted, to BudgetLine, committed bool) (ledger.Entry, error) {
	return b.moveTo(KindBudgetCarryOver, to, granting(committed))
}

// moveTo gives the amount back to the line's authority and takes it from the other's, so that the accounts of each line
// explain themselves.
func (b Budgeted) moveTo(kind ledger.Kind, to BudgetLine, stage ledger.Code) (ledger.Entry, error) {
	if err := to.Check(); err != nil {
		return ledger.Entry{}, err
	}
	return b.entry(kind,
		ledger.Dr(b.Line.Account(stage), b.Minor), ledger.Cr(b.Line.Account(ledger.BudgetAuthority), b.Minor),
		ledger.Dr(to.Account(ledger.BudgetAuthority), b.Minor), ledger.Cr(to.Account(stage), b.Minor))
}

// Lapsed gives back to the authority what is left of a line at its end: voted, released and committed, in minor units.
// It returns false where nothing is left.
func Lapsed(b Budgeted, voted, released, committed int64) (ledger.Entry, bool, error) {
	var postings []ledger.Posting
	b.Minor = 0
	for _, left := range []struct {
		code  ledger.Code
		minor int64
	}{{ledger.BudgetVoted, voted}, {ledger.BudgetReleased, released}, {ledger.BudgetCommitted, committed}} {
		if left.minor > 0 {
			postings = append(postings, ledger.Dr(b.Line.Account(left.code), left.minor))
			b.Minor += left.minor
		}
	}
	if len(postings) == 0 {
		return ledger.Entry{}, false, nil
	}
	e, err := b.entry(KindBudgetLapse, append(postings, ledger.Cr(b.Line.Account(ledger.BudgetAuthority), b.Minor))...)
	return e, true, err
}

// Unmet books what is due but can't be granted for want of budget.
func Unmet(b Budgeted) (ledger.Entry, error) {
	return b.move(KindBudgetUnmet, ledger.BudgetAuthority, ledger.BudgetUnmet)
}

// Met takes back what was unmet: it is granted now, or no longer due.
func Met(b Budgeted) (ledger.Entry, error) {
	return b.move(KindBudgetMet, ledger.BudgetUnmet, ledger.BudgetAuthority)
}

// ClaimBooking is what an entry books of a treasury claim.
type ClaimBooking struct {
	ID          ledger.ID
	Fingerprint ledger.Fingerprint
	Funder      FunderID
	Scheme      ledger.SchemeCode
	// Amount is positive where the funder pays, negative where the fund pays back.
	Amount ledger.Money
	On     ledger.Date
}

// ClaimPaid books a payment for a treasury claim over a bank account.
func ClaimPaid(c ClaimBooking, bank string) (ledger.Entry, error) {
	account := ledger.Account{Code: ledger.Bank, Party: ledger.Party(ledger.BankKind + ":" + bank), Currency: c.Amount.Currency}
	return c.between(KindClaimPayment, account, receivable(c.Funder, c.Scheme, c.Amount.Currency),
		dueBack(c.Funder, c.Scheme, c.Amount.Currency), account)
}

// ClaimSetOff books what is due back to the funder against what it owes, so that a claim's net stands on one account.
func ClaimSetOff(c ClaimBooking) (ledger.Entry, error) {
	owed, back := receivable(c.Funder, c.Scheme, c.Amount.Currency), dueBack(c.Funder, c.Scheme, c.Amount.Currency)
	return c.between(KindClaimSetOff, back, owed, owed, back)
}

// between debits and credits the first two accounts, or where the amount is negative the last two.
func (c ClaimBooking) between(kind ledger.Kind, debit, credit, negativeDebit, negativeCredit ledger.Account) (ledger.Entry, error) {
	minor := c.Amount.Minor
	if minor < 0 {
		minor, debit, credit = -minor, negativeDebit, negativeCredit
	}
	e, err := ledger.NewEntry(c.ID, kind, c.On, ledger.Dr(debit, minor), ledger.Cr(credit, minor))
	e.Fingerprint = c.Fingerprint
	return e, err
}
