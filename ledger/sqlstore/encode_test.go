package sqlstore

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
)

func TestPostingsAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		e := ledger.Entry{Party: "member:a"}
		for range rapid.IntRange(0, 9).Draw(r, "lines") {
			p := ledger.Posting{Account: ledger.Account{
				Code:   ledger.Code(rapid.Int32Range(1000, 9999).Draw(r, "code")),
				Party:  ledger.Party(rapid.SampledFrom([]string{"member:a", "collector:mpesa-jo", "budget:mof.basic.2026-prior"}).Draw(r, "party")),
				Scheme: ledger.SchemeCode(rapid.SampledFrom([]string{"basic", ""}).Draw(r, "scheme")), Currency: "JOD",
			}}
			amount := rapid.Int64Range(1, 1<<62).Draw(r, "amount")
			if rapid.Bool().Draw(r, "debit") {
				p.Debit = amount
			} else {
				p.Credit = amount
			}
			e.Postings = append(e.Postings, p)
		}
		text := encodePostings(e, "basic")
		if !json.Valid([]byte(text)) {
			r.Fatalf("%s is not JSON", text)
		}
		got, err := decodePostings(text, e.Party, "basic", "JOD")
		if diff := cmp.Diff(append([]ledger.Posting{}, e.Postings...), got); err != nil || diff != "" {
			r.Fatalf("%s: %v\n%s", text, err, diff)
		}
	})
}

func TestPostingsThatWereTamperedWithAreNotRead(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":               "",
		"no list":               "[1100,5]",
		"an open list":          "[[1100,5]",
		"an open line":          "[[1100,5",
		"no net":                "[[1100]]",
		"a net that is a word":  `[[1100,"5"]]`,
		"a net that is large":   "[[1100,9223372036854775808]]",
		"a code that is none":   "[[x,5]]",
		"a party alone":         `[[1100,5,"member:a"]]`,
		"a party without quote": `[[1100,5,member:a,""]]`,
		"a fifth field":         `[[1100,5,"member:a","",1]]`,
		"something between":     "[[1100,5]x[2100,-5]]",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := decodePostings(text, "member:a", "basic", "JOD"); err == nil {
				t.Errorf("%s was read as %v", text, got)
			}
		})
	}
}
