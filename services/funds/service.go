// Package funds watches over the pools that bear benefits, and helps those that fall short.
//
// Its laws: no figure of a pool touches a decision, so that a member's right never depends on how rich her group is; what
// is approved is owed whatever the pool holds, and only its payment may wait (L8); what passes between pools is what is
// due less what is booked (L6); what cannot be paid from anywhere waits, the youngest first, and how long is told; a
// guarantor's money is booked when two people have seen it come; every figure is whole units or an exact fraction (L9).
package funds

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/privacy"
	"sanad.dev/sanad/services/rule"
)

// Tx is one transaction on the pools, the books beside them, and what waits for them.
type Tx interface {
	ledger.Tx
	// AllSchemes returns all schemes as last published, and SchemeVersions all versions of those named.
	AllSchemes(ctx context.Context) ([]insurance.Scheme, error)
	SchemeVersions(ctx context.Context, codes ...ledger.SchemeCode) (map[ledger.SchemeCode][]insurance.Scheme, error)
	// Proposal and SaveProposal keep what one person proposes and another approves.
	Proposal(ctx context.Context, key string) (*insurance.Proposal, error)
	SaveProposal(ctx context.Context, p insurance.Proposal) error
	// Now is the database's clock.
	Now(ctx context.Context) (time.Time, error)

	// HoldFund locks the family of pools of a national scheme until the transaction ends, and returns how many moves were
	// booked between them; SaveFund writes it.
	HoldFund(ctx context.Context, national ledger.SchemeCode) (moves int, err error)
	SaveFund(ctx context.Context, national ledger.SchemeCode, moves int) error
	// GuarantorCalls returns calls by scheme, pool and number.
	GuarantorCalls(ctx context.Context, q CallQuery) ([]Call, error)
	// HoldGuarantorCall returns a call, locked until the transaction ends; false where there is none.
	HoldGuarantorCall(ctx context.Context, id ledger.ID) (Call, bool, error)
	// InsertGuarantorCall writes a new call; it returns an error that lets the transaction run again where another was first.
	InsertGuarantorCall(ctx context.Context, c Call) error
	// SaveGuarantorCall writes a call as it stands now.
	SaveGuarantorCall(ctx context.Context, c Call) error

	// UndecidedByPool returns, by pool, what claims ask for that had come by the end of the day and were not decided by then.
	UndecidedByPool(ctx context.Context, through ledger.Date) ([]insurance.PoolSum, error)
	// UnpaidByPool returns, by pool, what is owed under claims and was not handed over to be paid.
	UnpaidByPool(ctx context.Context) ([]insurance.PoolSum, error)

	payout.Holder
	// WaitingPayouts returns the payouts that a pool bears and that are requested or approved, the oldest first.
	WaitingPayouts(ctx context.Context, pool ledger.Party, scheme ledger.SchemeCode) ([]payout.Waiting, error)
}

// Store runs transactions.
type Store interface {
	Update(ctx context.Context, fn func(context.Context, Tx) error) error
	View(ctx context.Context, fn func(context.Context, Tx) error) error
}

// Service watches over pools.
type Service struct {
	Store Store
	Keys  *privacy.Keyring
}

// Report is how a pool stands at the end of a month, what it waits for, and what waits for it.
type Report struct {
	Fund  insurance.FundAccount
	Month ledger.Period
	// National is the scheme whose pool stands behind it; empty where none does. Guarantor is who is called.
	National  ledger.SchemeCode
	Guarantor insurance.FunderID
	Figures
	// UndecidedClaims are the claims that are not decided, and the day of the oldest.
	UndecidedClaims insurance.PoolSum
	// Called is what the guarantor has been called for and not paid.
	Called int64
	// Waiting are payouts that are held because the pool can't pay them and nobody helps; Oldest is the day on which the
	// oldest was asked for. They are those of today, whatever the month.
	Waiting insurance.PoolSum
	// Today is the day of the database's clock, by which ages are told.
	Today ledger.Date
}

// Query asks for reports; an empty scheme means all, and no month the one that today lies in.
type Query struct {
	Scheme ledger.SchemeCode
	Month  ledger.Period
}

// Reports tells how pools stand: those that a scheme's funds name, and those that have something in the books.
func (s *Service) Reports(ctx context.Context, q Query) (reports []Report, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		reports, err = s.reports(ctx, tx, q)
		return err
	})
	return reports, err
}

func (s *Service) reports(ctx context.Context, tx Tx, q Query) ([]Report, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, err
	}
	today := ledger.DateOf(now.UTC())
	if q.Month == 0 {
		q.Month = today.Period()
	}
	r, err := read(ctx, tx, q.Month)
	if err != nil {
		return nil, err
	}
	var all []Report
	for _, p := range r.pools {
		if q.Scheme != "" && p.Fund.Scheme != q.Scheme {
			continue
		}
		report := Report{Fund: p.Fund, Month: q.Month, National: r.nationalOf(p.Fund.Scheme), Guarantor: p.guarantor,
			Figures: p.Figures, UndecidedClaims: r.undecidedOf(p.Fund), Called: p.Called, Today: today}
		if report.Waiting, err = waiting(ctx, tx, p.Fund); err != nil {
			return nil, err
		}
		all = append(all, report)
	}
	if len(all) == 0 && q.Scheme != "" {
		return nil, insurance.Fault{Field: "scheme", Reason: insurance.FundUnknown, Text: "no pool of a scheme of that code is known; write funds: in its scheme.yaml, or look at its code"}
	}
	return all, nil
}

// pool is a pool as it was read.
type pool struct {
	Standing
	guarantor insurance.FunderID
	// known says that the scheme names the pool, with terms that hold on the day.
	known bool
}

// reading is what was read of all pools at the end of a month.
type reading struct {
	month     ledger.Period
	schemes   map[ledger.SchemeCode]*rule.Scheme
	currency  map[ledger.SchemeCode]ledger.Currency
	undecided map[insurance.FundAccount]insurance.PoolSum
	pools     []pool
}

// nationalOf is the scheme whose pools stand behind those of a scheme; empty where none do.
func (r *reading) nationalOf(code ledger.SchemeCode) ledger.SchemeCode {
	if s := r.schemes[code]; s != nil && s.Funds != nil {
		return ledger.SchemeCode(s.Funds.National)
	}
	return ""
}

// undecidedOf is what the pool's claims ask for that are not decided.
func (r *reading) undecidedOf(fund insurance.FundAccount) insurance.PoolSum {
	sum := r.undecided[fund]
	sum.FundAccount = fund
	return sum
}

// read reads all pools as they stand at the end of the month, by the rules in force on its last day.
func read(ctx context.Context, tx Tx, month ledger.Period) (*reading, error) {
	r := &reading{month: month, undecided: map[insurance.FundAccount]insurance.PoolSum{}}
	if err := r.readSchemes(ctx, tx); err != nil {
		return nil, err
	}
	undecided, err := tx.UndecidedByPool(ctx, month.LastDay())
	if err != nil {
		return nil, err
	}
	for _, sum := range undecided {
		r.undecided[sum.FundAccount] = sum
	}
	books, err := readBooks(ctx, tx, month)
	if err != nil {
		return nil, err
	}
	calls, err := tx.GuarantorCalls(ctx, CallQuery{OpenOnly: true})
	if err != nil {
		return nil, err
	}
	return r, r.stand(ctx, tx, books, calls)
}

func (r *reading) readSchemes(ctx context.Context, tx Tx) error {
	published, err := tx.AllSchemes(ctx)
	if err != nil {
		return err
	}
	codes := make([]ledger.SchemeCode, len(published))
	for i, v := range published {
		codes[i] = v.Code
	}
	versions, err := tx.SchemeVersions(ctx, codes...)
	if err != nil {
		return err
	}
	r.schemes, r.currency = map[ledger.SchemeCode]*rule.Scheme{}, map[ledger.SchemeCode]ledger.Currency{}
	for code, all := range versions {
		v := inForce(all, r.month.LastDay())
		if r.schemes[code], err = match.Compiled(v); err != nil {
			return fmt.Errorf("scheme %s version %d: %w", code, v.Version, err)
		}
		r.currency[code] = v.Currency
	}
	return nil
}

// inForce is the version that is in force on the day: of those that have come into force the last; before all, the first.
func inForce(versions []insurance.Scheme, on ledger.Date) insurance.Scheme {
	force := versions[0]
	for _, v := range versions[1:] {
		if v.EffectiveOn <= on && (v.EffectiveOn >= force.EffectiveOn || force.EffectiveOn > on) {
			force = v
		}
	}
	return force
}

// stand makes the figures of every pool that is named or has something in the books.
func (r *reading) stand(ctx context.Context, tx Tx, b *books, calls []Call) error {
	funds := b.funds()
	for code, s := range r.schemes {
		if s.Funds == nil {
			continue
		}
		for name := range s.Funds.Pools {
			funds[insurance.FundAccount{Scheme: code, Pool: insurance.Pool(name), Currency: r.currency[code]}] = true
		}
	}
	for fund := range r.undecided {
		funds[fund] = true
	}
	closed, err := yearEnds(ctx, tx, r.month, funds)
	if err != nil {
		return err
	}
	for _, fund := range sortedFunds(funds) {
		p := pool{Standing: Standing{Fund: fund}}
		if s := r.schemes[fund.Scheme]; s != nil && s.Funds != nil {
			p.guarantor = insurance.FunderID(s.Funds.Guarantor)
			p.Terms, p.known = s.FundTerms(string(fund.Pool), rule.Day(r.month.LastDay()))
		}
		p.Figures = FiguresOf(b.input(fund, p.Terms, r.undecided[fund], closed[fund]))
		p.Called = called(calls, fund)
		r.pools = append(r.pools, p)
	}
	return nil
}

func sortedFunds(funds map[insurance.FundAccount]bool) []insurance.FundAccount {
	all := make([]insurance.FundAccount, 0, len(funds))
	for f := range funds {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b insurance.FundAccount) int {
		return cmp.Or(cmp.Compare(a.Scheme, b.Scheme), cmp.Compare(poolOrder(a.Pool), poolOrder(b.Pool)), cmp.Compare(a.Currency, b.Currency))
	})
	return all
}

func poolOrder(p insurance.Pool) int { return slices.Index(insurance.Pools(), p) }

func called(calls []Call, fund insurance.FundAccount) (sum int64) {
	for _, c := range calls {
		if c.Fund == fund && c.Open() {
			sum += c.Minor
		}
	}
	return sum
}
