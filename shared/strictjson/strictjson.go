// Package strictjson reads JSON from outside with nothing left to interpretation: one value, in UTF-8, without names that the reader does
// not know, without a name given twice, without null and without deep nesting.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"
)

// ErrSyntax says that the input is not one well-formed JSON value in UTF-8.
var ErrSyntax = errors.New("not well-formed JSON")

// ErrShape says that well-formed JSON is not of the wanted form: an unknown or repeated name, a wrong type, a null, or too deep.
var ErrShape = errors.New("JSON of another form than wanted")

// maxDepth is three times the deepest form that anybody sends here.
const maxDepth = 16

// Decode reads data as a T. Names are matched as encoding/json matches them, and two names that it would take for one are refused. Capping
// the size is the caller's part. Errors name a member at most, never a value.
func Decode[T any](data []byte) (T, error) {
	var into, none T
	if err := check(data, false); err != nil {
		return none, err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&into); err != nil {
		var mismatch *json.UnmarshalTypeError
		if errors.As(err, &mismatch) {
			return none, fmt.Errorf("%w: member %q has the wrong type", ErrShape, mismatch.Field)
		}
		return none, fmt.Errorf("%w: unknown member or wrong value", ErrShape)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return none, ErrSyntax
	}
	return into, nil
}

// Unambiguous checks what Decode checks of any form: one value in UTF-8 without repeated names and deep nesting. It is for input of which
// the reader wants a part only.
func Unambiguous(data []byte) error { return check(data, true) }

func check(data []byte, nulls bool) error {
	if !utf8.Valid(data) || !json.Valid(data) {
		return ErrSyntax
	}
	return walk(json.NewDecoder(bytes.NewReader(data)), nulls, 0)
}

// walk goes through one value.
func walk(dec *json.Decoder, nulls bool, depth int) error {
	token, err := dec.Token()
	if err != nil {
		return ErrSyntax
	}
	if token == nil && !nulls {
		return fmt.Errorf("%w: null", ErrShape)
	}
	delim, nested := token.(json.Delim)
	if !nested {
		return nil
	}
	if depth == maxDepth {
		return fmt.Errorf("%w: nested too deep", ErrShape)
	}
	seen := map[string]bool{}
	for dec.More() {
		if delim == '{' {
			name, err := dec.Token()
			if err != nil {
				return ErrSyntax
			}
			folded := fold(name.(string)) //nolint:forcetypeassert // a member's name is always a string
			if seen[folded] {
				return fmt.Errorf("%w: a name is given twice", ErrShape)
			}
			seen[folded] = true
		}
		if err := walk(dec, nulls, depth+1); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil { // the closing bracket
		return ErrSyntax
	}
	return nil
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
