package entitlement

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// NoticeState says where a notice stands.
type NoticeState string

// The states of a notice: in the outbox, confirmed by its channel, or given up.
const (
	NoticePending NoticeState = "pending"
	NoticeGiven   NoticeState = "given"
	NoticeFailed  NoticeState = "failed"
)

// Notice tells a member that her cover will lapse, and what keeps it. Without one that was given nothing lapses.
type Notice struct {
	ID     Hash
	Member insurance.MemberID
	Scheme ledger.SchemeCode
	Cover  string
	// LapsesOn is the first day without cover that the notice is about.
	LapsesOn ledger.Date
	// Closes says that it is about closing, and not about a lapse.
	Closes  bool
	Channel insurance.Channel
	State   NoticeState
	// GivenOn is the day on which it reached her, as its channel confirmed.
	GivenOn ledger.Date
	// Reason is a code of why it failed, and Attempts how often it was tried.
	Reason   string
	Attempts int64
	// Sealed is what it says and where it goes, under her key.
	Sealed []byte
	MadeAt time.Time
}

// Letter is what a notice says, and where it goes.
type Letter struct {
	Language string `json:"language"`
	Text     string `json:"text"`
	// Address is her phone; empty where somebody comes to her.
	Address string `json:"address,omitempty"`
}

func noticeOf(n Notice) string { return fmt.Sprintf("notice:%s:%x", n.Member, n.ID) }

// Outgoing is a notice of the outbox with its letter.
type Outgoing struct {
	Notice
	Letter Letter
}

// Pending pages through the outbox of a channel, of every channel where none is named. After is where the last page
// ended; next is zero after the last. Whose data has been destroyed since is left out.
func (s *Service) Pending(ctx context.Context, channel insurance.Channel, after Hash, limit int) (page []Outgoing, next Hash, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		page, next = nil, after
		for len(page) < limit {
			asked := limit - len(page)
			found, err := tx.PendingNotices(ctx, next, asked)
			if err != nil {
				return err
			}
			wanted := slices.DeleteFunc(slices.Clone(found), func(n Notice) bool { return channel != "" && n.Channel != channel })
			letters, err := s.letters(ctx, tx, wanted)
			if err != nil {
				return err
			}
			page = append(page, letters...)
			if len(found) < asked {
				next = Hash{}
				return nil
			}
			next = found[len(found)-1].ID
		}
		return nil
	})
	if err != nil {
		return nil, Hash{}, fmt.Errorf("list notices: %w", err)
	}
	return page, next, nil
}

func (s *Service) letters(ctx context.Context, tx Tx, notices []Notice) ([]Outgoing, error) {
	var ids []insurance.MemberID
	for _, n := range notices {
		ids = append(ids, n.Member)
	}
	sealers, err := s.sealers(ctx, tx, ids...)
	if err != nil {
		return nil, err
	}
	var all []Outgoing
	for _, n := range notices {
		sealer, ok := sealers[n.Member]
		if !ok {
			continue
		}
		out := Outgoing{Notice: n}
		if err := insurance.OpenAs(sealer, noticeOf(n), n.Sealed, &out.Letter); err != nil {
			return nil, err
		}
		all = append(all, out)
	}
	return all, nil
}

// Outcome is what a channel says of a notice.
type Outcome struct {
	ID    Hash
	Given bool
	// On is the day on which it reached her; zero means today.
	On ledger.Date
	// Reason is a code of why it did not.
	Reason string
	// Channel is another channel to try where it did not; the notice then stays in the outbox.
	Channel insurance.Channel
}

// Mark puts on record what a channel says of a notice. One that was given stays given. The same word again changes
// nothing.
func (s *Service) Mark(ctx context.Context, o Outcome) (Notice, error) {
	if err := o.check(); err != nil {
		return Notice{}, err
	}
	var after Notice
	err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		n, err := tx.CoverNotice(ctx, o.ID)
		if err != nil {
			return err
		}
		if n == nil {
			return insurance.Fault{Field: "notice_id", Reason: insurance.NoticeUnknown, Text: "no notice has that id; list the pending ones"}
		}
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		var changed bool
		if after, changed, err = n.marked(o, ledger.DateOf(now)); err != nil || !changed {
			return err
		}
		return tx.SaveCoverNotices(ctx, after)
	})
	if err != nil {
		return Notice{}, fmt.Errorf("mark a notice: %w", err)
	}
	return after, nil
}

var reasonCode = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)

func (o Outcome) check() error {
	if err := (insurance.Choice{Channel: o.Channel}).Check(); err != nil {
		return err
	}
	if !o.Given && !reasonCode.MatchString(o.Reason) {
		return insurance.Fault{Field: "reason", Reason: "REASON_INVALID", Text: "say why it failed by a code in capitals, such as NUMBER_UNREACHABLE"}
	}
	return nil
}

// marked is the notice with what its channel says; false where that changes nothing.
func (n Notice) marked(o Outcome, today ledger.Date) (Notice, bool, error) {
	if n.State == NoticeGiven {
		if !o.Given {
			return n, false, insurance.Fault{Field: "notice_id", Reason: insurance.NoticeDone, Text: "the notice was given, as its channel confirmed"}
		}
		return n, false, nil
	}
	if !o.Given {
		n.Attempts++
		n.State, n.Reason = NoticeFailed, o.Reason
		if o.Channel != "" {
			n.State, n.Channel = NoticePending, o.Channel
		}
		return n, true, nil
	}
	if o.On == 0 {
		o.On = today
	}
	if o.On > today || o.On < ledger.DateOf(n.MadeAt).AddDays(-1) {
		return n, false, insurance.Fault{Field: "on", Reason: "DATE_INVALID", Text: "give a day from the notice's making through today"}
	}
	n.Attempts++
	n.State, n.GivenOn, n.Reason = NoticeGiven, o.On, ""
	return n, true, nil
}
