package dynamodb

import (
	"slices"
	"strings"

	"github.com/regua/regua/infra/local/wire"
)

type tokenKind uint8

const (
	tokenBad    tokenKind = iota // what begins no token
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
		if strings.IndexByte(" \t\r\n", text[i]) >= 0 {
			i++
			continue
		}
		t := scan(text, i)
		tokens, i = append(tokens, t), t.end
	}
	tokens = append(tokens, token{kind: tokenEnd, text: "<EOF>", start: len(text), end: len(text)})
	if at := slices.IndexFunc(tokens, func(t token) bool { return t.kind == tokenBad }); at >= 0 {
		return nil, syntaxError(text, tokens, at)
	}
	return tokens, nil
}

// scan reads the token that starts at i.
func scan(text string, i int) token {
	t := token{start: i}
	j := i + 1
	switch c := text[i]; {
	case isLetter(c):
		t.kind = tokenWord
	case isDigit(c):
		t.kind = tokenNumber
	case c == '#':
		t.kind = tokenName
	case c == ':':
		t.kind = tokenValue
	case strings.IndexByte("=(),.[]+-", c) >= 0:
		t.kind = tokenPunct
	case c == '<' || c == '>':
		t.kind = tokenPunct
		if j < len(text) && (text[j] == '=' || c == '<' && text[j] == '>') {
			j++
		}
	}
	if t.kind != tokenPunct && t.kind != tokenBad {
		for j < len(text) && (isDigit(text[j]) || t.kind != tokenNumber && isLetter(text[j])) {
			j++
		}
	}
	if (t.kind == tokenName || t.kind == tokenValue) && j == i+1 {
		t.kind = tokenBad // a lone # or :
	}
	t.text, t.end = text[i:j], j
	return t
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// syntaxError names the token at i and the text around it.
func syntaxError(text string, tokens []token, i int) *wire.Error {
	from, to := tokens[max(i-1, 0)].start, tokens[min(i+1, len(tokens)-1)].end
	return invalid(`Syntax error; token: "%s", near: "%s"`, tokens[i].text, text[from:to])
}
