package insurance

import (
	"regexp"
	"strconv"

	"sanad.dev/sanad/ledger"
)

// The rules of posting for old age. Amounts that go to a member's pots or come from them are [PotShare]s.
//
//	event                                         debit                     credit
//	interest declared                             5200 pool                 2100, 2110, member
//	  … corrected downwards                       2100, 2110, member        5200 pool
//	  … of what she has drawn in good faith       5600 pool                 2100, 2110, member
//	lump sum, programmed or early withdrawal      2100, vested 2110, member 2500 member
//	  … its charge                                2100, vested 2110, member 4900 pool, or 2800 funder
//	unvested share at exit, left to the fund      2110 member               4900 pool
//	annuity bought                                2100, vested 2110, member 2150 pool
//	annuity's instalment, capital at death        2150 pool                 2500 member or payer
//	minimum pension topped up                     1300 funder               2500 member (a grant without a budget line)
//	paid to survivors who are no members          2100, 2110, member        2500 payer
//	  … who are members, or whose pension goes on 2100, 2110, member; 2150  2150 pool; 2500 the survivor
//	a death that never was                        its reversals             its reversals
//	  … what survivors were paid in good faith    5600 pool                 2500 the survivor
//	nobody has collected it; she asks for it      2500; 2550 member         2550; 2500 member
const (
	KindInterest      ledger.Kind = "interest"
	KindDrawing       ledger.Kind = "pension-drawing"
	KindDrawingCharge ledger.Kind = "drawing-charge"
	KindForfeiture    ledger.Kind = "forfeiture"
	KindAnnuity       ledger.Kind = "annuity-bought"
	KindPension       ledger.Kind = "pension-paid"
	KindSurvivors     ledger.Kind = "survivors"
	KindDeathUndone   ledger.Kind = "death-undone"
	KindUncollected   ledger.Kind = "uncollected"
	KindReclaimed     ledger.Kind = "reclaimed"
)

// Savings are a member's old-age savings in a scheme, as an entry moves them.
type Savings struct {
	ID          ledger.ID
	Fingerprint ledger.Fingerprint
	Member      MemberID
	Scheme      ledger.SchemeCode
	Currency    ledger.Currency
	// Pots are what moves of each pot, in minor units.
	Pots   []PotShare
	On     ledger.Date
	Reason string
}

// Minor is what moves of all pots together, in minor units.
func (s Savings) Minor() (sum int64) {
	for _, pot := range s.Pots {
		sum += pot.Minor
	}
	return sum
}

func (s Savings) account(code ledger.Code) ledger.Account {
	return ledger.Account{Code: code, Party: s.Member.Party(), Scheme: s.Scheme, Currency: s.Currency}
}

func (s Savings) pool(code ledger.Code) ledger.Account {
	return ledger.Account{Code: code, Party: OldAge.Party(), Scheme: s.Scheme, Currency: s.Currency}
}

// from books what leaves the pots to one account.
func (s Savings) from(kind ledger.Kind, to ledger.Account) (ledger.Entry, error) {
	var postings []ledger.Posting
	for _, pot := range s.Pots {
		if pot.Minor > 0 {
			postings = append(postings, ledger.Dr(s.account(pot.Account), pot.Minor))
		}
	}
	return s.entry(kind, append(postings, ledger.Cr(to, s.Minor()))...)
}

func (s Savings) entry(kind ledger.Kind, postings ...ledger.Posting) (ledger.Entry, error) {
	e, err := ledger.NewEntry(s.ID, kind, s.On, postings...)
	e.Fingerprint, e.Reason = s.Fingerprint, s.Reason
	return e, err
}

// interestReason is how an entry says which declaration its interest is of.
var interestReason = regexp.MustCompile(`^declared-([1-9][0-9]{0,8})$`)

// InterestReason is the reason of an entry of interest.
func InterestReason(declaration int) string { return "declared-" + strconv.Itoa(declaration) }

// InterestOf is the number of the declaration whose interest an entry credits, takes back or writes off; 0 for any other.
func InterestOf(e ledger.Entry) int {
	if e.Kind != KindInterest && e.Kind != KindGoodFaith {
		return 0
	}
	parts := interestReason.FindStringSubmatch(e.Reason)
	if parts == nil {
		return 0
	}
	number, _ := strconv.Atoi(parts[1]) // nine digits at most
	return number
}

// InterestCredited books interest to the pots, or takes some of it back where a pot's amount is negative.
func InterestCredited(s Savings) (ledger.Entry, error) {
	var postings []ledger.Posting
	net := int64(0)
	for _, pot := range s.Pots {
		net += pot.Minor
		switch {
		case pot.Minor > 0:
			postings = append(postings, ledger.Cr(s.account(pot.Account), pot.Minor))
		case pot.Minor < 0:
			postings = append(postings, ledger.Dr(s.account(pot.Account), -pot.Minor))
		}
	}
	switch expense := s.pool(ledger.InterestCredited); {
	case net > 0:
		postings = append([]ledger.Posting{ledger.Dr(expense, net)}, postings...)
	case net < 0:
		postings = append(postings, ledger.Cr(expense, -net))
	}
	return s.entry(KindInterest, postings...)
}

// InterestDrawn writes off what a correction takes back of interest that she has drawn in good faith (L6); false where
// she has drawn none of it.
func InterestDrawn(takes ledger.Entry, id ledger.ID, stands ledger.Balances) (ledger.Entry, bool, error) {
	e, short, err := MatchShortfall(takes, id, stands, "")
	e.Reason = takes.Reason
	return e, short, err
}

// Drawn books what a member draws from her pots: it is payable to her.
func Drawn(s Savings) (ledger.Entry, error) {
	return s.from(KindDrawing, s.account(ledger.BenefitsPayable))
}

// DrawingCharged books the charge of a drawing: the fund keeps it, or where the law says so a funder.
func DrawingCharged(s Savings, to FunderID) (ledger.Entry, error) {
	if to == "" {
		return s.from(KindDrawingCharge, s.pool(ledger.Forfeitures))
	}
	return s.from(KindDrawingCharge, dueBack(to, s.Scheme, s.Currency))
}

// Forfeited books what had not vested when she left, where it stays with the fund.
func Forfeited(s Savings) (ledger.Entry, error) {
	return s.from(KindForfeiture, s.pool(ledger.Forfeitures))
}

// AnnuityBought books the reserve of a pension out of the pots.
func AnnuityBought(s Savings) (ledger.Entry, error) {
	return s.from(KindAnnuity, s.pool(ledger.PensionsInPayment))
}

// LeftToSurvivors books what a dead member's pots leave to one survivor: payable to whoever is no member, and by way of
// the pool, in a second entry, to one who is.
func LeftToSurvivors(s Savings, to ledger.Party) (ledger.Entry, error) {
	if to.Held() {
		return s.from(KindSurvivors, s.pool(ledger.PensionsInPayment))
	}
	return s.from(KindSurvivors, ledger.Account{Code: ledger.BenefitsPayable, Party: to, Scheme: s.Scheme, Currency: s.Currency})
}

// Payable is an amount that the old-age pool pays to somebody, in minor units.
type Payable struct {
	ID       ledger.ID
	To       ledger.Party
	Scheme   ledger.SchemeCode
	Currency ledger.Currency
	Minor    int64
	On       ledger.Date
	Reason   string
}

// PensionPaid books an instalment, or an amount paid once, out of the reserve of pensions.
func PensionPaid(p Payable) (ledger.Entry, error) {
	reserve := ledger.Account{Code: ledger.PensionsInPayment, Party: OldAge.Party(), Scheme: p.Scheme, Currency: p.Currency}
	return p.between(KindPension, reserve, p.account(ledger.BenefitsPayable))
}

// PaidInGoodFaith books what somebody had drawn already of what is reversed, through no fault of hers: the fund bears it.
func PaidInGoodFaith(p Payable) (ledger.Entry, error) {
	lost := ledger.Account{Code: ledger.WriteOffs, Party: OldAge.Party(), Scheme: p.Scheme, Currency: p.Currency}
	return p.between(KindDeathUndone, lost, p.account(ledger.BenefitsPayable))
}

// Uncollected moves aside, in her name, what nobody has collected.
func Uncollected(p Payable) (ledger.Entry, error) {
	return p.between(KindUncollected, p.account(ledger.BenefitsPayable), p.account(ledger.UnclaimedBenefits))
}

// Reclaimed makes payable again what was moved aside.
func Reclaimed(p Payable) (ledger.Entry, error) {
	return p.between(KindReclaimed, p.account(ledger.UnclaimedBenefits), p.account(ledger.BenefitsPayable))
}

func (p Payable) account(code ledger.Code) ledger.Account {
	return ledger.Account{Code: code, Party: p.To, Scheme: p.Scheme, Currency: p.Currency}
}

func (p Payable) between(kind ledger.Kind, debit, credit ledger.Account) (ledger.Entry, error) {
	e, err := ledger.NewEntry(p.ID, kind, p.On, ledger.Dr(debit, p.Minor), ledger.Cr(credit, p.Minor))
	e.Reason = p.Reason
	return e, err
}

// The reasons for which a call on pensions is refused because of what stands.
const (
	InterestDeclared   = "INTEREST_DECLARED"
	InterestUnknown    = "INTEREST_UNKNOWN"
	InterestNotEnded   = "INTEREST_PERIOD_NOT_ENDED"
	PensionRefused     = "PENSION_REFUSED"
	PensionStanding    = "PENSION_STANDING"
	PensionUnknown     = "PENSION_UNKNOWN"
	NothingUncollected = "NOTHING_UNCOLLECTED"
)
