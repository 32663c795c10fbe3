package insurance

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"sanad.dev/sanad/ledger"
)

// Grant is what a funder grants to a member by a rule, or takes back.
type Grant struct {
	ID          ledger.ID
	Fingerprint ledger.Fingerprint
	Member      MemberID
	// Line is the budget line that it is charged to; its year is zero where no budget is kept, as for a sponsor.
	Line BudgetLine
	// Pots are the member's accounts that it goes to, or is taken from.
	Pots    []PotShare
	ValueOn ledger.Date
	Basis   GrantBasis
	// Undoes is the one entry that a clawback takes back, where it takes back one; zero where it is a difference.
	Undoes ledger.ID
}

// PotShare is the part of a grant that goes to one of the member's accounts, in minor units.
type PotShare struct {
	Account ledger.Code
	Minor   int64
}

// Minor is the grant's amount in minor units.
func (g Grant) Minor() int64 {
	var sum int64
	for _, pot := range g.Pots {
		sum += pot.Minor
	}
	return sum
}

// GrantBasis is what a grant rests on: a subsidy of the scheme, in one version of its rules, for one period.
type GrantBasis struct {
	// Subsidy is its name in the scheme: at most 40 lower-case letters, digits, hyphens and underscores.
	Subsidy string
	// Version is that of the scheme.
	Version int
	// Period is the one that it is due for, as the rule names it: at most 24 characters, such as 2026, 2026-03 or 2025/26.
	Period string
}

// reasonOfGrant is a subsidy, a version, a period, and the budget line's year.
var reasonOfGrant = regexp.MustCompile(`^([a-z][a-z0-9_-]{0,39})@([1-9][0-9]{0,4}):([0-9A-Za-z][0-9A-Za-z./_-]{0,23})(?:#([0-9]{4})(p?))?$`)

// longestGrantReason is what an entry has room for.
const longestGrantReason = 64

// Reason is how an entry carries why it was granted and what it is charged to: "match@3:2026-05#2026", and with a p at
// its end for the prior-years line; without the line's year where no budget is charged. From it and the entry's funder,
// scheme and currency anybody can tell the budget line.
func (g Grant) Reason() string {
	text := fmt.Sprintf("%s@%d:%s", g.Basis.Subsidy, g.Basis.Version, g.Basis.Period)
	if g.Line.Year == 0 {
		return text
	}
	text += "#" + strconv.Itoa(g.Line.Year)
	if g.Line.Prior {
		text += "p"
	}
	return text
}

// readReason reads what Reason has written into basis and line.
func (g *Grant) readReason(text string) bool {
	parts := reasonOfGrant.FindStringSubmatch(text)
	if parts == nil {
		return false
	}
	g.Basis.Subsidy, g.Basis.Period = parts[1], parts[3]
	g.Basis.Version, _ = strconv.Atoi(parts[2])
	g.Line.Year, _ = strconv.Atoi(parts[4])
	g.Line.Prior = parts[5] != ""
	return true
}

func (g Grant) check() error {
	if err := g.Line.Funder.Check(); err != nil {
		return err
	}
	if !schemeCode.MatchString(string(g.Line.Scheme)) {
		return Fault{"scheme", "SCHEME_INVALID", "a grant belongs to a scheme"}
	}
	if reason := g.Reason(); len(reason) > longestGrantReason || !reasonOfGrant.MatchString(reason) {
		return Fault{"reason", "GRANT_REASON_INVALID", "name the subsidy by lower-case letters, digits and hyphens, the version " +
			"from 1, and the period by letters and digits such as 2026-03, all of it in at most 58 characters"}
	}
	return g.checkPots()
}

func (g Grant) checkPots() error {
	for _, pot := range g.Pots {
		control, _ := pot.Account.Control()
		if control.Class != ledger.Liability || !control.Floored {
			return Fault{"account_code", "POT_ACCOUNT_INVALID", "a grant goes to a member's pot, such as 2110, 2210 or 2310, or to 2500"}
		}
	}
	return nil
}

// GrantOf reads a grant, or a clawback, back from its entry; false for every other entry.
func GrantOf(e ledger.Entry) (Grant, bool) {
	if e.Kind != KindMatch && e.Kind != KindClawback {
		return Grant{}, false
	}
	g := Grant{ID: e.ID, Fingerprint: e.Fingerprint, Member: MemberID(e.Party.ID()), ValueOn: e.ValueOn, Undoes: e.Undoes}
	for _, p := range e.Postings {
		if p.Account.Party.Kind() == ledger.FunderKind {
			g.Line = BudgetLine{Funder: FunderID(p.Account.Party.ID()), Scheme: p.Account.Scheme, Currency: p.Account.Currency}
			continue
		}
		g.Pots = append(g.Pots, PotShare{p.Account.Code, p.Debit + p.Credit})
	}
	return g, g.readReason(e.Reason) && strings.HasPrefix(string(e.Party), ledger.MemberKind+":")
}
