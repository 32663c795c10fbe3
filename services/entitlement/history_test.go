package entitlement

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/insurance"
)

const her insurance.MemberID = "abcdefghijklmnopqrstuvwxya"

func hers(code ledger.Code) ledger.Account {
	return ledger.Account{Code: code, Party: her.Party(), Scheme: "basic", Currency: "JOD"}
}

var clearing = ledger.Account{Code: ledger.CollectorClearing, Party: "collector:mpesa", Currency: "JOD"}

// entry books an amount from clearing to a pot, or back where it is negative.
func entry(t testing.TB, id byte, kind ledger.Kind, on ledger.Date, pot ledger.Code, minor int64) ledger.Entry {
	t.Helper()
	postings := []ledger.Posting{ledger.Dr(clearing, minor), ledger.Cr(hers(pot), minor)}
	if minor < 0 {
		postings = []ledger.Posting{ledger.Dr(hers(pot), -minor), ledger.Cr(clearing, -minor)}
	}
	e, err := ledger.NewEntry(ledger.ID{id}, kind, on, postings...)
	if err != nil {
		t.Fatal(err)
	}
	e.RecordedAt = on.Time().Add(9 * time.Hour)
	return e
}

func TestWhatIsTakenBackCountsFromTheDayOnWhichItWas(t *testing.T) {
	t.Parallel()
	paid := entry(t, 1, insurance.KindContribution, 2026_03_01, ledger.HealthOwn, 500)
	paid.Reason = "PAYER_SPONSOR"
	back := ledger.Reverse(paid, ledger.ID{2})
	back.RecordedAt = ledger.Date(2026_04_10).Time()
	short := entry(t, 3, insurance.KindShortfall, 2026_03_01, ledger.HealthOwn, 200)
	elsewhere := entry(t, 5, insurance.KindContribution, 2026_03_02, ledger.HealthOwn, 70)
	elsewhere.Postings[1].Account.Scheme = "other"
	earned, _, err := insurance.Earned(insurance.Earning{ID: ledger.ID{4}, Member: her, Scheme: "basic", Currency: "JOD", Through: 2026_03_31,
		Parts: []insurance.PotShare{{Account: ledger.HealthOwn, Minor: 50}}})
	if err != nil {
		t.Fatal(err)
	}
	got := paymentsOf([]ledger.Entry{paid, back, short, earned, elsewhere}, "basic", time.UTC)
	want := []cover.Payment{
		{On: 2026_03_01, Minor: 500, Account: ledger.HealthOwn, Payer: insurance.PayerSponsor},
		{On: 2026_04_10, Minor: -500, Account: ledger.HealthOwn, Payer: insurance.PayerSponsor},
		{On: 2026_03_01, Minor: 200, Account: ledger.HealthOwn},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAClustersHolidayIsHersOnTheDaysThatSheBelongedToIt(t *testing.T) {
	t.Parallel()
	holiday := func(kind ClusterKind, name string) Holiday {
		return Holiday{Group: Cluster{kind, name}, Scheme: "basic", Reason: Drought, From: 2026_05_01, To: 2026_08_31}
	}
	facts := insurance.Facts{
		Categories: []insurance.Category{{Name: "farmer", Days: insurance.Days{From: 2026_06_01, To: 2026_07_31}}},
		Declared: []insurance.Declaration{
			{Name: "region", Value: "balqa", Days: insurance.Days{From: 2025_01_01}},
			{Name: "cluster", Value: "dairy-7", Days: insurance.Days{From: 2025_01_01, To: 2026_05_31}},
		},
	}
	k := known{id: her, facts: facts, entries: []ledger.Entry{entry(t, 1, insurance.KindContribution, 2025_06_01, ledger.HealthOwn, 10)}}
	late := k
	late.entries = []ledger.Entry{entry(t, 1, insurance.KindContribution, 2025_04_30, ledger.HealthOwn, 10)}
	ended := holiday(ByRegion, "balqa")
	ended.EndedOn = 2026_05_10
	never := holiday(ByRegion, "balqa")
	never.EndedOn = 2026_04_30
	days := func(from, to ledger.Date) []cover.Holiday {
		return []cover.Holiday{{Days: insurance.Days{From: from, To: to}, Reason: "drought"}}
	}
	for _, c := range []struct {
		name string
		of   known
		h    Holiday
		want []cover.Holiday
	}{
		{"of her region, on all its days", k, holiday(ByRegion, "balqa"), days(2026_05_01, 2026_08_31)},
		{"of another region", k, holiday(ByRegion, "irbid"), nil},
		{"of her category, while she was in it", k, holiday(ByCategory, "farmer"), days(2026_06_01, 2026_07_31)},
		{"of the cluster that she left", k, holiday(ByCluster, "dairy-7"), days(2026_05_01, 2026_05_31)},
		{"of the collector whom she paid through in the year before", k, holiday(ByCollector, "mpesa"), days(2026_05_01, 2026_08_31)},
		{"of a collector whom she paid through earlier only", late, holiday(ByCollector, "mpesa"), nil},
		{"of another collector", k, holiday(ByCollector, "airtel"), nil},
		{"ended early", k, ended, days(2026_05_01, 2026_05_10)},
		{"that never was", k, never, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.of.groups = []Holiday{c.h}
			if diff := cmp.Diff(c.want, c.of.holidays("basic", time.UTC)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOnlyANoticeThatWasGivenIsOnRecord(t *testing.T) {
	t.Parallel()
	notice := func(state NoticeState, scheme ledger.SchemeCode) Notice {
		return Notice{Scheme: scheme, Cover: "health", State: state, GivenOn: 2026_03_05, LapsesOn: 2026_03_11}
	}
	k := known{id: her, notices: []Notice{
		notice(NoticePending, "basic"), notice(NoticeFailed, "basic"), notice(NoticeGiven, "other"), notice(NoticeGiven, "basic"),
	}}
	want := []cover.Notice{{Cover: "health", On: 2026_03_05, Ends: 2026_03_10}}
	if diff := cmp.Diff(want, k.history("basic", time.UTC).Notices); diff != "" {
		t.Error(diff)
	}
}

func TestADeathThatIsNotConfirmedEndsNothing(t *testing.T) {
	t.Parallel()
	marked := known{facts: insurance.Facts{Death: insurance.Death{On: 2026_03_01, Source: "family"}}}
	if got := marked.history("basic", time.UTC).Died; got != 0 {
		t.Errorf("a mark alone says that she died on %s", got)
	}
	marked.facts.Death.ConfirmedBy = "samir"
	if got := marked.history("basic", time.UTC).Died; got != 2026_03_01 {
		t.Errorf("two people say that she died on 2026-03-01, the history %s", got)
	}
}
