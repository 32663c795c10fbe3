// Package privacy keeps personal data apart: sealed per member, found by keyed hash, erased by destroying a key.
//
// The master key stands in a file beside the database, never in it. From it and a member's salt comes the member's own
// key: who destroys the salt destroys all that was sealed under it (L11). A backup holds the salts of its day, so
// whoever restores one erases again what was erased since. What must be found without being read (a phone, a document,
// a reference) is stored as a keyed hash, which only the holder of the master key can make.
package privacy

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"sync"
)

// version is of the ways of hashing and sealing. It is hashed with what is hashed and stands before what is sealed.
const version byte = 1

// masterLength is the length of the master key in bytes.
const masterLength = 32

var (
	// ErrKey: the master key or a salt is of the wrong form.
	ErrKey = errors.New("privacy key")
	// ErrWrongKey: the database was made with another master key.
	ErrWrongKey = errors.New("this database belongs to another key")
)

// Keyring holds what is made of the master key: one key to hash with and one to make members' keys with. It may be used
// by many at once.
type Keyring struct{ hashing, sealing *hashers }

// NewKeyring makes a keyring of a master key of 32 random bytes.
func NewKeyring(master []byte) (*Keyring, error) {
	if len(master) != masterLength {
		return nil, fmt.Errorf("%w: the master key has %d bytes and needs %d", ErrKey, len(master), masterLength)
	}
	hashing, err := derive(master, "sanad hashing")
	if err != nil {
		return nil, err
	}
	sealing, err := derive(master, "sanad sealing")
	if err != nil {
		return nil, err
	}
	return &Keyring{newHashers(hashing), newHashers(sealing)}, nil
}

// derive makes a key for one purpose of the master key (HKDF, RFC 5869).
func derive(master []byte, purpose string) ([]byte, error) {
	key, err := hkdf.Expand(sha256.New, master, purpose, masterLength)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return key, nil
}

// Version is the version of the ways of hashing and sealing, stored beside what depends on them.
func (k *Keyring) Version() byte { return version }

// Hash is a keyed hash of fields in their order: HMAC-SHA-256 over the version, the domain and the fields, each with
// its length before it, cut to 16 bytes. The domain keeps hashes for different purposes apart.
func (k *Keyring) Hash(domain string, fields ...string) [16]byte {
	h := k.hashing.take()
	h.text = appendText(append(h.text[:0], version), domain)
	for _, field := range fields {
		h.text = appendText(h.text, field)
	}
	hashed := [16]byte(h.hash())
	k.hashing.giveBack(h)
	return hashed
}

func appendText(text []byte, field string) []byte {
	return append(binary.AppendUvarint(text, uint64(len(field))), field...)
}

// Check is a value to store in a database, which tells later whether the database belongs to this key.
func (k *Keyring) Check() []byte {
	hashed := k.Hash("keyring-check")
	return append([]byte{version}, hashed[:]...)
}

// Owns says whether a stored check value was made with this key; where not, [ErrWrongKey] and what to do.
func (k *Keyring) Owns(check []byte) error {
	if hmac.Equal(check, k.Check()) {
		return nil
	}
	return fmt.Errorf("%w: start with the key file that it was made with, or restore that file from its backup; "+
		"without it nobody's personal data can be read or found", ErrWrongKey)
}

// hashers are HMAC-SHA-256 states under one key, kept because making one costs as much as using it.
type hashers struct{ pool sync.Pool }

// hasher is one of them, with its room to work in.
type hasher struct {
	mac       hash.Hash
	text, sum []byte
}

func newHashers(key []byte) *hashers {
	return &hashers{sync.Pool{New: func() any { return &hasher{mac: hmac.New(sha256.New, key)} }}}
}

func (hs *hashers) take() *hasher      { return hs.pool.Get().(*hasher) }
func (hs *hashers) giveBack(h *hasher) { hs.pool.Put(h) }

// hash returns the keyed hash of the text, good until the hasher is given back.
func (h *hasher) hash() []byte {
	h.mac.Reset()
	_, _ = h.mac.Write(h.text) // a hash takes everything
	h.sum = h.mac.Sum(h.sum[:0])
	return h.sum
}
