package claims

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// OwedRow is what is kept as booked and handed over under a claim for a bearer and a payee.
type OwedRow struct {
	OwedKey
	// Booked and Paid are in minor units; Settled is what the settlings of the claim say was handed over to the payee, whoever
	// bears it.
	Booked, Paid, Settled int64
}

// OwedKey names what one bearer owes one payee under a claim.
type OwedKey struct {
	Claim         ledger.ID
	Bearer, Payee ledger.Party
}

// EverythingOwed is all that is kept as owed under claims, for the verification.
func (s *Service) EverythingOwed(ctx context.Context) (rows []OwedRow, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		rows, err = tx.EverythingOwed(ctx)
		return err
	})
	return rows, err
}

// Audit computes anew from the entries what is owed under claims, and compares it with what is kept. It takes part in the
// verification of the books, and is asked for its differences after it. It holds a row for every claim that something was
// booked under.
type Audit struct {
	booked map[OwedKey]int64
	before map[OwedKey]OwedRow
}

// NewAudit makes the audit of books beside which these rows are kept.
func NewAudit(rows []OwedRow) *Audit {
	return &Audit{booked: map[OwedKey]int64{}, before: byKey(rows)}
}

func byKey(rows []OwedRow) map[OwedKey]OwedRow {
	all := make(map[OwedKey]OwedRow, len(rows))
	for _, r := range rows {
		all[r.OwedKey] = r
	}
	return all
}

// Examine adds up what an entry books under a claim.
func (a *Audit) Examine(e ledger.Entry) {
	m, ok := insurance.BenefitOf(e)
	if !ok {
		return
	}
	for _, c := range m.Changes {
		a.booked[OwedKey{m.Claim, c.Bearer, m.Payee}] += c.Minor
	}
}

// Findings are none: what is kept must be read again first, which Differences is given.
func (a *Audit) Findings() []ledger.Finding { return nil }

// Differences are the rows that say something else than the entries, and the entries that no row tells of. What has changed
// while the books were read is not compared.
func (a *Audit) Differences(rows []OwedRow) (findings []ledger.Finding) {
	after := byKey(rows)
	found := func(k OwedKey, text string, args ...any) {
		findings = append(findings, ledger.Finding{Law: "L6", Party: k.Payee, Account: "claim " + k.Claim.String() + " of " + string(k.Bearer), Text: fmt.Sprintf(text, args...)})
	}
	for k, r := range after {
		if a.before[k] != r {
			continue
		}
		if booked := a.booked[k]; booked != r.Booked {
			found(k, "%d is kept as owed, and the entries say %d, in minor units", r.Booked, booked)
		}
		if r.Paid > min(r.Booked, r.Settled) {
			found(k, "%d is kept as handed over, of %d that is owed and %d that was asked for, in minor units", r.Paid, r.Booked, r.Settled)
		}
	}
	for k, booked := range a.booked {
		_, kept := after[k]
		if _, was := a.before[k]; booked != 0 && !kept && !was {
			found(k, "the entries say that %d is owed, in minor units, and nothing is kept of it", booked)
		}
	}
	slices.SortFunc(findings, func(a, b ledger.Finding) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Party, b.Party))
	})
	return findings
}
