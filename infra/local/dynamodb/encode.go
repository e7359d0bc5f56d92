package dynamodb

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
)

// object builds one JSON object by appending: answers are written once, without reflection.
type object struct{ buf []byte }

func newObject() *object { return &object{buf: append(make([]byte, 0, 512), '{')} }

// name starts a member; the caller appends its value to buf.
func (o *object) name(name string) *object {
	if len(o.buf) > 1 {
		o.buf = append(o.buf, ',')
	}
	o.buf = append(appendText(o.buf, name), ':')
	return o
}

func (o *object) raw(name string, value []byte) { o.name(name).buf = append(o.buf, value...) }

func (o *object) item(name string, it item) { o.name(name).buf = appendItem(o.buf, it) }

func (o *object) number(name string, n int) {
	o.name(name).buf = strconv.AppendInt(o.buf, int64(n), 10)
}

func (o *object) items(name string, all []item) {
	o.name(name).buf = append(o.buf, '[')
	for i, it := range all {
		if i > 0 {
			o.buf = append(o.buf, ',')
		}
		o.buf = appendItem(o.buf, it)
	}
	o.buf = append(o.buf, ']')
}

// done closes the object; it must not be used afterwards.
func (o *object) done() json.RawMessage { return append(o.buf, '}') }

func appendItem(b []byte, it item) []byte {
	names := make([]string, 0, len(it))
	for name := range it {
		names = append(names, name)
	}
	slices.Sort(names)
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, name), ':')
		b = appendValue(b, it[name])
	}
	return append(b, '}')
}

func appendValue(b []byte, v value) []byte {
	b = append(append(append(b, `{"`...), v.kind...), `":`...)
	switch v.kind {
	case kindS, kindN:
		b = appendText(b, v.s)
	case kindB:
		b = appendBinary(b, v.s)
	case kindBOOL:
		b = strconv.AppendBool(b, v.flag)
	case kindNULL:
		b = append(b, "true"...)
	case kindM:
		b = appendItem(b, v.fields)
	case kindL:
		b = append(b, '[')
		for i, element := range v.list {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, element)
		}
		b = append(b, ']')
	default:
		b = appendSet(b, v)
	}
	return append(b, '}')
}

func appendSet(b []byte, v value) []byte {
	b = append(b, '[')
	for i, member := range v.set {
		if i > 0 {
			b = append(b, ',')
		}
		if v.kind == kindBS {
			b = appendBinary(b, member)
		} else {
			b = appendText(b, member)
		}
	}
	return append(b, ']')
}

func appendBinary(b []byte, raw string) []byte {
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, []byte(raw))
	return append(b, '"')
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
