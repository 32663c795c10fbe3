package funds

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// Run is what a run of cession has done.
type Run struct {
	// National is the scheme whose pools stand behind the others; On the day that was booked on.
	National ledger.SchemeCode
	On       ledger.Date
	Moves    []insurance.PoolMove
	Calls    []Call
	// Short are the pools that still can't pay all that they owe, by how much, and what waits therefore.
	Short []Shortage
}

// Shortage is what a pool lacks, and the payouts that wait for it.
type Shortage struct {
	Fund    insurance.FundAccount
	Minor   int64
	Waiting insurance.PoolSum
	// Today is the day of the database's clock, by which ages are told.
	Today ledger.Date
}

// RunCession brings a family of pools, the national ones and the groups' that stand before them, to where they ought to
// be at the end of the day's month: cession, recovery and loans as they are due less what is booked; calls on guarantors
// of pools under their floors; and payouts that nobody can pay for held, the oldest going first. A second run at once
// books nothing. Scheme is any of the family.
func (s *Service) RunCession(ctx context.Context, scheme ledger.SchemeCode, on ledger.Date, person string) (run Run, err error) {
	if err := checkPerson(person); err != nil {
		return run, err
	}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		now, err := today(ctx, tx)
		if err != nil {
			return err
		}
		day := cmp.Or(on, now)
		if err := open(ctx, tx, day); err != nil {
			return err
		}
		r, national, err := s.hold(ctx, tx, scheme, day.Period())
		if err != nil {
			return err
		}
		run = Run{National: national.code, On: day}
		helps, err := s.carryOut(ctx, tx, r, national, &run)
		if err != nil {
			return err
		}
		return s.callAndHold(ctx, tx, r, helps, now, person, &run)
	})
	return run, err
}

// open refuses a day in a closed month: what was booked for it would stand in a later one, and be booked again.
func open(ctx context.Context, tx Tx, day ledger.Date) error {
	calendar, err := tx.Calendar(ctx)
	if err == nil && day.Period() <= calendar.ClosedThrough {
		return insurance.Fault{Field: "on", Reason: insurance.FundMonthClosed, Text: "that month is closed; name a day of an open one"}
	}
	return err
}

// family is the national scheme of a family of pools that is held, and how many moves were booked in it.
type family struct {
	code  ledger.SchemeCode
	moves int
}

// hold locks the scheme's family and then reads all pools.
func (s *Service) hold(ctx context.Context, tx Tx, scheme ledger.SchemeCode, month ledger.Period) (*reading, family, error) {
	first := &reading{month: month}
	if err := first.readSchemes(ctx, tx); err != nil {
		return nil, family{}, err
	}
	if s := first.schemes[scheme]; s == nil || s.Funds == nil {
		return nil, family{}, insurance.Fault{Field: "scheme", Reason: insurance.FundUnknown, Text: "no scheme of that code says anything of its funds"}
	}
	f := family{code: cmp.Or(first.nationalOf(scheme), scheme)}
	var err error
	if f.moves, err = tx.HoldFund(ctx, f.code); err != nil {
		return nil, f, err
	}
	r, err := read(ctx, tx, month)
	return r, f, err
}

// pool is the pool of a scheme.
func (r *reading) pool(scheme ledger.SchemeCode, name insurance.Pool) (*pool, error) {
	for i := range r.pools {
		if p := &r.pools[i]; p.Fund.Scheme == scheme && p.Fund.Pool == name && p.Fund.Currency == r.currency[scheme] {
			return p, p.check()
		}
	}
	return nil, insurance.Fault{Field: "pool", Reason: insurance.FundUnknown, Text: "the scheme's funds do not name that pool"}
}

// check refuses a pool whose terms can't be known.
func (p *pool) check() error {
	if !p.known {
		return insurance.Fault{Field: "pool", Reason: insurance.FundTermsUnknown,
			Text: "the scheme does not say what holds for its pool " + string(p.Fund.Pool) + " in that month; look at the dates of its parameters"}
	}
	return nil
}

// carryOut plans each kind of pool of the family, and books what passes between them.
func (s *Service) carryOut(ctx context.Context, tx Tx, r *reading, f family, run *Run) ([]Help, error) {
	var all []Help
	for _, name := range insurance.Pools() {
		national, groups, err := r.family(f.code, name)
		if err != nil {
			return nil, err
		}
		helps := Plan(national, groups)
		all = append(all, helps...)
		if national == nil {
			continue
		}
		run.Moves = append(run.Moves, Moves(national.Fund, helps, run.On)...)
	}
	return all, s.book(ctx, tx, f, run.Moves)
}

// family are the national pool of that name, and those of the groups before it, which have the same currency.
func (r *reading) family(national ledger.SchemeCode, name insurance.Pool) (head *Standing, groups []Standing, err error) {
	for i := range r.pools {
		p := &r.pools[i]
		s := r.schemes[p.Fund.Scheme]
		if p.Fund.Pool != name || s == nil || s.Funds == nil || p.Fund.Currency != r.currency[p.Fund.Scheme] {
			continue
		}
		_, named := s.Funds.Pools[string(name)]
		isHead, isGroup := p.Fund.Scheme == national, r.nationalOf(p.Fund.Scheme) == national
		if !named || !isHead && !isGroup {
			continue
		}
		if err := p.check(); err != nil {
			return nil, nil, err
		}
		if isHead {
			head = &p.Standing
		} else if p.Fund.Currency == r.currency[national] {
			groups = append(groups, p.Standing)
		}
	}
	return head, groups, nil
}

// book posts the moves, each under the number that it has in its family.
func (s *Service) book(ctx context.Context, tx Tx, f family, moves []insurance.PoolMove) error {
	entries := make([]ledger.Entry, len(moves))
	for i := range moves {
		f.moves++
		m := &moves[i]
		m.ID = ledger.ID(s.Keys.Hash("pool-move", string(f.code), strconv.Itoa(f.moves), string(m.Kind), string(m.Group.Scheme), string(m.Group.Pool)))
		var err error
		if entries[i], err = insurance.PoolMoved(*m); err != nil {
			return fmt.Errorf("%s of %s: %w", m.Kind, m.Group, err)
		}
	}
	if err := tx.SaveFund(ctx, f.code, f.moves); err != nil || len(entries) == 0 {
		return err
	}
	return post(ctx, tx, entries...)
}

func post(ctx context.Context, tx Tx, entries ...ledger.Entry) error {
	var need ledger.Need
	for _, e := range entries {
		need.Entries = append(need.Entries, e.ID)
	}
	page, err := tx.Page(ctx, need)
	if err != nil {
		return err
	}
	if _, err := page.Post(entries...); err != nil {
		return err
	}
	return tx.Save(ctx, page)
}

// callAndHold calls guarantors, and holds what nobody can pay for.
func (s *Service) callAndHold(ctx context.Context, tx Tx, r *reading, helps []Help, on ledger.Date, person string, run *Run) error {
	unpaid, err := tx.UnpaidByPool(ctx)
	if err != nil {
		return err
	}
	for _, h := range helps {
		p, err := r.pool(h.Fund.Scheme, h.Fund.Pool)
		if err != nil {
			return err
		}
		if h.Call > 0 && p.guarantor != "" {
			call, err := s.call(ctx, tx, p, h.Call, on, person)
			if err != nil {
				return err
			}
			run.Calls = append(run.Calls, call)
		}
		if h.Fund.Pool == insurance.OldAge { // what is in it is its members' own, and none of it waits for others
			continue
		}
		short, err := holdBack(ctx, tx, h, sumOf(unpaid, h.Fund), person)
		if err != nil {
			return err
		}
		if short.Today = on; short.Minor > 0 {
			run.Short = append(run.Short, short)
		}
	}
	return nil
}

func sumOf(sums []insurance.PoolSum, fund insurance.FundAccount) int64 {
	i := slices.IndexFunc(sums, func(s insurance.PoolSum) bool { return s.FundAccount == fund })
	if i < 0 {
		return 0
	}
	return sums[i].Minor
}
