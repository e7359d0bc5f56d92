package stepfunctions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// path is a reference path: from the state's data ($) or from the context object ($$), down by names and indexes.
type path struct {
	text    string
	context bool
	steps   []step
}

// step goes down by name, or by index when name is empty and named is false.
type step struct {
	name  string
	named bool
	index int
}

// maxIndex bounds an index, so that a path cannot ask for an absurd array.
const maxIndex = 1 << 20

// parsePath reads "$", "$.name", "$['name']", "$[0]" and their chains, after "$" or "$$". Wildcards, slices, filters, descent and
// functions are refused.
func parsePath(text string) (*path, error) {
	p := &path{text: text}
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return nil, fmt.Errorf("path %q must begin with $", text)
	}
	if after, ok := strings.CutPrefix(rest, "$"); ok {
		p.context, rest = true, after
	}
	for rest != "" {
		s, after, err := parseStep(rest)
		if err != nil {
			return nil, fmt.Errorf("path %q: %w", text, err)
		}
		p.steps, rest = append(p.steps, s), after
	}
	return p, nil
}

func parseStep(rest string) (step, string, error) {
	switch {
	case strings.HasPrefix(rest, "['"):
		name, after, ok := strings.Cut(rest[2:], "']")
		if !ok || name == "" || strings.ContainsAny(name, `'\`) {
			return step{}, "", fmt.Errorf("%q is not a quoted name", rest)
		}
		return step{name: name, named: true}, after, nil
	case strings.HasPrefix(rest, "["):
		digits, after, ok := strings.Cut(rest[1:], "]")
		n, err := strconv.Atoi(digits)
		if !ok || err != nil || n < 0 || n > maxIndex || strconv.Itoa(n) != digits {
			return step{}, "", fmt.Errorf("%q: only ['name'] and [n] are supported, no wildcard, slice, filter or union", rest)
		}
		return step{index: n}, after, nil
	case strings.HasPrefix(rest, "."):
		name := rest[1:]
		if i := strings.IndexFunc(name, func(r rune) bool { return !nameRune(r) }); i >= 0 {
			name = name[:i]
		}
		if name == "" {
			return step{}, "", fmt.Errorf("%q: a name must follow the point, and descent and wildcards are not supported", rest)
		}
		after := rest[1+len(name):]
		if strings.HasPrefix(after, "(") {
			return step{}, "", fmt.Errorf("%q: path functions are not supported", rest)
		}
		return step{name: name, named: true}, after, nil
	}
	return step{}, "", fmt.Errorf("%q is not a step", rest)
}

func nameRune(r rune) bool {
	return r != utf8.RuneError && (r == '_' || r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r))
}

// find gives the value that the path leads to.
func (p *path) find(root any) (any, bool) {
	for _, s := range p.steps {
		if s.named {
			object, ok := root.(map[string]any)
			if !ok {
				return nil, false
			}
			if root, ok = object[s.name]; !ok {
				return nil, false
			}
			continue
		}
		array, ok := root.([]any)
		if !ok || s.index >= len(array) {
			return nil, false
		}
		root = array[s.index]
	}
	return root, true
}

// whole reports whether the path leads to the whole of the state's data.
func (p *path) whole() bool { return p != nil && !p.context && len(p.steps) == 0 }

// put gives root with value placed at the path, making objects on the way. It changes copies, never root itself.
func (p *path) put(root, value any) (any, error) { return putSteps(p.steps, root, value, p.text) }

func putSteps(steps []step, root, value any, text string) (any, error) {
	if len(steps) == 0 {
		return value, nil
	}
	s := steps[0]
	if !s.named {
		array, ok := root.([]any)
		if !ok || s.index >= len(array) {
			return nil, fmt.Errorf("the ResultPath %s has no array element %d to replace", text, s.index)
		}
		below, err := putSteps(steps[1:], array[s.index], value, text)
		if err != nil {
			return nil, err
		}
		changed := append([]any(nil), array...)
		changed[s.index] = below
		return changed, nil
	}
	object, ok := root.(map[string]any)
	if !ok && root != nil {
		return nil, fmt.Errorf("the ResultPath %s meets a value that is not an object at %q", text, s.name)
	}
	below, err := putSteps(steps[1:], object[s.name], value, text)
	if err != nil {
		return nil, err
	}
	changed := make(map[string]any, len(object)+1)
	for k, v := range object {
		changed[k] = v
	}
	changed[s.name] = below
	return changed, nil
}

// decode reads one JSON document, keeping numbers as they were written.
func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("more than one JSON document")
	}
	return v, nil
}

// encode writes a decoded value as compact JSON.
func encode(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", fmt.Errorf("encode JSON: %w", err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}
