package secrets

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
)

func TestAnAgreementOnAccountDebitIsReadAsItWasWritten(t *testing.T) {
	whole := func() provider.Account {
		agreement := provider.DebitAccess{
			Agreement: "CONV0001", Company: "VIDA PLENA", Bank: "001", BankName: "BANCO DO BRASIL", FirstNumber: 412,
		}
		return provider.Account{Provider: provider.Debit, Name: "vida", Creditor: "vida-plena", WrappedKey: []byte{1}, Debit: &agreement}
	}
	text, err := Encode(whole())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Decode([]byte(text), provider.Debit, "vida"); err != nil || !reflect.DeepEqual(got, whole()) {
		t.Errorf("%+v, %v", got, err)
	}
	for name, spoil := range map[string]func(*provider.Account){
		"debit.agreement":      func(a *provider.Account) { a.Debit.Agreement = "" },
		"debit.company":        func(a *provider.Account) { a.Debit.Company = "VIDA PLENA OPERADORA DE SAUDE" },
		"debit.bankName":       func(a *provider.Account) { a.Debit.BankName = "ITAÚ" },
		"debit.bank:":          func(a *provider.Account) { a.Debit.Bank = "1" },
		"debit.firstNumber":    func(a *provider.Account) { a.Debit.FirstNumber = 1_000_000 },
		"signingSecrets":       func(a *provider.Account) { a.SigningSecrets = []string{"hunter2"} },
		"signingSecrets: an":   func(a *provider.Account) { a.Debit = nil },
		"debit: is the agreem": func(a *provider.Account) { a.Provider = "asaas" },
	} {
		a := whole()
		spoil(&a)
		if _, err := Encode(a); !errors.Is(err, collection.ErrInvalid) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
