package privacy

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"sync"
	"testing"
)

func keyring(t testing.TB, fill byte) *Keyring {
	t.Helper()
	k, err := NewKeyring(bytes.Repeat([]byte{fill}, masterLength))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sealer(t testing.TB, k *Keyring, salt []byte) *Sealer {
	t.Helper()
	s, err := k.Sealer(salt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAMasterKeyHasExactly32Bytes(t *testing.T) {
	for _, length := range []int{0, 16, 31, 33, 64} {
		if _, err := NewKeyring(make([]byte, length)); !errors.Is(err, ErrKey) {
			t.Errorf("a key of %d bytes: got %v, want %v", length, err, ErrKey)
		}
	}
}

func TestHashesDifferWhereAnythingDiffers(t *testing.T) {
	k := keyring(t, 1)
	hashes := map[[16]byte]string{}
	for name, hash := range map[string][16]byte{
		"two fields":                   k.Hash("phone", "ab", "c"),
		"the same letters cut apart":   k.Hash("phone", "a", "bc"),
		"the same letters in one":      k.Hash("phone", "abc"),
		"another order":                k.Hash("phone", "c", "ab"),
		"an empty field more":          k.Hash("phone", "ab", "c", ""),
		"another domain":               k.Hash("number", "ab", "c"),
		"a field taken for the domain": k.Hash("phoneab", "c"),
		"another key":                  keyring(t, 2).Hash("phone", "ab", "c"),
		"no field":                     k.Hash("phone"),
	} {
		if other, taken := hashes[hash]; taken {
			t.Errorf("%s hashes like %s", name, other)
		}
		hashes[hash] = name
	}
	if k.Hash("phone", "ab", "c") != keyring(t, 1).Hash("phone", "ab", "c") {
		t.Error("the same key and fields hash differently")
	}
}

// What is stored depends on the hash: should this test fail, every identifier stored so far is lost. A new way of
// hashing is a new version.
func TestTheHashIsForEver(t *testing.T) {
	k := keyring(t, 1)
	key, err := derive(bytes.Repeat([]byte{1}, masterLength), "sanad hashing")
	if err != nil {
		t.Fatal(err)
	}
	plain := hmac.New(sha256.New, key)
	plain.Write([]byte("\x01\x05phone\x02ab\x01c"))
	got := k.Hash("phone", "ab", "c")
	if want := plain.Sum(nil)[:16]; !bytes.Equal(got[:], want) {
		t.Errorf("got %x, want %x", got, want)
	}
	if got, want := hex.EncodeToString(got[:]), "9aa340d14402f32091db663bb6a847e6"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestManyHashAtOnce(t *testing.T) {
	k := keyring(t, 1)
	want := k.Hash("phone", "+962791234567")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				if got := k.Hash("phone", "+962791234567"); got != want {
					t.Errorf("got %x, want %x", got, want)
				}
			}
		})
	}
	all.Wait()
}

func TestADatabaseTellsItsKeyFromAnother(t *testing.T) {
	mine, other := keyring(t, 1), keyring(t, 2)
	if err := mine.Owns(mine.Check()); err != nil {
		t.Error(err)
	}
	for name, check := range map[string][]byte{"another key": other.Check(), "nothing": nil, "a part": mine.Check()[:8]} {
		if err := mine.Owns(check); !errors.Is(err, ErrWrongKey) {
			t.Errorf("%s: got %v, want %v", name, err, ErrWrongKey)
		}
	}
}

func TestWhatIsSealedIsReadOnlyByItsOwnKeyAndContext(t *testing.T) {
	k, salt := keyring(t, 1), NewSalt()
	sealed, err := sealer(t, k, salt).Seal([]byte("Amal Haddad"), "member:a")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("Amal")) {
		t.Error("the name can be read in what is sealed")
	}
	altered := bytes.Clone(sealed)
	altered[len(altered)-1] ^= 1
	later := bytes.Clone(sealed)
	later[0]++
	cases := []struct {
		name    string
		by      *Sealer
		sealed  []byte
		context string
		want    error
	}{
		{"her own key and context", sealer(t, k, salt), sealed, "member:a", nil},
		{"another salt", sealer(t, k, NewSalt()), sealed, "member:a", ErrSealed},
		{"another master key", sealer(t, keyring(t, 2), salt), sealed, "member:a", ErrSealed},
		{"another's place", sealer(t, k, salt), sealed, "member:b", ErrSealed},
		{"one bit altered", sealer(t, k, salt), altered, "member:a", ErrSealed},
		{"another version", sealer(t, k, salt), later, "member:a", ErrSealed},
		{"cut short", sealer(t, k, salt), sealed[:10], "member:a", ErrSealed},
		{"nothing", sealer(t, k, salt), nil, "member:a", ErrSealed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			plain, err := c.by.Open(c.sealed, c.context)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if err == nil && string(plain) != "Amal Haddad" {
				t.Errorf("got %q", plain)
			}
		})
	}
}

func TestAMembersKeyIsThatOfHKDF(t *testing.T) {
	salt := NewSalt()
	secret, err := derive(bytes.Repeat([]byte{1}, masterLength), "sanad sealing")
	if err != nil {
		t.Fatal(err)
	}
	key, err := hkdf.Expand(sha256.New, secret, memberPurpose+string(salt), masterLength)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := newSealer(key)
	if err != nil {
		t.Fatal(err)
	}
	sealed, _ := sealer(t, keyring(t, 1), salt).Seal([]byte("Amal"), "member:a")
	if got, err := plain.Open(sealed, "member:a"); err != nil || string(got) != "Amal" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestTheSameTextIsNeverSealedTheSame(t *testing.T) {
	s := sealer(t, keyring(t, 1), NewSalt())
	first, _ := s.Seal([]byte("Amal"), "member:a")
	second, _ := s.Seal([]byte("Amal"), "member:a")
	if bytes.Equal(first, second) {
		t.Error("a nonce came twice")
	}
}

func TestWithoutASaltNothingIsSealed(t *testing.T) {
	for _, salt := range [][]byte{nil, {}, make([]byte, saltLength-1)} {
		if _, err := keyring(t, 1).Sealer(salt); !errors.Is(err, ErrKey) {
			t.Errorf("a salt of %d bytes: got %v, want %v", len(salt), err, ErrKey)
		}
	}
	if bytes.Equal(NewSalt(), NewSalt()) {
		t.Error("a salt came twice")
	}
}

func BenchmarkHash(b *testing.B) {
	k := keyring(b, 1)
	b.ReportAllocs()
	for b.Loop() {
		k.Hash("identifier", "phone", "+962791234567")
	}
}

func BenchmarkHashOfAContribution(b *testing.B) {
	k := keyring(b, 1)
	b.ReportAllocs()
	for b.Loop() {
		k.Hash("contribution", "mpesa-jo", "TKL7X0Q2ZB", "962791234567 - AMAL HADDAD", "", "family", "", "", "", "", "",
			"4821903376", "", "national-basic", "12500", "JOD", "2026-03-02T10:11:12Z", "")
	}
}

func BenchmarkSealer(b *testing.B) {
	k, salt := keyring(b, 1), NewSalt()
	b.ReportAllocs()
	for b.Loop() {
		sealer(b, k, salt)
	}
}

func BenchmarkSeal(b *testing.B) {
	s, plain := sealer(b, keyring(b, 1), NewSalt()), bytes.Repeat([]byte("x"), 200)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = s.Seal(plain, "0123456789abcdef0123456789abcdef")
	}
}

func BenchmarkOpen(b *testing.B) {
	s := sealer(b, keyring(b, 1), NewSalt())
	sealed, _ := s.Seal(bytes.Repeat([]byte("x"), 200), "member:a")
	b.ReportAllocs()
	for b.Loop() {
		_, _ = s.Open(sealed, "member:a")
	}
}
