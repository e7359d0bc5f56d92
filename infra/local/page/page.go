// Package page is what people see under /_local/ of the local cloud: its inbox, its bank, its clock and its state machines.
package page

import (
	"embed"
	"io/fs"
	"net/http"
	"strings"
)

//go:embed files
var files embed.FS

// policy lets the page run its own script and nothing else. A message is shown in a frame without scripts, which inherits this policy;
// e-mails are styled by attributes, so those alone are allowed inline.
const policy = "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// Handler serves the page and its files by their path below the place where it is mounted; anything else is 404.
func Handler() http.Handler {
	// The folder is part of the program, so that Sub cannot fail.
	content, _ := fs.Sub(files, "files")
	server := http.FileServerFS(content)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		case strings.HasSuffix(r.URL.Path, "/index.html"):
			http.NotFound(w, r)
		default:
			server.ServeHTTP(w, r)
		}
	})
}
