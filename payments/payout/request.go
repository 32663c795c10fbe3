package payout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"sanad.dev/sanad/ledger"
)

// Order of a batch: what its maker asks for. Either Lines names whom to pay, or AllOf asks for everybody who is owed.

// BatchRequest is what the maker of a batch asks for.
type BatchRequest struct {
	// Reference is the maker's own name for the batch (L3).
	Reference string
	Person    string
	Rail      string
	// Pool bears what the rail charges; empty means the fund's own choice.
	Pool ledger.Party
	// Declared is what the maker says that the lines come to; the batch is refused where it is otherwise.
	Declared Sum
	// Lines are whom to pay; where there are none, AllOf says it.
	Lines []Line
	AllOf AllOf
}

// AllOf asks for all that is payable in a scheme to parties of a kind, such as member.
type AllOf struct {
	Scheme ledger.SchemeCode
	Kind   string
}

func (r BatchRequest) check() error {
	if err := checkReference(r.Reference); err != nil {
		return err
	}
	if err := checkPerson(r.Person); err != nil {
		return err
	}
	if r.Pool != "" {
		if err := checkParty("pool", r.Pool, ledger.PoolKind); err != nil {
			return err
		}
	}
	if _, err := r.Declared.Total.Currency.Decimals(); err != nil {
		return fault("declared_total.currency_code", "CURRENCY_INVALID", "say what the lines come to, in the one currency of all")
	}
	if len(r.Lines) == 0 {
		return r.AllOf.check()
	}
	if err := checkLines(r.Lines); err != nil {
		return err
	}
	return checkDeclared(r.Declared, r.Lines)
}

func (a AllOf) check() error {
	if a.Scheme == "" || !slices.Contains([]string{ledger.MemberKind, ledger.ProviderKind, ledger.PayerKind}, a.Kind) {
		return fault("lines", "LINES_MISSING", "name whom to pay, or ask for all of a scheme and of one kind: member, provider or payer")
	}
	return nil
}

// CreateBatch makes a batch, which another person must approve before anything is booked. A line that can't be paid is
// of the batch, failed with its reason, and never stops its neighbours. The same request again goes on with the batch, or
// answers it as it stands; another under its reference is refused (L3).
func (s *Service) CreateBatch(ctx context.Context, r BatchRequest) (Batch, error) {
	contract, err := s.contract(r.Rail)
	if err != nil {
		return Batch{}, err
	}
	if err := r.check(); err != nil {
		return Batch{}, err
	}
	b := s.batchOf(r)
	if b, err = s.begin(ctx, b); err != nil || b.State != Drawing {
		return b, err
	}
	lines, drawn := r.Lines, 0
	if len(lines) == 0 {
		if lines, drawn, err = s.owed(ctx, b, r.AllOf); err != nil {
			return b, err
		}
	}
	for from := 0; from < len(lines); from += piece {
		to := min(from+piece, len(lines))
		if err := s.draw(ctx, b, contract, drawn+from, lines[from:to]); err != nil {
			return b, err
		}
	}
	return s.finish(ctx, b.ID)
}

func (s *Service) batchOf(r BatchRequest) Batch {
	b := Batch{
		ID: ID(s.Keys.Hash("payout-batch", r.Reference)), Reference: r.Reference, Rail: r.Rail, Pool: r.Pool,
		State: Drawing, Maker: r.Person, Declared: r.Declared,
	}
	if b.Pool == "" {
		b.Pool = s.Pool
	}
	fields := []string{r.Reference, r.Rail, string(b.Pool), strconv.Itoa(r.Declared.Count), r.Declared.Total.String(), string(r.AllOf.Scheme), r.AllOf.Kind}
	for _, l := range r.Lines {
		fields = append(fields, string(l.Party), string(l.Scheme), strconv.FormatInt(l.Minor, 10), string(l.To.text()))
	}
	b.Fingerprint = s.fingerprint("payout-batch-content", fields)
	return b
}

func (s *Service) fingerprint(domain string, fields []string) (f ledger.Fingerprint) {
	f[0] = 1
	hash := s.Keys.Hash(domain, fields...)
	copy(f[1:], hash[:])
	return f
}

// begin writes the batch, or finds it as it stands.
func (s *Service) begin(ctx context.Context, b Batch) (found Batch, err error) {
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		before, there, err := tx.PayoutBatch(ctx, b.ID)
		if err != nil {
			return err
		}
		if there {
			found = before
			return sameContent(before.Fingerprint, b.Fingerprint)
		}
		if b.MadeAt, err = tx.PayoutNow(ctx); err != nil {
			return err
		}
		found = b
		return tx.InsertPayoutBatch(ctx, b)
	})
	return found, err
}

func sameContent(before, now ledger.Fingerprint) error {
	if before != now {
		return fault("reference", ReferenceReused, "something else was asked for under this reference")
	}
	return nil
}

// owed are lines for all that is payable, each for all of it, and how many lines the batch has already.
func (s *Service) owed(ctx context.Context, batch Batch, a AllOf) (lines []Line, drawn int, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		lines = nil
		if drawn, err = linesOf(ctx, tx, batch.ID); err != nil {
			return err
		}
		balances, err := everybodyOwed(ctx, tx, a.Kind)
		if err != nil {
			return err
		}
		requested, err := tx.RequestedPayouts(ctx, partiesOf(balances)...)
		for _, b := range balances {
			if b.Account.Scheme == a.Scheme && b.Account.Currency == batch.Declared.Total.Currency && b.Money().Minor > requested[b.Account] {
				lines = append(lines, Line{Party: b.Account.Party, Scheme: a.Scheme})
			}
		}
		return err
	})
	if err == nil && len(lines) > MostLines {
		lines = lines[:MostLines] // the next batch takes the others
	}
	return lines, drawn, err
}

// linesOf counts the lines that a batch has.
func linesOf(ctx context.Context, tx Tx, batch ID) (n int, err error) {
	sums, err := tx.PayoutSums(ctx, batch)
	for _, sum := range sums {
		n += sum.Count
	}
	return n, err
}

func partiesOf(balances []ledger.Balance) []ledger.Party {
	parties := make([]ledger.Party, len(balances))
	for i, b := range balances {
		parties[i] = b.Account.Party
	}
	return parties
}

// everybodyOwed returns what stands on 2500 of all parties of the kind, by party.
func everybodyOwed(ctx context.Context, tx Tx, kind string) ([]ledger.Balance, error) {
	if kind != ledger.MemberKind {
		return sharedOwed(ctx, tx, kind)
	}
	const page = 1000
	var owed []ledger.Balance
	for after := ledger.Party(""); ; {
		parties, err := tx.PartiesOwed(ctx, ledger.BenefitsPayable, after, page)
		if err != nil || len(parties) == 0 {
			return owed, err
		}
		balances, err := tx.Balances(ctx, ledger.At{}, parties...)
		if err != nil {
			return nil, err
		}
		for _, b := range slices.Concat(balances...) {
			if b.Account.Code == ledger.BenefitsPayable {
				owed = append(owed, b)
			}
		}
		after = parties[len(parties)-1]
	}
}

func sharedOwed(ctx context.Context, tx Tx, kind string) ([]ledger.Balance, error) {
	turnovers, err := tx.SharedTurnovers(ctx, 0)
	var owed []ledger.Balance
	for _, t := range turnovers {
		if t.Account.Code == ledger.BenefitsPayable && t.Account.Party.Kind() == kind {
			owed = append(owed, ledger.Balance{Account: t.Account, Net: t.Net()})
		}
	}
	return owed, err
}

// draw writes a piece of the batch's lines as payouts.
func (s *Service) draw(ctx context.Context, b Batch, c Contract, from int, lines []Line) error {
	err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		return s.drawPiece(ctx, tx, b, c, from, lines)
	})
	if err != nil {
		return fmt.Errorf("lines %d to %d: %w", from+1, from+len(lines), err)
	}
	return nil
}

func (s *Service) drawPiece(ctx context.Context, tx Tx, b Batch, c Contract, from int, lines []Line) error {
	payouts := make([]Payout, len(lines))
	ids, parties := make([]ID, len(lines)), make([]ledger.Party, len(lines))
	for i, l := range lines {
		payouts[i] = s.payoutOf(b, from+i, l)
		ids[i], parties[i] = payouts[i].ID, l.Party
	}
	there, err := tx.PayoutsByID(ctx, ids...)
	if err != nil {
		return err
	}
	payable, err := payableNow(ctx, tx, payouts)
	if err != nil {
		return err
	}
	onRecord, err := tx.Destinations(ctx, b.Rail, parties...)
	if err != nil {
		return err
	}
	now, err := tx.PayoutNow(ctx)
	if err != nil {
		return err
	}
	var steps []Step
	for i, p := range payouts {
		if _, drawn := there[p.ID]; drawn {
			continue
		}
		step, err := s.requestLine(ctx, tx, p, lines[i], payable, onRecord[p.Party], c, b.Maker, now)
		if err != nil {
			return err
		}
		steps = append(steps, step)
	}
	return insert(ctx, tx, steps)
}

func insert(ctx context.Context, tx Tx, steps []Step) error {
	payouts, events := make([]Payout, len(steps)), make([]Event, len(steps))
	for i, step := range steps {
		payouts[i], events[i] = step.After, step.Event
	}
	if err := tx.InsertPayouts(ctx, payouts...); err != nil {
		return err
	}
	return tx.AddPayoutEvents(ctx, events...)
}

func (s *Service) payoutOf(b Batch, n int, l Line) Payout {
	return Payout{
		ID:    ID(s.Keys.Hash("payout", b.ID.String(), string(l.Party), string(l.Scheme), string(b.Declared.Total.Currency))),
		Batch: b.ID, Line: n + 1, Party: l.Party, Scheme: l.Scheme, Pool: b.Pool, Rail: b.Rail,
		Amount: ledger.Money{Minor: l.Minor, Currency: b.Declared.Total.Currency},
	}
}

// requestLine decides on one line and takes what it asks for off what is payable.
func (s *Service) requestLine(ctx context.Context, tx Tx, p Payout, l Line, payable map[ledger.Account]int64, where OnRecord, c Contract, person string, now time.Time) (Step, error) {
	p.RequestedAt = now
	left := payable[p.payable()]
	if p.Amount.Minor == 0 {
		p.Amount.Minor = max(0, left)
	}
	to, reason, err := s.whereTo(ctx, tx, p, l.To, where, c)
	switch {
	case err != nil:
		return Step{}, err
	case reason == "" && (p.Amount.Minor == 0 || p.Amount.Minor > left):
		reason = ReasonNotPayable
	}
	if reason == ReasonErased {
		return p.to(StateFailed, reason, time.Time{}).step(now, person, WasRefused), nil
	}
	if to != (Destination{}) {
		p.Kind = to.Kind
		if p.Sealed, err = tx.SealFor(ctx, p.Party, to.text(), sealedAs(p.ID)); err != nil {
			return Step{}, err
		}
	}
	if reason != "" {
		return p.to(StateFailed, reason, time.Time{}).step(now, person, WasRefused), nil
	}
	payable[p.payable()] = left - p.Amount.Minor
	return p.to(StateRequested, "", time.Time{}).step(now, person, WasRequested), nil
}

// whereTo is where the line's money goes, or the reason why it can't be known.
func (s *Service) whereTo(ctx context.Context, tx Tx, p Payout, named Destination, where OnRecord, c Contract) (Destination, string, error) {
	to := named
	if to == (Destination{}) && where.Sealed != nil {
		plain, err := tx.OpenFor(ctx, p.Party, where.Sealed, where.sealedAs())
		if errors.Is(err, ErrNobody) {
			return to, ReasonErased, nil
		}
		if err != nil {
			return to, "", err
		}
		if to, err = parseDestination(plain); err != nil {
			return to, ReasonNoWhere, nil //nolint:nilerr // what is on record is of no use: the line says so
		}
	}
	switch {
	case to == (Destination{}):
		return to, ReasonNoWhere, nil
	case !c.Carries(p.Amount.Currency, to.Kind):
		return to, ReasonBadWhere, nil
	}
	return to, "", nil
}

// payableNow is what stands on each payout's account and nobody has asked for yet. The members among their parties, and
// the shared accounts, are held until the transaction ends.
func payableNow(ctx context.Context, tx Tx, payouts []Payout) (map[ledger.Account]int64, error) {
	stands, err := holdPayable(ctx, tx, payouts)
	if err != nil {
		return nil, err
	}
	parties := make([]ledger.Party, len(payouts))
	for i, p := range payouts {
		parties[i] = p.Party
	}
	requested, err := tx.RequestedPayouts(ctx, parties...)
	for account, minor := range requested {
		if _, asked := stands[account]; asked {
			stands[account] -= minor
		}
	}
	return stands, err
}

// holdPayable locks the accounts that the payouts are paid from, and returns what stands on each. A member of whom the
// books know nothing is not held, for that would open an account for her.
func holdPayable(ctx context.Context, tx Tx, payouts []Payout) (map[ledger.Account]int64, error) {
	var members []ledger.Party
	var shared []ledger.Account
	for _, p := range payouts {
		if p.Party.Held() {
			members = append(members, p.Party)
		} else if !slices.Contains(shared, p.payable()) {
			shared = append(shared, p.payable())
		}
	}
	stands := make(map[ledger.Account]int64, len(payouts))
	known, err := knownMembers(ctx, tx, members)
	if err != nil {
		return nil, err
	}
	page, err := tx.Page(ctx, ledger.Need{Parties: known})
	if err != nil {
		return nil, err
	}
	for _, p := range payouts {
		if p.Party.Held() {
			stands[p.payable()] = p.payable().Normal(page.Balances(p.Party).Of(p.payable()))
		}
	}
	if len(shared) == 0 {
		return stands, nil
	}
	held, err := tx.HoldShared(ctx, shared...)
	for _, b := range held {
		stands[b.Account] = b.Money().Minor
	}
	return stands, err
}

func knownMembers(ctx context.Context, tx Tx, members []ledger.Party) ([]ledger.Party, error) {
	balances, err := tx.Balances(ctx, ledger.At{}, members...)
	var known []ledger.Party
	for i, member := range members {
		if err == nil && len(balances[i]) > 0 {
			known = append(known, member)
		}
	}
	return known, err
}

// finish closes the drawing: a batch that is not what was declared is declined as a whole.
func (s *Service) finish(ctx context.Context, id ID) (b Batch, err error) {
	var differs error
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		if b, _, err = tx.HoldPayoutBatch(ctx, id); err != nil || b.State != Drawing {
			return err
		}
		sums, err := tx.PayoutSums(ctx, id)
		if err != nil {
			return err
		}
		b.Found = Sum{Total: ledger.Money{Currency: b.Declared.Total.Currency}}
		for _, sum := range sums {
			b.Found.Count += sum.Count
			b.Found.Total.Minor += sum.Minor
		}
		b.State = Made
		if b.Declared.Count == 0 && !b.Follows.IsZero() {
			b.Declared = b.Found
		}
		if differs = b.Declared.agrees(b.Found); differs != nil {
			b.State, b.Reason = Declined, ReasonMismatch
		}
		return tx.SavePayoutBatch(ctx, b)
	})
	if err == nil && differs != nil {
		return b, errors.Join(differs, s.dropLines(ctx, b, b.Maker))
	}
	return b, err
}

// RequestPayout asks for one party to be paid: a batch of one, which another person must approve.
func (s *Service) RequestPayout(ctx context.Context, r BatchRequest) (p Payout, b Batch, err error) {
	if len(r.Lines) != 1 {
		return p, b, fault("party", "PARTY_INVALID", "say who is to be paid")
	}
	r.Declared.Count = 1
	r.Declared.Total.Minor = r.Lines[0].Minor
	if r.Lines[0].Minor == 0 {
		if r.Declared.Total.Minor, err = s.payableOf(ctx, r); err != nil {
			return p, b, err
		}
	}
	if b, err = s.CreateBatch(ctx, r); err != nil {
		return p, b, err
	}
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		found, _, err := tx.Payouts(ctx, Query{Batch: b.ID, Limit: 1})
		if err == nil && len(found) == 1 {
			p = found[0]
		}
		return err
	})
	return p, b, err
}

// payableOf is all that the one line's party can be paid; what the same request found before, where it is sent again.
func (s *Service) payableOf(ctx context.Context, r BatchRequest) (minor int64, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		b := s.batchOf(r)
		before, there, err := tx.PayoutBatch(ctx, b.ID)
		if err != nil || there {
			minor = before.Declared.Total.Minor
			return err
		}
		account := s.payoutOf(b, 0, r.Lines[0]).payable()
		stands, err := standing(ctx, tx, account)
		if err != nil {
			return err
		}
		requested, err := tx.RequestedPayouts(ctx, account.Party)
		minor = max(0, stands-requested[account])
		return err
	})
	return minor, err
}

func standing(ctx context.Context, tx Tx, account ledger.Account) (int64, error) {
	if !account.Party.Held() {
		balances, err := tx.SharedBalances(ctx, 0, account)
		if err != nil {
			return 0, err
		}
		return balances[0].Money().Minor, nil
	}
	balances, err := tx.Balances(ctx, ledger.At{}, account.Party)
	if err != nil {
		return 0, err
	}
	return account.Normal(balances[0].Of(account)), nil
}
