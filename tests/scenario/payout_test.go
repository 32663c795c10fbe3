package scenario

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/payments/payout/sandbox"
)

// ofPayouts are the sentences about money out: batches, the two people of each, and what a rail makes of them.
var ofPayouts = []command{
	{form: "rail <word:rail>", do: (*stage).openRail, says: "a rail to wallets that pays nobody and keeps a list; what its float does not hold it is not asked for"},
	{form: "<word:bank> fills the float of <word:rail> with <money>", do: (*stage).fill, says: "money goes from a bank account to the rail, ahead of what it pays"},
	{form: "<word:rail> refuses the next payout to <party>", do: (*stage).refusesNext, says: "the rail does not pay it, and says so"},
	{form: "<word:rail> gives back the next payout to <party>", do: (*stage).givesBackNext, says: "the rail pays it and learns the next day that the wallet is closed"},
	{form: "batch <word:batch> pays <money> to <party> for <word:scheme>", do: (*stage).addPayoutLine, says: "a line of a batch that is being drawn up, out of what the scheme owes"},
	{form: "<word:maker> makes batch <word:batch> over <word:rail>, declared as <number:count> lines of <money>", do: (*stage).makeBatch,
		says: "one person asks for it to be paid, and says how many lines there are and what they come to"},
	{form: "<word:maker> makes batch <word:batch> of what failed in <word:first>, declared as <number:count> lines of <money>", do: (*stage).followUp,
		says: "only the lines of the first batch that failed or came back"},
	{form: "<word:by> approves batch <word:batch>", do: (*stage).approveBatch, says: "another person agrees: it is booked, and sent from then on"},
	{form: "the payouts are sent", do: (*stage).sendPayouts, says: "a worker calls the rails for all that is due, and asks once more after what was paid before"},
	{form: "batch <word:batch> has <number:count> lines <word:state>, <money>[ because <reason>]", then: true, do: (*stage).batchHas,
		says: "what the batch's report says: requested, approved, sending, sent, settled, failed, returned or unknown"},
	{form: "of batch <word:batch> the payout to <party> is <word:state>[ because <reason>]", then: true, do: (*stage).payoutStands, says: "how one line of it stands"},
	{form: "a batch of what failed in <word:batch> would take <number:count> lines", then: true, do: (*stage).wouldTake, says: "what the report says is left to be followed up"},
}

func (s *stage) payouts() sanadv1.PayoutServiceClient {
	return sanadv1.NewPayoutServiceClient(s.connection)
}

// storyRail is a rail of a story, which does by chance nothing at all.
type storyRail struct {
	*sandbox.Rail
	// next is what befalls the next payout to a party; fates is what befalls a payout.
	next  map[string]sandbox.Fate
	fates map[payout.Key]sandbox.Fate
}

func (s *stage) openRail(g given) error {
	terms := sandbox.UsualContract
	terms.Name, terms.OnCredit = g.of("rail"), false
	rail, err := sandbox.Open(s.ctx, "sqlite:"+filepath.Join(s.folder, terms.Name+".db"), sandbox.Config{Contract: terms})
	if err != nil {
		return err
	}
	r := &storyRail{rail, map[string]sandbox.Fate{}, map[payout.Key]sandbox.Fate{}}
	rail.Decide(func(key payout.Key, _ int64) sandbox.Fate { return r.fates[key] })
	s.rails[terms.Name], s.institution.Payouts.Rails[terms.Name] = r, rail
	return nil
}

// railOf is the rail that the line names.
func (s *stage) railOf(g given) (*storyRail, error) {
	r, ok := s.rails[g.of("rail")]
	if !ok {
		return nil, g.wrong("no rail is called %s: write before it: rail %s", g.of("rail"), g.of("rail"))
	}
	return r, nil
}

func (s *stage) fill(g given) error {
	amount, err := s.money(g, "money")
	if err != nil {
		return err
	}
	on, err := g.when("day")
	if err != nil {
		return err
	}
	_, err = s.payouts().TopUpFloat(s.ctx, &sanadv1.TopUpFloatRequest{Rail: g.of("rail"), Amount: amount, BankAccount: g.of("bank"), On: dateOf(on),
		Reference: s.next("float"), Person: two[0]})
	return err
}

func (s *stage) refusesNext(g given) error { return s.befalls(g, sandbox.Fate{Fails: true}) }

func (s *stage) givesBackNext(g given) error { return s.befalls(g, sandbox.Fate{Returns: true}) }

func (s *stage) befalls(g given, fate sandbox.Fate) error {
	rail, err := s.railOf(g)
	if err != nil {
		return err
	}
	party, err := s.party(g, "party")
	if err == nil {
		rail.next[party] = fate
	}
	return err
}

// addPayoutLine draws up a line. Everybody has a wallet of her own.
func (s *stage) addPayoutLine(g given) error {
	party, err := s.party(g, "party")
	if err != nil {
		return err
	}
	amount, err := s.money(g, "money")
	if err != nil {
		return err
	}
	wallet := fmt.Sprintf("+96279%07d", len(s.wallets))
	if known := s.wallets[party]; known != "" {
		wallet = known
	}
	s.wallets[party] = wallet
	s.lines[g.of("batch")] = append(s.lines[g.of("batch")], &sanadv1.PayoutLine{Party: party, Scheme: g.of("scheme"), Amount: amount,
		Destination: &sanadv1.Destination{Kind: sanadv1.DestinationKind_DESTINATION_KIND_WALLET, Account: wallet}})
	return nil
}

// declared is how many lines the line says, and what they come to.
func (s *stage) declared(g given) (count int32, total *sanadv1.Money, err error) {
	n, err := strconv.Atoi(g.of("count"))
	if err != nil {
		return 0, nil, err
	}
	total, err = s.money(g, "money")
	return int32(n), total, err
}

func (s *stage) makeBatch(g given) error {
	count, total, err := s.declared(g)
	if err != nil {
		return err
	}
	answer, err := s.payouts().CreateBatch(s.ctx, &sanadv1.CreateBatchRequest{Reference: g.of("batch"), Person: g.of("maker"), Rail: g.of("rail"),
		DeclaredCount: count, DeclaredTotal: total, Lines: s.lines[g.of("batch")]})
	if err != nil {
		return err
	}
	return s.made(g, answer.GetBatch())
}

func (s *stage) followUp(g given) error {
	count, total, err := s.declared(g)
	if err != nil {
		return err
	}
	answer, err := s.payouts().FollowUpBatch(s.ctx, &sanadv1.FollowUpBatchRequest{Batch: s.named["batch "+g.of("first")], Reference: g.of("batch"),
		Person: g.of("maker"), DeclaredCount: count, DeclaredTotal: total})
	if err != nil {
		return err
	}
	return s.made(g, answer.GetBatch())
}

// made notes a batch, and decides what befalls its payouts.
func (s *stage) made(g given, batch *sanadv1.PayoutBatch) error {
	s.named["batch "+g.of("batch")] = batch.GetId()
	rail := s.rails[batch.GetRail()]
	found, err := s.linesOf(g)
	for _, p := range found {
		if fate, told := rail.next[p.GetParty()]; told {
			key, err := payout.ParseKey(p.GetKey())
			if err != nil {
				return err
			}
			rail.fates[key] = fate
			delete(rail.next, p.GetParty())
		}
	}
	return err
}

// linesOf are the payouts of the batch that the line is about.
func (s *stage) linesOf(g given) ([]*sanadv1.Payout, error) {
	answer, err := s.payouts().ListPayouts(s.ctx, &sanadv1.ListPayoutsRequest{Batch: s.named["batch "+g.of("batch")], PageSize: 1000})
	return answer.GetPayouts(), err
}

func (s *stage) approveBatch(g given) error {
	_, err := s.payouts().ApproveBatch(s.ctx, &sanadv1.ApproveBatchRequest{Batch: s.named["batch "+g.of("batch")], Person: g.of("by")})
	return err
}

func (s *stage) sendPayouts(given) error {
	worker := &payout.Worker{Service: s.institution.Payouts, Name: "worker", Width: 1}
	for {
		if n, err := worker.Work(s.ctx); n == 0 || err != nil {
			return err
		}
	}
}

func (s *stage) reportOf(g given) (*sanadv1.GetBatchReportResponse, error) {
	return s.payouts().GetBatchReport(s.ctx, &sanadv1.GetBatchReportRequest{Batch: s.named["batch "+g.of("batch")]})
}

func (s *stage) batchHas(g given) error {
	want, err := s.wanted(g, "money")
	if err != nil {
		return err
	}
	report, err := s.reportOf(g)
	if err != nil {
		return err
	}
	var all []string
	for _, sum := range report.GetSums() {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%d %s, %s %s", sum.GetCount(), word(sum.GetState().String(), "PAYOUT_STATE_"), said(sum.GetTotal()), sum.GetReason())))
	}
	want = strings.TrimSpace(fmt.Sprintf("%s %s, %s %s", g.of("count"), g.of("state"), want, g.of("reason")))
	for _, got := range all {
		if got == want {
			return nil
		}
	}
	return mismatch{want, strings.Join(all, "; ")}
}

func (s *stage) payoutStands(g given) error {
	party, err := s.party(g, "party")
	if err != nil {
		return err
	}
	found, err := s.linesOf(g)
	if err != nil {
		return err
	}
	for _, p := range found {
		if p.GetParty() == party {
			return expect(strings.TrimSpace(g.of("state")+" "+g.of("reason")), strings.TrimSpace(word(p.GetState().String(), "PAYOUT_STATE_")+" "+p.GetReason()))
		}
	}
	return mismatch{g.of("state"), "no line pays there"}
}

func (s *stage) wouldTake(g given) error {
	report, err := s.reportOf(g)
	if err != nil {
		return err
	}
	return expect(g.of("count"), strconv.Itoa(int(report.GetToFollow())))
}
