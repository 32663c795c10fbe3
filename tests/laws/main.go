// Command laws takes the laws out of the code, one line at a time, and sees a test fail each time: a law that nothing
// would catch if its line were deleted is no law. The sources are not touched: each change is laid over them for one
// run of go test.
//
//	go run ./tests/laws        all of them, some minutes
//	go run ./tests/laws L8     those of one law
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// removal is a line of the code without which a law does not hold, and the tests that must notice.
type removal struct {
	law, what     string
	file, line    string
	without       string
	packages, run string
}

const (
	books    = "./ledger/sqlstore"
	inMemory = "TestBooksInMemory"
	postgres = "TestBooksOnPostgres"

	shadowRuns = "./services/shadow"
	matching   = "./tests/matching"
	payouts    = "./payments/payout/sqlstore"
	entitled   = "./services/entitlement"
	oldAge     = "./tests/oldage"
)

var removals = []removal{
	{"L1", "debits may differ from credits", "ledger/entry.go", "if debit != credit {", "if debit != credit && false {", books, inMemory},
	{"L1", "an entry may have two currencies", "ledger/entry.go", "if p.Account.Currency != e.Currency() {", "if false {", books, inMemory},
	{"L2", "an entry may be undone twice", "ledger/page.go", "if by, undone := p.undoneBy[e.Undoes]; undone {", "if by, undone := p.undoneBy[e.Undoes]; undone && false {", books, inMemory},
	{"L2", "no index decides the race to undo", "ledger/sqlstore/migrations/postgres/0001_books.sql", "CREATE UNIQUE INDEX entry_undoes", "CREATE INDEX entry_undoes", books, postgres},
	{"L2", "a reversal may be reversed", "ledger/page.go", "case target.Kind == KindReversal:", "case false:", books, inMemory},
	{"L2", "a reversal need not mirror", "ledger/page.go", "case e.Kind == KindReversal && !e.mirrors(target):", "case false:", books, inMemory},
	{"L3", "other content counts as the same", "ledger/page.go", "if e.Fingerprint != content {", "if false {", books, inMemory},
	{"L3", "no index decides the race for a reference", "ledger/sqlstore/migrations/postgres/0001_books.sql", "CREATE UNIQUE INDEX entry_id", "CREATE INDEX entry_id", books, postgres},
	{"L3", "the content's hash leaves out the amount", "services/collection/prepare.go", "minorText(c.Amount), string(c.Amount.Currency),", "string(c.Amount.Currency),", "./api", "TestTheSameReference"},
	{"L3", "a grant may stand in two claims", "services/treasury/sqlstore/migrations/postgres/0002_claim.sql", "CREATE UNIQUE INDEX claim_line_grant", "CREATE INDEX claim_line_grant", "./services/treasury/sqlstore", "InOneClaimOnly/PostgreSQL"},
	{"L3", "a budget's movement may be sent again with other content", "services/treasury/move.go", "	if before.Fingerprint != m.Fingerprint {", "	if false {", "./services/treasury/sqlstore", "DoneOnce"},
	{"L11", "a claim's token is the same in every year", "services/treasury/line.go", "strconv.Itoa(f.Calendar.YearOf(on)), ", "", "./services/treasury/sqlstore", "TokenIsSteady"},
	{"L4", "a weak SQLite is opened", "ledger/sqldb/sqlite.go", `if mode != "wal" || synchronous < full {`, "if false {", "./ledger/sqldb", "Weak"},
	{"L4", "a weak PostgreSQL is opened", "ledger/sqldb/postgres.go", `if value == "off" {`, "if false {", "./ledger/sqldb", "Weak"},
	{"L4", "the error of COMMIT is ignored", "ledger/sqldb/tx.go", "if err := tx.Commit(); err != nil {", "if err := tx.Commit(); err != nil && false {", "./ledger/sqldb", "FailingCommit"},
	{"L5", "money for nobody known is refused", "services/collection/desk.go", "return d.suspend(p, received, scheme, reason, candidates)", "_ = candidates; return Receipt{}, errErased", "./api", "InSuspense"},
	{"L5", "an unreadable amount is refused", "services/insurance/contribution.go", `amount.Minor == 0 && unreadable == ""`, "amount.Minor == 0", "./api", "CannotBeRead"},
	{"L5", "a reversal may miss its original", "services/collection/commit.go", "if err := tx.HoldCalendar(ctx); err != nil {", "if err := error(nil); err != nil {", "./api", "SentAtOnce"},
	{"L6", "what is no longer due stays granted", "services/match/due.go", "case due < granted:", "case false:", matching, "Reversing"},
	{"L6", "an open appeal keeps nothing from being clawed back", "services/match/due.go", "case due < granted && c.objects:", "case false:", "./api", "NothingIsClawedBack"},
	{"L10", "who took part in a decision judges the objection", "services/cases/case.go", "case slices.ContainsFunc(c.TookPart, same):", "case false:", "./services/cases", "TookPart"},
	{"L10", "a case that is late stays with its judge", "services/cases/case.go", "	if !c.State.Open() || on <= c.AnswerBy {", "	if true {", "./services/cases", "NotDecidedInTime"},
	{"L10", "a mark of death holds payouts before she was told", "services/insurance/death.go", "return d.Confirmed() || d.NotifiedOn != 0", "return d.On != 0", "./services/insurance", "PayoutsWait"},
	{"L10", "who entered a death confirms it", "services/insurance/death.go", "case d.EnteredBy == person:", "case false:", "./services/insurance", "AMarkOfDeath"},
	{"L6", "periods after a late contribution are not judged", "services/match/due.go", "	a.later(id, p.End, ch.by)", "	_ = p.End", matching, "OrderOfArrival"},
	{"L6", "periods that something is carried to are not judged", "services/match/due.go", "	a.carried(id, p, ch.by)", "	_ = ch.by", matching, "OrderOfArrival"},
	{"L6", "a period looks at what came after its end", "services/rule/due.go", "in = in.through(p.End)", "in = in.through(ledger.LastDate)", "./services/rule", "LooksAtNothingAfter"},
	{"L6", "a later version cuts the past unasked", "services/match/rules.go", "v.scheme.CutsPast || v.begins <= p.Start {", "v.scheme.CutsPast || v.effectiveOn <= p.Start {", matching, "CutsThePast"},
	{"L6", "what was granted for periods that are gone stays", "services/match/due.go", "if len(a.all) > from && a.rules.moves(id) {", "if false {", matching, "PeriodsBecomeOthers"},
	{"L6", "better evidence takes back", "services/insurance/recorded.go", "variants = append(variants, sameDay)", "_ = sameDay", matching, "BetterEvidence"},
	{"L6", "who is erased loses what she has", "services/match/settle.go", "		return c.faceless", "		return nil", matching, "Erased"},
	{"L6", "a past without rules is not judged when there are some", "services/match/due.go", "if c.fresh {", "if false {", matching, "ReachBack"},
	{"L6", "a clawback goes to another line than the grant came from", "services/match/book.go", "line := b.line(b.c.scheme, g.Line)\n	e, err := insurance.ClawedBack", "line, _ := b.lineOf(b.valueOn(b.j))\n	e, err := insurance.ClawedBack", matching, "Reversing"},
	{"L6", "a grant is forgotten, and granted again", "services/match/book.go", "	given.Minor += minor", "	_ = given", matching, "BrokenOff"},
	{"L6", "who gave it is lost when a contribution moves", "services/insurance/posting.go", "by.reasonOfClaim(reason)", "reason", matching, "Moves"},
	{"L6", "a note that was tampered with is believed", "services/match/audit.go", "n.Minor != t.Minor || n.Count != t.Count", "false", matching, "Tampered"},
	{"L6", "a rule that fails takes what was granted", "services/match/due.go", "			made = at.granted", "			made = 0", matching, "RuleThatFails"},
	{"L6", "cover lapses by a notice that nobody was given", "services/entitlement/history.go", " && n.State == NoticeGiven {", " {", entitled, "OnRecord"},
	{"L6", "what is earned is booked again", "services/entitlement/run.go", "min(due[pot]-booked[pot],", "min(due[pot],", entitled, "DifferenceToWhatIsBooked"},
	{"L6", "a reversal takes cover that was given", "services/entitlement/history.go", "			if payment.Minor < 0 {", "			if false {", entitled, "TakenBack"},
	{"L11", "a provider is told all that the member is", "services/entitlement/get.go", "		Answer: cover.Answer{Scheme: e.Scheme, Person: e.Person, On: e.On, Covered: e.Covered, Until: e.Until},", "		Answer: e.Answer,", entitled, "Withheld"},
	{"L11", "a text tells a reason that tells a category", "services/entitlement/reason.go", "		if slices.Contains(open, r.Code) {", "		if true || slices.Contains(open, r.Code) {", entitled, "UnaskedAreAboutPayments"},
	{"L3", "a pension is decided again under the same reference", "services/pension/ask.go", "err != nil || found {\n		return before, err", "err != nil || found && false {\n		return before, err", oldAge, "AnAnnuity"},
	{"L6", "interest is credited again", "services/oldage/interest.go", "diff := due - h.booked(d, pot)", "diff := due - 0*h.booked(d, pot)", oldAge, "CreditedOnce"},
	{"L6", "interest bears interest in its own period", "services/oldage/interest.go", "		if m.Interest == d.Number {\n			continue", "		if false {\n			continue", oldAge, "CreditedOnce"},
	{"L6", "a deposit that comes late to an earlier period is not seen", "services/pension/interest.go", "		c.late[party] = true", "		_ = party", oldAge, "TheNextRunFinds"},
	{"L6", "what a correction takes of interest that is drawn is nobody's", "services/pension/interest.go", "	if short {", "	if short && false {", oldAge, "ThatSheHasDrawn"},
	{"L6", "an instalment is paid again", "services/pension/instalment.go", "		one.Paid++", "", oldAge, "PaidEveryMonthOnce"},
	{"L6", "who leaves keeps what has not vested", "services/rule/needs.go", "	if s.Vesting != nil {", "	if false {", oldAge, "Leaving"},
	{"L9", "a remainder of the pot is never paid", "services/oldage/retire.go", "if left := t.monthsLeft(n); left > 1 {", "if left := t.monthsLeft(n); left > 0 {\n		left = max(2, left)", "./services/oldage", "ComesOut"},
	{"L10", "one person decides on a pension", "services/pension/ask.go", "	return granted <= most, err", "	return granted <= most || true, err", oldAge, "DecidedByTwo"},
	{"L10", "a pension is paid to the dead", "services/pension/instalment.go", "on != 0 && on < month.FirstDay()", "false && on < month.FirstDay()", oldAge, "Leaves"},
	{"L7", "a late entry is booked on its value date", "ledger/date.go", "if value.Period() > c.ClosedThrough {", "if true {", books, inMemory},
	{"L7", "what is not certain yet is told", "ledger/sqlstore/read.go", "wait > 0 {", "wait > 0 && false {", books, inMemory},
	{"L7", "the calendar is not shared by batches", "ledger/sqlstore/page.go", `l.tx.ForShare("calendar")`, `""`, books, postgres + "/L7_a_closed"},
	{"L8", "a member may spend below zero", "ledger/page.go", "if control.Floored && now < 0 &&", "if control.Floored && false && now < 0 &&", books, inMemory},
	{"L8", "nobody waits before spending from a shared account", "ledger/sqlstore/total.go", "if err := l.lockSpends(ctx, spent); err != nil {", "if err := l.lockSpends(ctx, nil); err != nil {", books, postgres},
	{"L8", "who is told what is left does not hold it", "ledger/sqlstore/total.go", "if err := l.lockSpends(ctx, ordered); err != nil {", "if err := l.lockSpends(ctx, ordered[:0]); err != nil {", books, postgres},
	{"L8", "a shared account may be spent below zero", "ledger/sqlstore/total.go", "if b.Money().Minor < 0 {", "if false {", books, inMemory},
	{"L8", "a reversal's shortfall falls on nobody", "services/collection/desk.go", "	if short {", "	if short && false {", "./api", "HasUsed"},
	{"L8", "grants are not charged to their budget", "services/match/charge.go", "if c.line.Year == 0 {", "if true {", matching, "Exhaustion"},
	{"L8", "a head is not given back", "services/match/book.go", "	b.uncount(e)", "	_ = e", matching, "Reversing"},
	{"L8", "who comes later passes those who wait", "services/match/budget.go", "return others > 0", "return others > 0 && false", matching, "Exhaustion|Wait"},
	{"L8", "those who wait are passed where nobody looks", "services/match/charge.go", "if line.queues && unmet-line.unmetMore > 0 ||", "if line.queues && unmet < 0 ||", matching, "NotTheBatch"},
	{"L8", "what shares a batch is judged together when budgets are scarce", "services/match/settle.go", "ok && !g.apart {", "ok {", matching, "NotTheBatch"},
	{"L8", "the first takes what all should have a part of", "services/match/budget.go", "min(b.Part.of(want), max(0, left))", "min(want, max(0, left))", matching, "SamePart"},
	{"L8", "the queue is paid past who can't be paid", "services/match/budget.go", "return b.passed[line]", "return false", matching, "PaidInOrder"},
	{"L9", "sums overflow in silence", "ledger/money.go", "if (sum > a) != (b > 0) || sum == math.MinInt64 {", "if false {", books, inMemory},
	{"L9", "a split loses what is left", "ledger/money.go", "parts[largest].Minor++", "_ = parts", "./ledger", "Split"},
	{"L10", "suspense has no reason", "services/insurance/posting.go", "e.Fingerprint, e.Reason = r.Fingerprint, reason", "e.Fingerprint = r.Fingerprint", "./api", "InSuspense"},
	{"L11", "what was sent is kept in the clear", "services/collection/desk.go", "Sealed: sealed}", "Sealed: append(sealed, u.detail...)}", "./api", "InTheClear"},
	{"L11", "references are ids", "services/collection/prepare.go", "copy(id[2:], whole[:])", "copy(id[2:], reference+string(whole[:]))", "./api", "InTheClear"},
	{"L11", "a figure of a shadow run may rest on few", "services/shadow/withhold.go", "func safe(n int64) bool { return n == 0 || n >= Fewest }", "func safe(n int64) bool { return true }", shadowRuns, "Withheld"},
	{"L11", "what is withheld may be computed", "services/shadow/comparison.go", "	withhold(all...)\n", "", shadowRuns, "NoWithheld"},
	{"L11", "what is withheld may be few together", "services/shadow/withhold.go", "unknown > 1 && hidden.safe(a)", "unknown > 1", shadowRuns, "Withheld"},
	{"L11", "the difference of two sums may rest on few", "services/shadow/withhold.go", "return n.safeSums(nothing, shadowRule)", "return true", shadowRuns, "Withheld"},
	{"L11", "why a rule fails quotes what is known of a member", "services/shadow/service.go", `return f.whose + ": " + known.Error()`, `return f.whose + ": " + f.err.Error()`, shadowRuns, "LeftOut"},
	{"L13", "a match on remittance waits for nobody", "services/match/remitted.go", "now = min(due, max(now,", "now = min(due, max(due,", matching, "RemittanceWaits"},
	{"L13", "what was banked settles nothing", "services/match/remitted.go", "if p.Account.Code == ledger.CollectorClearing {", "if p.Account.Code != ledger.CollectorClearing {", matching, "RemittanceWaits"},
	{"L5", "the account of a contribution is lost", "services/insurance/given.go", "g.Account = AccountLabel(word[len(accountReason):])", "_ = word", matching, "Account"},
	{"L3", "a late answer counts", "payments/payout/state.go", "if p.Lease.Number != to.lease.Number {", "if false {", "./payments/payout", "Whatever"},
	{"L3", "who finds a lease ended sends", "payments/payout/state.go", "p.State == StateSending && p.Resend", "p.State == StateSending", "./payments/payout", "Whatever"},
	{"L3", "what may still arrive is sent again", "payments/payout/rail.go", "c.OncePerKey && since >= c.Settling", "c.OncePerKey", "./payments/payout", "SurelyAbsent"},
	{"L3", "what failed is followed up twice", "payments/payout/sqlstore/payout.go", "` AND p.followed_by IS NULL AND", "` AND", payouts, "FollowUp"},
	{"L8", "what is requested is payable again", "payments/payout/request.go", "stands[account] -= minor", "_ = minor", payouts, "PayableOnce"},
	{"L8", "what was spent meanwhile is approved", "payments/payout/state.go", "if payable < p.Amount.Minor {", "if false {", payouts, "SpentMeanwhile"},
	{"L8", "who made a batch approves it", "payments/payout/batch.go", "case samePerson(b.Maker, person):", "case false:", payouts, "FromTheRequest"},
	{"L12", "members' rows are not locked", "ledger/sqlstore/page.go", `l.tx.ForUpdate("b")`, `""`, books, postgres},
}

func main() {
	law := ""
	if len(os.Args) > 1 {
		law = os.Args[1]
	}
	missed := 0
	for _, r := range removals {
		if law != "" && r.law != law {
			continue
		}
		verdict := "a test fails"
		if err := r.noticed(); err != nil {
			verdict = "NOT NOTICED: " + err.Error()
			missed++
		}
		fmt.Printf("%-4s %-52s %s\n", r.law, r.what, verdict)
	}
	if missed > 0 {
		fmt.Printf("%d removals went unnoticed\n", missed)
		os.Exit(1)
	}
}

// noticed runs the tests without the line; nil where they fail, as they must. Code that no longer compiles is no test
// that fails.
func (r removal) noticed() error {
	overlay, cleanUp, err := r.overlay()
	if err != nil {
		return err
	}
	defer cleanUp()
	if out, err := exec.Command("go", "vet", "-overlay", overlay, r.packages).CombinedOutput(); err != nil && strings.Contains(string(out), "vet:") {
		return fmt.Errorf("without the line it does not compile: %s", out)
	}
	for range 3 { // a race that nothing keeps out is lost sooner or later
		test := exec.Command("go", "test", "-count=1", "-overlay", overlay, "-run", r.run, r.packages)
		test.Env = append(os.Environ(), "SANAD_REQUIRE_POSTGRES=1")
		out, err := test.CombinedOutput()
		if strings.Contains(string(out), "[build failed]") || strings.Contains(string(out), "no tests to run") {
			return fmt.Errorf("the tests did not run: %s", out)
		}
		if err != nil {
			return nil
		}
	}
	return fmt.Errorf("all tests of %s pass", r.run)
}

// overlay writes the file without the line, and the list that lays it over the sources.
func (r removal) overlay() (list string, cleanUp func(), err error) {
	source, err := os.ReadFile(r.file)
	if err != nil {
		return "", nil, err
	}
	if strings.Count(string(source), r.line) != 1 {
		return "", nil, fmt.Errorf("%s has %q %d times", r.file, r.line, strings.Count(string(source), r.line))
	}
	folder, err := os.MkdirTemp("", "sanad-laws-")
	if err != nil {
		return "", nil, err
	}
	cleanUp = func() { _ = os.RemoveAll(folder) }
	changed := filepath.Join(folder, filepath.Base(r.file))
	original, err := filepath.Abs(r.file)
	if err != nil {
		return "", cleanUp, err
	}
	if err := os.WriteFile(changed, []byte(strings.Replace(string(source), r.line, r.without, 1)), 0o600); err != nil {
		return "", cleanUp, err
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		return "", cleanUp, err
	}
	list = filepath.Join(folder, "overlay.json")
	return list, cleanUp, os.WriteFile(list, text, 0o600)
}
