package payout

import (
	"context"
	"time"

	"sanad.dev/sanad/ledger"
)

// Receive takes a report that a rail has sent by itself. It may come several times, late and out of order: what it says
// of a payout that has gone on is recorded, and changes nothing. Where the rail's calls can't be trusted, take only their
// keys, and use [Service.AskSoon].
func (s *Service) Receive(ctx context.Context, rail string, r Report) (p Payout, err error) {
	contract, err := s.contract(rail)
	if err != nil {
		return p, err
	}
	if err := r.Check(); err != nil {
		return p, err
	}
	if r.Outcome == Absent {
		return p, fault("outcome", "OUTCOME_INVALID", "a rail does not call back about what it does not know")
	}
	err = s.change(ctx, r.Key, rail, func(before Payout, now time.Time) (Step, error) {
		step := before.heard(r, heard{by: rail, what: WasCalledBack}, contract, now)
		p = step.After
		return step, nil
	})
	return p, err
}

// AskSoon has a worker ask a rail after an order without waiting: a knock at the door, which is believed nothing.
func (s *Service) AskSoon(ctx context.Context, rail string, key Key) (p Payout, err error) {
	if _, err := s.contract(rail); err != nil {
		return p, err
	}
	err = s.change(ctx, key, rail, func(before Payout, now time.Time) (Step, error) {
		if before.Attempts > 0 && before.State != StateFailed && before.State != StateReturned {
			before.DueAt = now
		}
		step := before.step(now, rail, WasAskedToBeSent)
		p = step.After
		return step, nil
	})
	return p, err
}

// change does one step with the payout that the rail knows by the key.
func (s *Service) change(ctx context.Context, key Key, rail string, step func(Payout, time.Time) (Step, error)) error {
	var done Step
	err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		found, err := tx.PayoutsByKey(ctx, key)
		if err != nil {
			return err
		}
		return s.changeByID(ctx, tx, found[key], rail, func(before Payout, now time.Time) (Step, error) {
			done, err = step(before, now)
			return done, err
		})
	})
	if err == nil {
		meters().count(ctx, []Step{done})
	}
	return err
}

func (s *Service) changeByID(ctx context.Context, tx Tx, id ID, rail string, step func(Payout, time.Time) (Step, error)) error {
	held, err := tx.HoldPayouts(ctx, id)
	if err != nil {
		return err
	}
	before, ok := held[id]
	if !ok || rail != "" && before.Rail != rail {
		return fault("payout", PayoutUnknown, "there is no such payout")
	}
	now, err := tx.PayoutNow(ctx)
	if err != nil {
		return err
	}
	taken, err := step(before, now)
	if err != nil {
		return err
	}
	return s.book(ctx, tx, now, taken)
}

// ResolveUnknown is a person's word on what became of a payout that is unknown: the first call proposes, and the same by
// another person carries it out.
func (s *Service) ResolveUnknown(ctx context.Context, id ID, d Decision, person string) (p Payout, err error) {
	if err := checkPerson(person); err != nil {
		return p, err
	}
	if d != FoundPaid && d != FoundNotPaid && d != SendAgain {
		return p, fault("decision", "DECISION_INVALID", "say paid, not-paid or send-again")
	}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		return s.changeByID(ctx, tx, id, "", func(before Payout, now time.Time) (Step, error) {
			step, err := before.resolved(d, person, now)
			p = step.After
			return step, err
		})
	})
	return p, err
}

// Whole is a payout with what happened to it, and what keeps it from being sent.
type Whole struct {
	Payout
	Events []Event
	Holds  []Hold
}

// Payout returns a payout with what happened to it.
func (s *Service) Payout(ctx context.Context, id ID) (w Whole, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		found, err := tx.PayoutsByID(ctx, id)
		if err != nil {
			return err
		}
		var ok bool
		if w.Payout, ok = found[id]; !ok {
			return fault("payout", PayoutUnknown, "there is no such payout")
		}
		if w.Events, err = tx.PayoutEvents(ctx, id); err != nil {
			return err
		}
		w.Holds, err = keeping(ctx, tx, w.Payout)
		return err
	})
	return w, err
}

// keeping are the holds that keep the payout from being sent.
func keeping(ctx context.Context, tx Tx, p Payout) (all []Hold, err error) {
	if p.State != StateRequested && p.State != StateApproved {
		return nil, nil
	}
	for _, party := range []ledger.Party{p.Party, p.Pool} {
		holds, err := tx.PayoutHolds(ctx, party)
		if err != nil {
			return nil, err
		}
		for _, h := range holds {
			if h.keeps(p) {
				all = append(all, h)
			}
		}
	}
	return all, nil
}

// Payouts pages through payouts.
func (s *Service) Payouts(ctx context.Context, q Query) (found []Payout, next string, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		found, next, err = tx.Payouts(ctx, q)
		return err
	})
	return found, next, err
}

// ReceiveFrom is [Service.Receive] for one rail, as a rail's own code calls it.
func (s *Service) ReceiveFrom(rail string) func(context.Context, Report) error {
	return func(ctx context.Context, r Report) error {
		_, err := s.Receive(ctx, rail, r)
		return err
	}
}
