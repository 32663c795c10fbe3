package api

import (
	"errors"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// validate checks a message against the rules written in the contract and names every field at fault.
func validate(m proto.Message) error {
	err := protovalidate.Validate(m)
	if err == nil {
		return nil
	}
	var invalid *protovalidate.ValidationError
	if !errors.As(err, &invalid) {
		return err
	}
	bad := &errdetails.BadRequest{}
	var texts []string
	for _, v := range invalid.Violations {
		field := protovalidate.FieldPathString(v.Proto.GetField())
		texts = append(texts, field+": "+v.Proto.GetMessage())
		bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{
			Field: field, Description: v.Proto.GetMessage(), Reason: "FIELD_INVALID",
		})
	}
	st, err := status.New(codes.InvalidArgument, strings.Join(texts, "; ")).
		WithDetails(&errdetails.ErrorInfo{Reason: "FIELD_INVALID", Domain: errorDomain}, bad)
	if err != nil {
		return status.Error(codes.InvalidArgument, strings.Join(texts, "; "))
	}
	return st.Err()
}
