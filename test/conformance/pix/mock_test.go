package pix_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/test/pixbank"
)

// TestTheDocumentsOwnExamplesAreRead asks Prism, which answers with the document's examples.
func TestTheDocumentsOwnExamplesAreRead(t *testing.T) {
	mock := start(t)
	bank := httptest.NewServer(pixbank.New(func() time.Time { return now }))
	t.Cleanup(bank.Close)
	rail, account := rig("http://"+mock.address, bank.URL)
	ctx := context.Background()
	// The example of a charge with a due date, which is not paid.
	state, err := rail.Fetch(ctx, account, "7978c0c97ea847e78e8849634473c1f1")
	if err != nil || state.Status != provider.ChargeActive {
		t.Errorf("%+v, %v", state, err)
	}
	// The examples are about other charges than those asked for, and are not believed.
	for _, due := range []string{"", "2026-12-14"} {
		if _, err := rail.Issue(ctx, account, charge(t, downID, due, "52998224725")); !errors.Is(err, collection.ErrUnavailable) {
			t.Errorf("due %q: %v", due, err)
		}
	}
	order := provider.RefundOrder{ID: "123456", Fact: paid, Amount: 789}
	if _, err := rail.Refund(ctx, account, downID, order); !errors.Is(err, provider.ErrRefundPending) {
		t.Errorf("refund: %v", err)
	}
	if err := rail.RegisterWebhook(ctx, account, "https://hooks.example.com"); err != nil {
		t.Error(err)
	}
}

// TestPrismRefuses shows that a call which the document does not allow would have been seen.
func TestPrismRefuses(t *testing.T) {
	mock := start(t)
	good := `{"calendario":{"dataDeVencimento":"2026-12-14","validadeAposVencimento":30},"devedor":{"cpf":"52998224725","nome":"Maria"},
		"valor":{"original":"1.00","multa":{"modalidade":2,"valorPerc":"2.00"}},"chave":"x"}`
	for name, c := range map[string]struct {
		method, path, old, new, token string
		refused                       bool
	}{
		"the good one":               {"PUT", "/cobv/" + downID, "", "", "x", false},
		"a short txid":               {"PUT", "/cobv/short", "", "", "x", true},
		"no token":                   {"PUT", "/cobv/" + downID, "", "", "", true},
		"a CPF of ten digits":        {"PUT", "/cobv/" + downID, "52998224725", "5299822472", "x", true},
		"an amount in another form":  {"PUT", "/cobv/" + downID, `"1.00"`, `"1"`, "x", true},
		"an amount that is a number": {"PUT", "/cobv/" + downID, `"1.00"`, `1.00`, "x", true},
		"no debtor":                  {"PUT", "/cobv/" + downID, "devedor", "pagador", "x", true},
		"a modality in letters":      {"PUT", "/cobv/" + downID, `"modalidade":2`, `"modalidade":"percent"`, "x", true},
		"no key":                     {"PUT", "/cobv/" + downID, `"chave"`, `"key"`, "x", true},
		"no dates":                   {"GET", "/pix", "", "", "x", true},
		"no such call":               {"PUT", "/cobx/" + downID, "", "", "x", true},
	} {
		body := bytes.Replace([]byte(good), []byte(c.old), []byte(c.new), 1)
		if c.method == http.MethodGet {
			body = nil
		}
		request, err := http.NewRequestWithContext(t.Context(), c.method, "http://"+mock.address+c.path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		if c.token != "" {
			request.Header.Set("Authorization", "Bearer "+c.token)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if refused := answer.StatusCode >= http.StatusBadRequest; refused != c.refused {
			t.Errorf("%s: %d %s", name, answer.StatusCode, text)
		}
	}
}
