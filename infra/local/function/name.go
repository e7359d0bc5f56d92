package function

import (
	"fmt"
	"reflect"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"
)

// unnamed is what Step Functions calls a failure without a name of its own.
const unnamed = "Lambda.Unknown"

// Error is an error in a function's own words: what Step Functions matches in ErrorEquals, and what an invoker reads as
// errorType and errorMessage.
type Error struct {
	Message string `json:"errorMessage"`
	Type    string `json:"errorType"` // the name, such as "CaseNotFound"; "Lambda.Unknown" when the function gave none

	throttled bool
}

func (e *Error) Error() string { return e.Type + ": " + e.Message }

// Throttled says that Lambda refused the invocation because too many ran at once, whatever names a function gives to its own errors.
func (e *Error) Throttled() bool { return e.throttled }

// named follows lambda/errors.go of aws-lambda-go v1.55.1: the reflected type name of the outermost value, never unwrapped, but for a
// messages.InvokeResponse_Error by value, which names itself.
func named(value any, message string) *Error {
	name := ""
	if own, ok := value.(messages.InvokeResponse_Error); ok {
		name, message = own.Type, own.Message
	} else {
		kind := reflect.TypeOf(value)
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		name = kind.Name()
	}
	if name == "" {
		name = unnamed
	}
	return &Error{Type: name, Message: message}
}

func throttle() *Error {
	return &Error{Type: "TooManyRequestsException", Message: "Rate Exceeded.", throttled: true}
}

func tooLarge(kind string, size, limit int) *Error {
	return &Error{Type: "RequestTooLargeException",
		Message: fmt.Sprintf("%d byte payload is too large for the %s invocation type (limit %d bytes)", size, kind, limit)}
}

func timeout(id string, limit time.Duration) *Error {
	return failed("Sandbox.Timedout", id, fmt.Sprintf("Task timed out after %.2f seconds", limit.Seconds()))
}

// failed is a failure of a function's surroundings.
func failed(kind, id, message string) *Error {
	return &Error{Type: kind, Message: "RequestId: " + id + " Error: " + message}
}
