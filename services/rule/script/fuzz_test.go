package script_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.starlark.net/starlark"

	"sanad.dev/sanad/services/rule/script"
)

// FuzzLoad loads a text and calls each of its functions. Whatever the text is, it ends soon and the same way each time,
// and what is wrong with it has a place in it.
func FuzzLoad(f *testing.F) {
	f.Add(yearOfMonths)
	f.Add("def f(x, *args, k=2, **kwargs):\n  d = {}\n  d[1] = [x for x in args if x not in kwargs]\n  d[1] += [k]\n  d |= {2: -k}\n  a, (b, c) = 1, [2, 3]\n  return struct(a = d[1][::-1], b = \"%s{}\".format(d) % a)\n")
	f.Add("def f():\n  def g(y=1):\n    return lambda z: y + z\n  return sorted([3, 1], key=g(), reverse=True)\n")
	f.Add("def f():\n  s = 0\n  for i, m in enumerate(zip(range(3), reversed([1, 2, 3]))):\n    if i == 1:\n      continue\n    elif i > 5:\n      break\n    else:\n      s += max(m) / 3\n  return s\n")
	f.Add("def f():\n  return day(\"2026-01-31\").plus_months(1).last_of_month().plus_days(-3).year\n")
	for _, c := range mistakes {
		f.Add(c.text)
	}
	for _, c := range hostile {
		if len(c.text) < 2000 {
			f.Add(c.text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		began := time.Now()
		first, again := outcome(t, text), outcome(t, text)
		slow := strings.Contains(first+again, "too much time") // which depends on the machine
		if first != again && !slow {
			t.Errorf("first %s, then %s", first, again)
		}
		if took := time.Since(began); took > 4*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// outcome is what the text's functions return, or what is wrong with it.
func outcome(t *testing.T, text string) string {
	p, err := script.Load("rules.star", []byte(text), nil)
	if err != nil {
		return said(t, text, err)
	}
	p.Limits.Steps = 20_000
	var all []string
	for _, fn := range p.Functions() {
		params, _ := p.Params(fn)
		args := make([]starlark.Value, len(params))
		for i := range args {
			args[i] = starlark.MakeInt(i + 1)
		}
		v, err := p.Call(fn, args...)
		if err != nil {
			all = append(all, said(t, text, err))
			continue
		}
		all = append(all, script.Show(v))
	}
	return strings.Join(all, "\n")
}

func said(t *testing.T, text string, err error) string {
	var e *script.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *Error", err)
	}
	if lines := strings.Count(text, "\n") + 1; e.Line < 1 || e.Line > lines || e.Col < 1 || e.Text == "" {
		t.Errorf("%v is not in a text of %d lines", e, lines)
	}
	if strings.Contains(e.Text, "cannot be worked out") {
		t.Errorf("something panicked: %v", e)
	}
	return e.Error()
}
