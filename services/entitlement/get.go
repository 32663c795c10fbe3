package entitlement

import (
	"context"
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/insurance"
)

// Audience says for whom an answer is.
type Audience string

// The audiences. Whoever is none of them is told as little as a provider.
const (
	ForMember   Audience = "member"
	ForDelegate Audience = "delegate"
	ForProvider Audience = "provider"
	ForInsurer  Audience = "insurer"
)

// told says whether the audience is told reasons, payments, advice and category.
func (a Audience) told() bool { return a == ForMember || a == ForDelegate }

// Query asks what somebody is entitled to.
type Query struct {
	Scheme ledger.SchemeCode
	// Cover is the scheme's name for it; empty means its only one, or its first.
	Cover string
	// Person is whom it is about: the member herself where it is empty.
	Person cover.Person
	// On is the day; zero is today.
	On       ledger.Date
	Audience Audience
	// Region is the country in which phones without a country code are read.
	Region string
}

// Entitlement is whether somebody is covered on a day, and all that the audience is told.
type Entitlement struct {
	Member   insurance.MemberID
	Currency ledger.Currency
	// From is the first day of cover where it is paid for and has not begun.
	From ledger.Date
	cover.Answer
	Limits     []Limit
	CoPayments []CoPayment
	// BorneBy bears emergency care and births where she is not covered: no answer is a ground to refuse them.
	BorneBy ledger.Party
	// Why are the reasons with what they mean by language, in the order of Reasons.
	Why []map[string]string
	// Categories are those that she is in on the day, and Texts the answer in one message by language.
	Categories []string
	Texts      map[string]string
}

// withheld is the answer as providers and insurers are told it: yes or no, until when, limits and co-payment. The cover's
// name and the state could tell of a pregnancy or a category.
func (e Entitlement) withheld() Entitlement {
	return Entitlement{
		Member: e.Member, Currency: e.Currency, Limits: e.Limits, CoPayments: e.CoPayments, BorneBy: e.BorneBy,
		Answer: cover.Answer{Scheme: e.Scheme, Person: e.Person, On: e.On, Covered: e.Covered, Until: e.Until},
	}
}

// Answered is one of many who are asked about: her entitlement, or why she can't be told of.
type Answered struct {
	Entitlement
	Err error
}

// Get answers for the one member whom the reference points to.
func (s *Service) Get(ctx context.Context, ref insurance.Reference, q Query) (Entitlement, error) {
	var found []Answered
	err := s.Store.View(ctx, func(ctx context.Context, tx Tx) (err error) {
		found, err = s.answer(ctx, tx, q, []insurance.Reference{ref})
		return err
	})
	if err == nil {
		err = found[0].Err
	}
	if err != nil {
		return Entitlement{}, fmt.Errorf("tell an entitlement: %w", err)
	}
	return found[0].Entitlement, nil
}

// Batch answers for each of many in order, some at a time, so that it takes no more room however many they are.
func (s *Service) Batch(ctx context.Context, refs []insurance.Reference, q Query, answer func(Answered) error) error {
	for part := range slices.Chunk(refs, s.atOnce()) {
		var found []Answered
		err := s.Store.View(ctx, func(ctx context.Context, tx Tx) (err error) {
			found, err = s.answer(ctx, tx, q, part)
			return err
		})
		if err != nil {
			return fmt.Errorf("tell entitlements: %w", err)
		}
		for _, a := range found {
			if err := answer(a); err != nil {
				return err
			}
		}
	}
	return nil
}

// answer answers for each of the references, in one transaction.
func (s *Service) answer(ctx context.Context, tx Tx, q Query, refs []insurance.Reference) ([]Answered, error) {
	desk, err := s.desk(ctx, tx, q)
	if err != nil {
		return nil, err
	}
	members, err := s.find(ctx, tx, refs, desk.Query)
	if err != nil {
		return nil, err
	}
	var ids []insurance.MemberID
	for _, m := range members {
		if m.err == nil {
			ids = append(ids, m.id)
		}
	}
	all, err := s.read(ctx, tx, desk.book, ids...)
	if err != nil {
		return nil, err
	}
	answers := make([]Answered, len(refs))
	for i, m := range members {
		k := all[m.id]
		switch {
		case m.err != nil:
			answers[i].Err = m.err
		case k == nil:
			answers[i].Err = unknownMember
		default:
			answers[i].Entitlement, answers[i].Err = desk.judge(ctx, tx, k)
		}
	}
	return answers, nil
}

// desk is where a question is answered for one after another.
type desk struct {
	*Service
	*book
	Query
	// today is the scheme's day, and zoneless.
	asked ledger.Date
}

func (s *Service) desk(ctx context.Context, tx Tx, q Query) (*desk, error) {
	b, err := s.book(ctx, tx, q.Scheme)
	if err != nil {
		return nil, err
	}
	d := &desk{Service: s, book: b, Query: q}
	if d.asked, err = s.today(ctx, tx, b); err != nil {
		return nil, err
	}
	if d.On == 0 {
		d.On = d.asked
	}
	name, ok := b.cover(q.Cover, d.On)
	if !ok {
		return nil, insurance.Fault{Field: "cover", Reason: "COVER_UNKNOWN", Text: "the scheme has no such cover on that day; leave it empty for its first"}
	}
	d.Cover = name
	return d, nil
}

// judge answers for one member.
func (d *desk) judge(ctx context.Context, tx Tx, k *known) (Entitlement, error) {
	h := k.history(d.code, d.last().Location())
	answer, err := d.rules.Judge(h, d.question(d.On))
	if err != nil {
		return Entitlement{}, err
	}
	e := Entitlement{Member: k.id, Currency: d.on(d.On).Currency, Answer: answer}
	if answer.State == cover.Waiting && !answer.Covered {
		if e.From, err = d.firstDay(h); err != nil {
			return e, err
		}
	}
	if err := d.addTerms(ctx, tx, k, &e); err != nil {
		return e, err
	}
	if !d.Audience.told() {
		return e.withheld(), nil
	}
	for _, r := range e.Reasons {
		e.Why = append(e.Why, textsOf(r))
	}
	for _, c := range k.facts.Categories {
		if c.On(d.On) {
			e.Categories = append(e.Categories, c.Name)
		}
	}
	e.Texts = d.told(k, e).texts()
	return e, nil
}

func (d *desk) question(on ledger.Date) cover.Question {
	return cover.Question{Cover: d.Cover, Person: d.Person, On: on, Asked: d.asked}
}

// longestWait bounds how far ahead the first day of cover is looked for.
const longestWait = 512

// firstDay is the first day on which somebody who waits is covered; zero where none is near. Waiting comes before cover,
// so that the days between can be halved.
func (d *desk) firstDay(h cover.History) (ledger.Date, error) {
	near, far := 0, longestWait
	for near < far {
		half := (near + far) / 2
		a, err := d.rules.Judge(h, d.question(d.On.AddDays(half)))
		if err != nil {
			return 0, err
		}
		if a.State == cover.Waiting {
			near = half + 1
		} else {
			far = half
		}
	}
	if near == longestWait {
		return 0, nil
	}
	return d.On.AddDays(near), nil
}

// addTerms adds limits, co-payments and who bears an emergency.
func (d *desk) addTerms(ctx context.Context, tx Tx, k *known, e *Entitlement) error {
	compiled, err := d.compiled(d.On)
	if err != nil {
		return err
	}
	t := terms{scheme: compiled, code: d.code, cover: d.Cover, pool: d.pool(d.Cover, d.On), facts: k.facts, on: d.On, person: string(k.id), own: e.OwnLimits}
	if d.Person.Dependant != "" {
		t.person = d.Person.Dependant
	}
	e.BorneBy = t.emergency()
	if d.Used != nil && t.limited() {
		if t.used, err = d.Used(ctx, tx, k.id); err != nil {
			return err
		}
	}
	if e.Limits, err = t.limits(); err != nil {
		return err
	}
	e.CoPayments, err = t.coPayments()
	return err
}

// told is what a text says of the answer: what she did not choose to be told in texts stays out.
func (d *desk) told(k *known, e Entitlement) told {
	t := told{name: d.on(d.On).Name, covered: e.Covered, until: e.Until, from: e.From, why: openReason(e.Reasons)}
	if t.until >= ledger.LastDate {
		t.until = 0
	}
	if e.Advice != nil {
		t.pay, t.by = payable(*e.Advice, d.asked, e.Currency)
	}
	if k.choice.Tells(insurance.TellHealth) {
		t.extras = append(t.extras, extra{insurance.TellHealth, d.coverName()})
	}
	if k.choice.Tells(insurance.TellCategory) {
		for _, name := range e.Categories {
			t.extras = append(t.extras, extra{insurance.TellCategory, name})
		}
	}
	if k.choice.Tells(insurance.TellBalance) {
		for _, l := range e.Limits {
			t.extras = append(t.extras, extra{insurance.TellBalance, l.text(e.Currency)})
		}
	}
	return t
}

func (d *desk) coverName() string {
	if c, ok := d.rules.Cover(d.Cover, d.On); ok && c.Name != "" {
		return c.Name
	}
	return d.Cover
}

func (l Limit) text(currency ledger.Currency) string {
	if l.Money {
		return l.Benefit + " " + ledger.Money{Minor: l.Left, Currency: currency}.String()
	}
	return fmt.Sprintf("%s %d", l.Benefit, l.Left)
}

// payable is what a text names of an advice: all of it by the first day on which a part of it is too late, if all of it can
// be paid today and on every day until then; nothing else would be true in one sentence.
func payable(a cover.Advice, today ledger.Date, currency ledger.Currency) (ledger.Money, ledger.Date) {
	by, from := ledger.LastDate, ledger.Date(0)
	for _, d := range a.Pay {
		by, from = min(by, d.By), max(from, d.From)
	}
	if len(a.Pay) == 0 || from > today || by < today {
		return ledger.Money{}, 0
	}
	return ledger.Money{Minor: a.Minor(), Currency: currency}, by
}
