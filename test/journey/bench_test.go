package journey

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/gateway"
)

// BenchmarkDebts is GET /v1/me/debts, warm, through the gateway and the function host: session, case, charges of the debts and JSON.
func BenchmarkDebts(b *testing.B) {
	w := begin(b, setup{})
	token := w.login(w.participant("vida-plena"), "email")
	serve(b, w.cloud.API, "/v1/me/debts", "Bearer "+token)
}

// BenchmarkEmptyHandler is the same way through gateway and host to a handler that does nothing: what the host itself costs.
func BenchmarkEmptyHandler(b *testing.B) {
	clk := clock.Virtual(today())
	b.Cleanup(clk.Close)
	host := function.NewHost(clk, nil)
	host.Register(function.Definition{Name: "empty", Timeout: time.Second,
		Handler: lambda.NewHandler(func(context.Context) (map[string]any, error) {
			return map[string]any{"statusCode": http.StatusOK, "body": "{}"}, nil
		})})
	routes := []gateway.Route{{Method: http.MethodGet, Path: "/v1/me/debts", Function: "empty"}}
	serve(b, gateway.New(routes, host.Invoke, clk, "bench"), "/v1/me/debts", "Bearer none")
}

func serve(b *testing.B, h http.Handler, path, authorization string) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		req := httptest.NewRequest(http.MethodGet, path, http.NoBody)
		req.Header.Set("Authorization", authorization)
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, req)
		if answer.Code != http.StatusOK {
			b.Fatalf("got %d: %s", answer.Code, answer.Body)
		}
	}
}
