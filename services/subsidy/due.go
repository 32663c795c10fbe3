package subsidy

import (
	"context"
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
)

// Due is how a member stands with a subsidy of a scheme in a period.
type Due struct {
	Scheme   ledger.SchemeCode
	Currency ledger.Currency
	match.Held
}

// Dues are how the member stands with every subsidy that was ever judged for her.
func (s *Service) Dues(ctx context.Context, member insurance.MemberID) ([]Due, error) {
	var dues []Due
	err := s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		salts, err := tx.Salts(ctx, member)
		if err != nil {
			return err
		}
		if _, known := salts[member]; !known {
			return insurance.Fault{Field: "member_id", Reason: insurance.MemberUnknown, Text: "no member has that id"}
		}
		notes, err := tx.Notes(ctx, member.Party())
		if err != nil {
			return err
		}
		dues, err = duesOf(ctx, tx, notes[member.Party()])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list dues: %w", err)
	}
	return dues, nil
}

func duesOf(ctx context.Context, tx Tx, note []byte) ([]Due, error) {
	positions, err := match.Positions(note)
	if err != nil {
		return nil, err
	}
	var codes []ledger.SchemeCode
	for _, p := range positions {
		codes = append(codes, p.Scheme)
	}
	versions, err := tx.SchemeVersions(ctx, codes...)
	if err != nil {
		return nil, err
	}
	var dues []Due
	for _, p := range positions {
		for _, h := range p.Held {
			if all := versions[p.Scheme]; len(all) > 0 {
				dues = append(dues, Due{p.Scheme, all[0].Currency, h})
			}
		}
	}
	return dues, nil
}

// texts are what a member is told, by language: with what is granted, and with what waits.
var texts = map[string]struct{ granted, waits string }{
	"en": {"Your contributions of the period were matched with %s.", "Your contributions of the period were matched with %s. %s more is due to you and waits for the budget; it is not lost."},
	"fr": {"Vos cotisations de la période ont été abondées de %s.", "Vos cotisations de la période ont été abondées de %s. %s vous restent dus et attendent le budget; rien n'est perdu."},
	"ar": {"أضيف إلى اشتراكاتك في هذه الفترة %s.", "أضيف إلى اشتراكاتك في هذه الفترة %s. ويبقى لك %s بانتظار الموازنة، ولن يضيع حقك."},
}

// Texts say in words how she stands, by language.
func (d Due) Texts() map[string]string {
	granted := ledger.Money{Minor: d.Granted(), Currency: d.Currency}.String()
	waits := ledger.Money{Minor: d.Unmet, Currency: d.Currency}.String()
	said := make(map[string]string, len(texts))
	for language, text := range texts {
		said[language] = fmt.Sprintf(text.granted, granted)
		if d.Unmet > 0 {
			said[language] = fmt.Sprintf(text.waits, granted, waits)
		}
	}
	return said
}
