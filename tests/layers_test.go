// Package tests checks the whole of Sanad from outside: its layers, its SQL, its commands and its books.
package tests

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "sanad.dev/sanad"

// layers is the line of arrows, main → api → services → payments → ledger: a folder imports only itself and those to
// its right.
var layers = []string{"main", "api", "services", "payments", "ledger"}

// deciders hold the rules, as pure functions of values.
var deciders = []string{"ledger", "services/insurance", "services/rule/exact", "services/rule/lint", "services/rule/script", "payments/statement", "services/oldage", "services/benefit", "services/cover"}

// TestTheHouseKeepsItsLayers reads every Go source of the module. It does not ask `go list`, whose answer the test
// cache may keep after a source has changed.
func TestTheHouseKeepsItsLayers(t *testing.T) {
	sources := goSources(t)
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			for _, s := range sources {
				for _, f := range rule.check(s) {
					t.Error(f)
				}
			}
		})
	}
}

// source is one Go file, named by its path in the module, with slashes.
type source struct {
	path string
	file *ast.File
	fset *token.FileSet
}

// finding is a breach of a rule, and what to do instead.
type finding struct {
	where, what, instead string
}

func (f finding) String() string {
	return fmt.Sprintf("%s: %s. Instead: %s.", f.where, f.what, f.instead)
}

func (s source) finding(n ast.Node, instead, format string, args ...any) finding {
	line := s.fset.Position(n.Pos()).Line
	return finding{fmt.Sprintf("%s:%d", s.path, line), fmt.Sprintf(format, args...), instead}
}

func (s source) folder() string    { return path.Dir(s.path) }
func (s source) isTest() bool      { return strings.HasSuffix(s.path, "_test.go") || s.layer() == "tests" }
func (s source) isTelemetry() bool { return path.Base(s.path) == "otel.go" }

// decides tells whether the file is one of those that hold rules; packages below them, such as stores, are not.
func (s source) decides() bool {
	return slices.Contains(deciders, s.folder()) && !s.isTest() && !s.isTelemetry()
}

// layer is the file's place in the line of arrows.
func (s source) layer() string { return layerOf(s.folder()) }

func layerOf(folder string) string {
	if folder == "." || folder == "" {
		return "main"
	}
	top, _, _ := strings.Cut(folder, "/")
	return top
}

// within tells whether a folder or import path is p or lies below it.
func within(folder, p string) bool { return folder == p || strings.HasPrefix(folder, p+"/") }

func withinAny(folder string, ps []string) bool {
	return slices.ContainsFunc(ps, func(p string) bool { return within(folder, p) })
}

// imported is an import of a source.
type imported struct {
	spec *ast.ImportSpec
	path string
}

// ours returns the folder of an import of this module.
func (i imported) ours() (string, bool) {
	if i.path == module {
		return ".", true
	}
	return strings.CutPrefix(i.path, module+"/")
}

func (i imported) isStandard() bool {
	first, _, _ := strings.Cut(i.path, "/")
	return !strings.Contains(first, ".")
}

func (s source) imports() []imported {
	var all []imported
	for _, spec := range s.file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			panic(err) // The parser has accepted it.
		}
		all = append(all, imported{spec, p})
	}
	return all
}

// rule is a law of the house that the sources can be asked about.
type rule struct {
	name  string
	check func(source) []finding
}

const (
	arrows    = "arrows point from main to api to services to payments to ledger"
	pureBooks = "ledger imports only the standard library and decimal"
	pure      = "packages that decide touch no database, network or operating system"
	outside   = "only api knows gRPC, protobuf and HTTP, and rails HTTP"
	apart     = "use cases do not import each other"
	clock     = "the time comes in as a value"
	names     = "packages are named after what they hold"
	floats    = "no floating point touches money"
)

var rules = []rule{
	{arrows, checkArrows},
	{pureBooks, checkLedger},
	{pure, checkDeciders},
	{outside, checkOutside},
	{apart, checkUseCases},
	{clock, checkClock},
	{names, checkNames},
	{floats, checkFloats},
}

func checkArrows(s source) []finding {
	from := slices.Index(layers, s.layer())
	if s.layer() == "tests" {
		return nil
	}
	if from < 0 {
		return []finding{s.finding(s.file.Name, "put the code into one of "+strings.Join(layers, ", ")+" or tests",
			"folder %s is not in the picture of DESIGN section 3", s.layer())}
	}
	var found []finding
	for _, i := range s.imports() {
		folder, ours := i.ours()
		if !ours || layerOf(folder) == "tests" && s.isTest() {
			continue
		}
		if to := slices.Index(layers, layerOf(folder)); to < from {
			found = append(found, s.finding(i.spec, "move the type to the right, or name an interface here and let main join the two",
				"%s imports %s, against the arrows %s", s.layer(), folder, strings.Join(layers, " → ")))
		}
	}
	return found
}

func checkLedger(s source) []finding {
	if s.folder() != "ledger" || s.isTest() || s.isTelemetry() {
		return nil
	}
	var found []finding
	for _, i := range s.imports() {
		if !i.isStandard() && i.path != "github.com/shopspring/decimal" {
			found = append(found, s.finding(i.spec, "do it in a store, a service or otel.go",
				"the books import %s", i.path))
		}
	}
	return found
}

var effects = []string{"database/sql", "google.golang.org/grpc", "google.golang.org/protobuf", "net", "os"}

func checkDeciders(s source) []finding {
	if !s.decides() {
		return nil
	}
	var found []finding
	for _, i := range s.imports() {
		if withinAny(i.path, effects) {
			found = append(found, s.finding(i.spec, "take a value, an io.Reader or a small interface",
				"%s decides, yet imports %s", s.folder(), i.path))
		}
	}
	return found
}

var wire = []string{
	"net/http", "html/template", "google.golang.org/grpc", "google.golang.org/protobuf", "google.golang.org/genproto",
	"github.com/grpc-ecosystem", "github.com/golang/protobuf", "buf.build", module + "/api/sanad",
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc", "go.opentelemetry.io/contrib/instrumentation/net/http",
}

// rails speak HTTP with operators; the operators that are not real lie beside them.
var rails = []string{"payments/payout/gsma"}

func checkOutside(s source) []finding {
	if s.layer() == "api" || s.layer() == "tests" {
		return nil
	}
	var found []finding
	for _, i := range s.imports() {
		if within(i.path, "net/http") && withinAny(s.folder(), rails) {
			continue
		}
		if withinAny(i.path, wire) {
			found = append(found, s.finding(i.spec, "do it in api, and convert to the domain's types there",
				"%s imports %s, which only api knows", s.folder(), i.path))
		}
	}
	return found
}

// vocabulary is what every use case may speak: words and pure rules.
var vocabulary = []string{"insurance", "privacy", "rule", "match", "oldage", "benefit", "cover"}

func checkUseCases(s source) []finding {
	here, ok := useCase(s.folder())
	if !ok {
		return nil
	}
	var found []finding
	for _, i := range s.imports() {
		folder, _ := i.ours()
		there, ok := useCase(folder)
		if ok && there != here && !slices.Contains(vocabulary, there) {
			found = append(found, s.finding(i.spec, "put the shared word or pure rule into services/insurance, and let main join the two",
				"use case %s imports use case %s", here, there))
		}
	}
	return found
}

// useCase returns which folder of services a folder belongs to: services/collection/sqlstore is collection.
func useCase(folder string) (string, bool) {
	below, ok := strings.CutPrefix(folder, "services/")
	name, _, _ := strings.Cut(below, "/")
	return name, ok
}

func checkClock(s source) []finding {
	if s.path == "main.go" || s.isTest() {
		return nil
	}
	var found []finding
	for _, sel := range selectors(s.file) {
		if sel.Sel.Name == "Now" && isIdent(sel.X, s.nameOf("time")) {
			found = append(found, s.finding(sel, "take the time as an argument, or a field Now func() time.Time that main sets",
				"time.Now is named outside main.go"))
		}
	}
	return found
}

// nameOf returns the name under which a source knows an imported package of the standard library.
func (s source) nameOf(pkg string) string {
	for _, i := range s.imports() {
		if i.path == pkg && i.spec.Name != nil {
			return i.spec.Name.Name
		}
	}
	return path.Base(pkg)
}

var emptyNames = []string{"pkg", "common", "util", "utils", "models", "helpers"}

func checkNames(s source) []finding {
	const instead = "name the package after the noun it holds; a little copying beats a common"
	for _, name := range append(strings.Split(s.folder(), "/"), s.file.Name.Name) {
		if slices.Contains(emptyNames, strings.TrimSuffix(name, "_test")) {
			return []finding{s.finding(s.file.Name, instead, "%q says nothing about what is in it", name)}
		}
	}
	return nil
}

// floating is what floating point is called in Go, and by the ways into and out of it.
var floating = regexp.MustCompile(`^(float(32|64)|Float(32|64)\w*|ParseFloat|NewFromFloat\w*|InexactFloat64)$`)

// mantissa is a literal such as 0.5; 1e6 is a whole number.
var mantissa = regexp.MustCompile(`\.|[pP]`)

func checkFloats(s source) []finding {
	if !withinAny(s.folder(), []string{"ledger", "payments", "services"}) || s.isTest() || s.isTelemetry() {
		return nil
	}
	const instead = "money is ledger.Money in whole minor units, a rate is a decimal.Decimal from text"
	var found []finding
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if floating.MatchString(n.Name) {
				found = append(found, s.finding(n, instead, "%s is floating point (L9)", n.Name))
			}
		case *ast.BasicLit:
			if n.Kind == token.FLOAT && mantissa.MatchString(n.Value) {
				found = append(found, s.finding(n, instead, "%s is floating point (L9)", n.Value))
			}
		}
		return true
	})
	return found
}

func selectors(file *ast.File) []*ast.SelectorExpr {
	var all []*ast.SelectorExpr
	ast.Inspect(file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			all = append(all, sel)
		}
		return true
	})
	return all
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// TestEachLayerRuleBites gives each rule sources that break it, which it must find, and their good neighbours, in which
// no rule may find anything.
func TestEachLayerRuleBites(t *testing.T) {
	bitten := map[string]bool{}
	for _, c := range layerCases {
		t.Run(c.name, func(t *testing.T) {
			s := parse(t, c.path, c.src)
			got := ""
			for _, rule := range rules {
				for _, f := range rule.check(s) {
					got = rule.name
					assertComplete(t, f, c.path)
				}
			}
			if got != c.broken {
				t.Errorf("broken is %q, want %q", got, c.broken)
			}
			bitten[c.broken] = true
		})
	}
	for _, rule := range rules {
		if !bitten[rule.name] {
			t.Errorf("no case breaks the rule %q", rule.name)
		}
	}
}

func assertComplete(t *testing.T, f finding, path string) {
	t.Helper()
	if !regexp.MustCompile(`^`+regexp.QuoteMeta(path)+`:\d+$`).MatchString(f.where) || f.what == "" || f.instead == "" {
		t.Errorf("the message lacks the file, the line or what to do instead: %s", f)
	}
}

// layerCases break one rule each, or none.
var layerCases = []struct{ name, path, src, broken string }{
	{"main imports everything", "main.go", `package main; import _ "sanad.dev/sanad/api/cli"; import _ "sanad.dev/sanad/ledger/sqldb"`, ""},
	{"services import the books", "services/collection/a.go", `package collection; import _ "sanad.dev/sanad/ledger"`, ""},
	{"payments import themselves", "payments/bank/a.go", `package bank; import _ "sanad.dev/sanad/payments"`, ""},
	{"the books import services", "ledger/sqlstore/a.go", `package sqlstore; import _ "sanad.dev/sanad/services/insurance"`, arrows},
	{"payments import services", "payments/a.go", `package payments; import _ "sanad.dev/sanad/services/collection"`, arrows},
	{"services import api", "services/collection/a.go", `package collection; import _ "sanad.dev/sanad/api/cli"`, arrows},
	{"api imports main", "api/a.go", `package api; import _ "sanad.dev/sanad"`, arrows},
	{"a test imports tests", "ledger/sqlstore/a_test.go", `package sqlstore; import _ "sanad.dev/sanad/tests/pgtest"`, ""},
	{"production code imports tests", "ledger/sqlstore/a.go", `package sqlstore; import _ "sanad.dev/sanad/tests/pgtest"`, arrows},
	{"tests import everything", "tests/e2e/a.go", `package e2e; import _ "sanad.dev/sanad"; import _ "google.golang.org/grpc"; import "time"; var _ = time.Now`, ""},
	{"a folder outside the picture", "deploy/a.go", `package deploy`, arrows},

	{"the books use decimal", "ledger/a.go", `package ledger; import "context"; import _ "github.com/shopspring/decimal"; var _ context.Context`, ""},
	{"the books use a library", "ledger/a.go", `package ledger; import _ "github.com/google/uuid"`, pureBooks},
	{"the books use their own store", "ledger/a.go", `package ledger; import _ "sanad.dev/sanad/ledger/sqldb"`, pureBooks},
	{"a test of the books uses rapid", "ledger/a_test.go", `package ledger; import _ "pgregory.net/rapid"`, ""},
	{"telemetry of the books", "ledger/otel.go", `package ledger; import _ "go.opentelemetry.io/otel"; var seconds float64`, ""},

	{"a store uses a database", "ledger/sqlstore/a.go", `package sqlstore; import _ "database/sql"`, ""},
	{"the books use a database", "ledger/a.go", `package ledger; import _ "database/sql/driver"`, pure},
	{"a rule reads a file", "services/insurance/a.go", `package insurance; import _ "os"`, pure},
	{"a statement reader opens a connection", "payments/statement/a.go", `package statement; import _ "net"`, pure},
	{"a name that begins like net", "payments/statement/a.go", `package statement; import _ "netlike"`, ""},

	{"api serves gRPC", "api/a.go", `package api; import _ "google.golang.org/grpc/codes"; import _ "net/http"`, ""},
	{"a use case knows gRPC's codes", "services/collection/a.go", `package collection; import _ "google.golang.org/grpc/codes"`, outside},
	{"a use case knows the contract's messages", "services/collection/a.go", `package collection; import _ "google.golang.org/protobuf/proto"`, outside},
	{"a rail calls an operator over HTTP", "payments/payout/gsma/a.go", `package gsma; import _ "net/http"`, ""},
	{"a rail speaks gRPC", "payments/payout/gsma/a.go", `package gsma; import _ "google.golang.org/grpc"`, outside},
	{"payouts know HTTP", "payments/payout/a.go", `package payout; import _ "net/http"`, outside},
	{"main serves HTTP", "main.go", `package main; import _ "net/http"`, outside},

	{"a store of a use case imports it", "services/collection/sqlstore/a.go", `package sqlstore; import _ "sanad.dev/sanad/services/collection"`, ""},
	{"a use case imports the vocabulary", "services/collection/a.go", `package collection; import _ "sanad.dev/sanad/services/insurance"`, ""},
	{"a use case imports another", "services/collection/a.go", `package collection; import _ "sanad.dev/sanad/services/subsidy"`, apart},
	{"a store imports another use case", "services/collection/sqlstore/a.go", `package sqlstore; import _ "sanad.dev/sanad/services/subsidy"`, apart},
	{"the vocabulary imports a use case", "services/insurance/a.go", `package insurance; import _ "sanad.dev/sanad/services/subsidy"`, apart},

	{"main names the clock", "main.go", `package main; import "time"; var now = time.Now`, ""},
	{"a test names the clock", "ledger/a_test.go", `package ledger; import "time"; var now = time.Now`, ""},
	{"api names the clock", "api/a.go", `package api; import "time"; var now = time.Now()`, clock},
	{"the clock under another name", "api/a.go", `package api; import t "time"; var now = t.Now()`, clock},
	{"the clock of another file in main's folder", "other.go", `package main; import "time"; var now = time.Now`, clock},
	{"a field called Now", "api/a.go", `package api; import "time"; func f(s struct{ Now func() time.Time }) { s.Now() }`, ""},

	{"a package called util", "api/util/a.go", `package util`, names},
	{"a folder called common", "services/common/money/a.go", `package money`, names},
	{"a package called models in another folder", "api/console/a.go", `package models`, names},
	{"a test of a package called helpers", "tests/helpers/a_test.go", `package helpers_test`, names},

	{"an amount as float64", "ledger/a.go", `package ledger; var amount float64`, floats},
	{"a rate as float32", "services/subsidy/a.go", `package subsidy; func match(rate float32) {}`, floats},
	{"a rate as a literal", "payments/a.go", `package payments; var rate = 0.5`, floats},
	{"an amount parsed as floating point", "payments/statement/a.go", `package statement; import "strconv"; var _ = strconv.ParseFloat`, floats},
	{"a decimal from floating point", "ledger/a.go", `package ledger; import "github.com/shopspring/decimal"; var _ = decimal.NewFromFloat`, floats},
	{"a whole number with an exponent", "ledger/a.go", `package ledger; const limit = 1e6`, ""},
	{"a rail's float", "ledger/a.go", `package ledger; const RailFloat = 1050`, ""},
	{"api shows a ratio", "api/a.go", `package api; var ratio float64`, ""},
}

func parse(t *testing.T, name, src string) source {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return source{path: name, file: file, fset: fset}
}

// goSources reads every Go file of the module but the generated ones.
func goSources(t *testing.T) []source {
	t.Helper()
	var all []source
	for name, text := range moduleFiles(t, ".go") {
		s := parse(t, name, text)
		if !ast.IsGenerated(s.file) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b source) int { return strings.Compare(a.path, b.path) })
	if len(all) == 0 {
		t.Fatal("found no Go source: is this test still in the folder tests?")
	}
	return all
}

// moduleFiles reads the module's files with an ending, by their path. Folders that begin with a dot, and testdata, are
// left out, as the go command does.
func moduleFiles(t *testing.T, ending string) map[string]string {
	t.Helper()
	root := os.DirFS("..")
	texts := map[string]string{}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return skipFolder(name)
		case !strings.HasSuffix(name, ending):
			return nil
		}
		text, err := fs.ReadFile(root, name)
		texts[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func skipFolder(name string) error {
	base := path.Base(name)
	if base == "testdata" || base != "." && strings.HasPrefix(base, ".") {
		return fs.SkipDir
	}
	return nil
}
