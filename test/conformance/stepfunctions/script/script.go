// Package script is the function that the conformance checks call as a task: what it does stands in its payload, so that one function
// serves every check, in process and as a compiled bootstrap.
package script

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
)

// Request is the payload. Do lists what the function does at each call of the state in the execution; the last one stands for all that
// follow.
type Request struct {
	Execution string          `json:"execution"`
	State     string          `json:"state"`
	Token     string          `json:"token"`
	In        json.RawMessage `json:"in"`
	Do        []Step          `json:"do"`
}

// Step is one call: an error of the given name, a text of so many bytes, the payload's own input, or the given answer.
type Step struct {
	Fail    string          `json:"fail"`
	Message string          `json:"message"`
	Bytes   int             `json:"bytes"`
	Echo    bool            `json:"echo"`
	Give    json.RawMessage `json:"give"`
}

// Function gives the function. count says how often it was asked about a key, this time included.
func Function(count func(key string) (int, error)) lambda.Handler {
	return lambda.NewHandler(func(_ context.Context, r Request) (json.RawMessage, error) {
		n, err := count(r.Execution + "." + r.State)
		if err != nil {
			return nil, fmt.Errorf("count calls: %w", err)
		}
		if len(r.Do) == 0 {
			return nil, fmt.Errorf("the payload does not say what to do")
		}
		switch s := r.Do[min(n, len(r.Do))-1]; {
		case s.Fail != "":
			return nil, messages.InvokeResponse_Error{Type: s.Fail, Message: s.Message}
		case s.Bytes > 0:
			return json.RawMessage(`"` + strings.Repeat("x", s.Bytes) + `"`), nil
		case s.Echo:
			return r.In, nil
		default:
			return s.Give, nil
		}
	})
}
