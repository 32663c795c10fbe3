package sqlstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/claims"
	"sanad.dev/sanad/services/insurance"
)

const claimColumns = `SELECT c.id, c.fingerprint, c.provider, c.member, c.scheme, c.pool, c.currency, c.state, c.asked, c.granted,
	c.event_on, c.received_on, c.decided_on, c.recorded_at, c.decision, c.moves, c.person, c.uses, c.next_on, c.sealed, c.salt
	FROM benefit_claim AS c `

func scanClaim(row sqldb.Scanner) (claims.Claim, error) {
	var c claims.Claim
	var id, fingerprint, person, uses []byte
	var recordedAt int64
	err := row.Scan(&id, &fingerprint, &c.Provider, &c.Member, &c.Scheme, &c.Pool, &c.Currency, &c.State, &c.Asked, &c.Granted,
		&c.EventOn, &c.ReceivedOn, &c.DecidedOn, &recordedAt, &c.Decision, &c.Moves, &person, &uses, &c.NextOn, &c.Sealed, &c.Salt)
	copy(c.ID[:], id)
	copy(c.Fingerprint[:], fingerprint)
	copy(c.Person[:], person)
	copy(c.Uses[:], uses)
	c.RecordedAt = time.UnixMicro(recordedAt).UTC()
	return c, err
}

// BenefitClaim returns a claim, or a fault that says there is none.
func (c *ClaimTx) BenefitClaim(ctx context.Context, id ledger.ID) (claims.Claim, error) {
	return c.claim(ctx, id, "")
}

// HoldBenefitClaim returns a claim and locks it until the transaction ends.
func (c *ClaimTx) HoldBenefitClaim(ctx context.Context, id ledger.ID) (claims.Claim, error) {
	return c.claim(ctx, id, c.tx.ForUpdate("c"))
}

func (c *ClaimTx) claim(ctx context.Context, id ledger.ID, lock string) (claims.Claim, error) {
	found, err := c.claims(ctx, claimColumns+"WHERE c.id = $1"+lock, id[:])
	if err == nil && len(found) == 0 {
		return claims.Claim{}, claims.ErrNoClaim
	}
	if err != nil {
		return claims.Claim{}, err
	}
	return found[0], nil
}

func (c *ClaimTx) claims(ctx context.Context, query string, args ...any) (found []claims.Claim, err error) {
	err = c.tx.QueryArgs(ctx, query, args, func(row sqldb.Scanner) error {
		claim, err := scanClaim(row)
		found = append(found, claim)
		return err
	})
	return found, wrap("read claims", err)
}

// InsertBenefitClaim adds a claim; where another was first under its id, the transaction runs again and finds it.
func (c *ClaimTx) InsertBenefitClaim(ctx context.Context, k claims.Claim) error {
	const query = `INSERT INTO benefit_claim (id, fingerprint, provider, member, scheme, pool, currency, state, asked, granted, event_on,
			received_on, decided_on, decision, moves, person, uses, next_on, sealed, salt, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
		ON CONFLICT DO NOTHING`
	written, err := c.tx.ExecArgs(ctx, query, k.ID[:], k.Fingerprint[:], string(k.Provider), string(k.Member), string(k.Scheme),
		string(k.Pool), string(k.Currency), string(k.State), k.Asked, k.Granted, int64(k.EventOn), int64(k.ReceivedOn),
		int64(k.DecidedOn), string(k.Decision), int64(k.Moves), k.Person[:], k.Uses[:], int64(k.NextOn), k.Sealed, orNull(k.Salt),
		k.RecordedAt.UnixMicro())
	if err == nil && written == 0 {
		return sqldb.ErrRaced
	}
	return wrap("write a claim", err)
}

// SaveBenefitClaim writes how a claim that is held stands now.
func (c *ClaimTx) SaveBenefitClaim(ctx context.Context, k claims.Claim) error {
	const query = `UPDATE benefit_claim SET member = $1, pool = $2, state = $3, asked = $4, granted = $5, decided_on = $6, decision = $7,
		moves = $8, person = $9, next_on = $10, sealed = $11, salt = $12 WHERE id = $13`
	_, err := c.tx.ExecArgs(ctx, query, string(k.Member), string(k.Pool), string(k.State), k.Asked, k.Granted, int64(k.DecidedOn),
		string(k.Decision), int64(k.Moves), k.Person[:], int64(k.NextOn), k.Sealed, orNull(k.Salt), k.ID[:])
	return wrap("write a claim", err)
}

func orNull(salt []byte) any {
	if len(salt) == 0 {
		return nil
	}
	return salt
}

// HoldClaimPerson lets no other transaction judge claims on the person until this one ends.
func (c *ClaimTx) HoldClaimPerson(ctx context.Context, person claims.Hash) error {
	_, err := c.tx.ExecArgs(ctx, `INSERT INTO benefit_person (person) VALUES ($1) ON CONFLICT DO NOTHING`, person[:])
	if err != nil {
		return wrap("hold a person", err)
	}
	query := `SELECT p.person FROM benefit_person AS p WHERE p.person = $1` + c.tx.ForUpdate("p")
	err = c.tx.QueryArgs(ctx, query, []any{person[:]}, func(row sqldb.Scanner) error {
		var held []byte
		return row.Scan(&held)
	})
	return wrap("hold a person", err)
}

// BenefitClaimsAbout returns the claims of the member, and those on the persons, oldest event first.
func (c *ClaimTx) BenefitClaimsAbout(ctx context.Context, member insurance.MemberID, persons ...claims.Hash) ([]claims.Claim, error) {
	seen := map[ledger.ID]claims.Claim{}
	var found []claims.Claim
	if member != "" {
		of, err := c.claims(ctx, claimColumns+"WHERE c.member = $1 ORDER BY c.event_on, c.id", string(member))
		if err != nil {
			return nil, err
		}
		found = of
		for _, claim := range of {
			seen[claim.ID] = claim
		}
	}
	for _, person := range persons {
		about, err := c.claims(ctx, claimColumns+"WHERE c.person = $1 ORDER BY c.event_on, c.id", person[:])
		if err != nil {
			return nil, err
		}
		for _, claim := range about {
			if _, known := seen[claim.ID]; !known {
				found = append(found, claim)
			}
		}
	}
	return found, nil
}

// BenefitClaims pages through claims in the order of recording.
func (c *ClaimTx) BenefitClaims(ctx context.Context, q claims.Query) ([]claims.Claim, error) {
	at, id, err := parseCursor(q.After)
	if err != nil {
		return nil, err
	}
	where, args := "WHERE (c.recorded_at, c.id) > ($1, $2)", []any{at, id[:]}
	for _, filter := range []struct{ column, value string }{
		{"member", string(q.Member)}, {"provider", string(q.Provider)}, {"state", string(q.State)},
	} {
		if filter.value != "" {
			args = append(args, filter.value)
			where += " AND c." + filter.column + " = $" + strconv.Itoa(len(args))
		}
	}
	args = append(args, q.Limit)
	return c.claims(ctx, claimColumns+where+" ORDER BY c.recorded_at, c.id LIMIT $"+strconv.Itoa(len(args)), args...)
}

func parseCursor(s string) (at int64, id ledger.ID, err error) {
	if s == "" {
		return -1, ledger.ID{}, nil
	}
	micros, text, _ := strings.Cut(s, ".")
	if at, err = strconv.ParseInt(micros, 10, 64); err == nil {
		id, err = ledger.ParseID(text)
	}
	if err != nil {
		err = fmt.Errorf("%w: page token", ledger.ErrInvalid)
	}
	return at, id, err
}

// BenefitClaimsDue returns claims whose next instalment may be due on the day, in the order of their ids.
func (c *ClaimTx) BenefitClaimsDue(ctx context.Context, on ledger.Date, after ledger.ID, limit int) ([]claims.Claim, error) {
	return c.claims(ctx, claimColumns+"WHERE c.next_on > 0 AND c.next_on <= $1 AND c.id > $2 ORDER BY c.id LIMIT $3", int64(on), after[:], limit)
}

// OwedUnder returns what is booked under the claim, by bearer and payee.
func (c *ClaimTx) OwedUnder(ctx context.Context, id ledger.ID) (shares []claims.Share, err error) {
	const query = `SELECT s.bearer, s.payee, s.booked, s.paid FROM benefit_owed AS s WHERE s.claim = $1 ORDER BY s.bearer, s.payee`
	err = c.tx.QueryArgs(ctx, query, []any{id[:]}, func(row sqldb.Scanner) error {
		var s claims.Share
		err := row.Scan(&s.Bearer, &s.Payee, &s.Booked, &s.Paid)
		shares = append(shares, s)
		return err
	})
	return shares, wrap("read what is owed", err)
}

// SaveOwedUnder writes what is booked under the claim.
func (c *ClaimTx) SaveOwedUnder(ctx context.Context, id ledger.ID, shares ...claims.Share) error {
	n := len(shares)
	claim, bearer, payee := make([][]byte, n), make([]string, n), make([]string, n)
	booked, paid := make([]int64, n), make([]int64, n)
	for i, s := range shares {
		claim[i], bearer[i], payee[i], booked[i], paid[i] = id[:], string(s.Bearer), string(s.Payee), s.Booked, s.Paid
	}
	rows := sqldb.Rows{sqldb.Blobs("claim", claim), sqldb.Texts("bearer", bearer), sqldb.Texts("payee", payee),
		sqldb.Ints("booked", booked), sqldb.Ints("paid", paid)}
	const query = `INSERT INTO benefit_owed (claim, bearer, payee, booked, paid)
		SELECT given.claim, given.bearer, given.payee, given.booked, given.paid FROM given WHERE true
		ON CONFLICT (claim, bearer, payee) DO UPDATE SET booked = excluded.booked, paid = excluded.paid`
	_, err := c.tx.Exec(ctx, rows, query)
	return wrap("write what is owed", err)
}

// EverythingOwed is what is kept as owed under all claims, for the verification.
func (c *ClaimTx) EverythingOwed(ctx context.Context) (rows []claims.OwedRow, err error) {
	const query = `SELECT o.claim, o.bearer, o.payee, o.booked, o.paid, CAST(COALESCE((SELECT sum(s.minor) FROM benefit_settling AS s
			WHERE s.claim = o.claim AND s.payee = o.payee), 0) AS BIGINT)
		FROM benefit_owed AS o ORDER BY o.claim, o.bearer, o.payee`
	err = c.tx.QueryArgs(ctx, query, nil, func(row sqldb.Scanner) error {
		var id []byte
		var r claims.OwedRow
		err := row.Scan(&id, &r.Bearer, &r.Payee, &r.Booked, &r.Paid, &r.Settled)
		copy(r.Claim[:], id)
		rows = append(rows, r)
		return err
	})
	return rows, wrap("read everything that is owed", err)
}

// Settlings returns how what is owed was handed over to be paid.
func (c *ClaimTx) Settlings(ctx context.Context, id ledger.ID) (found []claims.Settling, err error) {
	const query = `SELECT s.number, s.payee, s.batch, s.minor FROM benefit_settling AS s WHERE s.claim = $1 ORDER BY s.number, s.payee`
	err = c.tx.QueryArgs(ctx, query, []any{id[:]}, func(row sqldb.Scanner) error {
		var s claims.Settling
		err := row.Scan(&s.Number, &s.Payee, &s.Batch, &s.Minor)
		found = append(found, s)
		return err
	})
	return found, wrap("read what was handed over", err)
}

// SaveSettlings writes how what is owed was handed over.
func (c *ClaimTx) SaveSettlings(ctx context.Context, id ledger.ID, settlings ...claims.Settling) error {
	n := len(settlings)
	if n == 0 {
		return nil
	}
	claim, number, payee := make([][]byte, n), make([]int64, n), make([]string, n)
	batch, minor := make([]string, n), make([]int64, n)
	for i, s := range settlings {
		claim[i], number[i], payee[i], batch[i], minor[i] = id[:], int64(s.Number), string(s.Payee), s.Batch, s.Minor
	}
	rows := sqldb.Rows{sqldb.Blobs("claim", claim), sqldb.Ints("number", number), sqldb.Texts("payee", payee),
		sqldb.Texts("batch", batch), sqldb.Ints("minor", minor)}
	const query = `INSERT INTO benefit_settling (claim, number, payee, batch, minor)
		SELECT given.claim, given.number, given.payee, given.batch, given.minor FROM given WHERE true
		ON CONFLICT (claim, number, payee) DO UPDATE SET minor = excluded.minor`
	_, err := c.tx.Exec(ctx, rows, query)
	return wrap("write what was handed over", err)
}

// UndecidedClaims is what was asked for by claims that had come by the day and were not decided at its end.
func (c *ClaimTx) UndecidedClaims(ctx context.Context, scheme ledger.SchemeCode, pool insurance.Pool, on ledger.Date) (minor int64, count int, err error) {
	const query = `SELECT CAST(COALESCE(sum(c.asked), 0) AS BIGINT), count(c.id) FROM benefit_claim AS c
		WHERE c.scheme = $1 AND c.pool = $2 AND c.received_on <= $3 AND (c.decided_on = 0 OR c.decided_on > $4)
			AND c.state <> 'preauthorised'`
	err = c.tx.QueryArgs(ctx, query, []any{string(scheme), string(pool), int64(on), int64(on)}, func(row sqldb.Scanner) error {
		return row.Scan(&minor, &count)
	})
	return minor, count, wrap("add up undecided claims", err)
}
