package match

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// Audit proves members' positions from the entries: what a note says that she gave and was granted is what her entries
// say, nobody holds more than she is due (L6), and what is unmet by the notes is what stands on 9500. It is an examiner
// of a verification. A position that isn't noted is not missed: it is made anew when it is needed.
type Audit struct {
	// entries are those of members whose note is still to come.
	entries map[ledger.Party][]ledger.Entry
	// booked and noted are what is unmet on each budget line, by its entries and by the notes.
	booked, noted map[ledger.Party]int64
	findings      []ledger.Finding
}

// NewAudit makes an audit of all members' positions.
func NewAudit() *Audit {
	return &Audit{entries: map[ledger.Party][]ledger.Entry{}, booked: map[ledger.Party]int64{}, noted: map[ledger.Party]int64{}}
}

// Examine keeps an entry until its member's note is shown.
func (a *Audit) Examine(e ledger.Entry) {
	if e.Party.Held() {
		a.entries[e.Party] = append(a.entries[e.Party], e)
		return
	}
	for _, p := range e.Postings {
		if p.Account.Code == ledger.BudgetUnmet {
			a.booked[p.Account.Party] += p.Credit - p.Debit
		}
	}
}

// ExamineNote compares a note with the member's entries.
func (a *Audit) ExamineNote(party ledger.Party, note []byte) {
	entries := a.entries[party]
	delete(a.entries, party)
	positions, err := decode(note)
	if err != nil {
		a.found(party, "", "%v", err)
		return
	}
	for i := range positions {
		p := &positions[i]
		told, err := Fold(p.Scheme, entries)
		if err != nil {
			a.found(party, string(p.Scheme), "%v", err)
			continue
		}
		a.compareMonths(party, p, &told)
		a.compareHeld(party, p, &told)
	}
}

// mostFindings bounds the findings that are kept.
const mostFindings = 1000

func (a *Audit) found(party ledger.Party, where, text string, args ...any) {
	if len(a.findings) < mostFindings {
		a.findings = append(a.findings, ledger.Finding{Law: "L6", Party: party, Account: where, Text: fmt.Sprintf(text, args...)})
	}
}

// compareMonths compares what was given by month, payer and account.
func (a *Audit) compareMonths(party ledger.Party, noted, told *Position) {
	type key struct {
		month   ledger.Period
		payer   insurance.PayerKind
		account insurance.AccountLabel
	}
	keep := func(p *Position) map[key]Month {
		all := map[key]Month{}
		for _, m := range p.Months {
			all[key{m.Period, m.Payer, m.Account}] = m
		}
		return all
	}
	says, is := keep(noted), keep(told)
	for _, k := range union(says, is, func(x, y key) int {
		return cmp.Or(cmp.Compare(x.month, y.month), cmp.Compare(x.payer, y.payer), cmp.Compare(x.account, y.account))
	}) {
		if n, t := says[k], is[k]; n.Minor != t.Minor || n.Count != t.Count {
			a.found(party, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", noted.Scheme, k.month, cmp.Or(k.payer, insurance.PayerSelf), k.account)),
				"the note says that %d was given in %d contributions, the entries say %d in %d", n.Minor, n.Count, t.Minor, t.Count)
		}
	}
}

// compareHeld compares what was granted by subsidy and period, and adds up what is unmet.
func (a *Audit) compareHeld(party ledger.Party, noted, told *Position) {
	says, is := heldByPeriod(noted), heldByPeriod(told)
	for _, k := range union(says, is, comparePeriods) {
		n, t := says[k], is[k]
		where := fmt.Sprintf("%s %s %s", noted.Scheme, k.subsidy, k.start)
		if n.Moves != t.Moves || !maps.Equal(bySource(&n), bySource(&t)) {
			a.found(party, where, "the note says that %d was granted in %d entries, the entries say %d in %d, or from elsewhere",
				n.Granted(), n.Moves, t.Granted(), t.Moves)
		}
		if n.Granted() > n.Due {
			a.found(party, where, "%d is granted, and only %d is due", n.Granted(), n.Due)
		}
		if n.Unmet != 0 {
			a.noted[insurance.BudgetLine{Funder: n.UnmetOn.Funder, Scheme: noted.Scheme, Year: n.UnmetOn.Year, Prior: n.UnmetOn.Prior}.Party()] += n.Unmet
		}
	}
}

type heldKey struct {
	subsidy string
	start   ledger.Date
}

func comparePeriods(x, y heldKey) int {
	return cmp.Or(cmp.Compare(x.subsidy, y.subsidy), cmp.Compare(x.start, y.start))
}

func heldByPeriod(p *Position) map[heldKey]Held {
	all := make(map[heldKey]Held, len(p.Held))
	for _, h := range p.Held {
		all[heldKey{h.Subsidy, h.Start}] = h
	}
	return all
}

// bySource is what was granted, by line and pot.
func bySource(h *Held) map[source]int64 {
	sums := map[source]int64{}
	for _, g := range h.Grants {
		if g.Minor != 0 {
			sums[source{g.Line, g.Pot}] += g.Minor
		}
	}
	return sums
}

// union are the keys of both, each once, in order.
func union[K comparable, V any](x, y map[K]V, compare func(a, b K) int) []K {
	keys := maps.Clone(x)
	maps.Copy(keys, y)
	return slices.SortedFunc(maps.Keys(keys), compare)
}

// Findings compares what is unmet, and says what is wrong.
func (a *Audit) Findings() []ledger.Finding {
	for _, line := range union(a.booked, a.noted, cmp.Compare[ledger.Party]) {
		if booked, noted := a.booked[line], a.noted[line]; booked != noted {
			a.found(line, "9500", "%d is unmet by the line, %d by the members' notes", booked, noted)
		}
	}
	return a.findings
}
