package cli

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/payments/payout/sandbox"
)

// railed gives the town a rail that fails the first call of what the test says.
func (w *town) withRail(t *testing.T) *sandbox.Rail {
	t.Helper()
	rails, done, err := railed{Rail: []string{"sandbox:" + w.folder + "/rail.db?odds=good&fee=25&settling=1ms&polling=1ms&returnable=0s"}}.open(t.Context(), Env{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	w.institution.Payouts.Rails = rails
	return rails["sandbox"].(*sandbox.Rail)
}

// owe books what the fund owes to a party.
func (w *town) owe(t *testing.T, party ledger.Party, minor int64) {
	t.Helper()
	e, err := ledger.NewEntry(ledger.ID{byte(minor), byte(minor >> 8), byte(len(party)), party[len(party)-1], 1}, "claim-approved", 2026_03_02,
		ledger.Dr(ledger.Account{Code: ledger.BenefitsIncurred, Party: "pool:health", Scheme: demoScheme, Currency: demoCurrency}, minor),
		ledger.Cr(ledger.Account{Code: ledger.BenefitsPayable, Party: party, Scheme: demoScheme, Currency: demoCurrency}, minor))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ledger.Append(t.Context(), w.institution.Books, e); err != nil {
		t.Fatal(err)
	}
}

// pay lets a worker do all that is due.
func (w *town) pay(t *testing.T) {
	t.Helper()
	worker := payout.Worker{Service: w.institution.Payouts, Name: "w"}
	for idle := 0; idle < 5; idle++ {
		n, err := worker.Work(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			idle = 0
		}
		time.Sleep(5 * time.Millisecond)
	}
}

var batchID = regexp.MustCompile(`Batch ([0-9a-f]{32})`)

func idIn(t *testing.T, s said) string {
	t.Helper()
	found := batchID.FindStringSubmatch(s.out)
	if found == nil {
		t.Fatalf("no batch in:\n%s%s", s.out, s.err)
	}
	return found[1]
}

func TestMoneyGoesOutByTwoPeoplesWord(t *testing.T) {
	w := newTown(t)
	rail := w.withRail(t)
	id := w.enrol(t, "Amal Haddad", "1234567", "+962790000001")
	w.owe(t, ledger.Party("member:"+id), 12_500)
	w.owe(t, "provider:clinic-1", 80_000)
	w.command(t, "payout", "float", "sandbox", "500.000", "--bank", "cbj-1", "--on", "2026-03-01", "--reference", "CBJ 1", "--person", "amal").must(t, exitGood, "Booked as entry")
	w.command(t, "payout", "destination", id, "--wallet", "+962795550199", "--rail", "sandbox", "--person", "amal").must(t, exitGood, "On record")
	made := w.command(t, "payout", "request", id, "--scheme", demoScheme, "--rail", "sandbox", "--reference", "claim-17", "--person", "amal").must(t, exitGood, "12.500 JOD", "waits for approval")
	w.command(t, "payout", "approve", idIn(t, made), "--person", "amal").must(t, exitWrong, "ask somebody else")
	w.command(t, "payout", "approve", idIn(t, made), "--person", "badr").must(t, exitGood, "approved")
	w.pay(t)
	w.command(t, "payout", "report", idIn(t, made)).must(t, exitGood, "settled", "12.500", "0.025", "It is at its end")

	// A list of two, of which the rail refuses one: it is followed up.
	file := w.file(t, "list.csv", "party,scheme,amount,destination\nprovider:clinic-1,"+demoScheme+",70.000,bank:JO94CBJO0010\nmember:"+id+","+demoScheme+",1.000,\n")
	w.command(t, "payout", "batch", file, "--count", "2", "--total", "71.001", "--rail", "sandbox", "--reference", "list", "--person", "amal").must(t, exitWrong, "71.001 JOD is declared")
	list := w.command(t, "payout", "batch", file, "--count", "2", "--total", "71.000", "--rail", "sandbox", "--reference", "list", "--person", "amal").must(t, exitGood, "2 lines")
	rail.Decide(func(payout.Key, int64) sandbox.Fate { return sandbox.Fate{Fails: true, Calls: 1} })
	w.command(t, "payout", "approve", idIn(t, list), "--person", "badr").must(t, exitGood)
	w.pay(t)
	w.command(t, "payout", "report", idIn(t, list)).must(t, exitWrong, "PAYEE_LIMIT_REACHED", "NOT_PAYABLE", "less stands to the payee's credit", "2 lines can be tried again")
	rail.Decide(nil)
	again := w.command(t, "payout", "follow-up", idIn(t, list), "--reference", "list-again", "--person", "amal").must(t, exitGood, "2 lines")
	w.command(t, "payout", "hold", "provider:clinic-1", "--reason", "UNDER_AUDIT", "--person", "amal").must(t, exitGood, "UNDER_AUDIT")
	w.command(t, "payout", "approve", idIn(t, again), "--person", "badr").must(t, exitGood)
	w.pay(t)
	w.command(t, "payout", "report", idIn(t, again)).must(t, exitWrong, "approved", "1 approved lines are held", "UNDER_AUDIT")
	w.command(t, "payout", "release", "provider:clinic-1", "--reason", "UNDER_AUDIT", "--person", "badr").must(t, exitGood)
	w.pay(t)
	listed := w.command(t, "payout", "list", "--batch", idIn(t, again), "--state", "settled").must(t, exitGood, "provider:clinic-1", "70.000")
	payoutID := regexp.MustCompile(`(?m)^  ([0-9a-f]{32})`).FindStringSubmatch(listed.out)[1]
	w.command(t, "payout", "show", payoutID).must(t, exitGood, "requested", "approved", "sending", "settled")
	w.command(t, "payout", "report").must(t, exitGood, "claim-17", "list-again")
	w.command(t, "payout", "withdraw", payoutID, "--person", "badr").must(t, exitWrong, "only what has not been sent")
	w.command(t, "payout", "resolve", payoutID, "paid", "--person", "badr").must(t, exitWrong, "only what is unknown")
	command(t, "verify", "--db", w.db).must(t, exitGood, "nothing is wrong")
	w.nowhere(t, "795550199", "JO94CBJO0010")
}

// nowhere fails where one of the texts stands in the database.
func (w *town) nowhere(t *testing.T, secrets ...string) {
	t.Helper()
	path := strings.TrimPrefix(w.db, "sqlite:")
	for _, file := range []string{path, path + "-wal"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("where money goes stands in the clear in %s", file)
			}
		}
	}
}

func TestAnErasedMembersPayoutFailsAndIsOwedStill(t *testing.T) {
	w := newTown(t)
	w.withRail(t)
	id := w.enrol(t, "Amal Haddad", "1234567", "+962790000001")
	w.owe(t, ledger.Party("member:"+id), 12_500)
	made := w.command(t, "payout", "request", id, "--wallet", "+962795550199", "--scheme", demoScheme, "--rail", "sandbox", "--reference", "a", "--person", "amal").must(t, exitGood)
	w.command(t, "payout", "approve", idIn(t, made), "--person", "badr").must(t, exitGood)
	for _, person := range []string{"amal", "badr"} {
		if _, err := w.server.members.EraseMember(t.Context(), &sanadv1.EraseMemberRequest{MemberId: id, Person: person}); err != nil {
			t.Fatal(err)
		}
	}
	w.pay(t)
	w.command(t, "payout", "report", idIn(t, made)).must(t, exitWrong, "RECIPIENT_ERASED", "nobody knows where to pay")
	command(t, "verify", "--db", w.db).must(t, exitGood, "nothing is wrong")
}

func TestARailsFlagIsReadAndItsMistakesAreNamed(t *testing.T) {
	t.Parallel()
	for flag, want := range map[string]string{
		"sandbox:":                   "write sandbox:PATH",
		"sandbox":                    "name it as KIND",
		"pigeon:post":                "a kind is sandbox",
		"sandbox:%s/r.db?colour=red": "no setting",
		"sandbox:%s/r.db?odds=even":  "odds are bad or good",
		"sandbox:%s/r.db?seed=x":     "invalid syntax",
		"sandbox:%s/r.db?timeout=0s": "needs a timeout",
	} {
		if strings.Contains(flag, "%s") {
			flag = fmt.Sprintf(flag, t.TempDir())
		}
		_, _, err := railed{Rail: []string{flag}}.open(t.Context(), Env{Now: time.Now})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", flag, err, want)
		}
	}
}

func TestEveryPayoutCommandHelpsWithExamples(t *testing.T) {
	for _, name := range []string{"request", "batch", "approve", "decline", "report", "follow-up", "list", "show", "withdraw", "resolve", "hold", "release", "destination", "float", "worker"} {
		command(t, "payout", name, "--help").must(t, exitGood, "Examples", "sanad payout "+name)
	}
}
