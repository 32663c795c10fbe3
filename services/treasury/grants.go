package treasury

import (
	"context"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// GrantsQuery asks for grants and clawbacks: of a member by value date, or else of a funder in the order of recording.
type GrantsQuery struct {
	Member insurance.MemberID
	Funder insurance.FunderID
	// Scheme, From and To narrow it; zero means any.
	Scheme   ledger.SchemeCode
	From, To ledger.Date
	// After is where the last page ended.
	After string
	// Limit bounds the entries gone through for one page, which may hold fewer grants, or none, without being the last.
	Limit int
}

// Granted is a grant or clawback as it stands in the books.
type Granted struct {
	insurance.Grant
	Kind       ledger.Kind
	BookedOn   ledger.Date
	RecordedAt time.Time
}

// Grants returns a page of grants with the rules that they rest on, and where it ended; empty after the last. Of a
// funder, those of the last seconds may be missing.
func (s *Service) Grants(ctx context.Context, q GrantsQuery) (grants []Granted, next string, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		var entries []ledger.Entry
		if entries, next, err = q.entries(ctx, tx); err != nil {
			return err
		}
		grants = q.granted(entries)
		return nil
	})
	return grants, next, err
}

func (q GrantsQuery) entries(ctx context.Context, tx Tx) ([]ledger.Entry, string, error) {
	if q.Member != "" {
		page, err := tx.Statement(ctx, ledger.StatementQuery{Party: q.Member.Party(), From: q.From, To: q.To, After: q.After, Limit: q.Limit})
		return page.Entries, page.Next, err
	}
	page, err := tx.Log(ctx, ledger.LogQuery{After: q.After, Kinds: grantKinds, Limit: q.Limit})
	if page.End {
		page.Next = ""
	}
	return page.Entries, page.Next, err
}

func (q GrantsQuery) granted(entries []ledger.Entry) (grants []Granted) {
	for _, e := range entries {
		g, ok := insurance.GrantOf(e)
		wanted := ok && (q.Funder == "" || g.Line.Funder == q.Funder) && (q.Scheme == "" || g.Line.Scheme == q.Scheme) &&
			e.ValueOn >= q.From && (q.To == 0 || e.ValueOn <= q.To)
		if wanted {
			grants = append(grants, Granted{g, e.Kind, e.BookedOn, e.RecordedAt})
		}
	}
	return grants
}
