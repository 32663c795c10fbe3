package scenario

import (
	"fmt"
	"slices"
	"strings"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/entitlement"
)

// ofCover are the sentences about who is covered. Each asks on its own day.
var ofCover = []command{
	{form: "<member> is covered in <word:scheme>[ for <word:cover>][ until <day:until>][ because <reason>]", then: true, do: (*stage).isCovered,
		says: "she is covered on the day, and cover is certain until that day"},
	{form: "<member> is not covered in <word:scheme>[ for <word:cover>][ because <reason>]", then: true, do: (*stage).isNotCovered, says: "she is not, and why"},
	{form: "<member:dependant> of <member> is covered in <word:scheme>[ for <word:cover>][ until <day:until>][ because <reason>]", then: true, do: (*stage).isCovered,
		says: "a dependant of hers is covered through her"},
	{form: "<member:dependant> of <member> is not covered in <word:scheme>[ for <word:cover>][ because <reason>]", then: true, do: (*stage).isNotCovered, says: "a dependant of hers is not"},
	{form: "a child of <member> born <day:born> is covered in <word:scheme>[ until <day:until>]", then: true, do: (*stage).isCovered, says: "a newborn whom nobody has enrolled"},
	{form: "the cover of <member> in <word:scheme> stands at <word:state>", then: true, do: (*stage).coverState,
		says: "in-force, exempt, free-year, grace, notified, unlapsed, paused, waiting, not-begun, lapsed, frozen, deactivated or closed"},
	{form: "<member> is told to pay <money> by <day:by>[ for <word:cover>] in <word:scheme>", then: true, do: (*stage).isAdvised, says: "the least that changes the answer, and the last day for it"},
	{form: "<member> has a holiday in <word:scheme> from <day:first> to <day:last> for <word:why>", do: (*stage).holiday, says: "days of hardship that do not count against her: illness, birth, drought, displacement or collector-closed"},
	{form: "the notices of <word:scheme> are written and given", do: (*stage).notify, says: "everybody whose cover would lapse is told today"},
	{form: "the cover of <word:scheme> is earned through <day>", do: (*stage).earn, says: "what the pools have earned of prepaid cover as days passed is booked"},
}

func (s *stage) covers() sanadv1.CoverServiceClient {
	return sanadv1.NewCoverServiceClient(s.connection)
}

// entitlement asks for the member, or somebody covered through her, as she would be told herself.
func (s *stage) entitlement(g given) (*sanadv1.Entitlement, error) {
	on, err := g.when("day")
	if err != nil {
		return nil, err
	}
	id, err := s.member(g, "member")
	if err != nil {
		return nil, err
	}
	request := &sanadv1.GetEntitlementRequest{Member: &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberId{MemberId: id}},
		Scheme: g.of("scheme"), Cover: g.of("cover"), Dependant: strings.ToLower(g.of("dependant")), On: dateOf(on), Audience: sanadv1.Audience_AUDIENCE_MEMBER}
	if g.has("born") {
		born, err := g.when("born")
		if err != nil {
			return nil, err
		}
		request.NewbornOn = dateOf(born)
	}
	answer, err := s.covers().GetEntitlement(s.ctx, request)
	return answer.GetEntitlement(), err
}

func (s *stage) isCovered(g given) error    { return s.coveredIs(g, true) }
func (s *stage) isNotCovered(g given) error { return s.coveredIs(g, false) }

func (s *stage) coveredIs(g given, covered bool) error {
	e, err := s.entitlement(g)
	if err != nil {
		return err
	}
	yes := map[bool]string{true: "covered", false: "not covered"}
	want, got := yes[covered], yes[e.GetCovered()]
	if g.has("until") {
		until, err := g.when("until")
		if err != nil {
			return err
		}
		want, got = want+" until "+until.String(), got+" until "+dayOf(e.GetUntil())
	}
	var codes []string
	for _, r := range e.GetReasons() {
		codes = append(codes, r.GetCode())
	}
	if g.has("reason") && !slices.Contains(codes, g.of("reason")) {
		want += " because " + g.of("reason")
	}
	if want == got {
		return nil
	}
	return mismatch{want, fmt.Sprintf("%s (%s: %s; paid until %s)", got, e.GetState(), strings.Join(codes, ", "), dayOf(e.GetPaidUntil()))}
}

func (s *stage) coverState(g given) error {
	e, err := s.entitlement(g)
	if err != nil {
		return err
	}
	return expect(g.of("state"), e.GetState())
}

func (s *stage) isAdvised(g given) error {
	e, err := s.entitlement(g)
	if err != nil {
		return err
	}
	want, err := s.wanted(g, "money")
	if err != nil {
		return err
	}
	var by string
	for _, d := range e.GetAdvice().GetPay() {
		by = dayOf(d.GetBy())
	}
	last, err := g.when("by")
	if err != nil {
		return err
	}
	return expect(want+" by "+last.String(), said(e.GetAdvice().GetTotal())+" by "+by)
}

func (s *stage) holiday(g given) error {
	id, err := s.member(g, "member")
	if err != nil {
		return err
	}
	first, err := g.when("first")
	if err != nil {
		return err
	}
	last, err := g.when("last")
	if err != nil {
		return err
	}
	why, ok := sanadv1.HolidayReason_value["HOLIDAY_REASON_"+constant(g.of("why"))]
	if !ok {
		return g.wrong("write illness, birth, drought, displacement or collector-closed")
	}
	_, err = s.covers().RecordHoliday(s.ctx, &sanadv1.RecordHolidayRequest{Reference: s.next("holiday"), Person: two[0], Holiday: &sanadv1.Holiday{
		Scheme: g.of("scheme"), Of: &sanadv1.Holiday_MemberId{MemberId: id}, Reason: sanadv1.HolidayReason(why), From: dateOf(first), To: dateOf(last)}})
	return err
}

func (s *stage) notify(g given) error {
	if _, err := s.institution.Covers.Notify(s.ctx, ledger.SchemeCode(g.of("scheme")), func(entitlement.Run) {}); err != nil {
		return err
	}
	answer, err := s.covers().ListCoverNotices(s.ctx, &sanadv1.ListCoverNoticesRequest{PageSize: 1000})
	if err != nil {
		return err
	}
	for _, n := range answer.GetNotices() {
		if n.GetScheme() != g.of("scheme") {
			continue
		}
		if _, err := s.covers().MarkCoverNotice(s.ctx, &sanadv1.MarkCoverNoticeRequest{NoticeId: n.GetId(), Given: true}); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) earn(g given) error {
	on, err := g.when("day")
	if err != nil {
		return err
	}
	run, err := s.institution.Covers.Earn(s.ctx, entitlement.Earning{Scheme: ledger.SchemeCode(g.of("scheme")), Through: on}, func(entitlement.Run) {})
	if err == nil && run.Failed > 0 {
		return fmt.Errorf("%d members could not be judged", run.Failed)
	}
	return err
}
