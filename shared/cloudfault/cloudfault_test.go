package cloudfault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

func answered(status int, code string, fault smithy.ErrorFault) error {
	return fmt.Errorf("call: %w", &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: &smithy.GenericAPIError{Code: code, Fault: fault},
	})
}

func TestPassing(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"no answer":                    {errors.New("connection refused"), true},
		"out of time":                  {context.DeadlineExceeded, true},
		"a fault of any name":          {answered(500, "InternalServerError", smithy.FaultUnknown), true},
		"unavailable":                  {answered(503, "Whatever", smithy.FaultUnknown), true},
		"too many requests":            {answered(429, "Whatever", smithy.FaultUnknown), true},
		"too much, by the code":        {answered(400, "ThrottlingException", smithy.FaultClient), true},
		"the service says its fault":   {&smithy.GenericAPIError{Code: "X", Fault: smithy.FaultServer}, true},
		"a refusal":                    {answered(400, "ValidationException", smithy.FaultClient), false},
		"forbidden":                    {answered(403, "AccessDeniedException", smithy.FaultClient), false},
		"a refusal without its answer": {&smithy.GenericAPIError{Code: "X", Fault: smithy.FaultClient}, false},
	} {
		if got := Passing(test.err, "ThrottlingException"); got != test.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}
