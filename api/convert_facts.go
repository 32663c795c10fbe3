package api

import (
	"fmt"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

var (
	sexes = map[sanadv1.Sex]insurance.Sex{
		sanadv1.Sex_SEX_FEMALE: insurance.Female,
		sanadv1.Sex_SEX_MALE:   insurance.Male,
		sanadv1.Sex_SEX_OTHER:  insurance.OtherSex,
	}
	corrections = map[sanadv1.Correction]insurance.Correction{
		sanadv1.Correction_CORRECTION_BETTER_EVIDENCE: insurance.BetterEvidence,
		sanadv1.Correction_CORRECTION_OWN_ERROR:       insurance.OwnError,
		sanadv1.Correction_CORRECTION_OFFICE_ERROR:    insurance.OfficeError,
		sanadv1.Correction_CORRECTION_FRAUD:           insurance.Fraud,
	}
	dependantKinds = map[sanadv1.DependantKind]insurance.DependantKind{
		sanadv1.DependantKind_DEPENDANT_KIND_SPOUSE: insurance.Spouse,
		sanadv1.DependantKind_DEPENDANT_KIND_CHILD:  insurance.Child,
		sanadv1.DependantKind_DEPENDANT_KIND_PARENT: insurance.Parent,
		sanadv1.DependantKind_DEPENDANT_KIND_OTHER:  insurance.OtherDependant,
	}
	careCreditKinds = map[sanadv1.CareCreditKind]insurance.CareCreditKind{
		sanadv1.CareCreditKind_CARE_CREDIT_KIND_CARE:       insurance.CreditCare,
		sanadv1.CareCreditKind_CARE_CREDIT_KIND_DISABILITY: insurance.CreditDisability,
		sanadv1.CareCreditKind_CARE_CREDIT_KIND_MATERNITY:  insurance.CreditMaternity,
	}
)

// wireOf is the word of the contract for a word of the domain; unspecified where it is empty.
func wireOf[W, D comparable](words map[W]D, word D) (wire W) {
	for w, d := range words {
		if d == word {
			return w
		}
	}
	return wire
}

// mapped converts each of a list.
func mapped[A, B any](list []A, convert func(A) B) []B {
	var out []B
	for _, v := range list {
		out = append(out, convert(v))
	}
	return out
}

// read reads each of a list, whose fields are named by their place.
func read[A, B any](field string, list []A, from func(field string, a A) (B, error)) ([]B, error) {
	var out []B
	for i, v := range list {
		b, err := from(fmt.Sprintf("%s[%d]", field, i), v)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

func changeFrom(r *sanadv1.RecordFactsRequest) (insurance.Change, error) {
	c := insurance.Change{Why: corrections[r.GetCorrection()], By: r.GetPerson()}
	var err error
	if c.Add, err = factsFrom(r.GetFacts()); err != nil {
		return c, err
	}
	for i, name := range r.GetTakeBack() {
		if err := takeBack(&c.TakeBack, fmt.Sprintf("take_back[%d]", i), name); err != nil {
			return c, err
		}
	}
	return c, nil
}

// takeBack puts a fact by its name among those to take back.
func takeBack(f *insurance.Facts, field string, n *sanadv1.FactName) error {
	from, err := dateFrom(field+".from", n.GetFrom())
	if err != nil {
		return err
	}
	days := insurance.Days{From: from}
	switch n.GetKind() {
	case sanadv1.FactKind_FACT_KIND_BIRTH:
		f.Birth.Year = 1 // which birth is not asked: there is one
	case sanadv1.FactKind_FACT_KIND_SEX:
		f.Sex = insurance.OtherSex // nor which sex
	case sanadv1.FactKind_FACT_KIND_CATEGORY:
		f.Categories = append(f.Categories, insurance.Category{Name: n.GetName(), Days: days})
	case sanadv1.FactKind_FACT_KIND_DECLARATION:
		f.Declared = append(f.Declared, insurance.Declaration{Name: n.GetName(), Days: days})
	case sanadv1.FactKind_FACT_KIND_DEPENDANT:
		f.Dependants = append(f.Dependants, insurance.Dependant{Name: n.GetName(), Days: days})
	case sanadv1.FactKind_FACT_KIND_NOMINEE:
		f.Nominees = append(f.Nominees, insurance.Nominee{Name: n.GetName(), Days: days})
	case sanadv1.FactKind_FACT_KIND_CARE_CREDIT:
		f.CareCredit = append(f.CareCredit, insurance.CareCredit{Kind: insurance.CareCreditKind(n.GetName()), Days: days})
	case sanadv1.FactKind_FACT_KIND_DRAWING:
		f.Withdrawal = append(f.Withdrawal, insurance.Drawing{Scheme: ledger.SchemeCode(n.GetName()), On: from})
	}
	return nil
}

func factsFrom(f *sanadv1.Facts) (out insurance.Facts, err error) {
	out.Sex = sexes[f.GetSex()]
	if out.Birth, err = birthFrom("facts.birth", f.GetBirth()); err != nil {
		return out, err
	}
	if out.Enrolments, err = read("facts.enrolments", f.GetEnrolments(), enrolmentFrom); err != nil {
		return out, err
	}
	if out.Categories, err = read("facts.categories", f.GetCategories(), categoryFrom); err != nil {
		return out, err
	}
	if out.Declared, err = read("facts.declared", f.GetDeclared(), declarationFrom); err != nil {
		return out, err
	}
	if out.Dependants, err = read("facts.dependants", f.GetDependants(), dependantFrom); err != nil {
		return out, err
	}
	if out.Nominees, err = read("facts.nominees", f.GetNominees(), nomineeFrom); err != nil {
		return out, err
	}
	if out.CareCredit, err = read("facts.care_credits", f.GetCareCredits(), careCreditFrom); err != nil {
		return out, err
	}
	out.Withdrawal, err = read("facts.drawings", f.GetDrawings(), drawingFrom)
	return out, err
}

// dated is what has a first and a last day.
type dated interface {
	GetFrom() *sanadv1.Date
	GetTo() *sanadv1.Date
}

func daysFrom(field string, d dated) (days insurance.Days, err error) {
	if days.From, err = dateFrom(field+".from", d.GetFrom()); err != nil {
		return days, err
	}
	days.To, err = dateFrom(field+".to", d.GetTo())
	return days, err
}

func enrolmentFrom(field string, e *sanadv1.Enrolment) (insurance.Enrolment, error) {
	days, err := daysFrom(field, e)
	return insurance.Enrolment{Scheme: ledger.SchemeCode(e.GetScheme()), Days: days}, err
}

func categoryFrom(field string, c *sanadv1.Category) (insurance.Category, error) {
	days, err := daysFrom(field, c)
	return insurance.Category{Name: c.GetName(), Days: days, Evidence: evidence[c.GetEvidence()]}, err
}

func declarationFrom(field string, d *sanadv1.Declaration) (insurance.Declaration, error) {
	days, err := daysFrom(field, d)
	return insurance.Declaration{Name: d.GetName(), Value: d.GetValue(), Days: days, Evidence: evidence[d.GetEvidence()]}, err
}

func dependantFrom(field string, d *sanadv1.Dependant) (insurance.Dependant, error) {
	out := insurance.Dependant{Name: d.GetName(), Kind: dependantKinds[d.GetKind()], PayTo: ledger.Party(d.GetPayTo()), Evidence: evidence[d.GetEvidence()]}
	var err error
	if out.Birth, err = birthFrom(field+".birth", d.GetBirth()); err != nil {
		return out, err
	}
	out.Days, err = daysFrom(field, d)
	return out, err
}

func nomineeFrom(field string, n *sanadv1.Nominee) (insurance.Nominee, error) {
	out := insurance.Nominee{Name: n.GetName(), Kind: dependantKinds[n.GetKind()], Parts: n.GetParts(), PayTo: ledger.Party(n.GetPayTo()), Evidence: evidence[n.GetEvidence()]}
	var err error
	if out.Birth, err = birthFrom(field+".birth", n.GetBirth()); err != nil {
		return out, err
	}
	out.Days, err = daysFrom(field, n)
	return out, err
}

func careCreditFrom(field string, c *sanadv1.CareCredit) (insurance.CareCredit, error) {
	days, err := daysFrom(field, c)
	return insurance.CareCredit{Kind: careCreditKinds[c.GetKind()], Days: days, Evidence: evidence[c.GetEvidence()]}, err
}

func drawingFrom(field string, d *sanadv1.Drawing) (insurance.Drawing, error) {
	out := insurance.Drawing{Scheme: ledger.SchemeCode(d.GetScheme()), Exit: d.GetExit()}
	var err error
	if out.On, err = dateFrom(field+".on", d.GetOn()); err != nil || d.GetAmount() == nil {
		return out, err
	}
	amount, err := moneyFrom(field+".amount", d.GetAmount())
	out.Minor, out.Currency = amount.Minor, amount.Currency
	return out, err
}

func factsTo(f insurance.Facts) *sanadv1.Facts {
	return &sanadv1.Facts{
		Birth: birthTo(f.Birth), BirthRecorded: recordedTo(f.BirthRecorded),
		Sex: wireOf(sexes, f.Sex), SexRecorded: recordedTo(f.SexRecorded),
		Enrolments: mapped(f.Enrolments, enrolmentTo), Categories: mapped(f.Categories, categoryTo),
		Declared: mapped(f.Declared, declarationTo), Dependants: mapped(f.Dependants, dependantTo),
		CareCredits: mapped(f.CareCredit, careCreditTo), Drawings: mapped(f.Withdrawal, drawingTo),
		Death: deathTo(f.Death), Nominees: mapped(f.Nominees, nomineeTo),
	}
}

func supersededTo(all []insurance.Superseded) []*sanadv1.SupersededFacts {
	return mapped(all, func(s insurance.Superseded) *sanadv1.SupersededFacts {
		return &sanadv1.SupersededFacts{On: dateTo(s.On), By: s.By, Correction: wireOf(corrections, s.Why), Facts: factsTo(s.Was)}
	})
}

// recordedTo writes when a fact was recorded; of no fact it is nil.
func recordedTo(r insurance.Recorded) *sanadv1.Recorded {
	if r == (insurance.Recorded{}) {
		return nil
	}
	return &sanadv1.Recorded{On: dateTo(r.RecordedOn), By: r.RecordedBy, Correction: wireOf(corrections, r.Correction)}
}

func enrolmentTo(e insurance.Enrolment) *sanadv1.Enrolment {
	return &sanadv1.Enrolment{Scheme: string(e.Scheme), From: dateTo(e.From), To: dateTo(e.To), Recorded: recordedTo(e.Recorded)}
}

func categoryTo(c insurance.Category) *sanadv1.Category {
	return &sanadv1.Category{
		Name: c.Name, From: dateTo(c.From), To: dateTo(c.To), Evidence: wireOf(evidence, c.Evidence), Recorded: recordedTo(c.Recorded),
	}
}

func declarationTo(d insurance.Declaration) *sanadv1.Declaration {
	return &sanadv1.Declaration{
		Name: d.Name, Value: d.Value, From: dateTo(d.From), To: dateTo(d.To), Evidence: wireOf(evidence, d.Evidence), Recorded: recordedTo(d.Recorded),
	}
}

func dependantTo(d insurance.Dependant) *sanadv1.Dependant {
	return &sanadv1.Dependant{
		Name: d.Name, Kind: wireOf(dependantKinds, d.Kind), Birth: birthTo(d.Birth), From: dateTo(d.From), To: dateTo(d.To),
		Evidence: wireOf(evidence, d.Evidence), Recorded: recordedTo(d.Recorded), PayTo: string(d.PayTo),
	}
}

func nomineeTo(n insurance.Nominee) *sanadv1.Nominee {
	return &sanadv1.Nominee{
		Name: n.Name, Kind: wireOf(dependantKinds, n.Kind), Birth: birthTo(n.Birth), Parts: n.Parts, PayTo: string(n.PayTo),
		From: dateTo(n.From), To: dateTo(n.To), Evidence: wireOf(evidence, n.Evidence), Recorded: recordedTo(n.Recorded),
	}
}

func careCreditTo(c insurance.CareCredit) *sanadv1.CareCredit {
	return &sanadv1.CareCredit{
		Kind: wireOf(careCreditKinds, c.Kind), From: dateTo(c.From), To: dateTo(c.To), Evidence: wireOf(evidence, c.Evidence), Recorded: recordedTo(c.Recorded),
	}
}

func drawingTo(d insurance.Drawing) *sanadv1.Drawing {
	out := &sanadv1.Drawing{Scheme: string(d.Scheme), On: dateTo(d.On), Exit: d.Exit, Recorded: recordedTo(d.Recorded)}
	if d.Minor != 0 {
		out.Amount = moneyTo(ledger.Money{Minor: d.Minor, Currency: d.Currency})
	}
	return out
}
