package claims

import (
	"context"
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// Payment asks for what is owed under a claim to be paid.
type Payment struct {
	// Reference names the asking: the same again is the same batch of payouts (L3).
	Reference, Rail, Person string
	// Pool bears the claim: what it can't pay for waits there.
	Pool     ledger.Party
	Currency ledger.Currency
	Lines    []PaymentLine
}

// PaymentLine is what one payee is to be paid, in minor units.
type PaymentLine struct {
	Payee  ledger.Party
	Scheme ledger.SchemeCode
	Minor  int64
	// To is where a provider is paid, as its rail reads it; empty where that is on record with the payouts.
	To string
}

// Settle hands over what is owed under a claim to be paid on a rail, and returns the batch of payouts, which another person
// approves. It can be broken off at any moment: asked for again, it goes on with the same batch. Nothing is asked for where
// nothing is owed.
func (s *Service) Settle(ctx context.Context, id ledger.ID, rail, person string) (shown Shown, batch string, err error) {
	if _, _, err := insurance.Agree(nil, person); err != nil {
		return shown, "", err
	}
	p, err := s.payment(ctx, id)
	if err != nil {
		return shown, "", fmt.Errorf("settle a claim: %w", err)
	}
	if len(p.Lines) > 0 {
		p.Rail, p.Person = rail, person
		if s.Pay == nil {
			return shown, "", insurance.Fault{Field: "rail", Reason: "RAIL_UNKNOWN", Text: "no rail is set up here"}
		}
		if batch, err = s.Pay(ctx, p); err != nil {
			return shown, "", fmt.Errorf("settle a claim: %w", err)
		}
	}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		shown, err = s.handOver(ctx, tx, id, p, batch)
		return err
	})
	return shown, batch, err
}

// payment is what is owed and not handed over. Its reference changes once it was handed over, and not before.
func (s *Service) payment(ctx context.Context, id ledger.ID) (p Payment, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		c, err := tx.BenefitClaim(ctx, id)
		if err != nil {
			return err
		}
		stands, err := owed(ctx, tx, id)
		if err != nil {
			return err
		}
		providers, err := tx.Providers(ctx)
		p = Payment{Reference: stands.reference(id), Pool: bearing(c), Currency: c.Currency, Lines: linesOf(c, stands.Shares, providers)}
		return err
	})
	return p, err
}

// bearing is the pool that bears a claim; empty where a funder does.
func bearing(c Claim) ledger.Party {
	if c.Pool == "" {
		return ""
	}
	return c.Pool.Party()
}

// reference names the next asking for payouts.
func (o *Owed) reference(id ledger.ID) string {
	if o.last() == 0 {
		return fmt.Sprintf("claim %s 0", id)
	}
	return fmt.Sprintf("claim %s settling %d", id, o.last())
}

// linesOf are a line for each payee.
func linesOf(c Claim, shares []Share, providers map[insurance.ProviderID]insurance.Provider) []PaymentLine {
	var lines []PaymentLine
	at := map[ledger.Party]int{}
	for _, s := range shares {
		if s.Open() <= 0 {
			continue
		}
		i, ok := at[s.Payee]
		if !ok {
			i = len(lines)
			at[s.Payee] = i
			lines = append(lines, PaymentLine{Payee: s.Payee, Scheme: c.Scheme})
			if s.Payee.Kind() == ledger.ProviderKind {
				lines[i].To = providers[insurance.ProviderID(s.Payee.ID())].PayTo
			}
		}
		lines[i].Minor += s.Open()
	}
	return lines
}

// handOver notes what was handed over, unless somebody else has noted it meanwhile.
func (s *Service) handOver(ctx context.Context, tx Tx, id ledger.ID, p Payment, batch string) (Shown, error) {
	c, err := tx.HoldBenefitClaim(ctx, id)
	if err != nil {
		return Shown{}, err
	}
	stands, err := owed(ctx, tx, id)
	if err != nil {
		return Shown{}, err
	}
	if p.Reference != stands.reference(id) || len(p.Lines) == 0 {
		return s.show(ctx, tx, c)
	}
	stands.regain()
	number, open := stands.last()+1, int64(0)
	for _, l := range p.Lines {
		stands.handOver(l, batch, number)
	}
	for _, share := range stands.Shares {
		open += share.Open()
	}
	if c.State == Approved && open == 0 {
		c.State = Settled
		if err := tx.SaveBenefitClaim(ctx, c); err != nil {
			return Shown{}, err
		}
	}
	if err := stands.save(ctx, tx, id); err != nil {
		return Shown{}, err
	}
	return s.show(ctx, tx, c)
}

// save writes what is owed under the claim.
func (o *Owed) save(ctx context.Context, tx Tx, id ledger.ID) error {
	if err := tx.SaveOwedUnder(ctx, id, o.Shares...); err != nil {
		return err
	}
	return tx.SaveSettlings(ctx, id, o.Settlings...)
}

// holding is a transaction in which what came back does not change any more until it ends.
type holding struct{ Tx }

// CameBack is HoldCameBack.
func (h holding) CameBack(ctx context.Context, batches ...string) ([]CameBack, error) {
	return h.HoldCameBack(ctx, batches...)
}
