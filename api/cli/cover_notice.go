package cli

import (
	"context"
	"fmt"
	"time"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
)

// coverNotices are the commands about notices.
type coverNotices struct {
	Run    noticesRun    `cmd:"" help:"Write a notice for every member whose cover will lapse and who was not told."`
	List   noticesList   `cmd:"" help:"List the notices that wait to be given."`
	Given  noticesGiven  `cmd:"" help:"Say that a notice reached the member."`
	Failed noticesFailed `cmd:"" help:"Say that a notice did not reach her, and why."`
}

var channelNames = map[string]sanadv1.NoticeChannel{
	"sms": sanadv1.NoticeChannel_NOTICE_CHANNEL_SMS, "voice": sanadv1.NoticeChannel_NOTICE_CHANNEL_VOICE,
	"officer": sanadv1.NoticeChannel_NOTICE_CHANNEL_OFFICER,
}

type noticesRun struct {
	onStore
	keyed
	Scheme string `required:"" help:"The scheme, such as national-health."`
}

// Help shows how cover notices run is used.
func (noticesRun) Help() string {
	return `Nothing lapses without a notice that was given. Run it daily: what was written is not written again, what is no longer
needed is taken out, and what did not reach a member is given to somebody who comes to her. It can be broken off at any
moment and started again.

Example:
  sanad cover notices run --scheme national-health`
}

// Run writes the notices.
func (n noticesRun) Run(ctx context.Context, env Env) error {
	i, err := institution(ctx, n.onStore, n.keyed)
	if err != nil {
		return err
	}
	defer i.Close()
	began := env.Now()
	done, err := i.Covers.Notify(ctx, ledger.SchemeCode(n.Scheme), tellRun(env, "cover notices"))
	if err != nil {
		return fmt.Errorf("%w; start it again to go on from member %d", err, done.Members)
	}
	fmt.Fprintf(env.Out, "%d members looked at, %d notices written, in %s\n", done.Members, done.Moved, env.Now().Sub(began).Round(time.Millisecond))
	return failedRun(env, done)
}

type noticesList struct {
	onServer
	Channel string `help:"Those of one channel: sms, voice or officer." enum:",sms,voice,officer" default:""`
	Texts   bool   `help:"Print what each says and where it goes."`
}

// Help shows how cover notices list is used.
func (noticesList) Help() string {
	return `Examples:
  sanad cover notices list
  sanad cover notices list --channel officer --texts`
}

// Run lists all that wait.
func (n noticesList) Run(ctx context.Context, env Env) error {
	return n.ask(ctx, func(ctx context.Context, server *client) error {
		t := newTable("", "Notice", "Member", "Scheme", "Paid until before", "Channel", "Tried")
		request := &sanadv1.ListCoverNoticesRequest{Channel: channelNames[n.Channel], PageSize: 1000}
		for {
			page, err := server.covers.ListCoverNotices(ctx, request)
			if err != nil {
				return err
			}
			for _, l := range page.GetNotices() {
				t.row(l.GetId(), l.GetMemberId(), l.GetScheme(), dayText(l.GetLapsesOn()), wordFor(channelNames, l.GetChannel()), fmt.Sprint(l.GetAttempts()))
				if n.Texts {
					t.row("", l.GetAddress(), l.GetText())
				}
			}
			if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
				break
			}
		}
		t.print(env.Out)
		return nil
	})
}

type noticesGiven struct {
	onServer
	ID string `arg:"" help:"The notice's id."`
	On *day   `help:"The day on which it reached her; today without it."`
}

// Help shows how cover notices given is used.
func (noticesGiven) Help() string {
	return `Example:
  sanad cover notices given 0f8c… --on 2026-03-02`
}

// Run marks the notice.
func (n noticesGiven) Run(ctx context.Context, env Env) error {
	return n.mark(ctx, env, &sanadv1.MarkCoverNoticeRequest{NoticeId: n.ID, Given: true, On: dateOf(n.On)})
}

type noticesFailed struct {
	onServer
	ID     string `arg:"" help:"The notice's id."`
	Reason string `required:"" help:"Why, by a code such as NUMBER_UNREACHABLE."`
	Next   string `help:"Another channel to try: sms, voice or officer; given up without it, and her cover does not lapse." enum:",sms,voice,officer" default:""`
}

// Help shows how cover notices failed is used.
func (noticesFailed) Help() string {
	return `Example:
  sanad cover notices failed 0f8c… --reason NUMBER_UNREACHABLE --next officer`
}

// Run marks the notice.
func (n noticesFailed) Run(ctx context.Context, env Env) error {
	return n.mark(ctx, env, &sanadv1.MarkCoverNoticeRequest{NoticeId: n.ID, Reason: n.Reason, NextChannel: channelNames[n.Next]})
}

func (s onServer) mark(ctx context.Context, env Env, request *sanadv1.MarkCoverNoticeRequest) error {
	return s.ask(ctx, func(ctx context.Context, server *client) error {
		answer, err := server.covers.MarkCoverNotice(ctx, request)
		if err != nil {
			return err
		}
		n := answer.GetNotice()
		switch n.GetState() {
		case sanadv1.NoticeState_NOTICE_STATE_GIVEN:
			fmt.Fprintf(env.Out, "notice %s: given on %s\n", n.GetId(), dayText(n.GetGivenOn()))
		case sanadv1.NoticeState_NOTICE_STATE_PENDING:
			fmt.Fprintf(env.Out, "notice %s: waits for %s\n", n.GetId(), wordFor(channelNames, n.GetChannel()))
		default:
			fmt.Fprintf(env.Out, "notice %s: given up (%s); nothing lapses by it\n", n.GetId(), n.GetReason())
		}
		return nil
	})
}

// coverChoice records or shows a member's choice.
type coverChoice struct {
	onServer
	Who      string   `arg:"" help:"Her number, a phone, a document's number or her id."`
	Tell     []string `enum:"health,category,balance" help:"What she wants to be told in texts besides: ${enum}."`
	Channel  string   `help:"How notices reach her: sms, voice or officer." enum:",sms,voice,officer" default:""`
	Language string   `help:"The language of notices, such as ar."`
	Nothing  bool     `help:"She wants to be told nothing besides, and leaves the channel open."`
}

var topicNames = map[string]sanadv1.TextTopic{
	"health": sanadv1.TextTopic_TEXT_TOPIC_HEALTH, "category": sanadv1.TextTopic_TEXT_TOPIC_CATEGORY, "balance": sanadv1.TextTopic_TEXT_TOPIC_BALANCE,
}

// Help shows how cover choice is used.
func (coverChoice) Help() string {
	return `Without flags it shows what she chose. Texts tell of no diagnosis, pregnancy, category or balance unless she chose so.

Examples:
  sanad cover choice 482913375
  sanad cover choice 482913375 --tell balance --channel sms --language fr
  sanad cover choice 482913375 --nothing`
}

// Run records what she chose, where anything is said, and shows it.
func (c coverChoice) Run(ctx context.Context, env Env) error {
	return c.ask(ctx, func(ctx context.Context, server *client) error {
		party, err := server.find(ctx, env, c.Who)
		if err != nil {
			return err
		}
		if c.Nothing || len(c.Tell) > 0 || c.Channel != "" || c.Language != "" {
			choice := &sanadv1.TextChoice{Channel: channelNames[c.Channel], Language: c.Language}
			for _, topic := range c.Tell {
				choice.Topics = append(choice.Topics, topicNames[topic])
			}
			if _, err := server.covers.SetTextChoice(ctx, &sanadv1.SetTextChoiceRequest{MemberId: party.ID(), Choice: choice}); err != nil {
				return err
			}
		}
		answer, err := server.covers.GetTextChoice(ctx, &sanadv1.GetTextChoiceRequest{MemberId: party.ID()})
		if err != nil {
			return err
		}
		chosen := []string{}
		for _, topic := range answer.GetChoice().GetTopics() {
			chosen = append(chosen, wordFor(topicNames, topic))
		}
		fmt.Fprintf(env.Out, "told besides: %v; channel: %s; language: %s\n", chosen,
			orOpen(wordFor(channelNames, answer.GetChoice().GetChannel())), orOpen(answer.GetChoice().GetLanguage()))
		return nil
	})
}

func orOpen(text string) string {
	if text == "" {
		return "left open"
	}
	return text
}
