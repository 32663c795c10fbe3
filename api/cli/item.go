package cli

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	operator "sanad.dev/sanad/payments/statement"
)

// The limits of the contract, in bytes.
const (
	longestPayer      = 256
	longestUnreadable = 512
)

// request is a line as it goes over the wire.
func (p *poster) request(l operator.Line) *sanadv1.StreamContributionsRequest {
	switch l.Kind {
	case operator.KindReversal:
		return &sanadv1.StreamContributionsRequest{Item: &sanadv1.StreamContributionsRequest_Reversal{Reversal: &sanadv1.Reversal{
			Collector: p.collector, Reference: l.Reference, OriginalReference: l.Original,
			Amount: amountOf(l), ValueTime: timeOf(l.ValueTime), Unreadable: l.Unreadable,
		}}}
	case operator.KindWithdrawal:
		return &sanadv1.StreamContributionsRequest{Item: &sanadv1.StreamContributionsRequest_Withdrawal{Withdrawal: &sanadv1.Withdrawal{
			Collector: p.collector, Reference: l.Reference, BankAccount: l.BankAccount,
			Amount: amountOf(l), ValueTime: timeOf(l.ValueTime), Unreadable: l.Unreadable,
		}}}
	}
	return &sanadv1.StreamContributionsRequest{Item: &sanadv1.StreamContributionsRequest_Contribution{Contribution: p.contribution(l)}}
}

func (p *poster) contribution(l operator.Line) *sanadv1.Contribution {
	c := &sanadv1.Contribution{
		Collector: p.collector, Reference: l.Reference, Scheme: l.Scheme,
		Payer: clipped(l.Payer, longestPayer), PayerPhone: l.PayerPhone, PayerKind: payerKinds[l.PayerKind],
		Amount: amountOf(l), ValueTime: timeOf(l.ValueTime), Unreadable: l.Unreadable, Account: l.Account,
	}
	if c.Scheme == "" {
		c.Scheme = p.scheme
	}
	if l.Member != "" {
		c.Member = &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_Typed{Typed: l.Member}}
	}
	return c
}

var payerKinds = map[string]sanadv1.PayerKind{
	"self":        sanadv1.PayerKind_PAYER_KIND_SELF,
	"family":      sanadv1.PayerKind_PAYER_KIND_FAMILY,
	"sponsor":     sanadv1.PayerKind_PAYER_KIND_SPONSOR,
	"cooperative": sanadv1.PayerKind_PAYER_KIND_COOPERATIVE,
}

// amountOf is the amount where it and its currency could be read.
func amountOf(l operator.Line) *sanadv1.Money {
	if l.Amount == "" || l.Currency == "" {
		return nil
	}
	return &sanadv1.Money{CurrencyCode: l.Currency, Amount: l.Amount}
}

// timeOf writes an instant; one that could not be read is nil.
func timeOf(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

// ofTheLine are the fields that come from a line and can be left out of it.
var ofTheLine = []string{"amount", "value_time", "payer", "payer_phone", "payer_kind", "account", "member", "original_reference"}

// clearField empties the field that a refusal names, as in "amount.amount"; false where it is empty already or does not
// come from the line.
func clearField(item *sanadv1.StreamContributionsRequest, field string) bool {
	name, _, _ := strings.Cut(field, ".")
	m := messageOf(item)
	found := m.Descriptor().Fields().ByName(protoreflect.Name(name))
	if found == nil || !slices.Contains(ofTheLine, name) || !m.Has(found) {
		return false
	}
	m.Clear(found)
	return true
}

// note adds to what could not be read of the item.
func note(item *sanadv1.StreamContributionsRequest, text string) {
	m := messageOf(item)
	unreadable := m.Descriptor().Fields().ByName("unreadable")
	if before := m.Get(unreadable).String(); before != "" {
		text = before + "; " + text
	}
	m.Set(unreadable, protoreflect.ValueOfString(clipped(text, longestUnreadable)))
}

// messageOf is the contribution, reversal or withdrawal that the item is.
func messageOf(item *sanadv1.StreamContributionsRequest) protoreflect.Message {
	m := item.ProtoReflect()
	return m.Mutable(m.WhichOneof(m.Descriptor().Oneofs().ByName("item"))).Message()
}

// clipped shortens a text to at most n bytes and never in the middle of a character.
func clipped(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
