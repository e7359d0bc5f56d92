package app

import (
	"context"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/secrets"
	"github.com/regua/regua/shared/vault"
)

// AccountSecret makes the secret of a creditor's account at its provider, as contract.ProviderSecret keeps it, with a new data key for the
// account's notices. Notices that were stored before keep the key that they were sealed under. collection.ErrInvalid names what of the
// secrets is missing or of another form.
func AccountSecret(
	ctx context.Context, v *vault.Vault, id collection.CreditorID, at collection.ProviderAccount, given secrets.Given,
) (string, error) {
	key, err := v.NewKey(ctx, id, vault.AccountScope(at.Provider, at.Account))
	if err != nil {
		return "", err
	}
	return secrets.Encode(provider.Account{
		Provider: at.Provider, Name: at.Account, Creditor: id, SigningSecrets: given.SigningSecrets, APIToken: given.APIToken,
		Pix: (*provider.PixAccess)(given.Pix), Debit: (*provider.DebitAccess)(given.Debit), WrappedKey: key.Wrapped,
	})
}
