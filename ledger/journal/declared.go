package journal

import (
	"strings"

	"sanad.dev/sanad/ledger"
)

// declared remembers which accounts and currencies a journal has declared.
//
// A million members have some six accounts each, but of the same few sub-ledgers (code, scheme and currency). So the
// sub-ledgers are numbered as they are met, and each party has one bit per number. Measured for a million members with
// six accounts each: 125 MiB, where a set of the names takes 580.
type declared struct {
	currencies map[ledger.Currency]bool
	subledgers map[ledger.Account]int
	accounts   map[shelf]uint64
}

// shelf holds a party's bits for 64 sub-ledgers: the first 64, the next 64, and so on.
type shelf struct {
	party  ledger.Party
	number int
}

func newDeclared() *declared {
	return &declared{map[ledger.Currency]bool{}, map[ledger.Account]int{}, map[shelf]uint64{}}
}

// newCurrency says whether the currency is met for the first time, and remembers it.
func (d *declared) newCurrency(c ledger.Currency) bool {
	if d.currencies[c] {
		return false
	}
	d.currencies[c] = true
	return true
}

// newAccount says whether the account is met for the first time, and remembers it.
func (d *declared) newAccount(a ledger.Account) bool {
	number := d.subledger(a)
	at, bit := shelf{a.Party, number / 64}, uint64(1)<<(number%64)
	bits, known := d.accounts[at]
	if bits&bit != 0 {
		return false
	}
	if !known {
		// The party may be a piece of a longer text, a database row say, that must not be kept with it.
		at.party = ledger.Party(strings.Clone(string(a.Party)))
	}
	d.accounts[at] = bits | bit
	return true
}

// subledger is the number of the account's sub-ledger, by order of first use.
func (d *declared) subledger(a ledger.Account) int {
	a.Party = ""
	number, known := d.subledgers[a]
	if !known {
		number = len(d.subledgers)
		d.subledgers[a] = number
	}
	return number
}
