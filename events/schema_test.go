package events_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/regua/regua/events"
)

// file is the name of an event's schema and sample.
func file(folder string, t events.Type) string { return filepath.Join(folder, t.Name+".v1.json") }

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func compile(t *testing.T, e events.Type) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(file("schemas", e))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decoded(t *testing.T, doc []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTypesSchemasAndSamplesAgree(t *testing.T) {
	for _, folder := range []string{"schemas", "samples"} {
		found, err := fs.Glob(os.DirFS(folder), "*")
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, e := range events.Types() {
			want = append(want, filepath.Base(file(folder, e)))
			if e.Version != 1 {
				t.Errorf("%s has version %d", e.Name, e.Version)
			}
		}
		slices.Sort(want)
		if !slices.Equal(found, want) {
			t.Errorf("%s holds %v\nwant %v", folder, found, want)
		}
	}
}

func TestSamplesAreValidAndCanonical(t *testing.T) {
	for _, e := range events.Types() {
		sample := readFile(t, file("samples", e))
		if err := compile(t, e).Validate(decoded(t, sample)); err != nil {
			t.Error(err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, sample); err != nil {
			t.Fatal(err)
		}
		envelope, err := events.Parse(compact.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", e.Name, err)
		}
		payload, err := envelope.Open()
		if err != nil {
			t.Fatalf("%s: %v", e.Name, err)
		}
		if reflect.TypeOf(payload) != e.Payload() {
			t.Errorf("%s opens as %T", e.Name, payload)
		}
		again, err := events.New(envelope, payload)
		if err != nil {
			t.Fatal(err)
		}
		out, err := again.Encode()
		if err != nil || !bytes.Equal(out, compact.Bytes()) {
			t.Errorf("%s is written as\n%s\nwant\n%s\n%v", e.Name, out, compact.Bytes(), err)
		}
	}
}

// TestSchemasAreStrict takes every property out of every object of the samples and adds a foreign one.
func TestSchemasAreStrict(t *testing.T) {
	for _, e := range events.Types() {
		schema, sample := compile(t, e), readFile(t, file("samples", e))
		for path, o := range objects(decoded(t, sample), "") {
			foreign := mutated(t, sample, path, func(m map[string]any) { m["foreign"] = 1 })
			if schema.Validate(decoded(t, foreign)) == nil {
				t.Errorf("%s: a foreign property in %q is valid", e.Name, path)
			}
			if opened(foreign) == nil {
				t.Errorf("%s: a foreign property in %q was read", e.Name, path)
			}
			for name := range o {
				if name == "notBefore" || (name == "verdict" && e.Name == "contact.closed") {
					continue
				}
				without := mutated(t, sample, path, func(m map[string]any) { delete(m, name) })
				if schema.Validate(decoded(t, without)) == nil {
					t.Errorf("%s without %q in %q is valid", e.Name, name, path)
				}
			}
		}
	}
}

func opened(doc []byte) error {
	e, err := events.Parse(doc)
	if err != nil {
		return err
	}
	_, err = e.Open()
	return err
}

// objects finds all objects of a document by their path, as ".payload.lines.0".
func objects(v any, at string) map[string]map[string]any {
	found := map[string]map[string]any{}
	add := func(name string, inner any) {
		for path, o := range objects(inner, at+"."+name) {
			found[path] = o
		}
	}
	switch x := v.(type) {
	case map[string]any:
		found[at] = x
		for name, inner := range x {
			add(name, inner)
		}
	case []any:
		for i, inner := range x {
			add(string(rune('0'+i)), inner)
		}
	}
	return found
}

func mutated(t *testing.T, doc []byte, path string, change func(map[string]any)) []byte {
	t.Helper()
	v := decoded(t, doc)
	change(objects(v, "")[path])
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSchemasAndGoTypesAgree compares names, kinds and what may be left out, both ways.
func TestSchemasAndGoTypesAgree(t *testing.T) {
	for _, e := range events.Types() {
		var schema map[string]any
		if err := json.Unmarshal(readFile(t, file("schemas", e)), &schema); err != nil {
			t.Fatal(err)
		}
		properties, _ := schema["properties"].(map[string]any)
		compareObject(t, e.Name, schema, reflect.TypeFor[events.Envelope](), e.Payload())
		if typeName, _ := properties["type"].(map[string]any); typeName["const"] != e.Name {
			t.Errorf("the schema of %s is for %v", e.Name, typeName["const"])
		}
	}
}

func compareObject(t *testing.T, at string, schema map[string]any, of, payload reflect.Type) {
	t.Helper()
	properties, _ := schema["properties"].(map[string]any)
	if schema["additionalProperties"] != false {
		t.Errorf("%s: other properties are allowed", at)
	}
	var names, required []string
	for i := range of.NumField() {
		name, options, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
		if options == "" {
			required = append(required, name)
		}
		property, _ := properties[name].(map[string]any)
		field := of.Field(i).Type
		if field == reflect.TypeFor[json.RawMessage]() {
			field = payload
		}
		compareValue(t, at+"."+name, property, field)
	}
	var demanded []string
	list, _ := schema["required"].([]any)
	for _, name := range list {
		text, _ := name.(string)
		demanded = append(demanded, text)
	}
	if !slices.Equal(demanded, required) || len(properties) != len(names) {
		t.Errorf("%s: the schema demands %v of %d, the type has %v of %d", at, demanded, len(properties), required, len(names))
	}
}

func compareValue(t *testing.T, at string, schema map[string]any, of reflect.Type) {
	t.Helper()
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	want := map[reflect.Kind]string{
		reflect.String: "string", reflect.Int: "integer", reflect.Int64: "integer", reflect.Bool: "boolean", reflect.Slice: "array",
		reflect.Struct: "object",
	}[of.Kind()]
	if of == reflect.TypeFor[time.Time]() {
		want = "string"
	}
	if schema["type"] != want && schema["enum"] == nil && schema["const"] == nil {
		t.Errorf("%s: the schema says %v, the type is %s", at, schema["type"], of)
	}
	switch want {
	case "object":
		compareObject(t, at, schema, of, nil)
	case "array":
		items, _ := schema["items"].(map[string]any)
		compareValue(t, at+"[]", items, of.Elem())
	}
}

func TestParseRefusals(t *testing.T) {
	good := readFile(t, "samples/ruler.started.v1.json")
	if _, err := events.Parse(good); err != nil {
		t.Fatal(err)
	}
	for name, doc := range map[string][]byte{
		"nothing":         nil,
		"no object":       []byte("[]"),
		"two events":      append(slices.Clone(good), good...),
		"too long":        append(slices.Clone(good), bytes.Repeat([]byte(" "), 256<<10)...),
		"unknown type":    bytes.Replace(good, []byte("ruler.started"), []byte("ruler.stopped"), 1),
		"unknown version": bytes.Replace(good, []byte(`"version": 1`), []byte(`"version": 3`), 1),
		"a broken time":   bytes.Replace(good, []byte("2026-03-02T12"), []byte("2026-03-02T32"), 1),
	} {
		if _, err := events.Parse(doc); !errors.Is(err, events.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := events.New(events.Envelope{}, "no payload"); !errors.Is(err, events.ErrMalformed) {
		t.Errorf("a text is a payload: %v", err)
	}
	if _, err := (events.Envelope{Type: "x", Version: 1}).Open(); !errors.Is(err, events.ErrMalformed) {
		t.Errorf("an unknown type was opened: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, e := range events.Types() {
		sample, err := os.ReadFile(file("samples", e))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(sample)
	}
	f.Add([]byte(`{"payload":null}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		e, err := events.Parse(doc)
		if err != nil {
			return
		}
		payload, err := e.Open()
		if err != nil {
			return
		}
		first, err := events.New(e, payload)
		if err != nil {
			t.Fatal(err)
		}
		out, err := first.Encode()
		if err != nil {
			return // a year that RFC 3339 cannot write
		}
		if again, err := events.Parse(out); err == nil {
			same, err := again.Encode()
			if err != nil || !bytes.Equal(out, same) {
				t.Errorf("%s\nis written again as\n%s: %v", out, same, err)
			}
		}
	})
}
