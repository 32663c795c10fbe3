package api

import (
	"context"
	"errors"
	"log/slog"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// errorDomain is the domain of every ErrorInfo.
const errorDomain = "sanad.dev"

// outcome is what a domain error is to a caller.
type outcome struct {
	sentinel error
	code     codes.Code
	// reason is the stable code of ErrorInfo; field is the one at fault where the sentinel implies it.
	reason, field string
}

// outcomes maps the domain's sentinels to codes, in order of precedence. It is the only place where that is done.
var outcomes = []outcome{
	{context.Canceled, codes.Canceled, "CANCELED", ""},
	{context.DeadlineExceeded, codes.DeadlineExceeded, "DEADLINE_EXCEEDED", ""},
	{sqldb.ErrDraining, codes.Unavailable, "GOING_DOWN", ""},
	{sqldb.ErrUnavailable, codes.Unavailable, "DATABASE_UNAVAILABLE", ""},
	{sqldb.ErrNotDurable, codes.FailedPrecondition, "NOT_DURABLE", ""},
	{ledger.ErrReferenceReused, codes.AlreadyExists, "REFERENCE_REUSED", "reference"},
	{insurance.ErrTaken, codes.AlreadyExists, "TAKEN", ""},
	{insurance.ErrWrongState, codes.FailedPrecondition, "WRONG_STATE", ""},
	{insurance.ErrErased, codes.FailedPrecondition, "ERASED", ""},
	{insurance.ErrOnRecord, codes.FailedPrecondition, "ON_RECORD", ""},
	{payout.ErrWrongState, codes.FailedPrecondition, "WRONG_STATE", ""},
	{payout.ErrNobody, codes.FailedPrecondition, "RECIPIENT_ERASED", "party"},
	{ledger.ErrUnbalanced, codes.InvalidArgument, "UNBALANCED", ""},
	{ledger.ErrOverflow, codes.OutOfRange, "AMOUNT_OVERFLOW", "amount"},
	{ledger.ErrUnknownEntry, codes.NotFound, "ENTRY_UNKNOWN", ""},
	{ledger.ErrAlreadyUndone, codes.FailedPrecondition, "ALREADY_UNDONE", ""},
	{ledger.ErrReversalFinal, codes.FailedPrecondition, "REVERSAL_FINAL", ""},
	{ledger.ErrFloor, codes.FailedPrecondition, "BELOW_FLOOR", "amount"},
	{ledger.ErrClosed, codes.FailedPrecondition, "PERIOD_CLOSED", ""},
	{ledger.ErrTooRecent, codes.FailedPrecondition, "KNOWN_AT_TOO_RECENT", "known_at"},
	{ledger.ErrNotFound, codes.NotFound, "NOT_FOUND", ""},
	{ledger.ErrInvalid, codes.InvalidArgument, "INVALID", ""},
	{sqldb.ErrRaced, codes.Aborted, "TRY_AGAIN", ""},
}

// outcomeOf finds what an error is to a caller; false for one that only the log should see.
func outcomeOf(err error) (outcome, bool) {
	for _, o := range outcomes {
		if !errors.Is(err, o.sentinel) {
			continue
		}
		var fault insurance.Fault
		if errors.As(err, &fault) { // of the sentinel's family, with a field and a code of its own
			o.reason, o.field = fault.Reason, fault.Field
		}
		var paid payout.Fault
		if errors.As(err, &paid) { // as payments say it, which know no insurance
			o.reason, o.field = paid.Reason, paid.Field
		}
		return o, true
	}
	return outcome{err, codes.Internal, "INTERNAL", ""}, false
}

// textOf is what a caller is told: nothing of the inside where the error is not the domain's.
func textOf(err error, known bool) string {
	if !known {
		return "something went wrong inside; the server's log has it"
	}
	return err.Error()
}

// statusOf turns a domain error into a google.rpc.Status with ErrorInfo and field violations. An error that has a
// status already keeps it.
func statusOf(err error) error {
	if _, ok := status.FromError(err); ok {
		return err
	}
	o, known := outcomeOf(err)
	details := []protoadapt.MessageV1{&errdetails.ErrorInfo{Reason: o.reason, Domain: errorDomain}}
	var problems rule.Problems
	if errors.As(err, &problems) {
		details = append(details, violationsOf(problems))
	}
	if o.field != "" {
		details = append(details, &errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
			{Field: o.field, Description: textOf(err, known), Reason: o.reason},
		}})
	}
	st, detailErr := status.New(o.code, textOf(err, known)).WithDetails(details...)
	if detailErr != nil {
		return status.Error(o.code, textOf(err, known))
	}
	return st.Err()
}

// mostViolations bounds how many problems of a scheme's files a status carries.
const mostViolations = 50

// violationsOf are what is wrong with a scheme's files, each with its file, line and column as the field.
func violationsOf(problems rule.Problems) *errdetails.BadRequest {
	bad := &errdetails.BadRequest{}
	for _, p := range problems[:min(len(problems), mostViolations)] {
		bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{
			Field: p.Position.String(), Description: p.Text, Reason: "SCHEME_INVALID",
		})
	}
	return bad
}

// refusalOf says of one item among many what a status says of a call.
func refusalOf(err error) *sanadv1.Refusal {
	if st, ok := status.FromError(err); ok {
		return refusalOfStatus(st)
	}
	o, known := outcomeOf(err)
	if !known {
		slog.Error("an item failed", "error", err)
	}
	refusal := &sanadv1.Refusal{Code: int32(o.code), Reason: o.reason, Message: textOf(err, known)}
	if o.field != "" {
		refusal.Fields = []string{o.field}
	}
	return refusal
}

func refusalOfStatus(st *status.Status) *sanadv1.Refusal {
	refusal := &sanadv1.Refusal{Code: int32(st.Code()), Message: st.Message()}
	for _, detail := range st.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			refusal.Reason = d.GetReason()
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				refusal.Fields = append(refusal.Fields, v.GetField())
			}
		}
	}
	return refusal
}
