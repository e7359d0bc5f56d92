package stepfunctions

import (
	"fmt"
	"strings"
)

// intrinsic is a call of one of the supported intrinsic functions.
type intrinsic struct {
	name string
	args []expression
	// kinds says what each argument has to be, see gather.
	kinds string
	call  func(arguments) (any, error)
}

type constant struct{ value any }

func (c constant) eval(data) (any, *failure) { return c.value, nil }

func (i *intrinsic) eval(d data) (any, *failure) {
	args := make([]any, 0, len(i.args))
	for _, a := range i.args {
		v, f := a.eval(d)
		if f != nil {
			return nil, f
		}
		args = append(args, v)
	}
	checked, err := gather(i.kinds, args)
	var v any
	if err == nil {
		v, err = i.call(checked)
	}
	if err != nil {
		return nil, &failure{name: errIntrinsic, cause: i.name + ": " + err.Error()}
	}
	return v, nil
}

// maxNesting bounds calls inside calls; the service allows ten.
const maxNesting = 10

// parseExpression reads a path or a call of an intrinsic function.
func parseExpression(text string) (expression, error) {
	if strings.HasPrefix(text, "$") {
		return parsePath(text)
	}
	p := &callParser{rest: text}
	expr, err := p.call(0)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", text, err)
	}
	if p.skip(); p.rest != "" {
		return nil, fmt.Errorf("%q: %q follows the call", text, p.rest)
	}
	return expr, nil
}

type callParser struct{ rest string }

func (p *callParser) skip() { p.rest = strings.TrimLeft(p.rest, " ") }

func (p *callParser) call(depth int) (expression, error) {
	name, rest, ok := strings.Cut(p.rest, "(")
	kinds, call := lookupIntrinsic(name)
	if !ok || call == nil {
		return nil, fmt.Errorf("it is neither a path nor a supported intrinsic function")
	}
	if depth >= maxNesting {
		return nil, fmt.Errorf("more than %d calls inside each other", maxNesting)
	}
	p.rest = rest
	i := &intrinsic{name: name, kinds: kinds, call: call}
	for {
		if p.skip(); strings.HasPrefix(p.rest, ")") && len(i.args) == 0 {
			break
		}
		arg, err := p.argument(depth)
		if err != nil {
			return nil, err
		}
		i.args = append(i.args, arg)
		if p.skip(); !strings.HasPrefix(p.rest, ",") {
			break
		}
		p.rest = p.rest[1:]
	}
	if !strings.HasPrefix(p.rest, ")") {
		return nil, fmt.Errorf("%s: a closing parenthesis is missing", name)
	}
	p.rest = p.rest[1:]
	if fixed := strings.TrimSuffix(kinds, "+"); len(i.args) < len(fixed) || (len(i.args) > len(fixed) && fixed == kinds) {
		return nil, fmt.Errorf("%s does not take %d arguments", name, len(i.args))
	}
	return i, nil
}

func (p *callParser) argument(depth int) (expression, error) {
	switch {
	case strings.HasPrefix(p.rest, "'"):
		return p.literal()
	case strings.HasPrefix(p.rest, "States."):
		return p.call(depth + 1)
	}
	end := argumentEnd(p.rest)
	word := strings.TrimRight(p.rest[:end], " ")
	p.rest = p.rest[end:]
	if strings.HasPrefix(word, "$") {
		return parsePath(word)
	}
	v, err := decode([]byte(word))
	if err != nil {
		return nil, fmt.Errorf("argument %q is not a path, a quoted text, a number, true, false or null", word)
	}
	switch v.(type) {
	case map[string]any, []any, string:
		return nil, fmt.Errorf("argument %q: texts stand in single quotes; objects and arrays come by path", word)
	}
	return constant{v}, nil
}

// argumentEnd finds the comma or parenthesis after an unquoted argument, passing over quoted names in brackets.
func argumentEnd(text string) int {
	quoted := false
	for i, r := range text {
		switch {
		case r == '\'':
			quoted = !quoted
		case !quoted && (r == ',' || r == ')'):
			return i
		}
	}
	return len(text)
}

// literal reads a quoted text. A backslash escapes the next character; before a brace it stays, for States.Format.
func (p *callParser) literal() (expression, error) {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '\'':
			p.rest = p.rest[i+1:]
			return constant{b.String()}, nil
		case c == '\\' && i+1 < len(p.rest):
			i++
			if next := p.rest[i]; next == '{' || next == '}' {
				b.WriteByte('\\')
			}
			b.WriteByte(p.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return nil, fmt.Errorf("a quoted text does not end")
}
