package stepfunctions

import (
	"fmt"
	"regexp"
	"strings"
)

// intrinsic is a call of an intrinsic function.
type intrinsic struct {
	builtin
	name string
	args arrayTemplate
}

func (i *intrinsic) eval(d *data) any {
	values := i.args.each(d)
	if d.failed != nil {
		return nil
	}
	var v any
	args, err := gather(i.kinds, values)
	if err == nil {
		v, err = i.call(args)
	}
	if err != nil {
		return d.fail(errIntrinsic, "%s: %s", i.name, err)
	}
	return v
}

// maxNesting bounds calls inside calls; the service allows ten.
const maxNesting = 10

// The tokens of a call: its name, a quoted text, and any other argument, in whose brackets names may be quoted.
var (
	callName   = regexp.MustCompile(`^States\.[^(]*\(`)
	quotedText = regexp.MustCompile(`(?s)^'(?:[^'\\]|\\.)*'`)
	otherWord  = regexp.MustCompile(`^(?:[^',)]|'[^']*')*`)
	escape     = regexp.MustCompile(`(?s)\\[^{}]`) // before a brace the backslash stays, for States.Format
)

// parseExpression reads a path or a call of an intrinsic function.
func parseExpression(text string) (expression, error) {
	if !strings.HasPrefix(text, "$") && !callName.MatchString(text) {
		return nil, fmt.Errorf("%q is neither a path nor a supported intrinsic function", text)
	}
	p := &callParser{rest: text}
	e, err := p.argument(0)
	if err == nil && p.rest != "" {
		err = fmt.Errorf("%q follows the call", p.rest)
	}
	if err != nil {
		return nil, fmt.Errorf("%q: %w", text, err)
	}
	return e, nil
}

type callParser struct{ rest string }

// take cuts off what the pattern matches, and the blanks behind it.
func (p *callParser) take(pattern *regexp.Regexp) string {
	found := pattern.FindString(p.rest)
	p.rest = strings.TrimLeft(p.rest[len(found):], " ")
	return found
}

func (p *callParser) skip(mark string) (found bool) {
	if p.rest, found = strings.CutPrefix(p.rest, mark); found {
		p.rest = strings.TrimLeft(p.rest, " ")
	}
	return found
}

func (p *callParser) argument(depth int) (expression, error) {
	if name := p.take(callName); name != "" {
		return p.call(strings.TrimSuffix(name, "("), depth)
	}
	if text := p.take(quotedText); text != "" {
		text = escape.ReplaceAllStringFunc(text[1:len(text)-1], func(found string) string { return found[1:] })
		return constant{text}, nil
	}
	if strings.HasPrefix(p.rest, "'") {
		return nil, fmt.Errorf("a quoted text does not end")
	}
	word := strings.TrimRight(p.take(otherWord), " ")
	if strings.HasPrefix(word, "$") {
		return parsePath(word)
	}
	v, err := decode(word)
	switch v.(type) {
	case map[string]any, []any, string:
		return nil, fmt.Errorf("argument %q: texts stand in single quotes; objects and arrays come by path", word)
	}
	if err != nil {
		return nil, fmt.Errorf("argument %q is not a path, a quoted text, a number, true, false or null", word)
	}
	return constant{v}, nil
}

func (p *callParser) call(name string, depth int) (expression, error) {
	i := &intrinsic{builtins[name], name, nil}
	if i.call == nil {
		return nil, fmt.Errorf("%s is not a supported intrinsic function", name)
	}
	if depth >= maxNesting {
		return nil, fmt.Errorf("more than %d calls inside each other", maxNesting)
	}
	for more := !strings.HasPrefix(p.rest, ")"); more; more = p.skip(",") {
		arg, err := p.argument(depth + 1)
		if err != nil {
			return nil, err
		}
		i.args = append(i.args, arg)
	}
	if !p.skip(")") {
		return nil, fmt.Errorf("%s: a closing parenthesis is missing", name)
	}
	fixed, open := strings.CutSuffix(i.kinds, "+")
	if len(i.args) < len(fixed) || (len(i.args) > len(fixed) && !open) {
		return nil, fmt.Errorf("%s does not take %d arguments", name, len(i.args))
	}
	return i, nil
}
