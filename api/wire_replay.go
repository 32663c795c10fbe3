package api

import (
	"context"
	"encoding/json"
	"fmt"

	"sanad.dev/sanad/services/claims"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/oldage"
	"sanad.dev/sanad/services/rule"
)

// judgePension judges a pension again by what was kept with it and the version of the scheme that judged it then.
func judgePension(ctx context.Context, tx claims.Tx, judged json.RawMessage) (insurance.Decision, error) {
	var kept oldage.Case
	if err := json.Unmarshal(judged, &kept); err != nil {
		return insurance.Decision{}, fmt.Errorf("judge a pension again: what was kept is no case: %w", err)
	}
	versions, err := tx.SchemeVersions(ctx, kept.Scheme)
	if err != nil {
		return insurance.Decision{}, err
	}
	for _, v := range versions[kept.Scheme] {
		if v.Version != kept.Version {
			continue
		}
		rules, err := rule.Load(v.Folder)
		if err != nil {
			return insurance.Decision{}, err
		}
		again, err := oldage.Judge(rules, kept)
		return again.Decision, err
	}
	return insurance.Decision{}, fmt.Errorf("judge a pension again: version %d of %s is gone", kept.Version, kept.Scheme)
}
