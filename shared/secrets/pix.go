package secrets

import (
	"fmt"

	"github.com/regua/regua/shared/provider"
)

// Pix is provider.PixAccess in the text of a secret.
type Pix struct {
	BaseURL       string `json:"baseUrl"`
	TokenURL      string `json:"tokenUrl"`
	ClientID      string `json:"clientId"`
	ClientSecret  string `json:"clientSecret"`
	Certificate   string `json:"certificate"`
	PrivateKey    string `json:"privateKey"`
	Authorities   string `json:"authorities,omitempty"`
	Key           string `json:"key"`
	NoticeSubject string `json:"noticeSubject,omitempty"`
	Mandates      bool   `json:"mandates,omitempty"`
}

// checkKind refuses an access that does not belong to the provider, and one that is incomplete. No error tells a value.
func checkKind(a provider.Account) error {
	if (a.Provider == provider.Pix) != (a.Pix != nil) {
		return fmt.Errorf("pix: is the access of provider %s and of no other", provider.Pix)
	}
	if a.Pix == nil {
		return nil
	}
	return a.Pix.Check()
}
