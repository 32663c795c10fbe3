package claims

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

func decimal(n int) string { return strconv.Itoa(n) }

// differences are what is due less what is booked, by bearer and payee (L6); nothing where they are the same.
func differences(due, booked []Share) []Share {
	all := slices.Clone(due)
	for _, b := range booked {
		i := slices.IndexFunc(all, func(s Share) bool { return s.Bearer == b.Bearer && s.Payee == b.Payee })
		if i < 0 {
			all = append(all, Share{Bearer: b.Bearer, Payee: b.Payee})
			i = len(all) - 1
		}
		all[i].Booked -= b.Booked
	}
	all = slices.DeleteFunc(all, func(s Share) bool { return s.Booked == 0 })
	slices.SortFunc(all, func(a, b Share) int { return cmp.Or(cmp.Compare(a.Payee, b.Payee), cmp.Compare(a.Bearer, b.Bearer)) })
	return all
}

// change is what a difference books of what stands: all of what is added; of what is taken away, what was not paid yet, and
// what was paid only where it is recovered: what was received in good faith stands. Payable is what stands on the payee's
// account: what is not there any more was paid, whoever handed it over.
func change(difference int64, stands Share, payable int64, recovers bool) insurance.OwedChange {
	c := insurance.OwedChange{Bearer: stands.Bearer, Minor: difference}
	if difference >= 0 {
		return c
	}
	lowered, unpaid := -difference, max(0, min(stands.Unpaid(), payable))
	switch {
	case lowered <= unpaid:
	case recovers:
		c.Recovered = lowered - unpaid
	default:
		lowered = unpaid
	}
	c.Minor = -lowered
	return c
}

// after is what stands under the claim once the change is booked: what was not handed over goes first, then what came back.
// What is recovered was paid, and is no longer the claim's.
func (s Share) after(c insurance.OwedChange) Share {
	lowered := max(0, -c.Minor-c.Recovered)
	back := min(s.Back, max(0, lowered-(s.Booked-s.Paid)))
	s.Booked += c.Minor
	s.Paid = max(0, min(s.Paid-back-c.Recovered, s.Booked))
	s.Back -= back
	s.Dropped = min(s.Dropped, s.Back)
	return s
}

// book posts what is due less what is booked, an entry for each payee. An objection that is not judged yet keeps it from
// being taken back.
func (d *desk) book(ctx context.Context, tx Tx) error {
	all := differences(d.due(), d.owed.Shares)
	payable, err := d.payable(ctx, tx, all)
	if err != nil {
		return err
	}
	changes := map[ledger.Party][]insurance.OwedChange{}
	var payees []ledger.Party
	for _, difference := range all {
		stands := d.share(difference.Bearer, difference.Payee)
		c := change(difference.Booked, *stands, payable[difference.Payee], d.content.Cause.recovers())
		if c.Minor == 0 {
			continue
		}
		payable[difference.Payee] += c.Minor + c.Recovered
		back := stands.Back
		*stands = stands.after(c)
		d.owed.takeBack(difference.Payee, back-stands.Back)
		if changes[difference.Payee] == nil {
			payees = append(payees, difference.Payee)
		}
		changes[difference.Payee] = append(changes[difference.Payee], c)
	}
	if len(payees) == 0 {
		return nil
	}
	return d.post(ctx, tx, payees, changes)
}

func (d *desk) post(ctx context.Context, tx Tx, payees []ledger.Party, changes map[ledger.Party][]insurance.OwedChange) error {
	if err := d.hold(ctx, tx, payees); err != nil {
		return err
	}
	d.Moves++
	for _, payee := range payees {
		e, err := insurance.BenefitMoved(insurance.BenefitMove{
			ID: d.moveID(d.Moves, payee), Claim: d.ID, Number: d.Moves, Scheme: d.Scheme, Currency: d.Currency, On: d.on, Payee: payee,
			Changes: changes[payee],
		})
		if err != nil {
			return err
		}
		if _, err := d.page.Post(e); err != nil {
			return err
		}
	}
	return nil
}

// payable is what stands on the accounts of those of whom something is taken away, which nobody else can lower until the
// transaction ends.
func (d *desk) payable(ctx context.Context, tx Tx, all []Share) (map[ledger.Party]int64, error) {
	payable := map[ledger.Party]int64{}
	for _, s := range all {
		if _, known := payable[s.Payee]; known || s.Booked >= 0 {
			continue
		}
		if err := d.notObjected(ctx, tx); err != nil {
			return nil, err
		}
		account := ledger.Account{Code: ledger.BenefitsPayable, Party: s.Payee, Scheme: d.Scheme, Currency: d.Currency}
		if s.Payee.Held() {
			if err := d.hold(ctx, tx, []ledger.Party{s.Payee}); err != nil {
				return nil, err
			}
			payable[s.Payee] = account.Normal(d.page.Balances(s.Payee).Of(account))
			continue
		}
		held, err := tx.HoldShared(ctx, account)
		if err != nil {
			return nil, err
		}
		payable[s.Payee] = held[0].Money().Minor
	}
	return payable, nil
}

// share is what stands under the claim for a bearer and a payee.
func (d *desk) share(bearer, payee ledger.Party) *Share {
	i := slices.IndexFunc(d.owed.Shares, func(s Share) bool { return s.Bearer == bearer && s.Payee == payee })
	if i < 0 {
		d.owed.Shares = append(d.owed.Shares, Share{Bearer: bearer, Payee: payee})
		i = len(d.owed.Shares) - 1
	}
	return &d.owed.Shares[i]
}

// hold reads the page anew where somebody is paid whose account it does not hold: the survivors of a member, say.
func (d *desk) hold(ctx context.Context, tx Tx, payees []ledger.Party) error {
	parties, more := d.parties(), false
	for _, payee := range payees {
		if payee.Held() && !slices.Contains(parties, payee) {
			parties = append(parties, payee)
		}
		more = more || payee.Held() && !d.page.Holds(payee)
	}
	if !more {
		return nil
	}
	page, err := tx.Page(ctx, ledger.Need{Parties: parties})
	d.page = page
	return err
}

// notObjected refuses while the member has an appeal open, but for what an appeal itself has decided, and for a death that never was.
func (d *desk) notObjected(ctx context.Context, tx Tx) error {
	if d.content.Cause == Appeal || d.content.Cause == DeathUndone || d.Member == "" {
		return nil
	}
	open, err := tx.OpenAppeals(ctx, d.Member)
	if _, objected := open[d.Member]; err == nil && objected {
		err = insurance.Fault{Field: "claim_id", Reason: insurance.BenefitClaimObjected, Text: "the member has an appeal open; nothing is taken back before it is decided"}
	}
	return err
}
