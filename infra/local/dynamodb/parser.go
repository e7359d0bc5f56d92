package dynamodb

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/regua/regua/infra/local/wire"
)

// substitutes are the #names and :values of a request, and which of them its expressions used.
type substitutes struct {
	names      map[string]string
	values     map[string]value
	usedNames  map[string]bool
	usedValues map[string]bool
	nested     map[string]bool // the attributes into which a path goes
}

func newSubstitutes(names map[string]string, values map[string]attr) (*substitutes, error) {
	s := &substitutes{names: names}
	switch {
	case names != nil && len(names) == 0:
		return nil, invalid("ExpressionAttributeNames must not be empty")
	case values != nil && len(values) == 0:
		return nil, invalid("ExpressionAttributeValues must not be empty")
	}
	for name, attribute := range names {
		if attribute == "" {
			return nil, invalid("ExpressionAttributeNames contains invalid value: Empty attribute name; key: %q", name)
		}
		if t := scan(name+" ", 0); t.kind != tokenName || t.text != name {
			return nil, invalid("ExpressionAttributeNames contains invalid key: Syntax error; key: %q", name)
		}
	}
	if len(values) > 0 {
		s.values = make(map[string]value, len(values))
	}
	for name, a := range values {
		if t := scan(name+" ", 0); t.kind != tokenValue || t.text != name {
			return nil, invalid("ExpressionAttributeValues contains invalid key: Syntax error; key: %q", name)
		}
		v, err := a.decode(0)
		if err != nil {
			return nil, invalid("ExpressionAttributeValues contains invalid value: %s for key %s", asMessage(err), name)
		}
		s.values[name] = v
	}
	s.usedNames, s.usedValues, s.nested = make(map[string]bool, len(names)), make(map[string]bool, len(values)), map[string]bool{}
	return s, nil
}

// checkUsed refuses names and values that no expression mentions.
func (s *substitutes) checkUsed() error {
	if len(s.usedNames) < len(s.names) {
		return unused("ExpressionAttributeNames", slices.Collect(maps.Keys(s.names)), s.usedNames)
	}
	if len(s.usedValues) < len(s.values) {
		return unused("ExpressionAttributeValues", slices.Collect(maps.Keys(s.values)), s.usedValues)
	}
	return nil
}

func unused(parameter string, all []string, used map[string]bool) error {
	slices.Sort(all)
	left := slices.DeleteFunc(all, func(name string) bool { return used[name] })
	return invalid("Value provided in %s unused in expressions: keys: {%s}", parameter, strings.Join(left, ", "))
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

// parse reads a whole expression by f. The parameter's name begins the message of an error.
func parse[T any](parameter, text string, subs *substitutes, f func(*parser) T) (result T, err error) {
	defer func() {
		switch failure := recover().(type) {
		case nil:
		case *wire.Error:
			failure.Message = "Invalid " + parameter + ": " + failure.Message
			err = failure
		default:
			panic(failure)
		}
	}()
	tokens, lexError := lex(text)
	if lexError != nil {
		panic(lexError)
	}
	p := &parser{text: text, tokens: tokens, subs: subs}
	result = f(p)
	if p.peek().kind != tokenEnd {
		p.unexpected()
	}
	for _, fault := range p.faults {
		if fault != nil {
			panic(fault)
		}
	}
	return result, nil
}

func (p *parser) unexpected() { panic(syntaxError(p.text, p.tokens, p.at)) }

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != tokenEnd {
		p.at++
	}
	return t
}

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

// keyword takes the next token when it is this word, in any case.
func (p *parser) keyword(word string) bool {
	if !p.isKeyword(word) {
		return false
	}
	p.at++
	return true
}

func (p *parser) isKeyword(word string) bool {
	t := p.peek()
	return t.kind == tokenWord && strings.EqualFold(t.text, word)
}

// isCall reports whether a function call comes next.
func (p *parser) isCall() bool {
	return p.peek().kind == tokenWord && p.tokens[p.at+1].kind == tokenPunct && p.tokens[p.at+1].text == "("
}

// name reads one attribute name of a path.
func (p *parser) name() string {
	switch t := p.next(); t.kind {
	case tokenWord:
		if word := strings.ToUpper(t.text); reserved(word) {
			if word == "AND" || word == "OR" || word == "NOT" || word == "BETWEEN" || word == "IN" {
				p.at--
				p.unexpected()
			}
			p.fault(badWord, "Attribute name is a reserved keyword; reserved keyword: %s", t.text)
		}
		return t.text
	case tokenName:
		name, ok := p.subs.names[t.text]
		if !ok {
			p.fault(badName, "An expression attribute name used in the document path is not defined; attribute name: %s", t.text)
			return t.text
		}
		p.subs.usedNames[t.text] = true
		return name
	case tokenEnd:
	default:
		p.at--
	}
	p.unexpected()
	return ""
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
	v, ok := p.subs.values[t.text]
	if !ok {
		p.fault(badValue, "An expression attribute value used in expression is not defined; attribute value: %s", t.text)
	}
	p.subs.usedValues[t.text] = true
	return v
}

// projection reads a ProjectionExpression.
func (p *parser) projection() *tree {
	t := &tree{}
	for {
		p.disjoint(t, p.path())
		if !p.accept(",") {
			return t
		}
	}
}

// disjoint adds a path to those of the expression, which must not meet.
func (p *parser) disjoint(t *tree, added path) {
	if err := t.add(added); err != nil && p.faults[badPath] == nil {
		p.faults[badPath] = err
	}
}

func asMessage(err error) string {
	if e, ok := errors.AsType[*wire.Error](err); ok {
		return e.Message
	}
	return err.Error()
}
