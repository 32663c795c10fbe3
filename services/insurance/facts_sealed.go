package insurance

import (
	"encoding/json"
	"fmt"

	"sanad.dev/sanad/services/privacy"
)

// factsOf binds sealed facts to whose they are and what they are: they can be put neither in another member's place nor
// in that of her person.
func factsOf(member MemberID) string { return "facts:" + string(member) }

// SealFacts seals a member's facts under her key.
func SealFacts(sealer *privacy.Sealer, member MemberID, f Facts) ([]byte, error) {
	text, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("seal the facts of member %s: %w", member, err)
	}
	return sealer.Seal(text, factsOf(member))
}

// OpenFacts reads what SealFacts made; nothing sealed is no facts. The error is [privacy.ErrSealed] where the key is
// another's or what is sealed was altered.
func OpenFacts(sealer *privacy.Sealer, member MemberID, sealed []byte) (f Facts, err error) {
	if len(sealed) == 0 {
		return f, nil
	}
	text, err := sealer.Open(sealed, factsOf(member))
	if err != nil {
		return f, fmt.Errorf("open the facts of member %s: %w", member, err)
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return Facts{}, fmt.Errorf("open the facts of member %s: what is sealed has another form", member) // the error may quote it (L11)
	}
	return f, nil
}
