package secrets

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/strictjson"
)

// maxSigning is how many signing secrets an account has: one, and two while one is being replaced.
const maxSigning = 2

// maxText bounds each secret text in bytes, so that all fit into the 65,536 of a value in Secrets Manager.
const maxText = 4096

// Encode gives the text of an account's secret; collection.ErrInvalid names the member that is missing or of another form. No error tells
// a value.
func Encode(a provider.Account) (string, error) {
	if err := checkTexts(a); err != nil {
		return "", fmt.Errorf("%w: %w", collection.ErrInvalid, err)
	}
	text, err := json.Marshal(secret{string(a.Creditor), Given{a.SigningSecrets, a.APIToken, (*Pix)(a.Pix), (*Debit)(a.Debit)}, a.WrappedKey})
	if err != nil {
		return "", fmt.Errorf("encode secret of provider %s: %w", a.Provider, err)
	}
	if _, err := Decode(text, a.Provider, a.Name); err != nil {
		return "", fmt.Errorf("%w: %w", collection.ErrInvalid, err)
	}
	return string(text), nil
}

// checkTexts holds signing secrets and token to their form. A rail whose access has its own credentials has none of them.
func checkTexts(a provider.Account) error {
	if a.Pix != nil || a.Debit != nil {
		if len(a.SigningSecrets) > 0 || a.APIToken != "" {
			return fmt.Errorf("signingSecrets and apiToken: an account at provider %s has none", a.Provider)
		}
		return nil
	}
	if len(a.SigningSecrets) == 0 || len(a.SigningSecrets) > maxSigning {
		return errors.New("signingSecrets: an account has one, or two while one is being replaced")
	}
	for _, text := range a.SigningSecrets {
		if !wellFormed(text) {
			return errors.New("signingSecrets: must be texts without spaces and line ends")
		}
	}
	if !wellFormed(a.APIToken) {
		return errors.New("apiToken: must be a text without spaces and line ends")
	}
	return nil
}

func wellFormed(text string) bool {
	return text != "" && len(text) <= maxText && strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// Decode reads the secret of a named account at a provider. No error tells a value.
func Decode(text []byte, providerName, account string) (provider.Account, error) {
	body, err := strictjson.Decode[secret](text)
	if err != nil {
		return provider.Account{}, fmt.Errorf("read secret of provider %s: %w", providerName, err)
	}
	creditor, err := collection.ParseCreditorID(body.Creditor)
	own := body.Pix == nil && body.Debit == nil && (len(body.SigningSecrets) == 0 || body.APIToken == "")
	if err != nil || own || len(body.WrappedKey) == 0 {
		return provider.Account{}, fmt.Errorf("secret of provider %s is incomplete", providerName)
	}
	read := provider.Account{
		Provider: providerName, Name: account, Creditor: creditor, SigningSecrets: body.SigningSecrets, APIToken: body.APIToken,
		WrappedKey: body.WrappedKey, Pix: (*provider.PixAccess)(body.Pix), Debit: (*provider.DebitAccess)(body.Debit),
	}
	if err := checkKind(read); err != nil {
		return provider.Account{}, fmt.Errorf("secret of provider %s: %w", providerName, err)
	}
	return read, nil
}
