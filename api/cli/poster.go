package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	operator "sanad.dev/sanad/payments/statement"
)

// ahead is how many lines are sent before the first of them is answered: as many as the server takes.
const ahead = 1024

// poster sends the lines of a statement over one stream, many ahead of their answers, and tells what came of each.
type poster struct {
	service           sanadv1.ContributionServiceClient
	collector, scheme string
	// taken says that what the statement lists as completed is money already taken: of a line that is refused, what was
	// refused is left out, and the rest is sent again as unreadable, so that it goes to suspense (L5).
	taken bool
	// answered is told of each line, in the order of the statement, once it is durable or refused. Its error ends the
	// posting.
	answered func(answer) error
}

// answer is a line of a statement and what came of it: a receipt, a refusal, or neither for a failed line, of which
// there is nothing to book.
type answer struct {
	line    operator.Line
	receipt *sanadv1.Receipt
	refusal *sanadv1.Refusal
}

type stream = grpc.BidiStreamingClient[sanadv1.StreamContributionsRequest, sanadv1.StreamContributionsResponse]

// post sends every line and returns once each has its answer, or where the stream or the statement broke off. What was
// answered until then is durable; sent again, it is answered as the first time (L3).
func (p *poster) post(ctx context.Context, lines operator.Reader) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	calls, err := p.service.StreamContributions(ctx)
	if err != nil {
		return err
	}
	sent := make(chan operator.Line, ahead)
	read := make(chan error, 1)
	go func() {
		defer close(sent)
		read <- p.send(ctx, calls, lines, sent)
	}()
	if err := p.receive(ctx, calls, sent); err != nil {
		return err
	}
	return <-read
}

// send sends each line, and hands it on to where its answer is awaited. Its error is that of the statement: what breaks
// the stream is learned where answers are received.
func (p *poster) send(ctx context.Context, calls stream, lines operator.Reader, sent chan<- operator.Line) error {
	defer func() { _ = calls.CloseSend() }()
	for {
		line, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case sent <- line:
		case <-ctx.Done():
			return ctx.Err()
		}
		if line.Kind == operator.KindFailed {
			continue
		}
		if err := calls.Send(p.request(line)); err != nil {
			return nil
		}
	}
}

// receive takes the answers, which come in the order of the lines.
func (p *poster) receive(ctx context.Context, calls stream, sent <-chan operator.Line) error {
	for line := range sent {
		a, err := p.answer(ctx, calls, line)
		if err != nil {
			return err
		}
		if err := p.answered(a); err != nil {
			return err
		}
	}
	if _, err := calls.Recv(); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func (p *poster) answer(ctx context.Context, calls stream, line operator.Line) (answer, error) {
	if line.Kind == operator.KindFailed {
		return answer{line: line}, nil
	}
	response, err := calls.Recv()
	if err != nil {
		return answer{}, err
	}
	a := answer{line, response.GetResult().GetReceipt(), response.GetResult().GetRefusal()}
	if p.taken && a.refusal != nil {
		return p.salvage(ctx, a)
	}
	return a, nil
}

// mostTries bounds how often a line is sent again: each try leaves out more of it.
const mostTries = 4

// salvage sends a line again without what was refused of it, as unreadable. What the command itself has put in, such as
// the scheme, is no fault of the line, and the refusal stands.
func (p *poster) salvage(ctx context.Context, a answer) (answer, error) {
	item := p.request(a.line)
	for range mostTries {
		if a.refusal == nil || !leaveOut(item, a.line, a.refusal) {
			return a, nil
		}
		result, err := p.ask(ctx, item)
		if err != nil {
			return a, err
		}
		a.receipt, a.refusal = result.GetReceipt(), result.GetRefusal()
	}
	return a, nil
}

// ask sends one line by itself.
func (p *poster) ask(ctx context.Context, item *sanadv1.StreamContributionsRequest) (*sanadv1.ItemResult, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	calls, err := p.service.StreamContributions(ctx)
	if err != nil {
		return nil, err
	}
	if err := calls.Send(item); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	_ = calls.CloseSend()
	response, err := calls.Recv()
	return response.GetResult(), err
}

// leaveOut takes from the item what was refused and notes it as unreadable; false where nothing of the line was
// refused.
func leaveOut(item *sanadv1.StreamContributionsRequest, line operator.Line, refusal *sanadv1.Refusal) bool {
	switch codes.Code(refusal.GetCode()) {
	case codes.InvalidArgument, codes.OutOfRange:
		cleared := false
		for _, field := range refusal.GetFields() {
			cleared = clearField(item, field) || cleared
		}
		if cleared {
			note(item, complaint(line, refusal))
		}
		return cleared
	case codes.AlreadyExists:
		return leaveOutTime(item, line)
	}
	return false
}

// leaveOutTime: a day that had not come yet was refused when the line was sent first, and it went to suspense without
// it. Should the day have come since, the line is found only as it was sent then.
func leaveOutTime(item *sanadv1.StreamContributionsRequest, line operator.Line) bool {
	if !clearField(item, "value_time") {
		return false
	}
	note(item, timeRefused(line))
	return true
}

// complaint says what was refused, with the amount for whoever looks into it. Of a time it says so in words that depend
// on the line alone.
func complaint(line operator.Line, refusal *sanadv1.Refusal) string {
	switch field, _, _ := strings.Cut(refusal.GetFields()[0], "."); field {
	case "value_time":
		return timeRefused(line)
	case "amount":
		return fmt.Sprintf("%s (the line says %s %s)", refusal.GetMessage(), line.Amount, line.Currency)
	}
	return refusal.GetMessage()
}

func timeRefused(line operator.Line) string {
	return "time refused: " + line.ValueTime.Format(time.RFC3339)
}

// brokeOff says what ended a posting early, and what to do.
func brokeOff(answered int, err error) error {
	return fmt.Errorf("stopped after %s lines were answered: %w\nWhat was answered is booked. Run the same command again: nothing is booked twice",
		counted(answered), err)
}
