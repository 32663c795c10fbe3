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
