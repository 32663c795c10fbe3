package statement_test

import (
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/payments/statement"
	"sanad.dev/sanad/payments/statement/statementtest"
)

var members = []statementtest.Member{
	{Number: "JO20417", Phone: "+962791234567", Name: "Rania Haddad"},
	{Number: "JO20418", Phone: "+962785550101", Name: `Omar "Abu Layla" Nsour`},
	{Number: "JO20419", Phone: "+962770001122", Name: "Saad, Lina"},
	{Number: "JO20420", Phone: "+962799990000", Name: "سامي عودة"},
}

// recount counts a statement as statementtest.Expected does, from the lines alone.
func recount(t *testing.T, lines []statement.Line) statementtest.Expected {
	e := statementtest.Expected{Lines: len(lines)}
	first := map[string]statement.Line{}
	for _, l := range lines {
		before, seen := first[l.Reference]
		if !seen {
			first[l.Reference] = l
		}
		count(t, &e, l, before, seen)
	}
	for _, l := range first {
		if l.Kind == statement.KindReversal {
			original := first[l.Original]
			e.ReversalsAhead += one(original.Number > l.Number)
			e.ReversalsOtherAmount += one(original.Amount != l.Amount)
		}
	}
	e.WrongReferences = len(slices.DeleteFunc(slices.Collect(valuesOf(first)), named))
	return e
}

// count adds one line to the kind it belongs to.
func count(t *testing.T, e *statementtest.Expected, l, before statement.Line, seen bool) {
	switch {
	case seen:
		before.Number = l.Number
		if diff := cmp.Diff(before, l); diff != "" {
			t.Errorf("the same receipt twice with other content:\n%s", diff)
		}
		e.Duplicates++
	case l.Kind == statement.KindContribution:
		e.Contributions++
		e.Contributed += thousandths(t, l.Amount)
		e.UnreadableAmounts += one(l.Amount == "")
		e.UnreadableTimes += one(l.ValueTime.IsZero())
	case l.Kind == statement.KindReversal:
		e.Reversals++
		e.Reversed += thousandths(t, l.Amount)
	case l.Kind == statement.KindFailed:
		e.Failed++
	case l.BankAccount != "":
		e.Settlements++
		e.Settled += thousandths(t, l.Amount)
	default:
		e.Charges++
		e.Charged += thousandths(t, l.Amount)
	}
}

// named is true for a line that is no contribution or whose reference is a member's number or phone, however written.
func named(l statement.Line) bool {
	plain := strings.NewReplacer(" ", "", "-", "").Replace(l.Member)
	for _, m := range members {
		national := m.Phone[len("+962"):]
		if plain == m.Number || len(plain) >= 10 && strings.HasSuffix(plain, national) {
			return true
		}
	}
	return l.Kind != statement.KindContribution
}

func valuesOf(m map[string]statement.Line) func(yield func(statement.Line) bool) {
	return func(yield func(statement.Line) bool) {
		for _, l := range m {
			if !yield(l) {
				return
			}
		}
	}
}

// thousandths reads an amount exactly.
func thousandths(t *testing.T, amount string) int64 {
	if amount == "" {
		return 0
	}
	r, ok := new(big.Rat).SetString(amount)
	if !ok {
		t.Fatalf("amount %q", amount)
	}
	r.Mul(r, big.NewRat(1000, 1))
	if !r.IsInt() {
		t.Fatalf("amount %q has more than three decimals", amount)
	}
	return r.Num().Int64()
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

func TestAGeneratedDayIsReadAsItWasMade(t *testing.T) {
	for seed := range uint64(12) {
		for _, n := range []int{0, 1, 2, 20, 100, 3000} {
			var text strings.Builder
			want, err := statementtest.Day(&text, seed, on14March(0, 0, 0), n, members)
			if err != nil {
				t.Fatal(err)
			}
			got := recount(t, readAll(t, text.String(), options))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d, %d lines (-want +got):\n%s", seed, n, diff)
			}
		}
	}
}

// Only what the generator ruined is unreadable, and only in the cell it ruined.
func TestAGeneratedDayHasNothingElseToComplainOf(t *testing.T) {
	var text strings.Builder
	if _, err := statementtest.Day(&text, 7, on14March(0, 0, 0), 5000, members); err != nil {
		t.Fatal(err)
	}
	for _, l := range readAll(t, text.String(), options) {
		if (l.Unreadable != "") != (l.Amount == "" || l.ValueTime.IsZero()) {
			t.Errorf("got %+v", l)
		}
		if !l.ValueTime.IsZero() && l.ValueTime.In(amman).Day() != 14 {
			t.Errorf("line %d has %v", l.Number, l.ValueTime)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	var text strings.Builder
	if _, err := statementtest.Day(&text, 7, on14March(0, 0, 0), 10_000, members); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		r, _, err := statement.Open(strings.NewReader(text.String()), options)
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = r.Read()
		}
	}
}
