package collection

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"sanad.dev/sanad/ledger/sqldb"
)

// telemetry counts what came of the items, in the words of the domain.
type telemetry struct{ items metric.Int64Counter }

func newTelemetry() telemetry {
	items, err := otel.Meter("sanad.dev/sanad/services/collection").Int64Counter("sanad.collection.items",
		metric.WithDescription("Items that collectors sent, by what came of them."))
	if err != nil {
		otel.Handle(err)
	}
	return telemetry{items}
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
