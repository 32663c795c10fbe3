package api

import (
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/collection"
	"sanad.dev/sanad/services/insurance"
)

// mostItems bounds a batch.
const mostItems = 1000

// window is how many lines of one stream may be waiting for their answers; the stream is read no further meanwhile.
const window = 1024

type contributionServer struct {
	sanadv1.UnimplementedContributionServiceServer
	collection *collection.Service
}

func (s *contributionServer) PostContribution(ctx context.Context, r *sanadv1.PostContributionRequest) (*sanadv1.PostContributionResponse, error) {
	sent, err := contributionFrom(r.GetContribution())
	if err != nil {
		return nil, err
	}
	receipt, err := s.post(ctx, sent)
	return &sanadv1.PostContributionResponse{Receipt: receipt}, err
}

func (s *contributionServer) ReverseContribution(ctx context.Context, r *sanadv1.ReverseContributionRequest) (*sanadv1.ReverseContributionResponse, error) {
	sent, err := reversalFrom(r.GetReversal())
	if err != nil {
		return nil, err
	}
	receipt, err := s.post(ctx, sent)
	return &sanadv1.ReverseContributionResponse{Receipt: receipt}, err
}

func (s *contributionServer) post(ctx context.Context, sent collection.Sent) (*sanadv1.Receipt, error) {
	outcomes, err := s.collection.Post(ctx, sent)
	if err != nil {
		return nil, err
	}
	if outcomes[0].Err != nil {
		return nil, outcomes[0].Err
	}
	return receiptTo(outcomes[0].Answer), nil
}

// BatchPostContributions answers each contribution on its own.
func (s *contributionServer) BatchPostContributions(ctx context.Context, r *sanadv1.BatchPostContributionsRequest) (*sanadv1.BatchPostContributionsResponse, error) {
	if n := len(r.GetContributions()); n == 0 || n > mostItems {
		return nil, insurance.Fault{Field: "contributions", Reason: "BATCH_SIZE_INVALID", Text: fmt.Sprintf("send 1 to %d; %d were sent", mostItems, n)}
	}
	results := make([]*sanadv1.ItemResult, len(r.GetContributions()))
	var good []collection.Sent
	var places []int
	for i, c := range r.GetContributions() {
		sent, err := validContribution(c)
		if err != nil {
			results[i] = resultOf(sqldb.Outcome[collection.Receipt]{Err: err})
			continue
		}
		good, places = append(good, sent), append(places, i)
	}
	outcomes, err := s.collection.Post(ctx, good...)
	if err != nil {
		return nil, err
	}
	for i, outcome := range outcomes {
		results[places[i]] = resultOf(outcome)
	}
	return &sanadv1.BatchPostContributionsResponse{Results: results}, nil
}

func validContribution(c *sanadv1.Contribution) (collection.Sent, error) {
	if c == nil {
		return collection.Sent{}, insurance.Fault{Field: "contribution", Reason: "ITEM_MISSING", Text: "the item is empty"}
	}
	if err := validate(c); err != nil {
		return collection.Sent{}, err
	}
	return contributionFrom(c)
}

// StreamContributions hands each line in as it comes and answers in order, each once it is durable.
func (s *contributionServer) StreamContributions(stream grpc.BidiStreamingServer[sanadv1.StreamContributionsRequest, sanadv1.StreamContributionsResponse]) error {
	answers := make(chan (<-chan sqldb.Outcome[collection.Receipt]), window)
	received := make(chan error, 1)
	go func() {
		defer close(answers)
		received <- s.receive(stream, answers)
	}()
	for answer := range answers {
		outcome, err := await(stream.Context(), answer)
		if err != nil {
			return err
		}
		if err := stream.Send(&sanadv1.StreamContributionsResponse{Result: resultOf(outcome)}); err != nil {
			return err
		}
	}
	return <-received
}

// receive reads lines until the caller has no more. A line of the wrong form is answered in its turn.
func (s *contributionServer) receive(stream grpc.BidiStreamingServer[sanadv1.StreamContributionsRequest, sanadv1.StreamContributionsResponse], answers chan<- (<-chan sqldb.Outcome[collection.Receipt])) error {
	for {
		r, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		answer := s.submit(stream.Context(), r)
		select {
		case answers <- answer:
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
}

func (s *contributionServer) submit(ctx context.Context, r *sanadv1.StreamContributionsRequest) <-chan sqldb.Outcome[collection.Receipt] {
	sent, err := sentFrom(r)
	if err == nil {
		var answer <-chan sqldb.Outcome[collection.Receipt]
		if answer, err = s.collection.Submit(ctx, sent); err == nil {
			return answer
		}
	}
	refused := make(chan sqldb.Outcome[collection.Receipt], 1)
	refused <- sqldb.Outcome[collection.Receipt]{Err: err}
	return refused
}

func await(ctx context.Context, answer <-chan sqldb.Outcome[collection.Receipt]) (sqldb.Outcome[collection.Receipt], error) {
	select {
	case outcome := <-answer:
		return outcome, nil
	case <-ctx.Done():
		return sqldb.Outcome[collection.Receipt]{}, ctx.Err()
	}
}

func sentFrom(r *sanadv1.StreamContributionsRequest) (collection.Sent, error) {
	switch item := r.GetItem().(type) {
	case *sanadv1.StreamContributionsRequest_Contribution:
		return validContribution(item.Contribution)
	case *sanadv1.StreamContributionsRequest_Reversal:
		if err := validate(item.Reversal); err != nil {
			return collection.Sent{}, err
		}
		return reversalFrom(item.Reversal)
	case *sanadv1.StreamContributionsRequest_Withdrawal:
		if err := validate(item.Withdrawal); err != nil {
			return collection.Sent{}, err
		}
		return withdrawalFrom(item.Withdrawal)
	}
	return collection.Sent{}, insurance.Fault{Field: "item", Reason: "ITEM_MISSING", Text: "send a contribution, a reversal or a withdrawal"}
}

func (s *contributionServer) ReassignContribution(ctx context.Context, r *sanadv1.ReassignContributionRequest) (*sanadv1.ReassignContributionResponse, error) {
	id, err := ledger.ParseID(r.GetContributionId())
	if err != nil {
		return nil, err
	}
	proposal, receipt, err := s.collection.Reassign(ctx, collection.Reassignment{
		Contribution: id, To: insurance.MemberID(r.GetMemberId()), Scheme: ledger.SchemeCode(r.GetScheme()),
		Reason: r.GetReason(), Person: r.GetPerson(),
	})
	if err != nil {
		return nil, err
	}
	return &sanadv1.ReassignContributionResponse{Approval: approvalTo(proposal), Receipt: receiptTo(receipt)}, nil
}

func (s *contributionServer) GetContribution(ctx context.Context, r *sanadv1.GetContributionRequest) (*sanadv1.GetContributionResponse, error) {
	id, err := s.idFrom(r)
	if err != nil {
		return nil, err
	}
	c, err := s.collection.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &sanadv1.GetContributionResponse{Receipt: receiptTo(c.Receipt), Sent: contributionTo(c.Sent)}
	for _, e := range c.History {
		out.History = append(out.History, wholeEntryTo(e))
	}
	return out, nil
}

func (s *contributionServer) idFrom(r *sanadv1.GetContributionRequest) (ledger.ID, error) {
	if r.GetContributionId() != "" {
		return ledger.ParseID(r.GetContributionId())
	}
	if r.GetCollector() == "" || r.GetReference() == "" {
		return ledger.ID{}, insurance.Fault{Field: "contribution_id", Reason: "NAME_MISSING", Text: "give the id, or the collector and its reference"}
	}
	return s.collection.Name(insurance.CollectorID(r.GetCollector()), r.GetReference()), nil
}

func (s *contributionServer) ListContributions(ctx context.Context, r *sanadv1.ListContributionsRequest) (*sanadv1.ListContributionsResponse, error) {
	limit, err := limitOf(r.GetPageSize())
	if err != nil {
		return nil, err
	}
	var receipts []collection.Receipt
	var next string
	switch {
	case r.GetMemberId() != "":
		receipts, next, err = s.collection.ListOf(ctx, insurance.MemberID(r.GetMemberId()), r.GetPageToken(), limit)
	case r.GetSuspenseOf() != "":
		receipts, next, err = s.collection.ListSuspense(ctx, insurance.CollectorID(r.GetSuspenseOf()), r.GetPageToken(), limit)
	default:
		err = insurance.Fault{Field: "of", Reason: "NAME_MISSING", Text: "say whose: a member's, or those in a collector's suspense"}
	}
	if err != nil {
		return nil, err
	}
	out := &sanadv1.ListContributionsResponse{NextPageToken: next}
	for _, receipt := range receipts {
		out.Contributions = append(out.Contributions, receiptTo(receipt))
	}
	return out, nil
}
