package pix_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/provider/pix"
	"github.com/regua/regua/test/pixbank"
)

const txID = "01JD9ZC0D1E2F3G4H5J6K7M8N9"

var start = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

// rig is the adapter in front of a bank on this machine's loopback interface, on a clock that the test moves.
type rig struct {
	*pix.Rail
	bank    *pixbank.Bank
	account provider.Account
	now     time.Time
}

func newRig(t testing.TB) *rig {
	t.Helper()
	r := &rig{now: start}
	clock := func() time.Time { return r.now }
	r.bank = pixbank.New(clock)
	server := httptest.NewServer(r.bank)
	t.Cleanup(server.Close)
	r.Rail = pix.New(clock, pix.PlainLoopback)
	r.account = provider.Account{Provider: provider.Pix, Name: "vida", Creditor: "vida-plena", Pix: &provider.PixAccess{
		BaseURL: server.URL + "/api", TokenURL: server.URL + "/oauth/token", ClientID: pixbank.ClientID, ClientSecret: pixbank.ClientSecret,
		Key: pixbank.Key, Mandates: true,
	}}
	return r
}

// down is a down payment: without a due date.
func down() provider.Charge {
	return provider.Charge{
		TxID: txID, Method: collection.MethodPix, Amount: 25843, ExpiresAt: start.Add(2 * time.Hour), Description: "Entrada do acordo",
		Payer: provider.Payer{
			Name: "Maria da Silva", Document: "52998224725", Email: "maria@example.com", Address: "Rua 1", CEP: "01310100",
		},
		MerchantName: "Credora Exemplo SA", MerchantCity: "São Paulo",
	}
}

// instalment is due in three weeks and costs fine and interest afterwards.
func instalment(t testing.TB) provider.Charge {
	c := down()
	c.DueDate, c.ExpiresAt = date(t, "2026-12-14"), time.Date(2027, 1, 13, 15, 0, 0, 0, time.UTC)
	c.FineRate, c.MonthlyInterest = rate(t, "0.02"), rate(t, "0.01")
	return c
}

func date(t testing.TB, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func rate(t testing.TB, text string) money.Rate {
	t.Helper()
	r, err := money.ParseRate(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) issue(t testing.TB, c provider.Charge) collection.PayCode {
	t.Helper()
	code, err := r.Issue(context.Background(), r.account, c)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// quiet fails a test whose error tells what an error must not.
func quiet(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		return
	}
	for _, secret := range []string{"52998224725", "Maria", "Fulano", pixbank.ClientSecret, pixbank.Key, "token-"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error tells %q: %v", secret, err)
		}
	}
}
