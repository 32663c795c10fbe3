package cases

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
)

// Kept is a case as a store keeps it: its details are sealed.
type Kept struct {
	Case
	Sealed []byte
}

// Query asks for cases; empty fields mean all.
type Query struct {
	Member insurance.MemberID
	// OpenOnly leaves out those that are closed.
	OpenOnly bool
	// Overdue asks for open ones that should have been decided before the day.
	Overdue ledger.Date
	After   ID
	Limit   int
}

// Tx is one transaction on cases.
type Tx interface {
	// Case returns the case; false where there is none. HoldCase keeps it from being changed until the transaction ends.
	Case(ctx context.Context, id ID) (Kept, bool, error)
	HoldCase(ctx context.Context, id ID) (Kept, bool, error)
	// AddCase writes a new case, SaveCase what has become of one that is held.
	AddCase(ctx context.Context, k Kept) error
	SaveCase(ctx context.Context, k Kept) error
	// Cases pages through cases in the order of their ids.
	Cases(ctx context.Context, q Query) ([]Kept, error)
	// CaseNow is the database's clock.
	CaseNow(ctx context.Context) (time.Time, error)

	Decision(ctx context.Context, id insurance.DecisionID) (insurance.KeptDecision, bool, error)
	DecisionsOf(ctx context.Context, member insurance.MemberID, after string, limit int) ([]insurance.KeptDecision, string, error)
	Salts(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]byte, error)
	SealedFacts(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]byte, error)
}

// Store runs transactions.
type Store interface {
	Update(ctx context.Context, fn func(context.Context, Tx) error) error
	View(ctx context.Context, fn func(context.Context, Tx) error) error
}

// Service keeps cases.
type Service struct {
	Store Store
	Keys  *privacy.Keyring
	// Zone is where the fund's day begins and ends; nil means UTC.
	Zone *time.Location
	// AnswerDays is how long a case may take on its first level; 30 where it is zero.
	AnswerDays AnswerDays
}

func (s *Service) days() AnswerDays { return cmp.Or(s.AnswerDays, 30) }

func (s *Service) today(at time.Time) ledger.Date {
	if s.Zone == nil {
		return ledger.DateOf(at.UTC())
	}
	return ledger.DateOf(at.In(s.Zone))
}

// File opens a case. Request is the caller's own id of it: the same again is answered with the case of the first time.
func (s *Service) File(ctx context.Context, request string, f Filing) (filed Case, err error) {
	if request == "" {
		return filed, insurance.Fault{Field: "request_id", Reason: insurance.CaseInvalid, Text: "give an id of your own, so that a second try files no second case"}
	}
	id := s.Keys.Hash("case", request)
	f.ID = ID(hex.EncodeToString(id[:]))
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		sealer, err := s.sealer(ctx, tx, f.Member)
		if err != nil {
			return err
		}
		if known, ok, err := tx.Case(ctx, f.ID); err != nil || ok {
			filed = known.Case
			return firstOf(err, known.open(&filed, sealer), f.sameAs(filed))
		}
		if f.At, err = tx.CaseNow(ctx); err != nil {
			return err
		}
		f.On = s.today(f.At)
		objected, err := s.objected(ctx, tx, &f, sealer)
		if err != nil {
			return err
		}
		if filed, err = File(f, objected, s.days()); err != nil {
			return err
		}
		return keep(ctx, tx.AddCase, filed, sealer)
	})
	if err != nil {
		return Case{}, fmt.Errorf("file a case: %w", err)
	}
	return filed, nil
}

func firstOf(errs ...error) error { return cmp.Or(errs...) }

// sameAs refuses another case under the request's id.
func (f Filing) sameAs(c Case) error {
	if f.Member == c.Member && f.Kind == c.Kind && f.Text == c.Details.Text {
		return nil
	}
	return insurance.Fault{Field: "request_id", Reason: insurance.ReferenceReused, Text: "this id names another case already; choose a new one"}
}

// objected finds what the filing objects to, and completes it from there.
func (s *Service) objected(ctx context.Context, tx Tx, f *Filing, sealer *privacy.Sealer) (o Objected, err error) {
	if f.Against.Decision == "" {
		return s.unrecorded(ctx, tx, f, sealer)
	}
	kept, ok, err := tx.Decision(ctx, f.Against.Decision)
	if err != nil {
		return o, err
	}
	if !ok || kept.Member != f.Member {
		return o, insurance.Fault{Field: "against.decision_id", Reason: insurance.DecisionUnknown, Text: "no decision of that id is on her rights"}
	}
	decision, err := kept.Open(sealer)
	if err != nil {
		return o, err
	}
	f.Against.Kind, f.Against.Subject = decision.Kind, decision.Subject
	o = Objected{DecidedOn: s.today(decision.RecordedAt), AppealDays: decision.AppealDays}
	o.TookPart, err = tookPart(ctx, tx, f.Member, f.Against)
	return o, err
}

// decidedAtOnce is how many decisions are looked at in one query.
const decidedAtOnce = 200

// tookPart are all who made a decision on the subject, from the first to the last.
func tookPart(ctx context.Context, tx Tx, member insurance.MemberID, a Against) (people []string, err error) {
	for after := ""; ; {
		found, next, err := tx.DecisionsOf(ctx, member, after, decidedAtOnce)
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			if d.Kind == a.Kind && d.Subject == a.Subject {
				people = append(people, d.By...)
			}
		}
		if after = next; next == "" {
			return people, nil
		}
	}
}

// unrecorded is what was decided without a record of its own: who put the fact on record took part in it.
func (s *Service) unrecorded(ctx context.Context, tx Tx, f *Filing, sealer *privacy.Sealer) (o Objected, err error) {
	sealed, err := tx.SealedFacts(ctx, f.Member)
	if err != nil {
		return o, err
	}
	facts, err := insurance.OpenFacts(sealer, f.Member, sealed[f.Member])
	o.TookPart = f.Against.recordedBy(facts)
	for _, past := range facts.Superseded { // who took it off the record took part as well
		if by := f.Against.recordedBy(past.Was); by != nil {
			o.TookPart = append(append(o.TookPart, by...), past.By)
		}
	}
	return o, err
}

// recordedBy are those who put on record the facts that a case is against.
func (a Against) recordedBy(facts insurance.Facts) (people []string) {
	for _, e := range facts.Enrolments {
		if a.Kind == insurance.EnrolmentDecision && string(e.Scheme) == a.Subject {
			people = append(people, e.RecordedBy)
		}
	}
	for _, c := range facts.Categories {
		if a.Kind == insurance.CategoryDecision && c.Name == a.Subject {
			people = append(people, c.RecordedBy)
		}
	}
	return people
}

// Assign gives a case to a judge.
func (s *Service) Assign(ctx context.Context, id ID, judge string) (Case, error) {
	return s.change(ctx, "assign a case", id, func(c Case, at time.Time) (Case, error) { return c.Assign(judge, s.today(at)) })
}

// Decide closes a case with a verdict. What follows for the books is not booked here: what is due is judged anew.
func (s *Service) Decide(ctx context.Context, id ID, v Verdict) (Case, error) {
	return s.change(ctx, "decide a case", id, func(c Case, at time.Time) (Case, error) {
		v.At, v.On = at, s.today(at)
		return c.Decide(v)
	})
}

// MayDecide says whether the verdict could be given now, and changes nothing.
func (s *Service) MayDecide(ctx context.Context, id ID, v Verdict) (Case, error) {
	c, err := s.Get(ctx, id)
	if err == nil {
		_, err = c.Decide(v)
	}
	return c, err
}

// Withdraw closes a case on the word of who filed it.
func (s *Service) Withdraw(ctx context.Context, id ID) (Case, error) {
	return s.change(ctx, "withdraw a case", id, func(c Case, at time.Time) (Case, error) { return c.Withdraw(at, s.today(at)) })
}

// change holds a case and writes what becomes of it.
func (s *Service) change(ctx context.Context, what string, id ID, become func(Case, time.Time) (Case, error)) (after Case, err error) {
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		before, sealer, err := s.read(ctx, tx, tx.HoldCase, id)
		if err != nil {
			return err
		}
		at, err := tx.CaseNow(ctx)
		if err != nil {
			return err
		}
		if after, err = become(before, at); err != nil {
			return err
		}
		return keep(ctx, tx.SaveCase, after, sealer)
	})
	if err != nil {
		return Case{}, fmt.Errorf("%s: %w", what, err)
	}
	return after, nil
}

// Get returns a case.
func (s *Service) Get(ctx context.Context, id ID) (found Case, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		found, _, err = s.read(ctx, tx, tx.Case, id)
		return err
	})
	if err != nil {
		return Case{}, fmt.Errorf("read a case: %w", err)
	}
	return found, nil
}

// read opens the case that the store's reading finds.
func (s *Service) read(ctx context.Context, tx Tx, find func(context.Context, ID) (Kept, bool, error), id ID) (Case, *privacy.Sealer, error) {
	kept, ok, err := find(ctx, id)
	if err != nil {
		return Case{}, nil, err
	}
	if !ok {
		return Case{}, nil, insurance.Fault{Field: "case_id", Reason: insurance.CaseUnknown, Text: "no case has that id"}
	}
	sealer, err := s.sealer(ctx, tx, kept.Member)
	if err != nil {
		return Case{}, nil, err
	}
	c := kept.Case
	return c, sealer, kept.open(&c, sealer)
}

// List returns cases in the order of their ids, without what is about people.
func (s *Service) List(ctx context.Context, q Query) (found []Case, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		kept, err := tx.Cases(ctx, q)
		found = found[:0]
		for _, k := range kept {
			found = append(found, k.Case)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list cases: %w", err)
	}
	return found, nil
}

// escalatedAtOnce is how many cases are escalated in one transaction.
const escalatedAtOnce = 100

// Escalate takes every case that was not decided in time to the next level, and says how many those were. It may be
// broken off and run again: a case that has been escalated has a new day.
func (s *Service) Escalate(ctx context.Context) (escalated int, err error) {
	for {
		found := 0
		err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
			found, err = s.escalateSome(ctx, tx)
			return err
		})
		if escalated += found; err != nil || found < escalatedAtOnce {
			break
		}
	}
	if err != nil {
		return escalated, fmt.Errorf("escalate cases: %w", err)
	}
	return escalated, nil
}

func (s *Service) escalateSome(ctx context.Context, tx Tx) (int, error) {
	at, err := tx.CaseNow(ctx)
	if err != nil {
		return 0, err
	}
	late, err := tx.Cases(ctx, Query{Overdue: s.today(at), Limit: escalatedAtOnce})
	if err != nil {
		return 0, err
	}
	for _, k := range late {
		before, sealer, err := s.read(ctx, tx, tx.HoldCase, k.ID)
		if err != nil {
			return 0, err
		}
		if after, moved := before.Escalate(s.today(at), s.days()); moved {
			if err := keep(ctx, tx.SaveCase, after, sealer); err != nil {
				return 0, err
			}
		}
	}
	return len(late), nil
}

func (s *Service) sealer(ctx context.Context, tx Tx, member insurance.MemberID) (*privacy.Sealer, error) {
	salts, err := tx.Salts(ctx, member)
	if err != nil {
		return nil, err
	}
	salt, ok := salts[member]
	if !ok {
		return nil, insurance.Fault{Field: "member_id", Reason: insurance.MemberUnknown, Text: "no member has that id, or her data was erased"}
	}
	return s.Keys.Sealer(salt)
}

func caseOf(id ID) string { return "case:" + string(id) }

// keep seals a case and writes it.
func keep(ctx context.Context, write func(context.Context, Kept) error, c Case, sealer *privacy.Sealer) error {
	text, err := json.Marshal(c.Details)
	if err != nil {
		return fmt.Errorf("seal case %s: %w", c.ID, err)
	}
	sealed, err := sealer.Seal(text, caseOf(c.ID))
	if err != nil {
		return fmt.Errorf("seal case %s: %w", c.ID, err)
	}
	return write(ctx, Kept{c, sealed})
}

// open reads the sealed details of a kept case.
func (k Kept) open(c *Case, sealer *privacy.Sealer) error {
	text, err := sealer.Open(k.Sealed, caseOf(k.ID))
	if err != nil {
		return fmt.Errorf("open case %s: %w", k.ID, err)
	}
	if err := json.Unmarshal(text, &c.Details); err != nil {
		return fmt.Errorf("open case %s: what is sealed has another form", k.ID) // the error may quote it (L11)
	}
	return nil
}
