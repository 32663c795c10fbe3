package sqlstore

import (
	"context"
	"fmt"
	"time"

	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/enrolment"
	"sanad.dev/sanad/services/insurance"
)

// recordColumns are those of every query that reads members, from tables called m, k and f.
const recordColumns = ` m.id, m.request, m.fingerprint, m.sealed, m.registered_at, m.erased_at IS NOT NULL, k.salt, f.sealed `

// The queries of a batch. Rows are looked up by key, as IN, and not joined to those given: so every planner seeks each of
// them, where it may read the whole register for a join that it thinks large.
const (
	withKey     = `FROM member AS m LEFT JOIN member_key AS k ON k.member = m.id LEFT JOIN member_facts AS f ON f.member = m.id `
	readMembers = "SELECT" + recordColumns + withKey + `WHERE m.id IN (SELECT given.member FROM given)`

	readRegistered  = "SELECT" + recordColumns + withKey + `WHERE m.request IN (SELECT given.hash FROM given)`
	readCards       = `SELECT c.hash FROM card_number AS c WHERE c.hash IN (SELECT given.hash FROM given)`
	readIdentifiers = `SELECT i.hash, i.member, i.from_on, i.to_on, k.salt FROM member_identifier AS i
		JOIN member_key AS k ON k.member = i.member WHERE i.hash IN (SELECT given.hash FROM given)`
	readSalts   = `SELECT k.member, k.salt FROM member_key AS k WHERE k.member IN (SELECT given.member FROM given)`
	readFacts   = `SELECT f.member, f.sealed FROM member_facts AS f WHERE f.sealed IS NOT NULL AND f.member IN (SELECT given.member FROM given)`
	readChoices = `SELECT s.payer, s.member FROM standing_choice AS s WHERE s.payer IN (SELECT given.hash FROM given)`
)

func scanRecord(row sqldb.Scanner) (enrolment.Record, error) {
	var r enrolment.Record
	var request, fingerprint []byte
	var registeredAt int64
	err := row.Scan(&r.ID, &request, &fingerprint, &r.Sealed, &registeredAt, &r.Erased, &r.Salt, &r.Facts)
	copy(r.Request[:], request)
	copy(r.Fingerprint[:], fingerprint)
	r.RegisteredAt = time.UnixMicro(registeredAt).UTC()
	return r, err
}

// Members returns those of the members that there are.
func (e *EnrolmentTx) Members(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID]enrolment.Record, error) {
	found := map[insurance.MemberID]enrolment.Record{}
	err := e.tx.Query(ctx, ids(members), readMembers, func(row sqldb.Scanner) error {
		r, err := scanRecord(row)
		found[r.ID] = r
		return err
	})
	return found, wrap("read members", err)
}

// MembersAfter returns the next members in order of their ids.
func (e *EnrolmentTx) MembersAfter(ctx context.Context, after insurance.MemberID, limit int) ([]enrolment.Record, error) {
	var records []enrolment.Record
	query := "SELECT" + recordColumns + withKey + `WHERE m.id > $1 ORDER BY m.id LIMIT $2`
	err := e.tx.QueryArgs(ctx, query, []any{string(after), limit}, func(row sqldb.Scanner) error {
		r, err := scanRecord(row)
		records = append(records, r)
		return err
	})
	return records, wrap("read a page of members", err)
}

// Registered returns the members whom those of the requests that are known have registered.
func (e *EnrolmentTx) Registered(ctx context.Context, requests ...hash) (map[hash]enrolment.Record, error) {
	found := map[hash]enrolment.Record{}
	err := e.tx.Query(ctx, hashes(requests), readRegistered, func(row sqldb.Scanner) error {
		r, err := scanRecord(row)
		found[r.Request] = r
		return err
	})
	return found, wrap("read registrations", err)
}

// CardsTaken returns which of the card numbers have ever been given.
func (e *EnrolmentTx) CardsTaken(ctx context.Context, numbers ...hash) (map[hash]bool, error) {
	taken := map[hash]bool{}
	err := e.tx.Query(ctx, hashes(numbers), readCards, func(row sqldb.Scanner) error {
		var number []byte
		err := row.Scan(&number)
		taken[hashOf(number)] = true
		return err
	})
	return taken, wrap("read card numbers", err)
}

// Resolve finds, for each identifier, the members it points to and when.
func (e *EnrolmentTx) Resolve(ctx context.Context, identifiers ...hash) (map[hash][]insurance.Found, error) {
	found := make(map[hash][]insurance.Found, len(identifiers))
	err := e.tx.Query(ctx, hashes(identifiers), readIdentifiers, func(row sqldb.Scanner) error {
		var identifier []byte
		var f insurance.Found
		err := row.Scan(&identifier, &f.Member, &f.From, &f.To, &f.Salt)
		found[hashOf(identifier)] = append(found[hashOf(identifier)], f)
		return err
	})
	return found, wrap("resolve identifiers", err)
}

// Salts returns what the members' keys are made from: nothing for who is unknown or erased.
func (e *EnrolmentTx) Salts(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]byte, error) {
	salts := make(map[insurance.MemberID][]byte, len(members))
	err := e.tx.Query(ctx, ids(members), readSalts, func(row sqldb.Scanner) error {
		var member insurance.MemberID
		var salt []byte
		err := row.Scan(&member, &salt)
		salts[member] = salt
		return err
	})
	return salts, wrap("read keys", err)
}

// SealedFacts returns the facts of those of the members who have any.
func (e *EnrolmentTx) SealedFacts(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]byte, error) {
	facts := make(map[insurance.MemberID][]byte, len(members))
	err := e.tx.Query(ctx, ids(members), readFacts, func(row sqldb.Scanner) error {
		var member insurance.MemberID
		var sealed []byte
		err := row.Scan(&member, &sealed)
		facts[member] = sealed
		return err
	})
	return facts, wrap("read facts", err)
}

// WithoutFacts returns members who were registered before there were facts.
func (e *EnrolmentTx) WithoutFacts(ctx context.Context, limit int) (members []insurance.MemberID, err error) {
	const query = `SELECT f.member FROM member_facts AS f WHERE f.sealed IS NULL ORDER BY f.member LIMIT $1`
	err = e.tx.QueryArgs(ctx, query, []any{limit}, func(row sqldb.Scanner) error {
		var member insurance.MemberID
		err := row.Scan(&member)
		members = append(members, member)
		return err
	})
	return members, wrap("read who has no facts", err)
}

// StandingChoices returns whom a payer's phone pays for where several members share it.
func (e *EnrolmentTx) StandingChoices(ctx context.Context, payers ...hash) (map[hash]insurance.MemberID, error) {
	choices := map[hash]insurance.MemberID{}
	err := e.tx.Query(ctx, hashes(payers), readChoices, func(row sqldb.Scanner) error {
		var payer []byte
		var member insurance.MemberID
		err := row.Scan(&payer, &member)
		choices[hashOf(payer)] = member
		return err
	})
	return choices, wrap("read standing choices", err)
}

func hashOf(stored []byte) (h hash) {
	copy(h[:], stored)
	return h
}

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
