package pix_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
)

// watched passes calls on to Prism, and makes each that Prism refuses, for itself or for its answer, an error of the test that says why.
func watched(t *testing.T, p *prism) string {
	t.Helper()
	to := &url.URL{Scheme: "http", Host: p.address}
	server := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ModifyResponse: func(answer *http.Response) error {
			text, err := io.ReadAll(answer.Body)
			if err != nil {
				return err
			}
			if strings.Contains(string(text), "stoplight.io/prism/errors") {
				t.Errorf("%s %s: %s", answer.Request.Method, answer.Request.URL.Path, text)
			}
			answer.Body = io.NopCloser(bytes.NewReader(text))
			return nil
		},
	})
	t.Cleanup(server.Close)
	return server.URL
}
