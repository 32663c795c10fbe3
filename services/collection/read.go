package collection

import (
	"context"
	"encoding/json"
	"errors"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// Name is the opaque id of the contribution that the collector calls by the reference.
func (s *Service) Name(collector insurance.CollectorID, reference string) ledger.ID {
	return Name(s.keys, collector, ofContribution, reference)
}

// Contribution is a contribution as it stands now, with its history and what was sent.
type Contribution struct {
	Receipt Receipt
	History []ledger.Entry
	// Sent is nil once the member's personal data is erased.
	Sent *insurance.Contribution
}

// Get returns a contribution, or [ErrNoContribution].
func (s *Service) Get(ctx context.Context, id ledger.ID) (c Contribution, err error) {
	err = s.store.View(ctx, func(ctx context.Context, tx Tx) error {
		if c.Receipt, c.History, err = s.standing(ctx, tx, id); err != nil {
			return err
		}
		c.Sent, err = s.sentAs(ctx, tx, c)
		return err
	})
	return c, err
}

// sentAs opens what is kept of the contribution apart from the books; nil where it is erased.
func (s *Service) sentAs(ctx context.Context, tx Tx, c Contribution) (*insurance.Contribution, error) {
	if len(c.History) == 0 {
		return nil, nil
	}
	detail, ok, err := tx.Detail(ctx, c.Receipt.ID, c.History[0].RecordedAt)
	if err != nil || !ok {
		return nil, err
	}
	text, err := s.unseal(ctx, tx, detail, c.History[0])
	if errors.Is(err, errErased) {
		return nil, nil
	}
	var kept keptDetail
	if err == nil {
		err = json.Unmarshal(text, &kept)
	}
	return &insurance.Contribution{
		Reference: kept.Reference, Payer: kept.Payer, PayerPhone: kept.PayerPhone, PayerKind: kept.PayerKind,
		Member: kept.Member, Unreadable: kept.Unreadable, Collector: collectorOf(c.History[0]), Scheme: c.Receipt.Scheme,
		Amount: insurance.Placed(c.History[0]), Account: kept.Account,
	}, err
}

// standing is the receipt of a contribution as it stands now, and its entries from first to last.
func (s *Service) standing(ctx context.Context, tx Tx, id ledger.ID) (Receipt, []ledger.Entry, error) {
	chain, err := placements(ctx, tx, []ledger.ID{id})
	if err != nil {
		return Receipt{}, nil, err
	}
	last, ok := lastOf(chain, id)
	if !ok {
		return s.unreadStanding(ctx, tx, id)
	}
	now := receiptOf(last)
	now.ID = id
	return now, chain, nil
}

func (s *Service) unreadStanding(ctx context.Context, tx Tx, id ledger.ID) (Receipt, []ledger.Entry, error) {
	items, err := tx.Items(ctx, id)
	if err != nil {
		return Receipt{}, nil, err
	}
	for _, item := range items {
		if item.ID == id && item.Unread && !item.Resolved {
			return unreadReceipt(item), nil, nil
		}
	}
	return Receipt{}, nil, ErrNoContribution
}

// ListOf pages through a member's contributions by value date, each as it stands now.
func (s *Service) ListOf(ctx context.Context, member insurance.MemberID, after string, limit int) (receipts []Receipt, next string, err error) {
	err = s.store.View(ctx, func(ctx context.Context, tx Tx) error {
		page, err := tx.Statement(ctx, ledger.StatementQuery{Party: member.Party(), After: after, Limit: limit})
		if err != nil {
			return err
		}
		next = page.Next
		for _, e := range page.Entries {
			if e.Kind != insurance.KindContribution && e.Kind != insurance.KindClaimed {
				continue
			}
			r, err := s.asOfNow(ctx, tx, e)
			if err != nil {
				return err
			}
			receipts = append(receipts, r)
		}
		return nil
	})
	return receipts, next, err
}

// asOfNow is the receipt of the contribution that a member's entry is about, as it stands now.
func (s *Service) asOfNow(ctx context.Context, tx Tx, e ledger.Entry) (Receipt, error) {
	for !isContribution(e) || e.Kind == insurance.KindArrivedReverse {
		before, err := tx.Entries(ctx, e.Undoes)
		if err != nil {
			return Receipt{}, err
		}
		found := false
		for _, b := range before {
			if b.ID == e.Undoes {
				e, found = b, true
			}
		}
		if !found {
			return Receipt{}, ErrNoContribution
		}
	}
	r, _, err := s.standing(ctx, tx, e.ID)
	return r, err
}

// ListSuspense pages through what waits in a collector's suspense, oldest first.
func (s *Service) ListSuspense(ctx context.Context, collector insurance.CollectorID, after string, limit int) (receipts []Receipt, next string, err error) {
	err = s.store.View(ctx, func(ctx context.Context, tx Tx) error {
		items, more, err := tx.Waiting(ctx, collector, after, limit)
		if err != nil {
			return err
		}
		next = more
		for _, item := range items {
			r, err := s.itemReceipt(ctx, tx, item)
			if err != nil {
				return err
			}
			receipts = append(receipts, r)
		}
		return nil
	})
	return receipts, next, err
}

func (s *Service) itemReceipt(ctx context.Context, tx Tx, item Item) (Receipt, error) {
	if item.Unread {
		return unreadReceipt(item), nil
	}
	entries, err := tx.Entries(ctx, item.ID)
	if err != nil {
		return Receipt{}, err
	}
	for _, e := range entries {
		if e.ID == item.ID {
			r := receiptOf(e)
			r.Reason = item.Reason
			return r, nil
		}
	}
	return Receipt{}, ErrNoContribution
}
