package match

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"sanad.dev/sanad/ledger"
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
	return known.facts, ok && bytes.Equal(known.sealed, sealed)
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

// open opens sealed facts, reading the members' keys for those that were not opened lately.
func open(ctx context.Context, tx Tx, keys *privacy.Keyring, sealed map[insurance.MemberID][]byte) (map[ledger.Party]insurance.Facts, error) {
	facts := make(map[ledger.Party]insurance.Facts, len(sealed))
	var closed []insurance.MemberID
	for member, text := range sealed {
		if known, ok := lately.of(member, text); ok {
			facts[member.Party()] = known
			continue
		}
		closed = append(closed, member)
	}
	if len(closed) == 0 {
		return facts, nil
	}
	salts, err := tx.Salts(ctx, closed...)
	if err != nil {
		return nil, err
	}
	for member, salt := range salts {
		sealer, err := keys.Sealer(salt)
		if err != nil {
			return nil, err
		}
		known, err := insurance.OpenFacts(sealer, member, sealed[member])
		if err != nil {
			return nil, fmt.Errorf("facts of a member: %w", err)
		}
		lately.keep(member, sealed[member], known)
		facts[member.Party()] = known
	}
	return facts, nil
}
