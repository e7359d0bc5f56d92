package stepfunctions

import (
	"fmt"
	"strings"
)

// data is what paths and templates read: the value $ stands for, and the context object $$ stands for.
// It is made when it is asked for, since few states do.
type data struct {
	value   any
	context func() any
}

// expression is the value of a field whose name ends in ".$".
type expression interface {
	eval(d data) (any, *failure)
}

func (p *path) eval(d data) (any, *failure) {
	root := d.value
	if p.context {
		root = d.context()
	}
	v, ok := p.find(root)
	if !ok {
		return nil, runtimeFailure("The JSONPath '%s' could not be found in the input", p.text)
	}
	return v, nil
}

// template is a payload template: a constant, or an object or array with fields to fill in.
type template struct {
	constant any
	fields   map[string]*template
	items    []*template
	expr     expression
	name     string // the field's name as written, for the cause of a failure
}

// buildTemplate makes a template of a decoded value. token says whether $$.Task has a meaning there.
func buildTemplate(v any, token bool) (*template, error) {
	switch v := v.(type) {
	case map[string]any:
		return buildObject(v, token)
	case []any:
		t := &template{items: make([]*template, 0, len(v))}
		for _, item := range v {
			sub, err := buildTemplate(item, token)
			if err != nil {
				return nil, err
			}
			t.items = append(t.items, sub)
		}
		return t, nil
	}
	return &template{constant: v}, nil
}

func buildObject(object map[string]any, token bool) (*template, error) {
	t := &template{fields: make(map[string]*template, len(object))}
	for name, v := range object {
		plain, dynamic := strings.CutSuffix(name, ".$")
		sub, err := buildField(name, v, dynamic, token)
		if err != nil {
			return nil, err
		}
		if _, twice := t.fields[plain]; twice {
			return nil, fmt.Errorf("field %q stands twice, with and without .$", plain)
		}
		t.fields[plain] = sub
	}
	return t, nil
}

func buildField(name string, v any, dynamic, token bool) (*template, error) {
	if !dynamic {
		return buildTemplate(v, token)
	}
	text, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("field %q must be a string: a path or an intrinsic function", name)
	}
	expr, err := parseExpression(text)
	if err != nil {
		return nil, fmt.Errorf("field %q: %w", name, err)
	}
	if p, ok := expr.(*path); ok && p.context && !token && strings.HasPrefix(p.text, "$$.Task") {
		return nil, fmt.Errorf("field %q: $$.Task exists only in the Parameters of a .waitForTaskToken task", name)
	}
	return &template{expr: expr, name: name}, nil
}

// fill gives the template's value over the data.
func (t *template) fill(d data) (any, *failure) {
	switch {
	case t.expr != nil:
		v, f := t.expr.eval(d)
		if f != nil && f.name == errRuntime {
			if p, ok := t.expr.(*path); ok {
				f = runtimeFailure("The JSONPath '%s' specified for the field '%s' could not be found in the input", p.text, t.name)
			}
		}
		return v, f
	case t.fields != nil:
		object := make(map[string]any, len(t.fields))
		for name, sub := range t.fields {
			v, f := sub.fill(d)
			if f != nil {
				return nil, f
			}
			object[name] = v
		}
		return object, nil
	case t.items != nil:
		array := make([]any, 0, len(t.items))
		for _, sub := range t.items {
			v, f := sub.fill(d)
			if f != nil {
				return nil, f
			}
			array = append(array, v)
		}
		return array, nil
	}
	return t.constant, nil
}
