package treasury

import (
	"context"
	"encoding/hex"
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// Move does what the movement says, in the name of the person. What moves money between lines, or closes one, the first
// person proposes, and the same call by another person carries out. The same reference with the same content again is
// answered as the first time.
func (s *Service) Move(ctx context.Context, m Movement, person string) (moved Moved, err error) {
	if err := m.Check(); err != nil {
		return moved, err
	}
	if err := checkPerson(person); err != nil {
		return moved, err
	}
	m = m.whole()
	named := Moved{Movement: m, ID: s.name("movement", m.Line.Funder, m.Reference)}
	named.Fingerprint = s.fingerprint("movement", string(m.Kind), m.Reference, lineText(m.Line), lineText(m.To), minorText(m.Minor),
		dayText(m.On), dayText(m.LastDay), m.Authority)
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		moved, err = s.moveOnce(ctx, tx, named, person)
		return err
	})
	if err != nil {
		err = fmt.Errorf("budget %s: %w", m.Kind, err)
	}
	return moved, err
}

func (s *Service) moveOnce(ctx context.Context, tx Tx, m Moved, person string) (Moved, error) {
	headsID := s.name("heads", m.Line.Funder, m.Reference)
	page, err := tx.Page(ctx, ledger.Need{Entries: []ledger.ID{m.ID, headsID}})
	if err != nil {
		return m, err
	}
	stands, err := s.stands(ctx, tx, m.Movement)
	if err != nil {
		return m, err
	}
	// Looked for once the line is held: what another server is doing under the same reference is done by then.
	before, seen, err := tx.Movement(ctx, m.ID)
	if err != nil {
		return m, err
	}
	if seen {
		return again(before, m)
	}
	if err := m.decide(stands); err != nil {
		return m, err
	}
	carryOut, err := s.agreed(ctx, tx, &m, person)
	if err != nil || !carryOut {
		return m, err
	}
	entries, err := m.entries(stands, headsID)
	if err != nil {
		return m, err
	}
	return book(ctx, tx, page, m, stands, entries)
}

// again answers what was done before under the reference, where it was the same (L3).
func again(before, m Moved) (Moved, error) {
	if before.Fingerprint != m.Fingerprint {
		return m, insurance.Fault{Field: "reference", Reason: insurance.ReferenceReused, Text: "another movement was sent under this reference"}
	}
	before.Repeated = true
	return before, nil
}

// agreed records the person's word and says whether the movement is to be carried out.
func (s *Service) agreed(ctx context.Context, tx Tx, m *Moved, person string) (carryOut bool, err error) {
	if !acts[m.Kind].twoPeople {
		m.Proposal = insurance.Proposal{Maker: person, Done: true}
		return true, nil
	}
	// Who proposed other content under this reference has proposed something else.
	key := fmt.Sprintf("budget-%s:%s:%s", m.Kind, m.ID, hex.EncodeToString(m.Fingerprint[:]))
	before, err := tx.Proposal(ctx, key)
	if err != nil {
		return false, err
	}
	if m.Proposal, carryOut, err = insurance.Agree(before, person); err != nil {
		return false, err
	}
	return carryOut, tx.SaveProposal(ctx, m.Proposal)
}

// stands locks the lines and what can be drawn from the first one, and says how they stand.
func (s *Service) stands(ctx context.Context, tx Tx, m Movement) (standing, error) {
	if _, err := funder(ctx, tx, m.Line.Funder); err != nil {
		return standing{}, err
	}
	parties := []ledger.Party{m.Line.Party()}
	if acts[m.Kind].to {
		parties = append(parties, m.To.Party())
	}
	for _, l := range []insurance.BudgetLine{m.Line, m.To}[:len(parties)] {
		known, err := scheme(ctx, tx, l.Scheme)
		if err != nil {
			return standing{}, err
		}
		if l.Currency != known.Currency && l.Currency != ledger.NoCurrency {
			return standing{}, insurance.Fault{Field: "amount.currency_code", Reason: "CURRENCY_MISMATCH",
				Text: "the scheme is in " + string(known.Currency) + "; heads are counted in XXX"}
		}
	}
	held, err := tx.HoldLines(ctx, parties...)
	if err != nil {
		return standing{}, err
	}
	return holdLeft(ctx, tx, m, standing{line: held[m.Line.Party()], to: held[m.To.Party()]})
}

// drawable are a line's accounts that have a floor.
var drawable = []ledger.Code{ledger.BudgetVoted, ledger.BudgetReleased, ledger.BudgetCommitted}

func holdLeft(ctx context.Context, tx Tx, m Movement, s standing) (standing, error) {
	known, err := scheme(ctx, tx, m.Line.Scheme)
	if err != nil {
		return s, err
	}
	money := m.Line
	money.Currency, s.currency = known.Currency, known.Currency
	var accounts []ledger.Account
	for _, line := range []insurance.BudgetLine{money, m.Line.Heads()} {
		for _, code := range drawable {
			accounts = append(accounts, line.Account(code))
		}
	}
	held, err := tx.HoldShared(ctx, accounts...)
	if err != nil {
		return s, err
	}
	s.money = left{held[0].Money().Minor, held[1].Money().Minor, held[2].Money().Minor}
	s.heads = left{held[3].Money().Minor, held[4].Money().Minor, held[5].Money().Minor}
	return s, nil
}

// book writes the movement's entries, how the lines stand after it, and who did it.
func book(ctx context.Context, tx Tx, page *ledger.Page, m Moved, stands standing, entries []ledger.Entry) (Moved, error) {
	if _, err := page.Post(entries...); err != nil {
		return m, err
	}
	if err := tx.Save(ctx, page); err != nil {
		return m, err
	}
	m.RecordedAt = page.RecordedAt()
	if err := saveLines(ctx, tx, m.Movement, stands); err != nil {
		return m, err
	}
	return m, tx.SaveMovement(ctx, m)
}

// saveLines writes how the lines stand; a row's currency is its scheme's.
func saveLines(ctx context.Context, tx Tx, m Movement, stands standing) error {
	lines := []Line{{m.Line, m.after(stands.line)}}
	if acts[m.Kind].to {
		// The line that money comes from stays as it is, and that it comes to is open if it is new.
		lines = []Line{{m.Line, stands.line}, {m.To, m.after(stands.to)}}
	}
	for _, l := range lines {
		known, err := scheme(ctx, tx, l.Scheme)
		if err != nil {
			return err
		}
		l.Currency = known.Currency
		if err := tx.SaveLine(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// Movements pages through what was done on a line, in the order of recording.
func (s *Service) Movements(ctx context.Context, line insurance.BudgetLine, after string, limit int) (moved []Moved, next string, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		moved, next, err = tx.Movements(ctx, line.Party(), after, limit)
		return err
	})
	return moved, next, err
}
