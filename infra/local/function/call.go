package function

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/handlertrace"
	"github.com/aws/aws-lambda-go/lambda/messages"
)

type outcome struct {
	answer []byte
	err    *Error
}

// call runs the handler once. The bytes that a handler made by lambda.NewHandler v1.55.1 returns lie in a buffer which that handler has
// already given back for the next invocation, so the answer is encoded again here, from the value that the handler's trace reports.
func call(ctx context.Context, handler lambda.Handler, payload []byte) (out outcome) {
	defer func() {
		if value := recover(); value != nil {
			out = outcome{err: named(value, fmt.Sprint(value))}
		}
	}()
	var (
		decoded, answered bool
		value             any
	)
	ctx = handlertrace.NewContext(ctx, handlertrace.HandlerTrace{
		RequestEvent:  func(context.Context, any) { decoded = true },
		ResponseEvent: func(_ context.Context, v any) { answered, value = true, v },
	})
	answer, err := handler.Invoke(ctx, payload)
	if err != nil {
		return outcome{err: named(err, err.Error())}
	}
	if _, reader := value.(io.Reader); (decoded || answered) && !reader {
		var b bytes.Buffer
		encoder := json.NewEncoder(&b) // as lambda.NewHandler has it by default
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(value); err == nil && b.Len() == len(answer)+len("\n") { // another length: a wrapper has changed it
			return outcome{answer: b.Bytes()[:len(answer)]}
		}
	}
	return outcome{answer: answer}
}

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
