package oldage

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	ledgersql "sanad.dev/sanad/ledger/sqlstore"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/oldage"
	"sanad.dev/sanad/services/pension"
)

// spends is somebody's drawing of what is payable to her, as by a payout that has settled.
func (h *house) spends(t check, party ledger.Party, scheme ledger.SchemeCode, minor int64) {
	t.Helper()
	if minor == 0 {
		return
	}
	must(t, h.DB.Update(context.Background(), func(ctx context.Context, tx *sqldb.Tx) error {
		books := ledgersql.On(tx)
		need := ledger.Need{}
		if party.Held() {
			need.Parties = []ledger.Party{party}
		}
		page, err := books.Page(ctx, need)
		if err != nil {
			return err
		}
		h.sent++
		e, err := ledger.NewEntry(ledger.ID{1, byte(h.sent), byte(h.sent >> 8)}, "paid-out", 2026_09_01,
			ledger.Dr(ledger.Account{Code: ledger.BenefitsPayable, Party: party, Scheme: scheme, Currency: currency}, minor),
			ledger.Cr(ledger.Account{Code: ledger.Bank, Party: "bank:one", Currency: currency}, minor))
		if err != nil {
			return err
		}
		if _, err := page.Post(e); err != nil {
			return err
		}
		return books.Save(ctx, page)
	}))
}

// lives takes a death off the record, by as many people as it takes.
func (h *house) lives(t check, member insurance.MemberID) {
	t.Helper()
	for _, person := range []string{"huda", "omar"} {
		_, _, err := h.Enrolment.UndoDeath(context.Background(), member, person)
		must(t, err)
	}
}

// again does something with a store that fails now and then, until it is done.
func again[T any](t *rapid.T, h *house, what string, do func(*pension.Service) (T, error)) T {
	for range rapid.IntRange(0, 3).Draw(t, what+" crashes") {
		store := &crashing{h.Pensions.Store, rapid.IntRange(1, 5).Draw(t, "transaction"), rapid.Bool().Draw(t, "after")}
		_, _ = do(&pension.Service{Store: store, Keys: h.Pensions.Keys})
	}
	done, err := do(h.Pensions)
	must(t, err)
	return done
}

// TestADeathThatNeverWasIsUndoneInFull: whoever is left behind, whatever they have drawn and been given besides, and
// wherever the machine dies, her savings and the reserve stand as before, everybody keeps what was drawn and what was
// hers otherwise, and the fund bears exactly what was drawn.
func TestADeathThatNeverWasIsUndoneInFull(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		scheme := h.publish(t, pays)
		rapid.Check(t, func(t *rapid.T) {
			if h.enough() {
				return
			}
			mona := h.saver(t, scheme, 1950_01_01, 2016_01_01, rapid.Int64Range(1, 900_000).Draw(t, "saved"))
			if rapid.Bool().Draw(t, "retired") {
				h.asks(t, scheme, oldage.Ask{Kind: oldage.Retire, Member: mona, On: 2026_01_15})
				h.gives(t, mona, scheme, 2026_02_01, rapid.Int64Range(1, 1_000).Draw(t, "saved later"))
				h.instalments(t, scheme, 2026_03)
			}
			widower := h.member(t, 1950_01_01, scheme, 0)
			parties := h.leaves(t, mona, widower)
			reserve := h.pool(t, ledger.PensionsInPayment, scheme)
			before := h.accounts(t, mona, scheme)
			lost := h.pool(t, ledger.WriteOffs, scheme)

			h.dies(t, mona, 2026_03_20)
			open := func(s *pension.Service) ([]pension.Opened, error) { return s.OpenSurvivors(context.Background(), mona) }
			opened := again(t, h, "open", open)
			if diff := cmp.Diff(opened, again(t, h, "open again", open)); diff != "" {
				t.Fatalf("opened again, it is otherwise:\n%s", diff)
			}
			left := h.on(t, 2100, mona, scheme) + h.on(t, 2110, mona, scheme)
			if len(opened) != 1 || opened[0].Granted == 0 || left != 0 {
				t.Fatalf("opened %+v, and %d is left", opened, left)
			}
			h.instalments(t, scheme, 2026_06)

			other := rapid.Int64Range(0, 5_000).Draw(t, "another benefit")
			drawn, want := map[ledger.Party]int64{}, int64(0)
			for _, party := range parties {
				owed := h.payable(t, party, scheme)
				drawn[party] = rapid.Int64Range(0, owed).Draw(t, "drawn")
				h.spends(t, party, scheme, drawn[party])
				want += drawn[party]
			}
			h.owes(t, widower.Party(), scheme, other)

			h.lives(t, mona)
			undo := func(s *pension.Service) ([]pension.Paid, error) { return s.UndoSurvivors(context.Background(), mona) }
			paid := again(t, h, "undo", undo)
			if diff := cmp.Diff(paid, again(t, h, "undo again", undo)); diff != "" {
				t.Fatalf("undone again, it is otherwise:\n%s", diff)
			}
			must(t, h.Pensions.Resume(context.Background(), mona.Party()))

			told := int64(0)
			for _, p := range paid {
				told += p.Minor
				if p.Minor != drawn[p.Party] {
					t.Fatalf("%s drew %d, and %d is told", p.Party, drawn[p.Party], p.Minor)
				}
			}
			if told != want || h.pool(t, ledger.WriteOffs, scheme)-lost != want {
				t.Fatalf("%d was drawn, %d is told, and the fund bears %d", want, told, h.pool(t, ledger.WriteOffs, scheme)-lost)
			}
			if diff := cmp.Diff(before, h.accounts(t, mona, scheme)); diff != "" {
				t.Fatalf("what is hers is not as before:\n%s", diff)
			}
			if now := h.pool(t, ledger.PensionsInPayment, scheme); now != reserve {
				t.Fatalf("the reserve stood at %d, and stands at %d", reserve, now)
			}
			for _, party := range parties {
				mine := int64(0)
				if party == widower.Party() {
					mine = other
				}
				if owed := h.payable(t, party, scheme); owed != mine {
					t.Fatalf("%s is owed %d, want %d", party, owed, mine)
				}
			}
			// Her own pension goes on, and nobody else's does.
			h.instalments(t, scheme, 2026_07)
			for _, party := range parties {
				if party != widower.Party() && h.payable(t, party, scheme) != 0 {
					t.Fatalf("%s is paid a pension of somebody who lives", party)
				}
			}
			h.clean(t)
		})
	})
}

// leaves puts on record whom a member would leave behind, and returns who is paid.
func (h *house) leaves(t *rapid.T, member, widower insurance.MemberID) []ledger.Party {
	facts := insurance.Facts{Dependants: []insurance.Dependant{{Name: "husband", Kind: insurance.Spouse, PayTo: widower.Party(), Days: insurance.Days{From: 2020_01_01}}}}
	parties := []ledger.Party{widower.Party()}
	for i := range rapid.IntRange(0, 3).Draw(t, "children") {
		child := insurance.Dependant{Name: fmt.Sprintf("child-%d", i), Kind: insurance.Child, Birth: insurance.Birth{Year: 2015}, Days: insurance.Days{From: 2020_01_01}}
		party := insurance.OwnName(h.Pensions.Keys, member, child.Name)
		if rapid.Bool().Draw(t, "has a guardian") {
			party = ledger.Party("payer:" + h.next("guardian"))
			child.PayTo = party
		}
		facts.Dependants, parties = append(facts.Dependants, child), append(parties, party)
	}
	h.know(t, member, facts)
	return parties
}

func (h *house) payable(t check, party ledger.Party, scheme ledger.SchemeCode) int64 {
	t.Helper()
	return h.stands(t, ledger.Account{Code: ledger.BenefitsPayable, Party: party, Scheme: scheme, Currency: currency})
}

// owes books another benefit to a member.
func (h *house) owes(t check, party ledger.Party, scheme ledger.SchemeCode, minor int64) {
	t.Helper()
	if minor == 0 {
		return
	}
	must(t, h.DB.Update(context.Background(), func(ctx context.Context, tx *sqldb.Tx) error {
		books := ledgersql.On(tx)
		page, err := books.Page(ctx, ledger.Need{Parties: []ledger.Party{party}})
		if err != nil {
			return err
		}
		h.sent++
		e, err := ledger.NewEntry(ledger.ID{2, byte(h.sent), byte(h.sent >> 8)}, "other-benefit", 2026_09_01,
			ledger.Dr(ledger.Account{Code: ledger.BenefitsIncurred, Party: insurance.Health.Party(), Scheme: scheme, Currency: currency}, minor),
			ledger.Cr(ledger.Account{Code: ledger.BenefitsPayable, Party: party, Scheme: scheme, Currency: currency}, minor))
		if err != nil {
			return err
		}
		if _, err := page.Post(e); err != nil {
			return err
		}
		return books.Save(ctx, page)
	}))
}

// TestASurvivorsPensionOfSomebodyWhoLivesNeverGoesOn: not even when the survivor's own death was a mistake too.
func TestASurvivorsPensionOfSomebodyWhoLivesNeverGoesOn(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		scheme := h.publish(t, pays)
		mona := h.saver(t, scheme, 1950_01_01, 2016_01_01, 600_000)
		widower := h.member(t, 1950_01_01, scheme, 0)
		h.know(t, mona, insurance.Facts{Dependants: []insurance.Dependant{{Name: "husband", Kind: insurance.Spouse, PayTo: widower.Party(), Days: insurance.Days{From: 2020_01_01}}}})
		h.asks(t, scheme, oldage.Ask{Kind: oldage.Retire, Member: mona, Plan: "life", On: 2026_01_15})
		h.dies(t, mona, 2026_03_20)
		opened, err := h.Pensions.OpenSurvivors(t.Context(), mona)
		must(t, err)
		same(t, "one scheme", 1, len(opened))
		h.lives(t, mona)
		_, err = h.Pensions.UndoSurvivors(t.Context(), mona)
		must(t, err)
		must(t, h.Pensions.Resume(t.Context(), mona.Party()))
		must(t, h.Pensions.Resume(t.Context(), widower.Party())) // as after a death of his that never was
		all, err := h.Pensions.Pensions(t.Context(), pension.Query{Of: mona.Party(), Limit: 10})
		must(t, err)
		standing := map[ledger.Party]bool{}
		for _, p := range all {
			standing[p.Payee] = p.EndedOn == 0
		}
		same(t, "hers goes on, and his does not", map[ledger.Party]bool{mona.Party(): true, widower.Party(): false}, standing)
		h.clean(t)
	})
}
