package statementtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// pick chooses one.
func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// anyone chooses a member.
func (d *day) anyone() Member { return pick(d.r, d.members...) }

// given is a good contribution for a member, not yet written. One in five is paid by somebody else.
func (d *day) given(m Member) line {
	payer := m
	if d.r.IntN(5) == 0 {
		payer = d.anyone()
	}
	account := d.account(m)
	return line{
		receipt: d.receipt(), at: d.now, status: "Completed", amount: d.amount(), account: account,
		reason: pick(d.r, "Pay Bill Online", "Pay Utility"), details: paidBy(payer, account), party: party(payer),
	}
}

// amount is a sum in thousandths: mostly small, one in twenty above a thousand.
func (d *day) amount() int64 {
	if d.r.IntN(20) == 0 {
		return 1_000_000 + int64(d.r.IntN(6000))*250
	}
	return 1000 + int64(d.r.IntN(200))*250
}

// account is how a payer names a member: by number, often with a space in it, or by phone in one of four spellings.
func (d *day) account(m Member) string {
	switch n := d.r.IntN(20); {
	case n < 7:
		return pick(d.r, Spellings(m.Phone)...)
	case n < 11 && len(m.Number) > 1:
		at := 1 + d.r.IntN(len(m.Number)-1)
		return m.Number[:at] + " " + m.Number[at:]
	}
	return m.Number
}

// Spellings are the ways people write a phone number that in E.164 has a country code of three digits, such as
// +962791234567: +962 79 123 4567, 00962791234567, 0791234567, 962-79-1234567.
func Spellings(phone string) []string {
	digits := strings.TrimPrefix(phone, "+")
	if len(digits) < 9 {
		return []string{phone}
	}
	country, network, own := digits[:3], digits[3:5], digits[5:]
	return []string{
		fmt.Sprintf("+%s %s %s %s", country, network, own[:3], own[3:]),
		"00" + digits,
		"0" + network + own,
		fmt.Sprintf("%s-%s-%s", country, network, own),
	}
}

// mistaken is a reference that names nobody: mistyped, left out, or a name.
func (d *day) mistaken(m Member) string {
	switch d.r.IntN(3) {
	case 0:
		return ""
	case 1:
		return strings.ToUpper(m.Name)
	}
	return d.mistyped(m.Number)
}

// mistyped strikes one key wrongly, and goes on striking until the number is nobody's.
func (d *day) mistyped(number string) string {
	b := []byte(number)
	if len(b) > 0 {
		b[d.r.IntN(len(b))] = byte('0' + d.r.IntN(10))
	}
	for d.known[string(b)] {
		b = append(b, byte('0'+d.r.IntN(10)))
	}
	return string(b)
}

// party is the payer as the portal shows her.
func party(m Member) string {
	return strings.TrimPrefix(m.Phone, "+") + " - " + strings.ToUpper(m.Name)
}

// paidBy is the portal's description of a pay-bill payment.
func paidBy(m Member, account string) string {
	return "Pay Bill from " + party(m) + " Acc. " + account
}

// grouped writes thousandths as the portal does: 1,250.000.
func grouped(amount int64) string {
	sign := ""
	if amount < 0 {
		sign, amount = "-", -amount
	}
	whole := fmt.Sprint(amount / 1000)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return fmt.Sprintf("%s%s.%03d", sign, whole, amount%1000)
}
