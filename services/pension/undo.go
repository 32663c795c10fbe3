package pension

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/oldage"
	"sanad.dev/sanad/services/privacy"
	"sanad.dev/sanad/services/rule"
)

// Paid is what somebody had been paid, in minor units, for a death that never was. It was received in good faith: it
// stands, and the fund bears it.
type Paid struct {
	Party    ledger.Party
	Scheme   ledger.SchemeCode
	Currency ledger.Currency
	Minor    int64
}

// UndoSurvivors takes back what was decided of what a member leaves, whoever asked for it, once her death is off the
// record: every entry is reversed, so that her pots and the reserve stand as if nothing had left them; survivors' pensions
// end; and what they had been paid by then is borne by the fund, and returned. Said again, it does what is missing, and
// answers the same.
func (s *Service) UndoSurvivors(ctx context.Context, member insurance.MemberID) ([]Paid, error) {
	decided, err := s.survivorsDecisions(ctx, member)
	if err != nil {
		return nil, fmt.Errorf("undo what a member leaves: %w", err)
	}
	var all []Paid
	for _, id := range decided {
		var paid []Paid
		err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) (err error) {
			paid, err = s.undoSurvivors(ctx, tx, member, id)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("undo decision %s on what a member leaves: %w", id, err)
		}
		all = append(all, paid...)
	}
	return all, nil
}

// survivorsDecisions are the decisions that have divided what a member leaves.
func (s *Service) survivorsDecisions(ctx context.Context, member insurance.MemberID) (ids []insurance.DecisionID, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		a := &asking{Service: s, Request: Request{Ask: oldage.Ask{Member: member}}, tx: tx}
		if err := a.known(ctx, []ledger.Party{member.Party()}); err != nil {
			return err
		}
		ids = nil
		for after := ""; ; {
			found, next, err := tx.DecisionsOf(ctx, member, after, s.atOnce())
			if err != nil {
				return err
			}
			for _, kept := range found {
				if kept.Kind != insurance.PensionDecision || kept.Follows != "" {
					continue
				}
				r, c, err := survivorsCase(kept, a.sealer)
				if err != nil {
					return err
				}
				if c.Ask.Kind == oldage.ToSurvivors && r.Granted() > 0 {
					ids = append(ids, r.ID)
				}
			}
			if after = next; after == "" {
				return nil
			}
		}
	})
	return ids, err
}

func survivorsCase(kept insurance.KeptDecision, sealer *privacy.Sealer) (insurance.RecordedDecision, oldage.Case, error) {
	var c oldage.Case
	r, err := kept.Open(sealer)
	if err == nil && json.Unmarshal(r.Judged, &c) != nil {
		err = fmt.Errorf("open decision %s: what is kept is no case", r.ID) // the error may quote it (L11)
	}
	return r, c, err
}

// undoing is a decision on what a member leaves while it is undone.
type undoing struct {
	*asking
	r insurance.RecordedDecision
	c oldage.Case
	j oldage.Judgement
	// by is the decision that stands in its place.
	by insurance.DecisionID
}

func (s *Service) undoSurvivors(ctx context.Context, tx Tx, member insurance.MemberID, id insurance.DecisionID) ([]Paid, error) {
	u := &undoing{asking: &asking{Service: s, tx: tx, member: member.Party(), Request: Request{Ask: oldage.Ask{Member: member}}}, by: s.undoneBy(id)}
	if err := u.reread(ctx, id); err != nil {
		return nil, err
	}
	if _, confirmed := u.facts.Died(); confirmed {
		return nil, nil // she was found to have died after all, meanwhile
	}
	_, done, err := tx.Decision(ctx, u.by)
	if err != nil {
		return nil, err
	}
	if done {
		return u.borne(ctx)
	}
	return u.undo(ctx)
}

// undoneBy names the decision by which one on what a member leaves is undone.
func (s *Service) undoneBy(id insurance.DecisionID) insurance.DecisionID {
	return insurance.DecisionID(ledger.ID(s.Keys.Hash("pension-undone", string(id))).String())
}

// reread holds the member, and reads the decision with what it was judged by and by which rules.
func (u *undoing) reread(ctx context.Context, id insurance.DecisionID) error {
	if err := u.tx.HoldMembers(ctx, u.Request.Ask.Member); err != nil {
		return err
	}
	if err := u.known(ctx, []ledger.Party{u.member}); err != nil {
		return err
	}
	kept, found, err := u.tx.Decision(ctx, id)
	if err != nil || !found {
		return cmp.Or(err, fmt.Errorf("decision %s: %w", id, ledger.ErrNotFound))
	}
	if u.r, u.c, err = survivorsCase(kept, u.sealer); err != nil {
		return err
	}
	u.Scheme, u.Request.Ask = u.c.Scheme, u.c.Ask
	if u.id, err = ledger.ParseID(string(id)); err != nil {
		return err
	}
	if u.rules, err = u.rulesOf(ctx, u.c.Version); err != nil {
		return err
	}
	u.j, err = oldage.Judge(u.rules.Scheme, u.c)
	return err
}

// rulesOf are the rules of a version.
func (a *asking) rulesOf(ctx context.Context, version int) (ruled, error) {
	versions, err := a.tx.SchemeVersions(ctx, a.Scheme)
	if err != nil {
		return ruled{}, err
	}
	for _, v := range versions[a.Scheme] {
		if v.Version == version {
			return read(v)
		}
	}
	return ruled{}, fmt.Errorf("scheme %s version %d: %w", a.Scheme, version, ledger.ErrNotFound)
}

// undo reverses what the decision has booked, and what the pensions that began by it have paid.
func (u *undoing) undo(ctx context.Context) ([]Paid, error) {
	var err error
	if u.pensions, err = u.tx.PensionsOf(ctx, u.member, u.Scheme); err != nil {
		return nil, err
	}
	entries := u.booked()
	need := ledger.Need{Entries: entries, Undoing: entries, Parties: u.parties()}
	if u.page, err = u.tx.Page(ctx, need); err != nil {
		return nil, err
	}
	u.today = ledger.DateOf(u.page.RecordedAt())
	reversals, lowered := u.reversals(entries)
	gone, err := u.gone(ctx, lowered)
	if err != nil {
		return nil, err
	}
	borne, err := u.bear(gone)
	if err != nil {
		return nil, err
	}
	if _, err := u.page.Post(append(reversals, borne...)...); err != nil {
		return nil, err
	}
	if err := u.record(ctx); err != nil {
		return nil, err
	}
	if err := u.tx.SavePensions(ctx, u.stand()...); err != nil {
		return nil, err
	}
	return gone, u.tx.Save(ctx, u.page)
}

// booked are the ids of the entries that may have been booked by the decision.
func (u *undoing) booked() (ids []ledger.ID) {
	for i := range u.j.Legacies {
		ids = append(ids, u.name("left", strconv.Itoa(i)), u.name("inherited", strconv.Itoa(i)))
	}
	for _, p := range u.pensions {
		for n := range p.Paid {
			if u.began(p) {
				ids = append(ids, u.instalmentID(p.ID, p.Month(n)))
			}
		}
	}
	return ids
}

// began says whether the pension began by the decision.
func (u *undoing) began(p Pension) bool { return p.Decision == u.r.ID }

// parties are the members whose accounts change.
func (u *undoing) parties() []ledger.Party {
	parties := []ledger.Party{u.member}
	for _, l := range u.j.Legacies {
		if l.To.Held() && !slices.Contains(parties, l.To) {
			parties = append(parties, l.To)
		}
	}
	return parties
}

// reversals are those of the entries that are in the books, and what they take from what is payable to whom.
func (u *undoing) reversals(ids []ledger.ID) (all []ledger.Entry, lowered map[ledger.Account][]ledger.Entry) {
	lowered = map[ledger.Account][]ledger.Entry{}
	for _, id := range ids {
		e, ok := u.page.Entry(id)
		if _, undone := u.page.UndoneBy(id); !ok || undone {
			continue
		}
		reversal := ledger.Reverse(e, u.name("undone", id.String()))
		reversal.Reason = "death-undone"
		all = append(all, reversal)
		for _, p := range e.Postings {
			if p.Account.Code == ledger.BenefitsPayable {
				lowered[p.Account] = append(lowered[p.Account], e)
			}
		}
	}
	return all, lowered
}

// gone is what of it has been paid out: it does not stand on the accounts any more.
func (u *undoing) gone(ctx context.Context, lowered map[ledger.Account][]ledger.Entry) (all []Paid, err error) {
	// Accounts are held in one order, so that two undoings never wait for each other in a circle.
	accounts := slices.SortedFunc(maps.Keys(lowered), func(a, b ledger.Account) int { return strings.Compare(a.String(), b.String()) })
	for _, account := range accounts {
		ours, sum := lowered[account], int64(0)
		for _, e := range ours {
			sum += net(e, account)
		}
		sum = account.Normal(sum)
		there, err := u.there(ctx, account, ours)
		if err != nil {
			return nil, err
		}
		if there < sum {
			all = append(all, Paid{account.Party, account.Scheme, account.Currency, sum - there})
		}
	}
	slices.SortFunc(all, func(a, b Paid) int { return strings.Compare(string(a.Party), string(b.Party)) })
	return all, nil
}

// there is what stands of our entries on an account. Of a member's it is what no payout can have taken since, whatever
// else came and went: another benefit of hers is not taken for one that she has drawn.
func (u *undoing) there(ctx context.Context, account ledger.Account, ours []ledger.Entry) (int64, error) {
	if !account.Party.Held() {
		held, err := u.tx.HoldShared(ctx, account)
		if err != nil {
			return 0, err
		}
		return max(0, held[0].Money().Minor), nil
	}
	entries, err := u.tx.EntriesOf(ctx, account.Party)
	if err != nil {
		return 0, err
	}
	return standsOf(account, entries, ours), nil
}

// standsOf follows an account in the order of recording: what is drawn is taken to be of other money first.
func standsOf(account ledger.Account, entries, ours []ledger.Entry) int64 {
	slices.SortStableFunc(entries, func(a, b ledger.Entry) int { return a.RecordedAt.Compare(b.RecordedAt) })
	var balance, part int64
	for _, e := range entries {
		moved := account.Normal(net(e, account))
		balance += moved
		if slices.ContainsFunc(ours, func(o ledger.Entry) bool { return o.ID == e.ID }) {
			part += moved
		}
		part = max(0, min(part, balance))
	}
	return part
}

// net is what an entry moves on an account, debits less credits.
func net(e ledger.Entry, account ledger.Account) (sum int64) {
	for _, p := range e.Postings {
		if p.Account == account {
			sum += p.Net()
		}
	}
	return sum
}

// bear books what was paid to the fund.
func (u *undoing) bear(gone []Paid) (entries []ledger.Entry, err error) {
	for _, p := range gone {
		e, err := insurance.PaidInGoodFaith(insurance.Payable{ID: u.name("borne", string(p.Party)), To: p.Party, Scheme: p.Scheme, Currency: p.Currency,
			Minor: p.Minor, On: u.today, Reason: "death-undone"})
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// borne reads back what an undoing that was carried out had to bear.
func (u *undoing) borne(ctx context.Context) (all []Paid, err error) {
	var ids []ledger.ID
	for _, l := range u.j.Legacies {
		ids = append(ids, u.name("borne", string(l.To)))
	}
	entries, err := u.tx.Entries(ctx, ids...)
	for _, e := range entries {
		for _, p := range e.Postings {
			if a := p.Account; a.Code == ledger.BenefitsPayable {
				all = append(all, Paid{a.Party, a.Scheme, a.Currency, p.Credit})
			}
		}
	}
	slices.SortFunc(all, func(a, b Paid) int { return strings.Compare(string(a.Party), string(b.Party)) })
	return all, err
}

// record puts a decision in the place of the one that is undone: judged by the same rules, of somebody who lives.
func (u *undoing) record(ctx context.Context) error {
	c := u.c
	c.Facts = u.facts
	j, err := oldage.Judge(u.rules.Scheme, c)
	if err != nil {
		return err
	}
	judged, err := json.Marshal(c)
	if err != nil {
		return err
	}
	var by []string
	for _, s := range u.facts.Superseded {
		if s.Was.Death.On != 0 {
			by = []string{s.By}
		}
	}
	r := insurance.RecordedDecision{ID: u.by, By: by, Follows: u.r.ID, Decision: j.Decision, Judged: judged}
	kept, err := r.Keep(u.sealer)
	if err != nil {
		return err
	}
	return u.tx.SaveDecision(ctx, kept)
}

// stand are the pensions as they stand once the decision is undone: those that began by it have ended, and of hers nothing
// has gone to survivors.
func (u *undoing) stand() (all []Pension) {
	for _, p := range u.pensions {
		switch {
		case u.began(p):
			p.EndedOn = cmp.Or(p.EndedOn, u.today)
		case p.Payee == u.member:
			if p.Refund && p.Form == rule.Annuity {
				p.PaidMinor = int64(p.Paid) * p.Monthly
			}
			p.Capital = p.Capital && !u.j.Capital
		default:
			continue
		}
		all = append(all, p)
	}
	return all
}
