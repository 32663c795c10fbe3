package cli

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/api"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/enrolment"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/shadow"
	"sanad.dev/sanad/services/subsidy"
	"sanad.dev/sanad/tests/pgtest"
)

// halves is the rule in force: the state adds half of what is given, at most 60 a year.
const halves = `scheme: halves
name: Half
source: made up
currency: JOD
time_zone: Asia/Amman
region: JO
effective: 2020-01-01
pots:
  - {account: 2100, name: Old age, share: 1, pool: old-age}
facts:
  income: {type: number, text: What do you earn in a month?}
categories: [farmer]
subsidies:
  - id: match
    funder: treasury
    pot: 2110
    open_ended: true
    amount: [{times: 50%}]
    cap: 60
    round: {way: down}
`

// targeted is the rule that is tried: more, for those who earn little.
var targeted = strings.NewReplacer("name: Half", "name: More for less", "amount: [{times: 50%}]", `when: [{fact: income, up_to: 500, reason: INCOME_ABOVE_LIMIT}]
    amount: [{times: 80%}]`, "cap: 60", "cap: 100").Replace(halves)

// somebody is a kind of members, and what each of them gave.
type somebody struct {
	n             int
	sex           insurance.Sex
	income        string
	contributions []given
}

// given is a contribution in minor units.
type given struct {
	on    ledger.Date
	minor int64
}

// past is a database with members' facts and history, and the key to it.
type past struct {
	db, key string
	next    int
}

// newPast makes books in which the folder is published and the people have given what they gave.
func newPast(t *testing.T, url, folder string, people ...somebody) *past {
	t.Helper()
	p := &past{db: url, key: filepath.Join(t.TempDir(), "key")}
	i, err := institution(t.Context(), onStore{DB: p.db}, keyed{KeyFile: p.key})
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	scheme, err := i.Schemes.PublishFolder(t.Context(), rule.Folder{Scheme: []byte(folder)}, "test")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range people {
		for range s.n {
			p.add(t, i, scheme, s)
		}
	}
	return p
}

func onFile(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "books.db") }

func (p *past) add(t *testing.T, i *api.Institution, scheme insurance.Scheme, s somebody) {
	t.Helper()
	p.next++
	registered, err := i.Enrolment.Register(t.Context(), enrolment.Request{ID: fmt.Sprint(p.next), Person: insurance.Person{
		Name: fmt.Sprintf("Amal %d", p.next), Birth: insurance.Birth{On: 1990_01_01}, Documents: []insurance.Document{{Kind: "passport", Number: fmt.Sprint(p.next)}},
	}})
	if err != nil || registered[0].Err != nil {
		t.Fatal(err, registered)
	}
	facts := insurance.Facts{Sex: s.sex}
	if s.income != "" {
		facts.Declared = []insurance.Declaration{{Name: "income", Value: s.income}}
	}
	member := registered[0].Member.ID
	if _, err := i.Enrolment.RecordFacts(t.Context(), member, insurance.Change{Add: facts, By: "test"}); err != nil {
		t.Fatal(err)
	}
	for _, g := range s.contributions {
		if err := p.post(t.Context(), i, scheme, member, g); err != nil {
			t.Fatal(err)
		}
	}
}

// post books a contribution as a batch of one.
func (p *past) post(ctx context.Context, i *api.Institution, scheme insurance.Scheme, member insurance.MemberID, g given) error {
	p.next++
	r := insurance.Received{Collector: "mpesa", ValueOn: g.on, Amount: ledger.Money{Minor: g.minor, Currency: "JOD"}}
	binary.BigEndian.PutUint64(r.ID[8:], uint64(p.next))
	e, err := insurance.Contributed(r, member, scheme)
	if err != nil {
		return err
	}
	return i.Subsidies.Store.Update(ctx, func(ctx context.Context, tx subsidy.Tx) error {
		page, err := tx.Page(ctx, ledger.Need{Parties: []ledger.Party{member.Party()}})
		if err != nil {
			return err
		}
		if _, err := page.Post(e); err != nil {
			return err
		}
		return i.Subsidies.Settle(ctx, tx, page)
	})
}

// shadow tries a folder on the past.
func (p *past) shadow(t *testing.T, dir string, args ...string) said {
	t.Helper()
	return command(t, append([]string{"scheme", "shadow", dir, "--db", p.db, "--key-file", p.key}, args...)...)
}

func (p *past) report(t *testing.T, dir string, args ...string) (r shadow.Report) {
	t.Helper()
	out := p.shadow(t, dir, append(args, "--json")...).must(t, exitGood).out
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func tried(t *testing.T, text string) string {
	t.Helper()
	return folder(t, map[string]string{rule.SchemeFile: text})
}

var year = []string{"--from", "2025-01-01", "--to", "2025-12-31"}

// sixty are those of the examples: each has given 100 JOD, in two parts.
func sixty() []somebody {
	hundred := []given{{2025_03_10, 40_000}, {2025_07_20, 60_000}}
	return []somebody{
		{20, insurance.Female, "400", hundred}, {10, insurance.Female, "600", hundred},
		{15, insurance.Male, "500", hundred}, {15, insurance.Male, "501", hundred},
	}
}

func line(group string, members int64, base string, rules ...shadow.Outcome) shadow.Line {
	return shadow.Line{Group: group, Members: &members, Base: base, Rules: rules}
}

func madeOf(rule, due, change string, gainers, losers, unchanged int64, gains, losses string) shadow.Outcome {
	return shadow.Outcome{Rule: rule, Due: due, Change: change, Split: &shadow.Split{Gainers: gainers, Losers: losers, Unchanged: unchanged, Gains: gains, Losses: losses}}
}

// In force everybody is due 50. The rule makes 80 due to the 35 who earn little: 2,800 in all. Without its gate it would
// be 4,800; 7/12 of that for each is 46.666, and what rounding down leaves are 60 times two thirds of a thousandth.
func TestAShadowRunIsWhatOneComputesByHand(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"SQLite": onFile(t), "PostgreSQL": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := newPast(t, url, halves, sixty()...).report(t, tried(t, targeted), year...)
			all := line("", 60, "3000.000",
				madeOf("shadow", "2800.000", "-200.000", 35, 25, 0, "1050.000", "1250.000"),
				madeOf("twin, equal rate", "4800.000", "1800.000", 60, 0, 0, "1800.000", "0.000"),
				madeOf("twin, equal cost", "2799.960", "-200.040", 0, 60, 0, "0.000", "200.040"))
			called := func(name string) []shadow.Line { l := all; l.Group = name; return []shadow.Line{l} }
			want := shadow.Report{
				Scheme: "halves", Rule: "More for less", Currency: "JOD", From: "2025-01-01", To: "2025-12-31", Against: shadow.InForce, Fewest: 10,
				Twin: shadow.Twin{Made: true, Removed: []string{"scheme.yaml:18:12: condition: income within its bounds, or else INCOME_ABOVE_LIMIT"},
					Factor: "7/12", Residue: "0.040"},
				Total: all, Groups: []shadow.Breakdown{
					{By: "sex", Lines: []shadow.Line{
						line("female", 30, "1500.000", madeOf("shadow", "1600.000", "100.000", 20, 10, 0, "600.000", "500.000"),
							madeOf("twin, equal rate", "2400.000", "900.000", 30, 0, 0, "900.000", "0.000"),
							madeOf("twin, equal cost", "1399.980", "-100.020", 0, 30, 0, "0.000", "100.020")),
						line("male", 30, "1500.000", madeOf("shadow", "1200.000", "-300.000", 15, 15, 0, "450.000", "750.000"),
							madeOf("twin, equal rate", "2400.000", "900.000", 30, 0, 0, "900.000", "0.000"),
							madeOf("twin, equal cost", "1399.980", "-100.020", 0, 30, 0, "0.000", "100.020")),
					}},
					{By: "age", Lines: called("35-44")}, {By: "disability", Lines: called("no")},
					{By: "cluster", Lines: called("(none)")}, {By: "category", Lines: called("(none)")},
					{By: "refusal", Lines: []shadow.Line{
						line("INCOME_ABOVE_LIMIT", 25, "1250.000", madeOf("shadow", "0.000", "-1250.000", 0, 25, 0, "0.000", "1250.000"),
							madeOf("twin, equal rate", "2000.000", "750.000", 25, 0, 0, "750.000", "0.000"),
							madeOf("twin, equal cost", "1166.650", "-83.350", 0, 25, 0, "0.000", "83.350")),
						line("(none)", 35, "1750.000", madeOf("shadow", "2800.000", "1050.000", 35, 0, 0, "1050.000", "0.000"),
							madeOf("twin, equal rate", "2800.000", "1050.000", 35, 0, 0, "1050.000", "0.000"),
							madeOf("twin, equal cost", "1633.310", "-116.690", 0, 35, 0, "0.000", "116.690")),
					}},
				},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAShadowRunIsPrintedAsATable(t *testing.T) {
	t.Parallel()
	p := newPast(t, onFile(t), halves, sixty()...)
	p.shadow(t, tried(t, targeted), year...).must(t, exitGood,
		"More for less, tried on the history of halves from 2025-01-01 to 2025-12-31, in JOD. Nothing was booked.",
		"By sex  Members  Rule                    Due    Change  Gainers  Losers  Unchanged    Gains   Losses\n"+
			"female       30  in force          1,500.000\n"+
			"                 shadow            1,600.000  +100.000       20      10          0  600.000  500.000\n",
		"Taken away: scheme.yaml:18:12: condition: income within its bounds", "multiplied by 7/12; rounding down leaves 0.040 JOD.")
}

func TestAShadowRunAgainstTheBooksIsAgainstWhatTheyHaveGranted(t *testing.T) {
	t.Parallel()
	// Some reach the cap, some pay late, and in two years.
	uneven := []somebody{
		{20, insurance.Female, "400", []given{{2025_03_10, 140_000}, {2024_12_20, 30_000}, {2025_02_01, 20_001}}},
		{25, insurance.Male, "600", []given{{2025_11_30, 33_333}, {2025_11_30, 10_000}, {2026_01_01, 50_000}}},
	}
	p := newPast(t, onFile(t), halves, uneven...)
	inForce, booked := p.report(t, tried(t, targeted), year...), p.report(t, tried(t, targeted), append(year, "--against", "booked")...)
	if booked.Against != shadow.Booked {
		t.Errorf("it was compared with %s", booked.Against)
	}
	booked.Against = inForce.Against
	if diff := cmp.Diff(inForce, booked); diff != "" {
		t.Error(diff)
	}
	// 20 × 60, the cap, and 25 × 21.666 in 2025.
	if got, want := booked.Total.Base, "1741.650"; got != want {
		t.Errorf("%s is booked, want %s", got, want)
	}
}

func TestTheDaysOfTwoShadowRunsAddUpToThoseOfOne(t *testing.T) {
	t.Parallel()
	p := newPast(t, onFile(t), halves, sixty()...)
	dir := tried(t, targeted)
	spring := p.report(t, dir, "--from", "2025-01-01", "--to", "2025-05-31")
	rest := p.report(t, dir, "--from", "2025-06-01", "--to", "2025-12-31")
	// In spring 40 of the 100 were given: 20 are due in force and 32 by the rule that is tried.
	for _, test := range []struct{ what, got, want string }{
		{"in force in spring", spring.Total.Base, "1200.000"}, {"in force after it", rest.Total.Base, "1800.000"},
		{"tried in spring", spring.Total.Rules[0].Due, "1120.000"}, {"tried after it", rest.Total.Rules[0].Due, "1680.000"},
	} {
		if test.got != test.want {
			t.Errorf("%s: %s, want %s", test.what, test.got, test.want)
		}
	}
}

func TestAShadowRunChangesNothingInTheBooksAndIsTheSameAgain(t *testing.T) {
	t.Parallel()
	p := newPast(t, onFile(t), halves, sixty()...)
	dir := tried(t, targeted)
	before := rowsOf(t, p.db)
	first := p.shadow(t, dir, year...).must(t, exitGood)
	if again := p.shadow(t, dir, year...); again != first {
		t.Errorf("the second run says\n%s\nand the first\n%s", again.out, first.out)
	}
	if diff := cmp.Diff(before, rowsOf(t, p.db)); diff != "" {
		t.Error(diff)
	}
	command(t, "verify", "--db", p.db).must(t, exitGood, "nothing is wrong")
	for _, secret := range []string{"Amal", "1990", "member:"} {
		if strings.Contains(first.out+first.err, secret) {
			t.Errorf("%q is in the output", secret)
		}
	}
}

// content are the tables that a careless run might write to, and what of their rows is compared.
var content = map[string]string{
	"entry": "hex(id) || postings", "party_balance": "party || balances || coalesce(hex(note), '')", "account_total": "code || party || debit || credit",
	"batch": "hex(entries)", "member": "id || hex(sealed)", "member_facts": "member || hex(sealed)", "member_key": "member || hex(salt)",
	"scheme_version": "definition", "subsidy_wait": "line || member || minor", "subsidy_run": "name || members || moved",
}

// rowsOf are the rows of the tables, as text.
func rowsOf(t *testing.T, url string) map[string][]string {
	t.Helper()
	db, err := sqldb.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows := map[string][]string{}
	err = db.View(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		for table, text := range content {
			err := tx.QueryArgs(ctx, "SELECT "+text+" AS x FROM "+table+" ORDER BY x", nil, func(row sqldb.Scanner) error {
				var text string
				err := row.Scan(&text)
				rows[table] = append(rows[table], text)
				return err
			})
			if err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
		}
		return nil
	})
	if err != nil || len(rows["entry"]) == 0 || len(rows["member_facts"]) == 0 {
		t.Fatal("there are no rows", err)
	}
	return rows
}

func TestMembersOfWhomLittleIsKnownAreComparedToo(t *testing.T) {
	t.Parallel()
	p := newPast(t, onFile(t), halves, somebody{12, "", "", []given{{2025_03_10, 100_000}}}, somebody{12, insurance.Female, "400", []given{{2025_03_10, 100_000}}})
	r := p.report(t, tried(t, targeted), year...)
	var names []string
	for _, l := range r.Groups[0].Lines {
		names = append(names, l.Group)
	}
	if diff := cmp.Diff([]string{"female", "(not known)"}, names); diff != "" {
		t.Error(diff)
	}
	// Whose income is not known is refused by the rule that is tried, and not by its twin.
	if got := [2]string{r.Total.Rules[0].Due, r.Total.Rules[1].Due}; got != [2]string{"960.000", "1920.000"} {
		t.Errorf("due are %v", got)
	}
}

func TestARuleThatFailsForSomeLeavesThemOutAndSaysSo(t *testing.T) {
	t.Parallel()
	p := newPast(t, onFile(t), halves, sixty()...)
	dir := tried(t, strings.Replace(targeted, "amount: [{times: 80%}]", "amount: [{times: {over: [1, {minus: [income, 400]}]}}]", 1))
	got := p.shadow(t, dir, year...).must(t, exitWrong, "20 members ARE LEFT OUT of all figures: the shadow rule: division by zero.")
	if !strings.Contains(got.out, "40  in force          2,000.000") {
		t.Errorf("the others are not counted:\n%s", got.out)
	}
}

func TestARuleInStarlarkHasATwinWhereItNamesOne(t *testing.T) {
	t.Parallel()
	p := newPast(t, onFile(t), halves, sixty()...)
	const rules = "def paid(member, facts, p):\n    return facts.total * 0.8 if member.fact(\"income\") <= 500 else 0\n\ndef for_all(member, facts, p):\n    return facts.total * p.rate\n"
	for name, test := range map[string]struct{ twin, phrase string }{
		"named":     {"    twin: for_all\n", "multiplied by 7/12"},
		"not named": {"", "No universal twin could be made: scheme.yaml:19:5: subsidies.match: what paid refuses"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(halves, "    amount: [{times: 50%}]\n    cap: 60\n", "    rule: paid\n"+test.twin, 1)
			text = strings.Replace(text, "subsidies:\n", "parameters: {rate: 80%}\nsubsidies:\n", 1)
			dir := folder(t, map[string]string{rule.SchemeFile: text, rule.RulesFile: strings.ReplaceAll(rules, "0.8", "p.rate")})
			p.shadow(t, dir, year...).must(t, exitGood, "2,800.000", test.phrase)
		})
	}
}

func TestWhatIsUsedWrongInAShadowRunSaysWhatToDo(t *testing.T) {
	t.Parallel()
	p := newPast(t, onFile(t), halves, sixty()[0])
	noKey := filepath.Join(t.TempDir(), "none")
	otherKey := filepath.Join(t.TempDir(), "other")
	if _, err := LoadKey(otherKey); err != nil {
		t.Fatal(err)
	}
	good := tried(t, targeted)
	for name, test := range map[string]struct {
		code   int
		phrase string
		args   []string
	}{
		"no days":                {exitUsage, "--from", []string{good}},
		"a last day before":      {exitUsage, "not before", []string{good, "--from", "2025-02-01", "--to", "2025-01-31"}},
		"no database":            {exitUsage, "there is no database", append([]string{good, "--db", "sqlite:/nowhere/books.db"}, year...)},
		"no key":                 {exitUsage, "--key-file", append([]string{good, "--key-file", noKey}, year...)},
		"another key":            {exitWrong, "another key", append([]string{good, "--key-file", otherKey}, year...)},
		"no such scheme":         {exitUsage, "no such scheme", append([]string{good, "--scheme", "other"}, year...)},
		"another currency":       {exitUsage, "history is in JOD", append([]string{tried(t, strings.Replace(targeted, "JOD", "KES", 1))}, year...)},
		"no subsidies":           {exitUsage, "no subsidies", append([]string{tried(t, "scheme: halves\nname: x\ncurrency: JOD\nanswers: {premium: {amount: [{of: 5}]}}\n")}, year...)},
		"a folder with mistakes": {exitWrong, "did you mean", append([]string{tried(t, strings.Replace(targeted, "funder:", "fundr:", 1))}, year...)},
		"no folder":              {exitWrong, "there is no scheme.yaml", append([]string{t.TempDir()}, year...)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"scheme", "shadow", "--db", p.db, "--key-file", p.key}, test.args...)
			command(t, args...).must(t, test.code, test.phrase)
		})
	}
	if _, err := os.Stat(noKey); err == nil {
		t.Error("a key was made")
	}
}
