package app

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/regua/regua/shared/agreement"
	"github.com/regua/regua/shared/httpapi"
	"github.com/regua/regua/shared/idempotency"
	"github.com/regua/regua/shared/proposal"
)

// OfferServe answers what participants owe and may agree to.
func OfferServe(ctx context.Context, p Parts) (lambda.Handler, error) {
	store := p.Store()
	keys, err := p.Keys(ctx)
	if err != nil {
		return nil, err
	}
	api := p.api(store)
	(&httpapi.Offers{Creditors: store, Vault: p.Vault(), MAC: keys.MAC}).Register(api)
	return lambda.NewHandler(api.Serve), nil
}

// ProposalServe takes acceptances and signatures and shows contracts and agreements.
func ProposalServe(ctx context.Context, p Parts) (lambda.Handler, error) {
	store := p.Store()
	keys, err := p.Keys(ctx)
	if err != nil {
		return nil, err
	}
	api := p.api(store)
	safe := p.Vault()
	desk := &proposal.Desk{
		Cases: p.Cases(store), Archive: store, Creditors: store, Vault: safe, Once: idempotency.Keeper{Answers: store, Vault: safe},
		MAC: keys.MAC, Chance: p.Chance, Signer: p.Signer(),
	}
	(&httpapi.Proposals{Desk: desk, Deals: &agreement.Desk{Cases: p.Cases(store), Creditors: store}}).Register(api)
	return lambda.NewHandler(api.Serve), nil
}
