package secrets

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/test/pixbank"
)

func TestAnAccessToAnAPIPixIsReadAsItWasWritten(t *testing.T) {
	certificate, key := pixbank.NewAuthority(t).Pair(t, "regua")
	whole := func() provider.Account {
		return provider.Account{Provider: provider.Pix, Name: "vida", Creditor: "vida-plena", WrappedKey: []byte{1}, Pix: &provider.PixAccess{
			BaseURL: "https://pix.example.com/api/v2", TokenURL: "https://pix.example.com/oauth/token", ClientID: "id", ClientSecret: "hunter2",
			Certificate: certificate, PrivateKey: key, Authorities: certificate, Key: pixbank.Key, NoticeSubject: "CN=hooks", Mandates: true,
		}}
	}
	text, err := Encode(whole())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Decode([]byte(text), provider.Pix, "vida"); err != nil || !reflect.DeepEqual(got, whole()) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := Decode([]byte(strings.Replace(text, `"mandates"`, `"mandate"`, 1)), provider.Pix, "vida"); err == nil {
		t.Error("an unknown member was taken")
	}
	if _, err := Decode([]byte(text), "asaas", "vida"); err == nil {
		t.Error("another provider's account was given an access to an API Pix")
	}
	for name, spoil := range map[string]func(*provider.Account){
		"pix.baseUrl":          func(a *provider.Account) { a.Pix.BaseURL = "http://hunter2" },
		"pix.certificate":      func(a *provider.Account) { a.Pix.PrivateKey = "hunter2" },
		"signingSecrets":       func(a *provider.Account) { a.SigningSecrets = []string{"hunter2"} },
		"apiToken":             func(a *provider.Account) { a.APIToken = "hunter2" },
		"signingSecrets: an":   func(a *provider.Account) { a.Pix = nil },
		"pix: is the access":   func(a *provider.Account) { a.Provider = provider.Sandbox },
		"provider pix is inco": func(a *provider.Account) { a.WrappedKey = []byte{} },
	} {
		a := whole()
		spoil(&a)
		_, err := Encode(a)
		if !errors.Is(err, collection.ErrInvalid) || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
