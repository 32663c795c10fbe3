package collection

import (
	"errors"
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/privacy"
)

// The reasons for suspense (L10).
const (
	reasonUnknown      = "MEMBER_UNKNOWN"
	reasonNobody       = "MEMBER_NOT_NAMED"
	reasonAmbiguous    = "MEMBER_AMBIGUOUS"
	reasonScheme       = "SCHEME_UNKNOWN"
	reasonClosed       = "SCHEME_CLOSED"
	reasonCurrency     = "CURRENCY_DIFFERS"
	reasonUnreadable   = "LINE_UNREADABLE"
	reasonAmount       = "AMOUNT_UNREADABLE"
	reasonEarly        = "ORIGINAL_NOT_SEEN"
	reasonDiffers      = "REVERSAL_AMOUNT_DIFFERS"
	reasonNotReversing = "ORIGINAL_NOT_A_CONTRIBUTION"
	reasonUndone       = "ALREADY_REVERSED"
)

// desk is where a batch is decided: all that was read for it, and all that it will write. Deciding is pure.
type desk struct {
	service    *Service
	collectors map[insurance.CollectorID]insurance.Collector
	schemes    map[ledger.SchemeCode]insurance.Scheme
	named      map[ledger.ID][]Hash
	found      map[Hash][]insurance.Found
	choices    map[Hash]insurance.MemberID
	salts      map[insurance.MemberID][]byte
	sealers    map[insurance.MemberID]*privacy.Sealer
	page       *ledger.Page
	// chain are the entries of the contributions that are to be reversed, as they stood before the page was read; raced
	// says that one has moved on since, so that the batch must run again.
	chain []ledger.Entry
	raced bool
	// items are those in suspense under an id of the batch; waiting are reversals, by the contribution they wait for.
	items    map[ledger.ID]Item
	waiting  map[ledger.ID]Item
	newItems []Item
	unsealed []toSeal
	details  []Detail
}

// decide books one item, or says why not.
func (d *desk) decide(p prepared) (Receipt, error) {
	if stored, seen, err := d.page.Seen(p.id, p.fingerprint); err != nil || seen {
		return repeated(stored), err
	}
	if item, ok := d.items[p.id]; ok && item.Unread && item.Fingerprint == p.fingerprint {
		r := unreadReceipt(item)
		r.Repeated = true
		return r, nil
	}
	switch {
	case p.Contribution != nil:
		return d.contribute(p)
	case p.Reversal != nil:
		return d.reverse(p)
	}
	return d.withdraw(p)
}

// scheme is that of the contribution, or the collector's default. It is refused only where neither is named.
func (d *desk) scheme(c insurance.Contribution) (insurance.Scheme, string, error) {
	code := c.Scheme
	if code == "" {
		code = d.collectors[c.Collector].DefaultScheme
	}
	if code == "" && c.Unreadable == "" {
		return insurance.Scheme{}, "", insurance.Fault{Field: "scheme", Reason: "SCHEME_MISSING",
			Text: "name a scheme, or set a default scheme for collector " + string(c.Collector)}
	}
	scheme, ok := d.schemes[code]
	switch {
	case !ok:
		return insurance.Scheme{}, reasonScheme, nil
	case scheme.Closed:
		return scheme, reasonClosed, nil
	case c.Amount.Minor != 0 && scheme.Currency != c.Amount.Currency:
		return insurance.Scheme{}, reasonCurrency, nil
	}
	return scheme, "", nil
}

// received is what the item's entry books, dated in the scheme's zone. A line that could not be read is dated today
// where its own date can't be believed.
func (d *desk) received(p prepared, scheme insurance.Scheme) (insurance.Received, error) {
	r := insurance.Received{ID: p.id, Fingerprint: p.fingerprint, Collector: p.collector, Amount: p.amount}
	now := d.page.RecordedAt()
	on, err := insurance.ValueDate(p.valueTime, scheme.Location(), now)
	if err != nil && p.unreadable != "" {
		on, err = ledger.DateOf(now.In(scheme.Location())), nil
	}
	r.ValueOn = on
	return r, err
}

func (d *desk) contribute(p prepared) (Receipt, error) {
	c := *p.Contribution
	scheme, reason, err := d.scheme(c)
	if err != nil {
		return Receipt{}, err
	}
	received, err := d.received(p, scheme)
	if err != nil {
		return Receipt{}, err
	}
	if p.amount.Minor == 0 {
		return d.leaveUnread(p, received), nil
	}
	if held, ok := d.waiting[p.id]; ok {
		if e, ok := d.page.Entry(held.ID); ok && sameAmount(e, c.Amount) {
			return d.arriveReversed(p, received, held, e)
		}
		held.Reason, held.WaitsFor = reasonDiffers, ledger.ID{}
		d.keep(held)
	}
	member, candidates, noMember := d.member(c, d.named[p.id], received.ValueOn)
	switch {
	case c.Unreadable != "":
		reason = reasonUnreadable
	case reason == "":
		reason = noMember
	}
	if reason != "" {
		return d.suspend(p, received, scheme, reason, candidates)
	}
	return d.place(p, received, scheme, member)
}

// post books the one entry that a rule has made.
func (d *desk) post(e ledger.Entry, err error) (ledger.Entry, error) {
	if err != nil {
		return e, err
	}
	posted, err := d.page.Post(e)
	if err != nil {
		return e, err
	}
	return posted[0], nil
}

// place books a contribution to its member.
func (d *desk) place(p prepared, r insurance.Received, scheme insurance.Scheme, member insurance.MemberID) (Receipt, error) {
	r.By = givingOf(*p.Contribution, scheme)
	e, err := d.post(insurance.Contributed(r, member, scheme))
	if err != nil {
		return Receipt{}, err
	}
	d.resolveUnread(p.id)
	d.unsealed = append(d.unsealed, toSeal{p, member})
	return receiptOf(e), nil
}

// givingOf is how a contribution is given in the scheme.
func givingOf(c insurance.Contribution, scheme insurance.Scheme) insurance.Giving {
	g := insurance.Giving{Payer: c.PayerKind, Account: c.Account}
	g.Unknown = c.Account != "" && !match.KnowsAccount(scheme, c.Account)
	return g
}

func (d *desk) suspend(p prepared, r insurance.Received, scheme insurance.Scheme, reason string, candidates []insurance.MemberID) (Receipt, error) {
	e, err := d.post(insurance.Suspended(r, scheme.Code, reason))
	if err != nil {
		return Receipt{}, err
	}
	d.keep(Item{
		ID: p.id, Collector: p.collector, Reason: reason, ValueOn: r.ValueOn, OpenedAt: d.page.RecordedAt(),
		Named: d.named[p.id], Candidates: candidates,
	})
	d.unsealed = append(d.unsealed, toSeal{p, ""})
	return receiptOf(e), nil
}

// arriveReversed books an original that was taken back before it came: both meet in suspense.
func (d *desk) arriveReversed(p prepared, r insurance.Received, held Item, reversal ledger.Entry) (Receipt, error) {
	e, err := d.post(insurance.ArrivedReversed(r, reversal))
	if err != nil {
		return Receipt{}, err
	}
	held.Resolved = true
	d.keep(held)
	d.unsealed = append(d.unsealed, toSeal{p, ""})
	return receiptOf(e), nil
}

// leaveUnread keeps a line whose amount could not be read: money was taken, but nobody can say how much.
func (d *desk) leaveUnread(p prepared, r insurance.Received) Receipt {
	item := Item{
		ID: p.id, Collector: p.collector, Reason: reasonAmount, ValueOn: r.ValueOn, OpenedAt: d.page.RecordedAt(),
		Named: d.named[p.id], Fingerprint: p.fingerprint, Unread: true,
	}
	d.keep(item)
	return unreadReceipt(item)
}

func unreadReceipt(item Item) Receipt {
	return Receipt{ID: item.ID, State: Unread, Reason: item.Reason, ValueOn: item.ValueOn, RecordedAt: item.OpenedAt}
}

// resolveUnread ends the wait of a line whose amount has come after all.
func (d *desk) resolveUnread(id ledger.ID) {
	if item, ok := d.items[id]; ok && item.Unread {
		item.Resolved = true
		d.keep(item)
	}
}

// keep remembers an item for the rest of the batch and for the store.
func (d *desk) keep(item Item) {
	d.items[item.ID] = item
	if i := slices.IndexFunc(d.newItems, func(other Item) bool { return other.ID == item.ID }); i >= 0 {
		d.newItems[i] = item
		return
	}
	d.newItems = append(d.newItems, item)
}

// member finds for whom the payer paid, on the day it counts; or why nobody can be told.
func (d *desk) member(c insurance.Contribution, named []Hash, on ledger.Date) (insurance.MemberID, []insurance.MemberID, string) {
	if id := c.Member.Member; id != "" {
		if _, known := d.salts[id]; known {
			return id, nil, ""
		}
		return "", nil, reasonUnknown
	}
	if c.Member == (insurance.Reference{}) {
		return "", nil, reasonNobody
	}
	for _, h := range named {
		members := foundOn(d.found[h], on)
		switch len(members) {
		case 0:
			continue
		case 1:
			return members[0], nil, ""
		}
		if choice := d.choices[d.payer(c)]; c.PayerPhone != "" && slices.Contains(members, choice) {
			return choice, nil, ""
		}
		return "", members, reasonAmbiguous
	}
	return "", nil, reasonUnknown
}

// foundOn are the members that an identifier points to on the day.
func foundOn(found []insurance.Found, on ledger.Date) []insurance.MemberID {
	var members []insurance.MemberID
	for _, f := range found {
		if f.On(on) && !slices.Contains(members, f.Member) {
			members = append(members, f.Member)
		}
	}
	return members
}

// identify hashes the identifiers by which the payer named the member.
func (d *desk) identify(c insurance.Contribution) []Hash {
	identifiers := c.Member.Identifiers(d.region(c))
	hashes := make([]Hash, len(identifiers))
	for i, id := range identifiers {
		hashes[i] = insurance.HashIdentifier(d.service.keys, id)
	}
	return hashes
}

func (d *desk) region(c insurance.Contribution) string {
	if scheme, ok := d.schemes[c.Scheme]; ok {
		return scheme.Region
	}
	return d.schemes[d.collectors[c.Collector].DefaultScheme].Region
}

// payer hashes the phone that paid.
func (d *desk) payer(c insurance.Contribution) Hash {
	for _, id := range (insurance.Reference{Phone: c.PayerPhone}).Identifiers(d.region(c)) {
		return insurance.HashIdentifier(d.service.keys, id)
	}
	return Hash{}
}

// withdraw books what the organisation took out.
func (d *desk) withdraw(p prepared) (Receipt, error) {
	received, err := d.received(p, insurance.Scheme{})
	if err != nil {
		return Receipt{}, err
	}
	if p.amount.Minor == 0 {
		return d.leaveUnread(p, received), nil
	}
	bank := p.Withdrawal.BankAccount
	if p.unreadable != "" {
		bank = "" // nobody can say where it went
	}
	e, err := d.post(insurance.Withdrew(received, bank))
	if err != nil {
		return Receipt{}, err
	}
	d.resolveUnread(p.id)
	if bank == "" {
		d.keep(Item{ID: p.id, Collector: p.collector, Reason: e.Reason, ValueOn: e.ValueOn, OpenedAt: d.page.RecordedAt()})
	}
	return receiptOf(e), nil
}

// reverse takes back a contribution as it stands now. What can't be taken back waits in suspense with its reason.
func (d *desk) reverse(p prepared) (Receipt, error) {
	received, err := d.received(p, insurance.Scheme{})
	if err != nil {
		return Receipt{}, err
	}
	if p.amount.Minor == 0 {
		return d.leaveUnread(p, received), nil
	}
	original, ok := d.page.Entry(p.original)
	switch {
	case p.unreadable != "":
		return d.hold(p, received, reasonUnreadable)
	case !ok:
		return d.hold(p, received, reasonEarly)
	case !isContribution(original):
		return d.hold(p, received, reasonNotReversing)
	case !sameAmount(original, p.amount):
		return d.hold(p, received, reasonDiffers)
	}
	placement := d.standsAt(original)
	if isGone(placement) {
		return d.hold(p, received, reasonUndone)
	}
	return d.takeBack(p, received, placement)
}

// hold books a reversal to suspense. One whose original has not come waits for it.
func (d *desk) hold(p prepared, r insurance.Received, reason string) (Receipt, error) {
	e, err := d.post(insurance.ReversalHeld(r, reason))
	if err != nil {
		return Receipt{}, err
	}
	item := Item{ID: p.id, Collector: p.collector, Reason: reason, ValueOn: r.ValueOn, OpenedAt: d.page.RecordedAt()}
	if _, taken := d.waiting[p.original]; reason == reasonEarly && !taken && !p.original.IsZero() {
		item.WaitsFor = p.original
		d.waiting[p.original] = item
	}
	d.keep(item)
	return receiptOf(e), nil
}

// takeBack reverses the placement; what the member has used of it falls on the collector (L8).
func (d *desk) takeBack(p prepared, r insurance.Received, placement ledger.Entry) (Receipt, error) {
	if placement.Party.Held() && !d.page.Holds(placement.Party) {
		d.raced = true
		return Receipt{}, sqldb.ErrRaced
	}
	entry, err := insurance.Reversed(placement, r)
	if err != nil {
		return Receipt{}, err
	}
	entries := []ledger.Entry{entry}
	shortfall, short, err := insurance.Shortfall(entry, d.service.next(entry.ID), d.page.Balances(entry.Party), p.collector)
	if err != nil {
		return Receipt{}, err
	}
	if short {
		entries = append(entries, shortfall)
	}
	posted, err := d.page.Post(entries...)
	if err != nil {
		return Receipt{}, err
	}
	if item, ok := d.items[placement.ID]; ok {
		item.Resolved = true
		d.keep(item)
	}
	return receiptOf(posted[0]), nil
}

// standsAt follows a contribution to its last move.
func (d *desk) standsAt(e ledger.Entry) ledger.Entry {
	for {
		by, undone := d.page.UndoneBy(e.ID)
		if !undone {
			return e
		}
		e = by
	}
}

func isContribution(e ledger.Entry) bool {
	switch e.Kind {
	case insurance.KindContribution, insurance.KindSuspended, insurance.KindArrivedReverse:
		return true
	}
	return false
}

// isGone says that the money is back with its collector.
func isGone(e ledger.Entry) bool {
	switch e.Kind {
	case ledger.KindReversal, insurance.KindReversed, insurance.KindArrivedReverse:
		return true
	}
	return false
}

func sameAmount(e ledger.Entry, amount ledger.Money) bool {
	return e.Currency() == amount.Currency && insurance.Placed(e).Minor == amount.Minor
}

// keptDetail is what is kept of an item apart from the books.
type keptDetail struct {
	Reference  string                 `json:"reference"`
	Payer      string                 `json:"payer,omitempty"`
	PayerPhone string                 `json:"payer_phone,omitempty"`
	PayerKind  insurance.PayerKind    `json:"payer_kind,omitempty"`
	Member     insurance.Reference    `json:"member"`
	Unreadable string                 `json:"unreadable,omitempty"`
	Account    insurance.AccountLabel `json:"account,omitempty"`
}

// toSeal is what a collector sent and whose it is: nobody's while the member is empty.
type toSeal struct {
	prepared
	member insurance.MemberID
}

// seal seals what the collectors sent: under the members' keys, or under the collector's while it is nobody's.
func (d *desk) seal() error {
	d.details = make([]Detail, len(d.unsealed))
	for i, u := range d.unsealed {
		sealer, err := d.sealer(u.member, u.collector)
		if err != nil {
			return err
		}
		sealed, err := sealer.Seal(u.detail, u.id.String())
		if err != nil {
			return fmt.Errorf("seal what was sent: %w", err)
		}
		d.details[i] = Detail{ID: u.id, RecordedAt: d.page.RecordedAt(), Member: u.member, Sealed: sealed}
	}
	return nil
}

// errErased: the member's key is gone, so nothing can be kept of her.
var errErased = errors.New("the member's personal data has been erased")

func (d *desk) sealer(member insurance.MemberID, collector insurance.CollectorID) (*privacy.Sealer, error) {
	if member == "" {
		return d.service.unclaimedSealer(collector)
	}
	if sealer, ok := d.sealers[member]; ok {
		return sealer, nil
	}
	salt, ok := d.salts[member]
	if !ok {
		return nil, errErased
	}
	sealer, err := d.service.keys.Sealer(salt)
	if err == nil && d.sealers == nil {
		d.sealers = map[insurance.MemberID]*privacy.Sealer{}
	}
	if err == nil {
		d.sealers[member] = sealer
	}
	return sealer, err
}

// unclaimedSealer seals what is nobody's yet, under a key of its collector.
func (s *Service) unclaimedSealer(collector insurance.CollectorID) (*privacy.Sealer, error) {
	salt := s.keys.Hash("unclaimed", string(collector))
	return s.keys.Sealer(salt[:])
}
