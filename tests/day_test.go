package tests

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
)

// day is a collector's day of contributions. Each is made from the number of its line alone: it is the same however
// often it is sent, and what must stand in the books is known without reading them.
type day struct{ members []string }

// midnight is when the day began.
var midnight = time.Date(2026, time.March, 10, 0, 0, 0, 0, time.UTC)

// contribution is that of a line. One in fifty names nobody.
func (d day) contribution(line int) *sanadv1.Contribution {
	return &sanadv1.Contribution{
		Collector: collector, Reference: reference(line), Payer: "Huda", PayerPhone: "+962791111111",
		Member:    &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_Typed{Typed: d.member(line)}},
		Amount:    &sanadv1.Money{CurrencyCode: currency, Amount: money(fils(line))},
		ValueTime: timestamppb.New(paidAt(line)),
	}
}

func (d day) member(line int) string {
	if suspended(line) {
		return "nobody known"
	}
	return d.members[line*7919%len(d.members)]
}

func suspended(line int) bool { return line%50 == 49 }

// reference looks like a receipt of M-Pesa's: the day, then what tells nothing, and no two alike.
func reference(line int) string {
	const all = 36 * 36 * 36 * 36 * 36 * 36 * 36
	shuffled := int64(line) * 28_211_012_345 % all // The factor shares no divisor with 36.
	return "UCA" + strings.ToUpper(strconv.FormatInt(all+shuffled, 36))[1:]
}

// fils is the amount of a line, in thousandths of a dinar.
func fils(line int) int64 { return 500 + int64(line)*37%4_001 }

func paidAt(line int) time.Time { return midnight.Add(time.Duration(line%86_400) * time.Second) }

// total is the sum of the first lines.
func total(lines int) (sum int64) {
	for line := range lines {
		sum += fils(line)
	}
	return sum
}

func money(fils int64) string { return ledger.Money{Minor: fils, Currency: currency}.Amount() }

// write writes the first lines as a plain statement.
func (d day) write(w io.Writer, lines int) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"reference", "time", "amount", "member", "payer", "payer_phone"}) // Flush tells the error.
	for line := range lines {
		c := d.contribution(line)
		_ = out.Write([]string{
			c.GetReference(), paidAt(line).Format(time.RFC3339), c.GetAmount().GetAmount(), d.member(line),
			c.GetPayer(), c.GetPayerPhone(),
		})
	}
	out.Flush()
	return out.Error()
}
