package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/regua/regua/shared/contract"
)

type orderForm struct {
	Name  string      `json:"name"`
	Count int64       `json:"count"`
	Sure  bool        `json:"sure"`
	Lines []orderLine `json:"lines"`
	More  *orderLine  `json:"more"`
	Tags  []string    `json:"tags"`
	Free  any         `json:"free"`
	inner string
}

type orderLine struct {
	Amount int64 `json:"amount"`
}

func TestDecodeTakes(t *testing.T) {
	const text = ` {"name":"caf\u00e9","count":9007199254740993,"sure":true,"lines":[{"amount":1},{"amount":2}],` +
		`"more":{"amount":3},"tags":["a","a"],"free":{"x":[1,{"y":2}]}} `
	got, err := Decode[orderForm]([]byte(text))
	if err != nil || got.Name != "café" || got.Count != 9007199254740993 || !got.Sure || len(got.Lines) != 2 || got.More.Amount != 3 ||
		len(got.Tags) != 2 || got.inner != "" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := Decode[orderForm]([]byte("{}")); err != nil {
		t.Errorf("empty object: %v", err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for text, want := range map[string]string{
		``:                                 "malformed_json",
		` `:                                "malformed_json",
		`{`:                                "malformed_json",
		`{"name":"a",}`:                    "malformed_json",
		`{'name':'a'}`:                     "malformed_json",
		`{"name":"a"} {}`:                  "malformed_json",
		`{"name":"a"}x`:                    "malformed_json",
		"{\"name\":\"\xff\"}":              "malformed_json",
		"\xef\xbb\xbf{}":                   "malformed_json",
		`{"count":01}`:                     "malformed_json",
		`{"count":NaN}`:                    "malformed_json",
		`[]`:                               "invalid_request",
		`"name"`:                           "invalid_request",
		`null`:                             "invalid_request",
		`{"nome":"a"}`:                     "invalid_request nome",
		`{"Name":"a"}`:                     "invalid_request Name",
		`{"inner":"a"}`:                    "invalid_request inner",
		`{"":"a"}`:                         "invalid_request (sem nome)",
		`{"name":"a","name":"b"}`:          "invalid_request name",
		`{"name":"a","n\u0061me":"b"}`:     "invalid_request name",
		`{"more":{"amount":1,"amount":1}}`: "invalid_request more.amount",
		`{"lines":[{"value":1}]}`:          "invalid_request lines.value",
		`{"free":{"x":1,"x":2}}`:           "invalid_request free.x",
		`{"name":null}`:                    "invalid_request name",
		`{"lines":[null]}`:                 "invalid_request lines",
		`{"name":1}`:                       "invalid_request name",
		`{"count":"1"}`:                    "invalid_request count",
		`{"count":1.5}`:                    "invalid_request count",
		`{"count":1e2}`:                    "invalid_request count",
		`{"count":9223372036854775808}`:    "invalid_request count",
		`{"sure":"true"}`:                  "invalid_request sure",
		`{"lines":{"amount":1}}`:           "invalid_request lines",
		`{"more":[{"amount":1}]}`:          "invalid_request more",
		`{"` + strings.Repeat("é", 100) + `":1}`:                                       "invalid_request " + strings.Repeat("é", 80),
		`{"free":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + `}`:           "malformed_json",
		`{"free":` + strings.Repeat(`{"a":`, 16) + "1" + strings.Repeat("}", 16) + `}`: "malformed_json",
	} {
		_, err := Decode[orderForm]([]byte(text))
		var p *Problem
		if !errors.As(err, &p) {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := p.Code
		for _, f := range p.Fields {
			got += " " + f.Field
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if _, err := Decode[orderForm]([]byte(`{"free":` + strings.Repeat("[", 15) + strings.Repeat("]", 15) + `}`)); err != nil {
		t.Errorf("sixteen levels: %v", err)
	}
}

func TestDecodeNothing(t *testing.T) {
	for text, want := range map[string]bool{"": true, " \n": true, "{}": true, "{ }": true, "{": false, "[]": false, "x": false} {
		err := DecodeNothing([]byte(text))
		if (err == nil) != want || err != nil && asProblem(err).Code != contract.CodeInvalidRequest {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Whatever Decode takes, the plain decoder takes too and reads as the same; and it always answers with a problem of the caller's.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"", "{}", `{"name":"a","count":1}`, `{"lines":[{"amount":1}]}`, `{"free":[[[[]]]]}`, `{"name":"a","name":"b"}`,
		`{"NAME":"a"}`, "\xff", `{"a":1`, "1e999", `{"count":1e999}`, `{"free":1e999}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := Decode[orderForm](text)
		if err != nil {
			if code := asProblem(err).Code; code != contract.CodeInvalidRequest && code != contract.CodeMalformedJSON {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		var plain orderForm
		if err := json.Unmarshal(text, &plain); err != nil || fmt.Sprintf("%+v", plain) != fmt.Sprintf("%+v", got) && plain.More == nil {
			t.Errorf("%q: %+v and %+v, %v", text, got, plain, err)
		}
	})
}
