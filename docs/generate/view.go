package main

import (
	"html"
	"html/template"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

type group struct {
	Name       string
	Text       template.HTML
	Operations []operation
}

type operation struct {
	ID, Method, Path, Summary, MaxBody, Example string
	Text                                        template.HTML
	Open                                        bool
	Parameters                                  []field
	Body                                        *body
	Answers                                     []answer
	Codes                                       []string
}

type field struct {
	Name     string
	Type     template.HTML
	Text     template.HTML
	Required bool
}

type body struct {
	Type    template.HTML
	Example string
}

type answer struct {
	Status string
	Type   template.HTML
	Text   template.HTML
}

type schema struct {
	Name   string
	Text   template.HTML
	Type   template.HTML
	Fields []field
}

// groups lists the operations by tag, in the order of the file.
func (d document) groups() []group {
	var out []group
	for _, tag := range d.list(d.root, "tags") {
		g := group{Name: d.text(tag, "name"), Text: prose(d.text(tag, "description"))}
		for _, path := range d.pairs(d.at(d.root, "paths")) {
			for _, method := range d.pairs(path.value) {
				if slices.Contains(d.words(method.value, "tags"), g.Name) {
					g.Operations = append(g.Operations, d.operation(strings.ToUpper(method.key), path.key, method.value))
				}
			}
		}
		out = append(out, g)
	}
	return out
}

func (d document) operation(method, path string, n *yaml.Node) operation {
	security := d.own(n, "security")
	o := operation{
		ID: d.text(n, "operationId"), Method: method, Path: path, Summary: d.text(n, "summary"), Text: prose(d.text(n, "description")),
		MaxBody: d.text(n, "x-maxBodyBytes"), Open: security != nil, Codes: d.words(n, "x-problemCodes"),
	}
	for _, p := range d.list(n, "parameters") {
		o.Parameters = append(o.Parameters, field{
			Name: d.text(p, "name"), Type: d.typeOf(d.at(p, "schema")), Text: spans(d.text(p, "description")),
			Required: d.text(p, "required") == "true",
		})
	}
	if content := d.content(d.at(n, "requestBody")); content != nil {
		o.Body = &body{Type: d.typeOf(d.at(content, "schema")), Example: d.example(content)}
	}
	for _, response := range d.pairs(d.at(n, "responses")) {
		content := d.content(response.value)
		o.Answers = append(o.Answers, answer{
			Status: response.key, Type: d.typeOf(d.at(content, "schema")), Text: spans(d.text(response.value, "description")),
		})
		if response.key < "300" && o.Example == "" && strings.HasPrefix(path, "/v1/") {
			o.Example = d.example(content)
		}
	}
	return o
}

// content is the first media type of a request or response.
func (d document) content(n *yaml.Node) *yaml.Node {
	for _, media := range d.pairs(d.at(n, "content")) {
		return media.value
	}
	return nil
}

func (d document) example(media *yaml.Node) string {
	if n := d.at(media, "example"); n != nil {
		return d.json(n, "")
	}
	for _, named := range d.pairs(d.at(media, "examples")) {
		return d.json(d.at(named.value, "value"), "")
	}
	return ""
}

// typeOf says in a few words what a schema takes, with a link where it has a name.
func (d document) typeOf(n *yaml.Node) template.HTML {
	if n == nil {
		return ""
	}
	if ref := d.own(n, "$ref"); ref != nil {
		name := html.EscapeString(ref.Value[strings.LastIndexByte(ref.Value, '/')+1:])
		return template.HTML(`<a href="#schema-` + name + `">` + name + `</a>`) //nolint:gosec // escaped above
	}
	if items := d.at(n, "items"); items != nil {
		return "list of " + d.typeOf(items)
	}
	var parts []string
	if kind := d.text(n, "type"); kind != "" {
		parts = append(parts, kind)
	}
	if values := d.words(n, "enum"); len(values) > 0 {
		parts = append(parts, "one of `"+strings.Join(values, "`, `")+"`")
	}
	for _, limit := range []struct{ key, label string }{
		{"const", "always"}, {"format", ""}, {"pattern", ""}, {"minimum", "from"}, {"maximum", "to"}, {"maxItems", "at most"},
	} {
		if value := d.text(n, limit.key); value != "" {
			parts = append(parts, strings.TrimSpace(limit.label+" `"+value+"`"))
		}
	}
	return spans(strings.Join(parts, ", "))
}

func (d document) schemas() []schema {
	var out []schema
	for _, p := range d.pairs(d.at(d.root, "components", "schemas")) {
		s := schema{Name: p.key, Text: prose(d.text(p.value, "description"))}
		required := d.words(p.value, "required")
		for _, property := range d.pairs(d.at(p.value, "properties")) {
			s.Fields = append(s.Fields, field{
				Name: property.key, Type: d.typeOf(property.value), Required: slices.Contains(required, property.key),
				Text: spans(d.text(d.described(property.value), "description")),
			})
		}
		if s.Fields == nil {
			s.Type = d.typeOf(p.value)
		}
		out = append(out, s)
	}
	return out
}

// described leaves out the description of a schema that has its own place on the page.
func (d document) described(n *yaml.Node) *yaml.Node {
	if d.own(n, "$ref") != nil && d.own(n, "description") == nil {
		return nil
	}
	return n
}
