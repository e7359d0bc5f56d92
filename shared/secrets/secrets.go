// Package secrets reads creditors' accounts at payment providers, and what creditors' own systems sign with, from Secrets Manager.
package secrets

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/provider"
)

const (
	// keptFor is how long a secret is used as it was read: a secret that is replaced stands beside its successor for longer.
	keptFor = 5 * time.Minute
	// absentFor is how long a name without a secret is not asked for again: strangers can try names at the webhook's address.
	absentFor = time.Minute
	// maxKept bounds the memory that strangers' names can take.
	maxKept = 1000
)

// API is what of Secrets Manager is used; *secretsmanager.Client has it.
type API interface {
	GetSecretValue(
		ctx context.Context, in *secretsmanager.GetSecretValueInput, opts ...func(*secretsmanager.Options),
	) (*secretsmanager.GetSecretValueOutput, error)
}

// Accounts reads accounts, each at most once in five minutes. It is safe for concurrent use.
type Accounts struct{ shelf[provider.Account] }

// New makes Accounts over the secrets whose names begin with prefix, contract.Prefix of the stage.
func New(api API, prefix string, now func() time.Time) *Accounts {
	return &Accounts{newShelf[provider.Account](api, prefix, now)}
}

// Given is what the operator gives of an account: signing secrets and token, or the access of the provider's rail. It is never logged.
type Given struct {
	SigningSecrets []string `json:"signingSecrets,omitempty"`
	APIToken       string   `json:"apiToken,omitempty"`
	Pix            *Pix     `json:"pix,omitempty"`
	Debit          *Debit   `json:"debit,omitempty"`
}

// secret is the JSON text of a secret. Encode writes it and Decode reads it.
type secret struct {
	Creditor string `json:"creditor"`
	Given
	WrappedKey []byte `json:"wrappedKey"`
}

// Account returns an account; collection.ErrNotFound when there is no secret of its name, collection.ErrUnavailable when the service does
// not answer.
func (a *Accounts) Account(ctx context.Context, providerName, account string) (provider.Account, error) {
	return a.get(ctx, contract.ProviderSecret(providerName, account), "provider "+providerName, func(text []byte) (provider.Account, error) {
		return Decode(text, providerName, account)
	})
}
