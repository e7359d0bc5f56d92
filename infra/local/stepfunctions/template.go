package stepfunctions

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// data is what paths and templates read: the value $ stands for, and the context object $$ stands for, which is made when it is asked for,
// since few states do. The first failure sticks; what is read after it means nothing.
type data struct {
	value   any
	context func() map[string]any
	failed  *failure
}

func (d *data) fail(name, format string, args ...any) any {
	if d.failed == nil {
		d.failed = &failure{name, fmt.Sprintf(format, args...)}
	}
	return nil
}

// expression is what gives a value over the data: a constant, a path, a call of an intrinsic function, or a payload template of them.
type expression interface {
	eval(d *data) any
}

type (
	constant       struct{ value any }
	arrayTemplate  []expression
	objectTemplate struct {
		names  []string // in the order of the alphabet
		values arrayTemplate
	}
)

func (c constant) eval(*data) any { return c.value }

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

func (t arrayTemplate) eval(d *data) any { return t.each(d) }

func (t arrayTemplate) each(d *data) []any {
	values := make([]any, len(t))
	for i, e := range t {
		values[i] = e.eval(d)
	}
	return values
}

func (t objectTemplate) eval(d *data) any {
	object := make(map[string]any, len(t.names))
	for i, name := range t.names {
		object[name] = t.values[i].eval(d)
	}
	return object
}

// parseTemplate makes a payload template of a decoded value. token says whether $$.Task has a meaning there.
func parseTemplate(v any, token bool) (expression, error) {
	switch v := v.(type) {
	case map[string]any:
		t := objectTemplate{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			plain, dynamic := strings.CutSuffix(name, ".$")
			if slices.Contains(t.names, plain) {
				return nil, fmt.Errorf("field %q stands twice, with and without .$", plain)
			}
			e, err := parseField(name, v[name], dynamic, token)
			if err != nil {
				return nil, err
			}
			t.names, t.values = append(t.names, plain), append(t.values, e)
		}
		return t, nil
	case []any:
		t := arrayTemplate{}
		for _, item := range v {
			e, err := parseTemplate(item, token)
			if err != nil {
				return nil, err
			}
			t = append(t, e)
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
