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

// story is a bank behind Prism and the adapter in front of it, which refuses every call and every answer that the document does not allow.
type story struct {
	*testing.T
	bank    *pixbank.Bank
	between *prism
	server  *httptest.Server
	rail    *pix.Rail
	account provider.Account
}

func (s *story) must(step string, err, want error) {
	s.Helper()
	if !errors.Is(err, want) || (want == nil && err != nil) {
		s.Fatalf("%s: %v, want %v", step, err, want)
	}
}

// TestEveryCallIsAsTheDocumentSays tells the story of deals.
func TestEveryCallIsAsTheDocumentSays(t *testing.T) {
	s := &story{T: t, bank: pixbank.New(func() time.Time { return now })}
	s.bank.Strict = true
	s.server = httptest.NewServer(s.bank)
	t.Cleanup(s.server.Close)
	s.between = start(t, s.server.URL+"/api")
	s.rail, s.account = rig(watched(t, s.between), s.server.URL)
	_, err := s.rail.Fetch(t.Context(), s.account, downID)
	s.must("a charge never made", err, collection.ErrNotFound)
	s.must("register", s.rail.RegisterWebhook(t.Context(), s.account, "https://hooks.example.com/v1/webhooks/pix/vida"), nil)
	s.charges()
	s.money()
	s.called()
	// An answer that leaves out what the document requires, and the adapter could do without, would have been seen.
	s.bank.Bend = func(_, _ string, status int, body pixbank.Object) (int, pixbank.Object) {
		delete(body, "revisao")
		return status, body
	}
	unwatched, account := rig("http://"+s.between.address, s.server.URL)
	if _, err = unwatched.Fetch(t.Context(), account, downID); !errors.Is(err, collection.ErrUnavailable) {
		t.Errorf("an answer without revisao: %v", err)
	}
}

// charges makes charges of both kinds for every kind of payer, asks for some of them twice, and ends others.
func (s *story) charges() {
	ctx := s.Context()
	for _, document := range []string{"52998224725", "11222333000181", "1345C3A5000106"} {
		_, err := s.rail.Issue(ctx, s.account, charge(s, document+"000000000000000000", "", document))
		s.must("issue to "+document, err, nil)
		_, err = s.rail.Issue(ctx, s.account, charge(s, document+"AAAAAAAAAAAAAAAAAA", "2026-12-14", document))
		s.must("issue with a due date to "+document, err, nil)
	}
	for _, c := range []provider.Charge{charge(s, downID, "", "52998224725"), charge(s, nextID, "2026-12-14", "52998224725")} {
		for range 2 {
			code, err := s.rail.Issue(ctx, s.account, c)
			if s.must("issue", err, nil); code.Mandate == "" {
				s.Fatal("no mandate")
			}
		}
	}
	for _, id := range []string{nextID, "52998224725000000000000000000"} {
		state, err := s.rail.Cancel(ctx, s.account, id)
		if s.must("cancel", err, nil); state.Status != provider.ChargeCancelled {
			s.Fatalf("%+v", state)
		}
	}
}

// money pays a charge, sends a part of it back, and reads the day's statement.
func (s *story) money() {
	ctx := s.Context()
	s.bank.Pay(downID, paid, "258.43", now)
	for name, ask := range map[string]func(context.Context, provider.Account, string) (provider.State, error){
		"fetch": s.rail.Fetch, "cancel what is paid": s.rail.Cancel,
	} {
		state, err := ask(ctx, s.account, downID)
		if s.must(name, err, nil); state.Status != provider.ChargePaid || len(state.Payments) != 1 {
			s.Fatalf("%s: %+v", name, state)
		}
	}
	order := provider.RefundOrder{ID: "01JD9ZC0D1E2F3G4H5J6K7M8NB", Fact: paid, Amount: 10000}
	_, err := s.rail.Refund(ctx, s.account, downID, order)
	s.must("refund", err, provider.ErrRefundPending)
	s.bank.Settle(paid, order.ID, "DEVOLVIDO", now)
	refund, err := s.rail.Refund(ctx, s.account, downID, order)
	if s.must("refund again", err, nil); len(refund.Fact) != 32 {
		s.Fatalf("%+v", refund)
	}
	statement, err := s.rail.Statement(ctx, s.account, calendar.Of(now, time.UTC))
	if s.must("statement", err, nil); len(statement.Payments) != 1 || len(statement.Returns) != 1 {
		s.Fatalf("%+v", statement)
	}
}

// called holds the calls that the bank heard to the list of operations, and Prism's own words to silence.
func (s *story) called() {
	calls := s.bank.Calls()
	for _, operation := range operations {
		if !slices.ContainsFunc(calls, regexp.MustCompile("^"+operation+"$").MatchString) {
			s.Errorf("%s was never called", operation)
		}
	}
	for _, call := range calls {
		known := func(operation string) bool { return regexp.MustCompile("^" + operation + "$").MatchString(call) }
		if call != "POST /oauth/token" && !slices.ContainsFunc(operations, known) {
			s.Errorf("%s is not among the operations", call)
		}
	}
	for _, line := range s.between.lines() {
		if strings.Contains(strings.ToLower(line), "violation") {
			s.Error(line)
		}
	}
	s.Logf("%d calls of %d operations, each held to the document with its answer", len(calls), len(operations))
}
