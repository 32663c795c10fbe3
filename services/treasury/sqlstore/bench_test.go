package sqlstore_test

import (
	"context"
	"flag"
	"testing"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/tests/pgtest"
)

// grants is how many a benchmark's claim has: go test -bench DrawUp -benchtime 1x -args -grants 1000000
var grants = flag.Int("grants", 20_000, "the grants of a claim that is drawn up")

// BenchmarkDrawUp draws up a claim of many grants, among as many contributions in the books, and tells the lines a
// second, from the first read of the log to the hash.
func BenchmarkDrawUp(b *testing.B) {
	b.Run("SQLite", func(b *testing.B) { drawUpMany(b, "sqlite:"+b.TempDir()+"/bench.db") })
	b.Run("PostgreSQL", func(b *testing.B) { drawUpMany(b, pgtest.URL(b)) })
}

func drawUpMany(b *testing.B, url string) {
	s := open(b, url)
	for from := 0; from < *grants; from += 1000 {
		s.grantAndContribute(b, from, min(*grants, from+1000))
	}
	s.age(b)
	for b.Loop() {
		b.StopTimer()
		for _, table := range []string{"treasury_claim", "claim_line", "claim_share"} {
			s.sql(b, "DELETE FROM "+table)
		}
		b.StartTimer()
		if c := s.drawUp(b, drawing(endOfApril)); c.Lines != int64(*grants) {
			b.Fatalf("%d lines, want %d", c.Lines, *grants)
		}
	}
	b.ReportMetric(float64(b.N**grants)/b.Elapsed().Seconds(), "lines/s")
}

// grantAndContribute books contributions and a grant beside each, in one commit.
func (s server) grantAndContribute(t testing.TB, from, to int) {
	t.Helper()
	err := s.db.Update(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		var entries []ledger.Entry
		var need ledger.Need
		for n := from; n < to; n++ {
			g := grant(n, 0, int64(1+n%500), march.AddDays(n%40))
			g.Member = insurance.MemberIDOf([16]byte{byte(n), byte(n >> 8), byte(n >> 16), 7})
			g.Line.Year = 0
			matched, err := insurance.Granted(g)
			if err != nil {
				return err
			}
			paid, err := ledger.NewEntry(ledger.ID{0xc, byte(n), byte(n >> 8), byte(n >> 16), 1}, insurance.KindContribution, g.ValueOn,
				ledger.Dr(ledger.Account{Code: ledger.CollectorClearing, Party: "collector:mpesa", Currency: "JOD"}, 1000),
				ledger.Cr(ledger.Account{Code: ledger.OldAgeOwn, Party: g.Member.Party(), Scheme: "basic", Currency: "JOD"}, 1000))
			if err != nil {
				return err
			}
			entries = append(entries, matched, paid)
			need.Parties = append(need.Parties, matched.Party)
		}
		books := on(tx)
		page, err := books.Page(ctx, need)
		if err != nil {
			return err
		}
		if _, err := page.Post(entries...); err != nil {
			return err
		}
		return books.Save(ctx, page)
	})
	if err != nil {
		t.Fatal(err)
	}
}
