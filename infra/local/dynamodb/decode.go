package dynamodb

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/regua/regua/infra/local/wire"
)

// given is attributes as they came in a request. What AWS would refuse about them is kept until their turn comes.
type given struct {
	item    item // nil when there are none
	refused error
	at      string // the attribute that is refused
}

// UnmarshalJSON reads attributes in their wire form; an error is one of that form.
func (g *given) UnmarshalJSON(text []byte) error {
	c := cursor{rest: text}
	if c.literal("null") {
		return nil
	}
	var err error
	g.item, g.at, err = c.fields(0)
	if _, ok := errors.AsType[*wire.Error](err); ok {
		g.refused = err
		return nil
	}
	return err
}

// MarshalJSON gives the canonical form: equal attributes are equal texts.
func (g given) MarshalJSON() ([]byte, error) { return appendItem(nil, g.item), nil }

// cursor reads attributes out of JSON that encoding/json has found well-formed.
type cursor struct{ rest []byte }

// peek gives the byte that the next value, name or end begins with. What separates them says nothing in well-formed JSON.
func (c *cursor) peek() byte {
	for strings.IndexByte(" \t\r\n,:", c.rest[0]) >= 0 {
		c.rest = c.rest[1:]
	}
	return c.rest[0]
}

// literal takes the next value when it is this one.
func (c *cursor) literal(text string) bool {
	if c.peek() != text[0] {
		return false
	}
	c.rest = c.rest[len(text):]
	return true
}

// each calls f at each element of a list or name in an object, which begin with open.
func (c *cursor) each(open byte, f func() error) error {
	end := open + 2 // as it happens for both brackets
	if c.peek() != open {
		return fmt.Errorf("%q stands where %q should", c.rest[0], open)
	}
	for c.rest = c.rest[1:]; c.peek() != end; {
		if err := f(); err != nil {
			return err
		}
	}
	c.rest = c.rest[1:]
	return nil
}

func (c *cursor) text() (text string, err error) {
	if c.peek() != '"' {
		return "", fmt.Errorf("%q stands where a string should", c.rest[0])
	}
	end, plain := 1, true
	for ; c.rest[end] != '"'; end++ {
		if c.rest[end] == '\\' {
			end++
			plain = false
		}
	}
	raw := c.rest[:end+1]
	c.rest = c.rest[end+1:]
	if plain && utf8.Valid(raw) {
		return string(raw[1:end]), nil
	}
	err = json.Unmarshal(raw, &text)
	return text, err
}

// fields reads the attributes of an item or the members of a map that is depth levels down. After an error, last is the one it is about.
func (c *cursor) fields(depth int) (it item, last string, err error) {
	it = make(item, 0, 8)
	err = c.each('{', func() (err error) {
		if last, err = c.text(); err != nil {
			return err
		}
		v, err := c.value(depth)
		it = append(it, field{last, v})
		return err
	})
	if err != nil {
		return it, last, err
	}
	slices.SortFunc(it, func(a, b field) int { return strings.Compare(a.name, b.name) })
	for i := 1; i < len(it); i++ {
		if it[i].name == it[i-1].name {
			return it, last, fmt.Errorf("the name %q occurs twice", it[i].name)
		}
	}
	return it, last, nil
}

// value reads a value with its type; depth is the number of lists and maps around it.
func (c *cursor) value(depth int) (v value, err error) {
	types := 0
	err = c.each('{', func() error {
		name, err := c.text()
		if err != nil || c.literal("null") {
			return err
		}
		types++
		v, err = c.content(kind(name), depth)
		return err
	})
	switch {
	case err != nil:
	case types == 0:
		err = invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	case types > 1:
		err = invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
	}
	return v, err
}

func (c *cursor) content(k kind, depth int) (v value, err error) {
	v.kind = k
	switch k {
	case kindS:
		v.s, err = c.text()
	case kindN:
		if v.s, err = c.text(); err == nil {
			v.s, err = parseNumber(v.s)
		}
	case kindB:
		var raw []byte
		if v.s, err = c.text(); err == nil {
			raw, err = base64.StdEncoding.DecodeString(v.s)
		}
		v.s = string(raw)
	case kindBOOL, kindNULL:
		v.s = "true"
		switch {
		case c.literal("true"):
		case !c.literal("false"):
			err = fmt.Errorf("%q stands where true or false should", c.rest[0])
		case k == kindNULL:
			err = invalidParameter("Null attribute value types must have the value of true")
		default:
			v.s = "false"
		}
	case kindSS, kindNS, kindBS:
		v.members, err = c.set(k)
	case kindL, kindM:
		v.members, err = c.document(k, depth+1)
	default:
		err = fmt.Errorf("unknown data type %q", k)
	}
	return v, err
}

func (c *cursor) document(k kind, depth int) (members item, err error) {
	if depth >= maxDepth {
		return nil, invalid("Nesting Levels have exceeded supported limits")
	}
	if k == kindM {
		members, _, err = c.fields(depth)
		return members, err
	}
	err = c.each('[', func() error {
		v, err := c.value(depth)
		members = append(members, field{value: v})
		return err
	})
	return members, err
}

func (c *cursor) set(k kind) (members item, err error) {
	err = c.each('[', func() error {
		v, err := c.content(k[:1], 0)
		members = append(members, field{value: v})
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(members, byText)
	twice := len(slices.CompactFunc(slices.Clone(members), func(a, b field) bool { return a.s == b.s })) < len(members)
	switch {
	case len(members) == 0 && k == kindBS:
		err = invalidParameter("Binary sets should not be empty")
	case len(members) == 0:
		err = invalidParameter("An %s set  may not be empty", map[kind]string{kindSS: "string", kindNS: "number"}[k])
	case twice && k == kindSS:
		texts := make([]string, len(members))
		for i := range members {
			texts[i] = members[i].s
		}
		err = invalidParameter("Input collection [%s] contains duplicates.", strings.Join(texts, ", "))
	case twice && k == kindNS:
		err = invalid("Input collection contains duplicates")
	case twice:
		err = invalidParameter("Input collection of type BS contains duplicates.")
	}
	return members, err
}
