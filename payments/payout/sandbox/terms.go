package sandbox

import (
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
)

// UsualContract is what a sandbox declares unless it is told otherwise.
var UsualContract = payout.Contract{
	Name: "sandbox", Timeout: 5 * time.Second, Settling: 2 * time.Second, SureOfAbsence: true, OncePerKey: true,
	Polling: time.Second, Returnable: 5 * time.Second, OnCredit: true,
	Currencies: []ledger.Currency{"JOD", "XOF", "KES", "INR", "PHP", "THB", "RWF", "GHS", "IDR", "USD"},
	Kinds:      []payout.DestinationKind{payout.Wallet, payout.BankAccount},
}

// orUsual is the contract, or the usual one where it has no name.
func orUsual(c payout.Contract) payout.Contract {
	if c.Name == "" {
		return UsualContract
	}
	return c
}
