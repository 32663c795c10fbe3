package sqlstore

import (
	"context"
	"maps"
	"slices"

	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/enrolment"
	"sanad.dev/sanad/services/insurance"
)

// Enrol writes new members, their keys, what points to them and their card numbers, in the order of the hashes, so that
// two batches never wait for each other in a circle. A request or a card number that another transaction wrote first
// is not an error here: this one runs again and finds it.
func (e *EnrolmentTx) Enrol(ctx context.Context, members []enrolment.Record, pointers []enrolment.Pointer, numbers []hash) error {
	if err := e.insertMembers(ctx, members); err != nil {
		return wrap("write members", err)
	}
	if err := e.insertFacts(ctx, members); err != nil {
		return wrap("write facts", err)
	}
	if err := e.insertCards(ctx, numbers); err != nil {
		return wrap("write card numbers", err)
	}
	return wrap("write identifiers", e.insertPointers(ctx, pointers))
}

func (e *EnrolmentTx) insertMembers(ctx context.Context, members []enrolment.Record) error {
	sorted := slices.SortedFunc(slices.Values(members), func(a, b enrolment.Record) int { return compare(a.Request, b.Request) })
	n := len(sorted)
	id, registeredAt := make([]string, n), make([]int64, n)
	request, fingerprint, sealed, salt := make([][]byte, n), make([][]byte, n), make([][]byte, n), make([][]byte, n)
	for i := range sorted {
		r := &sorted[i]
		id[i], registeredAt[i] = string(r.ID), r.RegisteredAt.UnixMicro()
		request[i], fingerprint[i], sealed[i], salt[i] = r.Request[:], r.Fingerprint[:], r.Sealed, r.Salt
	}
	const insertMember = `INSERT INTO member (id, request, fingerprint, sealed, registered_at)
		SELECT given.id, given.request, given.fingerprint, given.sealed, given.registered_at
		FROM given WHERE true ON CONFLICT DO NOTHING`
	if err := e.insert(ctx, insertMember, sqldb.Rows{
		sqldb.Texts("id", id), sqldb.Blobs("request", request), sqldb.Blobs("fingerprint", fingerprint),
		sqldb.Blobs("sealed", sealed), sqldb.Ints("registered_at", registeredAt),
	}); err != nil {
		return err
	}
	const insertKey = `INSERT INTO member_key (member, salt)
		SELECT given.member, given.salt FROM given WHERE true ON CONFLICT DO NOTHING`
	return e.insert(ctx, insertKey, sqldb.Rows{sqldb.Texts("member", id), sqldb.Blobs("salt", salt)})
}

func (e *EnrolmentTx) insertFacts(ctx context.Context, members []enrolment.Record) error {
	facts := map[insurance.MemberID][]byte{}
	for i := range members {
		if members[i].Facts != nil {
			facts[members[i].ID] = members[i].Facts
		}
	}
	const query = `INSERT INTO member_facts (member, sealed)
		SELECT given.member, given.sealed FROM given WHERE true ON CONFLICT DO NOTHING`
	return e.insert(ctx, query, factRows(facts))
}

// factRows is a table of sealed facts, in the order of the members.
func factRows(facts map[insurance.MemberID][]byte) sqldb.Rows {
	member, sealed := make([]string, 0, len(facts)), make([][]byte, 0, len(facts))
	for _, id := range slices.Sorted(maps.Keys(facts)) {
		member, sealed = append(member, string(id)), append(sealed, facts[id])
	}
	return sqldb.Rows{sqldb.Texts("member", member), sqldb.Blobs("sealed", sealed)}
}

// SaveFacts replaces the sealed facts of members who are held.
func (e *EnrolmentTx) SaveFacts(ctx context.Context, facts map[insurance.MemberID][]byte) error {
	const query = `INSERT INTO member_facts (member, sealed) SELECT given.member, given.sealed FROM given WHERE true
		ON CONFLICT (member) DO UPDATE SET sealed = excluded.sealed`
	_, err := e.tx.Exec(ctx, factRows(facts), query)
	return wrap("save facts", err)
}

// FillFacts gives facts to those of the members who have none yet. It needs nobody held: whoever records facts first,
// or erases her, wins.
func (e *EnrolmentTx) FillFacts(ctx context.Context, facts map[insurance.MemberID][]byte) error {
	const query = `UPDATE member_facts SET sealed = given.sealed FROM given
		WHERE member_facts.member = given.member AND member_facts.sealed IS NULL`
	_, err := e.tx.Exec(ctx, factRows(facts), query)
	return wrap("fill in facts", err)
}

func (e *EnrolmentTx) insertCards(ctx context.Context, numbers []hash) error {
	const query = `INSERT INTO card_number (hash) SELECT given.hash FROM given WHERE true ON CONFLICT DO NOTHING`
	return e.insert(ctx, query, hashes(numbers))
}

func (e *EnrolmentTx) insertPointers(ctx context.Context, pointers []enrolment.Pointer) error {
	sorted := slices.SortedFunc(slices.Values(pointers), func(a, b enrolment.Pointer) int { return compare(a.Hash, b.Hash) })
	n := len(sorted)
	member, kind, column := make([]string, n), make([]string, n), make([][]byte, n)
	fromOn, toOn := make([]int64, n), make([]int64, n)
	for i := range sorted {
		p := &sorted[i]
		column[i], member[i], kind[i], fromOn[i], toOn[i] = p.Hash[:], string(p.Member), string(p.Kind), int64(p.From), int64(p.To)
	}
	const query = `INSERT INTO member_identifier (hash, member, from_on, to_on, kind)
		SELECT given.hash, given.member, given.from_on, given.to_on, given.kind FROM given WHERE true ON CONFLICT DO NOTHING`
	return e.insert(ctx, query, sqldb.Rows{
		sqldb.Blobs("hash", column), sqldb.Texts("member", member), sqldb.Ints("from_on", fromOn),
		sqldb.Ints("to_on", toOn), sqldb.Texts("kind", kind),
	})
}

// insert writes all rows; where one is there already, another transaction was first and this one runs again.
func (e *EnrolmentTx) insert(ctx context.Context, query string, rows sqldb.Rows) error {
	written, err := e.tx.Exec(ctx, rows, query)
	if err != nil {
		return err
	}
	if written != int64(rows.Len()) {
		return sqldb.ErrRaced
	}
	return nil
}

// Hold locks members in the order of their ids, and only then reads them: what was read before the lock could be older
// than what the one who held it has written.
func (e *EnrolmentTx) Hold(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID]enrolment.Record, error) {
	if err := e.HoldMembers(ctx, members...); err != nil {
		return nil, err
	}
	return e.Members(ctx, members...)
}

// HoldMembers keeps those of the members that there are from being changed until the transaction ends.
func (e *EnrolmentTx) HoldMembers(ctx context.Context, members ...insurance.MemberID) error {
	query := `SELECT m.id FROM member AS m WHERE m.id IN (SELECT given.member FROM given) ORDER BY m.id` + e.tx.ForUpdate("m")
	err := e.tx.Query(ctx, ids(members), query, func(row sqldb.Scanner) error {
		var id string
		return row.Scan(&id)
	})
	return wrap("hold members", err)
}

// Rewrite replaces what is sealed of a member, and her phones.
func (e *EnrolmentTx) Rewrite(ctx context.Context, member enrolment.Record, phones []enrolment.Pointer) error {
	const seal = `UPDATE member SET sealed = $1 WHERE id = $2 AND erased_at IS NULL`
	if _, err := e.tx.ExecArgs(ctx, seal, member.Sealed, string(member.ID)); err != nil {
		return wrap("rewrite a member", err)
	}
	const forget = `DELETE FROM member_identifier WHERE member = $1 AND kind = $2`
	if _, err := e.tx.ExecArgs(ctx, forget, string(member.ID), string(insurance.ByPhone)); err != nil {
		return wrap("rewrite a member's phones", err)
	}
	return wrap("rewrite a member's phones", e.insertPointers(ctx, phones))
}

// Erase destroys a member's key, what was sealed under it, and all that points to her. Her id stays, which the books
// know, and the hash of the request, so that the same request does not register her again.
func (e *EnrolmentTx) Erase(ctx context.Context, id insurance.MemberID) error {
	for _, query := range []string{
		`UPDATE member SET sealed = NULL, fingerprint = NULL, erased_at = ` + e.tx.Clock() + ` WHERE id = $1 AND erased_at IS NULL`,
		`DELETE FROM member_key WHERE member = $1`,
		`DELETE FROM member_facts WHERE member = $1`,
		`DELETE FROM member_identifier WHERE member = $1`,
		`DELETE FROM standing_choice WHERE member = $1`,
	} {
		if _, err := e.tx.ExecArgs(ctx, query, string(id)); err != nil {
			return wrap("erase a member", err)
		}
	}
	return nil
}

// Choose says whom a payer's phone pays for where several members share it.
func (e *EnrolmentTx) Choose(ctx context.Context, payer hash, member insurance.MemberID) error {
	const query = `INSERT INTO standing_choice (payer, member) VALUES ($1, $2)
		ON CONFLICT (payer) DO UPDATE SET member = excluded.member`
	_, err := e.tx.ExecArgs(ctx, query, payer[:], string(member))
	return wrap("write a standing choice", err)
}
