package entitlement

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
)

// notNeeded is why a notice is taken out of the outbox whose member has paid since.
const notNeeded = "NOT_NEEDED"

// Notify writes a notice for every member of the scheme whose cover will lapse, or be closed, and who has not been told:
// in her language and for her channel, into the outbox. A notice that is there already is not written twice, one that is
// no longer needed is taken out, and one that did not reach her is given to somebody who comes to her. A run that was
// broken off goes on where it was.
func (s *Service) Notify(ctx context.Context, scheme ledger.SchemeCode, progress func(Run)) (Run, error) {
	run, today, err := s.beginNotices(ctx, scheme)
	for err == nil && !run.Finished {
		var after Run
		if after, err = s.notifyNext(ctx, scheme, run, today); err == nil {
			run = after
			progress(run)
		}
	}
	if err != nil {
		return run, fmt.Errorf("write notices: %w", err)
	}
	return run, nil
}

func (s *Service) beginNotices(ctx context.Context, scheme ledger.SchemeCode) (run Run, today ledger.Date, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		b, err := s.book(ctx, tx, scheme)
		if err != nil {
			return err
		}
		today, err = s.today(ctx, tx, b)
		return err
	})
	if err != nil {
		return run, 0, err
	}
	run, err = s.begin(ctx, fmt.Sprintf("notices:%s:%s", scheme, today))
	return run, today, err
}

// draft is a notice to be written to a member, before it is known how she is written to.
type draft struct {
	Notice
	sealer *privacy.Sealer
	choice insurance.Choice
	told   told
}

// notifyNext writes the notices of the next members. Who they are is looked up between the two transactions; what is
// written is named by what it is about, so that it is written once however often it is tried.
func (s *Service) notifyNext(ctx context.Context, scheme ledger.SchemeCode, run Run, today ledger.Date) (Run, error) {
	var drafts []draft
	var changed []Notice
	var after Run
	err := s.Store.View(ctx, func(ctx context.Context, tx Tx) (err error) {
		parties, err := tx.PartiesAfter(ctx, run.After, s.atOnce())
		if err != nil {
			return err
		}
		after = run.past(parties, s.atOnce())
		var failed int64
		drafts, changed, failed, err = s.drafts(ctx, tx, scheme, parties, today)
		after.Failed += failed
		return err
	})
	if err != nil {
		return run, err
	}
	notices, err := s.write(ctx, drafts)
	if err != nil {
		return run, err
	}
	after.Moved += int64(len(notices))
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		now, _, err := tx.CoverRun(ctx, run.Name)
		if err != nil {
			return err
		}
		if now.After != run.After || now.Finished { // another server was faster
			after = now
			return nil
		}
		if err := tx.SaveCoverNotices(ctx, slices.Concat(notices, changed)...); err != nil {
			return err
		}
		return tx.SaveCoverRun(ctx, after)
	})
	return after, err
}

// drafts are the notices that the members must be sent, and how those that are there change.
func (s *Service) drafts(ctx context.Context, tx Tx, scheme ledger.SchemeCode, parties []ledger.Party, today ledger.Date) (drafts []draft, changed []Notice, failed int64, err error) {
	b, all, err := s.readParties(ctx, tx, scheme, parties)
	if err != nil {
		return nil, nil, 0, err
	}
	var ids []insurance.MemberID
	for id := range all {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	sealers, err := s.sealers(ctx, tx, ids...)
	if err != nil {
		return nil, nil, 0, err
	}
	for _, id := range ids {
		due, err := s.dueNotices(b, all[id], today)
		if err != nil {
			failed++
			continue
		}
		made, other := all[id].outbox(scheme, due)
		changed = append(changed, other...)
		for _, d := range made {
			d.sealer = sealers[id]
			drafts = append(drafts, d)
		}
	}
	return drafts, changed, failed, nil
}

// dueNotices are the notices that the member must be sent today, for each cover of the scheme.
func (s *Service) dueNotices(b *book, k *known, today ledger.Date) (all []draft, err error) {
	h := k.history(b.code, b.last().Location())
	for _, name := range b.rules.Covers(today) {
		due, err := b.rules.NoticeDue(h, name, today)
		if err != nil {
			return nil, err
		}
		if due == nil {
			continue
		}
		n := Notice{
			Member: k.id, Scheme: b.code, Cover: name, LapsesOn: due.Notice.Ends.AddDays(1), Closes: due.Notice.Closes, State: NoticePending,
		}
		n.ID = s.Keys.Hash("cover-notice", string(n.Member), string(n.Scheme), n.Cover, n.LapsesOn.String(), fmt.Sprint(n.Closes))
		t := told{name: b.on(today).Name, covered: true, closes: due.Notice.Closes, until: due.LastDay}
		if due.Advice != nil {
			t.pay, t.by = payable(*due.Advice, today, b.last().Currency)
		}
		all = append(all, draft{Notice: n, choice: k.choice, told: t})
	}
	return all, nil
}

// outbox compares what is due with the notices that are there: those to be written, and those that change. What reached
// her, or waits, is not written again.
func (k *known) outbox(scheme ledger.SchemeCode, due []draft) (made []draft, changed []Notice) {
	there := map[Hash]Notice{}
	for _, n := range k.notices {
		there[n.ID] = n
	}
	wanted := map[Hash]bool{}
	for _, d := range due {
		wanted[d.ID] = true
		n, known := there[d.ID]
		switch {
		case !known:
			made = append(made, d)
		case n.State == NoticeFailed && (n.Reason == notNeeded || n.Channel != insurance.ByOfficer):
			n.State, n.Channel = NoticePending, insurance.ByOfficer
			changed = append(changed, n)
		}
	}
	for _, n := range k.notices {
		if n.Scheme == scheme && n.State == NoticePending && !wanted[n.ID] {
			n.State, n.Reason = NoticeFailed, notNeeded
			changed = append(changed, n)
		}
	}
	return made, changed
}

// write puts the drafts into words, in each member's language and for her channel, and seals them. Who has been erased
// since is left out.
func (s *Service) write(ctx context.Context, drafts []draft) ([]Notice, error) {
	if len(drafts) == 0 {
		return nil, nil
	}
	var ids []insurance.MemberID
	for _, d := range drafts {
		ids = append(ids, d.Member)
	}
	people, err := s.People.Get(ctx, ids...)
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return nil, err
	}
	var notices []Notice
	for i, d := range drafts {
		if people[i].Erased {
			continue
		}
		n, letter := d.addressed(people[i].Person)
		if n.Sealed, err = insurance.SealAs(d.sealer, noticeOf(n), letter); err != nil {
			return nil, err
		}
		notices = append(notices, n)
	}
	return notices, nil
}

// addressed is the notice with its channel, and its letter: by what she chose, else by what is known of her.
func (d draft) addressed(p insurance.Person) (Notice, Letter) {
	language := cmp.Or(d.choice.Language, p.Language)
	if !slices.Contains(Languages, language) {
		language = Languages[0]
	}
	letter := Letter{Language: language, Text: d.told.text(language), Address: phoneOf(p)}
	n := d.Notice
	n.Channel = d.choice.Channel
	switch {
	case letter.Address == "": // nobody can text or call her
		n.Channel = insurance.ByOfficer
	case n.Channel == "":
		n.Channel = insurance.ByText
	}
	return n, letter
}

// phoneOf is the phone that is hers still; empty where there is none.
func phoneOf(p insurance.Person) string {
	for _, phone := range slices.Backward(p.Phones) {
		if phone.To == 0 {
			return phone.Number
		}
	}
	return ""
}
