// Command hledger compares the balances that hledger has added up from an exported journal with those of a trial
// balance that Sanad prints. It shares no code with either, so that no mistake of theirs is hidden by one of ours.
//
//	go run ./tests/hledger WHAT HLEDGER.csv TRIAL-BALANCE.csv
//
// The first file comes from "hledger bal --flat -N --layout bare -O csv", cut to "--depth 3" where the second is by
// control account; the second from "sanad trial-balance --format csv", with "--parties" or without. The program prints
// what it compared and exits with 1 where any account differs, or where there was nothing to compare.
package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"os"
	"slices"
	"strings"
)

// account is what both sides call an account: the party is empty for a control account.
type account struct{ code, scheme, party, currency string }

func (a account) String() string {
	return strings.Join([]string{a.code, a.scheme, a.party, a.currency}, " ")
}

// isMember says whether the account is a member's.
func (a account) isMember() bool { return strings.HasPrefix(a.party, "member:") }

// books are net balances, debits positive, exact in major units.
type books map[account]*big.Rat

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: hledger WHAT HLEDGER.csv TRIAL-BALANCE.csv")
		os.Exit(2)
	}
	if err := run(os.Stdout, os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

func run(out io.Writer, what, hledgerPath, sanadPath string) error {
	recomputed, err := read(hledgerPath, addHledger)
	if err != nil {
		return err
	}
	printed, err := read(sanadPath, addSanad)
	if err != nil {
		return err
	}
	return compare(out, what, recomputed, printed)
}

// compare prints how many accounts agree and names those that do not. An account that one side leaves out stands at
// zero there.
func compare(out io.Writer, what string, recomputed, printed books) error {
	if len(recomputed) == 0 || len(printed) == 0 {
		return fmt.Errorf("nothing to compare: hledger has %d balances, Sanad %d", len(recomputed), len(printed))
	}
	all := maps.Clone(recomputed)
	maps.Copy(all, printed)
	differing, members := 0, map[string]bool{}
	for _, a := range slices.SortedFunc(maps.Keys(all), byName) {
		if a.isMember() {
			members[a.party] = true
		}
		if got, want := recomputed.of(a), printed.of(a); got.Cmp(want) != 0 {
			differing++
			fmt.Fprintf(out, "  %s: hledger has %s, Sanad %s\n", a, got.FloatString(3), want.FloatString(3))
		}
	}
	fmt.Fprintf(out, "%s: %d balances compared", what, len(all))
	if len(members) > 0 {
		fmt.Fprintf(out, ", of %d members among others", len(members))
	}
	fmt.Fprintf(out, "; %d differ\n", differing)
	if differing > 0 {
		return fmt.Errorf("%d of %d balances differ", differing, len(all))
	}
	return nil
}

func byName(a, b account) int { return strings.Compare(a.String(), b.String()) }

func (bs books) of(a account) *big.Rat {
	if balance, ok := bs[a]; ok {
		return balance
	}
	return new(big.Rat)
}

// add adds to a balance, so that an account printed twice is counted twice.
func (bs books) add(a account, amount *big.Rat) { bs[a] = new(big.Rat).Add(bs.of(a), amount) }

// row is a line of a table by the names of its columns.
type row map[string]string

// read adds up the table in the file. An error names the file and the line.
func read(path string, add func(books, row) error) (books, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	bs, err := addUp(f, add)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return bs, nil
}

func addUp(r io.Reader, add func(books, row) error) (books, error) {
	table := csv.NewReader(r)
	columns, err := table.Read()
	if err != nil {
		return nil, fmt.Errorf("heading: %w", err)
	}
	bs := books{}
	for {
		fields, err := table.Read()
		if errors.Is(err, io.EOF) {
			return bs, nil
		}
		if err != nil {
			return nil, err
		}
		line := row{}
		for i, name := range columns {
			line[name] = fields[i]
		}
		if err := add(bs, line); err != nil {
			return nil, fmt.Errorf("%q: %w", fields, err)
		}
	}
}

// addHledger adds a balance of hledger's, whose account is named class:code:scheme, or class:code:scheme:kind:id; the
// scheme "_" is none.
func addHledger(bs books, line row) error {
	parts := strings.SplitN(line["account"], ":", 4)
	if len(parts) < 3 {
		return fmt.Errorf("account %q has no code and scheme", line["account"])
	}
	a := account{code: parts[1], scheme: parts[2], currency: line["commodity"]}
	if a.scheme == "_" {
		a.scheme = ""
	}
	if len(parts) == 4 {
		a.party = parts[3]
	}
	amount, err := parse(line["balance"])
	if err != nil {
		return err
	}
	bs.add(a, amount)
	return nil
}

// addSanad adds a row of the trial balance: debit less credit.
func addSanad(bs books, line row) error {
	for _, name := range []string{"code", "scheme", "currency", "debit", "credit"} {
		if _, ok := line[name]; !ok {
			return fmt.Errorf("no column %q", name)
		}
	}
	debit, err := parse(line["debit"])
	if err != nil {
		return err
	}
	credit, err := parse(line["credit"])
	if err != nil {
		return err
	}
	a := account{line["code"], line["scheme"], line["party"], line["currency"]}
	bs.add(a, debit.Sub(debit, credit))
	return nil
}

// parse reads a plain decimal; nothing is zero.
func parse(amount string) (*big.Rat, error) {
	if amount == "" {
		return new(big.Rat), nil
	}
	r, ok := new(big.Rat).SetString(amount)
	if !ok || strings.ContainsAny(amount, "/eE") {
		return nil, fmt.Errorf("amount %q is not a decimal", amount)
	}
	return r, nil
}
