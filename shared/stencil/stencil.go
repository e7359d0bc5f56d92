// Package stencil fills the product's texts, which are written in the syntax of text/template, with plain data: fields, if, range and named
// parts, and nothing else. It stands in for text/template and html/template because those call methods by name, which makes the linker keep
// every method of everything: a function that sends e-mail would be nearly twice its size.
package stencil

import (
	"fmt"
	"html"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"
)

// Set is a group of parsed parts that may use each other. It is safe for concurrent use.
type Set struct {
	parts  map[string]*parse.Tree
	escape func(string) string
	isHTML bool
}

// Text parses sources whose fields are written as they are. The parts are what the sources define, and each source's own text under its
// name. A construct that stencils do not have is an error that names it.
func Text(sources map[string]string) (*Set, error) {
	return parseAll(sources, &Set{escape: func(s string) string { return s }})
}

// HTML parses sources whose fields are escaped for HTML text and quoted attributes. Fields must not stand anywhere else, such as in
// scripts or unquoted attributes. A field that begins an href leads nowhere unless it is an http or https address.
func HTML(sources map[string]string) (*Set, error) {
	return parseAll(sources, &Set{escape: html.EscapeString, isHTML: true})
}

func parseAll(sources map[string]string, s *Set) (*Set, error) {
	s.parts = map[string]*parse.Tree{}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		trees, err := parse.Parse(name, sources[name], "", "")
		if err != nil {
			return nil, fmt.Errorf("parse stencil: %w", err)
		}
		for part, tree := range trees {
			if _, twice := s.parts[part]; twice {
				return nil, fmt.Errorf("stencil %s: part %q stands twice", name, part)
			}
			s.parts[part] = tree
		}
	}
	for name, tree := range s.parts {
		if err := s.check(tree.Root); err != nil {
			return nil, fmt.Errorf("stencil part %s: %w", name, err)
		}
	}
	return s, nil
}

// Must returns a set that the program itself holds, and panics at start when it does not parse, as every test of it would find.
func Must(s *Set, err error) *Set {
	if err != nil {
		panic(err)
	}
	return s
}

// check refuses what write does not know, and parts that are not there.
func (s *Set) check(n parse.Node) error {
	switch n := n.(type) {
	case nil, *parse.TextNode:
		return nil
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		for _, child := range n.Nodes {
			if err := s.check(child); err != nil {
				return err
			}
		}
		return nil
	case *parse.ActionNode:
		_, err := fieldOf(n.Pipe)
		return err
	case *parse.IfNode:
		return s.checkBranch(&n.BranchNode)
	case *parse.RangeNode:
		if n.ElseList != nil {
			return fmt.Errorf("%q has an else", n.Pipe)
		}
		return s.checkBranch(&n.BranchNode)
	case *parse.TemplateNode:
		if _, ok := s.parts[n.Name]; !ok {
			return fmt.Errorf("no part %q", n.Name)
		}
		_, err := fieldOf(n.Pipe)
		return err
	}
	return fmt.Errorf("%q is not part of a stencil", n.String())
}

func (s *Set) checkBranch(b *parse.BranchNode) error {
	if _, err := fieldOf(b.Pipe); err != nil {
		return err
	}
	if err := s.check(b.List); err != nil {
		return err
	}
	return s.check(b.ElseList)
}

// fieldOf reads a pipe that is "." or ".A.B" and nothing more.
func fieldOf(p *parse.PipeNode) ([]string, error) {
	if p != nil && len(p.Decl) == 0 && len(p.Cmds) == 1 && len(p.Cmds[0].Args) == 1 {
		switch arg := p.Cmds[0].Args[0].(type) {
		case *parse.FieldNode:
			return arg.Ident, nil
		case *parse.DotNode:
			return nil, nil
		}
	}
	return nil, fmt.Errorf("%q is no plain field", fmt.Sprint(p))
}

// Write fills a part with data, a struct whose fields are strings, ints, bools, structs and slices of structs.
func (s *Set) Write(part string, data any) (string, error) {
	tree, ok := s.parts[part]
	if !ok {
		return "", fmt.Errorf("no stencil part %q", part)
	}
	var b strings.Builder
	if err := s.write(&b, tree.Root, reflect.ValueOf(data)); err != nil {
		return "", fmt.Errorf("fill stencil part %s: %w", part, err)
	}
	return b.String(), nil
}

func (s *Set) write(b *strings.Builder, n parse.Node, dot reflect.Value) error {
	switch n := n.(type) {
	case *parse.TextNode:
		b.Write(n.Text)
	case *parse.ListNode:
		for _, child := range n.Nodes {
			if err := s.write(b, child, dot); err != nil {
				return err
			}
		}
	case *parse.ActionNode:
		return s.writeField(b, n.Pipe, dot)
	case *parse.IfNode:
		return s.writeIf(b, n, dot)
	case *parse.RangeNode:
		return s.writeRange(b, n, dot)
	case *parse.TemplateNode:
		v, err := value(n.Pipe, dot)
		if err != nil {
			return err
		}
		return s.write(b, s.parts[n.Name].Root, v)
	}
	return nil
}

func (s *Set) writeIf(b *strings.Builder, n *parse.IfNode, dot reflect.Value) error {
	v, err := value(n.Pipe, dot)
	if err != nil {
		return err
	}
	if !v.IsZero() && (v.Kind() != reflect.Slice || v.Len() > 0) {
		return s.write(b, n.List, dot)
	}
	if n.ElseList == nil {
		return nil
	}
	return s.write(b, n.ElseList, dot)
}

func (s *Set) writeRange(b *strings.Builder, n *parse.RangeNode, dot reflect.Value) error {
	v, err := value(n.Pipe, dot)
	if err != nil {
		return err
	}
	if v.Kind() != reflect.Slice {
		return fmt.Errorf("%s is no list", n.Pipe)
	}
	for i := range v.Len() {
		if err := s.write(b, n.List, v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Set) writeField(b *strings.Builder, p *parse.PipeNode, dot reflect.Value) error {
	v, err := value(p, dot)
	if err != nil {
		return err
	}
	switch v.Kind() {
	case reflect.String:
		text := v.String()
		if s.isHTML && strings.HasSuffix(b.String(), `href="`) && !strings.HasPrefix(text, "https://") && !strings.HasPrefix(text, "http://") {
			text = "#"
		}
		b.WriteString(s.escape(text))
	case reflect.Int:
		b.WriteString(strconv.FormatInt(v.Int(), 10))
	default:
		return fmt.Errorf("%s is neither text nor a number", p)
	}
	return nil
}

// value follows a field path through structs.
func value(p *parse.PipeNode, dot reflect.Value) (reflect.Value, error) {
	path, err := fieldOf(p)
	if err != nil {
		return dot, err
	}
	for _, name := range path {
		if dot.Kind() != reflect.Struct {
			return dot, fmt.Errorf("%s: %s stands in no struct", p, name)
		}
		field := dot.FieldByName(name)
		if !field.IsValid() {
			return dot, fmt.Errorf("%s: no field %s", p, name)
		}
		dot = field
	}
	return dot, nil
}
