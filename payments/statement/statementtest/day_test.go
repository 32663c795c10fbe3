package statementtest_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/payments/statement/statementtest"
)

var (
	on      = time.Date(2026, time.March, 14, 0, 0, 0, 0, time.UTC)
	members = []statementtest.Member{
		{Number: "JO20417", Phone: "+962791234567", Name: "Rania Haddad"},
		{Number: "JO20418", Phone: "+962785550101", Name: "Omar Nsour"},
	}
)

func generate(t *testing.T, mess statementtest.Mess, seed uint64, n int) (string, statementtest.Expected) {
	t.Helper()
	var b bytes.Buffer
	e, err := mess.Day(&b, seed, on, n, members)
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), e
}

func TestTheSameSeedGivesTheSameFile(t *testing.T) {
	first, e1 := generate(t, statementtest.Mess{}, 7, 500)
	again, e2 := generate(t, statementtest.Mess{}, 7, 500)
	other, _ := generate(t, statementtest.Mess{}, 8, 500)
	if first != again || e1 != e2 {
		t.Error("one seed gave two files")
	}
	if first == other {
		t.Error("two seeds gave one file")
	}
}

func TestADayOfAHundredLinesHasSomeOfEverySort(t *testing.T) {
	for seed := range uint64(200) {
		_, e := generate(t, statementtest.Mess{}, seed, 100)
		if sum := e.Contributions + e.Duplicates + e.Reversals + e.Failed + e.Settlements + e.Charges; sum != e.Lines || sum != 100 {
			t.Fatalf("seed %d: %d of %d lines counted", seed, sum, e.Lines)
		}
		for _, some := range []int{
			e.Contributions, e.Duplicates, e.Reversals, e.Failed, e.Settlements - 1, e.Charges, e.UnreadableAmounts,
			e.UnreadableTimes, e.WrongReferences, e.ReversalsAhead, e.ReversalsOtherAmount,
		} {
			if some < 1 {
				t.Fatalf("seed %d lacks a sort: %+v", seed, e)
			}
		}
	}
}

func TestMessCanBeSwitchedOff(t *testing.T) {
	none := statementtest.Mess{
		Duplicates: -1, Reversals: -1, Failed: -1, WrongReferences: -1, Unreadable: -1, Settlements: -1, Charges: -1,
	}
	_, got := generate(t, none, 7, 1000)
	want := statementtest.Expected{Lines: 1000, Contributions: 1000, Contributed: got.Contributed}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAPhoneIsWrittenInFourWays(t *testing.T) {
	want := []string{"+962 79 123 4567", "00962791234567", "0791234567", "962-79-1234567"}
	if diff := cmp.Diff(want, statementtest.Spellings("+962791234567")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	text, _ := generate(t, statementtest.Mess{}, 7, 1000)
	for _, spelling := range want {
		if !strings.Contains(text, ","+spelling+"\r\n") {
			t.Errorf("no account is written %q", spelling)
		}
	}
}

func TestAReceiptBeginsWithItsDate(t *testing.T) {
	tests := []struct {
		name string
		on   time.Time
		want string
	}{
		{"the first of January 2024", time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), "SA1"},
		{"the ninth of December 2025", time.Date(2025, 12, 9, 0, 0, 0, 0, time.UTC), "TL9"},
		{"the tenth", time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC), "UCA"},
		{"the last", time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC), "UCV"},
	}
	form := regexp.MustCompile(`^[A-Z]{2}[1-9A-V][A-Z0-9]{7}$`)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := statementtest.Receipt(tt.on, rand.New(rand.NewPCG(1, 2)))
			if !strings.HasPrefix(got, tt.want) || !form.MatchString(got) {
				t.Errorf("got %s, want %s and seven more", got, tt.want)
			}
		})
	}
}

func TestNobodyContributesNothing(t *testing.T) {
	if _, err := statementtest.Day(&bytes.Buffer{}, 7, on, 10, nil); !errors.Is(err, statementtest.ErrNoMembers) {
		t.Errorf("got %v, want ErrNoMembers", err)
	}
}

func TestAFullDiskIsReported(t *testing.T) {
	if _, err := statementtest.Day(failing{}, 7, on, 10, members); !errors.Is(err, errFull) {
		t.Errorf("got %v, want the disk's error", err)
	}
}

var errFull = errors.New("disk full")

// failing is a disk without room.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }
