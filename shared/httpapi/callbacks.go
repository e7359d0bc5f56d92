package httpapi

import (
	"context"
	"errors"

	"github.com/regua/regua/shared/callout"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/strictjson"
)

// Callbacks takes in what creditors' own systems answer.
type Callbacks struct {
	Answers *callout.Answers
}

// Register gives the route its handler.
func (c *Callbacks) Register(a *API) { a.Handle("POST", "/v1/webhooks/creditor/{id}", c.receive) }

func (c *Callbacks) receive(ctx context.Context, r *Request) (Reply, error) {
	err := c.Answers.Take(ctx, callout.Delivery{
		Creditor: r.Params["id"], Header: r.Header, Body: r.Body, CorrelationID: r.CorrelationID,
	})
	if wrong, ok := errors.AsType[*callout.FieldError](err); ok {
		return Reply{}, NewProblem(contract.CodeInvalidRequest, WithField(wrong.Member, wrong.Rule), WithCause(err))
	}
	switch {
	case errors.Is(err, callout.ErrSignature):
		return Reply{}, NewProblem(contract.CodeSignatureInvalid, WithCause(err))
	case errors.Is(err, strictjson.ErrSyntax), errors.Is(err, strictjson.ErrShape):
		return Reply{}, bodyProblem(err)
	case err != nil:
		return Reply{}, err
	}
	return Reply{Body: webhookAck{"ok"}}, nil
}
