// Command generate writes docs/openapi.html from docs/openapi.yaml; go generate runs it in docs.
package main

import (
	"bytes"
	_ "embed" // the template
	"fmt"
	"html/template"
	"log"
	"os"

	"go.yaml.in/yaml/v3"

	"github.com/regua/regua/shared/contract"
)

const (
	source = "openapi.yaml"
	target = "openapi.html"
)

var (
	//go:embed page.html
	pageTemplate string
	//go:embed page.css
	pageStyle string
)

func main() {
	text, err := os.ReadFile(source)
	if err != nil {
		log.Fatal(err)
	}
	page, err := render(text)
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(target, page, 0o600); err != nil {
		log.Fatal(err)
	}
}

// render makes the page of an API document.
func render(text []byte) ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("read API document: %w", err)
	}
	d := document{root.Content[0]}
	t, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return nil, fmt.Errorf("read page template: %w", err)
	}
	info := d.at(d.root, "info")
	var out bytes.Buffer
	err = t.Execute(&out, map[string]any{
		"Title": d.text(info, "title"), "Version": d.text(info, "version"), "Intro": prose(d.text(info, "description")),
		"Style":  template.CSS(pageStyle), //nolint:gosec // our own file
		"Groups": d.groups(), "Problems": contract.Problems(), "Schemas": d.schemas(),
	})
	if err != nil {
		return nil, fmt.Errorf("write page: %w", err)
	}
	return out.Bytes(), nil
}
