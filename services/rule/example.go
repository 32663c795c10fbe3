package rule

import (
	"context"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule/exact"
)

// Example is a published or agreed one: what is given, and what must come out.
type Example struct {
	Place         `yaml:"-"`
	Name          string      `yaml:"name"`
	Source        string      `yaml:"source"`
	Member        Person      `yaml:"member"`
	Contributions []Paid      `yaml:"contributions"`
	Withdrawals   []Withdrawn `yaml:"withdrawals"`
	On            Day         `yaml:"on"`
	// Cover asks whether somebody is covered on the day.
	Cover *CoverAsked `yaml:"cover"`
	// Claims are claims for benefits.
	Claims []ClaimExample `yaml:"claims"`
	// Expect is what must come out, by what it is: due, total, per_contribution, refused, or an answer's name; and what
	// provers know of.
	Expect map[string]Expected `yaml:"expect"`
}

// Expected is a figure or a word as it was written, a list of them, or several by name. It is never read as a float.
type Expected struct {
	Position
	Text string
	List []string
	By   map[string]string
}

// UnmarshalYAML reads what is expected.
func (x *Expected) UnmarshalYAML(node ast.Node) error {
	x.Position = at(ExamplesFile, node)
	switch n := node.(type) {
	case *ast.SequenceNode:
		for _, item := range n.Values {
			x.List = append(x.List, scalar(item))
		}
	case ast.MapNode:
		x.By = map[string]string{}
		for pairs := n.MapRange(); pairs.Next(); {
			x.By[keyText(pairs.Key())] = scalar(pairs.Value())
		}
	default:
		x.Text = scalar(node)
	}
	return nil
}

// Person is a member as an example describes her.
type Person struct {
	Birth      Day               `yaml:"birth"`
	BirthYear  int               `yaml:"birth_year"`
	Age        *StatedAge        `yaml:"age"`
	Sex        string            `yaml:"sex"`
	Enrolled   Day               `yaml:"enrolled"`
	Categories []string          `yaml:"categories"`
	Facts      map[string]string `yaml:"facts"`
	Dependants int               `yaml:"dependants"`
	// Children are the births of her children.
	Children []Day `yaml:"children"`
}

// StatedAge is an age that was stated on a day.
type StatedAge struct {
	Years int `yaml:"years"`
	On    Day `yaml:"on"`
}

// Paid is a contribution of an example, or the same one every month.
type Paid struct {
	On      Day    `yaml:"on"`
	From    Day    `yaml:"from"`
	Months  int    `yaml:"months"`
	Amount  Number `yaml:"amount"`
	Payer   string `yaml:"payer"`
	Account string `yaml:"account"`
}

// Withdrawn is a withdrawal of an example.
type Withdrawn struct {
	On     Day    `yaml:"on"`
	Amount Number `yaml:"amount"`
	Exit   bool   `yaml:"exit"`
}

// Examples reads examples.yaml.
func Examples(text []byte) ([]Example, error) {
	if len(text) == 0 {
		return nil, nil
	}
	var examples []Example
	if err := decode(ExamplesFile, text, &examples); err != nil {
		return nil, err
	}
	return examples, nil
}

// Outcome is an expectation of an example and what came of it.
type Outcome struct {
	Example  string `json:"example"`
	What     string `json:"what"`
	Expected string `json:"expected"`
	Got      string `json:"got"`
	Agrees   bool   `json:"agrees"`
	Source   string `json:"source,omitempty"`
	// Refused is the reason for which something was refused, where that is not what was expected.
	Refused string `json:"refused,omitempty"`
	// Position is where the expectation stands.
	Position Position `json:"position,omitzero"`
}

// mostMonths bounds a contribution that is repeated.
const mostMonths = 1200

// Input is what the example gives, as facts.
func (x Example) Input(s *Scheme) (Input, error) {
	in := Input{Enrolled: ledger.Date(x.Member.Enrolled), On: ledger.Date(x.On), Facts: x.Member.facts()}
	for _, p := range x.Contributions {
		all, err := p.contributions(s.decimals)
		if err != nil {
			return in, err
		}
		in.Contributions = append(in.Contributions, all...)
	}
	slices.SortStableFunc(in.Contributions, func(a, b Contribution) int { return int(a.On - b.On) })
	for _, w := range x.Withdrawals {
		minor, err := w.Amount.Minor(s.decimals)
		if err != nil {
			return in, err
		}
		in.Facts.Withdrawal = append(in.Facts.Withdrawal, insurance.Drawing{On: ledger.Date(w.On), Minor: minor, Exit: w.Exit})
	}
	return in, nil
}

func (p Person) facts() insurance.Facts {
	f := insurance.Facts{Sex: insurance.Sex(p.Sex), Birth: insurance.Birth{On: ledger.Date(p.Birth), Year: p.BirthYear}}
	if p.Age != nil {
		f.Birth = insurance.Birth{StatedYears: p.Age.Years, StatedOn: ledger.Date(p.Age.On)}
	}
	for _, name := range p.Categories {
		f.Categories = append(f.Categories, insurance.Category{Name: name})
	}
	for _, name := range sortedKeys(p.Facts) {
		f.Declared = append(f.Declared, insurance.Declaration{Name: name, Value: p.Facts[name]})
	}
	for range min(p.Dependants, mostMonths) {
		f.Dependants = append(f.Dependants, insurance.Dependant{Kind: insurance.OtherDependant})
	}
	for _, born := range p.Children {
		f.Dependants = append(f.Dependants, insurance.Dependant{Kind: insurance.Child, Birth: insurance.Birth{On: ledger.Date(born)}})
	}
	return f
}

func (p Paid) contributions(decimals int) ([]Contribution, error) {
	minor, err := p.Amount.Minor(decimals)
	if err != nil {
		return nil, err
	}
	one := Contribution{On: ledger.Date(p.On), Minor: minor, Payer: insurance.PayerKind(p.Payer), Account: p.Account}
	if p.Months == 0 {
		return []Contribution{one}, nil
	}
	if p.Months > mostMonths {
		return nil, fmt.Errorf("a contribution is repeated for at most %d months", mostMonths)
	}
	all := make([]Contribution, p.Months)
	for i := range all {
		all[i] = one
		all[i].On = ledger.DateOf(ledger.Date(p.From).Time().AddDate(0, i, 0))
	}
	return all, nil
}

// Try computes the example and compares each expectation with what came out.
func (s *Scheme) Try(x Example, provers ...Prover) ([]Outcome, error) {
	return s.try(context.Background(), x, provers)
}

func (s *Scheme) try(ctx context.Context, x Example, provers []Prover) ([]Outcome, error) {
	in, err := x.Input(s)
	if err != nil {
		return nil, fmt.Errorf("example %q: %w", x.Name, err)
	}
	in = in.Within(ctx)
	var outcomes []Outcome
	for _, what := range sortedKeys(x.Expect) {
		got, err := s.proven(x, what, in, provers)
		if err != nil {
			return nil, fmt.Errorf("example %q: %w", x.Name, err)
		}
		for i := range got {
			got[i].Example, got[i].Source, got[i].Position = x.Name, x.Source, x.Expect[what].Position
		}
		outcomes = append(outcomes, got...)
	}
	if len(outcomes) == 0 {
		return nil, fmt.Errorf("example %q expects nothing; write what must come out under expect", x.Name)
	}
	s.tellRefusal(in, outcomes)
	return outcomes, nil
}

// tellRefusal says of what came out otherwise why something was refused, which may be why.
func (s *Scheme) tellRefusal(in Input, outcomes []Outcome) {
	if !slices.ContainsFunc(outcomes, func(o Outcome) bool { return !o.Agrees }) {
		return
	}
	dues, err := s.Due(in)
	if err != nil {
		return
	}
	for i := range outcomes {
		if reason := refusalOf(dues); !outcomes[i].Agrees && outcomes[i].What != "refused" {
			outcomes[i].Refused = reason
		}
	}
}

// proven is what came of an expectation: by the first prover that knows of it, and else by the scheme itself.
func (s *Scheme) proven(x Example, what string, in Input, provers []Prover) ([]Outcome, error) {
	for _, prove := range provers {
		if got, mine, err := prove(s, x, in, what, x.Expect[what]); mine || err != nil {
			return got, err
		}
	}
	return s.expectation(what, x.Expect[what], in)
}

// expectation is what was expected under a name: due by period, the total, what each contribution adds, the reason for
// a refusal, or an answer.
func (s *Scheme) expectation(what string, expected Expected, in Input) ([]Outcome, error) {
	switch what {
	case "due":
		return s.expectDue(expected, in)
	case "total":
		dues, err := s.Due(in)
		return []Outcome{compare("total", expected.Text, sumOf(dues).String())}, err
	case "per_contribution":
		return s.expectEach(expected, in)
	case "refused":
		dues, err := s.Due(in)
		return []Outcome{compare("refused", expected.Text, refusalOf(dues))}, err
	}
	got, err := s.Answer(what, in, false)
	return []Outcome{compare(what, expected.Text, got.String())}, err
}

func (s *Scheme) expectDue(expected Expected, in Input) ([]Outcome, error) {
	if expected.By == nil {
		return nil, fmt.Errorf("expect.due: write amounts by period, such as {\"2026\": 1800}")
	}
	dues, err := s.Due(in)
	if err != nil {
		return nil, err
	}
	var outcomes []Outcome
	for _, name := range sortedKeys(expected.By) {
		sum := exact.Int(0)
		for _, d := range dues {
			if d.Period.Label == name || d.Subsidy+" "+d.Period.Label == name {
				sum = sum.Plus(d.Amount)
			}
		}
		outcomes = append(outcomes, compare("due "+name, expected.By[name], sum.String()))
	}
	return outcomes, nil
}

func (s *Scheme) expectEach(expected Expected, in Input) ([]Outcome, error) {
	list := expected.List
	if list == nil {
		return nil, fmt.Errorf("expect.per_contribution: write a list of amounts")
	}
	adds, err := s.PerContribution(in)
	if err != nil {
		return nil, err
	}
	var outcomes []Outcome
	for i := range max(len(list), len(adds)) {
		want, got := "nothing", "nothing"
		if i < len(list) {
			want = list[i]
		}
		if i < len(adds) {
			got = adds[i].String()
		}
		outcomes = append(outcomes, compare(fmt.Sprintf("contribution %d", i+1), want, got))
	}
	return outcomes, nil
}

func sumOf(dues []Due) exact.Number {
	sum := exact.Int(0)
	for _, d := range dues {
		sum = sum.Plus(d.Amount)
	}
	return sum
}

func refusalOf(dues []Due) string {
	for _, d := range dues {
		if d.Refusal != nil {
			return d.Refusal.Reason
		}
	}
	return ""
}

// String is the answer in words: the number, or true or false.
func (a Answered) String() string {
	if a.IsTruth {
		return fmt.Sprint(a.Truth)
	}
	return a.Number.String()
}

// compare says whether two texts are the same, as numbers where both are.
func compare(what, expected, got string) Outcome {
	o := Outcome{What: what, Expected: expected, Got: got, Agrees: expected == got}
	a, errA := exact.Parse(expected)
	b, errB := exact.Parse(got)
	if errA == nil && errB == nil {
		o.Agrees = a.Cmp(b) == 0
	}
	return o
}
