package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/regua/regua/shared/contract"
)

// maxDepth bounds the nesting of a request body; the deepest of the API has two levels.
const maxDepth = 16

// Decode reads a request body strictly: one JSON object in UTF-8 with nothing behind it, at most 16 levels deep, without null, with exactly
// the names of T's fields (letter case counts) and each of them once. Broken JSON is malformed_json; the rest is invalid_request, naming
// the field. T is a struct of fields with json names, without embedding; which fields are required is the handler's to check.
func Decode[T any](body []byte) (T, error) {
	var out T
	if !utf8.Valid(body) || !json.Valid(body) {
		return out, NewProblem(contract.CodeMalformedJSON)
	}
	w := walker{json.NewDecoder(bytes.NewReader(body))}
	w.decoder.UseNumber() // a number too large for a float64 is a wrong value, no fault
	if err := w.document(reflect.TypeFor[T]()); err != nil {
		return out, err
	}
	if err := json.Unmarshal(body, &out); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return out, Invalid(wrong.Field, "O valor não tem o tipo certo.")
		}
		return out, NewProblem(contract.CodeMalformedJSON, WithCause(errors.New("value refused by its field")))
	}
	return out, nil
}

// DecodeNothing accepts no body, or an empty object.
func DecodeNothing(body []byte) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if _, err := Decode[struct{}](body); err != nil {
		p := asProblem(err)
		return &Problem{Code: contract.CodeInvalidRequest, Fields: p.Fields}
	}
	return nil
}

// walker goes through the tokens of a valid JSON document beside the type that it is to fill.
type walker struct{ decoder *json.Decoder }

func (w walker) document(t reflect.Type) error {
	token, err := w.decoder.Token()
	if err != nil {
		return fmt.Errorf("read token: %w", err)
	}
	if token != json.Delim('{') {
		return NewProblem(contract.CodeInvalidRequest, WithDetail("O corpo do pedido deve ser um objeto JSON."))
	}
	return w.object(t, "", 1)
}

// value goes through the value that begins with token. A nil type takes any names.
func (w walker) value(token json.Token, t reflect.Type, path string, depth int) error {
	switch token {
	case nil:
		return Invalid(path, "O valor não pode ser nulo.")
	case json.Delim('{'):
		return w.object(t, path, depth+1)
	case json.Delim('['):
		return w.array(t, path, depth+1)
	}
	return nil
}

func (w walker) object(t reflect.Type, path string, depth int) error {
	if depth > maxDepth {
		return NewProblem(contract.CodeMalformedJSON, WithDetail("O corpo do pedido tem níveis demais."))
	}
	names, seen := namesOf(t), map[string]bool{}
	for w.decoder.More() {
		token, err := w.decoder.Token()
		if err != nil {
			return fmt.Errorf("read token: %w", err)
		}
		name, _ := token.(string) // in an object of a valid document this is a name
		field := strings.TrimPrefix(path+"."+name, ".")
		inner, known := names[name]
		switch {
		case names != nil && !known:
			return Invalid(field, "Este campo não existe.")
		case seen[name]:
			return Invalid(field, "Este campo está repetido.")
		}
		seen[name] = true
		if token, err = w.decoder.Token(); err != nil {
			return fmt.Errorf("read token: %w", err)
		}
		if err := w.value(token, inner, field, depth); err != nil {
			return err
		}
	}
	_, err := w.decoder.Token()
	return err
}

func (w walker) array(t reflect.Type, path string, depth int) error {
	if depth > maxDepth {
		return NewProblem(contract.CodeMalformedJSON, WithDetail("O corpo do pedido tem níveis demais."))
	}
	var element reflect.Type
	if t = pointed(t); t != nil && t.Kind() == reflect.Slice {
		element = t.Elem()
	}
	for w.decoder.More() {
		token, err := w.decoder.Token()
		if err != nil {
			return fmt.Errorf("read token: %w", err)
		}
		if err := w.value(token, element, path, depth); err != nil {
			return err
		}
	}
	_, err := w.decoder.Token()
	return err
}

// namesOf returns the json names of a struct's fields with their types, nil for what is no struct.
func namesOf(t reflect.Type) map[string]reflect.Type {
	if t = pointed(t); t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	names := make(map[string]reflect.Type, t.NumField())
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name != "" && name != "-" {
			names[name] = field.Type
		}
	}
	return names
}

func pointed(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}
