package sqlstore

import (
	"context"
	"fmt"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/treasury"
)

const claimColumns = ` c.funder, c.scheme, c.number, c.reference, c.fingerprint, c.currency, c.through, c.until, c.log_cursor,
	c.phase, c.state, c.lines, c.total, c.owed, c.hash, c.withheld, c.disputed, c.paid, c.drawn_by, c.drawn_at,
	c.certified_by, c.certified_at, c.sent_by, c.sent_at, c.verified_by, c.verified_at, c.seed, c.seed_by, c.seed_at, c.totalled `

// Claim returns a claim, or [treasury.ErrNoClaim].
func (t *TreasuryTx) Claim(ctx context.Context, id treasury.ClaimID) (treasury.Claim, error) {
	return t.claim(ctx, id, "")
}

// HoldClaim locks a claim until the transaction ends and returns it, or [treasury.ErrNoClaim].
func (t *TreasuryTx) HoldClaim(ctx context.Context, id treasury.ClaimID) (treasury.Claim, error) {
	return t.claim(ctx, id, t.tx.ForUpdate("c"))
}

func (t *TreasuryTx) claim(ctx context.Context, id treasury.ClaimID, lock string) (treasury.Claim, error) {
	found, err := t.claims(ctx, "WHERE c.funder = $1 AND c.scheme = $2 AND c.number = $3"+lock, string(id.Funder), string(id.Scheme), int64(id.Number))
	if err == nil && len(found) == 0 {
		err = treasury.ErrNoClaim(id)
	}
	if err != nil {
		return treasury.Claim{}, err
	}
	return found[0], nil
}

// ClaimByReference returns the claim that the funder's caller calls so; false where there is none.
func (t *TreasuryTx) ClaimByReference(ctx context.Context, f insurance.FunderID, reference string) (treasury.Claim, bool, error) {
	found, err := t.claims(ctx, "WHERE c.funder = $1 AND c.reference = $2", string(f), reference)
	if err != nil || len(found) == 0 {
		return treasury.Claim{}, false, err
	}
	return found[0], true, nil
}

// LastClaim returns the claim with the highest number; the zero claim where there is none.
func (t *TreasuryTx) LastClaim(ctx context.Context, f insurance.FunderID, scheme ledger.SchemeCode) (treasury.Claim, error) {
	found, err := t.claims(ctx, "WHERE c.funder = $1 AND c.scheme = $2 ORDER BY c.number DESC LIMIT 1", string(f), string(scheme))
	if err != nil || len(found) == 0 {
		return treasury.Claim{}, err
	}
	return found[0], nil
}

// Claims returns a page of claims, by scheme and number.
func (t *TreasuryTx) Claims(ctx context.Context, q treasury.ClaimsQuery) ([]treasury.Claim, error) {
	return t.claims(ctx, `WHERE c.funder = $1 AND (c.scheme = $2 OR $3 = '') AND (c.scheme, c.number) > ($4, $5)
		ORDER BY c.scheme, c.number LIMIT $6`,
		string(q.Funder), string(q.Scheme), string(q.Scheme), string(q.After.Scheme), int64(q.After.Number), q.Limit)
}

func (t *TreasuryTx) claims(ctx context.Context, where string, args ...any) (found []treasury.Claim, err error) {
	err = t.tx.QueryArgs(ctx, "SELECT"+claimColumns+"FROM treasury_claim AS c "+where, args, func(row sqldb.Scanner) error {
		c, err := scanClaim(row)
		found = append(found, c)
		return err
	})
	return found, err
}

func scanClaim(row sqldb.Scanner) (treasury.Claim, error) {
	var c treasury.Claim
	var fingerprint, hash []byte
	var until, drawn, certified, sent, verified, seeded int64
	err := row.Scan(&c.ID.Funder, &c.ID.Scheme, &c.ID.Number, &c.Reference, &fingerprint, &c.Currency, &c.Through, &until, &c.Cursor,
		&c.Phase, &c.State, &c.Lines, &c.Total, &c.Owed, &hash, &c.Withheld, &c.Disputed, &c.Paid, &c.Drawn.By, &drawn,
		&c.Certification.By, &certified, &c.Sending.By, &sent, &c.Verification.By, &verified, &c.Seed, &c.SeedFixing.By, &seeded, &c.Totalled)
	if len(c.Totalled) == 0 {
		c.Totalled = nil
	}
	copy(c.Fingerprint[:], fingerprint)
	copy(c.Hash[:], hash)
	c.Until, c.Drawn.At, c.Certification.At = instant(until), instant(drawn), instant(certified)
	c.Sending.At, c.Verification.At, c.SeedFixing.At = instant(sent), instant(verified), instant(seeded)
	return c, err
}

// instant reads microseconds since 1970; zero is no instant.
func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// InsertClaim writes a new claim.
func (t *TreasuryTx) InsertClaim(ctx context.Context, c treasury.Claim) error {
	const query = `INSERT INTO treasury_claim (funder, scheme, number, reference, fingerprint, currency, through, until, log_cursor,
			phase, state, lines, total, owed, hash, withheld, disputed, paid, drawn_by, drawn_at,
			certified_by, certified_at, sent_by, sent_at, verified_by, verified_at, seed, seed_by, seed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 0, $12, 0, 0, 0, $13, $14, '', 0, '', 0, '', 0, '', '', 0)
		ON CONFLICT DO NOTHING`
	written, err := t.tx.ExecArgs(ctx, query, string(c.ID.Funder), string(c.ID.Scheme), int64(c.ID.Number), c.Reference, c.Fingerprint[:],
		string(c.Currency), int64(c.Through), c.Until.UnixMicro(), c.Cursor, string(c.Phase), string(c.State), c.Hash[:],
		c.Drawn.By, c.Drawn.At.UnixMicro())
	return raced(written, err)
}

// raced is the error of a row that another transaction has written first.
func raced(written int64, err error) error {
	if err == nil && written == 0 {
		return sqldb.ErrRaced
	}
	return err
}

// SaveClaim writes a claim as it stands now.
func (t *TreasuryTx) SaveClaim(ctx context.Context, c treasury.Claim) error {
	const query = `UPDATE treasury_claim SET log_cursor = $1, phase = $2, state = $3, lines = $4, total = $5, owed = $6, hash = $7,
			withheld = $8, disputed = $9, paid = $10, certified_by = $11, certified_at = $12, sent_by = $13, sent_at = $14,
			verified_by = $15, verified_at = $16, seed = $17, seed_by = $18, seed_at = $19, totalled = $20
		WHERE funder = $21 AND scheme = $22 AND number = $23`
	totalled := append([]byte{}, c.Totalled...) // never NULL
	_, err := t.tx.ExecArgs(ctx, query, c.Cursor, string(c.Phase), string(c.State), c.Lines, c.Total, c.Owed, c.Hash[:],
		c.Withheld, c.Disputed, c.Paid, c.Certification.By, micros(c.Certification.At), c.Sending.By, micros(c.Sending.At),
		c.Verification.By, micros(c.Verification.At), c.Seed, c.SeedFixing.By, micros(c.SeedFixing.At), totalled,
		string(c.ID.Funder), string(c.ID.Scheme), int64(c.ID.Number))
	return err
}

// Shares returns how the claim is divided over budget lines, the oldest first.
func (t *TreasuryTx) Shares(ctx context.Context, id treasury.ClaimID) (shares []treasury.BudgetShare, err error) {
	const query = `SELECT s.year, s.prior, s.minor, s.withheld, s.paid FROM claim_share AS s
		WHERE s.funder = $1 AND s.scheme = $2 AND s.number = $3 ORDER BY s.year, s.prior`
	err = t.tx.QueryArgs(ctx, query, []any{string(id.Funder), string(id.Scheme), int64(id.Number)}, func(row sqldb.Scanner) error {
		var s treasury.BudgetShare
		var prior int64
		err := row.Scan(&s.Year, &prior, &s.Minor, &s.Withheld, &s.Paid)
		s.Prior = prior == 1
		shares = append(shares, s)
		return err
	})
	return shares, err
}

// SaveShares writes how the claim is divided over budget lines.
func (t *TreasuryTx) SaveShares(ctx context.Context, id treasury.ClaimID, shares ...treasury.BudgetShare) error {
	const query = `INSERT INTO claim_share (funder, scheme, number, year, prior, minor, withheld, paid)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (funder, scheme, number, year, prior)
		DO UPDATE SET minor = excluded.minor, withheld = excluded.withheld, paid = excluded.paid`
	for _, s := range shares {
		_, err := t.tx.ExecArgs(ctx, query, string(id.Funder), string(id.Scheme), int64(id.Number), int64(s.Year), flag(s.Prior),
			s.Minor, s.Withheld, s.Paid)
		if err != nil {
			return fmt.Errorf("divide claim %s: %w", id, err)
		}
	}
	return nil
}

const paymentColumns = ` p.id, p.fingerprint, p.funder, p.scheme, p.number, p.reference, p.minor, p.bank, p.paid_on, p.person, p.recorded_at `

// Payment returns what was paid under the id; false where nothing was.
func (t *TreasuryTx) Payment(ctx context.Context, id ledger.ID) (treasury.Payment, bool, error) {
	found, err := t.payments(ctx, "WHERE p.id = $1", id[:])
	if err != nil || len(found) == 0 {
		return treasury.Payment{}, false, err
	}
	return found[0], true, nil
}

// Payments returns what was paid for a claim, in the order of recording.
func (t *TreasuryTx) Payments(ctx context.Context, id treasury.ClaimID) ([]treasury.Payment, error) {
	return t.payments(ctx, "WHERE p.funder = $1 AND p.scheme = $2 AND p.number = $3 ORDER BY p.recorded_at, p.id",
		string(id.Funder), string(id.Scheme), int64(id.Number))
}

func (t *TreasuryTx) payments(ctx context.Context, where string, args ...any) (found []treasury.Payment, err error) {
	err = t.tx.QueryArgs(ctx, "SELECT"+paymentColumns+"FROM claim_payment AS p "+where, args, func(row sqldb.Scanner) error {
		var p treasury.Payment
		var id, fingerprint []byte
		var recordedAt int64
		err := row.Scan(&id, &fingerprint, &p.Claim.Funder, &p.Claim.Scheme, &p.Claim.Number, &p.Reference, &p.Minor, &p.Bank, &p.On, &p.Person, &recordedAt)
		copy(p.ID[:], id)
		copy(p.Fingerprint[:], fingerprint)
		p.RecordedAt = instant(recordedAt)
		found = append(found, p)
		return err
	})
	return found, err
}

// SavePayment writes a payment.
func (t *TreasuryTx) SavePayment(ctx context.Context, p treasury.Payment) error {
	const query = `INSERT INTO claim_payment (id, fingerprint, funder, scheme, number, reference, minor, bank, paid_on, person, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING`
	return raced(t.tx.ExecArgs(ctx, query, p.ID[:], p.Fingerprint[:], string(p.Claim.Funder), string(p.Claim.Scheme), int64(p.Claim.Number),
		p.Reference, p.Minor, p.Bank, int64(p.On), p.Person, p.RecordedAt.UnixMicro()))
}
