package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/clock"
)

// TestBinaryMediaTypes sends and asks for a type that is carried as bytes, and others beside it.
func TestBinaryMediaTypes(t *testing.T) {
	var seen struct {
		Body            string
		IsBase64Encoded bool
	}
	answer := `{"body":"JVBERv8=","isBase64Encoded":true}`
	invoke := func(_ context.Context, _ string, payload []byte) ([]byte, error) {
		return []byte(answer), json.Unmarshal(payload, &seen)
	}
	clk := clock.Virtual(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	t.Cleanup(clk.Close)
	server := httptest.NewServer(New([]Route{{Method: "POST", Path: "/x", Function: "f"}}, invoke, clk, "s", "application/pdf"))
	t.Cleanup(server.Close)
	const bytes = "%PDF\xff"
	for name, c := range map[string]struct {
		accept, contentType, answer, body, received string
		status                                      int
		encoded                                     bool
	}{
		"asked for":         {accept: "application/pdf", body: bytes},
		"with parameters":   {accept: "Application/PDF;q=1, */*", body: bytes},
		"not asked first":   {accept: "text/html, application/pdf", body: "JVBERv8="},
		"not asked":         {body: "JVBERv8="},
		"not encoded":       {accept: "application/pdf", answer: `{"body":"JVBERv8="}`, body: "JVBERv8="},
		"encoded wrongly":   {accept: "application/pdf", answer: `{"body":"%","isBase64Encoded":true}`, status: 500},
		"encoded nothing":   {accept: "application/pdf", answer: `{"isBase64Encoded":true}`},
		"a document sent":   {contentType: "application/pdf", body: "JVBERv8=", received: "JVBERv8=", encoded: true},
		"another type sent": {contentType: "application/json", body: "JVBERv8=", received: "%PDF\uFFFD"},
	} {
		answer = `{"body":"JVBERv8=","isBase64Encoded":true}`
		if c.answer != "" {
			answer = c.answer
		}
		seen.Body, seen.IsBase64Encoded = "", false
		sent := ""
		if c.contentType != "" {
			sent = bytes
		}
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/x", strings.NewReader(sent))
		req.Header.Set("Accept", c.accept)
		req.Header.Set("Content-Type", c.contentType)
		w := httptest.NewRecorder()
		server.Config.Handler.ServeHTTP(w, req)
		want := max(c.status, http.StatusOK)
		if w.Code != want || (want == http.StatusOK && w.Body.String() != c.body) ||
			seen.Body != c.received || seen.IsBase64Encoded != c.encoded {
			t.Errorf("%s: answered %d %q, the function saw %+v", name, w.Code, w.Body, seen)
		}
	}
}
