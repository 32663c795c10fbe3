package scenario

import (
	"strconv"
	"strings"
	"time"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

// ofPeople are the sentences about schemes, and about who is in them.
var ofPeople = []command{
	{form: "scheme <word:code>[ as in <word:folder>]", do: (*stage).publish,
		says: "publishes the scheme of the folder of that name, under schemes/ here or deploy/schemes; another folder is a further version of it"},
	{form: "collector <word:collector> for <word:scheme>", do: (*stage).setCollector,
		says: "whoever takes money in; what it sends without a scheme's name is for that scheme"},
	{form: "member <member>[, born <day:born>][, a <word:sex>][, with phone <word:phone>]", do: (*stage).register,
		says: "registers somebody, a woman or a man"},
	{form: "<member> joins <word:scheme>", do: (*stage).join, says: "she is enrolled in the scheme from the day on"},
	{form: "<member> is in category <word:category>", do: (*stage).categorise, says: "she belongs to the category from the day on, by a document"},
	{form: "<member> is in category <word:category> through <day:last>", do: (*stage).categorise, says: "… and no longer after that day"},
	{form: "<member> declares <word:fact> <decimal:value>", do: (*stage).declare, says: "what she declares from the day on, such as an income"},
	{form: "<member> has a <word:kind> <member:dependant>[ born <day:born>][, paid as <party:payee>]", do: (*stage).dependant,
		says: "a spouse, child, parent or other who depends on her from the day on, and who is paid what is hers: a minor's guardian"},
	{form: "<member> names her <word:kind> <member:nominee>[, for <number:parts> parts][, paid as <party:payee>]", do: (*stage).nominee,
		says: "whom she has chosen to get what she leaves: a spouse, child, parent or other"},
	{form: "the file of <member> is put right by <word:correction>: born <day:born>", do: (*stage).bornOtherwise,
		says: "her birth is corrected; why is better-evidence, own-error, office-error or fraud"},
	{form: "<member> is erased", do: (*stage).erase, says: "her personal data is destroyed, by two people; the books stay"},
}

func (s *stage) publish(g given) error {
	name := g.of("code")
	if g.has("folder") {
		name = g.of("folder")
	}
	files, err := folder(name)
	if err != nil {
		return g.wrong("%v", err)
	}
	answer, err := s.schemes.PublishSchemeFolder(s.ctx, &sanadv1.PublishSchemeFolderRequest{PublishedBy: "ministry", Folder: &sanadv1.SchemeFolder{
		SchemeYaml: files["scheme.yaml"], RulesStar: files["rules.star"], ExamplesYaml: files["examples.yaml"]}})
	if err != nil {
		return err
	}
	published := answer.GetScheme()
	if published.GetCode() != g.of("code") {
		return g.wrong("the folder %s is of scheme %s", name, published.GetCode())
	}
	s.currency[published.GetCode()] = published.GetCurrencyCode()
	s.zones[published.GetCode()], err = time.LoadLocation(published.GetTimeZone())
	return err
}

func (s *stage) setCollector(g given) error {
	_, err := s.schemes.SetCollector(s.ctx, &sanadv1.SetCollectorRequest{
		Collector: &sanadv1.Collector{Id: g.of("collector"), DefaultScheme: g.of("scheme")}})
	s.named["scheme of "+g.of("collector")] = g.of("scheme")
	return err
}

func (s *stage) register(g given) error {
	name := g.of("member")
	if s.ids[name] != "" {
		return g.wrong("%s was registered before", name)
	}
	person := &sanadv1.Person{Name: name, Documents: []*sanadv1.Document{{Kind: "passport", Issuer: "JO", Number: "P-" + name}}}
	if g.has("phone") {
		person.Phones = []*sanadv1.Phone{{Number: g.of("phone"), From: &sanadv1.Date{Year: 2000, Month: 1, Day: 1}}}
	}
	if g.has("born") {
		born, err := g.when("born")
		if err != nil {
			return err
		}
		person.Birth = &sanadv1.Birth{Known: &sanadv1.Birth_Date{Date: dateOf(born)}, Evidence: sanadv1.Evidence_EVIDENCE_REGISTER}
	}
	answer, err := s.members.RegisterMember(s.ctx, &sanadv1.RegisterMemberRequest{Person: person, RequestId: "register-" + name})
	if err != nil {
		return err
	}
	s.ids[name], s.numbers[name] = answer.GetMember().GetId(), answer.GetMember().GetNumber()
	if !g.has("sex") {
		return nil
	}
	sex, ok := map[string]sanadv1.Sex{"woman": sanadv1.Sex_SEX_FEMALE, "man": sanadv1.Sex_SEX_MALE}[g.of("sex")]
	if !ok {
		return g.wrong("write a woman or a man")
	}
	return s.record(g, &sanadv1.Facts{Sex: sex})
}

// record records facts of the member, as an officer does.
func (s *stage) record(g given, facts *sanadv1.Facts) error {
	id, err := s.member(g, "member")
	if err != nil {
		return err
	}
	_, err = s.members.RecordFacts(s.ctx, &sanadv1.RecordFactsRequest{MemberId: id, Facts: facts, Person: "huda"})
	return err
}

func (s *stage) join(g given) error {
	on, err := g.when("day")
	if err != nil {
		return err
	}
	id, err := s.member(g, "member")
	if err != nil {
		return err
	}
	_, err = s.members.EnrolInScheme(s.ctx, &sanadv1.EnrolInSchemeRequest{MemberId: id, Scheme: g.of("scheme"), From: dateOf(on), Person: "huda"})
	return err
}

func (s *stage) categorise(g given) error {
	on, err := g.when("day")
	if err != nil {
		return err
	}
	category := &sanadv1.Category{Name: g.of("category"), From: dateOf(on), Evidence: sanadv1.Evidence_EVIDENCE_DOCUMENT}
	if g.has("last") {
		last, err := g.when("last")
		if err != nil {
			return err
		}
		category.To = dateOf(last)
	}
	return s.record(g, &sanadv1.Facts{Categories: []*sanadv1.Category{category}})
}

func (s *stage) declare(g given) error {
	on, err := g.when("day")
	if err != nil {
		return err
	}
	return s.record(g, &sanadv1.Facts{Declared: []*sanadv1.Declaration{{Name: g.of("fact"), Value: g.of("value"), From: dateOf(on), Evidence: sanadv1.Evidence_EVIDENCE_STATED}}})
}

func (s *stage) dependant(g given) error {
	on, err := g.when("day")
	if err != nil {
		return err
	}
	kind, ok := sanadv1.DependantKind_value["DEPENDANT_KIND_"+strings.ToUpper(g.of("kind"))]
	if !ok {
		return g.wrong("write spouse, child, parent or other")
	}
	d := &sanadv1.Dependant{Name: strings.ToLower(g.of("dependant")), Kind: sanadv1.DependantKind(kind), From: dateOf(on), Evidence: sanadv1.Evidence_EVIDENCE_REGISTER}
	if g.has("born") {
		born, err := g.when("born")
		if err != nil {
			return err
		}
		d.Birth = &sanadv1.Birth{Known: &sanadv1.Birth_Date{Date: dateOf(born)}, Evidence: sanadv1.Evidence_EVIDENCE_REGISTER}
	}
	if d.PayTo, err = s.payee(g); err != nil {
		return err
	}
	return s.record(g, &sanadv1.Facts{Dependants: []*sanadv1.Dependant{d}})
}

// payee is who is paid; empty where the line does not say.
func (s *stage) payee(g given) (string, error) {
	if !g.has("payee") {
		return "", nil
	}
	return s.party(g, "payee")
}

func (s *stage) nominee(g given) error {
	on, err := g.when("day")
	if err != nil {
		return err
	}
	n := &sanadv1.Nominee{Name: strings.ToLower(g.of("nominee")), From: dateOf(on), Evidence: sanadv1.Evidence_EVIDENCE_DOCUMENT,
		Kind: sanadv1.DependantKind(sanadv1.DependantKind_value["DEPENDANT_KIND_"+strings.ToUpper(g.of("kind"))])}
	if g.has("parts") {
		if n.Parts, err = strconv.ParseInt(g.of("parts"), 10, 64); err != nil {
			return g.wrong("write parts as a whole number")
		}
	}
	if n.PayTo, err = s.payee(g); err != nil {
		return err
	}
	return s.record(g, &sanadv1.Facts{Nominees: []*sanadv1.Nominee{n}})
}

func (s *stage) bornOtherwise(g given) error {
	id, err := s.member(g, "member")
	if err != nil {
		return err
	}
	born, err := g.when("born")
	if err != nil {
		return err
	}
	why, ok := sanadv1.Correction_value["CORRECTION_"+strings.ToUpper(strings.ReplaceAll(g.of("correction"), "-", "_"))]
	if !ok {
		return g.wrong("write better-evidence, own-error, office-error or fraud")
	}
	_, err = s.members.RecordFacts(s.ctx, &sanadv1.RecordFactsRequest{MemberId: id, Person: "huda", Correction: sanadv1.Correction(why),
		Facts: &sanadv1.Facts{Birth: &sanadv1.Birth{Known: &sanadv1.Birth_Date{Date: dateOf(born)}, Evidence: sanadv1.Evidence_EVIDENCE_REGISTER}}})
	return err
}

func (s *stage) erase(g given) error {
	id, err := s.member(g, "member")
	if err != nil {
		return err
	}
	for _, person := range two {
		if _, err := s.members.EraseMember(s.ctx, &sanadv1.EraseMemberRequest{MemberId: id, Person: person}); err != nil {
			return err
		}
	}
	return nil
}
