package pension

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// RunUncollected moves aside, each in its member's name, the benefits of a scheme that nobody has collected for as many
// days as the scheme says. What is payable longest counts as collected first.
func (s *Service) RunUncollected(ctx context.Context, scheme ledger.SchemeCode, progress func(Run)) (Run, error) {
	named := Run{Kind: UncollectedRun, Scheme: scheme}
	err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		page, err := tx.Page(ctx, ledger.Need{})
		if err != nil {
			return err
		}
		today := ledger.DateOf(page.RecordedAt())
		cutoff, err := deadline(ctx, tx, scheme, today)
		named.Name, named.Number = fmt.Sprintf("uncollected:%s:%s", scheme, cutoff), int(cutoff)
		return err
	})
	if err != nil {
		return Run{}, fmt.Errorf("run uncollected: %w", err)
	}
	return s.run(ctx, named, s.setAside, progress)
}

// deadline is the last day on which what has become payable is now uncollected.
func deadline(ctx context.Context, tx Tx, scheme ledger.SchemeCode, today ledger.Date) (ledger.Date, error) {
	rules, err := rulesOn(ctx, tx, scheme, today)
	if err != nil {
		return 0, err
	}
	if rules.OldAge.UnclaimedAfter == nil {
		return 0, insurance.Fault{Field: "scheme", Reason: "DEADLINE_NOT_IN_SCHEME", Text: "the scheme names no days after which benefits are uncollected; publish a version with old_age.unclaimed_after"}
	}
	n, refusal, err := rules.Compute(rules.OldAge.UnclaimedAfter, rule.Input{On: today}, rule.Greater)
	if err != nil {
		return 0, err
	}
	days, ok := n.Round(exact.Up, exact.Int(1)).Whole()
	if refusal != nil || !ok || days < 1 || days > 36600 {
		return 0, insurance.Fault{Field: "scheme", Reason: "DEADLINE_NOT_IN_SCHEME", Text: "old_age.unclaimed_after is no number of days that is the same for all"}
	}
	return today.AddDays(-int(days)), nil
}

// setAside looks at the next members.
func (s *Service) setAside(ctx context.Context, tx Tx, run Run) (Run, int, error) {
	parties, run, err := s.nextMembers(ctx, tx, run)
	if err != nil {
		return run, 0, err
	}
	page, err := tx.Page(ctx, ledger.Need{Parties: parties})
	if err != nil {
		return run, 0, err
	}
	payable := slices.DeleteFunc(slices.Clone(parties), func(p ledger.Party) bool {
		return !slices.ContainsFunc(page.Balances(p), func(b ledger.Balance) bool { return waits(b, run.Scheme) })
	})
	if len(payable) == 0 {
		return run, len(parties), nil
	}
	entries, err := tx.EntriesOf(ctx, payable...)
	if err != nil {
		return run, 0, err
	}
	of := map[ledger.Party][]ledger.Entry{}
	for _, e := range entries {
		of[e.Party] = append(of[e.Party], e)
	}
	for _, party := range payable {
		for _, b := range page.Balances(party) {
			if !waits(b, run.Scheme) {
				continue
			}
			if run, err = s.aside(page, run, b, of[party]); err != nil {
				return run, 0, err
			}
		}
	}
	if len(page.Pending()) == 0 {
		return run, len(parties), nil
	}
	return run, len(parties), tx.Save(ctx, page)
}

// waits says that something of the scheme is payable on the account.
func waits(b ledger.Balance, scheme ledger.SchemeCode) bool {
	return b.Account.Code == ledger.BenefitsPayable && b.Account.Scheme == scheme && b.Money().Minor > 0
}

// aside moves what has been payable for too long: what stands there less what has come since the deadline.
func (s *Service) aside(page *ledger.Page, run Run, b ledger.Balance, entries []ledger.Entry) (Run, error) {
	cutoff := ledger.Date(run.Number)
	since, moves := int64(0), 0
	for _, e := range entries {
		for _, p := range e.Postings {
			if p.Account != b.Account {
				continue
			}
			if e.Kind == insurance.KindUncollected {
				moves++
			}
			if ledger.DateOf(e.RecordedAt) > cutoff {
				since += p.Credit
			}
		}
	}
	left := b.Money().Minor - since
	if left <= 0 {
		return run, nil
	}
	e, err := insurance.Uncollected(insurance.Payable{
		ID: ledger.ID(s.Keys.Hash("uncollected", string(b.Account.Party), string(run.Scheme), string(b.Account.Currency), strconv.Itoa(moves))),
		To: b.Account.Party, Scheme: run.Scheme, Currency: b.Account.Currency, Minor: left, On: ledger.DateOf(page.RecordedAt()), Reason: "UNCOLLECTED",
	})
	if err != nil {
		return run, err
	}
	run.Moved++
	run.Minor += left
	_, err = page.Post(e)
	return run, err
}

// Reclaim makes payable again what was moved aside of a member's benefits in a scheme, because she asks for it. The same
// reference again is answered with the amount of the first time.
func (s *Service) Reclaim(ctx context.Context, member insurance.MemberID, scheme ledger.SchemeCode, reference string) (back ledger.Money, repeated bool, err error) {
	if err := (Request{Reference: reference}).check("nobody"); err != nil {
		return back, false, err
	}
	id := ledger.ID(s.Keys.Hash("reclaimed", string(member), string(scheme), reference))
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		salts, err := tx.Salts(ctx, member)
		if err != nil {
			return err
		}
		if _, known := salts[member]; !known {
			return insurance.Fault{Field: "member_id", Reason: insurance.MemberUnknown, Text: "no member has that id"}
		}
		page, err := tx.Page(ctx, ledger.Need{Entries: []ledger.ID{id}, Parties: []ledger.Party{member.Party()}})
		if err != nil {
			return err
		}
		if before, seen := page.Entry(id); seen {
			back, repeated = insurance.Placed(before), true
			return nil
		}
		back, err = reclaim(page, id, member.Party(), scheme)
		if err != nil {
			return err
		}
		return tx.Save(ctx, page)
	})
	if err != nil {
		err = fmt.Errorf("reclaim: %w", err)
	}
	return back, repeated, err
}

func reclaim(page *ledger.Page, id ledger.ID, party ledger.Party, scheme ledger.SchemeCode) (ledger.Money, error) {
	for _, b := range page.Balances(party) {
		if b.Account.Code != ledger.UnclaimedBenefits || b.Account.Scheme != scheme || b.Money().Minor <= 0 {
			continue
		}
		e, err := insurance.Reclaimed(insurance.Payable{ID: id, To: party, Scheme: scheme, Currency: b.Account.Currency, Minor: b.Money().Minor,
			On: ledger.DateOf(page.RecordedAt()), Reason: "RECLAIMED"})
		if err != nil {
			return ledger.Money{}, err
		}
		_, err = page.Post(e)
		return b.Money(), err
	}
	return ledger.Money{}, insurance.Fault{Field: "member_id", Reason: insurance.NothingUncollected, Text: "nothing of hers has been moved aside in this scheme"}
}
