package cloud

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/regua/regua/infra/local/bank"
	"github.com/regua/regua/infra/local/kms"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	productkms "github.com/regua/regua/shared/kms"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/secrets"
	"github.com/regua/regua/shared/vault"
)

const secretsBucket = "cloud/secrets"

// secretBytes is the entropy of each key that the local cloud makes for itself.
const secretBytes = 32

// secrets gives the deployment's secrets, made at the first start and kept.
func (c *Cloud) secrets(ctx context.Context, keys *kms.Engine, chance io.Reader) (map[string]string, []bank.Account, error) {
	values := map[string]string{}
	err := c.store.Each(secretsBucket, func(name string, value []byte) error {
		values[name] = string(value)
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read secrets: %w", err)
	}
	if err := c.ensure(values, physical(contract.KeysSecret), func() (string, error) { return deploymentKeys(chance) }); err != nil {
		return nil, nil, err
	}
	wrapping := vault.New(productkms.New(awskms.NewFromConfig(clientConfig(wire.NewRouter(map[string]wire.Engine{"kms": keys}), Tool)),
		"alias/"+physical(contract.DataKeyAlias), "alias/"+physical(contract.CodeKeyAlias)), chance, c.Clock.Now)
	var accounts []bank.Account
	for _, creditor := range c.Creditors {
		for _, at := range creditor.Accounts() {
			name := physical(contract.ProviderSecret(at.Provider, at.Account))
			content := func() (string, error) { return newAccountSecret(ctx, wrapping, chance, creditor.ID, at) }
			if err := c.ensure(values, name, content); err != nil {
				return nil, nil, err
			}
			a, err := secrets.Decode([]byte(values[name]), at.Provider, at.Account)
			if err != nil {
				return nil, nil, fmt.Errorf("account %s: %w", at.Account, err)
			}
			if at.Provider == provider.Sandbox {
				accounts = append(accounts, bank.Account{Name: a.Name, APIToken: a.APIToken, SigningSecrets: a.SigningSecrets})
			}
		}
	}
	return values, accounts, nil
}

// ensure makes a secret that is not there yet, durably.
func (c *Cloud) ensure(values map[string]string, name string, content func() (string, error)) error {
	if _, ok := values[name]; ok {
		return nil
	}
	text, err := content()
	if err != nil {
		return fmt.Errorf("make secret %s: %w", name, err)
	}
	if err := c.store.Write(store.Op{Bucket: secretsBucket, Key: name, Value: []byte(text)}); err != nil {
		return fmt.Errorf("keep secret %s: %w", name, err)
	}
	values[name] = text
	return nil
}

func deploymentKeys(chance io.Reader) (string, error) {
	keys := map[string]string{}
	for _, name := range []string{"index", "person", "pepper", "offer", "mask"} {
		key, err := draw(chance)
		if err != nil {
			return "", err
		}
		keys[name] = base64.StdEncoding.EncodeToString(key)
	}
	text, err := json.Marshal(keys)
	if err != nil {
		return "", fmt.Errorf("encode keys: %w", err)
	}
	return string(text), nil
}

func newAccountSecret(
	ctx context.Context, v *vault.Vault, chance io.Reader, id collection.CreditorID, at collection.ProviderAccount,
) (string, error) {
	signing, err := draw(chance)
	if err != nil {
		return "", err
	}
	token, err := draw(chance)
	if err != nil {
		return "", err
	}
	return app.AccountSecret(ctx, v, id, at, []string{"whsec_" + base64.StdEncoding.EncodeToString(signing)}, hex.EncodeToString(token))
}

func draw(chance io.Reader) ([]byte, error) {
	b := make([]byte, secretBytes)
	if _, err := io.ReadFull(chance, b); err != nil {
		return nil, fmt.Errorf("draw secret: %w", err)
	}
	return b, nil
}
