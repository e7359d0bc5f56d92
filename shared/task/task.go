// Package task is the edge at which state machines, queues and schedules call use cases: it decodes strictly, logs, and gives errors the
// names that state machines match. It logs ids and names only, never a payload.
package task

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/strictjson"
)

// Correlated is an input that knows what its log lines are found by, as a payment intent's id. It is optional.
type Correlated interface{ Correlation() string }

// Task makes a function that a state machine calls: the input decodes strictly, and an error comes out under one of
// contract.WorkflowErrors, as a messages.InvokeResponse_Error by value, because the runtime names errors by their outermost type.
func Task[In, Out any](name string, log *slog.Logger, f func(ctx context.Context, in In) (Out, error)) lambda.Handler {
	return handler(func(ctx context.Context, payload []byte) ([]byte, error) {
		in, err := strictjson.Decode[In](payload)
		if err != nil {
			err = fmt.Errorf("%w: decode task input: %w", collection.ErrInvalid, err)
			log.ErrorContext(ctx, "task input", "function", name, "error", err)
			return nil, named(err)
		}
		log := log.With("function", name, "correlationId", correlation(in, ""))
		out, err := f(ctx, in)
		if err != nil {
			failure := named(err)
			log.WarnContext(ctx, "task failed", "name", failure.Type, "error", err)
			return nil, failure
		}
		answer, err := json.Marshal(out)
		if err != nil {
			log.ErrorContext(ctx, "task answer", "error", err)
			return nil, named(fmt.Errorf("encode task answer: %w", err))
		}
		log.InfoContext(ctx, "task done")
		return answer, nil
	})
}

// Scheduled makes a function that a schedule calls. The event's content plays no part: what is to do is read from the store.
func Scheduled(name string, log *slog.Logger, f func(ctx context.Context) error) lambda.Handler {
	return handler(func(ctx context.Context, _ []byte) ([]byte, error) {
		if err := f(ctx); err != nil {
			failure := named(err)
			log.ErrorContext(ctx, "schedule failed", "function", name, "name", failure.Type, "error", err)
			return nil, failure
		}
		return []byte("null"), nil
	})
}

// handler makes a function out of the raw form that the runtime calls.
type handler func(ctx context.Context, payload []byte) ([]byte, error)

// Invoke implements lambda.Handler.
func (h handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) { return h(ctx, payload) }

// named translates an error for the state machine. What is not in the closed vocabulary is internal, and its text stays in the log.
func named(err error) messages.InvokeResponse_Error {
	switch {
	case errors.Is(err, collection.ErrUnavailable), errors.Is(err, collection.ErrConflict), errors.Is(err, context.DeadlineExceeded):
		return messages.InvokeResponse_Error{Type: contract.WorkflowTransient, Message: err.Error()}
	case refusal(err):
		return messages.InvokeResponse_Error{Type: contract.WorkflowRefused, Message: err.Error()}
	}
	return messages.InvokeResponse_Error{Type: contract.WorkflowInternal, Message: "internal error"}
}

// refusal reports whether an error is of the domain's vocabulary and stays true however often one tries.
func refusal(err error) bool {
	for _, final := range []error{
		collection.ErrRefused, collection.ErrInvalid, collection.ErrNotFound, collection.ErrForbidden, collection.ErrDebtsNotOpen,
		collection.ErrProposalNotOpen, collection.ErrContractExpired, collection.ErrContractChanged, collection.ErrOfferExpired,
		collection.ErrOfferTaken, collection.ErrInstalmentNotPayable,
	} {
		if errors.Is(err, final) {
			return true
		}
	}
	return false
}

func correlation(in any, otherwise string) string {
	if known, ok := in.(Correlated); ok {
		return known.Correlation()
	}
	return otherwise
}
