package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/rule"
)

// schemeExplain is `scheme explain`.
type schemeExplain struct {
	Dir           string `arg:"" help:"The scheme's folder."`
	Member        string `help:"What is known of her, such as birth=1998-01-01,sex=female,income=500." placeholder:"FACTS"`
	Contributions string `help:"What she gave, such as 2026-01-15=100,2026-02-15=100." placeholder:"DAY=AMOUNT,…"`
	Withdrawals   string `help:"What she took out, such as 2026-08-01=50." placeholder:"DAY=AMOUNT,…"`
	On            string `help:"The day that is asked for; default that of the last contribution." placeholder:"DAY"`
	Example       string `help:"Explain the example of this name from examples.yaml." placeholder:"NAME"`
	JSON          bool   `help:"Write JSON for programs."`
}

// Help shows how scheme explain is used.
func (schemeExplain) Help() string {
	return `Shows what is due for each period and how it came about, a sentence a step; where something is refused, why, and what
would change it; and whether she is covered on the day, why, and the least payment that would change that. Of a member one can say birth, birth_year, age (as stated on the day asked for), sex, enrolled, category
(several times), dependants, and each fact that the scheme asks for. A contribution is DAY=AMOUNT, with :PAYER and
:ACCOUNT after it if need be; DAYx12=AMOUNT is the same every month, twelve times.

Examples:
  sanad scheme explain deploy/schemes/th-nsf --member birth=1998-01-01 --contributions 2019-01-15=100,2019-02-15=100
  sanad scheme explain my-scheme --member birth=1990-05-01,category=farmer,income=500 --contributions 2026-01-15x12=25
  sanad scheme explain my-scheme --member age=34 --contributions 2026-03-01=40:family --on 2026-12-31
  sanad scheme explain tests/scenario/schemes/gh-nhis --member birth=1990-05-01 --contributions 2024-06-01=30 --on 2024-07-15
  sanad scheme explain my-scheme --example "a farmer who pays every month"`
}

// explanation is what is due and how it came about.
type explanation struct {
	Dir      string            `json:"dir"`
	Scheme   string            `json:"scheme"`
	Name     string            `json:"name"`
	Currency string            `json:"currency"`
	Dues     []explainedDue    `json:"dues"`
	Answers  []explainedAnswer `json:"answers,omitempty"`
	Covers   []cover.Answer    `json:"covers,omitempty"`
}

// explainedDue is what is due of a subsidy for a period.
type explainedDue struct {
	Subsidy string        `json:"subsidy"`
	Funder  string        `json:"funder"`
	Pot     int           `json:"pot,omitempty"`
	Period  string        `json:"period"`
	From    string        `json:"from,omitempty"`
	To      string        `json:"to,omitempty"`
	Amount  string        `json:"amount"`
	Refusal *rule.Refusal `json:"refusal,omitempty"`
	Steps   []string      `json:"steps"`
}

// explainedAnswer is another thing that the scheme computes.
type explainedAnswer struct {
	Name    string        `json:"name"`
	Answer  string        `json:"answer"`
	Refusal *rule.Refusal `json:"refusal,omitempty"`
	Steps   []string      `json:"steps"`
}

// Run explains.
func (c schemeExplain) Run(ctx context.Context, env Env) error {
	apart, err := newConfinement()
	if err != nil {
		return err
	}
	defer apart.close()
	d, err := apart.do(ctx, task{Explain: &c})
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", c.Dir, err)
	case d.Used != "":
		return usageError{errors.New(d.Used)}
	case len(d.Problems) > 0:
		printProblems(env.Err, d.Problems)
		return errFound
	case c.JSON:
		return printJSON(env.Out, d.Explain)
	}
	d.Explain.print(env.Out)
	return nil
}

// explain computes what is asked for.
func (c schemeExplain) explain() (x explanation, err error) {
	scheme, folder, err := openFolder(c.Dir)
	if err != nil {
		return x, err
	}
	asked, err := c.asked(scheme, folder)
	if err != nil {
		return x, usageError{err}
	}
	in, err := asked.Input(scheme)
	if err != nil {
		return x, usageError{err}
	}
	if len(in.Contributions) == 0 && in.On == 0 {
		return x, usageError{fmt.Errorf("name a day with --on, or --contributions")}
	}
	x = explanation{Dir: c.Dir, Scheme: scheme.Code, Name: scheme.Name, Currency: scheme.Currency}
	if err := x.of(scheme, in); err != nil {
		return x, err
	}
	return x, x.covers(scheme, asked, in)
}

// covers judges the covers of the scheme on the day that is asked for, or on that of the last contribution; the one that
// the example asks about as it asks.
func (x *explanation) covers(scheme *rule.Scheme, asked rule.Example, in rule.Input) error {
	if asked.On == 0 {
		asked.On = rule.Day(in.On)
		for _, c := range in.Contributions {
			asked.On = max(asked.On, rule.Day(c.On))
		}
	}
	about := rule.CoverAsked{}
	if asked.Cover != nil {
		about = *asked.Cover
	}
	rules := cover.Of(scheme)
	for _, name := range rules.Covers(ledger.Date(asked.On)) {
		if about.Name != "" && about.Name != name {
			continue
		}
		this := about
		this.Name, asked.Cover = name, &this
		q, err := cover.ExampleQuestion(scheme, asked)
		if err != nil {
			return err
		}
		a, err := rules.Judge(cover.ExampleHistory(scheme, asked, in), q)
		if err != nil {
			return err
		}
		x.Covers = append(x.Covers, a)
	}
	return nil
}

// asked is the example of that name, or what the flags say.
func (c schemeExplain) asked(scheme *rule.Scheme, folder rule.Folder) (rule.Example, error) {
	if c.Example == "" {
		return c.described(scheme)
	}
	examples, err := rule.Examples(folder.Examples)
	if err != nil {
		return rule.Example{}, err
	}
	var names []string
	for _, x := range examples {
		if x.Name == c.Example {
			return x, nil
		}
		names = append(names, x.Name)
	}
	return rule.Example{}, fmt.Errorf("--example: there are %s", strings.Join(names, "; "))
}

// of computes dues and answers.
func (x *explanation) of(scheme *rule.Scheme, in rule.Input) error {
	dues, err := scheme.Explain(in)
	if err != nil {
		return err
	}
	for _, d := range dues {
		sub := scheme.Subsidy(d.Subsidy)
		due := explainedDue{Subsidy: d.Subsidy, Funder: sub.Funder, Pot: sub.Pot, Period: d.Period.Label,
			Amount: x.money(d.Minor), Refusal: d.Refusal, Steps: d.Steps}
		if sub.Span != rule.Lifetime {
			due.From, due.To = d.Period.Start.String(), d.Period.End.String()
		}
		x.Dues = append(x.Dues, due)
	}
	return x.answers(scheme, in)
}

func (x *explanation) answers(scheme *rule.Scheme, in rule.Input) error {
	for name := range scheme.Answers {
		a, err := scheme.Answer(name, in, true)
		if err != nil {
			return fmt.Errorf("answer %s: %w", name, err)
		}
		x.Answers = append(x.Answers, explainedAnswer{Name: name, Answer: a.String(), Refusal: a.Refusal, Steps: a.Steps})
	}
	slices.SortFunc(x.Answers, func(a, b explainedAnswer) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

func (x *explanation) money(minor int64) string {
	m := ledger.Money{Minor: minor, Currency: ledger.Currency(x.Currency)}
	return grouped(m.Amount()) + " " + x.Currency
}

func (x *explanation) print(w io.Writer) {
	fmt.Fprintf(w, "%s (%s)\n", x.Name, x.Scheme)
	for _, d := range x.Dues {
		fmt.Fprintf(w, "\n%s, %s%s\n", d.Subsidy, d.Period, d.span())
		printSteps(w, d.Steps, d.Refusal)
		fmt.Fprintf(w, "  Due: %s%s\n", d.Amount, d.way())
	}
	for _, a := range x.Answers {
		fmt.Fprintf(w, "\n%s\n", a.Name)
		printSteps(w, a.Steps, a.Refusal)
		fmt.Fprintf(w, "  Answer: %s\n", a.Answer)
	}
	for _, a := range x.Covers {
		x.printCover(w, a)
	}
	if len(x.Dues) > 1 {
		fmt.Fprintln(w)
		x.printSum(w)
	}
}

// printCover shows whether she is covered, why, and what would change it.
func (x *explanation) printCover(w io.Writer, a cover.Answer) {
	fmt.Fprintf(w, "\ncover %s, %s\n", a.Cover, a.On)
	for i, r := range a.Reasons {
		fmt.Fprintf(w, "  %2d. %s (%s, %s)\n", i+1, r.Text, r.Code, r.Rule)
		if r.Change != "" {
			fmt.Fprintf(w, "      What would change it: %s\n", r.Change)
		}
	}
	if a.Advice != nil {
		for _, d := range a.Advice.Pay {
			fmt.Fprintf(w, "  What would change it: pay %s between %s and %s\n", x.money(d.Minor), d.From, d.By)
		}
		fmt.Fprintf(w, "      and %s is covered, through %s at least\n", a.Advice.From, a.Advice.Until)
	}
	if a.Covered {
		fmt.Fprintf(w, "  Covered: yes, through %s at least\n", a.Until)
		return
	}
	fmt.Fprintf(w, "  Covered: no (%s)\n", a.State)
}

func printSteps(w io.Writer, steps []string, refusal *rule.Refusal) {
	for i, step := range steps {
		fmt.Fprintf(w, "  %2d. %s\n", i+1, step)
	}
	if refusal != nil && refusal.Change != "" {
		fmt.Fprintf(w, "  What would change it: %s\n", refusal.Change)
	}
}

// printSum shows what is due of each subsidy for each period.
func (x *explanation) printSum(w io.Writer) {
	t := newTable("", "Subsidy", "Period", "Funder", ">Due", "Reason")
	for _, d := range x.Dues {
		reason := ""
		if d.Refusal != nil {
			reason = d.Refusal.Reason
		}
		t.row(d.Subsidy, d.Period, d.Funder, d.Amount, reason)
	}
	t.print(w)
}

func (d explainedDue) span() string {
	if d.From == "" {
		return ""
	}
	return fmt.Sprintf(" (%s to %s)", d.From, d.To)
}

// way is who pays it, and to which account.
func (d explainedDue) way() string {
	if d.Pot == 0 {
		return " from " + d.Funder
	}
	return fmt.Sprintf(" from %s to account %d", d.Funder, d.Pot)
}
