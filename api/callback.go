package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/payments/payout/gsma"
)

// calledBack is a rail whose operator calls back over HTTP, at addresses that only the rail can make.
type calledBack interface {
	ReadCallback(key, mark, correlation string, body io.Reader) (payout.Report, error)
}

// callbacks takes what operators call back. The address is the proof of who calls; neither it nor what is sent is logged.
func callbacks(i *Institution, log *slog.Logger) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		rail, ok := i.Payouts.Rails[r.PathValue("rail")].(calledBack)
		if !ok {
			http.NotFound(w, r)
			return
		}
		report, err := rail.ReadCallback(r.PathValue("key"), r.PathValue("mark"), r.Header.Get(gsma.HeaderCorrelation), r.Body)
		if err == nil {
			err = receive(r.Context(), i, r.PathValue("rail"), report)
		}
		code := callbackStatus(err)
		if code == http.StatusInternalServerError || code == http.StatusServiceUnavailable {
			log.ErrorContext(r.Context(), "a callback was not taken", "rail", r.PathValue("rail"), "error", err)
		}
		w.WriteHeader(code)
	}
}

// receive records the report. A callback may come twice, late and out of order: what follows from it is decided there.
func receive(ctx context.Context, i *Institution, rail string, report payout.Report) error {
	_, err := i.Payouts.Receive(ctx, rail, report)
	return err
}

// callbackStatus is what the operator is told: no more than it needs to know whether to try again.
func callbackStatus(err error) int {
	switch {
	case err == nil:
		return http.StatusNoContent
	case errors.Is(err, gsma.ErrForged):
		return http.StatusNotFound
	case errors.Is(err, gsma.ErrForm):
		return http.StatusBadRequest
	}
	switch status.Code(statusOf(err)) {
	case codes.NotFound:
		return http.StatusNotFound
	case codes.InvalidArgument, codes.FailedPrecondition:
		return http.StatusBadRequest
	case codes.Unavailable, codes.Aborted, codes.Canceled, codes.DeadlineExceeded:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
