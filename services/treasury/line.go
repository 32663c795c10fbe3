package treasury

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strconv"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
)

// Outcome is what the funder says of a line; empty while it has said nothing, which a verified claim takes as accepted.
type Outcome string

// The outcomes.
const (
	Accepted Outcome = "accepted"
	Rejected Outcome = "rejected"
	Disputed Outcome = "disputed"
)

// ClaimLine is one grant, or clawback, in a claim. It names nobody.
type ClaimLine struct {
	// ID is that of the grant's entry. Attempt counts how often it was claimed before.
	ID      ledger.ID
	Attempt int
	// Claim is the number of the claim that it stands in; zero while it waits for the next.
	Claim int
	// Token stands for the beneficiary: the same for all that the funder grants her in a fiscal year, another in the next.
	Token [16]byte
	// Minor is the amount in minor units, negative for a clawback.
	Minor   int64
	ValueOn ledger.Date
	// Year and Prior are of the budget line charged; year zero where none is.
	Year  int
	Prior bool
	Basis insurance.GrantBasis
	// DueBack: a clawback of what the funder had paid already, which stands on 2800.
	DueBack bool
	// Corrects is the line that this one corrects, zero for most: the same grant, where it was rejected there and is
	// claimed anew, or the grant that a clawback takes back. CorrectsClaim is the claim's number; zero where that grant
	// stands in no claim yet.
	Corrects      ledger.ID
	CorrectsClaim int

	Outcome    Outcome
	Code, Text string
	// Reclaimed: a rejected line that a later claim claims anew.
	Reclaimed bool
}

// withheld is what of the line is not payable.
func (l ClaimLine) withheld() int64 {
	if l.Outcome == Rejected || l.Outcome == Disputed {
		return l.Minor
	}
	return 0
}

// grantKinds are the entries that claims are made of.
var grantKinds = []ledger.Kind{insurance.KindMatch, insurance.KindClawback}

// lineOf is the line of a grant that the funder owes in that scheme; false for every other entry.
func lineOf(keys *privacy.Keyring, f insurance.Funder, scheme ledger.SchemeCode, e ledger.Entry) (ClaimLine, bool) {
	g, ok := insurance.GrantOf(e)
	if !ok || g.Line.Funder != f.ID || g.Line.Scheme != scheme {
		return ClaimLine{}, false
	}
	l := ClaimLine{
		ID: e.ID, Token: tokenOf(keys, f, g.Member, e.ValueOn), Minor: g.Minor(), ValueOn: e.ValueOn,
		Year: g.Line.Year, Prior: g.Line.Prior, Basis: g.Basis, Corrects: e.Undoes,
	}
	if e.Kind == insurance.KindClawback {
		l.Minor = -l.Minor
		l.DueBack = slices.ContainsFunc(e.Postings, func(p ledger.Posting) bool { return p.Account.Code == ledger.DueToFunder })
	}
	return l, true
}

// tokenOf stands for a member towards a funder in the fiscal year of the day: a keyed hash, so that nobody without the
// key can tell whose it is, nor join two years or two funders.
func tokenOf(keys *privacy.Keyring, f insurance.Funder, member insurance.MemberID, on ledger.Date) [16]byte {
	return keys.Hash("treasury-beneficiary", string(f.ID), strconv.Itoa(f.Calendar.YearOf(on)), string(member))
}

// linesOf are the lines that entries of the log make.
func linesOf(keys *privacy.Keyring, f insurance.Funder, c Claim, entries []ledger.Entry) (lines []ClaimLine) {
	for _, e := range entries {
		l, ok := lineOf(keys, f, c.ID.Scheme, e)
		if !ok {
			continue
		}
		if l.ValueOn <= c.Through {
			l.Claim = c.ID.Number
		}
		lines = append(lines, l)
	}
	return lines
}

// Header is the first row of an exported claim.
const Header = "claim,line,beneficiary,amount,currency,value_date,budget_year,subsidy,version,period,correction_of\n"

// appendRow writes the line as a row of the exported claim. No field has a comma or a quote in it.
func (l ClaimLine) appendRow(text []byte, c Claim) []byte {
	text = append(append(text, c.ID.String()...), ',')
	text = append(hex.AppendEncode(text, l.ID[:]), ',')
	text = append(hex.AppendEncode(text, l.Token[:]), ',')
	text = append(append(text, c.money(l.Minor).Amount()...), ',')
	text = append(append(text, c.Currency...), ',')
	text = append(append(text, l.ValueOn.String()...), ',')
	text = append(l.appendBudgetYear(text), ',')
	text = append(append(text, l.Basis.Subsidy...), ',')
	text = append(strconv.AppendInt(text, int64(l.Basis.Version), 10), ',')
	text = append(append(text, l.Basis.Period...), ',')
	return append(l.appendCorrection(text, c), '\n')
}

// appendBudgetYear writes "2026", "2026p" for the prior-years line, and nothing where no budget is charged.
func (l ClaimLine) appendBudgetYear(text []byte) []byte {
	if l.Year == 0 {
		return text
	}
	text = strconv.AppendInt(text, int64(l.Year), 10)
	if l.Prior {
		text = append(text, 'p')
	}
	return text
}

// Correction names what the line of that claim corrects, as "mof.basic.5/4fa3…"; empty where it corrects nothing.
func (l ClaimLine) Correction(claim ClaimID) string {
	return string(l.appendCorrection(nil, Claim{ID: claim}))
}

// appendCorrection writes claim and line of what is corrected.
func (l ClaimLine) appendCorrection(text []byte, c Claim) []byte {
	if l.Corrects.IsZero() {
		return text
	}
	if l.CorrectsClaim != 0 {
		corrected := c.ID
		corrected.Number = l.CorrectsClaim
		text = append(append(text, corrected.String()...), '/')
	}
	return hex.AppendEncode(text, l.Corrects[:])
}

// shares adds lines up by the budget line that they are charged to, the oldest year first and its own line before that
// of prior years.
type shares map[BudgetShare]int64

func (s shares) add(l ClaimLine, minor int64) { s[BudgetShare{Year: l.Year, Prior: l.Prior}] += minor }

func (s shares) inOrder() []BudgetShare {
	all := make([]BudgetShare, 0, len(s))
	for key, minor := range s {
		key.Minor = minor
		all = append(all, key)
	}
	slices.SortFunc(all, compareShares)
	return all
}

func compareShares(a, b BudgetShare) int {
	if a.Year == b.Year && a.Prior != b.Prior {
		if b.Prior {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.Year, b.Year)
}
