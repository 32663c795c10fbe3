package insurance

import (
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
)

// KindCoverEarned is prepaid cover that a pool has earned, as days passed; or, where it turns out to be less, what the
// pool gives back.
const KindCoverEarned ledger.Kind = "cover-earned"

// Earning is what the pools earn of a member's prepaid cover through a day, beyond what is booked.
type Earning struct {
	ID      ledger.ID
	Member  MemberID
	Scheme  ledger.SchemeCode
	Through ledger.Date
	// Parts are by pot, in minor units of the currency; what a pool gives back is negative.
	Parts    []PotShare
	Currency ledger.Currency
}

// Earned books an earning: the member's pots are debited, and each pool's income credited; the other way round where
// it gives back. It returns false where nothing is to be moved.
func Earned(g Earning) (ledger.Entry, bool, error) {
	var postings []ledger.Posting
	for _, part := range g.Parts {
		income, ok := incomeOf(part.Account)
		if !ok {
			return ledger.Entry{}, false, fmt.Errorf("earn cover: %d is no pot of prepaid cover", part.Account)
		}
		pot := ledger.Account{Code: part.Account, Party: g.Member.Party(), Scheme: g.Scheme, Currency: g.Currency}
		earned := ledger.Account{Code: income, Party: poolOf(part.Account).Party(), Scheme: g.Scheme, Currency: g.Currency}
		switch {
		case part.Minor > 0:
			postings = append(postings, ledger.Dr(pot, part.Minor), ledger.Cr(earned, part.Minor))
		case part.Minor < 0:
			postings = append(postings, ledger.Dr(earned, -part.Minor), ledger.Cr(pot, -part.Minor))
		}
	}
	if len(postings) == 0 {
		return ledger.Entry{}, false, nil
	}
	e, err := ledger.NewEntry(g.ID, KindCoverEarned, g.Through, postings...)
	return e, true, err
}

// PrepaidPots are the accounts of prepaid cover that a pool earns from: own first.
func PrepaidPots(pool Pool) []ledger.Code {
	switch pool {
	case Health:
		return []ledger.Code{ledger.HealthOwn, ledger.HealthMatched}
	case Maternity:
		return []ledger.Code{ledger.MaternityOwn, ledger.MaternityMatched}
	}
	return nil
}

// PoolOf is the pool that bears the risk of a pot, own or matched.
func PoolOf(pot ledger.Code) Pool { return poolOf(pot) }

// incomeOf is the account of income that a pot of prepaid cover is earned to: contributions, or subsidy where the funder
// gave it.
func incomeOf(pot ledger.Code) (ledger.Code, bool) {
	switch pot {
	case ledger.HealthOwn, ledger.MaternityOwn:
		return ledger.EarnedContribution, true
	case ledger.HealthMatched, ledger.MaternityMatched:
		return ledger.SubsidyIncome, true
	}
	return 0, false
}

// Prepaid is what an entry puts into a member's pot of prepaid cover, or takes out where it is negative, in minor units;
// it leaves out what was earned.
func Prepaid(e ledger.Entry, scheme ledger.SchemeCode, pot ledger.Code) (minor int64) {
	if e.Kind == KindCoverEarned {
		return 0
	}
	return intoPot(e, scheme, pot)
}

// EarnedOf is what an entry has earned of a member's pot of prepaid cover, in minor units.
func EarnedOf(e ledger.Entry, scheme ledger.SchemeCode, pot ledger.Code) (minor int64) {
	if e.Kind != KindCoverEarned {
		return 0
	}
	return -intoPot(e, scheme, pot)
}

func intoPot(e ledger.Entry, scheme ledger.SchemeCode, pot ledger.Code) (minor int64) {
	for _, p := range e.Postings {
		if p.Account.Code == pot && p.Account.Scheme == scheme && p.Account.Party == e.Party {
			minor += p.Credit - p.Debit
		}
	}
	return minor
}

// EarningAudit proves that what pools have earned of prepaid cover is what was taken from members' pots, that no pot has
// been earned more of than was put into it (L6, L8), and that nothing but earning moves what is earned. It is an examiner
// of a verification.
type EarningAudit struct {
	pots     map[ledger.Account]earnedPot
	findings []ledger.Finding
}

type earnedPot struct{ prepaid, earned int64 }

// NewEarningAudit makes an audit of what is earned.
func NewEarningAudit() *EarningAudit { return &EarningAudit{pots: map[ledger.Account]earnedPot{}} }

// Examine adds an entry to the sums. Entries come party by party, so that what is known of a party that is done can be
// forgotten: a million members take no more room than one.
func (a *EarningAudit) Examine(e ledger.Entry) {
	if !e.Party.Held() {
		return
	}
	for account := range a.pots {
		if account.Party != e.Party {
			a.settle()
			break
		}
	}
	for _, p := range e.Postings {
		if _, prepaid := incomeOf(p.Account.Code); !prepaid || p.Account.Party != e.Party {
			continue
		}
		sums := a.pots[p.Account]
		if e.Kind == KindCoverEarned {
			sums.earned += p.Debit - p.Credit
		} else {
			sums.prepaid += p.Credit - p.Debit
		}
		a.pots[p.Account] = sums
	}
	if e.Kind == KindCoverEarned {
		a.compareIncome(e)
	}
}

// compareIncome sees that an earning's income is what each pot gave.
func (a *EarningAudit) compareIncome(e ledger.Entry) {
	left := map[ledger.Account]int64{}
	for _, p := range e.Postings {
		account := p.Account
		if income, prepaid := incomeOf(account.Code); prepaid {
			account.Code, account.Party = income, poolOf(p.Account.Code).Party()
		}
		left[account] += p.Debit - p.Credit
	}
	for account, minor := range left {
		if minor != 0 {
			a.found(e.Party, account, "entry %s earns %d more or less than its pots gave", e.ID, minor)
		}
	}
}

// settle compares what one party's pots were given with what is earned of them.
func (a *EarningAudit) settle() {
	accounts := make([]ledger.Account, 0, len(a.pots))
	for account := range a.pots {
		accounts = append(accounts, account)
	}
	slices.SortFunc(accounts, func(x, y ledger.Account) int { return slices.Compare([]byte(x.String()), []byte(y.String())) })
	for _, account := range accounts {
		sums := a.pots[account]
		if sums.earned < 0 || sums.earned > max(0, sums.prepaid) {
			a.found(account.Party, account, "%d is earned of %d that was prepaid", sums.earned, sums.prepaid)
		}
	}
	clear(a.pots)
}

// mostEarningFindings bounds the findings that are kept.
const mostEarningFindings = 1000

func (a *EarningAudit) found(party ledger.Party, account ledger.Account, text string, args ...any) {
	if len(a.findings) < mostEarningFindings {
		a.findings = append(a.findings, ledger.Finding{Law: "L6", Party: party, Account: account.String(), Text: fmt.Sprintf(text, args...)})
	}
}

// Findings says what is wrong.
func (a *EarningAudit) Findings() []ledger.Finding {
	a.settle()
	return a.findings
}
