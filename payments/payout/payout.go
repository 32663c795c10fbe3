// Package payout moves money out: what stands on benefits and refunds payable goes over a rail to the member, provider
// or payer whom it is owed.
//
// Its laws: two people agree before money moves, and who made a payout cannot approve it; the intent to pay is recorded
// in the transaction that books it, and the decision to call the rail before the call; every call for a payout carries
// the same key, so that a rail that keeps its promise pays once; who does not know what became of a call asks, and sends
// again only what is surely absent; what nobody can know, a person decides; a late answer of somebody whose lease has
// ended changes nothing but the record; where money goes is sealed under the key of whom it concerns, and opened only to
// call the rail (L11).
package payout

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"sanad.dev/sanad/ledger"
)

// ID names a payout: a keyed hash of what asked for it.
type ID [16]byte

// ParseID reads 32 hexadecimal digits.
func ParseID(s string) (ID, error) {
	id, err := ledger.ParseID(s)
	return ID(id), err
}

// String prints 32 hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// IsZero says that no payout is named.
func (id ID) IsZero() bool { return id == ID{} }

// Key is the name under which a rail knows a payout. It is the same in every call for that payout, and is made so that
// it tells nothing of the payout's id.
type Key [16]byte

// KeyOf makes the key of a payout. It has the form of a UUID of version 8 (RFC 9562).
func KeyOf(id ID) Key {
	sum := sha256.Sum256(append([]byte("sanad payout key\x00"), id[:]...))
	key := Key(sum[:16])
	const version, variant = 0x80, 0x80
	key[6] = key[6]&0x0f | version
	key[8] = key[8]&0x3f | variant
	return key
}

// String prints the key as a UUID: 5f2a0c1e-….
func (k Key) String() string {
	text := hex.EncodeToString(k[:])
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}

// ParseKey reads a key as String prints it, in either case.
func ParseKey(s string) (Key, error) {
	const uuidLength = 36
	digits := strings.ReplaceAll(strings.ToLower(s), "-", "")
	id, err := ledger.ParseID(digits)
	if err != nil || len(s) != uuidLength || Key(id).String() != strings.ToLower(s) {
		return Key{}, fmt.Errorf("%w: %.40q is not the key of a payout", ledger.ErrInvalid, s)
	}
	return Key(id), nil
}

// IsZero says that no payout is named.
func (k Key) IsZero() bool { return k == Key{} }
