package site

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"
)

func get(t *testing.T, h http.Handler, host, path, accept string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
	r.Host = host
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPortalFilesComeWithAStrictPolicy(t *testing.T) {
	h := files(fstest.MapFS{"index.html": {Data: []byte("<html>")}, "assets/a-1.js": {Data: []byte("1")}})
	for path, want := range map[string]struct{ cache, body string }{
		"/": {"no-cache", "<html>"}, "/somewhere": {"no-cache", "<html>"}, "/assets/a-1.js": {"public, max-age=31536000, immutable", "1"},
	} {
		w := get(t, h, "127.0.0.1:1", path, "*/*")
		if w.Code != http.StatusOK || w.Body.String() != want.body || w.Header().Get("Cache-Control") != want.cache {
			t.Errorf("%s: %d %q %v", path, w.Code, w.Body, w.Header())
		}
		if w.Header().Get("Content-Security-Policy") != portalPolicy {
			t.Errorf("%s has the policy %q", path, w.Header().Get("Content-Security-Policy"))
		}
	}
	if w := get(t, h, "127.0.0.1:1", "/../../etc/passwd", "*/*"); w.Code != http.StatusBadRequest {
		t.Errorf("a path out of the portal: %d", w.Code)
	}
	if w := get(t, files(nil), "127.0.0.1:1", "/", "*/*"); w.Code != http.StatusNotFound {
		t.Errorf("without a portal: %d", w.Code)
	}
}

func TestABrowserIsSentToTheOneOrigin(t *testing.T) {
	h := oneOrigin("http://127.0.0.1:8080", http.NotFoundHandler())
	if w := get(t, h, "localhost:8080", "/?c=x", "text/html"); w.Header().Get("Location") != "http://127.0.0.1:8080/?c=x" {
		t.Errorf("got %d to %q", w.Code, w.Header().Get("Location"))
	}
	if w := get(t, h, "127.0.0.1:8080", "/", "text/html"); w.Code != http.StatusNotFound {
		t.Errorf("the origin itself: %d", w.Code)
	}
	if w := get(t, h, "localhost:8080", "/v1/me/debts", "application/json"); w.Code != http.StatusNotFound {
		t.Errorf("a program: %d", w.Code)
	}
}
