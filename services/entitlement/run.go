package entitlement

import (
	"context"
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/insurance"
)

// Run is how far a run over all members of a scheme has come. It is kept with the work it counts, in one transaction, so
// that it can be broken off at any moment and taken up again, also by another server: several that run the same share the
// work.
type Run struct {
	// Name tells it from others: what is run, for which scheme and day.
	Name string
	// After is the member that it has come to.
	After ledger.Party
	// Members have been looked at; Moved counts the entries or notices that were written for them.
	Members, Moved int64
	// Failed counts the members who could not be judged, and are left as they are.
	Failed   int64
	Finished bool
}

// past is the run once the parties have been gone through; fewer than were asked for are the last.
func (r Run) past(parties []ledger.Party, asked int) Run {
	if len(parties) > 0 {
		r.After = parties[len(parties)-1]
	}
	r.Members += int64(len(parties))
	r.Finished = len(parties) < asked
	return r
}

// begin finds the run of that name, or begins it; one that had finished begins anew.
func (s *Service) begin(ctx context.Context, name string) (run Run, err error) {
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		var found bool
		if run, found, err = tx.CoverRun(ctx, name); err != nil || found && !run.Finished {
			return err
		}
		run = Run{Name: name}
		return tx.SaveCoverRun(ctx, run)
	})
	return run, err
}

// Earning orders the earning of a scheme's prepaid cover.
type Earning struct {
	Scheme ledger.SchemeCode
	// Through is the last day that is earned; zero is yesterday, the last that has passed.
	Through ledger.Date
}

// Earn books, for every member, what the pools have earned of her prepaid cover through the day and what is not booked yet
// (L6): more as days pass, less where a payment was taken back. A run that was broken off goes on where it was; run again
// it books nothing. Progress is told after every transaction.
func (s *Service) Earn(ctx context.Context, order Earning, progress func(Run)) (Run, error) {
	order, err := s.ordered(ctx, order)
	if err != nil {
		return Run{}, fmt.Errorf("earn cover: %w", err)
	}
	run, err := s.begin(ctx, fmt.Sprintf("earn:%s:%s", order.Scheme, order.Through))
	for err == nil && !run.Finished {
		var after Run
		if after, err = s.earnNext(ctx, order, run.Name); err == nil {
			run = after
			progress(run)
		}
	}
	if err != nil {
		return run, fmt.Errorf("earn cover: %w", err)
	}
	return run, nil
}

// ordered is the order with its day, which has passed.
func (s *Service) ordered(ctx context.Context, order Earning) (Earning, error) {
	err := s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		b, err := s.book(ctx, tx, order.Scheme)
		if err != nil {
			return err
		}
		today, err := s.today(ctx, tx, b)
		if err != nil {
			return err
		}
		if order.Through == 0 {
			order.Through = today.AddDays(-1)
		}
		if order.Through >= today {
			return insurance.Fault{Field: "through", Reason: "DATE_INVALID", Text: "cover is earned as days pass; name a day before today"}
		}
		return nil
	})
	return order, err
}

// earnNext earns the cover of the next members, in one transaction with how far the run has come.
func (s *Service) earnNext(ctx context.Context, order Earning, name string) (after Run, err error) {
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		run, _, err := tx.CoverRun(ctx, name)
		if after = run; err != nil || run.Finished {
			return err
		}
		parties, err := tx.PartiesAfter(ctx, run.After, s.atOnce())
		if err != nil {
			return err
		}
		page, err := tx.Page(ctx, ledger.Need{Parties: parties})
		if err != nil {
			return err
		}
		after = run.past(parties, s.atOnce())
		posted, failed, err := s.earn(ctx, tx, page, order, parties)
		if err != nil {
			return err
		}
		after.Moved, after.Failed = after.Moved+posted, after.Failed+failed
		if posted > 0 {
			if err := tx.Save(ctx, page); err != nil {
				return err
			}
		}
		return tx.SaveCoverRun(ctx, after)
	})
	return after, err
}

// earn posts to the page what the parties' cover has earned.
func (s *Service) earn(ctx context.Context, tx Tx, page *ledger.Page, order Earning, parties []ledger.Party) (posted, failed int64, err error) {
	b, all, err := s.readParties(ctx, tx, order.Scheme, parties)
	if err != nil {
		return 0, 0, err
	}
	for _, party := range parties {
		k := all[insurance.MemberID(party.ID())]
		if k == nil { // erased, with the facts that would tell; what is booked stands
			continue
		}
		entries, err := s.earnings(b, k, order.Through, page.Balances(party))
		if err != nil {
			failed++
			continue
		}
		if _, err := page.Post(entries...); err != nil {
			return posted, failed, err
		}
		posted += int64(len(entries))
	}
	return posted, failed, nil
}

func (s *Service) readParties(ctx context.Context, tx Tx, scheme ledger.SchemeCode, parties []ledger.Party) (*book, map[insurance.MemberID]*known, error) {
	b, err := s.book(ctx, tx, scheme)
	if err != nil {
		return nil, nil, err
	}
	ids := make([]insurance.MemberID, len(parties))
	for i, party := range parties {
		ids[i] = insurance.MemberID(party.ID())
	}
	all, err := s.read(ctx, tx, b, ids...)
	return b, all, err
}

// Unearned is the earning of a member that a check has found not to be booked.
type Unearned struct {
	Member insurance.MemberID
	// Parts are what would be moved, by pot, in minor units.
	Parts []insurance.PotShare
}

// CheckEarned computes what the pools have earned of every member's cover through the day, and tells for whom it is not
// what is booked. It writes nothing; it returns how many members it has looked at and how many could not be judged.
func (s *Service) CheckEarned(ctx context.Context, order Earning, differs func(Unearned)) (looked, failed int64, err error) {
	if order, err = s.ordered(ctx, order); err != nil {
		return 0, 0, fmt.Errorf("check what is earned: %w", err)
	}
	run := Run{}
	for !run.Finished {
		err := s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
			parties, err := tx.PartiesAfter(ctx, run.After, s.atOnce())
			if err != nil {
				return err
			}
			run = run.past(parties, s.atOnce())
			more, err := s.compare(ctx, tx, order, parties, differs)
			failed += more
			return err
		})
		if err != nil {
			return run.Members, failed, fmt.Errorf("check what is earned: %w", err)
		}
	}
	return run.Members, failed, nil
}

func (s *Service) compare(ctx context.Context, tx Tx, order Earning, parties []ledger.Party, differs func(Unearned)) (failed int64, err error) {
	b, all, err := s.readParties(ctx, tx, order.Scheme, parties)
	if err != nil || len(parties) == 0 {
		return 0, err
	}
	balances, err := tx.Balances(ctx, ledger.At{}, parties...)
	if err != nil {
		return 0, err
	}
	for i, party := range parties {
		k := all[insurance.MemberID(party.ID())]
		if k == nil {
			continue
		}
		entries, err := s.earnings(b, k, order.Through, balances[i])
		if err != nil {
			failed++
			continue
		}
		if len(entries) > 0 {
			differs(Unearned{k.id, movedBy(entries, b.code)})
		}
	}
	return failed, nil
}

// movedBy is what the entries move, by pot.
func movedBy(entries []ledger.Entry, scheme ledger.SchemeCode) (parts []insurance.PotShare) {
	for _, pool := range []insurance.Pool{insurance.Health, insurance.Maternity} {
		for _, pot := range insurance.PrepaidPots(pool) {
			minor := int64(0)
			for _, e := range entries {
				minor += insurance.EarnedOf(e, scheme, pot)
			}
			if minor != 0 {
				parts = append(parts, insurance.PotShare{Account: pot, Minor: minor})
			}
		}
	}
	return parts
}

// earnings are the entries that book what is earned of a member's cover and not booked: one for each month that has ended
// since the last, and one for the day. They move no more than stands in her pots.
func (s *Service) earnings(b *book, k *known, through ledger.Date, stands ledger.Balances) ([]ledger.Entry, error) {
	h := k.history(b.code, b.last().Location())
	booked, last, moves := bookedOf(k.entries, b.code)
	var entries []ledger.Entry
	for _, mark := range marks(firstPaid(h), last, through) {
		due, err := dueOf(b, h, mark)
		if err != nil {
			return nil, err
		}
		earning := insurance.Earning{
			ID:     ledger.ID(s.Keys.Hash("cover-earned", string(k.id), string(b.code), fmt.Sprint(moves))),
			Member: k.id, Scheme: b.code, Currency: b.last().Currency, Through: mark,
		}
		for _, pot := range prepaid {
			account := ledger.Account{Code: pot, Party: k.id.Party(), Scheme: b.code, Currency: earning.Currency}
			minor := min(due[pot]-booked[pot], max(0, account.Normal(stands.Of(account))))
			if minor == 0 {
				continue
			}
			earning.Parts = append(earning.Parts, insurance.PotShare{Account: pot, Minor: minor})
			booked[pot] += minor
			if stands, err = stands.Plus(account, minor); err != nil {
				return nil, err
			}
		}
		e, moved, err := insurance.Earned(earning)
		if err != nil {
			return nil, err
		}
		if moved {
			entries = append(entries, e)
			moves++
		}
	}
	return entries, nil
}

// prepaid are the pots of prepaid cover.
var prepaid = slices.Concat(insurance.PrepaidPots(insurance.Health), insurance.PrepaidPots(insurance.Maternity))

// bookedOf is what is booked as earned by pot, the last day that it was booked for, and in how many entries.
func bookedOf(entries []ledger.Entry, scheme ledger.SchemeCode) (booked map[ledger.Code]int64, last ledger.Date, moves int) {
	booked = map[ledger.Code]int64{}
	for _, e := range entries {
		if e.Kind != insurance.KindCoverEarned || e.Postings[0].Account.Scheme != scheme {
			continue
		}
		for _, pot := range prepaid {
			booked[pot] += insurance.EarnedOf(e, scheme, pot)
		}
		last = max(last, e.ValueOn)
		moves++
	}
	return booked, last, moves
}

// firstPaid is the day of the first payment; zero where there is none.
func firstPaid(h cover.History) (first ledger.Date) {
	for _, p := range h.Payments {
		if first == 0 || p.On < first {
			first = p.On
		}
	}
	return first
}

// marks are the days at which what is earned is booked: the last of each month that has ended since it was booked last,
// and the day itself. One that was booked for already is never gone back before: what turns out otherwise is corrected
// there.
func marks(first, last, through ledger.Date) (all []ledger.Date) {
	from := max(first, last)
	if from == 0 {
		return nil
	}
	through = max(through, last)
	if from > through {
		return nil
	}
	for month := from.Period(); month < through.Period(); month = month.Next() {
		if end := month.Next().FirstDay().AddDays(-1); end > last {
			all = append(all, end)
		}
	}
	return append(all, through)
}

// dueOf is what the pools have earned through the day, by pot.
func dueOf(b *book, h cover.History, through ledger.Date) (map[ledger.Code]int64, error) {
	due := map[ledger.Code]int64{}
	for _, name := range b.rules.Covers(through) {
		earned, err := b.rules.Earned(h, name, through)
		if err != nil {
			return nil, err
		}
		c, _ := b.rules.Cover(name, through)
		due[ledger.Code(c.Account)] += earned.Own
		due[ledger.Code(c.Matched)] += earned.Matched
	}
	return due, nil
}
