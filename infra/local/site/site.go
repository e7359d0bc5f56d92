// Package site is what the local cloud's address serves: the portal, the API, and the pages and calls under /_local/ that exist locally
// only.
package site

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/infra/local/page"
)

// portalPolicy lets the portal run its own script and style and nothing else.
const portalPolicy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"object-src 'none'; " +
	"base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// New serves a local cloud, the built portal in a file system (nil: none was built) and the demonstration's participants.
func New(c *cloud.Cloud, portal fs.FS, participants []demo.Participant) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/v1/", c.API)
	mux.Handle("/docs", c.API)
	mux.Handle("/openapi.yaml", c.API)
	l := &local{cloud: c, participants: participants}
	l.register(mux)
	mux.Handle("/_local/", http.StripPrefix("/_local", page.Handler()))
	mux.Handle("/", files(portal))
	return guarded(c.Parts.Config.PortalURL, mux)
}

func guarded(origin string, mux http.Handler) http.Handler {
	return ThisMachineOnly(oneOrigin(origin, mux))
}

// oneOrigin sends a browser that came by another name of this machine, as localhost, to the portal's own origin: its session and its
// writes count there only.
func oneOrigin(origin string, next http.Handler) http.Handler {
	host := strings.TrimPrefix(origin, "http://")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != host && r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html") {
			http.Redirect(w, r, origin+r.URL.RequestURI(), http.StatusTemporaryRedirect)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// files serves the portal's files; every other path is the portal's page, which finds its way by itself.
func files(portal fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", portalPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		if portal == nil {
			http.Error(w, "The portal is not built: run make run, or npm run build in web/ and start with -web web/dist.", http.StatusNotFound)
			return
		}
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		if info, err := fs.Stat(portal, name); name == "" || err != nil || info.IsDir() {
			name = "index.html"
		}
		cache := "no-cache"
		if strings.HasPrefix(name, "assets/") { // their names hold a hash of their content
			cache = "public, max-age=31536000, immutable"
		}
		h.Set("Cache-Control", cache)
		http.ServeFileFS(w, r, portal, name)
	})
}

func answer(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, fmt.Sprintf("encode answer: %s", err), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(text) // a client that went away cannot be told
}
