package insurance

import (
	"encoding/json"
	"fmt"

	"sanad.dev/sanad/services/privacy"
)

// SealAs seals a value under a member's key, bound to what it is: it can be put in the place of nothing else. The name of
// what it is, such as "holiday:" with an id, names nobody.
func SealAs(sealer *privacy.Sealer, what string, value any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", what, err)
	}
	return sealer.Seal(text, what)
}

// OpenAs reads into the value what SealAs made; nothing sealed leaves it as it is. The error is [privacy.ErrSealed] where
// the key is another's or what is sealed was altered.
func OpenAs(sealer *privacy.Sealer, what string, sealed []byte, into any) error {
	if len(sealed) == 0 {
		return nil
	}
	text, err := sealer.Open(sealed, what)
	if err != nil {
		return fmt.Errorf("open %s: %w", what, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("open %s: what is sealed has another form", what) // the error may quote it (L11)
	}
	return nil
}
