package function

import (
	"fmt"
	"reflect"

	"github.com/aws/aws-lambda-go/lambda/messages"
)

// unnamed is what Step Functions calls a failure without a name of its own.
const unnamed = "Lambda.Unknown"

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

func panicked(value any) *Error { return named(value, fmt.Sprintf("%v", value)) }
