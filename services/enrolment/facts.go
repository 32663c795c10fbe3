package enrolment

import (
	"context"
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// Facts are what is on record of a member, as known at the end of the day; zero is as known now.
func (s *Service) Facts(ctx context.Context, id insurance.MemberID, asKnownOn ledger.Date) (insurance.Facts, error) {
	var facts insurance.Facts
	err := s.Store.View(ctx, func(ctx context.Context, r Reader) error {
		if !id.WellFormed() {
			return unknown("member_id")
		}
		found, err := r.Members(ctx, id)
		if err != nil {
			return err
		}
		facts, err = s.factsOf(found, id)
		return err
	})
	if err != nil {
		return insurance.Facts{}, fmt.Errorf("read facts: %w", err)
	}
	if asKnownOn != 0 {
		facts = facts.AsKnown(asKnownOn)
	}
	return facts, nil
}

func (s *Service) factsOf(found map[insurance.MemberID]Record, id insurance.MemberID) (insurance.Facts, error) {
	r, ok := found[id]
	switch {
	case !ok:
		return insurance.Facts{}, unknown("member_id")
	case r.Erased:
		return insurance.Facts{}, erased()
	}
	known, err := s.open(r)
	return known.facts, err
}

// RecordFacts puts a change on record, on today's date by the store's clock, and returns the facts as they stand then.
// One person is enough. Enrolments are changed by [Service.EnrolInScheme] and [Service.LeaveScheme] alone, which ask
// the scheme.
func (s *Service) RecordFacts(ctx context.Context, id insurance.MemberID, change insurance.Change) (insurance.Facts, error) {
	if len(change.Add.Enrolments)+len(change.TakeBack.Enrolments) > 0 {
		return insurance.Facts{}, insurance.Fault{Field: "facts.enrolments", Reason: "ENROLMENT_NOT_HERE", Text: "use EnrolInScheme and LeaveScheme"}
	}
	facts, err := s.changeFacts(ctx, id, func(_ context.Context, _ Tx, _ insurance.Facts, today ledger.Date) (insurance.Change, error) {
		change.On = today
		return change, nil
	})
	if err != nil {
		return insurance.Facts{}, fmt.Errorf("record facts: %w", err)
	}
	return facts, nil
}

// Place is a member's place in a scheme, to be begun or ended.
type Place struct {
	Member insurance.MemberID
	Scheme ledger.SchemeCode
	// On is the first day to begin with, or the last to end with; zero is today.
	On ledger.Date
	// Why says why another day was recorded before; empty where none was.
	Why insurance.Correction
	// By is the person who records it.
	By string
}

// EnrolInScheme gives a member a place in a scheme from a day on. A first contribution needs none; who has one already
// can be given another first day by a correction.
func (s *Service) EnrolInScheme(ctx context.Context, p Place) (insurance.Facts, error) {
	facts, err := s.changePlace(ctx, p, insurance.Facts.Enrol)
	if err != nil {
		return insurance.Facts{}, fmt.Errorf("enrol in a scheme: %w", err)
	}
	return facts, nil
}

// LeaveScheme ends a member's place in a scheme with a last day.
func (s *Service) LeaveScheme(ctx context.Context, p Place) (insurance.Facts, error) {
	facts, err := s.changePlace(ctx, p, insurance.Facts.Leave)
	if err != nil {
		return insurance.Facts{}, fmt.Errorf("leave a scheme: %w", err)
	}
	return facts, nil
}

// changePlace changes facts by what a place in a published scheme asks for.
func (s *Service) changePlace(ctx context.Context, p Place,
	ask func(insurance.Facts, ledger.SchemeCode, ledger.Date, insurance.Correction) (insurance.Change, error),
) (insurance.Facts, error) {
	return s.changeFacts(ctx, p.Member, func(ctx context.Context, tx Tx, facts insurance.Facts, today ledger.Date) (insurance.Change, error) {
		if err := published(ctx, tx, p.Scheme); err != nil {
			return insurance.Change{}, err
		}
		if p.On == 0 {
			p.On = today
		}
		change, err := ask(facts, p.Scheme, p.On, p.Why)
		change.By, change.On = p.By, today
		return change, err
	})
}

// published refuses a scheme that is not, also where the text can be no scheme's and the database would choke on it.
func published(ctx context.Context, tx Tx, code ledger.SchemeCode) error {
	var found map[ledger.SchemeCode]insurance.Scheme
	if insurance.SchemeWellFormed(code) {
		var err error
		if found, err = tx.Schemes(ctx, code); err != nil {
			return err
		}
	}
	if _, ok := found[code]; !ok {
		return insurance.Fault{Field: "scheme", Reason: "SCHEME_UNKNOWN", Text: "no such scheme; publish it first"}
	}
	return nil
}

// changeFacts holds a member and puts on record the change that is made of her facts as they stand.
func (s *Service) changeFacts(ctx context.Context, id insurance.MemberID,
	change func(context.Context, Tx, insurance.Facts, ledger.Date) (insurance.Change, error),
) (after insurance.Facts, err error) {
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		r, err := living(ctx, tx, id)
		if err != nil {
			return err
		}
		at, err := tx.Instant(ctx)
		if err != nil {
			return err
		}
		known, err := s.open(r)
		if err != nil {
			return err
		}
		made, err := change(ctx, tx, known.facts, s.today(at))
		if err != nil {
			return err
		}
		if after, err = known.facts.Record(made); err != nil {
			return err
		}
		return s.saveFacts(ctx, tx, r, after)
	})
	return after, err
}

func (s *Service) saveFacts(ctx context.Context, tx Tx, r Record, facts insurance.Facts) error {
	sealed, err := s.sealFacts(r, facts)
	if err != nil {
		return err
	}
	return tx.SaveFacts(ctx, map[insurance.MemberID][]byte{r.ID: sealed})
}

// filledAtOnce is how many members are given their first facts in one transaction.
const filledAtOnce = 500

// FillFacts gives facts to everyone who was registered before there were any: what is known of her birth, on record
// since the day of registration. It costs one query where nobody is left, and may be broken off and run again, also by
// several servers at once.
func (s *Service) FillFacts(ctx context.Context) error {
	for {
		left := 0
		err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
			members, err := tx.WithoutFacts(ctx, filledAtOnce)
			if left = len(members); err != nil || left == 0 {
				return err
			}
			facts, err := s.firstFactsOf(ctx, tx, members)
			if err != nil {
				return err
			}
			return tx.FillFacts(ctx, facts)
		})
		if err != nil {
			return fmt.Errorf("fill in facts: %w", err)
		}
		if left == 0 {
			return nil
		}
	}
}

func (s *Service) firstFactsOf(ctx context.Context, r Reader, members []insurance.MemberID) (map[insurance.MemberID][]byte, error) {
	records, err := r.Members(ctx, members...)
	if err != nil {
		return nil, err
	}
	facts := make(map[insurance.MemberID][]byte, len(records))
	for id, record := range records {
		if record.Erased {
			continue // whoever erased her has taken her row away
		}
		known, err := s.open(record)
		if err != nil {
			return nil, err
		}
		if facts[id], err = s.sealFacts(record, known.facts); err != nil {
			return nil, err
		}
	}
	return facts, nil
}
