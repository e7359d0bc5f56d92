package dynamodb

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
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

// json writes a member of any type.
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
