package stepfunctions

import (
	"fmt"
	"maps"
	"regexp"
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

// template makes a payload template of a decoded value. token says whether $$.Task has a meaning there.
func (f *fields) template(v any, token bool) expression {
	switch v := v.(type) {
	case map[string]any:
		t := objectTemplate{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			plain, dynamic := strings.CutSuffix(name, ".$")
			if slices.Contains(t.names, plain) {
				f.fail("field %q stands twice, with and without .$", plain)
			}
			t.names = append(t.names, plain)
			if dynamic {
				t.values = append(t.values, f.dynamic(name, v[name], token))
			} else {
				t.values = append(t.values, f.template(v[name], token))
			}
		}
		return t
	case []any:
		t := arrayTemplate{}
		for _, item := range v {
			t = append(t, f.template(item, token))
		}
		return t
	}
	return constant{v}
}

// dynamic reads a field whose name ends in ".$": a path or a call of an intrinsic function.
func (f *fields) dynamic(name string, v any, token bool) expression {
	text, ok := v.(string)
	if !ok {
		f.fail("field %q must be a string: a path or an intrinsic function", name)
	}
	if !strings.HasPrefix(text, "$") && !callName.MatchString(text) {
		f.fail("field %q: %q is neither a path nor a supported intrinsic function", name, text)
	}
	c := &callParser{rest: text}
	e := c.argument(0)
	if c.rest != "" {
		c.fail("%q follows the call", c.rest)
	}
	if c.err != nil {
		f.fail("field %q: %q: %w", name, text, c.err)
	}
	if p, ok := e.(*path); ok && p != nil {
		if p.field = name; p.context && !token && strings.HasPrefix(text, "$$.Task") {
			f.fail("field %q: $$.Task exists only in the Parameters of a .waitForTaskToken task", name)
		}
	}
	return e
}

// maxNesting bounds calls inside calls; the service allows ten.
const maxNesting = 10

// The tokens of a call: its name, a quoted text, and any other argument, in whose brackets names may be quoted.
var (
	callName   = regexp.MustCompile(`^States\.[^(]*\(`)
	quotedText = regexp.MustCompile(`(?s)^'(?:[^'\\]|\\.)*'`)
	otherWord  = regexp.MustCompile(`^(?:[^',)]|'[^']*')*`)
	comma      = regexp.MustCompile(`^,`)
	closing    = regexp.MustCompile(`^\)`)
	escape     = regexp.MustCompile(`(?s)\\[^{}]`) // before a brace the backslash stays, for States.Format
)

// callParser reads a call from its beginning. The first error sticks and leaves no rest.
type callParser struct {
	rest string
	err  error
}

func (p *callParser) fail(format string, args ...any) expression {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
	p.rest = ""
	return nil
}

// take cuts off what the pattern matches, and the blanks behind it.
func (p *callParser) take(pattern *regexp.Regexp) string {
	found := pattern.FindString(p.rest)
	p.rest = strings.TrimLeft(p.rest[len(found):], " ")
	return found
}

func (p *callParser) argument(depth int) expression {
	if name := p.take(callName); name != "" {
		return p.call(strings.TrimSuffix(name, "("), depth)
	}
	if text := p.take(quotedText); text != "" {
		return constant{escape.ReplaceAllStringFunc(text[1:len(text)-1], func(found string) string { return found[1:] })}
	}
	if strings.HasPrefix(p.rest, "'") {
		return p.fail("a quoted text does not end")
	}
	word := strings.TrimRight(p.take(otherWord), " ")
	if strings.HasPrefix(word, "$") {
		found, err := parsePath(word)
		if err != nil {
			return p.fail("%w", err)
		}
		return found
	}
	v, err := decode(word)
	if err != nil || strings.ContainsAny(word[:1], `"[{`) {
		return p.fail("argument %q is not a path, a text in single quotes, a number, true, false or null", word)
	}
	return constant{v}
}

func (p *callParser) call(name string, depth int) expression {
	i := &intrinsic{builtins[name], name, nil}
	if i.call == nil {
		return p.fail("%s is not a supported intrinsic function", name)
	}
	if depth >= maxNesting {
		return p.fail("more than %d calls inside each other", maxNesting)
	}
	for more := !strings.HasPrefix(p.rest, ")"); more; more = p.take(comma) != "" {
		i.args = append(i.args, p.argument(depth+1))
	}
	if p.take(closing) == "" {
		return p.fail("%s: a closing parenthesis is missing", name)
	}
	if n := len(i.args); n < i.least || n > i.most {
		return p.fail("%s does not take %d arguments", name, n)
	}
	return i
}
