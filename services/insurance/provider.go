package insurance

import (
	"regexp"
	"slices"
	"strings"

	"sanad.dev/sanad/ledger"
)

// ProviderID is the short name of who gives care: lower-case letters, digits and hyphens.
type ProviderID string

var providerID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// Check returns what is wrong with the id.
func (p ProviderID) Check() error {
	if !providerID.MatchString(string(p)) {
		return Fault{"provider", "PROVIDER_INVALID", "use at most 32 lower-case letters, digits and hyphens, such as clinic-salt"}
	}
	return nil
}

// Party is the provider as a party of the books.
func (p ProviderID) Party() ledger.Party { return ledger.Party(ledger.ProviderKind + ":" + string(p)) }

// Provider is who gives care and is paid for it: a health post, a clinic, a hospital, a pharmacy, a midwife.
type Provider struct {
	ID   ProviderID
	Name string
	// Level is the level of care as the scheme's rules name it, such as primary, secondary or tertiary.
	Level string
	// Networks are those that it belongs to; Pools those that it has a contract with. Empty pools mean all.
	Networks []string
	Pools    []Pool
	// PayTo is where it is paid, as its rail reads it, such as bank:JO94CBJO0010000000000131000302. Empty while that is
	// not known: what it is owed then waits.
	PayTo string
}

var levelText = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// The limits on what is said of a provider, in characters.
const (
	longestProviderName = 128
	longestPayTo        = 128
	mostNetworks        = 16
)

// Check returns what is wrong with the provider.
func (p Provider) Check() error {
	if err := p.ID.Check(); err != nil {
		return err
	}
	if p.Level != "" && !levelText.MatchString(p.Level) {
		return Fault{"provider.level", "LEVEL_INVALID", "use the word of the scheme's rules, such as primary"}
	}
	if len(p.Networks) > mostNetworks || slices.ContainsFunc(p.Networks, func(n string) bool { return !levelText.MatchString(n) }) {
		return Fault{"provider.networks", "NETWORK_INVALID", "name at most 16 networks, each by lower-case letters, digits and hyphens"}
	}
	for _, pool := range p.Pools {
		if pool.Fund() == 0 {
			return Fault{"provider.pools", "POOL_UNKNOWN", "use old-age, health or maternity"}
		}
	}
	if err := CheckText("provider.pay_to", "TEXT_INVALID", p.PayTo, longestPayTo); err != nil || p.PayTo != strings.TrimSpace(p.PayTo) {
		return Fault{"provider.pay_to", "PAY_TO_INVALID", "write rail and account, such as bank:JO94CBJO0010000000000131000302"}
	}
	return CheckText("provider.name", "TEXT_INVALID", p.Name, longestProviderName)
}
