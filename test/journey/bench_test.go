package journey

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
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

// senders is how many senders deliver notices at once in BenchmarkWebhookAcknowledged.
const senders = 50

// BenchmarkWebhookAcknowledged is how long a provider waits over the socket for the answer to a notice of its own, while fifty senders
// deliver at once and nothing is taken in. Its p50-ms and p99-ms are over all deliveries.
func BenchmarkWebhookAcknowledged(b *testing.B) {
	w := begin(b, setup{})
	w.inject("payment-intake/*:* 100% fail")
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}}
	b.Cleanup(client.CloseIdleConnections)
	notices := make(chan notice, b.N)
	for i := range b.N {
		notices <- w.money("credora", fmt.Sprint("evt-", i), fmt.Sprint("E-", i), "01JD9Z3V4QW8X6M2N7P5R1T0KC", 777)
	}
	close(notices)
	took := make(chan time.Duration, b.N)
	var all sync.WaitGroup
	b.ResetTimer()
	for range senders {
		all.Go(func() {
			for n := range notices {
				sent := time.Now()
				if status, err := w.post(client, n); status != http.StatusOK {
					b.Errorf("a notice got %d: %v", status, err)
				}
				took <- time.Since(sent)
			}
		})
	}
	all.Wait()
	b.StopTimer()
	close(took)
	sorted := slices.Sorted(func(yield func(time.Duration) bool) {
		for d := range took {
			if !yield(d) {
				return
			}
		}
	})
	at := func(share float64) float64 {
		return float64(sorted[int(share*float64(len(sorted)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
}

// post delivers a notice by a client of the caller's own.
func (w *world) post(client *http.Client, n notice) (status int, err error) {
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.server.URL+n.path, strings.NewReader(n.body))
	if err != nil {
		return 0, fmt.Errorf("make delivery: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(n.headers); i += 2 {
		req.Header.Set(n.headers[i], n.headers[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("deliver: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}
