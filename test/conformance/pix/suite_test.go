package pix_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"regexp"
	"slices"
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

var now = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

const (
	downID = "01JD9ZC0D1E2F3G4H5J6K7M8N9"
	nextID = "01JD9ZC0D1E2F3G4H5J6K7M8NA"
	paid   = "E12345678202611231400abcdef12345"
)

// rig is the adapter in front of Prism, and tokens from the bank itself: they are no part of the document.
func rig(api, bank string) (*pix.Rail, provider.Account) {
	return pix.New(func() time.Time { return now }, pix.PlainLoopback), provider.Account{
		Provider: provider.Pix, Name: "vida", Pix: &provider.PixAccess{
			BaseURL: api, TokenURL: bank + "/oauth/token", ClientID: pixbank.ClientID, ClientSecret: pixbank.ClientSecret, Key: pixbank.Key,
			Mandates: true,
		},
	}
}

func charge(t testing.TB, txID, due, document string) provider.Charge {
	t.Helper()
	c := provider.Charge{
		TxID: txID, Method: collection.MethodPix, Amount: 25843, ExpiresAt: now.Add(48 * time.Hour), Description: "Parcela 1 de 12",
		Payer: provider.Payer{Name: "Maria da Silva", Document: document}, MerchantName: "Credora Exemplo", MerchantCity: "Recife",
		Mandate: &provider.MandateOffer{Contract: "CD-" + txID[20:], Subject: "Plano de saúde", Amount: 12000, Retry: due != ""},
	}
	var err error
	if due != "" {
		if c.DueDate, err = calendar.ParseDate(due); err != nil {
			t.Fatal(err)
		}
	}
	c.FineRate, c.MonthlyInterest = rate(t, "0.02"), rate(t, "0.01")
	c.Mandate.First = calendar.Of(now, time.UTC).AddDays(30)
	c.Mandate.Last = c.Mandate.First.AddMonths(5, c.Mandate.First.Day())
	return c
}

func rate(t testing.TB, text string) money.Rate {
	t.Helper()
	r, err := money.ParseRate(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// operations are the calls of the API that the adapter makes.
var operations = []string{
	`PUT /cob/\w+`, `GET /cob/\w+`, `PATCH /cob/\w+`, `PUT /cobv/\w+`, `GET /cobv/\w+`, `PATCH /cobv/\w+`, `POST /locrec`, `POST /rec`,
	`GET /rec`, `GET /rec/\w+`, `GET /pix`, `PUT /pix/\w+/devolucao/\w+`, `GET /pix/\w+/devolucao/\w+`, `PUT /webhook/[\w-]+`,
}

// TestEveryCallIsAsTheDocumentSays tells the story of a deal to a bank behind Prism, which refuses every call and every answer that the
// document does not allow.
func TestEveryCallIsAsTheDocumentSays(t *testing.T) {
	bank := pixbank.New(func() time.Time { return now })
	bank.Strict = true
	server := httptest.NewServer(bank)
	t.Cleanup(server.Close)
	between := start(t, server.URL+"/api")
	rail, account := rig(watched(t, between), server.URL)
	ctx := context.Background()
	must := func(step string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) || (want == nil && err != nil) {
			t.Fatalf("%s: %v, want %v", step, err, want)
		}
	}
	_, err := rail.Fetch(ctx, account, downID)
	must("a charge never made", err, collection.ErrNotFound)
	must("register", rail.RegisterWebhook(ctx, account, "https://hooks.example.com/v1/webhooks/pix/vida"), nil)
	for _, document := range []string{"52998224725", "11222333000181", "1345C3A5000106"} {
		other := charge(t, document+"000000000000000000", "", document)
		_, err = rail.Issue(ctx, account, other)
		must("issue to "+document, err, nil)
		other = charge(t, document+"AAAAAAAAAAAAAAAAAA", "2026-12-14", document)
		_, err = rail.Issue(ctx, account, other)
		must("issue with a due date to "+document, err, nil)
	}
	down, next := charge(t, downID, "", "52998224725"), charge(t, nextID, "2026-12-14", "52998224725")
	for _, c := range []provider.Charge{down, next} {
		for range 2 {
			code, err := rail.Issue(ctx, account, c)
			if must("issue", err, nil); code.Mandate == "" {
				t.Fatal("no mandate")
			}
		}
	}
	bank.Pay(downID, paid, "258.43", now)
	state, err := rail.Fetch(ctx, account, downID)
	if must("fetch", err, nil); len(state.Payments) != 1 {
		t.Fatalf("%+v", state)
	}
	state, err = rail.Cancel(ctx, account, downID)
	if must("cancel what is paid", err, nil); state.Status != provider.ChargePaid {
		t.Fatalf("%+v", state)
	}
	for _, id := range []string{nextID, "52998224725000000000000000000"} {
		state, err = rail.Cancel(ctx, account, id)
		if must("cancel", err, nil); state.Status != provider.ChargeCancelled {
			t.Fatalf("%+v", state)
		}
	}
	order := provider.RefundOrder{ID: "01JD9ZC0D1E2F3G4H5J6K7M8NB", Fact: paid, Amount: 10000}
	_, err = rail.Refund(ctx, account, downID, order)
	must("refund", err, provider.ErrRefundPending)
	bank.Settle(paid, order.ID, "DEVOLVIDO", now)
	refund, err := rail.Refund(ctx, account, downID, order)
	if must("refund again", err, nil); len(refund.Fact) != 32 {
		t.Fatalf("%+v", refund)
	}
	statement, err := rail.Statement(ctx, account, calendar.Of(now, time.UTC))
	if must("statement", err, nil); len(statement.Payments) != 1 || len(statement.Returns) != 1 {
		t.Fatalf("%+v", statement)
	}
	calls := bank.Calls()
	for _, operation := range operations {
		if !slices.ContainsFunc(calls, regexp.MustCompile("^"+operation+"$").MatchString) {
			t.Errorf("%s was never called", operation)
		}
	}
	for _, call := range calls {
		known := func(operation string) bool { return regexp.MustCompile("^" + operation + "$").MatchString(call) }
		if call != "POST /oauth/token" && !slices.ContainsFunc(operations, known) {
			t.Errorf("%s is not among the operations", call)
		}
	}
	for _, line := range between.lines() {
		if strings.Contains(strings.ToLower(line), "violation") {
			t.Error(line)
		}
	}
	// An answer that leaves out what the document requires, and the adapter could do without, would have been seen.
	bank.Bend = func(_, _ string, status int, body pixbank.Object) (int, pixbank.Object) {
		delete(body, "revisao")
		return status, body
	}
	unwatched, account := rig("http://"+between.address, server.URL)
	if _, err = unwatched.Fetch(ctx, account, downID); !errors.Is(err, collection.ErrUnavailable) {
		t.Errorf("an answer without revisao: %v", err)
	}
	t.Logf("%d calls of %d operations, each held to the document with its answer", len(calls), len(operations))
}
