package scheme

import (
	"context"
	"time"

	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// PublishFolder publishes a scheme that is data, as the version after the last: its files are read, and every example
// must come out as it says. What is wrong is [rule.Problems], each with file, line and column.
func (s *Service) PublishFolder(ctx context.Context, folder insurance.Folder, by string) (insurance.Scheme, error) {
	read, err := rule.Load(folder)
	if err != nil {
		return insurance.Scheme{}, err
	}
	if err := prove(ctx, read, folder.Examples); err != nil {
		return insurance.Scheme{}, err
	}
	scheme, err := read.Insurance()
	if err != nil {
		return scheme, err
	}
	scheme.Folder, scheme.PublishedBy = folder, by
	return s.Publish(ctx, scheme)
}

// longestProof bounds how long a folder's examples may take; they are written by whoever publishes it.
const longestProof = 5 * time.Second

func prove(ctx context.Context, read *rule.Scheme, examples []byte) error {
	ctx, cancel := context.WithTimeout(ctx, longestProof)
	defer cancel()
	return read.Prove(ctx, examples, Provers()...)
}

// Provers compute what examples expect of claims and of cover.
func Provers() []rule.Prover { return []rule.Prover{benefit.Prove, cover.Prove} }
