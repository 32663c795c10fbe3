package collection

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/match"
)

// telemetry counts what came of the items, in the words of the domain.
type telemetry struct{ items, unjudged metric.Int64Counter }

func newTelemetry() telemetry {
	meter := otel.Meter("sanad.dev/sanad/services/collection")
	items, err := meter.Int64Counter("sanad.collection.items",
		metric.WithDescription("Items that collectors sent, by what came of them."))
	if err != nil {
		otel.Handle(err)
	}
	unjudged, err := meter.Int64Counter("sanad.collection.unjudged",
		metric.WithDescription("Members whose contributions were booked, but whose subsidy could not be judged, by scheme."))
	if err != nil {
		otel.Handle(err)
	}
	return telemetry{items, unjudged}
}

// countUnjudged counts members who keep what they have since nobody could tell what they are due.
func (t telemetry) countUnjudged(ctx context.Context, failed []match.Failure) {
	for _, f := range failed {
		t.unjudged.Add(ctx, 1, metric.WithAttributes(attribute.String("scheme", string(f.Scheme)), attribute.String("subsidy", f.Subsidy)))
	}
}

// count adds up a batch: what each item came to, and why what is in suspense is there.
func (t telemetry) count(ctx context.Context, outcomes []sqldb.Outcome[Receipt]) {
	if t.items == nil {
		return
	}
	sums := map[attribute.Set]int64{}
	for _, o := range outcomes {
		sums[attribute.NewSet(attribute.String("outcome", outcomeOf(o)), attribute.String("reason", o.Answer.Reason))]++
	}
	for set, n := range sums {
		t.items.Add(ctx, n, metric.WithAttributeSet(set))
	}
}

func outcomeOf(o sqldb.Outcome[Receipt]) string {
	switch {
	case o.Err != nil:
		return "refused"
	case o.Answer.Repeated:
		return "repeated"
	}
	return map[State]string{Posted: "posted", Suspended: "suspense", Reversed: "reversed", Unread: "unread"}[o.Answer.State]
}
