package dynamodb

import (
	"slices"
	"strings"

	"github.com/regua/regua/infra/local/wire"
)

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

// kindOf gives the kind of the tokens that begin with a byte.
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
