package rule

import "github.com/goccy/go-yaml/ast"

// CoverAsked asks, in an example, whether somebody is covered on the example's day.
type CoverAsked struct {
	Place `yaml:"-"`
	// Name is that of the cover; the first by its name, where it is not said.
	Name string `yaml:"name"`
	// Dependant is the name of the one who is asked about, and Newborn the birth of a child that nobody has enrolled; the
	// member herself, where neither is said.
	Dependant string `yaml:"dependant"`
	Newborn   Day    `yaml:"newborn"`
	Admitted  Day    `yaml:"admitted"`
	Claimed   Day    `yaml:"claimed"`
	// Asked is the day of asking; the example's day, where it is not said.
	Asked      Day                `yaml:"asked"`
	Notices    []NoticeExample    `yaml:"notices"`
	Holidays   []Between          `yaml:"holidays"`
	Credits    []CreditExample    `yaml:"care_credits"`
	Dependants []DependantExample `yaml:"dependants"`
	Died       Day                `yaml:"died"`
}

// NoticeExample is a notice that she was sent.
type NoticeExample struct {
	Place  `yaml:"-"`
	On     Day  `yaml:"on"`
	Ends   Day  `yaml:"ends"`
	Closes bool `yaml:"closes"`
}

// CreditExample are months of hers that may count without money.
type CreditExample struct {
	Place `yaml:"-"`
	Kind  string `yaml:"kind"`
	From  Day    `yaml:"from"`
	To    Day    `yaml:"to"`
}

// DependantExample is somebody who depends on her.
type DependantExample struct {
	Place `yaml:"-"`
	Name  string `yaml:"name"`
	Kind  string `yaml:"kind"`
	Birth Day    `yaml:"birth"`
	From  Day    `yaml:"from"`
	To    Day    `yaml:"to"`
}

// UnmarshalYAML reads what is asked of cover.
func (c *CoverAsked) UnmarshalYAML(node ast.Node) error {
	type plain CoverAsked
	return readPart(ExamplesFile, node, &c.Place, (*plain)(c))
}

// UnmarshalYAML reads a notice.
func (n *NoticeExample) UnmarshalYAML(node ast.Node) error {
	type plain NoticeExample
	return readPart(ExamplesFile, node, &n.Place, (*plain)(n))
}

// UnmarshalYAML reads months that may count.
func (c *CreditExample) UnmarshalYAML(node ast.Node) error {
	type plain CreditExample
	return readPart(ExamplesFile, node, &c.Place, (*plain)(c))
}

// UnmarshalYAML reads a dependant.
func (d *DependantExample) UnmarshalYAML(node ast.Node) error {
	type plain DependantExample
	return readPart(ExamplesFile, node, &d.Place, (*plain)(d))
}
