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
	"github.com/regua/regua/infra/local/parties"
	local "github.com/regua/regua/infra/local/secrets"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	productkms "github.com/regua/regua/shared/kms"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/secrets"
	"github.com/regua/regua/shared/vault"
)

// secretBytes is the entropy of each key that the local cloud makes for itself.
const secretBytes = 32

// secrets makes the deployment's secrets at the first start, and gives the accounts at the bank that they belong to.
func (c *Cloud) secrets(ctx context.Context, kept *local.Engine, keys *kms.Engine, chance io.Reader) (accounts []bank.Account, err error) {
	if _, err := kept.Ensure(physical(contract.KeysSecret), func() (string, error) { return deploymentKeys(chance) }); err != nil {
		return nil, err
	}
	wrapping := vault.New(productkms.New(awskms.NewFromConfig(clientConfig(wire.NewRouter(map[string]wire.Engine{"kms": keys}), Tool)),
		"alias/"+physical(contract.DataKeyAlias), "alias/"+physical(contract.CodeKeyAlias)), chance, c.Clock.Now)
	for _, creditor := range c.Creditors {
		if _, err := kept.Ensure(physical(contract.CreditorSecret(string(creditor.ID))), func() (string, error) {
			return newCreditorSecret(chance)
		}); err != nil {
			return nil, err
		}
		for _, at := range creditor.Accounts() {
			text, err := kept.Ensure(physical(contract.ProviderSecret(at.Provider, at.Account)), func() (string, error) {
				return newAccountSecret(ctx, wrapping, chance, creditor.ID, at)
			})
			if err != nil {
				return nil, err
			}
			a, err := secrets.Decode([]byte(text), at.Provider, at.Account)
			if err != nil {
				return nil, fmt.Errorf("account %s: %w", at.Account, err)
			}
			if at.Provider == provider.Sandbox {
				accounts = append(accounts, bank.Account{Name: a.Name, APIToken: a.APIToken, SigningSecrets: a.SigningSecrets})
			}
		}
	}
	return accounts, nil
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
	if at.Provider == provider.Debit {
		return app.AccountSecret(ctx, v, id, at, secrets.Given{Debit: parties.DebitAgreement(at.Account)})
	}
	signing, err := drawSigning(chance)
	if err != nil {
		return "", err
	}
	token, err := draw(chance)
	if err != nil {
		return "", err
	}
	return app.AccountSecret(ctx, v, id, at, secrets.Given{
		SigningSecrets: []string{signing}, APIToken: hex.EncodeToString(token),
	})
}

func newCreditorSecret(chance io.Reader) (string, error) {
	webhook, err := drawSigning(chance)
	if err != nil {
		return "", err
	}
	callback, err := drawSigning(chance)
	if err != nil {
		return "", err
	}
	return secrets.EncodeSigning(secrets.Signing{Webhook: []string{webhook}, Callback: []string{callback}})
}

func drawSigning(chance io.Reader) (string, error) {
	key, err := draw(chance)
	return "whsec_" + base64.StdEncoding.EncodeToString(key), err
}

func draw(chance io.Reader) ([]byte, error) {
	b := make([]byte, secretBytes)
	if _, err := io.ReadFull(chance, b); err != nil {
		return nil, fmt.Errorf("draw secret: %w", err)
	}
	return b, nil
}
