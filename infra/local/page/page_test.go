package page

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	rec := httptest.NewRecorder()
	Handler().ServeHTTP(rec, httptest.NewRequest(method, path, nil))
	return rec
}

func TestPageAndItsFilesAreServed(t *testing.T) {
	for path, form := range map[string]string{"/": "text/html", "/main.js": "javascript", "/style.css": "text/css"} {
		rec := get(t, "GET", path)
		if rec.Code != http.StatusOK || !strings.Contains(rec.Header().Get("Content-Type"), form) {
			t.Errorf("GET %s = %d %s, want 200 and %s", path, rec.Code, rec.Header().Get("Content-Type"), form)
		}
		if got := rec.Header().Get("Content-Security-Policy"); !strings.Contains(got, "script-src 'self';") {
			t.Errorf("GET %s: policy %q", path, got)
		}
	}
}

func TestOthersAreRefused(t *testing.T) {
	for _, path := range []string{"/none", "/../page.go", "/files/index.html", "/index.html"} {
		if rec := get(t, "GET", path); rec.Code == http.StatusOK {
			t.Errorf("GET %s = %d", path, rec.Code)
		}
	}
	if rec := get(t, "POST", "/"); rec.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST / = %d", rec.Code)
	}
}

// The policy forbids inline scripts, and a local page must work without a network.
func TestFilesHoldNoInlineScriptAndNoOutsideAddress(t *testing.T) {
	forbidden := map[string]*regexp.Regexp{
		"inline script":   regexp.MustCompile(`<script(?:>| [^>]*>[^<])|\son[a-z]+="`),
		"inline style":    regexp.MustCompile(`<style|\sstyle="`),
		"outside address": regexp.MustCompile(`https?://(?:[^w]|w[^w])`), // names of XML vocabularies begin with www
		"markup as text":  regexp.MustCompile(`innerHTML|insertAdjacentHTML|document\.write|\beval\(`),
	}
	err := fs.WalkDir(files, "files", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		for what, form := range forbidden {
			if found := form.Find(text); found != nil {
				t.Errorf("%s: %s %q", path, what, found)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Every module that a file imports, and every file that the page names, is there.
func TestReferencesResolve(t *testing.T) {
	named := regexp.MustCompile(`(?:from|import) '\./([a-z-]+\.js)'|(?:src|href)="([a-z-]+\.(?:js|css|svg))"`)
	err := fs.WalkDir(files, "files", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		for _, m := range named.FindAllSubmatch(text, -1) {
			name := string(m[1]) + string(m[2])
			if _, statErr := fs.Stat(files, "files/"+name); statErr != nil {
				t.Errorf("%s names %s, which is not there", path, name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
