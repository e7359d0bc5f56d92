package httpapi

import (
	"context"
	"errors"

	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/strictjson"
)

// Webhooks takes in what payment providers report.
type Webhooks struct {
	Receiver *payment.Webhooks
}

// Register gives the routes their handlers. What a provider appends to its address takes no part in the decision.
func (w *Webhooks) Register(a *API) {
	a.Handle("GET", "/v1/webhooks/{provider}/{account}", w.probe)
	a.Handle("POST", "/v1/webhooks/{provider}/{account}", w.receive)
	a.Handle("POST", "/v1/webhooks/{provider}/{account}/{proxy+}", w.receive)
}

type webhookAck struct {
	Status string `json:"status"`
}

func (w *Webhooks) probe(ctx context.Context, r *Request) (Reply, error) {
	if err := w.Receiver.Probe(ctx, r.Params["provider"], r.Params["account"]); err != nil {
		return Reply{}, err
	}
	return Reply{Body: webhookAck{"ok"}}, nil
}

// receive answers 200 and nothing else to a notice that was taken in: some providers take any other success for a failure.
func (w *Webhooks) receive(ctx context.Context, r *Request) (Reply, error) {
	err := w.Receiver.Receive(ctx, payment.Notice{
		Provider: r.Params["provider"], Account: r.Params["account"], Delivery: provider.Delivery{
			Header: r.Header, Query: func(name string) string { return r.Query[name] }, Body: r.Body, SourceIP: r.SourceIP,
			ClientCertificate: r.ClientCertificate,
		},
	})
	switch {
	case errors.Is(err, provider.ErrSignature):
		return Reply{}, NewProblem(contract.CodeSignatureInvalid, WithCause(err))
	case errors.Is(err, strictjson.ErrSyntax):
		return Reply{}, NewProblem(contract.CodeMalformedJSON, WithCause(err))
	case errors.Is(err, provider.ErrNotice):
		return Reply{}, NewProblem(contract.CodeInvalidRequest, WithCause(err))
	case err != nil:
		return Reply{}, err
	}
	return Reply{Body: webhookAck{"ok"}}, nil
}
