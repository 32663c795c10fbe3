package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

// coverHoliday are the commands about hardship holidays.
type coverHoliday struct {
	Record holidayRecord `cmd:"" help:"Put a holiday on record; that of a cluster takes two people."`
	End    holidayEnd    `cmd:"" help:"End a holiday early; that of a cluster takes two people."`
	List   holidayList   `cmd:"" help:"List the holidays of a scheme."`
}

var (
	holidayReasonNames = map[string]sanadv1.HolidayReason{
		"illness": sanadv1.HolidayReason_HOLIDAY_REASON_ILLNESS, "birth": sanadv1.HolidayReason_HOLIDAY_REASON_BIRTH,
		"drought": sanadv1.HolidayReason_HOLIDAY_REASON_DROUGHT, "displacement": sanadv1.HolidayReason_HOLIDAY_REASON_DISPLACEMENT,
		"collector-closed": sanadv1.HolidayReason_HOLIDAY_REASON_COLLECTOR_CLOSED,
	}
	clusterNames = map[string]sanadv1.ClusterKind{
		"cluster": sanadv1.ClusterKind_CLUSTER_KIND_CLUSTER, "category": sanadv1.ClusterKind_CLUSTER_KIND_CATEGORY,
		"collector": sanadv1.ClusterKind_CLUSTER_KIND_COLLECTOR, "region": sanadv1.ClusterKind_CLUSTER_KIND_REGION,
	}
)

// wordFor is the word for a word of the contract.
func wordFor[W comparable](names map[string]W, word W) string {
	for name, w := range names {
		if w == word {
			return name
		}
	}
	return ""
}

type holidayRecord struct {
	onServer
	Scheme    string `required:"" help:"The scheme, such as national-health."`
	Member    string `help:"Whose it is: her number, a phone, a document's number or her id."`
	Cluster   string `help:"What the members of a cluster have in common: cluster, category, collector or region." enum:",cluster,category,collector,region" default:""`
	Name      string `help:"The cluster's name, as the members' facts have it, such as balqa."`
	Reason    string `required:"" enum:"illness,birth,drought,displacement,collector-closed" help:"The hardship: ${enum}."`
	From      *day   `required:"" help:"The first day."`
	To        *day   `required:"" help:"The last day."`
	Reference string `required:"" help:"Your own reference of it; sent again under it, it is recorded once."`
	Person    string `required:"" help:"Who makes this call: your name." env:"SANAD_PERSON"`
}

// Help shows how cover holiday record is used.
func (holidayRecord) Help() string {
	return `Days of a holiday do not count towards a lapse.

Examples:
  sanad cover holiday record --scheme national-health --member +962791234567 --reason illness --from 2026-03-01 --to 2026-03-31 --reference H-1 --person amal
  sanad cover holiday record --scheme national-health --cluster region --name balqa --reason drought --from 2026-05-01 --to 2026-08-31 --reference H-2 --person amal
  sanad cover holiday record --scheme national-health --cluster region --name balqa --reason drought --from 2026-05-01 --to 2026-08-31 --reference H-2 --person samir`
}

// Run records the holiday.
func (h holidayRecord) Run(ctx context.Context, env Env) error {
	if (h.Member == "") == (h.Cluster == "") || h.Cluster != "" && h.Name == "" {
		return usageError{errors.New("name a --member, or a --cluster with its --name")}
	}
	return h.ask(ctx, func(ctx context.Context, server *client) error {
		holiday := &sanadv1.Holiday{Scheme: h.Scheme, Reason: holidayReasonNames[h.Reason], From: dateOf(h.From), To: dateOf(h.To)}
		if h.Cluster != "" {
			holiday.Of = &sanadv1.Holiday_Cluster{Cluster: &sanadv1.HolidayCluster{Kind: clusterNames[h.Cluster], Name: h.Name}}
		} else {
			party, err := server.find(ctx, env, h.Member)
			if err != nil {
				return err
			}
			holiday.Of = &sanadv1.Holiday_MemberId{MemberId: party.ID()}
		}
		answer, err := server.covers.RecordHoliday(ctx, &sanadv1.RecordHolidayRequest{Holiday: holiday, Reference: h.Reference, Person: h.Person})
		if err != nil {
			return err
		}
		printHolidayAct(env.Out, "recorded", answer.GetHoliday(), answer.GetApproval(), answer.GetRepeated())
		return nil
	})
}

func printHolidayAct(w io.Writer, done string, h *sanadv1.Holiday, approval *sanadv1.Approval, repeated bool) {
	what := fmt.Sprintf("holiday %s of %s, %s to %s", h.GetId(), whose(h), dayText(h.GetFrom()), dayText(h.GetTo()))
	switch {
	case approval.GetState() != sanadv1.ApprovalState_APPROVAL_STATE_DONE:
		fmt.Fprintf(w, "%s: proposed by %s. Another person makes the same call to carry it out.\n", what, approval.GetMaker())
	case repeated:
		fmt.Fprintf(w, "%s: was recorded before, under this reference.\n", what)
	default:
		fmt.Fprintf(w, "%s: %s.\n", what, done)
	}
}

func whose(h *sanadv1.Holiday) string {
	if c := h.GetCluster(); c != nil {
		return wordFor(clusterNames, c.GetKind()) + " " + c.GetName()
	}
	return "member " + h.GetMemberId()
}

type holidayEnd struct {
	onServer
	ID      string `arg:"" help:"The holiday's id, as it was answered."`
	LastDay *day   `required:"" help:"Its last day; the day before its first says that it never was."`
	Person  string `required:"" help:"Who makes this call: your name." env:"SANAD_PERSON"`
}

// Help shows how cover holiday end is used.
func (holidayEnd) Help() string {
	return `Example:
  sanad cover holiday end 0f8c… --last-day 2026-03-15 --person amal`
}

// Run ends the holiday.
func (h holidayEnd) Run(ctx context.Context, env Env) error {
	return h.ask(ctx, func(ctx context.Context, server *client) error {
		answer, err := server.covers.EndHoliday(ctx, &sanadv1.EndHolidayRequest{HolidayId: h.ID, LastDay: dateOf(h.LastDay), Person: h.Person})
		if err != nil {
			return err
		}
		printHolidayAct(env.Out, "ended on "+h.LastDay.String(), answer.GetHoliday(), answer.GetApproval(), false)
		return nil
	})
}

type holidayList struct {
	onServer
	Scheme string `required:"" help:"The scheme, such as national-health."`
	Member string `help:"List her own too: her number, a phone, a document's number or her id."`
}

// Help shows how cover holiday list is used.
func (holidayList) Help() string {
	return `Examples:
  sanad cover holiday list --scheme national-health
  sanad cover holiday list --scheme national-health --member 482913375`
}

// Run lists.
func (h holidayList) Run(ctx context.Context, env Env) error {
	return h.ask(ctx, func(ctx context.Context, server *client) error {
		request := &sanadv1.ListHolidaysRequest{Scheme: h.Scheme}
		if h.Member != "" {
			party, err := server.find(ctx, env, h.Member)
			if err != nil {
				return err
			}
			request.MemberId = party.ID()
		}
		answer, err := server.covers.ListHolidays(ctx, request)
		if err != nil {
			return err
		}
		t := newTable("", "Id", "Of", "Reason", "From", "To", "Ended on", "Decided by")
		for _, l := range answer.GetHolidays() {
			by := slices.DeleteFunc([]string{l.GetDecidedBy(), l.GetApprovedBy()}, func(s string) bool { return s == "" })
			t.row(l.GetId(), whose(l), wordFor(holidayReasonNames, l.GetReason()), dayText(l.GetFrom()), dayText(l.GetTo()), dayOrNone(l.GetEndedOn()), fmt.Sprint(by))
		}
		t.print(env.Out)
		return nil
	})
}
