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
)

// clearing is what the collector has taken in and not yet remitted. It belongs to no scheme: one deposit settles all.
func clearing(c CollectorID, currency ledger.Currency) ledger.Account {
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
	debit := ledger.Dr(clearing(r.Collector, r.Amount.Currency), r.Amount.Minor)
	return r.entry(KindContribution, "", append([]ledger.Posting{debit}, credits...)...)
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
		ledger.Dr(clearing(r.Collector, r.Amount.Currency), r.Amount.Minor),
		ledger.Cr(suspense(r.Collector, scheme, r.Amount.Currency), r.Amount.Minor))
}

// ReversalHeld books a reversal that cannot take effect: its original is not there yet, or has another amount.
func ReversalHeld(r Received, reason string) (ledger.Entry, error) {
	return r.entry(KindReversalHeld, reason,
		ledger.Dr(suspense(r.Collector, "", r.Amount.Currency), r.Amount.Minor),
		ledger.Cr(clearing(r.Collector, r.Amount.Currency), r.Amount.Minor))
}

// ArrivedReversed books an original whose reversal was here before it, and with it undoes the waiting reversal.
func ArrivedReversed(r Received, held ledger.Entry) (ledger.Entry, error) {
	e, err := r.entry(KindArrivedReverse, "REVERSED_BEFORE_ARRIVAL",
		ledger.Dr(clearing(r.Collector, r.Amount.Currency), r.Amount.Minor),
		ledger.Cr(suspense(r.Collector, "", r.Amount.Currency), r.Amount.Minor))
	e.Undoes = held.ID
	return e, err
}

// Withdrew books what the organisation took out of its account with the collector: to a bank account, or to suspense
// where it is not said what for.
func Withdrew(r Received, bank string) (ledger.Entry, error) {
	credit := ledger.Cr(clearing(r.Collector, r.Amount.Currency), r.Amount.Minor)
	if bank == "" {
		return r.entry(KindWithdrawalHeld, "WITHDRAWAL_UNEXPLAINED",
			ledger.Dr(suspense(r.Collector, "", r.Amount.Currency), r.Amount.Minor), credit)
	}
	account := ledger.Account{Code: ledger.Bank, Party: ledger.Party(ledger.BankKind + ":" + bank), Currency: r.Amount.Currency}
	return r.entry(KindWithdrawal, "", ledger.Dr(account, r.Amount.Minor), credit)
}

// Claimed moves a contribution from suspense to the member it belongs to, with its value date.
func Claimed(placement ledger.Entry, id ledger.ID, member MemberID, scheme Scheme, reason string) (ledger.Entry, error) {
	from := lastCredit(placement)
	credits, err := potCredits(member, scheme, Placed(placement))
	if err != nil {
		return ledger.Entry{}, err
	}
	e, err := ledger.NewEntry(id, KindClaimed, placement.ValueOn,
		append([]ledger.Posting{ledger.Dr(from.Account, Placed(placement).Minor)}, credits...)...)
	e.Undoes, e.Reason = placement.ID, reason
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
		ledger.Cr(clearing(r.Collector, r.Amount.Currency), r.Amount.Minor))...)
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
