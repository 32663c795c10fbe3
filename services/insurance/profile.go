package insurance

import (
	"slices"
	"strings"

	"sanad.dev/sanad/ledger"
)

// Profile is what results are broken down by: groups of people, never one.
type Profile struct {
	// Sex is empty where it is not known.
	Sex     Sex
	AgeBand AgeBand
	// Disability says whether she is in a category whose name begins with "disability".
	Disability bool
	// Cluster is the value-chain segment that she declared by the name "cluster"; empty where there is none.
	Cluster string
	// Categories are the names of those she is in, in order.
	Categories []string
}

// AgeBand is a range of ages in completed years.
type AgeBand string

// The age bands.
const (
	AgeTo17    AgeBand = "0-17"
	AgeTo24    AgeBand = "18-24"
	AgeTo34    AgeBand = "25-34"
	AgeTo44    AgeBand = "35-44"
	AgeTo54    AgeBand = "45-54"
	AgeTo64    AgeBand = "55-64"
	AgeFrom65  AgeBand = "65+"
	AgeUnknown AgeBand = "unknown"
)

var ageBands = []struct {
	from int
	band AgeBand
}{{65, AgeFrom65}, {55, AgeTo64}, {45, AgeTo54}, {35, AgeTo44}, {25, AgeTo34}, {18, AgeTo24}, {0, AgeTo17}}

// The names that mean something to a profile.
const (
	clusterName      = "cluster"
	disabilityPrefix = "disability"
)

// Profile is what the member is on the day to those who look at groups of people.
func (f Facts) Profile(on ledger.Date) Profile {
	p := Profile{Sex: f.Sex, AgeBand: f.Birth.Band(on)}
	p.Cluster, _ = f.Value(clusterName, on)
	for _, c := range f.Categories {
		if c.On(on) && !slices.Contains(p.Categories, c.Name) {
			p.Categories = append(p.Categories, c.Name)
			p.Disability = p.Disability || IsDisability(c.Name)
		}
	}
	slices.Sort(p.Categories)
	return p
}

// IsDisability says whether who is in the category counts as disabled.
func IsDisability(category string) bool { return strings.HasPrefix(category, disabilityPrefix) }

// Band is the range in which the person's age lies on the day: that of the fewest years she can have completed.
func (b Birth) Band(on ledger.Date) AgeBand {
	age, known := b.Age(on)
	for _, a := range ageBands {
		if known && age >= a.from {
			return a.band
		}
	}
	return AgeUnknown
}
