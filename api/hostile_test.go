package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

// byRule is the matched scheme with a rule of its own instead of the half.
func byRule(text string) *sanadv1.SchemeFolder {
	scheme := strings.Replace(halfMatched, "amount: [{times: 50%}]", "rule: subsidy", 1)
	example := "- name: one\n  member: {birth: 1990-01-01}\n  contributions: [{on: 2026-01-15, amount: 10}]\n  expect: {total: 5}\n"
	return &sanadv1.SchemeFolder{SchemeYaml: []byte(scheme), RulesStar: []byte(text), ExamplesYaml: []byte(example)}
}

func inYAML(text string) *sanadv1.SchemeFolder {
	return &sanadv1.SchemeFolder{SchemeYaml: []byte(text)}
}

// hostile are folders that mean harm.
func hostile() map[string]*sanadv1.SchemeFolder {
	const body = "def subsidy(member, facts, p):\n    return "
	return map[string]*sanadv1.SchemeFolder{
		"an endless comprehension": byRule(body + "len([x for a in range(9999) for b in range(9999) for x in range(9999)])\n"),
		"a huge number":            byRule(body + "1 << 1000000000\n"),
		"a tower of powers":        byRule("def subsidy(member, facts, p):\n    x = 3\n    for i in range(1000):\n        x = x * x\n    return x\n"),
		"a string of 100 MiB":      byRule(body + "len(\"x\" * (100 * 1024 * 1024))\n"),
		"a list that doubles":      byRule("def subsidy(member, facts, p):\n    x = [1]\n    for i in range(1000):\n        x = x + x\n    return len(x)\n"),
		"deep brackets":            byRule(body + strings.Repeat("(", 50_000) + "1" + strings.Repeat(")", 50_000) + "\n"),
		"recursion":                byRule("def a(n):\n    return b(n)\ndef b(n):\n    return a(n)\ndef subsidy(member, facts, p):\n    return a(1)\n"),
		"an undefined name":        byRule(body + "facts.total * rats\n"),
		"a wrong type":             byRule(body + "\"five\"\n"),
		"a float":                  byRule(body + "0.5 * 10\n"),
		"deep YAML":                inYAML("scheme: x\nsubsidies: " + strings.Repeat("[", 50_000) + "\n"),
		"deep indentation":         inYAML(deepYAML(5_000)),
		"a bomb of aliases":        inYAML("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n"),
		"a huge amount":            inYAML(strings.Replace(halfMatched, "cap: 100", "cap: 1e999999999", 1)),
		"NUL":                      inYAML("scheme: a\x00b\n"),
		"a parameter of itself":    inYAML(strings.Replace(halfMatched, "subsidies:", "parameters: {a: {times: [b, b]}, b: {times: [a, a]}}\nsubsidies:", 1)),
	}
}

func deepYAML(depth int) string {
	var b strings.Builder
	for i := range depth {
		fmt.Fprintf(&b, "%sa:\n", strings.Repeat(" ", i))
	}
	return b.String()
}

func TestAHostileSchemeIsRefusedAtOnceAndTheServerGoesOn(t *testing.T) {
	t.Parallel()
	s := start(t, "sqlite:"+t.TempDir()+"/sanad.db")
	m := s.enrol(t, "Amal", "+962791111111")
	for name, folder := range hostile() {
		began := time.Now()
		_, err := s.schemes.PublishSchemeFolder(t.Context(), &sanadv1.PublishSchemeFolderRequest{Folder: folder, PublishedBy: "mallory"})
		took := time.Since(began)
		if code := status.Code(err); code != codes.InvalidArgument {
			t.Errorf("%s: %v, want it refused (%v)", name, code, err)
		}
		if took > 2*time.Second { // under a second on a machine that does nothing else
			t.Errorf("%s took %v", name, took)
		}
		t.Logf("%s: %v, %v", name, took.Round(time.Millisecond), fieldsOf(err))
		s.post(t, paid("after "+name, m.GetNumber(), "1.000"))
	}
	s.clean(t)
}
