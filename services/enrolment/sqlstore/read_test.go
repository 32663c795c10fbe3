package sqlstore

import (
	"context"
	"database/sql"
	"strings"
	"testing"
)

// A batch costs what its rows cost, and not what the register holds. With 512 rows given, and tables of which nothing is
// known, SQLite must begin with the rows and look the rest up.
func TestNoBatchReadsTheWholeRegister(t *testing.T) {
	db, err := sql.Open("sqlite", "file::memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, name := range []string{"0001_enrolment.sql", "0002_facts.sql"} {
		tables, err := migrations.ReadFile("migrations/sqlite/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), string(tables)); err != nil {
			t.Fatal(err)
		}
	}
	for name, query := range map[string]string{
		"members": readMembers, "registrations": readRegistered, "cards": readCards,
		"identifiers": readIdentifiers, "salts": readSalts, "facts": readFacts, "standing choices": readChoices,
	} {
		for _, step := range plan(t, db, query) {
			if strings.Contains(step, "SCAN") && !strings.Contains(step, "given") && !strings.Contains(step, "CONSTANT") {
				t.Errorf("%s: %s", name, step)
			}
		}
	}
}

func plan(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	const given = 512
	column := "hash"
	if strings.Contains(query, "given.member") {
		column = "member"
	}
	rows := strings.TrimSuffix(strings.Repeat("('x'), ", given), ", ")
	found, err := db.QueryContext(context.Background(),
		"EXPLAIN QUERY PLAN WITH given("+column+") AS (VALUES "+rows+") "+query)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	var steps []string
	for found.Next() {
		var id, parent, unused int
		var step string
		if err := found.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := found.Err(); err != nil || len(steps) < 3 {
		t.Fatalf("plan %v: %v", steps, err)
	}
	return steps
}
