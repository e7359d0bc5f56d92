// Package strictjson reads JSON from outside with nothing left to interpretation: one value, in UTF-8, without names that the reader does
// not know, without a name given twice, without null and without deep nesting.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrSyntax says that the input is not one well-formed JSON value in UTF-8.
var ErrSyntax = errors.New("not well-formed JSON")

// ErrShape says that well-formed JSON is not of the wanted form. Every such error is a *ShapeError.
var ErrShape = errors.New("JSON of another form than wanted")

// Fault is what is wrong with a value's form.
type Fault string

// The faults.
const (
	Unknown   Fault = "unknown member"
	Repeated  Fault = "given twice"
	Null      Fault = "null"
	WrongType Fault = "of the wrong type"
	Refused   Fault = "a value is refused" // by the method that reads it; the member is not known
	TooDeep   Fault = "nested too deep"
)

// ShapeError says what is wrong, and where.
type ShapeError struct {
	Fault Fault
	// Member is the path of the member, its names parted by dots, without places in arrays; empty for the whole value. What of it is no
	// name of the reader's own form comes from the input and has no place in a log.
	Member string
	own    bool // the path is made of the reader's own names
}

// Error names the member as far as it is one of the reader's own form. It never tells a value.
func (e *ShapeError) Error() string {
	if e.own && e.Member != "" {
		return ErrShape.Error() + ": member " + e.Member + ": " + string(e.Fault)
	}
	return ErrShape.Error() + ": " + string(e.Fault)
}

// Unwrap makes every ShapeError an ErrShape.
func (e *ShapeError) Unwrap() error { return ErrShape }

// maxDepth is three times the deepest form that anybody sends here.
const maxDepth = 16

// Decode reads data as a T, with exactly the names of its fields: letter case counts. Capping the size is the caller's part. An error is
// ErrSyntax or a *ShapeError.
func Decode[T any](data []byte) (T, error) {
	var into, none T
	if err := check(data, reflect.TypeFor[T](), false); err != nil {
		return none, err
	}
	if err := json.Unmarshal(data, &into); err != nil {
		var mismatch *json.UnmarshalTypeError
		if errors.As(err, &mismatch) {
			return none, &ShapeError{WrongType, mismatch.Field, true}
		}
		return none, &ShapeError{Refused, "", true}
	}
	return into, nil
}

// Unambiguous checks what Decode checks of any form: one value in UTF-8 without deep nesting and without names that encoding/json would
// take for one. It is for input of which the reader wants a part only.
func Unambiguous(data []byte) error { return check(data, nil, true) }

func check(data []byte, t reflect.Type, nulls bool) error {
	if !utf8.Valid(data) || !json.Valid(data) {
		return ErrSyntax
	}
	w := walker{json.NewDecoder(bytes.NewReader(data)), nulls}
	w.dec.UseNumber() // a number too large for a float64 is a wrong value, no broken syntax
	return w.value(t, place{own: true}, 0)
}

// place is where in the input the walker is.
type place struct {
	path string
	own  bool
}

func (p place) member(name string, own bool) place {
	return place{strings.TrimPrefix(p.path+"."+name, "."), p.own && own}
}

func (p place) fault(f Fault) error { return &ShapeError{f, p.path, p.own} }

// walker goes through the tokens of a valid JSON document beside the type that it is to fill.
type walker struct {
	dec   *json.Decoder
	nulls bool
}

// value goes through one value. A nil type takes any.
func (w walker) value(t reflect.Type, at place, depth int) error {
	token, err := w.dec.Token()
	if err != nil {
		return ErrSyntax
	}
	if token == nil && !w.nulls {
		return at.fault(Null)
	}
	delim, nested := token.(json.Delim)
	if !nested {
		return nil
	}
	if depth == maxDepth {
		return at.fault(TooDeep)
	}
	if delim == '{' {
		err = w.members(t, at, depth)
	} else {
		err = w.elements(t, at, depth)
	}
	if err != nil {
		return err
	}
	if _, err := w.dec.Token(); err != nil { // the closing bracket
		return ErrSyntax
	}
	return nil
}

func (w walker) members(t reflect.Type, at place, depth int) error {
	fields, seen := fieldsOf(t), map[string]bool{}
	var values reflect.Type // of a map, which takes any names
	if p := pointed(t); p != nil && p.Kind() == reflect.Map {
		values = p.Elem()
	}
	for w.dec.More() {
		token, err := w.dec.Token()
		if err != nil {
			return ErrSyntax
		}
		name, _ := token.(string) // in an object of a valid document this is a name
		inner, own := fields[name]
		member, folded := at.member(name, own), fold(name)
		switch {
		case fields != nil && !own:
			return member.fault(Unknown)
		case seen[folded]:
			return member.fault(Repeated)
		}
		seen[folded] = true
		if fields == nil {
			inner = values
		}
		if err := w.value(inner, member, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w walker) elements(t reflect.Type, at place, depth int) error {
	var element reflect.Type
	if t = pointed(t); t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) {
		element = t.Elem()
	}
	for w.dec.More() {
		if err := w.value(element, at, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// fieldsOf returns the types of a struct's fields by their names in JSON, nil for what takes any names.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	t = pointed(t)
	if t == nil || t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return nil
	}
	fields := make(map[string]reflect.Type, t.NumField())
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		embedded := pointed(field.Type)
		switch {
		case name == "" && field.Anonymous && embedded.Kind() == reflect.Struct: // its fields stand beside the others
			maps.Copy(fields, fieldsOf(embedded))
			continue
		case !field.IsExported() || name == "-":
			continue
		case name == "":
			name = field.Name
		}
		fields[name] = field.Type
	}
	return fields
}

func pointed(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// fold maps a name to the one form of all names that encoding/json takes for the same: each letter's smallest fold.
func fold(name string) string {
	folded := make([]rune, 0, len(name))
	for _, r := range name {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		folded = append(folded, least)
	}
	return string(folded)
}
