package api

import (
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// moneyFrom reads an amount; the fault names the field.
func moneyFrom(field string, m *sanadv1.Money) (ledger.Money, error) {
	if m == nil {
		return ledger.Money{}, insurance.Fault{Field: field, Reason: "AMOUNT_MISSING", Text: "give an amount with its currency"}
	}
	money, err := ledger.ParseMoney(ledger.Currency(m.GetCurrencyCode()), m.GetAmount())
	switch {
	case err == nil:
		return money, nil
	case errors.Is(err, ledger.ErrOverflow):
		return money, insurance.Fault{Field: field + ".amount", Reason: "AMOUNT_OVERFLOW", Text: "the amount is beyond what the books can hold"}
	}
	if _, unknown := ledger.Currency(m.GetCurrencyCode()).Decimals(); unknown != nil {
		return money, insurance.Fault{Field: field + ".currency_code", Reason: "CURRENCY_UNKNOWN", Text: "use an ISO 4217 code, such as JOD"}
	}
	return money, insurance.Fault{Field: field + ".amount", Reason: "AMOUNT_INVALID", Text: err.Error()}
}

func moneyTo(m ledger.Money) *sanadv1.Money {
	return &sanadv1.Money{CurrencyCode: string(m.Currency), Amount: m.Amount()}
}

// dateFrom reads a day; nil is no day.
func dateFrom(field string, d *sanadv1.Date) (ledger.Date, error) {
	if d == nil {
		return 0, nil
	}
	on, err := ledger.NewDate(int(d.GetYear()), int(d.GetMonth()), int(d.GetDay()))
	if err != nil {
		return 0, insurance.Fault{Field: field, Reason: "DATE_INVALID", Text: "there is no such day"}
	}
	return on, nil
}

// dateTo writes a day; no day is nil.
func dateTo(d ledger.Date) *sanadv1.Date {
	if d == 0 {
		return nil
	}
	return &sanadv1.Date{Year: int32(d.Year()), Month: int32(d.Month()), Day: int32(d.Day())}
}

// timeFrom reads an instant; nil is none.
func timeFrom(field string, t *timestamppb.Timestamp) (time.Time, error) {
	if t == nil {
		return time.Time{}, nil
	}
	if err := t.CheckValid(); err != nil {
		return time.Time{}, insurance.Fault{Field: field, Reason: "VALUE_TIME_OUT_OF_RANGE", Text: "the instant is not between the years 1 and 9999"}
	}
	return t.AsTime(), nil
}

// timeTo writes an instant; the zero instant is nil.
func timeTo(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

func accountFrom(a *sanadv1.Account) ledger.Account {
	return ledger.Account{
		Code: ledger.Code(a.GetCode()), Party: ledger.Party(a.GetParty()),
		Scheme: ledger.SchemeCode(a.GetScheme()), Currency: ledger.Currency(a.GetCurrencyCode()),
	}
}

func accountTo(a ledger.Account) *sanadv1.Account {
	return &sanadv1.Account{Code: int32(a.Code), Party: string(a.Party), Scheme: string(a.Scheme), CurrencyCode: string(a.Currency)}
}

func accountName(code ledger.Code) string {
	control, _ := code.Control()
	return control.Name
}

func postingTo(p ledger.Posting) *sanadv1.Posting {
	out := &sanadv1.Posting{Account: accountTo(p.Account), AccountName: accountName(p.Account.Code)}
	if p.Debit > 0 {
		out.Debit = moneyTo(ledger.Money{Minor: p.Debit, Currency: p.Account.Currency})
		return out
	}
	out.Credit = moneyTo(ledger.Money{Minor: p.Credit, Currency: p.Account.Currency})
	return out
}

func postingsTo(postings []ledger.Posting) []*sanadv1.Posting {
	out := make([]*sanadv1.Posting, len(postings))
	for i, p := range postings {
		out[i] = postingTo(p)
	}
	return out
}

// entryTo writes an entry's head, without its postings.
func entryTo(e ledger.Entry) *sanadv1.Entry {
	out := &sanadv1.Entry{
		Id: e.ID.String(), Kind: string(e.Kind), ValueDate: dateTo(e.ValueOn), BookingDate: dateTo(e.BookedOn),
		RecordedAt: timeTo(e.RecordedAt), Reason: e.Reason,
	}
	if !e.Undoes.IsZero() {
		out.Undoes = e.Undoes.String()
	}
	return out
}

func wholeEntryTo(e ledger.Entry) *sanadv1.Entry {
	out := entryTo(e)
	out.Postings = postingsTo(e.Postings)
	return out
}

func approvalTo(p insurance.Proposal) *sanadv1.Approval {
	state := sanadv1.ApprovalState_APPROVAL_STATE_PROPOSED
	if p.Done {
		state = sanadv1.ApprovalState_APPROVAL_STATE_DONE
	}
	return &sanadv1.Approval{State: state, Maker: p.Maker, Approver: p.Approver}
}

// limitOf is the size of a page: 100 where none is named, 1,000 at most.
func limitOf(size int32) (int, error) {
	const usual, most = 100, 1000
	switch {
	case size == 0:
		return usual, nil
	case size < 0 || size > most:
		return 0, insurance.Fault{Field: "page_size", Reason: "PAGE_SIZE_INVALID", Text: fmt.Sprintf("from 1 to %d", most)}
	}
	return int(size), nil
}
