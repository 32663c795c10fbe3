package payout

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

const scope = "sanad.dev/sanad/payments/payout"

// telemetry counts what happens to payouts, and what rails answer. It names no party and no amount (L11).
type telemetry struct {
	steps, calls metric.Int64Counter
	tracer       trace.Tracer
}

// meters is the telemetry of this process.
var meters = sync.OnceValue(func() telemetry {
	meter := otel.Meter(scope)
	steps, err := meter.Int64Counter("sanad.payout.steps",
		metric.WithDescription("What happened to payouts, by rail, what it was, and the state afterwards."))
	if err != nil {
		otel.Handle(err)
	}
	calls, err := meter.Int64Counter("sanad.payout.calls",
		metric.WithDescription("Calls of rails, by rail, task and what was answered; lost where nobody knows."))
	if err != nil {
		otel.Handle(err)
	}
	return telemetry{steps, calls, otel.Tracer(scope)}
})

// count counts what happened to payouts, once it is committed.
func (t telemetry) count(ctx context.Context, steps []Step) {
	sums := map[attribute.Set]int64{}
	for _, s := range steps {
		sums[attribute.NewSet(attribute.String("rail", s.After.Rail), attribute.String("what", string(s.Event.What)), attribute.String("state", string(s.After.State)))]++
	}
	for set, n := range sums {
		t.steps.Add(ctx, n, metric.WithAttributeSet(set))
	}
}

// call is a span for a call of a rail, where a worker waits; what it returns ends it with what was answered.
func (t telemetry) call(ctx context.Context, l Leased) (context.Context, func(Answer)) {
	of := []attribute.KeyValue{attribute.String("rail", l.Rail), attribute.String("task", string(l.Task))}
	ctx, span := t.tracer.Start(ctx, "payout "+string(l.Task), trace.WithAttributes(of...), trace.WithAttributes(attribute.String("payout", l.ID.String())))
	return ctx, func(a Answer) {
		outcome := string(a.Report.Outcome)
		if a.Lost {
			outcome = "lost"
			span.SetStatus(codes.Error, outcome)
		}
		of = append(of, attribute.String("outcome", outcome))
		span.SetAttributes(attribute.String("outcome", outcome))
		span.End()
		t.calls.Add(ctx, 1, metric.WithAttributes(of...))
	}
}
