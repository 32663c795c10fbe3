package api

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// inside are sentinels that no caller of the API can meet; each says why.
var inside = map[string]string{
	"sqldb.ErrRefused":  "marks another error, by which it is named",
	"privacy.ErrSealed": "what is stored was changed: the log's business",
}

// Every exported sentinel of the domain has a line in the table, or a reason why it needs none.
func TestEverySentinelHasACode(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("status.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, folder := range []string{"../ledger", "../ledger/sqldb", "../services/insurance", "../payments/payout"} {
		for _, name := range sentinels(t, folder) {
			found++
			if _, ok := inside[name]; !ok && !strings.Contains(string(source), "{"+name+",") {
				t.Errorf("%s has no line in the table of status.go", name)
			}
		}
	}
	if found < 15 {
		t.Errorf("only %d sentinels were found", found)
	}
}

// sentinels are the exported variables Err… of the package in the folder.
func sentinels(t *testing.T, folder string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(folder + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			g, ok := decl.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					if strings.HasPrefix(name.Name, "Err") {
						names = append(names, parsed.Name.Name+"."+name.Name)
					}
				}
			}
		}
	}
	return names
}

func TestAnErrorIsItsFirstSentinelsCode(t *testing.T) {
	t.Parallel()
	for _, o := range outcomes {
		err := statusOf(fmt.Errorf("wrapped: %w", o.sentinel))
		if status.Code(err) != o.code {
			t.Errorf("%v is %v, want %v", o.sentinel, status.Code(err), o.code)
		}
	}
}

func TestAFaultHasTheCodeOfItsFamily(t *testing.T) {
	t.Parallel()
	for fault, want := range map[insurance.Fault]codes.Code{
		{Field: "a", Reason: "NAME_INVALID"}:            codes.InvalidArgument,
		{Field: "a", Reason: insurance.MemberUnknown}:   codes.NotFound,
		{Field: "a", Reason: insurance.CardNumberTaken}: codes.AlreadyExists,
		{Field: "a", Reason: insurance.MemberErased}:    codes.FailedPrecondition,
		{Field: "a", Reason: insurance.ReferenceReused}: codes.AlreadyExists,
		{Field: "a", Reason: insurance.BudgetShort}:     codes.FailedPrecondition,
		{Field: "a", Reason: insurance.ClaimSamePerson}: codes.FailedPrecondition,
		{Field: "a", Reason: insurance.ClaimUnknown}:    codes.NotFound,
		{Field: "a", Reason: insurance.FactsOverlap}:    codes.FailedPrecondition,
	} {
		refusal := refusalOf(fault)
		if codes.Code(refusal.GetCode()) != want || refusal.GetReason() != fault.Reason || len(refusal.GetFields()) != 1 {
			t.Errorf("%v: got %v", fault, refusal)
		}
	}
}

func TestWhatIsNotTheDomainsIsNotTold(t *testing.T) {
	t.Parallel()
	err := statusOf(errors.Join(errors.New("password=hunter2"), os.ErrPermission))
	if status.Code(err) != codes.Internal || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
	if _, known := outcomeOf(ledger.ErrFloor); !known {
		t.Error("a sentinel is not known")
	}
}
