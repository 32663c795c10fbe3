package insurance

import (
	"fmt"
	"regexp"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"sanad.dev/sanad/ledger"
)

// Pool says which fund bears the risk of a pot.
type Pool string

// The pools.
const (
	OldAge    Pool = "old-age"
	Health    Pool = "health"
	Maternity Pool = "maternity"
)

// Fund is the account of the pool's fund balance.
func (p Pool) Fund() ledger.Code {
	switch p {
	case OldAge:
		return ledger.FundOldAge
	case Health:
		return ledger.FundHealth
	case Maternity:
		return ledger.FundMaternity
	}
	return 0
}

// Party is the pool as a party of the books.
func (p Pool) Party() ledger.Party { return ledger.Party(ledger.PoolKind + ":" + string(p)) }

// Pot is one place where a share of every contribution goes.
type Pot struct {
	Account ledger.Code
	Name    string
	Share   decimal.Decimal
	Pool    Pool
}

// Scheme is a version of a body of rules: its pots, and how value dates and phones are read. A published version is
// never changed.
type Scheme struct {
	Code     ledger.SchemeCode
	Name     string
	Currency ledger.Currency
	TimeZone string
	// Region is the ISO 3166 country in which phones without a country code are read.
	Region string
	Pots   []Pot
	// Folder is the scheme as its authors wrote it, with its rules; empty for one that has pots and no rules.
	Folder Folder
	// EffectiveOn is the first day on which the version is in force; zero for always.
	EffectiveOn ledger.Date
	Closed      bool
	Version     int
	PublishedBy string
	PublishedAt time.Time
}

// Folder is a scheme that is data: its files. Rules and Examples may be empty.
type Folder struct {
	Scheme   []byte `json:"scheme,omitempty"`
	Rules    []byte `json:"rules,omitempty"`
	Examples []byte `json:"examples,omitempty"`
}

var schemeCode = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// mostPots bounds the pots of a scheme.
const mostPots = 16

// Check returns what is wrong with the scheme, as a [Fault] that names the field.
func (s Scheme) Check() error {
	if !schemeCode.MatchString(string(s.Code)) {
		return Fault{"scheme.code", "SCHEME_INVALID", "use lower-case letters, digits and hyphens, such as national-basic"}
	}
	if _, err := s.Currency.Decimals(); err != nil || s.Currency == ledger.NoCurrency {
		return Fault{"scheme.currency_code", "CURRENCY_UNKNOWN", "use an ISO 4217 code, such as JOD"}
	}
	if _, err := time.LoadLocation(s.TimeZone); err != nil || s.TimeZone == "" {
		return Fault{"scheme.time_zone", "TIME_ZONE_UNKNOWN", "use a zone such as Asia/Amman"}
	}
	return s.checkPots()
}

func (s Scheme) checkPots() error {
	if len(s.Pots) == 0 || len(s.Pots) > mostPots {
		return Fault{"scheme.pots", "POTS_INVALID", fmt.Sprintf("a scheme has 1 to %d pots", mostPots)}
	}
	sum, seen := decimal.Zero, map[ledger.Code]bool{}
	for i, pot := range s.Pots {
		field := fmt.Sprintf("scheme.pots[%d].", i)
		control, ok := pot.Account.Control()
		switch {
		case !ok || control.Class != ledger.Liability || !control.Floored || pot.Account == ledger.BenefitsPayable:
			return Fault{field + "account_code", "POT_ACCOUNT_INVALID", "a pot is a member's liability account, such as 2100, 2200 or 2300"}
		case seen[pot.Account]:
			return Fault{field + "account_code", "POT_ACCOUNT_TWICE", "each pot has an account of its own"}
		case !pot.Share.IsPositive():
			return Fault{field + "share", "SHARE_INVALID", "a share is more than 0"}
		case pot.Pool.Fund() == 0:
			return Fault{field + "pool", "POOL_UNKNOWN", "use old-age, health or maternity"}
		}
		seen[pot.Account] = true
		sum = sum.Add(pot.Share)
	}
	if !sum.Equal(decimal.NewFromInt(1)) {
		return Fault{"scheme.pots", "SHARES_NOT_ONE", "the shares of all pots make " + sum.String() + ", not 1"}
	}
	return nil
}

// zones are the time zones that have been read from the system's tables, by name.
var zones sync.Map

// Location is the scheme's time zone; UTC for the zero scheme.
func (s Scheme) Location() *time.Location {
	if zone, ok := zones.Load(s.TimeZone); ok {
		return zone.(*time.Location)
	}
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return time.UTC
	}
	zones.Store(s.TimeZone, zone)
	return zone
}

// Allocation is a part of a contribution and the pot it goes to.
type Allocation struct {
	Pot   Pot
	Minor int64
}

// Allocate divides an amount over the pots by their shares; it loses nothing (largest remainder, L9).
func (s Scheme) Allocate(amount ledger.Money) ([]Allocation, error) {
	shares := make([]decimal.Decimal, len(s.Pots))
	for i, pot := range s.Pots {
		shares[i] = pot.Share
	}
	parts, err := amount.Split(shares...)
	if err != nil {
		return nil, fmt.Errorf("allocate: %w", err)
	}
	allocations := make([]Allocation, len(parts))
	for i, part := range parts {
		allocations[i] = Allocation{s.Pots[i], part.Minor}
	}
	return allocations, nil
}

// PotOf returns the pot whose account it is.
func (s Scheme) PotOf(account ledger.Code) (Pot, bool) {
	for _, pot := range s.Pots {
		if pot.Account == account {
			return pot, true
		}
	}
	return Pot{}, false
}

// Collector is who takes contributions in.
type Collector struct {
	ID            CollectorID
	Name          string
	DefaultScheme ledger.SchemeCode
}

// CollectorID is a collector's short name: lower-case letters, digits and hyphens.
type CollectorID string

var collectorID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// Check returns what is wrong with the id.
func (c CollectorID) Check() error {
	if !collectorID.MatchString(string(c)) {
		return Fault{"collector", "COLLECTOR_INVALID", "use lower-case letters, digits and hyphens, such as mpesa-jo"}
	}
	return nil
}

// Party is the collector as a party of the books.
func (c CollectorID) Party() ledger.Party {
	return ledger.Party(ledger.CollectorKind + ":" + string(c))
}
