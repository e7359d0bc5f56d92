package stepfunctions

import (
	"fmt"
	"strings"
)

// data is what paths and templates read: the value $ stands for, and the context object $$ stands for.
// It is made when it is asked for, since few states do.
type data struct {
	value   any
	context func() map[string]any
}

// expression is what gives a value over the data: a constant, a path, a call of an intrinsic function, or a payload template of them.
type expression interface {
	eval(d data) (any, *failure)
}

type (
	constant       struct{ value any }
	objectTemplate map[string]expression
	arrayTemplate  []expression
)

func (c constant) eval(data) (any, *failure) { return c.value, nil }

// eval gives an empty object for the path null, which stands for no data at all.
func (p *path) eval(d data) (any, *failure) {
	if p == nil {
		return map[string]any{}, nil
	}
	root := d.value
	if p.context {
		root = d.context()
	}
	v, ok := p.find(root)
	switch {
	case ok:
		return v, nil
	case p.field != "":
		return nil, runtimeFailure("The JSONPath '%s' specified for the field '%s' could not be found in the input", p.text, p.field)
	}
	return nil, runtimeFailure("Invalid path '%s' : No results for path", p.text)
}

func (t objectTemplate) eval(d data) (any, *failure) {
	object := make(map[string]any, len(t))
	for name, sub := range t {
		v, f := sub.eval(d)
		if f != nil {
			return nil, f
		}
		object[name] = v
	}
	return object, nil
}

func (t arrayTemplate) eval(d data) (any, *failure) {
	array := make([]any, 0, len(t))
	for _, sub := range t {
		v, f := sub.eval(d)
		if f != nil {
			return nil, f
		}
		array = append(array, v)
	}
	return array, nil
}

// parseTemplate makes a payload template of a decoded value. token says whether $$.Task has a meaning there.
func parseTemplate(v any, token bool) (expression, error) {
	var err error
	switch v := v.(type) {
	case map[string]any:
		t := objectTemplate{}
		for name, v := range v {
			plain, dynamic := strings.CutSuffix(name, ".$")
			if t[plain] != nil {
				return nil, fmt.Errorf("field %q stands twice, with and without .$", plain)
			}
			if t[plain], err = parseField(name, v, dynamic, token); err != nil {
				return nil, err
			}
		}
		return t, nil
	case []any:
		t := make(arrayTemplate, len(v))
		for i, item := range v {
			if t[i], err = parseTemplate(item, token); err != nil {
				return nil, err
			}
		}
		return t, nil
	}
	return constant{v}, nil
}

func parseField(name string, v any, dynamic, token bool) (expression, error) {
	if !dynamic {
		return parseTemplate(v, token)
	}
	text, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("field %q must be a string: a path or an intrinsic function", name)
	}
	e, err := parseExpression(text)
	if err != nil {
		return nil, fmt.Errorf("field %q: %w", name, err)
	}
	if p, ok := e.(*path); ok {
		if p.field = name; !token && strings.HasPrefix(text, "$$.Task") {
			return nil, fmt.Errorf("field %q: $$.Task exists only in the Parameters of a .waitForTaskToken task", name)
		}
	}
	return e, nil
}
