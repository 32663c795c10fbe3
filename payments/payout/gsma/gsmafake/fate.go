package gsmafake

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"sanad.dev/sanad/payments/payout/gsma"
)

// Fate is what befalls one payout; see [Accidents]. Refused is the reason for which it fails, if it does; Delay is how
// long each step takes that is done later.
type Fate struct {
	Down, Cut, Silent, Later, Twice, Mute, Returned bool
	Refused                                         *Refusal
	Delay                                           time.Duration
}

// Refusal is why a payout fails: the status over HTTP, and the interface's category and code.
type Refusal struct {
	Status         int
	Category, Code string
}

// Refusals are the reasons that a seed chooses from.
var Refusals = []Refusal{
	{404, "identification", "identifierError"},
	{400, "businessRule", "maxBalanceExceeded"},
	{400, "businessRule", "dailyValueLimitExceeded"},
	{400, "businessRule", "incorrectState"},
	{401, "authorisation", "requestDeclined"},
}

// outOf is the number that shares of accidents are of.
const outOf = 1000

// fateOf is what the seed decides for a correlation id; the order of the draws stays for ever.
func (c Config) fateOf(correlation string) Fate {
	if c.Fate != nil {
		return c.Fate(correlation)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "gsma-fate %d %s", c.Seed, correlation))
	dice := rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:]), binary.BigEndian.Uint64(sum[8:]))) //nolint:gosec // it must be the same again
	met := func(share int) bool { return dice.IntN(outOf) < share }
	a := c.Accidents
	f := Fate{Down: met(a.Down), Cut: met(a.Cut), Silent: met(a.Silent), Later: met(a.Later), Twice: met(a.Twice), Mute: met(a.Mute)}
	if refused, which := met(a.Refused), dice.IntN(len(Refusals)); refused {
		f.Refused = &Refusals[which]
	}
	if share := dice.Int64N(outOf); c.Delay > 0 {
		f.Delay = c.Delay / outOf * time.Duration(share)
	}
	f.Returned = met(a.Returned)
	return f
}

// idOf makes an id in the form of a UUID out of what it names.
func (c Config) idOf(kind, correlation string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "gsma-%s %d %s", kind, c.Seed, correlation))
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// errorOf is a refusal as a message.
func (c Config) errorOf(r Refusal) *gsma.Error {
	return &gsma.Error{Category: r.Category, Code: r.Code, Description: "decided by the seed", At: c.stamp()}
}

func (c Config) stamp() string { return c.Now().UTC().Format(time.RFC3339) }
