package stepfunctions

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// intrinsic is a call of one of the supported intrinsic functions.
type intrinsic struct {
	name string
	args []expression
	call func(args []any) (any, error)
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
	v, err := i.call(args)
	if err != nil {
		return nil, &failure{name: errIntrinsic, cause: i.name + ": " + err.Error()}
	}
	return v, nil
}

func lookupIntrinsic(name string) (minArgs, maxArgs int, call func([]any) (any, error)) {
	const many = 1000
	switch name {
	case "States.Format":
		return 1, many, formatText
	case "States.MathAdd":
		return 2, 2, mathAdd
	case "States.Array":
		return 0, many, func(args []any) (any, error) { return append([]any{}, args...), nil }
	case "States.StringToJson":
		return 1, 1, stringToJSON
	case "States.JsonToString":
		return 1, 1, func(args []any) (any, error) { return encode(args[0]) }
	}
	return 0, 0, nil
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
	minArgs, maxArgs, call := lookupIntrinsic(name)
	if !ok || call == nil {
		return nil, fmt.Errorf("it is neither a path nor a supported intrinsic function " +
			"(States.Format, States.MathAdd, States.Array, States.StringToJson, States.JsonToString)")
	}
	if depth >= maxNesting {
		return nil, fmt.Errorf("more than %d calls inside each other", maxNesting)
	}
	p.rest = rest
	i := &intrinsic{name: name, call: call}
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
	if len(i.args) < minArgs || len(i.args) > maxArgs {
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

func formatText(args []any) (any, error) {
	pattern, ok := args[0].(string)
	if !ok {
		return nil, fmt.Errorf("the first argument must be a text")
	}
	var b strings.Builder
	args = args[1:]
	for i := 0; i < len(pattern); i++ {
		switch {
		case pattern[i] == '\\' && i+1 < len(pattern) && (pattern[i+1] == '{' || pattern[i+1] == '}'):
			i++
			b.WriteByte(pattern[i])
		case strings.HasPrefix(pattern[i:], "{}"):
			i++
			if len(args) == 0 {
				return nil, fmt.Errorf("more places {} than arguments")
			}
			text, err := formatArgument(args[0])
			if err != nil {
				return nil, err
			}
			b.WriteString(text)
			args = args[1:]
		default:
			b.WriteByte(pattern[i])
		}
	}
	if len(args) > 0 {
		return nil, fmt.Errorf("more arguments than places {}")
	}
	return b.String(), nil
}

func formatArgument(v any) (string, error) {
	if text, ok := v.(string); ok {
		return text, nil
	}
	return encode(v)
}

func mathAdd(args []any) (any, error) {
	sum := int64(0)
	for _, a := range args {
		n, ok := a.(json.Number)
		if !ok {
			return nil, fmt.Errorf("an argument is not a number")
		}
		f, err := n.Float64()
		if err != nil || math.Abs(f) > math.MaxInt32 {
			return nil, fmt.Errorf("an argument is outside the 32-bit integers")
		}
		sum += int64(math.Round(f))
	}
	return json.Number(strconv.FormatInt(sum, 10)), nil
}

func stringToJSON(args []any) (any, error) {
	text, ok := args[0].(string)
	if !ok {
		return nil, fmt.Errorf("the argument is not a text")
	}
	v, err := decode([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("the text is not JSON")
	}
	return v, nil
}
