// Package cloudfault tells the errors of cloud services that another try may cure from those that it cannot.
package cloudfault

import (
	"errors"
	"net/http"
	"slices"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Passing reports whether another try may cure an error of an SDK client: no answer came, the service had a fault (any status of 500 and
// above), there was too much to do (429), or the error has one of the codes, which are those that the service gives for the same.
func Passing(err error, codes ...string) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return true // no answer: the network, or a deadline
	}
	if answer, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		if status := answer.HTTPStatusCode(); status >= http.StatusInternalServerError || status == http.StatusTooManyRequests {
			return true
		}
	}
	return api.ErrorFault() == smithy.FaultServer || slices.Contains(codes, api.ErrorCode())
}
