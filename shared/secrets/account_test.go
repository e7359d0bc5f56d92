package secrets

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
)

func TestAnAccountIsReadAsItWasWritten(t *testing.T) {
	whole := func() provider.Account {
		return provider.Account{Provider: "sandbox", Name: "vida", Creditor: "vida-plena", SigningSecrets: []string{"whsec_a"},
			APIToken: "t1", WrappedKey: []byte{1, 2, 3}}
	}
	text, err := Encode(whole())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Decode([]byte(text), "sandbox", "vida"); err != nil || !reflect.DeepEqual(got, whole()) {
		t.Errorf("%+v is read as %+v, %v", whole(), got, err)
	}
	for name, spoil := range map[string]func(*provider.Account){
		"signingSecrets: an account":     func(a *provider.Account) { a.SigningSecrets = nil },
		"signingSecrets: an account has": func(a *provider.Account) { a.SigningSecrets = []string{"whsec_a", "whsec_b", "whsec_c"} },
		"signingSecrets: must":           func(a *provider.Account) { a.SigningSecrets = []string{"whsec_a", "whsec_b\n"} },
		"signingSecrets: must be":        func(a *provider.Account) { a.SigningSecrets = []string{"whsec_a", ""} },
		"apiToken: must":                 func(a *provider.Account) { a.APIToken = "whsec_ t1" },
		"apiToken: must be":              func(a *provider.Account) { a.APIToken = strings.Repeat("whsec_", 1000) },
		"incomplete":                     func(a *provider.Account) { a.WrappedKey = []byte{} },
		"is incomplete":                  func(a *provider.Account) { a.Creditor = "Vida" },
	} {
		a := whole()
		spoil(&a)
		_, err := Encode(a)
		if !errors.Is(err, collection.ErrInvalid) || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "whsec") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
