package secrets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/strictjson"
	"github.com/regua/regua/shared/websign"
)

// Signing is what a creditor's own system and this deployment sign to each other with, as Standard Webhooks: one secret each way, and two
// while one is being replaced, the newer first. The two ways have their own, so that nothing that was sent out can be sent back.
type Signing struct {
	// Webhook signs what is sent to the creditor's system. With two, every webhook carries both signatures.
	Webhook []string `json:"webhookSecrets"`
	// Callback is what the creditor's system signs its answers with; either of two is taken.
	Callback []string `json:"callbackSecrets"`
}

// EncodeSigning gives the text of a creditor's secret; collection.ErrInvalid names the member that breaks a rule. No error tells a value.
func EncodeSigning(s Signing) (string, error) {
	if err := s.check(); err != nil {
		return "", fmt.Errorf("%w: %w", collection.ErrInvalid, err)
	}
	text, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("encode secret of a creditor: %w", err)
	}
	return string(text), nil
}

// DecodeSigning reads the text of a creditor's secret. No error tells a value.
func DecodeSigning(text []byte) (Signing, error) {
	s, err := strictjson.Decode[Signing](text)
	if err == nil {
		err = s.check()
	}
	if err != nil {
		return Signing{}, fmt.Errorf("read secret of a creditor: %w", err)
	}
	return s, nil
}

func (s Signing) check() error {
	given := map[string]bool{}
	for _, way := range []struct {
		name    string
		secrets []string
	}{{"webhookSecrets", s.Webhook}, {"callbackSecrets", s.Callback}} {
		if len(way.secrets) == 0 || len(way.secrets) > maxSigning {
			return errors.New(way.name + ": there is one, or two while one is being replaced")
		}
		for _, secret := range way.secrets {
			if _, err := websign.Sign(secret, "try", time.Time{}, nil); err != nil || len(secret) > maxText {
				return errors.New(way.name + ": must be whsec_ and base64 of at least 16 bytes")
			}
			if given[secret] {
				return errors.New(way.name + ": each secret stands once, and for one way")
			}
			given[secret] = true
		}
	}
	return nil
}

// Creditors reads what creditors' own systems sign with, each at most once in five minutes. It is safe for concurrent use.
type Creditors struct{ shelf[Signing] }

// NewCreditors makes Creditors over the secrets whose names begin with prefix, contract.Prefix of the stage.
func NewCreditors(api API, prefix string, now func() time.Time) *Creditors {
	return &Creditors{newShelf[Signing](api, prefix, now)}
}

// Signing returns what a creditor's system and this deployment sign with; collection.ErrNotFound when the creditor has no secret,
// collection.ErrUnavailable when the service does not answer.
func (c *Creditors) Signing(ctx context.Context, creditor collection.CreditorID) (Signing, error) {
	return c.get(ctx, contract.CreditorSecret(string(creditor)), "creditor "+string(creditor), DecodeSigning)
}

// Webhook returns the secrets that webhooks to a creditor are signed with, the newer first. Errors are those of Signing.
func (c *Creditors) Webhook(ctx context.Context, creditor collection.CreditorID) ([]string, error) {
	s, err := c.Signing(ctx, creditor)
	return s.Webhook, err
}

// Callback returns the secrets that a creditor's system signs its answers with, each of which is taken. Errors are those of Signing.
func (c *Creditors) Callback(ctx context.Context, creditor collection.CreditorID) ([]string, error) {
	s, err := c.Signing(ctx, creditor)
	return s.Callback, err
}
