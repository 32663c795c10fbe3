package api

import (
	"fmt"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/services/enrolment"
	"sanad.dev/sanad/services/insurance"
)

// referenceFrom reads how a member was named; a reference that names nobody is the zero one.
func referenceFrom(r *sanadv1.MemberReference) insurance.Reference {
	return insurance.Reference{
		Number: r.GetMemberNumber(), Phone: r.GetPhone(), Typed: r.GetTyped(),
		Document: documentFrom(r.GetDocument()), Member: insurance.MemberID(r.GetMemberId()),
	}
}

func referenceTo(r insurance.Reference) *sanadv1.MemberReference {
	switch {
	case r.Member != "":
		return &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberId{MemberId: string(r.Member)}}
	case r.Number != "":
		return &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberNumber{MemberNumber: r.Number}}
	case r.Phone != "":
		return &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_Phone{Phone: r.Phone}}
	case r.Document != (insurance.Document{}):
		return &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_Document{Document: documentTo(r.Document)}}
	case r.Typed != "":
		return &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_Typed{Typed: r.Typed}}
	}
	return nil
}

func documentFrom(d *sanadv1.Document) insurance.Document {
	return insurance.Document{Kind: d.GetKind(), Issuer: d.GetIssuer(), Number: d.GetNumber()}
}

func documentTo(d insurance.Document) *sanadv1.Document {
	return &sanadv1.Document{Kind: d.Kind, Issuer: d.Issuer, Number: d.Number}
}

func registrationFrom(r *sanadv1.RegisterMemberRequest) (enrolment.Request, error) {
	person, err := personFrom(r.GetPerson())
	return enrolment.Request{ID: r.GetRequestId(), Person: person, Region: r.GetRegion(), CardNumber: r.GetCardNumber()}, err
}

func personFrom(p *sanadv1.Person) (insurance.Person, error) {
	person := insurance.Person{
		Name: p.GetName(), Language: p.GetLanguage(),
		Voucher: insurance.Voucher{Member: insurance.MemberID(p.GetVoucher().GetMemberId()), Officer: p.GetVoucher().GetGroupOfficer()},
	}
	for _, d := range p.GetDocuments() {
		person.Documents = append(person.Documents, documentFrom(d))
	}
	var err error
	if person.Birth, err = birthFrom("person.birth", p.GetBirth()); err != nil {
		return person, err
	}
	person.Phones, err = phonesFrom("person.phones", p.GetPhones())
	return person, err
}

func phonesFrom(field string, phones []*sanadv1.Phone) ([]insurance.Phone, error) {
	var read []insurance.Phone
	for i, p := range phones {
		from, err := dateFrom(fmt.Sprintf("%s[%d].from", field, i), p.GetFrom())
		if err != nil {
			return nil, err
		}
		to, err := dateFrom(fmt.Sprintf("%s[%d].to", field, i), p.GetTo())
		if err != nil {
			return nil, err
		}
		read = append(read, insurance.Phone{Number: p.GetNumber(), From: from, To: to})
	}
	return read, nil
}

var evidence = map[sanadv1.Evidence]insurance.Evidence{
	sanadv1.Evidence_EVIDENCE_STATED:   insurance.EvidenceStated,
	sanadv1.Evidence_EVIDENCE_VOUCHED:  insurance.EvidenceVouched,
	sanadv1.Evidence_EVIDENCE_DOCUMENT: insurance.EvidenceDocument,
	sanadv1.Evidence_EVIDENCE_REGISTER: insurance.EvidenceRegister,
}

func birthFrom(field string, b *sanadv1.Birth) (insurance.Birth, error) {
	birth := insurance.Birth{
		Year: int(b.GetYear()), StatedYears: int(b.GetAge().GetYears()), Evidence: evidence[b.GetEvidence()],
	}
	var err error
	if birth.On, err = dateFrom(field+".date", b.GetDate()); err != nil {
		return birth, err
	}
	birth.StatedOn, err = dateFrom(field+".age.on", b.GetAge().GetOn())
	return birth, err
}

func birthTo(b insurance.Birth) *sanadv1.Birth {
	if b == (insurance.Birth{}) {
		return nil
	}
	out := &sanadv1.Birth{Evidence: wireOf(evidence, b.Evidence)}
	switch {
	case b.On != 0:
		out.Known = &sanadv1.Birth_Date{Date: dateTo(b.On)}
	case b.StatedOn != 0:
		out.Known = &sanadv1.Birth_Age{Age: &sanadv1.StatedAge{Years: int32(b.StatedYears), On: dateTo(b.StatedOn)}}
	case b.Year != 0:
		out.Known = &sanadv1.Birth_Year{Year: int32(b.Year)}
	}
	return out
}

func voucherTo(v insurance.Voucher) *sanadv1.Voucher {
	switch {
	case v.Member != "":
		return &sanadv1.Voucher{By: &sanadv1.Voucher_MemberId{MemberId: string(v.Member)}}
	case v.Officer != "":
		return &sanadv1.Voucher{By: &sanadv1.Voucher_GroupOfficer{GroupOfficer: v.Officer}}
	}
	return nil
}

func personTo(p insurance.Person) *sanadv1.Person {
	out := &sanadv1.Person{Name: p.Name, Birth: birthTo(p.Birth), Voucher: voucherTo(p.Voucher), Language: p.Language}
	for _, d := range p.Documents {
		out.Documents = append(out.Documents, documentTo(d))
	}
	for _, phone := range p.Phones {
		out.Phones = append(out.Phones, &sanadv1.Phone{Number: phone.Number, From: dateTo(phone.From), To: dateTo(phone.To)})
	}
	return out
}

// memberTo writes a member; of one who is erased, no more than that.
func memberTo(m insurance.Member) *sanadv1.Member {
	out := &sanadv1.Member{Id: string(m.ID), Number: m.Number, RegisteredAt: timeTo(m.RegisteredAt), Erased: m.Erased}
	if !m.Erased {
		out.Person = personTo(m.Person)
	}
	return out
}

func membersTo(members []insurance.Member) []*sanadv1.Member {
	out := make([]*sanadv1.Member, len(members))
	for i, m := range members {
		out[i] = memberTo(m)
	}
	return out
}

func registeredTo(r enrolment.Result) *sanadv1.RegisterMemberResponse {
	out := &sanadv1.RegisterMemberResponse{Member: memberTo(r.Member), Repeated: r.Repeated}
	for _, id := range r.PossibleDuplicates {
		out.PossibleDuplicates = append(out.PossibleDuplicates, string(id))
	}
	return out
}
