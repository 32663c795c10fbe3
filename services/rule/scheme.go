package rule

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule/script"
)

// Scheme is what scheme.yaml says.
type Scheme struct {
	Place `yaml:"-"`

	Code     string `yaml:"scheme"`
	Name     string `yaml:"name"`
	Source   string `yaml:"source"`
	Currency string `yaml:"currency"`
	TimeZone string `yaml:"time_zone"`
	Region   string `yaml:"region"`
	// FiscalYear is the month and day on which the scheme's years begin, such as 04-01; the first of January if empty.
	FiscalYear string `yaml:"fiscal_year"`
	// Effective is the first day on which this version is in force.
	Effective Day `yaml:"effective"`
	// CutsPast says that the decree lets this version lower what an earlier one had made due (L6).
	CutsPast bool `yaml:"cuts_past"`
	// Closed schemes take no more contributions: what still comes goes to suspense.
	Closed     bool                 `yaml:"closed"`
	Pots       []Pot                `yaml:"pots"`
	Facts      map[string]Fact      `yaml:"facts"`
	Categories []string             `yaml:"categories"`
	Parameters map[string]Parameter `yaml:"parameters"`
	Subsidies  []Subsidy            `yaml:"subsidies"`
	Stack      *Stack               `yaml:"stack"`
	// Answers are other things that the scheme computes by name: a premium, a member's share, a clawback.
	Answers map[string]Answer `yaml:"answers"`
	// Vesting is how the state's share becomes the member's own; all at once where nothing is said.
	Vesting *Vesting `yaml:"vesting"`
	// Standards are what the scheme promises as a whole, for comparison with the minimum standards; see lint.
	Standards *Standards `yaml:"standards"`
	// Levels are the levels of care, the lowest first; Prices what the scheme pays for care.
	Levels []string `yaml:"levels"`
	Prices []Price  `yaml:"prices"`
	// Covers are the protections that money in its pots buys.
	Covers map[string]Cover `yaml:"cover"`
	// Benefits are those that the scheme gives.
	Benefits map[string]Benefit `yaml:"benefits"`
	// Claims say who must look at a claim before it is owed.
	Claims *Claims `yaml:"claims"`
	// OldAge is what becomes of old-age savings.
	OldAge *OldAgeRules `yaml:"old_age"`
	// Funds are the pools that bear the benefits, and who stands behind them.
	Funds *Funds `yaml:"funds"`
	// Texts are what members are told, by language.
	Texts map[string]map[string]string `yaml:"texts"`

	program  *script.Program
	problems Problems
	decimals int
	starts   int
	// priced are the prices by item.
	priced map[string]*Price
}

// Pot is where a share of a contribution goes.
type Pot struct {
	Place   `yaml:"-"`
	Account int    `yaml:"account"`
	Name    string `yaml:"name"`
	Share   Number `yaml:"share"`
	Pool    string `yaml:"pool"`
}

// Fact is something that members are asked for.
type Fact struct {
	Place `yaml:"-"`
	Type  FactType `yaml:"type"`
	// Text says what is asked.
	Text string `yaml:"text"`
	// Words are the answers that a fact of type word may have; any where none are named.
	Words []string `yaml:"words"`
	// Score says that the fact is a poverty or proxy-means score, and of what kind; lint looks at it.
	Score *Score `yaml:"score"`
}

// Score says how a score comes about.
type Score struct {
	Version string `yaml:"version"`
	DataAge string `yaml:"data_age"`
	Appeal  string `yaml:"appeal"`
}

// FactType is what kind of value a fact has.
type FactType string

// The types of facts.
const (
	NumberFact FactType = "number"
	WordFact   FactType = "word"
	DayFact    FactType = "day"
	// InstantFact is a time of a day, such as 2015-05-21T14:00:00+12:00: some laws end an offer at an hour.
	InstantFact FactType = "instant"
)

// factTypes lists them.
var factTypes = []FactType{NumberFact, WordFact, DayFact, InstantFact}

// Parameter is a value with the days from which it holds, the earliest first.
type Parameter struct {
	Position
	Dated []DatedValue
}

// DatedValue is a value from a day on: until the next one, or through its last day where what follows is not known.
type DatedValue struct {
	Place `yaml:"-"`
	From  Day   `yaml:"from"`
	To    Day   `yaml:"to"`
	Value Value `yaml:"value"`
}

func (v *DatedValue) holds(day ledger.Date) bool {
	return ledger.Date(v.From) <= day && (v.To == 0 || day <= ledger.Date(v.To))
}

// UnmarshalYAML reads one value for all days, or a list of dated ones.
func (p *Parameter) UnmarshalYAML(node ast.Node) error {
	p.Position = at(SchemeFile, node)
	if _, ok := node.(*ast.SequenceNode); ok {
		return yaml.NodeToValue(node, &p.Dated, yaml.Strict())
	}
	p.Dated = make([]DatedValue, 1)
	return p.Dated[0].Value.UnmarshalYAML(node)
}

// on is the value that holds on the day; nil on days for which none is known.
func (p *Parameter) on(day ledger.Date) *Value {
	for i := range slices.Backward(p.Dated) {
		if p.Dated[i].holds(day) {
			return &p.Dated[i].Value
		}
	}
	return nil
}

// Stack orders the subsidies of several funders under one ceiling: each gets what the earlier ones left.
type Stack struct {
	Place   `yaml:"-"`
	Order   []string `yaml:"order"`
	Ceiling Value    `yaml:"ceiling"`
}

// Answer is a named computation: a number by steps or a rule, or yes and no by conditions.
type Answer struct {
	Place    `yaml:"-"`
	When     []Condition `yaml:"when"`
	Amount   []Step      `yaml:"amount"`
	Rule     string      `yaml:"rule"`
	Round    *Rounding   `yaml:"round"`
	JudgedOn JudgedOn    `yaml:"judged_on"`
}

// Vesting says which share of the state's money is the member's own after so many years, or at an age.
type Vesting struct {
	Place `yaml:"-"`
	By    Value `yaml:"by"`
	Table []Row `yaml:"table"`
}

var nameText = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)

// wrong notes a problem.
func (s *Scheme) wrong(at Position, format string, args ...any) {
	if at.Line == 0 { // what stands there is empty
		at = s.Position
	}
	s.problems = append(s.problems, Problem{at, fmt.Sprintf(format, args...)})
}

// compile checks what the file says and prepares what the rules need.
func (s *Scheme) compile() {
	s.checkHead()
	s.checkNames()
	for i := range s.Subsidies {
		s.Subsidies[i].compile(s)
	}
	for _, name := range sortedKeys(s.Parameters) {
		p := s.Parameters[name]
		s.checkParameter(name, &p)
	}
	for _, name := range sortedKeys(s.Answers) {
		a := s.Answers[name]
		s.checkAnswer(name, &a)
	}
	s.checkCycles()
	if s.Stack != nil {
		s.checkStack()
	}
	s.checkPrices()
	s.checkCovers()
	s.checkBenefits()
	s.checkClaims()
	s.checkOldAge()
	s.checkFunds()
	if s.Vesting != nil {
		s.checkValue(&s.Vesting.By)
		s.checkTable(s.Vesting.Table)
	}
}

func (s *Scheme) checkHead() {
	if !schemeCode.MatchString(s.Code) {
		s.wrong(s.Key("scheme"), "scheme: write its short name in lower-case letters, digits and hyphens, such as national-basic")
	}
	decimals, err := ledger.Currency(s.Currency).Decimals()
	if err != nil {
		s.wrong(s.Key("currency"), "currency: write an ISO 4217 code, such as JOD")
	}
	s.decimals = int(decimals)
	if s.TimeZone != "" {
		if _, err := time.LoadLocation(s.TimeZone); err != nil {
			s.wrong(s.Key("time_zone"), "time_zone: %.40q is not a zone such as Asia/Amman", s.TimeZone)
		}
	}
	if s.starts, err = parseStarts(s.FiscalYear); err != nil {
		s.wrong(s.Key("fiscal_year"), "fiscal_year: %v", err)
	}
	if len(s.Subsidies) == 0 && len(s.Answers) == 0 && len(s.Covers) == 0 && len(s.Benefits) == 0 && s.OldAge == nil {
		s.wrong(s.Key("subsidies"), "subsidies: a scheme says at least one subsidy, one benefit, one cover, old_age, or one answer such as a premium")
	}
}

var schemeCode = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// checkNames looks for names that mean two things.
func (s *Scheme) checkNames() {
	meaning := map[string]string{}
	for _, name := range quantityNames() {
		meaning[name] = "a quantity that is always known"
	}
	for name, what := range circumstances {
		meaning[name] = what
	}
	claim := func(at Position, name, what string) {
		switch other, taken := meaning[name]; {
		case taken:
			s.wrong(at, "%s %.40q: the name is taken by %s; choose another", what, name, other)
		case !nameText.MatchString(name):
			s.wrong(at, "%s %.40q: use lower-case letters, digits, _ and -", what, name)
		}
		meaning[name] = what
	}
	for _, name := range sortedKeys(s.Facts) {
		if !slices.Contains(factTypes, s.Facts[name].Type) {
			s.wrong(s.Facts[name].Key("type"), "facts.%s.type: write number, word, day or instant", name)
		}
		claim(s.Facts[name].Position, name, "fact")
	}
	for _, name := range sortedKeys(s.Parameters) {
		claim(s.Parameters[name].Position, name, "parameter")
	}
	for _, name := range sortedKeys(s.Answers) {
		claim(s.Answers[name].Position, name, "answer")
	}
	for i := range s.Subsidies {
		claim(s.Subsidies[i].Key("id"), s.Subsidies[i].ID, "subsidy")
	}
}

// Decimals is how many decimals the scheme's currency has.
func (s *Scheme) Decimals() int { return s.decimals }

// known says whether the name means something in this scheme.
func (s *Scheme) known(name string) bool {
	if _, ok := quantities[name]; ok {
		return true
	}
	if _, ok := circumstances[name]; ok {
		return true
	}
	if _, ok := s.Facts[name]; ok {
		return true
	}
	if _, ok := s.Parameters[name]; ok {
		return true
	}
	if _, ok := s.Answers[name]; ok {
		return true
	}
	return s.Subsidy(name) != nil || words[name]
}

// Subsidy returns the subsidy of that id, or nil.
func (s *Scheme) Subsidy(id string) *Subsidy {
	for i := range s.Subsidies {
		if s.Subsidies[i].ID == id {
			return &s.Subsidies[i]
		}
	}
	return nil
}

// checkValue looks at every value inside v.
func (s *Scheme) checkValue(v *Value) {
	v.Each(func(inner *Value) {
		switch {
		case inner.Name != "" && !s.known(inner.Name):
			s.wrong(inner.Position, "%.40q is no fact, parameter, answer or quantity; %s", inner.Name, s.nearest(inner.Name))
		case inner.Form != nil:
			s.checkForm(inner)
		}
	})
}

func (s *Scheme) checkForm(v *Value) {
	f := v.Form
	ways := 0
	for _, given := range []bool{f.Min != nil, f.Max != nil, f.Sum != nil, f.Times != nil, f.Minus != nil, f.Over != nil,
		f.Lookup != nil, f.Highest != nil, f.Total != nil, f.Round != nil} {
		if given {
			ways++
		}
	}
	switch {
	case ways != 1:
		s.wrong(v.Position, "write one of min, max, sum, times, minus, over, lookup, highest, total and round here")
	case f.Lookup != nil && len(f.Table) == 0:
		s.wrong(v.Position, "lookup: write its table")
	case f.Round != nil && f.Of == nil:
		s.wrong(v.Position, "round: write of: what is rounded")
	case f.Total != nil && (f.Total.Earlier < 0 || f.Total.Earlier > mostMonths):
		s.wrong(v.Position, "total.earlier: write how many periods earlier, at most %d", mostMonths)
	}
	for i := range f.Table {
		f.Table[i].compile()
	}
	for _, category := range sortedKeys(f.Highest) {
		s.checkCategories(v.Position, "highest", []string{category})
	}
	for _, list := range [][]Value{f.Min, f.Max, f.Sum, f.Times, f.Minus, f.Over} {
		if list != nil && len(list) < 2 {
			s.wrong(v.Position, "write a list of at least two values")
		}
	}
	if f.Round != nil {
		s.checkRounding(f.Round)
	}
}

func (s *Scheme) checkTable(rows []Row) {
	for i := range rows {
		rows[i].compile()
		for _, v := range []*Value{rows[i].From, rows[i].Over, rows[i].UpTo, rows[i].Under, &rows[i].Value} {
			s.checkValue(v)
		}
	}
}

func (s *Scheme) checkRounding(r *Rounding) {
	if r.Way != "" {
		if err := r.Way.Check(); err != nil {
			s.wrong(r.Key("way"), "way: %v", err)
		}
	}
	if r.To != nil {
		s.checkValue(r.To)
	}
}

func (s *Scheme) checkParameter(name string, p *Parameter) {
	if len(p.Dated) == 0 {
		s.wrong(p.Position, "parameters.%s: write a value, or a list of from and value", name)
	}
	for i := range p.Dated {
		s.checkDays(name, p, i)
		s.checkValue(&p.Dated[i].Value)
	}
}

func (s *Scheme) checkDays(name string, p *Parameter, i int) {
	v := &p.Dated[i]
	switch {
	case i > 0 && v.From <= p.Dated[i-1].From:
		s.wrong(v.Key("from"), "parameters.%s: from %s does not follow the day before it", name, ledger.Date(v.From))
	case i > 0 && v.From <= p.Dated[i-1].To:
		s.wrong(v.Key("from"), "parameters.%s: from %s is not after the last day of the value before it", name, ledger.Date(v.From))
	case v.To != 0 && v.To < v.From:
		s.wrong(v.Key("to"), "parameters.%s: to %s is before from", name, ledger.Date(v.To))
	}
}

func (s *Scheme) checkAnswer(name string, a *Answer) {
	s.checkConditions("answers."+name, a.When)
	s.checkSteps(a.Amount)
	s.checkRule(a.Key("rule"), "answers."+name, a.Rule)
	if a.Rule == "" && a.Amount == nil && a.When == nil {
		s.wrong(a.Position, "answers.%s: write amount, rule or when", name)
	}
	if a.Round != nil {
		s.checkRounding(a.Round)
	}
	s.checkJudgedOn(a.Key("judged_on"), "answers."+name, a.JudgedOn)
}

func (s *Scheme) checkStack() {
	s.checkValue(&s.Stack.Ceiling)
	for _, id := range s.Stack.Order {
		if s.Subsidy(id) == nil {
			s.wrong(s.Stack.Key("order"), "stack.order: %.40q is no subsidy of the scheme", id)
		}
	}
}

// checkRule looks for a function of rules.star.
func (s *Scheme) checkRule(at Position, where, name string) {
	if name == "" {
		return
	}
	if s.program == nil {
		s.wrong(at, "%s: rule %.40q: the folder has no %s", where, name, RulesFile)
		return
	}
	params, ok := s.program.Params(name)
	switch {
	case !ok:
		s.wrong(at, "%s: %s has no function %.40q; it has %s", where, RulesFile, name, strings.Join(s.program.Functions(), ", "))
	case len(params) != 3:
		s.wrong(at, "%s: write the function as def %s(member, facts, p):", where, name)
	}
}
