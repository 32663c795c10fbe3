package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"sanad.dev/sanad/payments/payout/gsma"
)

// site is the HTTP port: /metrics for Prometheus, /healthz for probes, and where operators call back.
func site(i *Institution, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		if err := i.DB.Ping(r.Context()); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("PUT "+gsma.CallbackPath+"{rail}/{key}/{mark}", callbacks(i, log))
	return mux
}

// Telemetry sets up metrics for the HTTP port, and traces and metrics over OTLP where the standard OTEL_EXPORTER_OTLP_…
// variables name an endpoint. Call the function returned at the end.
func Telemetry(ctx context.Context) (stop func(context.Context) error, err error) {
	otel.SetTextMapPropagator(propagation.TraceContext{})
	about, err := resource.New(ctx, resource.WithFromEnv(), resource.WithTelemetrySDK())
	if err != nil {
		return nil, err
	}
	scrape, err := prometheus.New()
	if err != nil {
		return nil, err
	}
	readers := []metric.Option{metric.WithResource(about), metric.WithReader(scrape)}
	traces := []sdktrace.TracerProviderOption{sdktrace.WithResource(about)}
	if exports() {
		metrics, err := otlpmetricgrpc.New(ctx)
		if err != nil {
			return nil, err
		}
		spans, err := otlptracegrpc.New(ctx)
		if err != nil {
			return nil, err
		}
		readers = append(readers, metric.WithReader(metric.NewPeriodicReader(metrics)))
		traces = append(traces, sdktrace.WithBatcher(spans))
	} else {
		traces = append(traces, sdktrace.WithSampler(sdktrace.NeverSample()))
	}
	meter, tracer := metric.NewMeterProvider(readers...), sdktrace.NewTracerProvider(traces...)
	otel.SetMeterProvider(meter)
	otel.SetTracerProvider(tracer)
	return func(ctx context.Context) error { return errors.Join(tracer.Shutdown(ctx), meter.Shutdown(ctx)) }, nil
}

func exports() bool {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		if os.Getenv(name) != "" {
			return true
		}
	}
	return false
}

// tracing adds the trace's and span's ids to every line that is logged within one.
type tracing struct{ slog.Handler }

// NewLogger logs JSON lines, with trace ids, to the handler's writer.
func NewLogger(h slog.Handler) *slog.Logger { return slog.New(tracing{h}) }

// Handle adds the ids.
func (t tracing) Handle(ctx context.Context, r slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		r.AddAttrs(slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	return t.Handler.Handle(ctx, r)
}

// WithAttrs keeps the ids on derived loggers.
func (t tracing) WithAttrs(attrs []slog.Attr) slog.Handler {
	return tracing{t.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the ids on derived loggers.
func (t tracing) WithGroup(name string) slog.Handler { return tracing{t.Handler.WithGroup(name)} }
