package dynamodb

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/regua/regua/infra/local/wire"
)

// substitutes are the #names and :values of a request, and what its expressions made of them.
type substitutes struct {
	names  map[string]string
	values map[string]value
	used   map[string]bool // the names and values that occur
	nested map[string]bool // the attributes into which a path goes
	err    error           // the first thing that was wrong; nothing is parsed after it
}

func newSubstitutes(names map[string]string, values map[string]attr) *substitutes {
	s := &substitutes{names: names, values: make(map[string]value, len(values)), used: make(map[string]bool, len(names)+len(values)),
		nested: map[string]bool{}}
	switch {
	case names != nil && len(names) == 0:
		s.err = invalid("ExpressionAttributeNames must not be empty")
	case values != nil && len(values) == 0:
		s.err = invalid("ExpressionAttributeValues must not be empty")
	}
	for name, attribute := range names {
		if attribute == "" {
			s.err = invalid("ExpressionAttributeNames contains invalid value: Empty attribute name; key: %q", name)
		}
		if t := scan(name+" ", 0); t.kind != tokenName || t.text != name {
			s.err = invalid("ExpressionAttributeNames contains invalid key: Syntax error; key: %q", name)
		}
	}
	for name, a := range values {
		v, err := a.decode(0)
		if refused, ok := errors.AsType[*wire.Error](err); ok {
			s.err = invalid("ExpressionAttributeValues contains invalid value: %s for key %s", refused.Message, name)
		}
		if t := scan(name+" ", 0); t.kind != tokenValue || t.text != name {
			s.err = invalid("ExpressionAttributeValues contains invalid key: Syntax error; key: %q", name)
		}
		s.values[name] = v
	}
	return s
}

// bare refuses the names and values of a request that lacks the expressions that may use them.
func bare(names map[string]string, values map[string]attr, missing string) error {
	switch {
	case names != nil:
		return invalid("ExpressionAttributeNames can only be specified when using expressions")
	case values != nil:
		return invalid("ExpressionAttributeValues can only be specified when using expressions: %s null", missing)
	}
	return nil
}

// done gives what was wrong with the expressions, names and values that none of them mentions included.
func (s *substitutes) done() error {
	unused := func(parameter string, names []string) {
		names = slices.DeleteFunc(names, func(name string) bool { return s.used[name] })
		if s.err == nil && len(names) > 0 {
			s.err = invalid("Value provided in %s unused in expressions: keys: {%s}", parameter, strings.Join(names, ", "))
		}
	}
	unused("ExpressionAttributeNames", slices.Sorted(maps.Keys(s.names)))
	unused("ExpressionAttributeValues", slices.Sorted(maps.Keys(s.values)))
	return s.err
}

// parser reads one expression by recursive descent. A syntax error is a panic with *wire.Error that parse catches; what is wrong in a
// well-formed expression is noted, and the fault of the lowest rank is the one that is reported.
type parser struct {
	text   string
	tokens []token
	at     int
	subs   *substitutes
	faults [ranks]*wire.Error
}

// rank is the order in which DynamoDB reports the faults of one expression.
type rank int

const (
	badParens rank = iota
	badFunction
	badSection
	badUse
	badWord
	badName
	badValue
	badPath
	badCount
	badDistinct
	badOperand
	badType
	ranks
)

// fault notes what is wrong, unless something of the same rank is noted already.
func (p *parser) fault(r rank, format string, args ...any) {
	if p.faults[r] == nil {
		p.faults[r] = invalid(format, args...)
	}
}

// parse reads an expression by f, which gives nothing when there is none. The parameter's name begins the message of an error.
func parse[T any](subs *substitutes, parameter string, text *string, f func(*parser) T) (result T) {
	if text == nil || subs.err != nil {
		return result
	}
	defer func() {
		switch failure := recover().(type) {
		case nil:
		case *wire.Error:
			failure.Message = "Invalid " + parameter + ": " + failure.Message
			subs.err = failure
		default:
			panic(failure)
		}
	}()
	tokens, fault := lex(*text)
	if fault != nil {
		panic(fault)
	}
	p := &parser{text: *text, tokens: tokens, subs: subs}
	parsed := f(p)
	if p.peek().kind != tokenEnd {
		p.unexpected()
	}
	for _, fault := range p.faults {
		if fault != nil {
			panic(fault)
		}
	}
	return parsed
}

func (p *parser) unexpected() { panic(syntaxError(p.text, p.tokens, p.at)) }

func (p *parser) peek() token { return p.tokens[p.at] }

// accept takes the next token when it is this punctuation.
func (p *parser) accept(punct string) bool {
	if t := p.peek(); t.kind != tokenPunct || t.text != punct {
		return false
	}
	p.at++
	return true
}

func (p *parser) expect(punct string) {
	if !p.accept(punct) {
		p.unexpected()
	}
}

// isKeyword reports whether the next token is this word, in any case.
func (p *parser) isKeyword(word string) bool {
	t := p.peek()
	return t.kind == tokenWord && strings.EqualFold(t.text, word)
}

// call takes the name and the opening parenthesis of a function call; ok is false when none comes next.
func (p *parser) call() (function string, ok bool) {
	t := p.peek()
	if t.kind != tokenWord || p.tokens[p.at+1].text != "(" {
		return "", false
	}
	p.at += 2
	return t.text, true
}

// list reads what commas separate.
func list[T any](p *parser, element func() T) []T {
	all := []T{element()}
	for p.accept(",") {
		all = append(all, element())
	}
	return all
}

// name reads one attribute name of a path.
func (p *parser) name() string {
	t := p.peek()
	switch word := strings.ToUpper(t.text); {
	case t.kind == tokenName:
		p.at++
		p.subs.used[t.text] = true
		name, ok := p.subs.names[t.text]
		if !ok {
			p.fault(badName, "An expression attribute name used in the document path is not defined; attribute name: %s", t.text)
		}
		return name
	case t.kind != tokenWord, slices.Contains([]string{"AND", "OR", "NOT", "BETWEEN", "IN"}, word):
		p.unexpected()
	case reserved()[word]:
		p.fault(badWord, "Attribute name is a reserved keyword; reserved keyword: %s", t.text)
	}
	p.at++
	return t.text
}

func (p *parser) path() path {
	steps := path{{name: p.name()}}
	for {
		switch {
		case p.accept("."):
			steps = append(steps, step{name: p.name()})
		case p.accept("["):
			t := p.peek()
			index, err := strconv.Atoi(t.text)
			if t.kind != tokenNumber || err != nil {
				p.unexpected()
			}
			p.at++
			p.expect("]")
			steps = append(steps, step{index: index})
		default:
			if len(steps) > maxDepth {
				p.fault(badPath, "The document path has too many nesting elements; nesting level: %d", len(steps))
			}
			if len(steps) > 1 {
				p.subs.nested[steps[0].name] = true
			}
			return steps
		}
	}
}

// value reads a :value.
func (p *parser) value() value {
	t := p.peek()
	if t.kind != tokenValue {
		p.unexpected()
	}
	p.at++
	p.subs.used[t.text] = true
	v, ok := p.subs.values[t.text]
	if !ok {
		p.fault(badValue, "An expression attribute value used in expression is not defined; attribute value: %s", t.text)
	}
	return v
}

// projection reads a ProjectionExpression.
func (p *parser) projection() *tree {
	t := &tree{}
	for _, added := range list(p, p.path) {
		p.disjoint(t, added)
	}
	return t
}

// disjoint adds a path to those of the expression, which must not meet.
func (p *parser) disjoint(t *tree, added path) {
	if other, how := t.add(added); how != "" {
		p.fault(badPath, "Two document paths %s with each other; must remove or rewrite one of these paths; path one: %s, path two: %s",
			how, other, added)
	}
}
