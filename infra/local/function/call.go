package function

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/handlertrace"
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
