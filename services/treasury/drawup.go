package treasury

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding"
	"fmt"
	"hash"
	"io"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
)

// DrawUp asks for the next claim of a funder and scheme.
type DrawUp struct {
	Funder insurance.FunderID
	Scheme ledger.SchemeCode
	// Through is the last value date claimed. What is dated later, and what is recorded later, waits for the next claim.
	Through ledger.Date
	// Reference is the caller's own name for the claim.
	Reference string
	Person    string
}

// linesAtOnce is how many lines one transaction writes, or one read yields.
func (s *Service) linesAtOnce() int {
	if s.LinesAtOnce > 0 {
		return s.LinesAtOnce
	}
	return 4000
}

// stepsAtOnce is how many transactions one call takes; a claim that needs more goes on with the next call.
func (s *Service) stepsAtOnce() int {
	if s.StepsAtOnce > 0 {
		return s.StepsAtOnce
	}
	return 25
}

// DrawUp collects what was granted and not claimed yet: it walks the books' log of commits from where the last claim of
// this funder and scheme ended, to an instant whose answer can't change any more (L7), and freezes the lines with total
// and hash. The hash is SHA-256 of the claim as Export writes it, so that whoever has the file can compute it anew.
//
// A call does a bounded part of the work. While the claim's state is [Drawing], the same call again goes on, whichever
// server takes it and whatever was cut off before; once it is drawn up, the same call is answered with it (L3).
func (s *Service) DrawUp(ctx context.Context, d DrawUp) (Claim, error) {
	if err := d.check(); err != nil {
		return Claim{}, err
	}
	c, err := s.begin(ctx, d)
	for step := 0; err == nil && step < s.stepsAtOnce() && c.State == Drawing; step++ {
		c, err = s.goOn(ctx, c)
	}
	if err != nil {
		err = fmt.Errorf("draw up claim: %w", err)
	}
	return c, err
}

func (d DrawUp) check() error {
	if err := d.Funder.Check(); err != nil {
		return err
	}
	if _, err := ledger.NewDate(d.Through.Year(), d.Through.Month(), d.Through.Day()); err != nil {
		return insurance.Fault{Field: "through", Reason: "DATE_INVALID", Text: "name the last value date to be claimed"}
	}
	if err := checkReference(d.Reference); err != nil {
		return err
	}
	return checkPerson(d.Person)
}

// begin finds the claim of that reference, or makes the next one.
func (s *Service) begin(ctx context.Context, d DrawUp) (c Claim, err error) {
	content := s.fingerprint("claim", string(d.Funder), string(d.Scheme), dayText(d.Through), d.Reference)
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		// The last claim is read first: where another server has just made this one, it is found by its reference then.
		last, err := tx.LastClaim(ctx, d.Funder, d.Scheme)
		if err != nil {
			return err
		}
		found, ok, err := tx.ClaimByReference(ctx, d.Funder, d.Reference)
		if err != nil {
			return err
		}
		if ok && found.Fingerprint != content {
			return insurance.Fault{Field: "reference", Reason: insurance.ReferenceReused, Text: "another claim was drawn up under this reference"}
		}
		if c = found; ok {
			return nil
		}
		if c, err = s.next(ctx, tx, d, last); err != nil {
			return err
		}
		c.Fingerprint = content
		return tx.InsertClaim(ctx, c)
	})
	return c, err
}

// next is the claim after the last one of the funder and scheme.
func (s *Service) next(ctx context.Context, tx Tx, d DrawUp, last Claim) (Claim, error) {
	if _, err := funder(ctx, tx, d.Funder); err != nil {
		return Claim{}, err
	}
	known, err := scheme(ctx, tx, d.Scheme)
	if err != nil {
		return Claim{}, err
	}
	if last.State == Drawing {
		return Claim{}, last.wrongState("send its reference again until it is drawn up, then draw up the next")
	}
	now, err := tx.TreasuryNow(ctx)
	if err != nil {
		return Claim{}, err
	}
	if d.Through > dayOf(now) {
		return Claim{}, insurance.Fault{Field: "through", Reason: "DATE_INVALID", Text: "that day has not come yet"}
	}
	return Claim{
		ID: ClaimID{d.Funder, d.Scheme, last.ID.Number + 1}, Reference: d.Reference, Currency: known.Currency, Through: d.Through,
		Until: now.Add(-sqldb.Horizon), Cursor: last.Cursor, Phase: TakingWaiting, State: Drawing, Drawn: Signature{d.Person, now},
	}, nil
}

// goOn takes the next step of the drawing up, and returns the claim as it stands then.
func (s *Service) goOn(ctx context.Context, c Claim) (Claim, error) {
	switch c.Phase {
	case TakingWaiting:
		return s.takeWaiting(ctx, c)
	case ReadingLog:
		return s.readLog(ctx, c)
	}
	return s.total(ctx, c)
}

// step changes the claim in a transaction that holds it; where another server has gone on meanwhile, it is left as that
// has left it.
func (s *Service) step(ctx context.Context, c Claim, change func(context.Context, Tx, *Claim) error) (after Claim, err error) {
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		held, err := tx.HoldClaim(ctx, c.ID)
		if err != nil {
			return err
		}
		if after = held; held.Phase != c.Phase || held.Cursor != c.Cursor || !bytes.Equal(held.Totalled, c.Totalled) {
			return nil
		}
		if err := change(ctx, tx, &after); err != nil {
			return err
		}
		return tx.SaveClaim(ctx, after)
	})
	return after, err
}

func (s *Service) takeWaiting(ctx context.Context, c Claim) (Claim, error) {
	return s.step(ctx, c, func(ctx context.Context, tx Tx, c *Claim) error {
		taken, err := tx.TakeWaiting(ctx, c.ID, c.Through, s.linesAtOnce())
		if taken < s.linesAtOnce() {
			c.Phase = ReadingLog
		}
		return err
	})
}

// readLog reads a page of the log without holding anything, and then writes its lines together with where it ended.
func (s *Service) readLog(ctx context.Context, c Claim) (Claim, error) {
	var page ledger.LogPage
	var of insurance.Funder
	err := s.Store.View(ctx, func(ctx context.Context, tx Tx) (err error) {
		if of, err = funder(ctx, tx, c.ID.Funder); err != nil {
			return err
		}
		page, err = tx.Log(ctx, ledger.LogQuery{After: c.Cursor, Until: c.Until, Kinds: grantKinds, Limit: s.linesAtOnce()})
		return err
	})
	if err != nil {
		return c, err
	}
	lines := linesOf(s.Keys, of, c, page.Entries)
	return s.step(ctx, c, func(ctx context.Context, tx Tx, c *Claim) error {
		c.Cursor = page.Next
		if page.End {
			c.Phase = Totalling
		}
		if err := nameCorrected(ctx, tx, c.ID, lines); err != nil {
			return err
		}
		return tx.AddLines(ctx, c.ID, lines...)
	})
}

// nameCorrected finds in which claims the grants stand that the lines take back.
func nameCorrected(ctx context.Context, tx Tx, claim ClaimID, lines []ClaimLine) error {
	var ids []ledger.ID
	for _, l := range lines {
		if !l.Corrects.IsZero() {
			ids = append(ids, l.Corrects)
		}
	}
	claims, err := tx.ClaimsOfGrants(ctx, claim, ids...)
	for i := range lines {
		lines[i].CorrectsClaim = claims[lines[i].Corrects]
	}
	return err
}

// total adds up and hashes the next lines, and after the last closes the claim to more.
func (s *Service) total(ctx context.Context, c Claim) (Claim, error) {
	sum, err := newSumming(c)
	if err != nil {
		return c, err
	}
	var lines []ClaimLine
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) (err error) {
		lines, err = tx.ClaimLines(ctx, LinesQuery{Claim: c.ID, After: sum.last, Limit: s.linesAtOnce()})
		return err
	})
	if err != nil {
		return c, err
	}
	for _, l := range lines {
		if err := sum.add(l); err != nil {
			return c, err
		}
	}
	return s.step(ctx, c, func(ctx context.Context, tx Tx, c *Claim) error {
		*c = sum.Claim
		if len(lines) < s.linesAtOnce() {
			c.Phase, c.State, c.Totalled = Frozen, DrawnUp, nil
			sum.hash.Sum(c.Hash[:0])
		} else if c.Totalled, err = sum.state(); err != nil {
			return err
		}
		return addShares(ctx, tx, c.ID, sum.shares)
	})
}

// addShares adds to what the claim's lines make of each budget line.
func addShares(ctx context.Context, tx Tx, id ClaimID, more shares) error {
	before, err := tx.Shares(ctx, id)
	if err != nil {
		return err
	}
	for _, share := range before {
		more[BudgetShare{Year: share.Year, Prior: share.Prior}] += share.Minor
	}
	return tx.SaveShares(ctx, id, more.inOrder()...)
}

// summing is a claim that is being added up.
type summing struct {
	Claim
	last   ledger.ID
	hash   hash.Hash
	shares shares
	row    []byte
}

// newSumming goes on where the claim's totalling was left.
func newSumming(c Claim) (*summing, error) {
	sum := &summing{Claim: c, hash: sha256.New(), shares: shares{}}
	if len(c.Totalled) == 0 {
		_, _ = io.WriteString(sum.hash, Header) // a hash takes everything
		return sum, nil
	}
	copy(sum.last[:], c.Totalled)
	if err := sum.hash.(encoding.BinaryUnmarshaler).UnmarshalBinary(c.Totalled[len(sum.last):]); err != nil {
		return nil, fmt.Errorf("hash of claim %s: %w", c.ID, err)
	}
	return sum, nil
}

// state is how far the totalling has come.
func (s *summing) state() ([]byte, error) {
	state, err := s.hash.(encoding.BinaryMarshaler).MarshalBinary()
	return append(s.last[:], state...), err
}

func (s *summing) add(l ClaimLine) error {
	s.row = l.appendRow(s.row[:0], s.Claim)
	_, _ = s.hash.Write(s.row) // a hash takes everything
	s.Lines++
	total := s.Total + l.Minor
	if (total > s.Total) != (l.Minor > 0) {
		return fmt.Errorf("total of claim %s: %w", s.ID, ledger.ErrOverflow)
	}
	s.Total = total
	if !l.DueBack {
		s.Owed += l.Minor
	}
	s.last = l.ID
	s.shares.add(l, l.Minor)
	return nil
}

// eachLine yields the lines of a claim in the order of their ids, some at a time, so that no transaction is kept open
// for long: what is frozen stays as it is.
func (s *Service) eachLine(ctx context.Context, id ClaimID, yield func(ClaimLine) error) error {
	var after ledger.ID
	for {
		var lines []ClaimLine
		err := s.Store.View(ctx, func(ctx context.Context, tx Tx) (err error) {
			lines, err = tx.ClaimLines(ctx, LinesQuery{Claim: id, After: after, Limit: s.linesAtOnce()})
			return err
		})
		if err != nil {
			return err
		}
		for _, l := range lines {
			if err := yield(l); err != nil {
				return err
			}
			after = l.ID
		}
		if len(lines) < s.linesAtOnce() {
			return nil
		}
	}
}

// LinesQuery asks for lines of a claim in the order of their ids, after one and at most so many; with an outcome, for
// those that have it.
type LinesQuery struct {
	Claim   ClaimID
	After   ledger.ID
	Outcome Outcome
	Limit   int
}

// Export writes the claim as CSV with Unix line ends: [Header], then a row for each line in the order of the lines'
// ids. Its SHA-256 is the claim's hash.
func (s *Service) Export(ctx context.Context, id ClaimID, w io.Writer) error {
	c, err := s.Claim(ctx, id)
	if err != nil {
		return err
	}
	if c.State == Drawing {
		return c.wrongState("it is exported once its lines are frozen")
	}
	if _, err := io.WriteString(w, Header); err != nil {
		return err
	}
	var row []byte
	return s.eachLine(ctx, id, func(l ClaimLine) error {
		row = l.appendRow(row[:0], c)
		_, err := w.Write(row)
		return err
	})
}
