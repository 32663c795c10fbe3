package entitlement

import (
	"context"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/insurance"
)

// Judge answers, in a transaction under way, whether somebody is covered by the cover whose pool bears a benefit: for who
// judges a claim. The question's cover may be empty. It is false where the scheme has no cover of that pool on the day.
func (s *Service) Judge(ctx context.Context, tx Tx, code ledger.SchemeCode, pool insurance.Pool, member insurance.MemberID, q cover.Question) (cover.Answer, bool, error) {
	b, err := s.book(ctx, tx, code)
	if err != nil {
		return cover.Answer{}, false, err
	}
	var ok bool
	if q.Cover, ok = b.of(pool, q.On); !ok {
		return cover.Answer{}, false, nil
	}
	all, err := s.read(ctx, tx, b, member)
	if err != nil {
		return cover.Answer{}, false, err
	}
	k := all[member]
	if k == nil {
		return cover.Answer{}, false, unknownMember
	}
	answer, err := b.rules.Judge(k.history(b.code, b.last().Location()), q)
	return answer, true, err
}

// of is the cover whose pot is of the pool; false where none is.
func (b *book) of(pool insurance.Pool, on ledger.Date) (string, bool) {
	for _, name := range b.rules.Covers(on) {
		if b.pool(name, on) == pool {
			return name, true
		}
	}
	return "", false
}
