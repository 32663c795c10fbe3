package pension

import (
	"context"
	"sync"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// ruled are the rules of a scheme that judge a day.
type ruled struct {
	*rule.Scheme
	published insurance.Scheme
}

// compiled are rules that were read before, by what they say: a published version never changes.
var compiled sync.Map

// rulesOn are the rules of the scheme that are in force on the day, or the first ones where it began later. The error
// is a fault where there are none, or they say nothing of old age.
func rulesOn(ctx context.Context, tx Tx, code ledger.SchemeCode, on ledger.Date) (ruled, error) {
	versions, err := tx.SchemeVersions(ctx, code)
	if err != nil {
		return ruled{}, err
	}
	published, ok := inForce(versions[code], on)
	if !ok {
		return ruled{}, insurance.Fault{Field: "scheme", Reason: "SCHEME_UNKNOWN", Text: "no such scheme; publish it first"}
	}
	return read(published)
}

func inForce(versions []insurance.Scheme, on ledger.Date) (best insurance.Scheme, found bool) {
	for _, v := range versions {
		switch {
		case !found, best.EffectiveOn > on && v.EffectiveOn < best.EffectiveOn,
			v.EffectiveOn <= on && (best.EffectiveOn > on || v.EffectiveOn > best.EffectiveOn || v.EffectiveOn == best.EffectiveOn && v.Version > best.Version):
			best, found = v, true
		}
	}
	return best, found
}

func read(published insurance.Scheme) (ruled, error) {
	silent := insurance.Fault{Field: "scheme", Reason: "OLD_AGE_NOT_IN_SCHEME", Text: "the scheme says nothing of old age; publish a version with old_age"}
	if len(published.Folder.Scheme) == 0 {
		return ruled{}, silent
	}
	key := string(published.Folder.Scheme) + "\x00" + string(published.Folder.Rules)
	known, ok := compiled.Load(key)
	if !ok {
		scheme, err := rule.Load(published.Folder)
		if err != nil {
			return ruled{}, err
		}
		known, _ = compiled.LoadOrStore(key, scheme)
	}
	r := ruled{known.(*rule.Scheme), published}
	if r.OldAge == nil {
		return ruled{}, silent
	}
	return r, nil
}
