package strictjson

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

type notice struct {
	ID     string `json:"id"`
	Amount int64  `json:"amountCentavos"`
	Rows   []row  `json:"rows"`
}

type open struct {
	ID   string    `json:"id"`
	Rows []row     `json:"rows"`
	Free any       `json:"free"`
	At   time.Time `json:"at"`
}

type row struct {
	Number int `json:"number"`
}

func TestDecode(t *testing.T) {
	got, err := Decode[notice]([]byte(` {"id":"a","amountCentavos":9007199254740993,"rows":[{"number":1},{"number":2}]} `))
	if err != nil || got.ID != "a" || got.Amount != 9007199254740993 || len(got.Rows) != 2 {
		t.Fatalf("got %+v, %v", got, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"empty":                  {``, ErrSyntax},
		"cut":                    {`{"id":"a"`, ErrSyntax},
		"two values":             {`{"id":"a"}{"id":"b"}`, ErrSyntax},
		"text behind":            {`{"id":"a"} x`, ErrSyntax},
		"not UTF-8":              {"{\"id\":\"\xff\"}", ErrSyntax},
		"unknown name":           {`{"id":"a","idd":"b"}`, ErrShape},
		"name twice":             {`{"id":"a","id":"b"}`, ErrShape},
		"name twice in two ways": {`{"id":"a","ID":"b"}`, ErrShape},
		"folds to the same":      {`{"rows":[],"row\u017f":[]}`, ErrShape},
		"twice further in":       {`{"rows":[{"number":1,"number":2}]}`, ErrShape},
		"escaped name twice":     {`{"id":"a","\u0069d":"b"}`, ErrShape},
		"wrong type":             {`{"amountCentavos":"1"}`, ErrShape},
		"fraction":               {`{"amountCentavos":1.5}`, ErrShape},
		"too large":              {`{"amountCentavos":9223372036854775808}`, ErrShape},
		"another value":          {`[]`, ErrShape},
		"null":                   {`null`, ErrShape},
		"null inside":            {`{"rows":[null]}`, ErrShape},
		"deep":                   {strings.Repeat("[", 17) + strings.Repeat("]", 17), ErrShape},
		"very deep":              {strings.Repeat("[", 9000) + strings.Repeat("]", 9000), ErrShape},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Decode[notice]([]byte(c.text)); !errors.Is(err, c.want) {
				t.Fatalf("%s: got %v, want %v", c.text, err, c.want)
			}
		})
	}
}

// A reader's form may be made of others, and may leave parts to be read later.
func TestDecodeIntoEveryKindOfStruct(t *testing.T) {
	type inner struct {
		Deep row `json:"deep"`
	}
	type whole struct {
		notice
		inner
		Named    row `json:"named"`
		Untagged string
		Left     string          `json:"-"`
		Later    json.RawMessage `json:"later"`
		ByName   map[string]row  `json:"byName"`
		Fixed    [2]row          `json:"fixed"`
	}
	text := `{"id":"a","deep":{"number":6},"rows":[{"number":1}],"named":{"number":2},"Untagged":"b","later":{"any":[{"x":1}]},` +
		`"byName":{"one":{"number":3}},"fixed":[{"number":4},{"number":5}]}`
	got, err := Decode[whole]([]byte(text))
	if err != nil || got.ID != "a" || got.Rows[0].Number != 1 || got.Named.Number != 2 || got.Untagged != "b" || len(got.Later) == 0 ||
		got.ByName["one"].Number != 3 || got.Fixed[1].Number != 5 {
		t.Errorf("%+v, %v", got, err)
	}
	for text, member := range map[string]string{
		`{"notice":{}}`: "notice", `{"Left":"x"}`: "Left", `{"-":"x"}`: "-", `{"deep":{"numbr":1}}`: "deep.numbr", `{"untagged":"b"}`: "untagged",
		`{"byName":{"one":{"numbr":3}}}`: "byName.one.numbr", `{"fixed":[{"numbr":4}]}`: "fixed.numbr", `{"later":{"x":1,"x":2}}`: "later.x",
	} {
		_, err := Decode[whole]([]byte(text))
		var shape *ShapeError
		if !errors.As(err, &shape) || shape.Member != member {
			t.Errorf("%s: %v, want %s", text, err, member)
		}
	}
}

// Every refusal names its member to the caller; the text of the error names it only when it is one of the reader's own.
func TestRefusalsNameTheirMember(t *testing.T) {
	for text, want := range map[string]struct{ said, member string }{
		`{"secret":1}`:                       {"unknown member", "secret"},
		`{"ID":"a"}`:                         {"unknown member", "ID"},
		`{"id":"a","id":"b"}`:                {"member id: given twice", "id"},
		`{"rows":[{"number":1,"number":2}]}`: {"member rows.number: given twice", "rows.number"},
		`{"rows":[{"secret":1}]}`:            {"unknown member", "rows.secret"},
		`{"rows":[null]}`:                    {"member rows: null", "rows"},
		`{"rows":[{"number":"1"}]}`:          {"member rows.number: of the wrong type", "rows.number"},
		`null`:                               {"null", ""},
		`[]`:                                 {"of the wrong type", ""},
		`{"free":{"secret":1,"SECRET":2}}`:   {"given twice", "free.SECRET"},
		`{"free":{"secret":null}}`:           {"null", "free.secret"},
		`{"id":` + strings.Repeat("[", 17) + `1` + strings.Repeat("]", 17) + `}`: {"member id: nested too deep", "id"},
		`{"at":"yesterday"}`: {"a value is refused", ""},
	} {
		_, err := Decode[open]([]byte(text))
		var shape *ShapeError
		if !errors.As(err, &shape) || shape.Member != want.member || err.Error() != ErrShape.Error()+": "+want.said {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
	var shape *ShapeError
	if err := Unambiguous([]byte(`{"secret":{"a":1,"a":2}}`)); !errors.As(err, &shape) || strings.Contains(err.Error(), "secret") {
		t.Errorf("input of any form: %v", err)
	}
}

func TestUnambiguous(t *testing.T) {
	if err := Unambiguous([]byte(`{"id":"a","else":{"deep":[1,null]}}`)); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{``, `{"a":1,"A":2}`, `[{"b":1,"b":1}]`, `{} {}`} {
		if err := Unambiguous([]byte(text)); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"id":"a","rows":[{"number":1}]}`))
	f.Add([]byte(`{"id":"a","ID":"b"}`))
	f.Add([]byte("{\"id\":\"\xff\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Decode[notice](data)
		if err != nil && (got.ID != "" || got.Amount != 0 || got.Rows != nil) {
			t.Fatalf("a refused value was handed out: %+v", got)
		}
		if err != nil && !errors.Is(err, ErrSyntax) && !errors.Is(err, ErrShape) {
			t.Fatalf("unnamed refusal: %v", err)
		}
	})
}
