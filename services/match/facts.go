package match

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
)

// opened are facts that were opened lately, with the sealed row that they were opened from: the row is read in every
// transaction, and what was opened counts only where it is the same (L12).
type opened struct {
	mu sync.Mutex
	// two generations: when the newer is full the older is forgotten.
	newer, older map[insurance.MemberID]openedFacts
}

type openedFacts struct {
	sealed []byte
	facts  insurance.Facts
}

// generation is how many members' facts one generation holds.
const generation = 10_000

var lately opened

// of returns the facts that were opened from the sealed row; false where they must be opened.
func (o *opened) of(member insurance.MemberID, sealed []byte) (insurance.Facts, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	known, ok := o.newer[member]
	if !ok {
		if known, ok = o.older[member]; ok {
			o.put(member, known)
		}
	}
	return known.facts, ok && len(sealed) > 0 && bytes.Equal(known.sealed, sealed)
}

func (o *opened) keep(member insurance.MemberID, sealed []byte, facts insurance.Facts) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.put(member, openedFacts{sealed, facts})
}

func (o *opened) put(member insurance.MemberID, known openedFacts) {
	if o.newer == nil || len(o.newer) >= generation {
		o.newer, o.older = make(map[insurance.MemberID]openedFacts, generation), o.newer
	}
	o.newer[member] = known
}

// errFaceless: a member has been erased, so that nobody can tell what she is due by rules that look at facts.
var errFaceless = errors.New("the member's facts are gone")

// read are a member's facts, or why they can't be read.
type read struct {
	facts insurance.Facts
	err   error
}

// open opens the members' facts, as they are sealed, reading the keys of those that were not opened lately.
func open(ctx context.Context, tx Tx, keys *privacy.Keyring, members []insurance.MemberID, sealed map[insurance.MemberID][]byte) (map[insurance.MemberID]read, error) {
	facts := make(map[insurance.MemberID]read, len(members))
	var closed []insurance.MemberID
	for _, id := range members {
		if known, ok := lately.of(id, sealed[id]); ok {
			facts[id] = read{facts: known}
			continue
		}
		closed = append(closed, id)
	}
	if len(closed) == 0 {
		return facts, nil
	}
	salts, err := tx.Salts(ctx, closed...)
	for _, id := range closed {
		known, err := openOne(keys, id, salts[id], sealed[id])
		facts[id] = read{known, err}
	}
	return facts, err
}

// openOne opens the facts of a member. Who has a key and no facts is one of whom nothing is known.
func openOne(keys *privacy.Keyring, id insurance.MemberID, salt, sealed []byte) (insurance.Facts, error) {
	if len(salt) == 0 {
		return insurance.Facts{}, errFaceless
	}
	sealer, err := keys.Sealer(salt)
	if err != nil {
		return insurance.Facts{}, err
	}
	facts, err := insurance.OpenFacts(sealer, id, sealed)
	if err == nil && len(sealed) > 0 {
		lately.keep(id, sealed, facts)
	}
	return facts, err
}
