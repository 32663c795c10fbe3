package insurance

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"sanad.dev/sanad/ledger"
)

// PayerKind says what the payer is to the member.
type PayerKind string

// The kinds of payer; empty is taken as the member herself.
const (
	PayerSelf        PayerKind = "self"
	PayerFamily      PayerKind = "family"
	PayerSponsor     PayerKind = "sponsor"
	PayerCooperative PayerKind = "cooperative"
)

// Contribution is money that somebody gave for a member, as its collector reports it.
type Contribution struct {
	Collector  CollectorID
	Reference  string
	Payer      string
	PayerPhone string
	PayerKind  PayerKind
	Member     Reference
	Scheme     ledger.SchemeCode
	// Account is which of several accounts of hers it is for, by the label that the scheme gives it, such as MA; empty
	// where the payer did not say.
	Account   AccountLabel
	Amount    ledger.Money
	ValueTime time.Time
	// Unreadable is what the collector's line said where it could not be read; such money goes to suspense, and is
	// never refused (L5). Where the amount itself could not be read it is zero.
	Unreadable string
}

// Reversal takes back a contribution on the collector's word.
type Reversal struct {
	Collector CollectorID
	Reference string
	Original  string
	Amount    ledger.Money
	ValueTime time.Time
	// Unreadable is what could not be read of the line; the reversal is then held in suspense (L5).
	Unreadable string
}

// Withdrawal is money that the organisation took out of its account with the collector.
type Withdrawal struct {
	Collector   CollectorID
	Reference   string
	Amount      ledger.Money
	ValueTime   time.Time
	BankAccount string
	// Unreadable is what could not be read of the line; the withdrawal is then held in suspense (L5).
	Unreadable string
}

// largestAmount bounds a single payment, in minor units: a hundred billion of a currency with three decimals. One absurd
// line may not fill a shared account to the edge of what int64 holds and so close it to everybody else.
const largestAmount = 100_000_000_000_000

// The limits on what a collector sends, in characters.
const (
	longestReference  = 128
	longestPayer      = 256
	longestMember     = 128
	longestUnreadable = 512
)

// Check returns what is wrong with the form of the contribution, before any money is taken as received.
func (c Contribution) Check() error {
	if err := checkSent(c.Collector, c.Reference, c.Amount, c.ValueTime, c.Unreadable); err != nil {
		return err
	}
	texts := []struct {
		field, value string
		longest      int
	}{
		{"payer", c.Payer, longestPayer}, {"payer_phone", c.PayerPhone, longestMember},
		{"member.typed", c.Member.Typed, longestMember}, {"member.member_number", c.Member.Number, longestMember},
		{"member.phone", c.Member.Phone, longestMember}, {"member.document.number", c.Member.Document.Number, longestMember},
		{"member.document.kind", c.Member.Document.Kind, longestMember}, {"member.document.issuer", c.Member.Document.Issuer, longestMember},
		{"member.member_id", string(c.Member.Member), longestMember},
		{"scheme", string(c.Scheme), longestMember},
	}
	for _, t := range texts {
		if err := checkSentText(t.field, t.value, t.longest); err != nil {
			return err
		}
	}
	return c.Account.Check()
}

// AccountLabel names one of several accounts that a member may save in, as the scheme's rules name it.
type AccountLabel string

var accountText = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9_-]{0,31})?$`)

// Check returns a [Fault] where the label has not the form of one.
func (a AccountLabel) Check() error {
	if !accountText.MatchString(string(a)) {
		return Fault{"account", "ACCOUNT_INVALID", "use at most 32 letters, digits, hyphens and underscores, as the scheme names the account"}
	}
	return nil
}

// Check returns what is wrong with the form of the reversal.
func (r Reversal) Check() error {
	if err := checkSent(r.Collector, r.Reference, r.Amount, r.ValueTime, r.Unreadable); err != nil {
		return err
	}
	return checkSentText("original_reference", r.Original, longestReference)
}

// Check returns what is wrong with the form of the withdrawal.
func (w Withdrawal) Check() error {
	if err := checkSent(w.Collector, w.Reference, w.Amount, w.ValueTime, w.Unreadable); err != nil {
		return err
	}
	if w.BankAccount != "" && CollectorID(w.BankAccount).Check() != nil {
		return Fault{"bank_account", "BANK_ACCOUNT_INVALID", "use lower-case letters, digits and hyphens"}
	}
	return nil
}

// checkSent looks at what every item has. A line that could not be read may lack amount and time.
func checkSent(collector CollectorID, reference string, amount ledger.Money, at time.Time, unreadable string) error {
	if err := collector.Check(); err != nil {
		return err
	}
	if strings.TrimSpace(reference) == "" {
		return Fault{"reference", "REFERENCE_MISSING", "give the collector's own reference of the payment"}
	}
	if err := checkSentText("reference", reference, longestReference); err != nil {
		return err
	}
	switch {
	case amount.Minor < 0 || amount.Minor == 0 && unreadable == "":
		return Fault{"amount", "AMOUNT_NOT_POSITIVE", "the amount must be more than zero"}
	case amount.Minor > largestAmount:
		return Fault{"amount", "AMOUNT_TOO_LARGE", "no single payment is believed to be that large; split it, or mend the line"}
	case amount.Currency == ledger.NoCurrency:
		return Fault{"amount.currency_code", "CURRENCY_UNKNOWN", "XXX counts heads; give the currency that was paid"}
	case at.IsZero() && unreadable == "":
		return Fault{"value_time", "VALUE_TIME_MISSING", "say when it was paid"}
	}
	return checkSentText("unreadable", unreadable, longestUnreadable)
}

// checkSentText refuses texts that are too long or that a database or a terminal chokes on.
func checkSentText(field, value string, longest int) error {
	return CheckText(field, "TEXT_INVALID", value, longest)
}

// The value dates that are believed: from before any fund's first electronic payment to the day after tomorrow
// anywhere on Earth.
const earliestValue ledger.Date = 1970_01_01

// ValueDate is the day in the zone on which money counts, or a [Fault] where that is not believed. Now is the
// database's clock.
func ValueDate(at time.Time, zone *time.Location, now time.Time) (ledger.Date, error) {
	local := at.In(zone)
	if local.Year() < earliestValue.Year() || local.Year() > ledger.LastDate.Year() {
		return 0, Fault{"value_time", "VALUE_TIME_OUT_OF_RANGE", fmt.Sprintf("the year %d is not believed", local.Year())}
	}
	on := ledger.DateOf(local)
	if on > ledger.DateOf(now.UTC()).AddDays(2) {
		return 0, Fault{"value_time", "VALUE_TIME_OUT_OF_RANGE", fmt.Sprintf("%s has not come yet", on)}
	}
	return on, nil
}
