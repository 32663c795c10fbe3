package treasury

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"sanad.dev/sanad/services/insurance"
)

// MostSampled bounds an audit sample.
const MostSampled = 10_000

// longestSeed bounds a seed in characters.
const longestSeed = 128

// Sample draws n lines of a claim for an audit. The seed is fixed by the first call, which can only come after the lines
// are frozen, and with it every later draw; so neither who drew up the claim nor who audits it can choose the lines.
// Best is a seed that nobody could know before, such as the numbers of a public lottery drawn after the freeze.
//
// The draw can be computed by anybody who has the exported claim: for each line take SHA-256 over the claim's hash in
// hexadecimal digits, a line feed, the seed, a line feed, and the line's id in hexadecimal digits; the n lines with the
// smallest values, in their order, are the sample. A larger sample begins with the smaller one.
func (s *Service) Sample(ctx context.Context, id ClaimID, n int, seed, person string) (c Claim, drawn []ClaimLine, err error) {
	if n < 1 || n > MostSampled {
		return c, nil, insurance.Fault{Field: "size", Reason: "SAMPLE_SIZE_INVALID", Text: fmt.Sprintf("a sample has 1 to %d lines", MostSampled)}
	}
	if err := insurance.CheckText("seed", "SEED_INVALID", seed, longestSeed); err != nil {
		return c, nil, err
	}
	if err := checkPerson(person); err != nil {
		return c, nil, err
	}
	c, err = s.change(ctx, id, func(_ context.Context, _ Tx, c Claim, now time.Time) (Claim, error) {
		return c.seeded(seed, person, now)
	})
	if err != nil {
		return c, nil, err
	}
	draw := newDraw(c, n)
	err = s.eachLine(ctx, id, func(l ClaimLine) error { draw.consider(l); return nil })
	return c, draw.lines(), err
}

// seeded is the claim with its seed fixed; an empty seed means the one that is fixed already.
func (c Claim) seeded(seed, person string, at time.Time) (Claim, error) {
	switch {
	case c.Phase != Frozen:
		return c, c.wrongState("a seed is fixed after its lines are frozen")
	case c.Seed == "" && strings.TrimSpace(seed) == "":
		return c, insurance.Fault{Field: "seed", Reason: "SEED_INVALID", Text: "give a seed that nobody could know before the lines were frozen"}
	case c.Seed == "":
		c.Seed, c.SeedFixing = seed, Signature{person, at}
	case seed != "" && seed != c.Seed:
		return c, insurance.Fault{Field: "seed", Reason: insurance.SampleSeedFixed, Text: "the claim's seed was fixed before; draw without one to use it"}
	}
	return c, nil
}

// draw keeps the n lines with the smallest values.
type draw struct {
	prefix string
	size   int
	best   []candidate
}

type candidate struct {
	value [32]byte
	line  ClaimLine
}

func newDraw(c Claim, n int) *draw {
	return &draw{prefix: hex.EncodeToString(c.Hash[:]) + "\n" + c.Seed + "\n", size: n}
}

// consider keeps the line where its value is among the smallest so far. The values kept are sorted out once they are
// twice as many as wanted, so that a line costs little however many there are.
func (d *draw) consider(l ClaimLine) {
	d.best = append(d.best, candidate{sha256.Sum256([]byte(d.prefix + l.ID.String())), l})
	if len(d.best) >= 2*d.size {
		d.sort()
	}
}

func (d *draw) sort() {
	slices.SortFunc(d.best, func(a, b candidate) int { return bytes.Compare(a.value[:], b.value[:]) })
	d.best = d.best[:min(d.size, len(d.best))]
}

func (d *draw) lines() []ClaimLine {
	d.sort()
	lines := make([]ClaimLine, len(d.best))
	for i, c := range d.best {
		lines[i] = c.line
	}
	return lines
}
