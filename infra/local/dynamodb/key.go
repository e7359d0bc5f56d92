package dynamodb

import "strings"

// Limits of key values in bytes.
const (
	maxHashKey = 2048
	maxSortKey = 1024
)

// keyAttribute is one attribute of a key; the name is empty when a key has no sort attribute.
type keyAttribute struct {
	name string
	kind kind
}

// schema is the key of a table or an index.
type schema struct{ hash, sort keyAttribute }

func (s schema) attributes() []keyAttribute {
	if s.sort.name == "" {
		return []keyAttribute{s.hash}
	}
	return []keyAttribute{s.hash, s.sort}
}

// encode gives the ordered form of an item's key, which must be there.
func (s schema) encode(it item) string {
	b := make([]byte, 0, 64)
	for _, a := range s.attributes() {
		b = appendKey(b, it[a.name])
	}
	return string(b)
}

// check checks the key attributes of a whole item or, otherwise, a Key parameter: exactly these attributes, of their types, not empty.
func (s schema) check(it item, whole bool) error {
	attributes := s.attributes()
	for _, a := range attributes {
		v, ok := it[a.name]
		switch {
		case !whole && (len(it) != len(attributes) || v.kind != a.kind):
			return invalid("The provided key element does not match the schema")
		case !ok:
			return invalidParameter("Missing the key %s in the item", a.name)
		case v.kind != a.kind:
			return invalidParameter("Type mismatch for key %s expected: %s actual: %s", a.name, a.kind, v.kind)
		}
		if err := s.checkContent(a, v, "", "Key: "+a.name); err != nil {
			return err
		}
	}
	return nil
}

// checkContent checks the size of a key attribute of the right type; how and named are what to say of an empty value.
func (s schema) checkContent(a keyAttribute, v value, how, named string) error {
	switch {
	case v.s == "": // a number has digits
		return invalid("One or more parameter values are not valid. %sThe AttributeValue for a key attribute cannot contain an empty %s "+
			"value. %s", how, map[kind]string{kindS: "string", kindB: "binary"}[v.kind], named)
	case a == s.hash && len(v.s) > maxHashKey:
		return invalidParameter("Size of hashkey has exceeded the maximum size limit of2048 bytes")
	case a == s.sort && len(v.s) > maxSortKey:
		return invalidParameter("Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
	}
	return nil
}

// appendKey writes bytes that sort as the values of one type do, and of which none is a prefix of another's: strings end in 00 01, and a
// zero byte inside them is written 00 FF.
func appendKey(b []byte, v value) []byte {
	if v.kind == kindN {
		return canonical(v.s).appendKey(b)
	}
	return append(appendKeyPrefix(b, v.s), 0, 1)
}

// appendKeyPrefix writes what the keys of all strings that begin with s begin with.
func appendKeyPrefix(b []byte, s string) []byte {
	return append(b, strings.ReplaceAll(s, "\x00", "\x00\xff")...)
}

// after is the first key that sorts after all keys that begin with prefix, or "" when there is none.
func after(prefix string) string {
	b := []byte(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] != 0xff {
			b[i]++
			return string(b[:i+1])
		}
	}
	return ""
}
