package app

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/httpapi"
	"github.com/regua/regua/shared/otp"
	"github.com/regua/regua/shared/session"
)

// PortalServe shows what anybody may read.
func PortalServe(_ context.Context, p Parts) (lambda.Handler, error) {
	store := p.Store()
	api := p.api(store)
	(&httpapi.Portal{Creditors: store}).Register(api)
	return lambda.NewHandler(api.Serve), nil
}

// OTPServe lets participants in and out.
func OTPServe(ctx context.Context, p Parts) (lambda.Handler, error) {
	store := p.Store()
	keys, err := p.Keys(ctx)
	if err != nil {
		return nil, err
	}
	api := p.api(store)
	(&httpapi.Auth{
		Issuer: &otp.Issuer{
			Creditors: store, Contracts: store, Guards: store, Challenges: store, Hashes: keys, MAC: keys.MAC, Sealer: p.kms(),
			Queue: p.queue(contract.QueueCodes), Now: p.Now, Chance: p.Chance,
		},
		Verifier: &otp.Verifier{Attempts: store, MAC: keys.MAC, Now: p.Now, Chance: p.Chance, Compared: p.Compared},
		Entries:  &otp.Entries{Links: store, Cases: store, Hints: p.Vault(), Creditors: store, Now: p.Now},
		Logout:   &session.Keeper{Store: store, Now: p.Now},
		Cookie:   httpapi.Cookie{Name: p.Config.CookieName, Insecure: p.Config.CookieInsecure},
	}).Register(api)
	return lambda.NewHandler(api.Serve), nil
}
