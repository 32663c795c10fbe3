package cover

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/services/insurance"
)

func TestWhoPaysIsCoveredForTheDaysThatItBuys(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		m := h.enrol(t)
		before := h.ask(t, m, 0)
		if before.GetCovered() || !slices.Contains(codesOf(before), "NOTHING_PAID") {
			t.Errorf("nothing was paid: %v", before)
		}
		h.pay(t, m, 10, 40)
		e := h.ask(t, m, 0)
		if !e.GetCovered() || text(e.GetUntil()) != h.day(29).String() || text(e.GetPaidUntil()) != h.day(29).String() {
			t.Errorf("forty days from ten days ago on: %v", e)
		}
		if e.GetVersion() != 1 || e.GetCover() != "health" || !slices.Contains(codesOf(e), "COVER_PAID") {
			t.Errorf("she is told why: %v", e)
		}
		for language, said := range e.GetTexts() {
			if !insurance.FitsSMS(said) || !strings.Contains(said, "29") && said == "" {
				t.Errorf("%s: %q", language, said)
			}
		}
		if !e.GetAuthorisedForEmergency() || e.GetEmergencyBorneBy() != "funder:treasury" {
			t.Errorf("an emergency: %v, borne by %s", e.GetAuthorisedForEmergency(), e.GetEmergencyBorneBy())
		}
	})
}

func TestTheAdviceOfAnAnswerIsTrue(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		m := h.enrol(t)
		e := h.ask(t, m, 0)
		if len(e.GetAdvice().GetPay()) == 0 {
			t.Fatalf("nothing is advised to who has paid nothing: %v", e)
		}
		due := e.GetAdvice().GetPay()[0]
		if due.GetAmount().GetAmount() != "0.100" || text(due.GetBy()) != h.day(0).String() {
			t.Errorf("a day costs 0.100, payable today: %v", due)
		}
		h.pay(t, m, 0, 1)
		if after := h.ask(t, m, 0); !after.GetCovered() {
			t.Errorf("she paid what was advised: %v", after)
		}
	})
}

func TestProvidersAndInsurersAreToldNoReasons(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		m := h.enrol(t)
		h.pay(t, m, 10, 40)
		_, err := h.members.RecordFacts(t.Context(), &sanadv1.RecordFactsRequest{MemberId: m.GetId(), Person: "amal", Facts: &sanadv1.Facts{
			Categories: []*sanadv1.Category{{Name: "farmer", From: wire(h.day(-100)), Evidence: sanadv1.Evidence_EVIDENCE_STATED}},
		}})
		must(t, err)
		if got := h.ask(t, m, 0).GetCategories(); !slices.Equal(got, []string{"farmer"}) {
			t.Errorf("she is in %v", got)
		}
		for _, as := range []sanadv1.Audience{sanadv1.Audience_AUDIENCE_PROVIDER, sanadv1.Audience_AUDIENCE_INSURER, sanadv1.Audience_AUDIENCE_UNSPECIFIED} {
			e := h.askAs(t, m, 0, as)
			if !e.GetCovered() || text(e.GetUntil()) != h.day(29).String() || len(e.GetLimits()) != 2 || len(e.GetCoPayments()) != 1 || !e.GetAuthorisedForEmergency() {
				t.Errorf("%s is told yes, until when, limits and co-payment: %v", as, e)
			}
			if len(e.GetReasons()) > 0 || e.GetAdvice() != nil || len(e.GetTexts()) > 0 || len(e.GetCategories()) > 0 || e.GetCover() != "" || e.GetState() != "" || e.GetPaidUntil() != nil {
				t.Errorf("%s is told what is hers: %v", as, e)
			}
		}
		limits := h.askAs(t, m, 0, sanadv1.Audience_AUDIENCE_PROVIDER).GetLimits()
		if limits[0].GetLeft().GetAmount() != "200.000" || !limits[0].GetHousehold() || limits[1].GetLeftDays() != 30 {
			t.Errorf("nothing was used: %v", limits)
		}
	})
}

func TestNoNoticeNoLapse(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		m := h.enrol(t)
		h.pay(t, m, 60, 10) // paid through fifty-one days ago
		if e := h.ask(t, m, 0); !e.GetCovered() || e.GetState() != "unlapsed" {
			t.Fatalf("nobody has told her that cover ends: %v", e)
		}
		if run := h.notify(t); run.Moved != 1 {
			t.Errorf("%d notices were written, not one", run.Moved)
		}
		waiting := h.pending(t)
		if len(waiting) != 1 || waiting[0].GetMemberId() != m.GetId() || waiting[0].GetLanguage() != "fr" ||
			waiting[0].GetChannel() != sanadv1.NoticeChannel_NOTICE_CHANNEL_SMS || !strings.HasPrefix(waiting[0].GetAddress(), "+96279") {
			t.Fatalf("the outbox holds %v", waiting)
		}
		if !strings.Contains(waiting[0].GetText(), "Votre couverture va jusqu'au") || !insurance.FitsSMS(waiting[0].GetText()) {
			t.Errorf("it says %q", waiting[0].GetText())
		}
		if again := h.notify(t); again.Moved != 0 || len(h.pending(t)) != 1 {
			t.Errorf("run again, %d were written, and %d wait", again.Moved, len(h.pending(t)))
		}
		if e := h.ask(t, m, 0); !e.GetCovered() {
			t.Errorf("a notice that waits lapses nothing: %v", e)
		}
		_, err := h.covers.MarkCoverNotice(t.Context(), &sanadv1.MarkCoverNoticeRequest{NoticeId: waiting[0].GetId(), Reason: "NUMBER_UNREACHABLE"})
		must(t, err)
		h.givenAgo(t, m, 40)
		if e := h.ask(t, m, 0); !e.GetCovered() {
			t.Errorf("a notice that failed lapses nothing: %v", e)
		}
	})
}

func TestCoverLapsesSoManyDaysAfterANoticeThatWasGiven(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		m := h.enrol(t)
		h.pay(t, m, 60, 10)
		h.notify(t)
		marked, err := h.covers.MarkCoverNotice(t.Context(), &sanadv1.MarkCoverNoticeRequest{NoticeId: h.pending(t)[0].GetId(), Given: true})
		must(t, err)
		if marked.GetNotice().GetState() != sanadv1.NoticeState_NOTICE_STATE_GIVEN || len(h.pending(t)) != 0 {
			t.Errorf("it stands %v", marked.GetNotice())
		}
		if e := h.ask(t, m, 0); !e.GetCovered() || text(e.GetUntil()) != h.day(14).String() {
			t.Errorf("told today, she is covered for fourteen days more: %v", e)
		}
		h.givenAgo(t, m, 20)
		e := h.ask(t, m, 0)
		if e.GetCovered() || !slices.Contains(codesOf(e), "LAPSED_AFTER_NOTICE") {
			t.Errorf("told twenty days ago: %v", e)
		}
		if yesterday := h.ask(t, m, -6); !yesterday.GetCovered() {
			t.Errorf("the fourteenth day was still hers: %v", yesterday)
		}
		if !strings.Contains(e.GetTexts()["en"], "Emergency care is never refused.") || !e.GetAuthorisedForEmergency() {
			t.Errorf("no answer is a ground to refuse an emergency: %v", e)
		}
		h.pay(t, m, 0, 5)
		if after := h.ask(t, m, 0); !after.GetCovered() || text(after.GetPaidUntil()) != h.day(4).String() {
			t.Errorf("what she pays buys cover from now, and no arrears: %v", after)
		}
	})
}

func TestAHolidayStopsTheClockOfALapse(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		m := h.enrol(t)
		h.pay(t, m, 60, 10)
		h.notify(t)
		_, err := h.covers.MarkCoverNotice(t.Context(), &sanadv1.MarkCoverNoticeRequest{NoticeId: h.pending(t)[0].GetId(), Given: true})
		must(t, err)
		h.givenAgo(t, m, 20)
		if h.ask(t, m, 0).GetCovered() {
			t.Fatal("her cover has not lapsed")
		}
		request := &sanadv1.RecordHolidayRequest{Reference: "H-1", Person: "amal", Holiday: &sanadv1.Holiday{
			Scheme: "care", Of: &sanadv1.Holiday_MemberId{MemberId: m.GetId()}, Reason: sanadv1.HolidayReason_HOLIDAY_REASON_ILLNESS,
			From: wire(h.day(-15)), To: wire(h.day(30)),
		}}
		recorded, err := h.covers.RecordHoliday(t.Context(), request)
		must(t, err)
		if e := h.ask(t, m, 0); !e.GetCovered() || !slices.Contains(codesOf(e), "HARDSHIP_HOLIDAY") {
			t.Errorf("the holiday has stopped the clock: %v", e)
		} else if said := e.GetTexts()["en"]; strings.Contains(said, "hardship") || strings.Contains(said, "illness") {
			t.Errorf("the text tells of her hardship: %q", said)
		}
		again, err := h.covers.RecordHoliday(t.Context(), request)
		must(t, err)
		if !again.GetRepeated() || again.GetHoliday().GetId() != recorded.GetHoliday().GetId() {
			t.Errorf("the same holiday again: %v", again)
		}
		request.Holiday.To = wire(h.day(31))
		if _, err := h.covers.RecordHoliday(t.Context(), request); status.Code(err) != codes.AlreadyExists {
			t.Errorf("another holiday under the same reference: %v", err)
		}
		_, err = h.covers.EndHoliday(t.Context(), &sanadv1.EndHolidayRequest{HolidayId: recorded.GetHoliday().GetId(), LastDay: wire(h.day(-16)), Person: "amal"})
		must(t, err)
		if h.ask(t, m, 0).GetCovered() {
			t.Error("a holiday that never was has stopped the clock")
		}
	})
}

func TestAClustersHolidayTakesTwoPeople(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		in, out := h.enrol(t), h.enrol(t)
		_, err := h.members.RecordFacts(t.Context(), &sanadv1.RecordFactsRequest{MemberId: in.GetId(), Person: "amal", Facts: &sanadv1.Facts{
			Declared: []*sanadv1.Declaration{{Name: "region", Value: "balqa", From: wire(h.day(-100))}},
		}})
		must(t, err)
		for _, m := range []*sanadv1.Member{in, out} {
			h.pay(t, m, 60, 10)
		}
		h.notify(t)
		for _, n := range h.pending(t) {
			_, err := h.covers.MarkCoverNotice(t.Context(), &sanadv1.MarkCoverNoticeRequest{NoticeId: n.GetId(), Given: true})
			must(t, err)
		}
		h.givenAgo(t, in, 20)
		h.givenAgo(t, out, 20)
		request := func(person string) *sanadv1.RecordHolidayRequest {
			return &sanadv1.RecordHolidayRequest{Reference: "H-2", Person: person, Holiday: &sanadv1.Holiday{
				Scheme: "care", Reason: sanadv1.HolidayReason_HOLIDAY_REASON_DROUGHT, From: wire(h.day(-15)), To: wire(h.day(30)),
				Of: &sanadv1.Holiday_Cluster{Cluster: &sanadv1.HolidayCluster{Kind: sanadv1.ClusterKind_CLUSTER_KIND_REGION, Name: "balqa"}},
			}}
		}
		for _, person := range []string{"amal", "Amal"} {
			proposed, err := h.covers.RecordHoliday(t.Context(), request(person))
			must(t, err)
			if proposed.GetApproval().GetState() != sanadv1.ApprovalState_APPROVAL_STATE_PROPOSED || h.ask(t, in, 0).GetCovered() {
				t.Errorf("one person alone: %v", proposed.GetApproval())
			}
		}
		done, err := h.covers.RecordHoliday(t.Context(), request("samir"))
		must(t, err)
		if done.GetApproval().GetState() != sanadv1.ApprovalState_APPROVAL_STATE_DONE {
			t.Errorf("two people: %v", done.GetApproval())
		}
		if !h.ask(t, in, 0).GetCovered() || h.ask(t, out, 0).GetCovered() {
			t.Error("the holiday is for those of the region, and for them alone")
		}
		listed, err := h.covers.ListHolidays(t.Context(), &sanadv1.ListHolidaysRequest{Scheme: "care"})
		must(t, err)
		if got := listed.GetHolidays(); len(got) != 1 || got[0].GetDecidedBy() != "amal" || got[0].GetApprovedBy() != "samir" {
			t.Errorf("listed %v", got)
		}
	})
}

func TestWhoPaysIsTakenOutOfTheOutbox(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		m := h.enrol(t)
		h.pay(t, m, 60, 10)
		h.notify(t)
		if len(h.pending(t)) != 1 {
			t.Fatal("no notice waits")
		}
		h.pay(t, m, 0, 90)
		h.notify(t)
		if left := h.pending(t); len(left) != 0 {
			t.Errorf("a notice waits that is not needed: %v", left)
		}
	})
}

func TestAMemberIsFoundByWhatOthersKnowOfHer(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		m := h.enrol(t)
		phone := h.phone()
		h.pay(t, m, 1, 10)
		for name, ref := range map[string]*sanadv1.MemberReference{
			"number":        {Reference: &sanadv1.MemberReference_MemberNumber{MemberNumber: m.GetNumber()}},
			"phone":         {Reference: &sanadv1.MemberReference_Phone{Phone: phone}},
			"what is typed": {Reference: &sanadv1.MemberReference_Typed{Typed: phone}},
		} {
			answer, err := h.covers.GetEntitlement(t.Context(), &sanadv1.GetEntitlementRequest{Member: ref, Scheme: "care"})
			must(t, err)
			if e := answer.GetEntitlement(); e.GetMemberId() != m.GetId() || !e.GetCovered() {
				t.Errorf("by %s: %v", name, e)
			}
		}
		for name, c := range map[string]struct {
			request *sanadv1.GetEntitlementRequest
			code    codes.Code
		}{
			"nobody":        {&sanadv1.GetEntitlementRequest{Member: &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_Phone{Phone: "+962790000000"}}, Scheme: "care"}, codes.NotFound},
			"an unknown id": {&sanadv1.GetEntitlementRequest{Member: &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberId{MemberId: strings.Repeat("a", 26)}}, Scheme: "care"}, codes.NotFound},
			"no scheme":     {&sanadv1.GetEntitlementRequest{Member: h.of(m), Scheme: "other"}, codes.InvalidArgument},
			"no cover":      {&sanadv1.GetEntitlementRequest{Member: h.of(m), Scheme: "care", Cover: "dental"}, codes.InvalidArgument},
		} {
			if _, err := h.covers.GetEntitlement(t.Context(), c.request); status.Code(err) != c.code {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestANewbornIsCoveredThroughItsMother(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		m := h.enrol(t)
		h.pay(t, m, 10, 40)
		ask := func(born, on int) bool {
			answer, err := h.covers.GetEntitlement(t.Context(), &sanadv1.GetEntitlementRequest{
				Member: h.of(m), Scheme: "care", NewbornOn: wire(h.day(born)), On: wire(h.day(on)),
			})
			must(t, err)
			return answer.GetEntitlement().GetCovered()
		}
		if !ask(-5, 0) || ask(-5, 40) {
			t.Error("a child is covered for its first 28 days, and no longer without being enrolled")
		}
	})
}

func TestManyAreAnsweredInOrderEachOnItsOwn(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		h.Covers.AtOnce = 7 // so that the answers come in several parts
		var refs []*sanadv1.MemberReference
		var want []string
		for i := range 30 {
			switch i % 3 {
			case 0:
				m := h.enrol(t)
				h.pay(t, m, 1, 10)
				refs, want = append(refs, h.of(m)), append(want, m.GetId()+" true")
			case 1:
				m := h.enrol(t)
				refs, want = append(refs, &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberNumber{MemberNumber: m.GetNumber()}}), append(want, m.GetId()+" false")
			default:
				refs, want = append(refs, &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_Phone{Phone: "nonsense"}}), append(want, "MEMBER_UNKNOWN")
			}
		}
		stream, err := h.covers.BatchGetEntitlements(t.Context(), &sanadv1.BatchGetEntitlementsRequest{Members: refs, Scheme: "care", Audience: sanadv1.Audience_AUDIENCE_INSURER})
		must(t, err)
		var got []string
		for {
			answer, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				break
			}
			must(t, err)
			if e := answer.GetEntitlement(); e != nil {
				yes := " false"
				if e.GetCovered() {
					yes = " true"
				}
				got = append(got, e.GetMemberId()+yes)
				continue
			}
			got = append(got, answer.GetRefusal().GetReason())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTextsTellMoreOnlyToWhoChoseSo(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		m := h.enrol(t)
		h.pay(t, m, 10, 40)
		if said := h.ask(t, m, 0).GetTexts()["en"]; strings.Contains(said, "Left") || strings.Contains(said, "Health") {
			t.Errorf("she chose nothing, and is told %q", said)
		}
		_, err := h.covers.SetTextChoice(t.Context(), &sanadv1.SetTextChoiceRequest{MemberId: m.GetId(), Choice: &sanadv1.TextChoice{
			Topics: []sanadv1.TextTopic{sanadv1.TextTopic_TEXT_TOPIC_HEALTH, sanadv1.TextTopic_TEXT_TOPIC_BALANCE}, Language: "ar",
		}})
		must(t, err)
		said := h.ask(t, m, 0).GetTexts()["en"]
		if !strings.Contains(said, "Cover: Health.") || !strings.Contains(said, "Left: clinic 200.000 JOD.") || !insurance.FitsSMS(said) {
			t.Errorf("she chose to be told, and is told %q", said)
		}
		chosen, err := h.covers.GetTextChoice(t.Context(), &sanadv1.GetTextChoiceRequest{MemberId: m.GetId()})
		must(t, err)
		if len(chosen.GetChoice().GetTopics()) != 2 || chosen.GetChoice().GetLanguage() != "ar" {
			t.Errorf("she chose %v", chosen)
		}
	})
}
