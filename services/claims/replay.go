package claims

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// Replayed is what has come of judging decisions again.
type Replayed struct {
	// Equal decisions came out the same, byte for byte; Different lists those that did not.
	Equal     int
	Different []insurance.DecisionID
	// Gone counts those whose member's data is destroyed, and Other those of kinds that nobody here can judge.
	Gone, Other int
	// Next is where the next page begins; empty at the end.
	Next insurance.DecisionID
}

// ReplayPage judges the next decisions again from what was kept with them, and compares byte for byte.
func (s *Service) ReplayPage(ctx context.Context, after insurance.DecisionID, limit int) (r Replayed, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		r = Replayed{}
		page, err := tx.DecisionsAfter(ctx, after, limit)
		if err != nil {
			return err
		}
		for _, kept := range page {
			if err := s.replayOne(ctx, tx, kept, &r); err != nil {
				return fmt.Errorf("judge decision %s again: %w", kept.ID, err)
			}
		}
		if len(page) == limit {
			r.Next = page[limit-1].ID
		}
		return nil
	})
	return r, err
}

func (s *Service) replayOne(ctx context.Context, tx Tx, kept insurance.KeptDecision, r *Replayed) error {
	judge := s.judgeOf(kept.Kind)
	if judge == nil {
		r.Other++
		return nil
	}
	before, err := s.reopen(ctx, tx, kept)
	if errors.Is(err, insurance.ErrErased) {
		r.Gone++
		return nil
	}
	if err != nil {
		return err
	}
	want, err := json.Marshal(before.Decision)
	if err != nil {
		return err
	}
	if same := s.judgesTo(ctx, tx, judge, before.Judged, want); same {
		r.Equal++
		return nil
	}
	r.Different = append(r.Different, kept.ID)
	return nil
}

// judging judges what was kept with a decision.
type judging = func(ctx context.Context, tx Tx, judged json.RawMessage) (insurance.Decision, error)

func (s *Service) judgeOf(kind insurance.DecisionKind) judging {
	if kind == insurance.ClaimDecision {
		return judgeAgain
	}
	return s.Judges[kind]
}

// judgesTo says whether what was kept comes out as wanted. What can't be judged again has not come out the same.
func (s *Service) judgesTo(ctx context.Context, tx Tx, judge judging, judged json.RawMessage, want []byte) bool {
	decision, err := judge(ctx, tx, judged)
	if err != nil {
		return false
	}
	got, err := json.Marshal(decision)
	return err == nil && bytes.Equal(got, want)
}

func judgeAgain(ctx context.Context, tx Tx, judged json.RawMessage) (insurance.Decision, error) {
	rules, j, err := reread(ctx, tx, judged)
	if err != nil {
		return insurance.Decision{}, err
	}
	return Judge(rules, j)
}

// reopen opens a decision: by the key of its member, or by that of its claim where nobody knew whose it was.
func (s *Service) reopen(ctx context.Context, tx Tx, kept insurance.KeptDecision) (insurance.RecordedDecision, error) {
	if kept.Member != "" {
		salts, err := tx.Salts(ctx, kept.Member)
		if err != nil {
			return insurance.RecordedDecision{}, err
		}
		sealer, err := s.sealerOf(salts[kept.Member])
		if err != nil {
			return insurance.RecordedDecision{}, err
		}
		return kept.Open(sealer)
	}
	c, k, err := s.claimOn(ctx, tx, kept.Subject)
	if err != nil {
		return insurance.RecordedDecision{}, err
	}
	salt := c.Salt
	if c.Member != "" {
		salt = k.FirstSalt
	}
	sealer, err := s.Keys.Sealer(salt)
	if err != nil {
		return insurance.RecordedDecision{}, err
	}
	return kept.Open(sealer)
}

// claimOn is the claim that a decision is on.
func (s *Service) claimOn(ctx context.Context, tx Tx, subject string) (Claim, Content, error) {
	id, err := ledger.ParseID(subject)
	if err != nil {
		return Claim{}, Content{}, err
	}
	c, err := tx.BenefitClaim(ctx, id)
	if err != nil {
		return c, Content{}, err
	}
	k, err := s.content(ctx, tx, c)
	return c, k, err
}
