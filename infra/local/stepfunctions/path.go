package stepfunctions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// path is a reference path: from the state's data ($) or from the context object ($$), down by names and indexes.
type path struct {
	text    string
	context bool
	steps   []any  // a string is a name, an int an index
	field   string // the template's field that it fills, for the cause of a failure
}

// pathStep is one step down: ".name", "['name']" or "[0]"; an index has few digits, so that a path cannot ask for an absurd array.
var pathStep = regexp.MustCompile(`^(?:\.([\p{L}\p{Nd}_-]+)|\['([^'\\]+)'\]|\[(0|[1-9][0-9]{0,5})\])`)

func parsePath(text string) (*path, error) {
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return nil, fmt.Errorf("path %q must begin with $", text)
	}
	p := &path{text: text}
	rest, p.context = strings.CutPrefix(rest, "$")
	for rest != "" {
		found := pathStep.FindStringSubmatch(rest)
		if found == nil {
			return nil, fmt.Errorf("path %q: only .name, ['name'] and [n] are supported, no wildcards, slices, filters, unions, descent "+
				"and functions: %q", text, rest)
		}
		if n, err := strconv.Atoi(found[3]); err == nil {
			p.steps = append(p.steps, n)
		} else {
			p.steps = append(p.steps, found[1]+found[2])
		}
		rest = rest[len(found[0]):]
	}
	return p, nil
}

// find gives the value that the path leads to.
func (p *path) find(root any) (v any, ok bool) {
	v, ok = root, true
	for i := 0; ok && i < len(p.steps); i++ {
		v, ok = below(v, p.steps[i])
	}
	return v, ok
}

func below(v, step any) (any, bool) {
	if name, ok := step.(string); ok {
		object, _ := v.(map[string]any)
		found, ok := object[name]
		return found, ok
	}
	array, _ := v.([]any)
	if i, ok := step.(int); ok && i < len(array) {
		return array[i], true
	}
	return nil, false
}

// whole reports whether the path leads to the whole of the state's data.
func (p *path) whole() bool { return p != nil && !p.context && len(p.steps) == 0 }

// eval gives an empty object for the path null, which stands for no data at all.
func (p *path) eval(d *data) any {
	if p == nil {
		return map[string]any{}
	}
	root := d.value
	if p.context {
		root = d.context()
	}
	v, ok := p.find(root)
	switch {
	case ok:
		return v
	case p.field != "":
		return d.fail(errRuntime, "The JSONPath '%s' specified for the field '%s' could not be found in the input", p.text, p.field)
	}
	return d.fail(errRuntime, "Invalid path '%s' : No results for path", p.text)
}

// put gives the data's value with another one placed at the path, making objects on the way; the path null drops it. It changes copies.
func (p *path) put(d *data, value any) any {
	if p == nil {
		return d.value
	}
	return p.place(p.steps, d, d.value, value)
}

func (p *path) place(steps []any, d *data, root, value any) any {
	if len(steps) == 0 {
		return value
	}
	old, found := below(root, steps[0])
	value = p.place(steps[1:], d, old, value)
	if i, ok := steps[0].(int); ok {
		if !found {
			return d.fail(errResultPath, "the ResultPath %s has no array element %d to replace", p.text, i)
		}
		array, _ := root.([]any)
		array = slices.Clone(array)
		array[i] = value
		return array
	}
	object, ok := root.(map[string]any)
	if !ok && root != nil {
		return d.fail(errResultPath, "the ResultPath %s meets a value that is not an object at %q", p.text, steps[0])
	}
	changed := map[string]any{}
	maps.Copy(changed, object)
	changed[fmt.Sprint(steps[0])] = value
	return changed
}

// decode reads one JSON document, keeping numbers as they were written.
func decode(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
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

// decoded is decode of a text that was checked before it became part of a history.
func decoded(text string) any {
	v, _ := decode(text)
	return v
}

// encode writes a decoded value, which is always possible, as compact JSON.
func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return strings.TrimSuffix(b.String(), "\n")
}
