package api

import (
	"context"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/services/claims"
)

// pay asks for a batch of payouts of what is owed under a claim.
func (i *Institution) pay(ctx context.Context, p claims.Payment) (string, error) {
	request := payout.BatchRequest{
		Reference: p.Reference, Person: p.Person, Rail: p.Rail, Pool: p.Pool,
		Declared: payout.Sum{Count: len(p.Lines), Total: ledger.Money{Currency: p.Currency}},
	}
	for _, l := range p.Lines {
		request.Lines = append(request.Lines, payout.Line{Party: l.Payee, Scheme: l.Scheme, Minor: l.Minor, To: destinationOf(l.To)})
		request.Declared.Total.Minor += l.Minor
	}
	batch, err := i.Payouts.CreateBatch(ctx, request)
	return batch.ID.String(), err
}

// CameBack returns what of the batches of payouts is owed again.
func (t tx) CameBack(ctx context.Context, batches ...string) ([]claims.CameBack, error) {
	return cameBack(ctx, t, batches)
}

// HoldCameBack is CameBack of payouts that it locks until the transaction ends.
func (t tx) HoldCameBack(ctx context.Context, batches ...string) ([]claims.CameBack, error) {
	return cameBack(ctx, heldPayouts{t}, batches)
}

// heldPayouts locks payouts where it reads them.
type heldPayouts struct{ tx }

// Payouts locks what it finds, and returns it as it stands then.
func (t heldPayouts) Payouts(ctx context.Context, q payout.Query) ([]payout.Payout, string, error) {
	found, next, err := t.tx.Payouts(ctx, q)
	if err != nil {
		return nil, "", err
	}
	ids := make([]payout.ID, len(found))
	for i, p := range found {
		ids[i] = p.ID
	}
	held, err := t.HoldPayouts(ctx, ids...)
	for i, id := range ids {
		found[i] = held[id]
	}
	return found, next, err
}

// PayoutsByID locks what it finds.
func (t heldPayouts) PayoutsByID(ctx context.Context, ids ...payout.ID) (map[payout.ID]payout.Payout, error) {
	return t.HoldPayouts(ctx, ids...)
}

func cameBack(ctx context.Context, tx payout.Lines, batches []string) (all []claims.CameBack, err error) {
	for _, name := range batches {
		id, err := ledger.ParseID(name)
		if err != nil {
			return nil, err
		}
		back, err := payout.CameBack(ctx, tx, payout.ID(id))
		if err != nil {
			return nil, err
		}
		for _, b := range back {
			all = append(all, claims.CameBack{Batch: name, Payee: b.Party, Dropped: b.Dropped})
		}
	}
	return all, nil
}

// destinationOf reads where a provider is paid, such as bank:JO94…; anything else leaves it to what is on record with the
// payouts.
func destinationOf(text string) payout.Destination {
	kind, account, _ := strings.Cut(text, ":")
	to := payout.Destination{Kind: payout.DestinationKind(kind), Account: account}
	if to.Check() != nil {
		return payout.Destination{}
	}
	return to
}
