package payout

import (
	"fmt"

	"sanad.dev/sanad/ledger"
)

// The rules of posting of money out: for each event, which accounts are debited and which are credited.
//
//	event                                   debit                         credit
//	payout approved                         2500 member, provider, payer  2700 rail
//	settled                                 2700 rail                     1050 rail
//	failed, or withdrawn before it was sent 2700 rail                     2500 member, provider, payer
//	returned after it had settled           1050 rail                     2500 member, provider, payer
//	the rail's fee                          5500 pool                     1050 rail
//	float topped up                         1050 rail                     1000 bank account
//
// 2500 and 2700 are kept by scheme; the float is not: one pays for all schemes.

// The kinds of entry.
const (
	KindApproved ledger.Kind = "payout-approved"
	KindSettled  ledger.Kind = "payout-settled"
	KindFailed   ledger.Kind = "payout-failed"
	KindReturned ledger.Kind = "payout-returned"
	KindFee      ledger.Kind = "payout-fee"
	KindTopUp    ledger.Kind = "float-top-up"
)

// Move is something to be booked of a payout. With the payout it names its entry, so that a thing booked twice is the
// same entry.
type Move struct {
	Kind ledger.Kind
	// From and To are what the rail had charged before and has charged now, in minor units; for a fee only.
	From, To int64
}

// The moves.
var (
	ApprovedMove = Move{Kind: KindApproved}
	SettledMove  = Move{Kind: KindSettled}
	FailedMove   = Move{Kind: KindFailed}
	ReturnedMove = Move{Kind: KindReturned}
)

func feeMove(from, to int64) Move { return Move{KindFee, from, to} }

// Hasher makes keyed hashes, as ids of entries.
type Hasher interface {
	Hash(domain string, fields ...string) [16]byte
}

func (p Payout) transit() ledger.Account {
	return ledger.Account{Code: ledger.PayoutsInTransit, Party: railParty(p.Rail), Scheme: p.Scheme, Currency: p.Amount.Currency}
}

func railParty(rail string) ledger.Party { return ledger.Party(ledger.RailKind + ":" + rail) }

// float is the rail's prefunded account.
func float(rail string, currency ledger.Currency) ledger.Account {
	return ledger.Account{Code: ledger.RailFloat, Party: railParty(rail), Currency: currency}
}

// entry books the move on a day. Its reason names the payout, so that an auditor can follow one through the books.
func (p Payout) entry(keys Hasher, m Move, on ledger.Date) (ledger.Entry, error) {
	debit, credit, minor := p.transit(), p.payable(), p.Amount.Minor
	switch m.Kind {
	case KindApproved:
		debit, credit = p.payable(), p.transit()
	case KindSettled:
		credit = float(p.Rail, p.Amount.Currency)
	case KindReturned:
		debit = float(p.Rail, p.Amount.Currency)
	case KindFee:
		debit = ledger.Account{Code: ledger.Charges, Party: p.Pool, Scheme: p.Scheme, Currency: p.Amount.Currency}
		credit, minor = float(p.Rail, p.Amount.Currency), m.To-m.From
	}
	id := ledger.ID(keys.Hash("payout-entry", p.ID.String(), string(m.Kind), fmt.Sprint(m.To)))
	e, err := ledger.NewEntry(id, m.Kind, on, ledger.Dr(debit, minor), ledger.Cr(credit, minor))
	e.Reason = "payout:" + p.ID.String()
	return e, err
}
