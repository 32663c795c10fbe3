package treasury

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

func TestAPaymentIsDividedOverTheBudgetLines(t *testing.T) {
	t.Parallel()
	share := func(year int, prior bool, minor, withheld, paid int64) BudgetShare {
		return BudgetShare{year, prior, minor, withheld, paid}
	}
	for _, c := range []struct {
		name   string
		minor  int64
		shares []BudgetShare
		want   []int64
	}{
		{"all of one line", 500, []BudgetShare{share(2026, false, 500, 0, 0)}, []int64{500}},
		{"the oldest first", 600, []BudgetShare{share(2025, false, 400, 0, 0), share(2026, false, 500, 0, 0)}, []int64{400, 200}},
		{"then what is left", 300, []BudgetShare{share(2025, false, 400, 0, 400), share(2026, false, 500, 0, 200)}, []int64{0, 300}},
		{"what is withheld is not paid", 450, []BudgetShare{share(2025, false, 400, 350, 0), share(2026, false, 500, 100, 0)}, []int64{50, 400}},
		{"clawbacks of one year pay grants of another", 100, []BudgetShare{share(2025, false, -400, 0, 0), share(2026, false, 500, 0, 0)}, []int64{-400, 500}},
		{"and part of them where part is paid", 50, []BudgetShare{share(2025, false, -400, 0, 0), share(2026, false, 500, 0, 0)}, []int64{-400, 450}},
		{"a line that nobody keeps takes its part", 100, []BudgetShare{share(0, false, 60, 0, 0), share(2026, true, 40, 0, 0)}, []int64{60, 40}},
		{"paid back", -300, []BudgetShare{share(2025, false, -400, 0, 0), share(2026, false, 100, 0, 0)}, []int64{-400, 100}},
		{"paid back in part", -200, []BudgetShare{share(2025, false, -400, 0, 0), share(2026, false, 100, 0, 0)}, []int64{-300, 100}},
		{"a line where nothing is open", 10, []BudgetShare{share(2025, false, 0, 0, 0), share(2026, false, 10, 0, 0)}, []int64{0, 10}},
	} {
		if diff := cmp.Diff(c.want, allot(c.minor, c.shares)); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

func TestAClaimGoesItsWay(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 4, 5, 10, 0, 0, 0, time.UTC)
	drawn := Claim{ID: ClaimID{"mof", "basic", 7}, Currency: "JOD", State: DrawnUp, Phase: Frozen, Total: 500, Owed: 500, Drawn: Signature{"amal", at}}
	in := func(state State) Claim {
		c := drawn
		c.State = state
		return c
	}
	paid := func(minor int64) Claim {
		c := in(PartPaid)
		c.Paid = minor
		return c
	}
	owing := in(Verified)
	owing.Total = -500
	certify := func(person string) func(Claim) (Claim, error) {
		return func(c Claim) (Claim, error) { return c.certify(person, at) }
	}
	send := func(c Claim) (Claim, error) { return c.send("carim", at) }
	pay := func(minor int64) func(Claim) (Claim, error) {
		return func(c Claim) (Claim, error) { return c.pay(minor) }
	}
	seed := func(c Claim) (Claim, error) { return c.seeded("lottery 4711", "dina", at) }
	certifiedByBadr, seeded := in(Certified), in(Sent)
	certifiedByBadr.Certification = Signature{"badr", at}
	seeded.Seed = "another"
	for _, c := range []struct {
		name   string
		before Claim
		act    func(Claim) (Claim, error)
		want   State
		reason string
	}{
		{"another person certifies it", drawn, certify("badr"), Certified, ""},
		{"who drew it up does not", drawn, certify("amal"), DrawnUp, insurance.ClaimSamePerson},
		{"not in capitals either", drawn, certify("AMAL"), DrawnUp, insurance.ClaimSamePerson},
		{"certified again by the same person", certifiedByBadr, certify("badr"), Certified, ""},
		{"certified again by another", certifiedByBadr, certify("dina"), Certified, insurance.ClaimWrongState},
		{"one being drawn up is not certified", in(Drawing), certify("badr"), Drawing, insurance.ClaimWrongState},
		{"a certified one is sent", in(Certified), send, Sent, ""},
		{"one that nobody certified is not sent", drawn, send, DrawnUp, insurance.ClaimWrongState},
		{"a verified one is sent no more", in(Verified), send, Verified, insurance.ClaimWrongState},
		{"a sent one is not paid before it is verified", in(Sent), pay(500), Sent, insurance.ClaimWrongState},
		{"paid in full", in(Verified), pay(500), Paid, ""},
		{"paid in part", in(Verified), pay(200), PartPaid, ""},
		{"paid to the end", paid(200), pay(300), Paid, ""},
		{"overpaid", paid(200), pay(301), PartPaid, insurance.ClaimOverpaid},
		{"paid nothing", in(Verified), pay(0), Verified, insurance.ClaimOverpaid},
		{"paid the wrong way", in(Verified), pay(-500), Verified, insurance.ClaimOverpaid},
		{"paid back", owing, pay(-500), Paid, ""},
		{"paid back too much", owing, pay(-501), Verified, insurance.ClaimOverpaid},
		{"a seed is fixed once the lines are frozen", in(Sent), seed, Sent, ""},
		{"and only once", seeded, seed, Sent, insurance.SampleSeedFixed},
		{"not before", Claim{Phase: ReadingLog, State: Drawing}, seed, Drawing, insurance.ClaimWrongState},
	} {
		after, err := c.act(c.before)
		var fault insurance.Fault
		if errors.As(err, &fault); after.State != c.want || fault.Reason != c.reason || (err != nil) != (c.reason != "") {
			t.Errorf("%s: %s, %v; want %s, %q", c.name, after.State, err, c.want, c.reason)
		}
	}
}

func TestAClaimIsNamed(t *testing.T) {
	t.Parallel()
	want := ClaimID{"mof", "national-basic", 12}
	if got, err := ParseClaimID(want.String()); err != nil || got != want {
		t.Errorf("%v, %v", got, err)
	}
	for _, wrong := range []string{"", "mof.basic", "mof.basic.0", "mof.basic.-1", "mof.basic.07", "mof.basic.x", "mof.basic.7.1"} {
		if _, err := ParseClaimID(wrong); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("%q was taken: %v", wrong, err)
		}
	}
}

func TestWhatIsSetOffPutsTheClaimOnOneAccount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name               string
		total, owed, leaps int64
	}{
		{"nothing was due back", 500, 500, 0},
		{"what was due back lessens what is owed", 300, 500, 200},
		{"more is due back than was owed", -300, 200, 200},
		{"clawbacks of what was not paid lessen it below nought", -300, -200, -200},
		{"it makes nothing", 0, 200, 200},
	} {
		if got := (Claim{Total: c.total, Owed: c.owed}).setOff(); got != c.leaps {
			t.Errorf("%s: %d, want %d", c.name, got, c.leaps)
		}
	}
}
