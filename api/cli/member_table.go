package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"google.golang.org/protobuf/reflect/protoreflect"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

// The words of the contract as flags take them and tables show them.
var (
	evidenceWords   = words(sanadv1.Evidence_name, func(n int32) sanadv1.Evidence { return sanadv1.Evidence(n) })
	sexWords        = words(sanadv1.Sex_name, func(n int32) sanadv1.Sex { return sanadv1.Sex(n) })
	dependantWords  = words(sanadv1.DependantKind_name, func(n int32) sanadv1.DependantKind { return sanadv1.DependantKind(n) })
	careCreditWords = words(sanadv1.CareCreditKind_name, func(n int32) sanadv1.CareCreditKind { return sanadv1.CareCreditKind(n) })
	takeBackWords   = map[string]sanadv1.FactKind{
		"birth": sanadv1.FactKind_FACT_KIND_BIRTH, "sex": sanadv1.FactKind_FACT_KIND_SEX, "category": sanadv1.FactKind_FACT_KIND_CATEGORY,
		"set": sanadv1.FactKind_FACT_KIND_DECLARATION, "dependant": sanadv1.FactKind_FACT_KIND_DEPENDANT,
		"nominee": sanadv1.FactKind_FACT_KIND_NOMINEE, "care-credit": sanadv1.FactKind_FACT_KIND_CARE_CREDIT,
	}
)

// words are the values of an enumeration by their last words: EVIDENCE_DOCUMENT is document.
func words[E fmt.Stringer](names map[int32]string, of func(int32) E) map[string]E {
	all := map[string]E{}
	for n := range names {
		if n != 0 {
			all[word(of(n))] = of(n)
		}
	}
	return all
}

// word is the last word of an enumeration's value; nothing for what is not said.
func word(value fmt.Stringer) string {
	name := value.String()
	if strings.HasSuffix(name, "_UNSPECIFIED") {
		return ""
	}
	if enum, ok := value.(protoreflect.Enum); ok {
		name = strings.TrimPrefix(name, upperSnake(string(enum.Descriptor().Name()))+"_")
	}
	return strings.ToLower(strings.ReplaceAll(name, "_", "-"))
}

// upperSnake is CareCreditKind as CARE_CREDIT_KIND.
func upperSnake(camel string) string {
	var b strings.Builder
	for i, r := range camel {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}

// factName reads what is to be taken back: a kind, and a name where the kind has several.
func factName(text string, from *sanadv1.Date) (*sanadv1.FactName, error) {
	kind, name, named := strings.Cut(text, "=")
	found, ok := takeBackWords[kind]
	single := kind == "birth" || kind == "sex"
	if !ok || named == single || named && name == "" {
		return nil, usageError{fmt.Errorf("--take-back %s: write birth, sex, category=NAME, set=NAME, dependant=NAME or care-credit=KIND", text)}
	}
	if single {
		from = nil
	}
	return &sanadv1.FactName{Kind: found, Name: name, From: from}, nil
}

func newFactTable(indent string) *table {
	return newTable(indent, "Fact", "Name", "Value", "From", "To", "Evidence", "Recorded", "By", "Corrected for")
}

func printFacts(w io.Writer, f *sanadv1.Facts) {
	t := newFactTable("")
	t.facts(f)
	if len(t.rows) == 0 {
		fmt.Fprintln(w, "Nothing is on record.")
		return
	}
	t.print(w)
}

// printSuperseded shows what changes have taken off the record.
func printSuperseded(w io.Writer, all []*sanadv1.SupersededFacts) {
	for _, s := range all {
		why := word(s.GetCorrection())
		if why == "" {
			why = "it ended"
		}
		fmt.Fprintf(w, "\nUntil %s, by the record of %s (%s):\n", dayText(s.GetOn()), s.GetBy(), why)
		t := newFactTable("  ")
		t.facts(s.GetFacts())
		t.print(w)
	}
}

// facts adds a row for each fact.
func (t *table) facts(f *sanadv1.Facts) {
	if b := f.GetBirth(); b != nil {
		t.fact("birth", "", birthText(b), nil, nil, b.GetEvidence(), f.GetBirthRecorded())
	}
	if f.GetSex() != 0 {
		t.fact("sex", "", word(f.GetSex()), nil, nil, 0, f.GetSexRecorded())
	}
	for _, e := range f.GetEnrolments() {
		t.fact("enrolment", e.GetScheme(), "", e.GetFrom(), e.GetTo(), 0, e.GetRecorded())
	}
	for _, c := range f.GetCategories() {
		t.fact("category", c.GetName(), "", c.GetFrom(), c.GetTo(), c.GetEvidence(), c.GetRecorded())
	}
	for _, d := range f.GetDeclared() {
		t.fact("declared", d.GetName(), d.GetValue(), d.GetFrom(), d.GetTo(), d.GetEvidence(), d.GetRecorded())
	}
	for _, d := range f.GetDependants() {
		t.fact("dependant", d.GetName(), strings.TrimSpace(word(d.GetKind())+" "+birthText(d.GetBirth())), d.GetFrom(), d.GetTo(), d.GetEvidence(), d.GetRecorded())
	}
	for _, n := range f.GetNominees() {
		t.fact("nominee", n.GetName(), strings.TrimSpace(word(n.GetKind())+" "+birthText(n.GetBirth())), n.GetFrom(), n.GetTo(), n.GetEvidence(), n.GetRecorded())
	}
	for _, c := range f.GetCareCredits() {
		t.fact("care credit", word(c.GetKind()), "", c.GetFrom(), c.GetTo(), c.GetEvidence(), c.GetRecorded())
	}
	for _, d := range f.GetDrawings() {
		t.fact("drawing", d.GetScheme(), drawingText(d), d.GetOn(), d.GetOn(), 0, d.GetRecorded())
	}
}

func (t *table) fact(kind, name, value string, from, to *sanadv1.Date, rests sanadv1.Evidence, r *sanadv1.Recorded) {
	t.row(kind, name, value, dayOrNone(from), dayOrNone(to), word(rests), dayOrNone(r.GetOn()), r.GetBy(), word(r.GetCorrection()))
}

func birthText(b *sanadv1.Birth) string {
	switch {
	case b.GetDate() != nil:
		return dayText(b.GetDate())
	case b.GetAge() != nil:
		return fmt.Sprintf("%d years on %s", b.GetAge().GetYears(), dayText(b.GetAge().GetOn()))
	case b.GetYear() != 0:
		return fmt.Sprint(b.GetYear())
	}
	return ""
}

func drawingText(d *sanadv1.Drawing) string {
	text := strings.TrimSpace(grouped(d.GetAmount().GetAmount()) + " " + d.GetAmount().GetCurrencyCode())
	if d.GetExit() {
		text = strings.TrimSpace(text + " exit")
	}
	return text
}

// dayOrNone prints a day; no day is empty.
func dayOrNone(d *sanadv1.Date) string {
	if d == nil {
		return ""
	}
	return dayText(d)
}
