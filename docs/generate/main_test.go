package main

import (
	"os"
	"strings"
	"testing"

	"github.com/regua/regua/docs"
	"github.com/regua/regua/shared/contract"
)

func TestPageIsThatOfTheDocument(t *testing.T) {
	text, err := os.ReadFile("../" + source)
	if err != nil {
		t.Fatal(err)
	}
	page, err := render(text)
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != string(docs.Page) {
		t.Error("docs/openapi.html is not that of docs/openapi.yaml: run go generate ./docs")
	}
	for _, route := range contract.Routes() {
		if !strings.Contains(string(page), "<code>"+strings.ReplaceAll(route.Path, "+", "&#43;")+"</code></h3>") {
			t.Errorf("the page has no %s %s", route.Method, route.Path)
		}
	}
	for _, problem := range contract.Problems() {
		if !strings.Contains(string(page), `<tr id="`+problem.Code+`">`) {
			t.Errorf("the page does not explain %s", problem.Code)
		}
	}
	for _, foreign := range []string{"<script", "src=", "url(", "@import", "http-equiv"} {
		if strings.Contains(string(page), foreign) {
			t.Errorf("the page holds %q", foreign)
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	if _, err := render([]byte("a: [")); err == nil {
		t.Error("broken YAML was rendered")
	}
}

func TestProseEscapes(t *testing.T) {
	got := string(prose("a <b> `x<y` **c&d**\n\nnext"))
	if want := "<p>a &lt;b&gt; <code>x&lt;y</code> <b>c&amp;d</b></p>\n<p>next</p>\n"; got != want {
		t.Errorf("prose is %q, want %q", got, want)
	}
}
