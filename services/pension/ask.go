package pension

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/oldage"
	"sanad.dev/sanad/services/privacy"
	"sanad.dev/sanad/services/rule"
)

// Request is what somebody asks for, under a reference of her own.
type Request struct {
	Reference string
	Scheme    ledger.SchemeCode
	// Ask says what; its ID is made of the reference, and On is today where it is zero.
	Ask oldage.Ask
	// Survivors are those left behind, where it is about them.
	Survivors []benefit.Survivor
}

// Answer is what was decided, or what will be once another person says the same.
type Answer struct {
	insurance.RecordedDecision
	insurance.Proposal
	// Pensions are those that have begun by it.
	Pensions []Pension
	// Repeated says that it was decided before, under the same reference.
	Repeated bool
}

const longestReference = 128

// Ask decides on early drawings, leaving, retirement and what a dead member leaves, and books what is granted. Above the
// scheme's amount the first person proposes, and the same call by another person decides. A refusal is decided at once.
// The same reference with the same content again is answered as the first time.
func (s *Service) Ask(ctx context.Context, r Request, person string) (answer Answer, err error) {
	if err := r.check(person); err != nil {
		return Answer{}, err
	}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		answer, err = s.ask(ctx, tx, r, person)
		return err
	})
	if err != nil {
		err = fmt.Errorf("decide on a pension: %w", err)
	}
	return answer, err
}

func (r Request) check(person string) error {
	if _, _, err := insurance.Agree(nil, person); err != nil {
		return err
	}
	if r.Reference == "" {
		return insurance.Fault{Field: "reference", Reason: "REFERENCE_MISSING", Text: "give your own reference of the request; sent again under it, it is decided once"}
	}
	if err := insurance.CheckText("reference", "TEXT_INVALID", r.Reference, longestReference); err != nil {
		return err
	}
	if r.Ask.Minor < 0 {
		return insurance.Fault{Field: "amount", Reason: "AMOUNT_INVALID", Text: "ask for more than nothing, or leave it out for all that may be drawn"}
	}
	for i, v := range r.Survivors {
		if v.Person == "" || slices.ContainsFunc(r.Survivors[:i], func(other benefit.Survivor) bool { return other.Person == v.Person }) {
			return insurance.Fault{Field: "survivors", Reason: "SURVIVORS_INVALID", Text: "give each survivor an opaque name of her own, her member id where she has one"}
		}
		if v.PayTo == "" && !insurance.MemberID(v.Person).WellFormed() {
			return insurance.Fault{Field: "survivors", Reason: "SURVIVORS_INVALID", Text: "say who is paid for a survivor who is no member, such as payer:7ab3"}
		}
		if kind := v.PayTo.Kind(); v.PayTo != "" && kind != ledger.PayerKind && kind != ledger.MemberKind {
			return insurance.Fault{Field: "survivors", Reason: "SURVIVORS_INVALID", Text: "a survivor, or a guardian, is paid as member: or payer:"}
		}
	}
	return nil
}

// asking is a request while it is decided.
type asking struct {
	*Service
	Request
	tx       Tx
	person   string
	member   ledger.Party
	id       ledger.ID
	page     *ledger.Page
	rules    ruled
	sealer   *privacy.Sealer
	entries  []ledger.Entry
	pensions []Pension
	facts    insurance.Facts
	today    ledger.Date
}

func (s *Service) ask(ctx context.Context, tx Tx, r Request, person string) (Answer, error) {
	a := &asking{Service: s, Request: r, tx: tx, person: person, member: r.Ask.Member.Party()}
	a.id = ledger.ID(s.Keys.Hash("pension-ask", string(r.Scheme), string(r.Ask.Member), r.Reference))
	a.Request.Ask.ID = a.id.String()
	if err := a.read(ctx); err != nil {
		return Answer{}, err
	}
	c, err := a.judged(ctx)
	if err != nil {
		return Answer{}, err
	}
	if before, found, err := a.before(ctx, c); err != nil || found {
		return before, err
	}
	if c.Version = a.rules.published.Version; c.Ask.On > a.today {
		return Answer{}, insurance.Fault{Field: "on", Reason: "DATE_INVALID", Text: "ask on the day itself, and not before it"}
	}
	j, err := oldage.Judge(a.rules.Scheme, c)
	if err != nil {
		return Answer{}, err
	}
	by, p, err := a.agreed(ctx, c, j)
	if err != nil || by == nil {
		return Answer{RecordedDecision: insurance.RecordedDecision{Decision: j.Decision}, Proposal: p}, err
	}
	return a.decide(ctx, c, j, by, p)
}

// read holds the member and those of her survivors who are members, and reads what is known of her.
func (a *asking) read(ctx context.Context) (err error) {
	id := a.Request.Ask.Member
	if err = a.tx.HoldMembers(ctx, id); err != nil {
		return err
	}
	parties := []ledger.Party{a.member}
	for _, s := range a.Survivors {
		if to := payeeOf(s); to.Held() {
			parties = append(parties, to)
		}
	}
	// Pensions are locked before balances, as by those who pay them.
	if a.pensions, err = a.tx.PensionsOf(ctx, a.member, a.Scheme); err != nil {
		return err
	}
	if err := a.known(ctx, parties); err != nil {
		return err
	}
	if a.page, err = a.tx.Page(ctx, ledger.Need{Parties: parties}); err != nil {
		return err
	}
	a.entries, err = a.tx.EntriesOf(ctx, a.member)
	a.today = ledger.DateOf(a.page.RecordedAt())
	if a.Request.Ask.On == 0 {
		a.Request.Ask.On = a.today
	}
	if err == nil {
		a.rules, err = rulesOn(ctx, a.tx, a.Scheme, a.Request.Ask.On)
	}
	return err
}

func payeeOf(s benefit.Survivor) ledger.Party {
	if s.PayTo != "" {
		return s.PayTo
	}
	return insurance.MemberID(s.Person).Party()
}

// known opens the facts of the member, and sees that all who are to be paid as members are known.
func (a *asking) known(ctx context.Context, parties []ledger.Party) error {
	ids := make([]insurance.MemberID, len(parties))
	for i, party := range parties {
		ids[i] = insurance.MemberID(party.ID())
	}
	salts, err := a.tx.Salts(ctx, ids...)
	if err != nil {
		return err
	}
	for i, id := range ids {
		if _, ok := salts[id]; !ok {
			field := "member_id"
			if i > 0 {
				field = "survivors"
			}
			return insurance.Fault{Field: field, Reason: insurance.MemberUnknown, Text: "no member has that id, or her data was erased"}
		}
	}
	if a.sealer, err = a.Keys.Sealer(salts[ids[0]]); err != nil {
		return err
	}
	sealed, err := a.tx.SealedFacts(ctx, ids[0])
	if err != nil {
		return err
	}
	a.facts, err = insurance.OpenFacts(a.sealer, ids[0], sealed[ids[0]])
	return err
}

// judged is what the request is judged by.
func (a *asking) judged(ctx context.Context) (oldage.Case, error) {
	drawings, err := a.tx.Drawings(ctx, a.member, a.Scheme)
	if err != nil {
		return oldage.Case{}, err
	}
	c := caseOf(a.Scheme, a.rules, a.facts, a.member, a.page.Balances(a.member), a.entries, a.pensions)
	c.Ask, c.Survivors = a.Request.Ask, a.Survivors
	for i := range a.rules.OldAge.Early {
		e := &a.rules.OldAge.Early[i]
		way := a.way(e.Name)
		for _, d := range drawings {
			if d.Way == way {
				c.Early = append(c.Early, oldage.Drawing{Early: e.Name, On: d.On, Minor: d.Minor})
			}
		}
	}
	return c, nil
}

// way is how a way of drawing early is kept.
func (a *asking) way(early string) ledger.ID {
	return ledger.ID(a.Keys.Hash("early-way", string(a.member), string(a.Scheme), early))
}

// caseOf is how a member stands in a scheme.
func caseOf(scheme ledger.SchemeCode, rules ruled, facts insurance.Facts, member ledger.Party, balances ledger.Balances, entries []ledger.Entry, pensions []Pension) oldage.Case {
	c := oldage.Case{Scheme: scheme, Version: rules.published.Version, Facts: facts, Contributions: match.PastOf(scheme, facts, entries).Contributions}
	account := func(code ledger.Code) ledger.Account {
		return ledger.Account{Code: code, Party: member, Scheme: scheme, Currency: rules.published.Currency}
	}
	own, matched := account(ledger.OldAgeOwn), account(ledger.OldAgeMatched)
	c.Own, c.Matched = max(0, own.Normal(balances.Of(own))), max(0, matched.Normal(balances.Of(matched)))
	for _, e := range entries {
		switch e.Kind {
		case insurance.KindDrawing, insurance.KindDrawingCharge, insurance.KindAnnuity:
			for _, p := range e.Postings {
				switch p.Account {
				case own:
					c.DrawnOwn += p.Debit
				case matched:
					c.DrawnMatched += p.Debit
				}
			}
		}
	}
	standing(&c, member, pensions)
	return c
}

// standing adds how her pensions stand: those of annuities together, for they are paid out of one pool.
func standing(c *oldage.Case, member ledger.Party, pensions []Pension) {
	for _, p := range pensions {
		c.CapitalPaid = c.CapitalPaid || p.Capital
		switch {
		case p.Payee != member:
			c.PensionsGoOn = c.PensionsGoOn || p.EndedOn == 0
		case p.Form == rule.Programmed && p.EndedOn == 0:
			c.Pension = &p.Terms
		case p.Form == rule.Annuity && (c.Pension == nil || c.Pension.Form == rule.Annuity):
			together := p.Terms
			if c.Pension != nil {
				together.Monthly, together.Reserve = together.Monthly+c.Pension.Monthly, together.Reserve+c.Pension.Reserve
				together.Refund = together.Refund || c.Pension.Refund
			}
			c.Pension = &together
			if p.Refund && !p.Capital {
				c.Left += p.Left()
			}
		}
	}
}

// before answers a request that has been decided under the same reference, where it was the same.
func (a *asking) before(ctx context.Context, c oldage.Case) (Answer, bool, error) {
	kept, found, err := a.tx.Decision(ctx, insurance.DecisionID(a.id.String()))
	if err != nil || !found {
		return Answer{}, false, err
	}
	r, err := kept.Open(a.sealer)
	if err != nil {
		return Answer{}, false, err
	}
	var then oldage.Case
	if err := json.Unmarshal(r.Judged, &then); err != nil {
		return Answer{}, false, fmt.Errorf("open decision %s: what is kept is no case", r.ID)
	}
	if then.Ask.On != c.Ask.On && a.askedToday() {
		then.Ask.On = c.Ask.On // the first call asked for its own day
	}
	if contentOf(then) != contentOf(c) {
		return Answer{}, false, insurance.Fault{Field: "reference", Reason: insurance.ReferenceReused, Text: "another request was sent under this reference"}
	}
	answer := Answer{RecordedDecision: r, Repeated: true}
	answer.Done = true
	for _, p := range a.pensions {
		if p.Decision == r.ID {
			answer.Pensions = append(answer.Pensions, p)
		}
	}
	return answer, true, nil
}

// askedToday says that the request leaves the day open.
func (a *asking) askedToday() bool { return a.Request.Ask.On == a.today }

// contentOf is what was asked, without what was known.
func contentOf(c oldage.Case) string {
	text, err := json.Marshal(struct {
		Ask       oldage.Ask
		Survivors []benefit.Survivor
	}{c.Ask, append([]benefit.Survivor{}, c.Survivors...)})
	if err != nil {
		return ""
	}
	return string(text)
}

// agreed are those who decide; nil while another person must still agree.
func (a *asking) agreed(ctx context.Context, c oldage.Case, j oldage.Judgement) ([]string, insurance.Proposal, error) {
	alone, err := a.oneDecides(c, j)
	if err != nil {
		return nil, insurance.Proposal{}, err
	}
	if alone {
		return []string{a.person}, insurance.Proposal{Maker: a.person, Done: true}, nil
	}
	c.Ask.On = 0 // the second person may agree on another day
	content := a.Keys.Hash("pension-content", contentOf(c))
	p, carryOut, err := agreed(ctx, a.tx, "pension:"+a.id.String()+":"+hex.EncodeToString(content[:]), a.person)
	if err != nil || !carryOut {
		return nil, p, err
	}
	return []string{p.Maker, p.Approver}, p, nil
}

// oneDecides says whether one person is enough: for a refusal, and up to the amount that the scheme names.
func (a *asking) oneDecides(c oldage.Case, j oldage.Judgement) (bool, error) {
	granted := j.Decision.Granted()
	if granted == 0 {
		return true, nil
	}
	if a.rules.OldAge.TwoPeopleOver == nil {
		return false, nil
	}
	n, refusal, err := a.rules.Compute(a.rules.OldAge.TwoPeopleOver, rule.Input{Facts: a.facts, On: c.Ask.On}, rule.Lesser)
	if err != nil || refusal != nil {
		return false, err
	}
	most, err := a.rules.Rounded(nil, n)
	return granted <= most, err
}

// decide records the decision with what it was judged by, and books what it grants.
func (a *asking) decide(ctx context.Context, c oldage.Case, j oldage.Judgement, by []string, p insurance.Proposal) (Answer, error) {
	judged, err := json.Marshal(c)
	if err != nil {
		return Answer{}, err
	}
	r := insurance.RecordedDecision{ID: insurance.DecisionID(a.id.String()), By: by, RecordedAt: a.page.RecordedAt(), Decision: j.Decision, Judged: judged}
	kept, err := r.Keep(a.sealer)
	if err != nil {
		return Answer{}, err
	}
	if err := a.tx.SaveDecision(ctx, kept); err != nil {
		return Answer{}, err
	}
	pensions := a.begun(j, r.ID)
	if err := a.tx.AddPensions(ctx, pensions...); err != nil {
		return Answer{}, err
	}
	if err := a.note(ctx, c, j); err != nil {
		return Answer{}, err
	}
	return Answer{RecordedDecision: r, Proposal: p, Pensions: pensions}, a.book(ctx, j)
}

// begun are the pensions that begin.
func (a *asking) begun(j oldage.Judgement, by insurance.DecisionID) []Pension {
	var all []Pension
	if t := j.Terms; t != nil && t.Form != rule.PayLump {
		all = append(all, a.pension(*t, a.member, by, "own"))
	}
	for i, l := range j.Legacies {
		if l.Terms != nil {
			all = append(all, a.pension(*l.Terms, l.To, by, strconv.Itoa(i)))
		}
	}
	return all
}

func (a *asking) pension(t oldage.Terms, payee ledger.Party, by insurance.DecisionID, which string) Pension {
	return Pension{ID: a.name("begun", which), Payee: payee, Of: a.member, Scheme: a.Scheme, Currency: a.rules.published.Currency, Terms: t, Decision: by}
}

// note keeps an early drawing, and ends the pensions of somebody who has died.
func (a *asking) note(ctx context.Context, c oldage.Case, j oldage.Judgement) error {
	if c.Ask.Kind == oldage.DrawEarly && !j.Refused() {
		return a.tx.AddDrawing(ctx, Drawn{ID: a.id, Member: a.member, Scheme: a.Scheme, Way: a.way(c.Ask.Early), On: c.Ask.On,
			Minor: minorOf(j.Draw) + minorOf(j.Charge)})
	}
	if c.Ask.Kind != oldage.ToSurvivors || len(j.Legacies) == 0 {
		return nil
	}
	var ended []Pension
	for _, p := range a.pensions {
		if p.Payee != a.member {
			continue
		}
		if p.EndedOn == 0 {
			p.EndedOn = a.today
		}
		if p.Refund { // what was left of the reserve has gone to the survivors
			p.PaidMinor = max(p.PaidMinor, p.Reserve)
		}
		p.Capital = p.Capital || j.Capital
		ended = append(ended, p)
	}
	return a.tx.SavePensions(ctx, ended...)
}

func minorOf(pots []insurance.PotShare) (sum int64) {
	for _, pot := range pots {
		sum += pot.Minor
	}
	return sum
}

// name is the id of an entry, or a pension, of the request.
func (a *asking) name(part string, more ...string) ledger.ID {
	return ledger.ID(a.Keys.Hash("pension-"+part, append([]string{a.id.String()}, more...)...))
}

func (a *asking) savings(id ledger.ID, reason string, pots []insurance.PotShare) insurance.Savings {
	return insurance.Savings{ID: id, Member: a.Request.Ask.Member, Scheme: a.Scheme, Currency: a.rules.published.Currency, Pots: pots, On: a.today, Reason: reason}
}

// book books what the judgement moves, and saves the page.
func (a *asking) book(ctx context.Context, j oldage.Judgement) error {
	entries, err := a.entriesOf(j)
	if err != nil {
		return err
	}
	if len(entries) == 0 && !j.Exit {
		return nil
	}
	if _, err := a.page.Post(entries...); err != nil {
		return err
	}
	if j.Exit {
		return a.leave(ctx, j)
	}
	return a.tx.Save(ctx, a.page)
}

func (a *asking) entriesOf(j oldage.Judgement) ([]ledger.Entry, error) {
	var entries []ledger.Entry
	add := func(e ledger.Entry, err error) error {
		entries = append(entries, e)
		return err
	}
	if len(j.Draw) > 0 {
		if err := add(insurance.Drawn(a.savings(a.name("drawn"), reasons[a.Request.Ask.Kind], j.Draw))); err != nil {
			return nil, err
		}
	}
	if len(j.Charge) > 0 {
		if err := add(insurance.DrawingCharged(a.savings(a.name("charged"), reasons[a.Request.Ask.Kind], j.Charge), j.ChargeTo)); err != nil {
			return nil, err
		}
	}
	if len(j.Buy) > 0 {
		if err := add(insurance.AnnuityBought(a.savings(a.name("bought"), reasons[a.Request.Ask.Kind], j.Buy))); err != nil {
			return nil, err
		}
	}
	for i, l := range j.Legacies {
		if err := a.legacy(l, strconv.Itoa(i), add); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// reasons are how entries say what they are of; that somebody can't work any more is not for the books to tell.
var reasons = map[oldage.AskKind]string{
	oldage.Retire: "retirement", oldage.RetireUnable: "retirement", oldage.DrawEarly: "early", oldage.Leave: "exit", oldage.ToSurvivors: "survivors",
}

// legacy books what one survivor gets: who is a member is paid by way of the pool, for an entry concerns one member only.
func (a *asking) legacy(l oldage.Legacy, which string, add func(ledger.Entry, error) error) error {
	pool := l.Pool
	if pots := minorOf(l.Pots); pots > 0 {
		if err := add(insurance.LeftToSurvivors(a.savings(a.name("left", which), "survivors", l.Pots), l.To)); err != nil {
			return err
		}
		if l.To.Held() {
			pool += pots
		}
	}
	if pool == 0 {
		return nil
	}
	return add(insurance.PensionPaid(insurance.Payable{ID: a.name("inherited", which), To: l.To, Scheme: a.Scheme, Currency: a.rules.published.Currency,
		Minor: pool, On: a.today, Reason: "survivors"}))
}

// leave takes from her what has not vested: to the fund where the law leaves it there, and else by the exit that goes on
// record, for which the rules make less due (L6). What interest the lost part had earned goes back to the fund.
func (a *asking) leave(ctx context.Context, j oldage.Judgement) error {
	if j.ToFund {
		if err := a.forfeit(); err != nil {
			return err
		}
		return a.tx.Save(ctx, a.page)
	}
	change := insurance.Change{By: a.person, On: a.today, Add: insurance.Facts{Withdrawal: []insurance.Drawing{{Scheme: a.Scheme, On: a.Request.Ask.On,
		Minor: minorOf(j.Draw), Currency: a.rules.published.Currency, Exit: true}}}}
	facts, err := a.facts.Record(change)
	if err != nil {
		return err
	}
	sealed, err := insurance.SealFacts(a.sealer, a.Request.Ask.Member, facts)
	if err != nil {
		return err
	}
	if err := a.tx.SaveFacts(ctx, map[insurance.MemberID][]byte{a.Request.Ask.Member: sealed}); err != nil {
		return err
	}
	settler := match.Settler{Keys: a.Keys, Scarce: true}
	settled, err := settler.Settle(ctx, a.tx, a.page, match.Asked{Member: a.member, Scheme: a.Scheme})
	if err != nil {
		return err
	}
	if err := a.forfeit(); err != nil {
		return err
	}
	if err := a.tx.Save(ctx, a.page); err != nil {
		return err
	}
	return settled.Confirm(ctx, a.tx)
}

// forfeit gives what is left of the state's share to the fund.
func (a *asking) forfeit() error {
	account := ledger.Account{Code: ledger.OldAgeMatched, Party: a.member, Scheme: a.Scheme, Currency: a.rules.published.Currency}
	left := account.Normal(a.page.Balances(a.member).Of(account))
	if left <= 0 {
		return nil
	}
	e, err := insurance.Forfeited(a.savings(a.name("forfeited"), "exit", []insurance.PotShare{{Account: ledger.OldAgeMatched, Minor: left}}))
	if err != nil {
		return err
	}
	_, err = a.page.Post(e)
	return err
}
