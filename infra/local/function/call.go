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
			out = outcome{err: panicked(value)}
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
		if again, err := encode(value); err == nil && len(again) == len(answer) { // another length: a wrapper has changed the answer
			return outcome{answer: again}
		}
	}
	return outcome{answer: answer}
}

// encode writes a value as lambda.NewHandler does by default.
func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
