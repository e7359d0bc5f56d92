package cloud

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"

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
	d := drawing{chance}
	if _, err := kept.Ensure(physical(contract.KeysSecret), d.deploymentKeys); err != nil {
		return nil, err
	}
	wrapping := vault.New(productkms.New(awskms.NewFromConfig(clientConfig(wire.NewRouter(map[string]wire.Engine{"kms": keys}), Tool)),
		"alias/"+physical(contract.DataKeyAlias), "alias/"+physical(contract.CodeKeyAlias)), chance, c.Clock.Now)
	for _, creditor := range c.Creditors {
		if _, err := kept.Ensure(physical(contract.CreditorSecret(string(creditor.ID))), d.creditorSecret); err != nil {
			return nil, err
		}
		for _, at := range creditor.Accounts() {
			text, err := kept.Ensure(physical(contract.ProviderSecret(at.Provider, at.Account)), func() (string, error) {
				return d.accountSecret(ctx, wrapping, creditor.ID, at)
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

// drawing makes secrets out of chance.
type drawing struct{ chance io.Reader }

func (d drawing) deploymentKeys() (string, error) {
	names := []string{"index", "person", "pepper", "offer", "mask"}
	drawn, err := d.draw(len(names))
	if err != nil {
		return "", err
	}
	keys := map[string][]byte{} // in base64, as JSON has bytes
	for i, name := range names {
		keys[name] = drawn[i]
	}
	text, err := json.Marshal(keys)
	return string(text), err
}

func (d drawing) accountSecret(
	ctx context.Context, v *vault.Vault, id collection.CreditorID, at collection.ProviderAccount,
) (string, error) {
	if at.Provider == provider.Debit {
		return app.AccountSecret(ctx, v, id, at, secrets.Given{Debit: parties.DebitAgreement(at.Account)})
	}
	drawn, err := d.draw(2)
	if err != nil {
		return "", err
	}
	given := secrets.Given{SigningSecrets: []string{signing(drawn[0])}, APIToken: hex.EncodeToString(drawn[1])}
	return app.AccountSecret(ctx, v, id, at, given)
}

func (d drawing) creditorSecret() (string, error) {
	drawn, err := d.draw(2)
	if err != nil {
		return "", err
	}
	return secrets.EncodeSigning(secrets.Signing{Webhook: []string{signing(drawn[0])}, Callback: []string{signing(drawn[1])}})
}

func signing(key []byte) string { return "whsec_" + base64.StdEncoding.EncodeToString(key) }

func (d drawing) draw(n int) ([][]byte, error) {
	keys := make([]byte, n*secretBytes)
	if _, err := io.ReadFull(d.chance, keys); err != nil {
		return nil, fmt.Errorf("draw secret: %w", err)
	}
	return slices.Collect(slices.Chunk(keys, secretBytes)), nil
}
