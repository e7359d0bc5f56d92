package pix_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/shared/brcode"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/test/pixbank"
)

// operations are all that the port and the operator can ask for.
func operations(t testing.TB) map[string]func(ctx context.Context, r *rig) error {
	return map[string]func(ctx context.Context, r *rig) error{
		"issue":  func(ctx context.Context, r *rig) error { _, err := r.Issue(ctx, r.account, down()); return err },
		"fetch":  func(ctx context.Context, r *rig) error { _, err := r.Fetch(ctx, r.account, txID); return err },
		"cancel": func(ctx context.Context, r *rig) error { _, err := r.Cancel(ctx, r.account, txID); return err },
		"refund": func(ctx context.Context, r *rig) error {
			_, err := r.Refund(ctx, r.account, txID, provider.RefundOrder{ID: "R1", Fact: e2e, Amount: 1})
			return err
		},
		"statement": func(ctx context.Context, r *rig) error {
			_, err := r.Statement(ctx, r.account, date(t, "2026-11-23"))
			return err
		},
		"webhook": func(ctx context.Context, r *rig) error {
			return r.RegisterWebhook(ctx, r.account, "https://hooks.example.com")
		},
	}
}

func answering(status int, kind, body string) func(w http.ResponseWriter, r *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/oauth/token" {
			return false
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return true
	}
}

func typed(name string) string {
	return `{"type":"https://pix.bcb.gov.br/api/v2/error/` + name + `","title":"x","status":1,"detail":"CPF 52998224725",
		"violacoes":[{"razao":"Maria","propriedade":"devedor.cpf","valor":"52998224725"}]}`
}

// What the API answers is sorted by its status, and by its type where the status says too little. Nothing of it reaches an error's text.
func TestProblems(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"not found":                     {404, typed("CobNaoEncontrado"), collection.ErrNotFound},
		"gone":                          {410, typed("PermanentementeRemovido"), collection.ErrNotFound},
		"a bare 404":                    {404, `<html>Maria 52998224725</html>`, collection.ErrUnavailable},
		"a 404 of another vocabulary":   {404, `{"type":"about:blank","title":"Maria"}`, collection.ErrUnavailable},
		"a 404 of a type that is not":   {404, typed("Fulano"), collection.ErrUnavailable},
		"a 404 that means the request":  {404, typed("RequisicaoInvalida"), collection.ErrUnavailable},
		"refused":                       {400, typed("CobOperacaoInvalida"), collection.ErrRefused},
		"refused without a word":        {422, ``, collection.ErrRefused},
		"conflict":                      {409, `{"type":7}`, collection.ErrRefused},
		"no permission":                 {403, typed("AcessoNegado"), collection.ErrUnavailable},
		"too many":                      {429, ``, collection.ErrUnavailable},
		"a fault that names an absence": {500, typed("CobNaoEncontrado"), collection.ErrUnavailable},
		"closed":                        {503, typed("ServicoIndisponivel"), collection.ErrUnavailable},
		"a success of another kind":     {202, `{}`, collection.ErrUnavailable},
		"a redirect":                    {302, ``, collection.ErrUnavailable},
		"a redirect that repeats":       {307, ``, collection.ErrUnavailable},
		"no token does":                 {401, ``, collection.ErrUnavailable},
		"no JSON":                       {200, `<html>`, collection.ErrUnavailable},
		"another form": {
			200, `{"txid":{"cpf":"52998224725"},"parametros":"Maria","valor":"52998224725"}`, collection.ErrUnavailable,
		},
		"names twice": {200, `{"txid":"a","TXID":"b"}`, collection.ErrUnavailable},
		"huge":        {200, `{"txid":"` + strings.Repeat("x", 2<<20) + `"}`, collection.ErrUnavailable},
		"deep":        {200, strings.Repeat(`[`, 100000), collection.ErrUnavailable},
		"null":        {200, `null`, collection.ErrUnavailable},
	} {
		for operation, do := range operations(t) {
			if operation == "webhook" && c.status == http.StatusOK {
				continue // its answer is not read
			}
			r := newRig(t)
			r.bank.Intercept = answering(c.status, "application/problem+json", c.body)
			err := do(context.Background(), r)
			if quiet(t, err); !errors.Is(err, c.want) {
				t.Errorf("%s: %s: %v", operation, name, err)
			}
		}
	}
}

// An answer about another charge, or to another one's profit, is not believed.
func TestAnswersThatAreNotTheCharges(t *testing.T) {
	static, err := brcode.Static{Key: "ladrao@example.com", MerchantName: "X", City: "Y"}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	dynamic := func(d brcode.Dynamic) string {
		d.MerchantName, d.City = "X", "Y"
		text, err := d.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	own := "pix.example.com/qr/v2/cob/" + txID
	for name, bend := range map[string]func(b pixbank.Object){
		"another txid":          func(b pixbank.Object) { b["txid"] = "X" + txID[1:] },
		"no txid":               func(b pixbank.Object) { delete(b, "txid") },
		"another amount":        func(b pixbank.Object) { b["valor"] = pixbank.Object{"original": "258.44"} },
		"no amount":             func(b pixbank.Object) { delete(b, "valor") },
		"another key":           func(b pixbank.Object) { b["chave"] = "ladrao@example.com" },
		"a broken code":         func(b pixbank.Object) { b["pixCopiaECola"] = dynamic(brcode.Dynamic{Location: own})[1:] },
		"a static code":         func(b pixbank.Object) { b["pixCopiaECola"] = static },
		"a code leading away":   func(b pixbank.Object) { b["pixCopiaECola"] = dynamic(brcode.Dynamic{Location: own + "0"}) },
		"a code of more":        func(b pixbank.Object) { b["pixCopiaECola"] = dynamic(brcode.Dynamic{Location: own, Amount: 25844}) },
		"a code of another":     func(b pixbank.Object) { b["pixCopiaECola"] = dynamic(brcode.Dynamic{Location: own, TxID: "ACORDO1"}) },
		"no code, no location":  func(b pixbank.Object) { delete(b, "pixCopiaECola"); delete(b, "loc"); delete(b, "location") },
		"no code, plain scheme": func(b pixbank.Object) { delete(b, "pixCopiaECola"); b["location"] = "http://" + own },
	} {
		r := newRig(t)
		r.bank.Bend = func(_, path string, status int, body pixbank.Object) (int, pixbank.Object) {
			if strings.HasPrefix(path, "/cob") {
				bend(body)
			}
			return status, body
		}
		code, err := r.Issue(context.Background(), r.account, down())
		if quiet(t, err); !errors.Is(err, collection.ErrUnavailable) || !code.IsZero() {
			t.Errorf("%s: %+v, %v", name, code, err)
		}
	}
}

// A charge is not given up on while there is doubt about its money.
func TestStatesThatAreNotBelieved(t *testing.T) {
	for name, bend := range map[string]func(b pixbank.Object){
		"paid without a payment":   func(b pixbank.Object) { b["status"] = "CONCLUIDA" },
		"a state nobody knows":     func(b pixbank.Object) { b["status"] = "NOVA" },
		"no state":                 func(b pixbank.Object) { delete(b, "status") },
		"another charge's payment": func(b pixbank.Object) { b["pix"] = []any{pixbank.Object{"txid": "X" + txID[1:]}} },
		"a payment of no amount": func(b pixbank.Object) {
			b["pix"] = []any{pixbank.Object{"endToEndId": "E1", "horario": "2026-11-23T14:00:00Z"}}
		},
		"another charge altogether": func(b pixbank.Object) { b["txid"] = "X" + txID[1:] },
	} {
		r := newRig(t)
		r.issue(t, down())
		r.bank.Bend = func(_, path string, status int, body pixbank.Object) (int, pixbank.Object) {
			if path == "/cob/"+txID {
				bend(body)
			}
			return status, body
		}
		for _, operation := range []string{"fetch", "cancel"} {
			if err := operations(t)[operation](context.Background(), r); !errors.Is(err, collection.ErrUnavailable) {
				t.Errorf("%s: %s: %v", operation, name, err)
			}
		}
	}
}

// Nobody waits longer than the caller allows.
func TestAnAPIThatDoesNotAnswer(t *testing.T) {
	for operation, do := range operations(t) {
		r := newRig(t)
		ctx, cancel := context.WithCancel(context.Background())
		r.bank.Intercept = func(_ http.ResponseWriter, call *http.Request) bool {
			if call.URL.Path == "/oauth/token" {
				return false
			}
			_, _ = io.Copy(io.Discard, call.Body) // the server looks for a caller that has gone only after the body's end
			cancel()
			<-call.Context().Done()
			return true
		}
		if err := do(ctx, r); !errors.Is(err, collection.ErrUnavailable) || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", operation, err)
		}
	}
}

func TestTokens(t *testing.T) {
	r := newRig(t)
	tokens := func() int {
		return len(slices.DeleteFunc(r.bank.Calls(), func(call string) bool { return call != "POST /oauth/token" }))
	}
	r.issue(t, down())
	r.fetch(t)
	if r.now = start.Add(time.Hour - time.Minute - 1); tokens() != 1 {
		t.Fatalf("%d tokens for two operations", tokens())
	}
	r.fetch(t)
	if r.now = start.Add(time.Hour - time.Minute); tokens() != 1 {
		t.Fatalf("%d tokens before the first one's last minute", tokens())
	}
	if r.fetch(t); tokens() != 2 {
		t.Fatalf("%d tokens in the first one's last minute", tokens())
	}
	r.bank.Revoke()
	if r.fetch(t); tokens() != 3 {
		t.Fatalf("%d tokens after one was revoked", tokens())
	}
	r.bank.Bend = func(_, path string, status int, body pixbank.Object) (int, pixbank.Object) {
		if path != "/oauth/token" {
			status = http.StatusUnauthorized
		}
		return status, body
	}
	_, err := r.Fetch(context.Background(), r.account, txID)
	if quiet(t, err); !errors.Is(err, collection.ErrUnavailable) || tokens() != 4 {
		t.Fatalf("%d tokens, %v", tokens(), err)
	}
}

func TestTokensThatAreNone(t *testing.T) {
	for name, bend := range map[string]func(b pixbank.Object) int{
		"refused":           func(pixbank.Object) int { return 401 },
		"a redirect":        func(pixbank.Object) int { return 307 },
		"no token":          func(b pixbank.Object) int { delete(b, "access_token"); return 200 },
		"a header's end":    func(b pixbank.Object) int { b["access_token"] = "a\r\nX-Evil: 1"; return 200 },
		"of another type":   func(b pixbank.Object) int { b["token_type"] = "mac"; return 200 },
		"of no type":        func(b pixbank.Object) int { delete(b, "token_type"); return 200 },
		"a life in letters": func(b pixbank.Object) int { b["expires_in"] = "forever"; return 200 },
	} {
		r := newRig(t)
		r.bank.Bend = func(_, path string, status int, body pixbank.Object) (int, pixbank.Object) {
			if path == "/oauth/token" {
				status = bend(body)
			}
			return status, body
		}
		_, err := r.Fetch(context.Background(), r.account, txID)
		if quiet(t, err); !errors.Is(err, collection.ErrUnavailable) || len(r.bank.Calls()) != 1 {
			t.Errorf("%s: %v after %v", name, err, r.bank.Calls())
		}
	}
	for _, life := range []int{-1, 1, 1 << 40} {
		r := newRig(t)
		r.bank.TokenLife = life
		r.issue(t, down())
		r.now = start.Add(24 * time.Hour)
		if r.fetch(t); len(slices.DeleteFunc(r.bank.Calls(), func(c string) bool { return c != "POST /oauth/token" })) < 2 {
			t.Errorf("a token of %d s lasts a day", life)
		}
	}
}

// Many at once share one token, also while it is renewed.
func TestConcurrentCallsShareAToken(t *testing.T) {
	r := newRig(t)
	r.issue(t, down())
	r.bank.Revoke()
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if _, err := r.Fetch(context.Background(), r.account, txID); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	tokens := len(slices.DeleteFunc(r.bank.Calls(), func(c string) bool { return c != "POST /oauth/token" }))
	if tokens != 2 {
		t.Errorf("%d tokens", tokens)
	}
}
