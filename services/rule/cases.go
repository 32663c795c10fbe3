package rule

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule/exact"
)

// Case is a published figure: inputs in the language of its rule, and what its source says comes out. What is expected
// stays unread until there is a result.
type Case struct {
	ID       string                     `json:"id"`
	Scheme   string                     `json:"scheme"`
	Inputs   map[string]json.RawMessage `json:"inputs"`
	Expected json.RawMessage            `json:"expected"`
	Source   string                     `json:"source"`
	Evidence string                     `json:"evidence"`
	Verified bool                       `json:"verified"`
	Note     string                     `json:"note"`
}

// largestCases bounds a file of cases.
const largestCases = 32 << 20

// ReadCases reads a file of cases.
func ReadCases(r io.Reader) ([]Case, error) {
	text, err := io.ReadAll(io.LimitReader(r, largestCases+1))
	if err != nil {
		return nil, err
	}
	if len(text) > largestCases {
		return nil, fmt.Errorf("the file of cases has more than %d MiB", largestCases>>20)
	}
	var cases []Case
	if err := json.Unmarshal(text, &cases); err != nil {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	return cases, nil
}

// Folder is the name of the folder that holds the case's scheme.
func (c Case) Folder() string { return strings.ToLower(strings.ReplaceAll(c.Scheme, "+", "-")) }

// Mapping says how the inputs of a scheme's published cases become facts. It renames and converts and computes no
// amount.
type Mapping struct {
	// Birth, Enrolled, On and Categories name the input that holds them.
	Birth      string `yaml:"birth"`
	Enrolled   string `yaml:"enrolled"`
	On         string `yaml:"on"`
	Categories string `yaml:"categories"`
	// EnrolledYear names an input that is a year; she enrolled on YearDay of it.
	EnrolledYear string `yaml:"enrolled_year"`
	YearDay      string `yaml:"year_day"`
	// ProgrammeMonth names an input that counts months from that of the enrolment, which is 1; she enrolled on its first day.
	ProgrammeMonth string `yaml:"programme_month"`
	// StatedAge names the input that is an age on the day asked for; AgeAtYearEnd one on the 31st of December.
	StatedAge    string `yaml:"stated_age"`
	AgeAtYearEnd string `yaml:"age_at_year_end"`
	// AgeAtEntry names an age on the day she enrolled: that of the first contribution, where the case doesn't say.
	AgeAtEntry string `yaml:"age_at_entry"`
	// Dependants names an input that counts the household with the member.
	Household string `yaml:"household"`
	// Facts are declared facts by the input that holds them.
	Facts map[string]string `yaml:"facts"`
	// Payers are the kinds of payer by the word that the cases use.
	Payers map[string]string `yaml:"payers"`
	// DefaultOn is the day asked for where a case has neither day nor contribution.
	DefaultOn Day `yaml:"default_on"`
	// Periods names an input that counts the periods asked for.
	Periods string `yaml:"periods"`
	// Members names an input that counts the members of a household; each is asked for with the fact Rank.
	Members string `yaml:"members"`
	Rank    string `yaml:"rank"`
	// Subsidies are those whose sum the cases expect, where they leave others of the scheme out; all where empty.
	Subsidies []string `yaml:"subsidies"`
	// Answers are the scheme's answers by what the cases expect under another name.
	Answers map[string]string `yaml:"answers"`
	// Rule names an input that holds the scheme that is meant.
	Rule string `yaml:"rule"`
	// Budget says what of a budget is tried.
	Budget *CaseBudget `yaml:"budget"`
	// Policies are exhaustion policies by case, where the input does not say which is tried.
	Policies map[string]Exhaustion `yaml:"policies"`
	// NotExpressible are cases that this engine cannot say, by id, with the reason.
	NotExpressible map[string]string `yaml:"not_expressible"`
	// Differs explains, by id, why what comes out is not what the source prints.
	Differs map[string]string `yaml:"differs"`
}

// CaseBudget is a limit of money, or of heads, and where in the queue the member stands.
type CaseBudget struct {
	Amount Number `yaml:"amount"`
	// Input names the input that holds the amount; Wants the one that lists what others are due.
	Input    string `yaml:"input"`
	Wants    string `yaml:"wants"`
	Heads    int64  `yaml:"heads"`
	Position string `yaml:"position"`
}

// MappingFile is the name of the mapping in a scheme's folder.
const MappingFile = "cases.yaml"

// ReadMapping reads a mapping file; an empty one renames nothing.
func ReadMapping(text []byte) (Mapping, error) {
	var m Mapping
	if len(bytes.TrimSpace(text)) == 0 {
		return m, nil
	}
	return m, decode(MappingFile, text, &m)
}

// Result is what the engine says of a case, before anybody looks at what is expected.
type Result struct {
	// Each is what each contribution adds, in order; Dues what is due by period; Members by member of the household.
	Each    []exact.Number
	Dues    []Due
	Members []exact.Number
	Answers map[string]Answered
	// MemberAnswers are the answers by member of the household.
	MemberAnswers map[string][]Answered
	Clawback      *exact.Number
	Queued        []int
	Left          *exact.Number
	// Bounded says that a budget was tried, and Grants are what came of it.
	Bounded bool
	Grants  []exact.Number
}

// given reads the inputs of a case.
type givenCase struct {
	Case
	m Mapping
	s *Scheme
}

func (g givenCase) text(key string) string {
	raw, ok := g.Inputs[key]
	if key == "" || !ok {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return strings.TrimSpace(string(raw))
}

func (g givenCase) whole(key string) (int, error) {
	n, err := exact.Parse(g.text(key))
	if err != nil {
		return 0, err
	}
	i, ok := n.Whole()
	if !ok || i < 0 || i > 10_000_000 {
		return 0, fmt.Errorf("input %s is %s, not a whole number", key, n)
	}
	return int(i), nil
}

// day reads a day, or an instant of which the day counts.
func (g givenCase) day(key string) (ledger.Date, error) {
	text := g.text(key)
	if text == "" {
		return 0, nil
	}
	if len(text) > len("2026-03-02") {
		text = text[:len("2026-03-02")]
	}
	return ledger.ParseDate(text)
}

// caseContribution is a contribution as cases write it.
type caseContribution struct {
	Date    string `json:"date"`
	Amount  string `json:"amount"`
	Payer   string `json:"payer"`
	Account string `json:"account"`
}

// caseEvent is something that happened later.
type caseEvent struct {
	Date   string `json:"date"`
	Type   string `json:"type"`
	Amount string `json:"amount"`
	Of     *int   `json:"of"`
}

func (g givenCase) contributions() ([]Contribution, error) {
	var given []caseContribution
	if raw, ok := g.Inputs["contributions"]; ok {
		if err := json.Unmarshal(raw, &given); err != nil {
			return nil, err
		}
	}
	all := make([]Contribution, len(given))
	for i, c := range given {
		on, err := ledger.ParseDate(c.Date)
		if err != nil {
			return nil, err
		}
		amount, err := exact.Parse(c.Amount)
		if err != nil {
			return nil, err
		}
		minor, err := amount.Minor(g.s.decimals)
		if err != nil {
			return nil, err
		}
		all[i] = Contribution{On: on, Minor: minor, Payer: g.payer(c.Payer), Account: c.Account}
	}
	return all, nil
}

func (g givenCase) payer(word string) insurance.PayerKind {
	if kind, ok := g.m.Payers[word]; ok {
		return insurance.PayerKind(kind)
	}
	return insurance.PayerKind(word)
}

func (g givenCase) events() ([]caseEvent, error) {
	var events []caseEvent
	if raw, ok := g.Inputs["events"]; ok {
		return events, json.Unmarshal(raw, &events)
	}
	return nil, nil
}

// input makes facts of the inputs.
func (g givenCase) input() (in Input, err error) {
	if in.Contributions, err = g.contributions(); err != nil {
		return in, err
	}
	if in.On, err = g.day(g.m.On); err != nil {
		return in, err
	}
	if in.On == 0 && len(in.Contributions) == 0 {
		in.On = ledger.Date(g.m.DefaultOn)
	}
	if in.Enrolled, err = g.day(g.m.Enrolled); err != nil {
		return in, err
	}
	if year := g.text(g.m.EnrolledYear); year != "" {
		if in.Enrolled, err = ledger.ParseDate(year + "-" + g.m.YearDay); err != nil {
			return in, err
		}
	}
	for _, step := range []func(*Input) error{g.programmeMonth, g.birth, g.categories, g.declared, g.household, g.withdrawals} {
		if err := step(&in); err != nil {
			return in, err
		}
	}
	return in, nil
}

func (g givenCase) programmeMonth(in *Input) error {
	if g.text(g.m.ProgrammeMonth) == "" {
		return nil
	}
	n, err := g.whole(g.m.ProgrammeMonth)
	if err != nil || n < 1 || n > mostMonths {
		return fmt.Errorf("%s: %d is no month of a programme: %w", g.m.ProgrammeMonth, n, err)
	}
	in.Enrolled = ledger.DateOf(in.day().Period().FirstDay().Time().AddDate(0, 1-n, 0))
	return nil
}

func (g givenCase) birth(in *Input) (err error) {
	if in.Facts.Birth.On, err = g.day(g.m.Birth); err != nil {
		return err
	}
	if g.text(g.m.StatedAge) != "" {
		in.Facts.Birth.StatedOn = in.day()
		in.Facts.Birth.StatedYears, err = g.whole(g.m.StatedAge)
	}
	if g.text(g.m.AgeAtYearEnd) != "" {
		in.Facts.Birth.StatedOn = ledger.Date(in.day().Year()*1_00_00 + 12_31)
		in.Facts.Birth.StatedYears, err = g.whole(g.m.AgeAtYearEnd)
	}
	if g.text(g.m.AgeAtEntry) != "" {
		if in.Enrolled == 0 && len(in.Contributions) > 0 {
			in.Enrolled = in.Contributions[0].On
		}
		in.Facts.Birth.StatedOn = in.Enrolled
		in.Facts.Birth.StatedYears, err = g.whole(g.m.AgeAtEntry)
	}
	return err
}

func (g givenCase) categories(in *Input) error {
	raw, ok := g.Inputs[g.m.Categories]
	if !ok {
		return nil
	}
	var names []string
	if json.Unmarshal(raw, &names) != nil {
		names = []string{g.text(g.m.Categories)}
	}
	for _, name := range names {
		name = strings.ToLower(strings.ReplaceAll(name, "-", "_"))
		if contains(g.s.Categories, name) {
			in.Facts.Categories = append(in.Facts.Categories, insurance.Category{Name: name})
		} else if name != "none" {
			return fmt.Errorf("category %q is not in the list of categories of %s", name, SchemeFile)
		}
	}
	return nil
}

func (g givenCase) declared(in *Input) error {
	for _, name := range sortedKeys(g.m.Facts) {
		if value := g.text(g.m.Facts[name]); value != "" {
			in.Facts.Declared = append(in.Facts.Declared, insurance.Declaration{Name: name, Value: value})
		}
	}
	return nil
}

func (g givenCase) household(in *Input) error {
	if g.text(g.m.Household) == "" {
		return nil
	}
	size, err := g.whole(g.m.Household)
	for range size - 1 {
		in.Facts.Dependants = append(in.Facts.Dependants, insurance.Dependant{Kind: insurance.OtherDependant})
	}
	return err
}

func (g givenCase) withdrawals(in *Input) error {
	events, err := g.events()
	if err != nil {
		return err
	}
	for _, e := range events {
		if e.Type != "withdrawal" && e.Type != "exit" {
			continue
		}
		on, err := ledger.ParseDate(e.Date)
		if err != nil {
			return err
		}
		d := insurance.Drawing{On: on, Exit: e.Type == "exit"}
		if e.Amount != "" {
			amount, err := exact.Parse(e.Amount)
			if err != nil {
				return err
			}
			if d.Minor, err = amount.Minor(g.s.decimals); err != nil {
				return err
			}
		}
		in.Facts.Withdrawal = append(in.Facts.Withdrawal, d)
	}
	return nil
}

// Run computes a case by the scheme. It does not look at what is expected.
func (c Case) Run(s *Scheme, m Mapping) (Result, error) {
	g := givenCase{c, m, s.only(m.Subsidies)}
	r := Result{Answers: map[string]Answered{}}
	in, err := g.input()
	if err != nil {
		return r, err
	}
	if m.Members != "" && g.text(m.Members) != "" {
		return g.byMember(in)
	}
	if r.Dues, err = g.dues(in); err != nil {
		return r, err
	}
	if r.Each, err = g.s.PerContribution(in); err != nil {
		return r, err
	}
	for name := range s.Answers {
		if r.Answers[name], err = s.Answer(name, in, false); err != nil {
			return r, err
		}
	}
	if err := g.reversals(in, &r); err != nil {
		return r, err
	}
	return r, g.budget(&r)
}

// only is the scheme with those of its subsidies alone; all where none is named.
func (s *Scheme) only(ids []string) *Scheme {
	if len(ids) == 0 {
		return s
	}
	part := *s
	part.Subsidies = nil
	for i := range s.Subsidies {
		if contains(ids, s.Subsidies[i].ID) {
			part.Subsidies = append(part.Subsidies, s.Subsidies[i])
		}
	}
	return &part
}

func (g givenCase) dues(in Input) ([]Due, error) {
	if g.text(g.m.Periods) == "" {
		return g.s.Due(in)
	}
	n, err := g.whole(g.m.Periods)
	if err != nil || n == 0 || n > mostMonths {
		return nil, fmt.Errorf("periods: %w", err)
	}
	var dues []Due
	in.Enrolled = g.s.anySubsidy().PeriodOf(in.day(), in.Enrolled).Start
	for i := range g.s.Subsidies {
		sub := &g.s.Subsidies[i]
		periods := []Period{sub.PeriodOf(in.day(), in.Enrolled)}
		for len(periods) < n {
			periods = append(periods, sub.Next(periods[len(periods)-1], in.Enrolled))
		}
		got, err := sub.DueIn(in, periods...)
		if err != nil {
			return nil, err
		}
		dues = append(dues, got...)
	}
	return dues, nil
}

// byMember asks for every member of the household, who differ by rank.
func (g givenCase) byMember(in Input) (Result, error) {
	r := Result{Answers: map[string]Answered{}, MemberAnswers: map[string][]Answered{}}
	n, err := g.whole(g.m.Members)
	if err != nil || n > mostMonths {
		return r, fmt.Errorf("members: %w", err)
	}
	declared := in.Facts.Declared
	for rank := range n {
		in.Facts.Declared = append(slices.Clone(declared), insurance.Declaration{Name: g.m.Rank, Value: fmt.Sprint(rank + 1)})
		dues, err := g.s.Due(in)
		if err != nil {
			return r, err
		}
		r.Members = append(r.Members, sumOf(dues))
		for name := range g.s.Answers {
			answer, err := g.s.Answer(name, in, false)
			if err != nil {
				return r, err
			}
			r.MemberAnswers[name] = append(r.MemberAnswers[name], answer)
		}
	}
	return r, nil
}

// reversals takes back the contributions that were reversed: what is due is judged again without them, and what falls
// is clawed back (L6).
func (g givenCase) reversals(in Input, r *Result) error {
	events, err := g.events()
	if err != nil {
		return err
	}
	gone := map[int]bool{}
	for _, e := range events {
		if e.Type == "reversal" && e.Of != nil {
			gone[*e.Of] = true
		}
	}
	if len(gone) == 0 {
		return nil
	}
	before := totalOf(r.Each)
	var kept []Contribution
	for i, c := range in.Contributions {
		if !gone[i] {
			kept = append(kept, c)
		}
	}
	n := len(in.Contributions)
	in.Contributions = kept
	left, err := g.s.PerContribution(in)
	if err != nil {
		return err
	}
	r.Each = nil
	for i := range n {
		if gone[i] {
			r.Each = append(r.Each, exact.Int(0))
			continue
		}
		r.Each, left = append(r.Each, left[0]), left[1:]
	}
	fallen := exact.Max(exact.Int(0), before.Minus(totalOf(r.Each)))
	r.Clawback = &fallen
	return nil
}

func totalOf(numbers []exact.Number) exact.Number {
	sum := exact.Int(0)
	for _, n := range numbers {
		sum = sum.Plus(n)
	}
	return sum
}

// budget tries what is due against a budget, by the policy of the scheme.
func (g givenCase) budget(r *Result) error {
	b := g.m.Budget
	if b == nil || g.text(b.Position) == "" && g.text(b.Wants) == "" {
		return nil
	}
	wants, err := g.wants(b, r)
	if err != nil {
		return err
	}
	left, unit, err := g.limit(b)
	if err != nil {
		return err
	}
	asked := wants
	if unit { // a head each
		asked = make([]int64, len(wants))
		for i := range asked {
			asked[i] = 1
		}
	}
	shares := g.policy().Shares(left, asked...)
	r.Bounded = true
	for i, share := range shares {
		if unit {
			share *= wants[i]
		} else {
			left -= share
		}
		if share < wants[i] {
			r.Queued = append(r.Queued, i)
		}
		r.Grants = append(r.Grants, exact.OfMinor(share, g.s.decimals))
	}
	remains := exact.OfMinor(left, g.s.decimals)
	r.Left = &remains
	return nil
}

func (g givenCase) policy() Exhaustion {
	if p, ok := g.m.Policies[g.ID]; ok {
		return p
	}
	return g.s.anySubsidy().Exhaustion
}

// wants are what those in the queue are due: as the case lists them, or as much as this member each.
func (g givenCase) wants(b *CaseBudget, r *Result) ([]int64, error) {
	var listed []json.Number
	if raw, ok := g.Inputs[b.Wants]; ok && b.Wants != "" {
		if err := json.Unmarshal(raw, &listed); err != nil {
			var texts []string
			if err := json.Unmarshal(raw, &texts); err != nil {
				return nil, err
			}
			for _, t := range texts {
				listed = append(listed, json.Number(t))
			}
		}
	}
	var wants []int64
	for _, text := range listed {
		amount, err := exact.Parse(text.String())
		if err != nil {
			return nil, err
		}
		minor, err := amount.Minor(g.s.decimals)
		if err != nil {
			return nil, err
		}
		wants = append(wants, minor)
	}
	if wants != nil {
		return wants, nil
	}
	n, err := g.whole(b.Position)
	if err != nil {
		return nil, err
	}
	due, err := sumOf(r.Dues).Minor(g.s.decimals)
	return slices.Repeat([]int64{due}, n), err
}

// limit is the budget, in minor units or in heads.
func (g givenCase) limit(b *CaseBudget) (left int64, heads bool, err error) {
	if b.Heads > 0 {
		return b.Heads, true, nil
	}
	amount := b.Amount.Number
	if text := g.text(b.Input); text != "" {
		if amount, err = exact.Parse(text); err != nil {
			return 0, false, err
		}
	}
	left, err = amount.Minor(g.s.decimals)
	return left, false, err
}
