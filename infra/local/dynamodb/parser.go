package dynamodb

import (
	_ "embed" // for the reserved words
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/regua/regua/infra/local/wire"
)

//go:embed reserved.txt
var reservedWords string

// reserved holds the developer guide's list "Reserved words in DynamoDB".
var reserved = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for word := range strings.FieldsSeq(reservedWords) {
		words[word] = true
	}
	return words
})

// expressions are the #names and :values of a request, and what its expressions made of them.
type expressions struct {
	ExpressionAttributeNames  map[string]string
	ExpressionAttributeValues attributes

	values       map[string]value // those of ExpressionAttributeValues; nil until the first expression is parsed
	used, nested []string         // the names and values that occur; the attributes into which a path goes
	err          error            // the first thing that was wrong; nothing is parsed after it
}

// open checks the names and values by themselves.
func (x *expressions) open() error {
	x.values = make(map[string]value, len(x.ExpressionAttributeValues))
	switch {
	case x.ExpressionAttributeNames != nil && len(x.ExpressionAttributeNames) == 0:
		return invalid("ExpressionAttributeNames must not be empty")
	case x.ExpressionAttributeValues != nil && len(x.ExpressionAttributeValues) == 0:
		return invalid("ExpressionAttributeValues must not be empty")
	}
	for name, attribute := range x.ExpressionAttributeNames {
		if attribute == "" {
			return invalid("ExpressionAttributeNames contains invalid value: Empty attribute name; key: %q", name)
		}
		if t := scan(name+" ", 0); t.kind != tokenName || t.text != name {
			return invalid("ExpressionAttributeNames contains invalid key: Syntax error; key: %q", name)
		}
	}
	for name, typed := range x.ExpressionAttributeValues {
		if t := scan(name+" ", 0); t.kind != tokenValue || t.text != name {
			return invalid("ExpressionAttributeValues contains invalid key: Syntax error; key: %q", name)
		}
		v, err := decode(typed, 0)
		if refused, ok := errors.AsType[*wire.Error](err); ok {
			refused.Message = "ExpressionAttributeValues contains invalid value: " + refused.Message + " for key " + name
			return refused
		}
		x.values[name] = v
	}
	return nil
}

// done gives what was wrong with the expressions, names and values that none of them mentions included. Missing are those that are not
// there and might use values.
func (x *expressions) done(missing string) error {
	if x.values == nil {
		return x.bare(missing)
	}
	unused := func(parameter string, names []string) {
		names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(x.used, name) })
		if x.err == nil && len(names) > 0 {
			x.err = invalid("Value provided in %s unused in expressions: keys: {%s}", parameter, strings.Join(names, ", "))
		}
	}
	unused("ExpressionAttributeNames", slices.Sorted(maps.Keys(x.ExpressionAttributeNames)))
	unused("ExpressionAttributeValues", slices.Sorted(maps.Keys(x.values)))
	return x.err
}

// bare refuses the names and values of a request that lacks the expressions that may use them.
func (x *expressions) bare(missing string) error {
	switch {
	case x.ExpressionAttributeNames != nil:
		return invalid("ExpressionAttributeNames can only be specified when using expressions")
	case x.ExpressionAttributeValues != nil:
		return invalid("ExpressionAttributeValues can only be specified when using expressions: %s null", missing)
	}
	return nil
}

// parser reads one expression by recursive descent. A syntax error is a panic with *wire.Error that parse catches; what is wrong in a
// well-formed expression is noted, and the fault of the lowest rank is the one that is reported.
type parser struct {
	text    string
	tokens  []token
	at      int
	given   *expressions
	updates bool // it is an UpdateExpression
	faults  [ranks]*wire.Error
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
func parse[T any](x *expressions, parameter string, text *string, f func(*parser) T) (result T) {
	if text != nil && x.values == nil {
		x.err = x.open()
	}
	if text == nil || x.err != nil {
		return result
	}
	defer func() {
		switch failure := recover().(type) {
		case nil:
		case *wire.Error:
			failure.Message = "Invalid " + parameter + ": " + failure.Message
			x.err = failure
		default:
			panic(failure)
		}
	}()
	tokens, fault := lex(*text)
	if fault != nil {
		panic(fault)
	}
	p := &parser{text: *text, tokens: tokens, given: x}
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

func (p *parser) closed(n *node) *node {
	p.expect(")")
	return n
}

// isKeyword reports whether the next token is this word, in any case.
func (p *parser) isKeyword(word string) bool {
	t := p.peek()
	return t.kind == tokenWord && strings.EqualFold(t.text, word)
}

func list[T any](p *parser, element func() T) []T {
	all := []T{element()}
	for p.accept(",") {
		all = append(all, element())
	}
	return all
}

func (p *parser) name() string {
	t := p.peek()
	switch word := strings.ToUpper(t.text); {
	case t.kind == tokenName:
		p.at++
		p.given.used = append(p.given.used, t.text)
		name, ok := p.given.ExpressionAttributeNames[t.text]
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
				p.given.nested = append(p.given.nested, steps[0].name)
			}
			return steps
		}
	}
}

func (p *parser) value() value {
	t := p.peek()
	if t.kind != tokenValue {
		p.unexpected()
	}
	p.at++
	p.given.used = append(p.given.used, t.text)
	v, ok := p.given.values[t.text]
	if !ok {
		p.fault(badValue, "An expression attribute value used in expression is not defined; attribute value: %s", t.text)
	}
	return v
}

func (p *parser) projection() []path {
	paths := list(p, p.path)
	for i, added := range paths {
		p.disjoint(paths[:i], added)
	}
	return paths
}

// disjoint refuses a path that meets another one of the expression.
func (p *parser) disjoint(others []path, added path) {
	for _, other := range others {
		if how := other.meets(added); how != "" {
			p.fault(badPath, "Two document paths %s with each other; must remove or rewrite one of these paths; path one: %s, path two: %s",
				how, other, added)
		}
	}
}

type tokenKind uint8

const (
	tokenBad    tokenKind = iota // what begins no token
	tokenSpace                   // no token either
	tokenWord                    // an attribute name, a function or a keyword
	tokenName                    // #name
	tokenValue                   // :value
	tokenNumber                  // a list index
	tokenPunct                   // = <> < <= > >= ( ) , . [ ] + -
	tokenEnd
)

type token struct {
	kind       tokenKind
	text       string
	start, end int
}

// maxExpression is the longest expression in bytes (service quota).
const maxExpression = 4 << 10

// lex splits an expression into tokens, the last of which is tokenEnd.
func lex(text string) ([]token, *wire.Error) {
	switch {
	case strings.TrimSpace(text) == "":
		return nil, invalid("The expression can not be empty;")
	case len(text) > maxExpression:
		return nil, invalid("Expression size has exceeded the maximum allowed size; expression size: %d", len(text))
	}
	tokens := make([]token, 0, 16)
	for i := 0; i < len(text); {
		t := scan(text, i)
		if i = t.end; t.kind != tokenSpace {
			tokens = append(tokens, t)
		}
	}
	tokens = append(tokens, token{kind: tokenEnd, text: "<EOF>", start: len(text), end: len(text)})
	if at := slices.IndexFunc(tokens, func(t token) bool { return t.kind == tokenBad }); at >= 0 {
		return nil, syntaxError(text, tokens, at)
	}
	return tokens, nil
}

// scan reads the token that starts at i.
func scan(text string, i int) token {
	k, j := kindOf(text[i]), i+1
	switch k {
	case tokenBad, tokenSpace:
	case tokenPunct:
		if pair := text[i:min(i+2, len(text))]; pair == "<=" || pair == "<>" || pair == ">=" {
			j++
		}
	default:
		for j < len(text) && (kindOf(text[j]) == tokenNumber || kindOf(text[j]) == tokenWord && k != tokenNumber) {
			j++
		}
	}
	if (k == tokenName || k == tokenValue) && j == i+1 {
		k = tokenBad // a lone # or :
	}
	return token{kind: k, text: text[i:j], start: i, end: j}
}

func kindOf(c byte) tokenKind {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
		return tokenWord
	case c >= '0' && c <= '9':
		return tokenNumber
	case c == '#':
		return tokenName
	case c == ':':
		return tokenValue
	case strings.IndexByte(" \t\r\n", c) >= 0:
		return tokenSpace
	case strings.IndexByte("=<>(),.[]+-", c) >= 0:
		return tokenPunct
	}
	return tokenBad
}

// syntaxError names the token at i and the text around it.
func syntaxError(text string, tokens []token, i int) *wire.Error {
	from, to := tokens[max(i-1, 0)].start, tokens[min(i+1, len(tokens)-1)].end
	return invalid(`Syntax error; token: "%s", near: "%s"`, tokens[i].text, text[from:to])
}
