// Package secrets reads creditors' accounts at payment providers from Secrets Manager.
package secrets

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/provider"
)

const (
	// keptFor is how long an account is used as it was read: a secret that is replaced stands beside its successor for longer.
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
type Accounts struct {
	api    API
	prefix string
	now    func() time.Time

	mu   sync.Mutex
	kept map[string]kept
}

type kept struct {
	account provider.Account
	absent  bool
	until   time.Time
}

// New makes Accounts over the secrets whose names begin with prefix, contract.Prefix of the stage.
func New(api API, prefix string, now func() time.Time) *Accounts {
	return &Accounts{api: api, prefix: prefix, now: now, kept: map[string]kept{}}
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
	name, now := a.prefix+contract.ProviderSecret(providerName, account), a.now()
	a.mu.Lock()
	known, ok := a.kept[name]
	a.mu.Unlock()
	if !ok || !now.Before(known.until) {
		var err error
		if known, err = a.read(ctx, name, providerName, account, now); err != nil {
			return provider.Account{}, err
		}
		a.mu.Lock()
		if len(a.kept) >= maxKept { // strangers' names first: they must not make every notice ask for its secret again
			maps.DeleteFunc(a.kept, func(_ string, k kept) bool { return k.absent })
		}
		if len(a.kept) >= maxKept {
			clear(a.kept)
		}
		a.kept[name] = known
		a.mu.Unlock()
	}
	if known.absent {
		return provider.Account{}, fmt.Errorf("%w: account at provider %s", collection.ErrNotFound, providerName)
	}
	return known.account, nil
}

func (a *Accounts) read(ctx context.Context, name, providerName, account string, now time.Time) (kept, error) {
	out, err := a.api.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(name)})
	var absent *types.ResourceNotFoundException
	if errors.As(err, &absent) {
		return kept{absent: true, until: now.Add(absentFor)}, nil
	}
	if err != nil {
		return kept{}, fmt.Errorf("%w: read secret of provider %s: %w", collection.ErrUnavailable, providerName, err)
	}
	known, err := Decode([]byte(aws.ToString(out.SecretString)), providerName, account)
	if err != nil {
		return kept{}, err
	}
	return kept{until: now.Add(keptFor), account: known}, nil
}
