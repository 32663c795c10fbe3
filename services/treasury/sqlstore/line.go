package sqlstore

import (
	"context"
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/treasury"
)

// TakeWaiting gives lines that wait, with value dates through a day, to the claim, and says how many.
func (t *TreasuryTx) TakeWaiting(ctx context.Context, id treasury.ClaimID, through ledger.Date, limit int) (int, error) {
	const query = `UPDATE claim_line SET number = $1 WHERE funder = $2 AND scheme = $3 AND number = 0 AND id IN (
			SELECT w.id FROM claim_line AS w WHERE w.funder = $4 AND w.scheme = $5 AND w.number = 0 AND w.value_on <= $6
			ORDER BY w.id LIMIT $7)`
	taken, err := t.tx.ExecArgs(ctx, query, int64(id.Number), string(id.Funder), string(id.Scheme),
		string(id.Funder), string(id.Scheme), int64(through), limit)
	return int(taken), err
}

// AddLines writes lines of the claim, in the order of their ids. A grant that stands in a claim already, or waits for
// one, is left there.
func (t *TreasuryTx) AddLines(ctx context.Context, id treasury.ClaimID, lines ...treasury.ClaimLine) error {
	const query = `INSERT INTO claim_line (funder, scheme, number, id, attempt, token, minor, value_on, year, prior, subsidy, version,
			period, due_back, corrects, corrects_claim, outcome, code, note, reclaimed)
		SELECT given.funder, given.scheme, given.number, given.id, given.attempt, given.token, given.minor, given.value_on, given.year,
			given.prior, given.subsidy, given.version, given.period, given.due_back, given.corrects, given.corrects_claim, '', '', '', 0
		FROM given WHERE true ON CONFLICT DO NOTHING`
	if len(lines) == 0 {
		return nil
	}
	sorted := slices.SortedFunc(slices.Values(lines), func(a, b treasury.ClaimLine) int { return slices.Compare(a.ID[:], b.ID[:]) })
	if _, err := t.tx.Exec(ctx, lineRows(id, sorted), query); err != nil {
		return fmt.Errorf("write lines of claim %s: %w", id, err)
	}
	return nil
}

func lineRows(id treasury.ClaimID, lines []treasury.ClaimLine) sqldb.Rows {
	n := len(lines)
	ints := func() []int64 { return make([]int64, n) }
	texts := func() []string { return make([]string, n) }
	blobs := func() [][]byte { return make([][]byte, n) }
	funder, scheme, subsidy, period := texts(), texts(), texts(), texts()
	number, attempt, minor, valueOn, year, prior := ints(), ints(), ints(), ints(), ints(), ints()
	version, dueBack, correctsClaim := ints(), ints(), ints()
	ids, tokens, corrects := blobs(), blobs(), blobs()
	for i := range lines {
		l := &lines[i]
		funder[i], scheme[i], subsidy[i], period[i] = string(id.Funder), string(id.Scheme), l.Basis.Subsidy, l.Basis.Period
		number[i], attempt[i], minor[i], valueOn[i] = int64(l.Claim), int64(l.Attempt), l.Minor, int64(l.ValueOn)
		year[i], prior[i], version[i] = int64(l.Year), flag(l.Prior), int64(l.Basis.Version)
		dueBack[i], correctsClaim[i] = flag(l.DueBack), int64(l.CorrectsClaim)
		ids[i], tokens[i] = l.ID[:], l.Token[:]
		if !l.Corrects.IsZero() {
			corrects[i] = l.Corrects[:]
		}
	}
	return sqldb.Rows{
		sqldb.Texts("funder", funder), sqldb.Texts("scheme", scheme), sqldb.Ints("number", number), sqldb.Blobs("id", ids),
		sqldb.Ints("attempt", attempt), sqldb.Blobs("token", tokens), sqldb.Ints("minor", minor), sqldb.Ints("value_on", valueOn),
		sqldb.Ints("year", year), sqldb.Ints("prior", prior), sqldb.Texts("subsidy", subsidy), sqldb.Ints("version", version),
		sqldb.Texts("period", period), sqldb.Ints("due_back", dueBack), sqldb.Blobs("corrects", corrects),
		sqldb.Ints("corrects_claim", correctsClaim),
	}
}

// SaveLines writes what has become of lines of the claim.
func (t *TreasuryTx) SaveLines(ctx context.Context, id treasury.ClaimID, lines ...treasury.ClaimLine) error {
	const query = `UPDATE claim_line SET outcome = given.outcome, code = given.code, note = given.note, reclaimed = given.reclaimed
		FROM given WHERE claim_line.funder = given.funder AND claim_line.scheme = given.scheme AND claim_line.number = given.number
			AND claim_line.id = given.id`
	n := len(lines)
	funder, scheme, outcome, code, text := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	number, reclaimed, ids := make([]int64, n), make([]int64, n), make([][]byte, n)
	for i := range lines {
		l := &lines[i]
		funder[i], scheme[i], number[i], ids[i] = string(id.Funder), string(id.Scheme), int64(id.Number), l.ID[:]
		outcome[i], code[i], text[i], reclaimed[i] = string(l.Outcome), l.Code, l.Text, flag(l.Reclaimed)
	}
	if n == 0 {
		return nil
	}
	_, err := t.tx.Exec(ctx, sqldb.Rows{
		sqldb.Texts("funder", funder), sqldb.Texts("scheme", scheme), sqldb.Ints("number", number), sqldb.Blobs("id", ids),
		sqldb.Texts("outcome", outcome), sqldb.Texts("code", code), sqldb.Texts("note", text), sqldb.Ints("reclaimed", reclaimed),
	}, query)
	return err
}

const lineColumns = ` l.number, l.id, l.attempt, l.token, l.minor, l.value_on, l.year, l.prior, l.subsidy, l.version, l.period,
	l.due_back, l.corrects, l.corrects_claim, l.outcome, l.code, l.note, l.reclaimed `

// ClaimLines returns lines of a claim, in the order of their ids.
func (t *TreasuryTx) ClaimLines(ctx context.Context, q treasury.LinesQuery) (lines []treasury.ClaimLine, err error) {
	query := "SELECT" + lineColumns + `FROM claim_line AS l WHERE l.funder = $1 AND l.scheme = $2 AND l.number = $3 AND l.id > $4
		AND (l.outcome = $5 OR $6 = '') ORDER BY l.id LIMIT $7`
	args := []any{string(q.Claim.Funder), string(q.Claim.Scheme), int64(q.Claim.Number), q.After[:], string(q.Outcome), string(q.Outcome), q.Limit}
	err = t.tx.QueryArgs(ctx, query, args, func(row sqldb.Scanner) error {
		l, err := scanLine(row)
		lines = append(lines, l)
		return err
	})
	return lines, err
}

// LinesByID returns those of the lines that the claim has.
func (t *TreasuryTx) LinesByID(ctx context.Context, id treasury.ClaimID, ids ...ledger.ID) (map[ledger.ID]treasury.ClaimLine, error) {
	found := make(map[ledger.ID]treasury.ClaimLine, len(ids))
	n := len(ids)
	funder, scheme, number := make([]string, n), make([]string, n), make([]int64, n)
	for i := range ids {
		funder[i], scheme[i], number[i] = string(id.Funder), string(id.Scheme), int64(id.Number)
	}
	rows := append(idRows(ids), sqldb.Texts("funder", funder), sqldb.Texts("scheme", scheme), sqldb.Ints("number", number))
	query := "SELECT" + lineColumns + `FROM given JOIN claim_line AS l ON l.funder = given.funder AND l.scheme = given.scheme
		AND l.number = given.number AND l.id = given.id`
	err := t.tx.Query(ctx, rows, query, func(row sqldb.Scanner) error {
		l, err := scanLine(row)
		found[l.ID] = l
		return err
	})
	return found, err
}

// ClaimsOfGrants returns the numbers of the claims in which the grants were claimed last. A grant belongs to one funder
// and scheme, so that its id is enough to find them.
func (t *TreasuryTx) ClaimsOfGrants(ctx context.Context, _ treasury.ClaimID, grants ...ledger.ID) (map[ledger.ID]int, error) {
	claims := make(map[ledger.ID]int, len(grants))
	const query = "SELECT l.id, l.number FROM claim_line AS l WHERE l.id IN (SELECT given.id FROM given)"
	err := t.tx.Query(ctx, idRows(grants), query, func(row sqldb.Scanner) error {
		var id []byte
		var number int
		err := row.Scan(&id, &number)
		claims[ledger.ID(id)] = max(claims[ledger.ID(id)], number)
		return err
	})
	return claims, err
}

func idRows(ids []ledger.ID) sqldb.Rows {
	values := make([][]byte, len(ids))
	for i := range ids {
		values[i] = ids[i][:]
	}
	return sqldb.Rows{sqldb.Blobs("id", values)}
}

func scanLine(row sqldb.Scanner) (treasury.ClaimLine, error) {
	var l treasury.ClaimLine
	var id, token, corrects []byte
	var prior, dueBack, reclaimed int64
	err := row.Scan(&l.Claim, &id, &l.Attempt, &token, &l.Minor, &l.ValueOn, &l.Year, &prior, &l.Basis.Subsidy, &l.Basis.Version, &l.Basis.Period,
		&dueBack, &corrects, &l.CorrectsClaim, &l.Outcome, &l.Code, &l.Text, &reclaimed)
	copy(l.ID[:], id)
	copy(l.Token[:], token)
	copy(l.Corrects[:], corrects)
	l.Prior, l.DueBack, l.Reclaimed = prior == 1, dueBack == 1, reclaimed == 1
	return l, err
}
