package claims

import (
	"context"
	"slices"

	"sanad.dev/sanad/ledger"
)

// Share is what is booked under a claim for one payee, and how much of it has been handed over to be paid.
type Share struct {
	Bearer, Payee ledger.Party
	// Booked and Paid are in minor units.
	Booked, Paid int64
	// Back is the part of Paid that has not reached the payee, or came back: it stands on benefits payable again. Dropped is
	// the part of that which no follow-up of its batch will pay, so that it is handed over anew. Neither is stored: both are
	// told by the payouts.
	Back, Dropped int64
}

// Open is what is owed and is to be handed over.
func (s Share) Open() int64 { return s.Booked - s.Paid + s.Dropped }

// Unpaid is what is owed and has not reached the payee, as far as this office has paid it.
func (s Share) Unpaid() int64 { return s.Booked - s.Paid + s.Back }

// Settling is what was handed over at once to be paid to one payee.
type Settling struct {
	// Number counts the settlings of a claim, from 1.
	Number int
	Payee  ledger.Party
	// Batch is that of the payouts; empty for what was handed over before settlings were kept.
	Batch string
	// Minor is the amount, less what was handed over anew or taken back of it since.
	Minor int64

	back, dropped bool
}

// CameBack is an amount that was handed over in a batch and is owed again.
type CameBack struct {
	Batch string
	Payee ledger.Party
	// Dropped says that no follow-up of the batch will pay it.
	Dropped bool
}

// Owed is what is owed under a claim, and how it was handed over.
type Owed struct {
	Shares    []Share
	Settlings []Settling
}

// owed reads what is owed under a claim, and what of it came back.
func owed(ctx context.Context, tx OwedTx, id ledger.ID) (o Owed, err error) {
	if o.Shares, err = tx.OwedUnder(ctx, id); err != nil {
		return o, err
	}
	if o.Settlings, err = tx.Settlings(ctx, id); err != nil {
		return o, err
	}
	var batches []string
	for _, s := range o.Settlings {
		if s.Batch != "" && s.Minor > 0 && !slices.Contains(batches, s.Batch) {
			batches = append(batches, s.Batch)
		}
	}
	if len(batches) == 0 {
		return o, nil
	}
	back, err := tx.CameBack(ctx, batches...)
	if err != nil {
		return o, err
	}
	o.mark(back)
	return o, nil
}

// OwedTx is what is read of what is owed under a claim.
type OwedTx interface {
	OwedUnder(ctx context.Context, id ledger.ID) ([]Share, error)
	Settlings(ctx context.Context, id ledger.ID) ([]Settling, error)
	// CameBack returns what of the batches of payouts is owed again.
	CameBack(ctx context.Context, batches ...string) ([]CameBack, error)
}

// mark notes what came back, and allots it to those who bear it.
func (o *Owed) mark(back []CameBack) {
	for i := range o.Settlings {
		s := &o.Settlings[i]
		at := slices.IndexFunc(back, func(b CameBack) bool { return b.Batch == s.Batch && b.Payee == s.Payee })
		if at < 0 {
			continue
		}
		s.back, s.dropped = true, back[at].Dropped
		left := s.Minor
		for j := range o.Shares {
			share := &o.Shares[j]
			if share.Payee != s.Payee {
				continue
			}
			part := max(0, min(left, share.Paid-share.Back))
			share.Back, left = share.Back+part, left-part
			if s.dropped {
				share.Dropped += part
			}
		}
	}
}

// last is the number of the last settling.
func (o *Owed) last() (number int) {
	for _, s := range o.Settlings {
		number = max(number, s.Number)
	}
	return number
}

// regain takes what was dropped off what was handed over, so that it can be handed over anew.
func (o *Owed) regain() {
	for i := range o.Shares {
		s := &o.Shares[i]
		s.Paid, s.Back, s.Dropped = s.Paid-s.Dropped, s.Back-s.Dropped, 0
	}
	for i := range o.Settlings {
		if o.Settlings[i].dropped {
			o.Settlings[i].Minor = 0
		}
	}
}

// handOver notes that an amount was handed over in a batch.
func (o *Owed) handOver(l PaymentLine, batch string, number int) {
	o.Settlings = append(o.Settlings, Settling{Number: number, Payee: l.Payee, Batch: batch, Minor: l.Minor})
	for i := range o.Shares {
		s := &o.Shares[i]
		if s.Payee == l.Payee {
			now := min(l.Minor, max(0, s.Open()))
			s.Paid += now
			l.Minor -= now
		}
	}
}

// takeBack takes an amount that is owed to the payee no more off what came back.
func (o *Owed) takeBack(payee ledger.Party, minor int64) {
	for i := len(o.Settlings) - 1; i >= 0; i-- {
		if s := &o.Settlings[i]; s.Payee == payee && s.back {
			part := min(minor, s.Minor)
			s.Minor -= part
			minor -= part
		}
	}
}
