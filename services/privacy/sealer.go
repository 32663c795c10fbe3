package privacy

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
)

// saltLength is the length of a salt in bytes.
const saltLength = 16

// ErrSealed: what is sealed can't be opened: the key or the context is another, or it was altered.
var ErrSealed = errors.New("sealed data can't be opened")

// NewSalt makes a random salt. Who destroys it destroys what is sealed under it.
func NewSalt() []byte {
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt) // never fails
	return salt
}

// Sealer seals and opens under one key. It may be used by many at once.
type Sealer struct{ aead cipher.AEAD }

// memberPurpose says what the keys made of salts are for.
const memberPurpose = "sanad member"

// Sealer makes the sealer of a salt: AES-256-GCM under a key made of the master key and the salt by one step of
// HKDF-Expand (RFC 5869, section 2.3): the master key is random, so that it needs no Extract.
func (k *Keyring) Sealer(salt []byte) (*Sealer, error) {
	if len(salt) < saltLength {
		return nil, fmt.Errorf("%w: the salt has %d bytes and needs %d", ErrKey, len(salt), saltLength)
	}
	h := k.sealing.take()
	defer k.sealing.giveBack(h)
	const firstStep = 1
	h.text = append(append(append(h.text[:0], memberPurpose...), salt...), firstStep)
	return newSealer(h.hash())
}

func newSealer(key []byte) (*Sealer, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return &Sealer{aead}, nil
}

// Seal makes what only Open with the same context reads: version, random nonce, and the encrypted text with its tag.
// The context says what it is and whose, so that nothing sealed can be put in another's place.
func (s *Sealer) Seal(plain []byte, context string) ([]byte, error) {
	sealed := append(make([]byte, 0, 1+s.aead.Overhead()+len(plain)), version)
	return s.aead.Seal(sealed, nil, plain, bound(context)), nil
}

// Open reads what Seal made, or returns [ErrSealed].
func (s *Sealer) Open(sealed []byte, context string) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != version {
		return nil, fmt.Errorf("%w: its version is not %d", ErrSealed, version)
	}
	plain, err := s.aead.Open(nil, nil, sealed[1:], bound(context))
	if err != nil {
		return nil, fmt.Errorf("%w: the key or the context is another, or it was altered", ErrSealed)
	}
	return plain, nil
}

func bound(context string) []byte { return append([]byte{version}, context...) }
