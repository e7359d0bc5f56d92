package main

import (
	"html"
	"html/template"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is an API document as YAML nodes, which keep the order of the file.
type document struct{ root *yaml.Node }

type pair struct {
	key   string
	value *yaml.Node
}

// pairs lists a mapping in order; any other node has none.
func (d document) pairs(n *yaml.Node) []pair {
	if n = d.follow(n); n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	var out []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		out = append(out, pair{n.Content[i].Value, n.Content[i+1]})
	}
	return out
}

// follow goes to what an alias stands for.
func (d document) follow(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// own finds a member of the node itself.
func (d document) own(n *yaml.Node, key string) *yaml.Node {
	for _, p := range d.pairs(n) {
		if p.key == key {
			return d.follow(p.value)
		}
	}
	return nil
}

// at finds a member of the node, or else of what its $ref points to.
func (d document) at(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		next := d.own(n, key)
		if ref := d.own(n, "$ref"); next == nil && ref != nil {
			next = d.at(d.target(ref.Value), key)
		}
		n = next
	}
	return n
}

// target is what a reference inside the document points to.
func (d document) target(ref string) *yaml.Node {
	n := d.root
	for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		n = d.own(n, part)
	}
	return n
}

func (d document) text(n *yaml.Node, keys ...string) string {
	if n = d.at(n, keys...); n == nil {
		return ""
	}
	return n.Value
}

func (d document) list(n *yaml.Node, keys ...string) []*yaml.Node {
	if n = d.at(n, keys...); n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

func (d document) words(n *yaml.Node, keys ...string) []string {
	var out []string
	for _, item := range d.list(n, keys...) {
		out = append(out, item.Value)
	}
	return out
}

// json writes a node as indented JSON in the order of the file.
func (d document) json(n *yaml.Node, indent string) string {
	if n = d.follow(n); n == nil {
		return ""
	}
	inner := indent + "  "
	var parts []string
	switch n.Kind {
	case yaml.MappingNode:
		for _, p := range d.pairs(n) {
			parts = append(parts, strconv.Quote(p.key)+": "+d.json(p.value, inner))
		}
		return "{\n" + inner + strings.Join(parts, ",\n"+inner) + "\n" + indent + "}"
	case yaml.SequenceNode:
		for _, item := range n.Content {
			parts = append(parts, d.json(item, inner))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case yaml.ScalarNode:
		if n.Tag == "!!str" || n.Tag == "!!timestamp" {
			return strconv.Quote(n.Value)
		}
		return n.Value
	}
	return ""
}

var (
	codeSpan = regexp.MustCompile("`([^`]+)`")
	boldSpan = regexp.MustCompile(`\*\*([^*]+)\*\*`)
)

// prose turns the little of Markdown that the document uses into HTML: paragraphs, `code` and **bold**. All else is escaped.
func prose(text string) template.HTML {
	var out strings.Builder
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if paragraph != "" {
			out.WriteString("<p>" + string(spans(paragraph)) + "</p>\n")
		}
	}
	return template.HTML(out.String()) //nolint:gosec // escaped by spans
}

func spans(text string) template.HTML {
	escaped := html.EscapeString(strings.TrimSpace(text))
	escaped = codeSpan.ReplaceAllString(escaped, "<code>$1</code>")
	return template.HTML(boldSpan.ReplaceAllString(escaped, "<b>$1</b>")) //nolint:gosec // escaped above
}
