package api

import (
	"context"
	"encoding/hex"
	"fmt"

	"google.golang.org/grpc"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/entitlement"
	"sanad.dev/sanad/services/insurance"
)

// mostAsked bounds the members who are asked about in one call.
const mostAsked = 10_000

// coverServer serves CoverService.
type coverServer struct {
	sanadv1.UnimplementedCoverServiceServer
	entitlements *entitlement.Service
	// region is the country in which phones without a country code are read where a request names none.
	region string
}

func (s *coverServer) regionOr(region string) string {
	if region == "" {
		return s.region
	}
	return region
}

// GetEntitlement answers for one.
func (s *coverServer) GetEntitlement(ctx context.Context, r *sanadv1.GetEntitlementRequest) (*sanadv1.GetEntitlementResponse, error) {
	on, err := dateFrom("on", r.GetOn())
	if err != nil {
		return nil, err
	}
	born, err := dateFrom("newborn_on", r.GetNewbornOn())
	if err != nil {
		return nil, err
	}
	e, err := s.entitlements.Get(ctx, referenceFrom(r.GetMember()), entitlement.Query{
		Scheme: ledger.SchemeCode(r.GetScheme()), Cover: r.GetCover(), On: on, Audience: audiences[r.GetAudience()],
		Person: cover.Person{Dependant: r.GetDependant(), NewbornOn: born}, Region: s.regionOr(r.GetRegion()),
	})
	if err != nil {
		return nil, err
	}
	return &sanadv1.GetEntitlementResponse{Entitlement: entitlementTo(e)}, nil
}

// BatchGetEntitlements answers for each on its own, as they are judged.
func (s *coverServer) BatchGetEntitlements(r *sanadv1.BatchGetEntitlementsRequest, stream grpc.ServerStreamingServer[sanadv1.BatchGetEntitlementsResponse]) error {
	if err := validate(r); err != nil {
		return err
	}
	if n := len(r.GetMembers()); n == 0 || n > mostAsked {
		return insurance.Fault{Field: "members", Reason: "BATCH_SIZE_INVALID", Text: fmt.Sprintf("ask about 1 to %d; %d were asked about", mostAsked, n)}
	}
	on, err := dateFrom("on", r.GetOn())
	if err != nil {
		return err
	}
	refs := make([]insurance.Reference, len(r.GetMembers()))
	for i, m := range r.GetMembers() {
		if validate(m) == nil { // one of the wrong form names nobody, and is answered so
			refs[i] = referenceFrom(m)
		}
	}
	q := entitlement.Query{
		Scheme: ledger.SchemeCode(r.GetScheme()), Cover: r.GetCover(), On: on, Audience: audiences[r.GetAudience()], Region: s.regionOr(r.GetRegion()),
	}
	return s.entitlements.Batch(stream.Context(), refs, q, func(a entitlement.Answered) error {
		if a.Err != nil {
			return stream.Send(&sanadv1.BatchGetEntitlementsResponse{Result: &sanadv1.BatchGetEntitlementsResponse_Refusal{Refusal: refusalOf(a.Err)}})
		}
		return stream.Send(&sanadv1.BatchGetEntitlementsResponse{Result: &sanadv1.BatchGetEntitlementsResponse_Entitlement{Entitlement: entitlementTo(a.Entitlement)}})
	})
}

var audiences = map[sanadv1.Audience]entitlement.Audience{
	sanadv1.Audience_AUDIENCE_MEMBER:   entitlement.ForMember,
	sanadv1.Audience_AUDIENCE_DELEGATE: entitlement.ForDelegate,
	sanadv1.Audience_AUDIENCE_PROVIDER: entitlement.ForProvider,
	sanadv1.Audience_AUDIENCE_INSURER:  entitlement.ForInsurer,
}

func entitlementTo(e entitlement.Entitlement) *sanadv1.Entitlement {
	out := &sanadv1.Entitlement{
		MemberId: string(e.Member), Dependant: e.Person.Dependant, Scheme: string(e.Scheme), Cover: e.Cover, On: dateTo(e.On),
		Covered: e.Covered, Until: dateTo(endOf(e.Until)), From: dateTo(e.From), PaidUntil: dateTo(endOf(e.PaidUntil)), State: string(e.State),
		// No answer is a ground to refuse emergency care or a birth.
		AuthorisedForEmergency: true, EmergencyBorneBy: string(e.BorneBy),
		Version: int32(e.Version), Categories: e.Categories, Texts: e.Texts,
		Limits:     mapped(e.Limits, func(l entitlement.Limit) *sanadv1.EntitlementLimit { return limitTo(l, e.Currency) }),
		CoPayments: mapped(e.CoPayments, func(c entitlement.CoPayment) *sanadv1.EntitlementCoPayment { return coPaymentTo(c, e.Currency) }),
		Advice:     adviceTo(e.Advice, e.Currency),
	}
	for i, r := range e.Reasons {
		out.Reasons = append(out.Reasons, &sanadv1.EntitlementReason{Code: r.Code, Rule: r.Rule, Version: int32(r.Version), Texts: e.Why[i], Change: r.Change})
	}
	return out
}

// endOf is a last day; none where there is no end.
func endOf(d ledger.Date) ledger.Date {
	if d >= ledger.LastDate {
		return 0
	}
	return d
}

func limitTo(l entitlement.Limit, currency ledger.Currency) *sanadv1.EntitlementLimit {
	out := &sanadv1.EntitlementLimit{Benefit: l.Benefit, Per: l.Per, Household: l.Household, Care: texts(l.Care)}
	if l.Money {
		out.Limit, out.Left = moneyTo(ledger.Money{Minor: l.Most, Currency: currency}), moneyTo(ledger.Money{Minor: l.Left, Currency: currency})
		return out
	}
	out.LimitDays, out.LeftDays = int32(l.Most), int32(l.Left)
	return out
}

func coPaymentTo(c entitlement.CoPayment, currency ledger.Currency) *sanadv1.EntitlementCoPayment {
	out := &sanadv1.EntitlementCoPayment{Benefit: c.Benefit, Care: texts(c.Care), Level: c.Level, Share: c.Share, Per: c.Per}
	if c.Share == "" {
		out.Amount = moneyTo(ledger.Money{Minor: c.Minor, Currency: currency})
	}
	if c.UpTo != 0 {
		out.UpTo = moneyTo(ledger.Money{Minor: c.UpTo, Currency: currency})
	}
	return out
}

func texts[W ~string](words []W) []string {
	return mapped(words, func(w W) string { return string(w) })
}

func adviceTo(a *cover.Advice, currency ledger.Currency) *sanadv1.EntitlementAdvice {
	if a == nil {
		return nil
	}
	return &sanadv1.EntitlementAdvice{
		Total: moneyTo(ledger.Money{Minor: a.Minor(), Currency: currency}), From: dateTo(a.From), Until: dateTo(endOf(a.Until)),
		Pay: mapped(a.Pay, func(d cover.Due) *sanadv1.EntitlementDue {
			return &sanadv1.EntitlementDue{Amount: moneyTo(ledger.Money{Minor: d.Minor, Currency: currency}), From: dateTo(d.From), By: dateTo(d.By)}
		}),
	}
}

// RecordHoliday records a holiday, or a person's word for one of a cluster.
func (s *coverServer) RecordHoliday(ctx context.Context, r *sanadv1.RecordHolidayRequest) (*sanadv1.RecordHolidayResponse, error) {
	h, err := holidayFrom(r.GetHoliday())
	if err != nil {
		return nil, err
	}
	recorded, err := s.entitlements.RecordHoliday(ctx, h, r.GetReference(), r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.RecordHolidayResponse{Holiday: holidayTo(recorded.Holiday), Approval: approvalTo(recorded.Approval), Repeated: recorded.Repeated}, nil
}

// EndHoliday ends a holiday early.
func (s *coverServer) EndHoliday(ctx context.Context, r *sanadv1.EndHolidayRequest) (*sanadv1.EndHolidayResponse, error) {
	id, err := entitlement.ParseHash("holiday_id", r.GetHolidayId())
	if err != nil {
		return nil, err
	}
	last, err := dateFrom("last_day", r.GetLastDay())
	if err != nil {
		return nil, err
	}
	ended, err := s.entitlements.EndHoliday(ctx, id, last, r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.EndHolidayResponse{Holiday: holidayTo(ended.Holiday), Approval: approvalTo(ended.Approval)}, nil
}

// ListHolidays lists holidays.
func (s *coverServer) ListHolidays(ctx context.Context, r *sanadv1.ListHolidaysRequest) (*sanadv1.ListHolidaysResponse, error) {
	all, err := s.entitlements.Holidays(ctx, entitlement.HolidaysQuery{
		Scheme: ledger.SchemeCode(r.GetScheme()), Member: insurance.MemberID(r.GetMemberId()),
	})
	if err != nil {
		return nil, err
	}
	return &sanadv1.ListHolidaysResponse{Holidays: mapped(all, holidayTo)}, nil
}

var holidayReasons = map[sanadv1.HolidayReason]entitlement.HolidayReason{
	sanadv1.HolidayReason_HOLIDAY_REASON_ILLNESS:          entitlement.Illness,
	sanadv1.HolidayReason_HOLIDAY_REASON_BIRTH:            entitlement.Birth,
	sanadv1.HolidayReason_HOLIDAY_REASON_DROUGHT:          entitlement.Drought,
	sanadv1.HolidayReason_HOLIDAY_REASON_DISPLACEMENT:     entitlement.Displacement,
	sanadv1.HolidayReason_HOLIDAY_REASON_COLLECTOR_CLOSED: entitlement.CollectorClosed,
}

var clusterKinds = map[sanadv1.ClusterKind]entitlement.ClusterKind{
	sanadv1.ClusterKind_CLUSTER_KIND_CLUSTER:   entitlement.ByCluster,
	sanadv1.ClusterKind_CLUSTER_KIND_CATEGORY:  entitlement.ByCategory,
	sanadv1.ClusterKind_CLUSTER_KIND_COLLECTOR: entitlement.ByCollector,
	sanadv1.ClusterKind_CLUSTER_KIND_REGION:    entitlement.ByRegion,
}

var noticeChannels = map[sanadv1.NoticeChannel]insurance.Channel{
	sanadv1.NoticeChannel_NOTICE_CHANNEL_SMS:     insurance.ByText,
	sanadv1.NoticeChannel_NOTICE_CHANNEL_VOICE:   insurance.ByVoice,
	sanadv1.NoticeChannel_NOTICE_CHANNEL_OFFICER: insurance.ByOfficer,
}

var noticeStates = map[sanadv1.NoticeState]entitlement.NoticeState{
	sanadv1.NoticeState_NOTICE_STATE_PENDING: entitlement.NoticePending,
	sanadv1.NoticeState_NOTICE_STATE_GIVEN:   entitlement.NoticeGiven,
	sanadv1.NoticeState_NOTICE_STATE_FAILED:  entitlement.NoticeFailed,
}

var textTopics = map[sanadv1.TextTopic]insurance.TextTopic{
	sanadv1.TextTopic_TEXT_TOPIC_HEALTH:   insurance.TellHealth,
	sanadv1.TextTopic_TEXT_TOPIC_CATEGORY: insurance.TellCategory,
	sanadv1.TextTopic_TEXT_TOPIC_BALANCE:  insurance.TellBalance,
}

func holidayFrom(h *sanadv1.Holiday) (entitlement.Holiday, error) {
	from, err := dateFrom("holiday.from", h.GetFrom())
	if err != nil {
		return entitlement.Holiday{}, err
	}
	to, err := dateFrom("holiday.to", h.GetTo())
	return entitlement.Holiday{
		Scheme: ledger.SchemeCode(h.GetScheme()), Member: insurance.MemberID(h.GetMemberId()), Reason: holidayReasons[h.GetReason()],
		Group: entitlement.Cluster{Kind: clusterKinds[h.GetCluster().GetKind()], Name: h.GetCluster().GetName()}, From: from, To: to,
	}, err
}

func holidayTo(h entitlement.Holiday) *sanadv1.Holiday {
	out := &sanadv1.Holiday{
		Id: hex.EncodeToString(h.ID[:]), Scheme: string(h.Scheme), Reason: wireOf(holidayReasons, h.Reason), From: dateTo(h.From), To: dateTo(h.To),
		EndedOn: dateTo(h.EndedOn), DecidedBy: h.By, ApprovedBy: h.Approver, EndedBy: h.EndedBy,
	}
	if h.Member != "" {
		out.Of = &sanadv1.Holiday_MemberId{MemberId: string(h.Member)}
		return out
	}
	out.Of = &sanadv1.Holiday_Cluster{Cluster: &sanadv1.HolidayCluster{Kind: wireOf(clusterKinds, h.Group.Kind), Name: h.Group.Name}}
	return out
}

// ListCoverNotices pages through the outbox.
func (s *coverServer) ListCoverNotices(ctx context.Context, r *sanadv1.ListCoverNoticesRequest) (*sanadv1.ListCoverNoticesResponse, error) {
	limit, err := limitOf(r.GetPageSize())
	if err != nil {
		return nil, err
	}
	var after entitlement.Hash
	if r.GetPageToken() != "" {
		if after, err = entitlement.ParseHash("page_token", r.GetPageToken()); err != nil {
			return nil, err
		}
	}
	page, next, err := s.entitlements.Pending(ctx, noticeChannels[r.GetChannel()], after, limit)
	if err != nil {
		return nil, err
	}
	answer := &sanadv1.ListCoverNoticesResponse{Notices: mapped(page, func(o entitlement.Outgoing) *sanadv1.CoverNotice {
		n := noticeTo(o.Notice)
		n.Language, n.Text, n.Address = o.Letter.Language, o.Letter.Text, o.Letter.Address
		return n
	})}
	if next != (entitlement.Hash{}) {
		answer.NextPageToken = hex.EncodeToString(next[:])
	}
	return answer, nil
}

// MarkCoverNotice records what a channel says of a notice.
func (s *coverServer) MarkCoverNotice(ctx context.Context, r *sanadv1.MarkCoverNoticeRequest) (*sanadv1.MarkCoverNoticeResponse, error) {
	id, err := entitlement.ParseHash("notice_id", r.GetNoticeId())
	if err != nil {
		return nil, err
	}
	on, err := dateFrom("on", r.GetOn())
	if err != nil {
		return nil, err
	}
	n, err := s.entitlements.Mark(ctx, entitlement.Outcome{
		ID: id, Given: r.GetGiven(), On: on, Reason: r.GetReason(), Channel: noticeChannels[r.GetNextChannel()],
	})
	if err != nil {
		return nil, err
	}
	return &sanadv1.MarkCoverNoticeResponse{Notice: noticeTo(n)}, nil
}

func noticeTo(n entitlement.Notice) *sanadv1.CoverNotice {
	return &sanadv1.CoverNotice{
		Id: hex.EncodeToString(n.ID[:]), MemberId: string(n.Member), Scheme: string(n.Scheme), LapsesOn: dateTo(n.LapsesOn), Closes: n.Closes,
		Channel: wireOf(noticeChannels, n.Channel), State: wireOf(noticeStates, n.State), GivenOn: dateTo(n.GivenOn), Reason: n.Reason,
		Attempts: int32(n.Attempts), MadeAt: timeTo(n.MadeAt),
	}
}

// SetTextChoice records what a member chose.
func (s *coverServer) SetTextChoice(ctx context.Context, r *sanadv1.SetTextChoiceRequest) (*sanadv1.SetTextChoiceResponse, error) {
	choice := insurance.Choice{Channel: noticeChannels[r.GetChoice().GetChannel()], Language: r.GetChoice().GetLanguage()}
	for _, topic := range r.GetChoice().GetTopics() {
		choice.Topics = append(choice.Topics, textTopics[topic])
	}
	if err := s.entitlements.SetChoice(ctx, insurance.MemberID(r.GetMemberId()), choice); err != nil {
		return nil, err
	}
	return &sanadv1.SetTextChoiceResponse{Choice: choiceTo(choice)}, nil
}

// GetTextChoice returns what a member chose.
func (s *coverServer) GetTextChoice(ctx context.Context, r *sanadv1.GetTextChoiceRequest) (*sanadv1.GetTextChoiceResponse, error) {
	choice, err := s.entitlements.Choice(ctx, insurance.MemberID(r.GetMemberId()))
	if err != nil {
		return nil, err
	}
	return &sanadv1.GetTextChoiceResponse{Choice: choiceTo(choice)}, nil
}

func choiceTo(c insurance.Choice) *sanadv1.TextChoice {
	return &sanadv1.TextChoice{Topics: mapped(c.Topics, func(t insurance.TextTopic) sanadv1.TextTopic { return wireOf(textTopics, t) }), Channel: wireOf(noticeChannels, c.Channel), Language: c.Language}
}
