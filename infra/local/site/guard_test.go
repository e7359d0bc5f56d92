package site

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestOnlyPagesOfThisMachineAreAnswered(t *testing.T) {
	h := ThisMachineOnly(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	const ok, refused = http.StatusNoContent, http.StatusForbidden
	for _, test := range []struct {
		host, origin string
		want         int
	}{
		{"127.0.0.1:8080", "", ok},
		{"127.0.0.1:8080", "http://127.0.0.1:8080", ok},
		{"localhost:8080", "http://localhost:8080", ok},
		{"LOCALHOST", "", ok},
		{"[::1]:8080", "http://[::1]:8080", ok},
		{"::1", "", ok},
		{"127.9.9.9", "", ok},
		{"rebound.example:8080", "http://rebound.example:8080", refused},
		{"rebound.example:8080", "", refused},
		{"localhost.rebound.example", "", refused},
		{"127.0.0.1.rebound.example:8080", "", refused},
		{"192.168.1.7:8080", "", refused},
		{"", "", refused},
		{"127.0.0.1:8080", "https://other.example", refused},
		{"127.0.0.1:8080", "http://127.0.0.1:9090", refused},
		{"127.0.0.1:8080", "https://127.0.0.1:8080", refused},
		{"127.0.0.1:8080", "null", refused},
	} {
		r := httptest.NewRequest(http.MethodPost, "/_local/clock", strings.NewReader(`{"advance":"1h"}`))
		r.Host = test.host
		if test.origin != "" {
			r.Header.Set("Origin", test.origin)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != test.want {
			t.Errorf("Host %q, Origin %q: got %d, want %d", test.host, test.origin, w.Code, test.want)
		}
	}
}

// TestTheSiteIsGuarded holds New to the guard: every path that exists locally only, and the redirect to the one origin, stand behind it.
func TestTheSiteIsGuarded(t *testing.T) {
	inside := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	h := guarded("http://127.0.0.1:8080", inside)
	for path, origin := range map[string]string{
		"/_local/clock": "http://rebound.example", "/_local/outbox": "", "/v1/me/debts": "", "/": "",
	} {
		r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
		r.Host = "rebound.example:8080"
		r.Header.Set("Accept", "text/html")
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusForbidden {
			t.Errorf("%s under another name: %d", path, w.Code)
		}
	}
	for path, want := range map[string]int{"/_local/clock": http.StatusForbidden, "/v1/auth/logout": http.StatusNoContent} {
		r := httptest.NewRequest(http.MethodPost, path, http.NoBody)
		r.Host = "127.0.0.1:8080"
		r.Header.Set("Origin", "https://other.example")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s from another origin: %d, want %d", path, w.Code, want)
		}
	}
}
