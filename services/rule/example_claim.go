package rule

import "github.com/goccy/go-yaml/ast"

// ClaimExample is a claim of an example, for one benefit on account of one event. Those of an example are judged in their
// order, and each knows of those before it.
type ClaimExample struct {
	Place   `yaml:"-"`
	ID      string       `yaml:"id"`
	Benefit string       `yaml:"benefit"`
	Person  string       `yaml:"person"`
	Event   EventExample `yaml:"event"`
	// Received is the day on which it came; that of the event, if not said.
	Received Day               `yaml:"received"`
	Lines    []LineExample     `yaml:"lines"`
	Evidence []EvidenceExample `yaml:"evidence"`
	Amount   Number            `yaml:"amount"`
	// Cover says whether the person was covered; she was since she enrolled, where it says nothing.
	Cover     *CoverExample     `yaml:"cover"`
	Survivors []SurvivorExample `yaml:"survivors"`
	// Through is a day of the last month that is judged, of a benefit that is paid by the month.
	Through Day `yaml:"through"`
}

// EventExample is what happened.
type EventExample struct {
	Place     `yaml:"-"`
	ID        string `yaml:"id"`
	Kind      string `yaml:"kind"`
	On        Day    `yaml:"on"`
	Admitted  Day    `yaml:"admitted"`
	From      Day    `yaml:"from"`
	To        Day    `yaml:"to"`
	Emergency bool   `yaml:"emergency"`
	Children  int    `yaml:"children"`
	Degree    int    `yaml:"degree"`
}

// LineExample is a line of a claim for care; on the day of the event, where it names none.
type LineExample struct {
	Place    `yaml:"-"`
	Item     string `yaml:"item"`
	Care     string `yaml:"care"`
	Level    string `yaml:"level"`
	On       Day    `yaml:"on"`
	To       Day    `yaml:"to"`
	Quantity int    `yaml:"quantity"`
	Amount   Number `yaml:"amount"`
	Referred bool   `yaml:"referred"`
}

// EvidenceExample shows that something took place, or why it could not.
type EvidenceExample struct {
	Place  `yaml:"-"`
	Event  string `yaml:"event"`
	On     Day    `yaml:"on"`
	By     string `yaml:"by"`
	Missed string `yaml:"missed"`
}

// CoverExample is the cover on the day of the event.
type CoverExample struct {
	Place   `yaml:"-"`
	Covered bool   `yaml:"covered"`
	Since   Day    `yaml:"since"`
	Reason  string `yaml:"reason"`
	// MonthsUnpaid says that cover was taken up again shortly before, after so many months, for which its rule charges.
	MonthsUnpaid int `yaml:"months_unpaid"`
}

// SurvivorExample is one of those left behind.
type SurvivorExample struct {
	Place   `yaml:"-"`
	Name    string `yaml:"name"`
	Kind    string `yaml:"kind"`
	Birth   Day    `yaml:"birth"`
	Nominee bool   `yaml:"nominee"`
	Parts   int    `yaml:"parts"`
}

// Prover computes what an example expects under a name, where that is something which this package does not decide, such
// as what of a claim is granted; false where the name is none of its own.
type Prover func(s *Scheme, x Example, in Input, what string, expected Expected) ([]Outcome, bool, error)

// Compare is the outcome of an expectation: whether two texts are the same, as numbers where both are.
func Compare(what, expected, got string) Outcome { return compare(what, expected, got) }

// UnmarshalYAML reads a claim of an example.
func (c *ClaimExample) UnmarshalYAML(node ast.Node) error {
	type plain ClaimExample
	return readPart(ExamplesFile, node, &c.Place, (*plain)(c))
}

// UnmarshalYAML reads what happened.
func (e *EventExample) UnmarshalYAML(node ast.Node) error {
	type plain EventExample
	return readPart(ExamplesFile, node, &e.Place, (*plain)(e))
}

// UnmarshalYAML reads a line of a claim.
func (l *LineExample) UnmarshalYAML(node ast.Node) error {
	type plain LineExample
	return readPart(ExamplesFile, node, &l.Place, (*plain)(l))
}

// UnmarshalYAML reads evidence.
func (e *EvidenceExample) UnmarshalYAML(node ast.Node) error {
	type plain EvidenceExample
	return readPart(ExamplesFile, node, &e.Place, (*plain)(e))
}

// UnmarshalYAML reads the cover of an example.
func (c *CoverExample) UnmarshalYAML(node ast.Node) error {
	type plain CoverExample
	return readPart(ExamplesFile, node, &c.Place, (*plain)(c))
}

// UnmarshalYAML reads one of those left behind.
func (x *SurvivorExample) UnmarshalYAML(node ast.Node) error {
	type plain SurvivorExample
	return readPart(ExamplesFile, node, &x.Place, (*plain)(x))
}
