package dynamodb

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/regua/regua/infra/local/wire"
)

// object builds one JSON object by appending: answers are written once, without reflection.
type object struct {
	buf []byte
	err error // the first of its members that could not be written
}

func newObject() *object { return &object{buf: append(make([]byte, 0, 1024), '{')} }

// name starts a member; the caller appends its value to buf.
func (o *object) name(name string) *object {
	if len(o.buf) > 1 {
		o.buf = append(o.buf, ',')
	}
	o.buf = append(appendText(o.buf, name), ':')
	return o
}

func (o *object) item(name string, it item) { o.name(name).buf = appendItem(o.buf, it) }

func (o *object) items(name string, all []item) {
	o.name(name).buf = appendList(o.buf, all, appendItem)
}

func (o *object) json(name string, v any) {
	encoded, err := json.Marshal(v)
	o.name(name).buf = append(o.buf, encoded...)
	o.err = cmp.Or(o.err, err)
}

// done closes the object; it must not be used afterwards.
func (o *object) done() json.RawMessage { return append(o.buf, '}') }

func appendList[T any](b []byte, list []T, appendOne func([]byte, T) []byte) []byte {
	b = append(b, '[')
	for i, element := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendOne(b, element)
	}
	return append(b, ']')
}

func appendItem(b []byte, it item) []byte {
	b = append(b, '{')
	for i := range it {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, it[i].name), ':')
		b = appendValue(b, it[i])
	}
	return append(b, '}')
}

func appendValue(b []byte, f field) []byte {
	b = append(append(append(b, `{"`...), f.kind...), `":`...)
	return append(appendContent(b, f), '}')
}

// appendContent writes a value without its type.
func appendContent(b []byte, f field) []byte {
	switch f.kind {
	case kindS:
		return appendText(b, f.s)
	case kindN:
		return append(appendNumber(append(b, '"'), f.s), '"')
	case kindB:
		return append(base64.StdEncoding.AppendEncode(append(b, '"'), []byte(f.s)), '"')
	case kindBOOL, kindNULL:
		return append(b, f.s...)
	case kindM:
		return appendItem(b, f.members)
	case kindL:
		return appendList(b, f.members, appendValue)
	}
	return appendList(b, f.members, appendContent)
}

// appendText writes a JSON string. Text that came in by JSON is valid UTF-8, so only what JSON forbids is escaped.
func appendText(b []byte, text string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	start := 0
	for i := range len(text) {
		c := text[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, text[start:i]...)
		start = i + 1
		if c < 0x20 {
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		} else {
			b = append(b, '\\', c)
		}
	}
	return append(append(b, text[start:]...), '"')
}

// attributes are attributes in their wire form, as encoding/json reads them.
type attributes map[string]any

// decode checks attributes and gives them in order of their names; depth is the number of lists and maps around them.
func (a attributes) decode(depth int) (item, error) {
	if depth >= maxDepth {
		return nil, invalid(tooDeep)
	}
	it := make(item, 0, len(a))
	for name, typed := range a {
		v, err := decode(typed, depth)
		if err != nil {
			return nil, err
		}
		it = append(it, field{name, v})
	}
	slices.SortFunc(it, func(a, b field) int { return strings.Compare(a.name, b.name) })
	return it, nil
}

const tooDeep = "Nesting Levels have exceeded supported limits"

func malformed(what string) error {
	return wire.Errorf("SerializationException", "malformed attribute value: %s", what)
}

// decode reads a value, which is an object of one member, named by the type.
func decode(typed any, depth int) (v value, err error) {
	object, isObject := typed.(map[string]any)
	maps.DeleteFunc(object, func(_ string, content any) bool { return content == nil })
	switch {
	case !isObject && typed != nil:
		return v, malformed("no object")
	case len(object) == 0:
		return v, invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	case len(object) > 1:
		return v, invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
	}
	for name, content := range object {
		v.kind = kind(name)
		switch content := content.(type) {
		case []any:
			v.members, err = decodeList(v.kind, content, depth+1)
		case map[string]any:
			if v.kind != kindM {
				return v, malformed(name)
			}
			v.members, err = attributes(content).decode(depth + 1)
		default:
			v.s, err = decodeScalar(v.kind, content)
		}
	}
	return v, err
}

// decodeList gives the members of a list or set.
func decodeList(k kind, list []any, depth int) (item, error) {
	members := make(item, len(list))
	for i, element := range list {
		f, err := &members[i], error(nil)
		switch {
		case k == kindL && depth >= maxDepth:
			err = invalid(tooDeep)
		case k == kindL:
			f.value, err = decode(element, depth)
		default:
			f.kind = kind(strings.TrimSuffix(string(k), "S"))
			f.s, err = decodeScalar(f.kind, element)
		}
		if err != nil {
			return nil, err
		}
	}
	if k == kindL {
		return members, nil
	}
	return members, checkSet(k, members)
}

// decodeScalar gives what a value holds of a text or a truth.
func decodeScalar(k kind, content any) (string, error) {
	text, isText := content.(string)
	flag, isFlag := content.(bool)
	switch {
	case isText && k == kindS:
		return text, nil
	case isText && k == kindN:
		return parseNumber(text)
	case isText && k == kindB:
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return "", malformed(err.Error())
		}
		return string(raw), nil
	case isFlag && k == kindNULL && !flag:
		return "", invalidParameter("Null attribute value types must have the value of true")
	case isFlag && (k == kindBOOL || k == kindNULL):
		return strconv.FormatBool(flag), nil
	}
	return "", malformed(string(k))
}

// checkSet puts a set in order, and refuses one that is empty or has something twice.
func checkSet(k kind, members item) error {
	slices.SortFunc(members, byText)
	unique := slices.CompactFunc(slices.Clone(members), func(a, b field) bool { return a.s == b.s })
	switch {
	case k != kindSS && k != kindNS && k != kindBS:
		return malformed(string(k))
	case len(members) == 0 && k == kindBS:
		return invalidParameter("Binary sets should not be empty")
	case len(members) == 0:
		return invalidParameter("An %s set  may not be empty", map[kind]string{kindSS: "string", kindNS: "number"}[k])
	case len(unique) == len(members):
		return nil
	case k == kindSS:
		texts := make([]string, len(members))
		for i := range members {
			texts[i] = members[i].s
		}
		return invalidParameter("Input collection [%s] contains duplicates.", strings.Join(texts, ", "))
	case k == kindNS:
		return invalid("Input collection contains duplicates")
	}
	return invalidParameter("Input collection of type BS contains duplicates.")
}

func byText(a, b field) int { return strings.Compare(a.s, b.s) }
