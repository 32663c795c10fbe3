package payout

import (
	"context"
	"strings"
	"time"

	"sanad.dev/sanad/ledger"
)

// OnRecord is where a party is paid over a rail unless a line says otherwise, sealed under the party's key.
type OnRecord struct {
	Party  ledger.Party
	Rail   string
	Kind   DestinationKind
	Sealed []byte
	Person string
	SetAt  time.Time
}

func (d OnRecord) sealedAs() string { return "payout-destination:" + string(d.Party) + ":" + d.Rail }

// sealedAs is the context in which a payout's destination is sealed.
func sealedAs(id ID) string { return "payout:" + id.String() }

// text is the destination as it is sealed.
func (d Destination) text() []byte { return []byte(string(d.Kind) + ":" + d.Account) }

func parseDestination(text []byte) (Destination, error) {
	kind, account, _ := strings.Cut(string(text), ":")
	d := Destination{DestinationKind(kind), account}
	return d, d.Check()
}

// SetDestination puts on record where a party is paid over a rail.
func (s *Service) SetDestination(ctx context.Context, party ledger.Party, rail string, to Destination, person string) error {
	contract, err := s.contract(rail)
	if err != nil {
		return err
	}
	if err := checkParty("party", party, ledger.MemberKind, ledger.ProviderKind, ledger.PayerKind); err != nil {
		return err
	}
	if err := checkPerson(person); err != nil {
		return err
	}
	if err := to.Check(); err != nil {
		return err
	}
	if !reaches(contract, to.Kind) {
		return fault("destination", "DESTINATION_NOT_REACHED", "that rail does not reach a "+string(to.Kind))
	}
	return s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		d := OnRecord{Party: party, Rail: rail, Kind: to.Kind, Person: person}
		if d.Sealed, err = tx.SealFor(ctx, party, to.text(), d.sealedAs()); err != nil {
			return err
		}
		if d.SetAt, err = tx.PayoutNow(ctx); err != nil {
			return err
		}
		return tx.SaveDestination(ctx, d)
	})
}

func reaches(c Contract, kind DestinationKind) bool {
	for _, currency := range c.Currencies {
		if c.Carries(currency, kind) {
			return true
		}
	}
	return false
}
