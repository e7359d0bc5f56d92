package stepfunctions

import (
	"strings"
	"testing"
)

func TestPaths(t *testing.T) {
	root, err := decode(`{"a":{"b c":[1,{"d-e":"x"}]},"ção":2,"":3}`)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"$": `{"":3,"a":{"b c":[1,{"d-e":"x"}]},"ção":2}`, "$.a['b c'][1].d-e": `"x"`, "$['a']['b c'][0]": "1", "$.ção": "2",
		"$.no": "", "$.a.b": "", "$.a[0]": "", "$.a['b c'][2]": "", "$.a['b c'].d": "",
	} {
		p, err := parsePath(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := ""
		if v, ok := p.find(root); ok {
			got = encode(v)
		}
		if got != want {
			t.Errorf("%s leads to %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"", "a", ".a", "$a", "$.", "$..a", "$.*", "$[*]", "$[-1]", "$[01]", "$[+1]", "$[1", "$[1:2]",
		"$[1,2]", "$['a", "$['']",
		"$['a','b']", `$["a"]`, "$[?(@.a)]", "$.a()", "$.a b", "$$$", "$[99999999999]", "$.a.length()", "$['a\\'b']"} {
		if p, err := parsePath(text); err == nil {
			t.Errorf("%q was read as %+v", text, p)
		}
	}
}

// What is put at a path is found there, and what it was put into stays as it was.
func FuzzPath(f *testing.F) {
	for _, text := range []string{"$", "$.a", "$['a b'].c[0]", "$$.State.Name", "$.a[2].b", "$[0]", "$..a", "$.a[*]", "$['",
		"$[1048577]"} {
		f.Add(text, `{"a":[1,2,{"b":null}]}`)
	}
	f.Fuzz(func(t *testing.T, text, doc string) {
		p, err := parsePath(text)
		if err != nil {
			return
		}
		if p.text != text || !strings.HasPrefix(text, "$") {
			t.Fatalf("%q was read as %+v", text, p)
		}
		root, err := decode(doc)
		if err != nil {
			return
		}
		before := encode(root)
		p.find(root)
		d := &data{value: root}
		if changed := p.put(d, "put"); d.failed == nil {
			if v, ok := p.find(changed); !ok || v != "put" {
				t.Fatalf("put at %q, found %v", text, v)
			}
		}
		if after := encode(root); after != before {
			t.Fatalf("%s became %s", before, after)
		}
	})
}

func FuzzExpression(f *testing.F) {
	for _, text := range []string{"States.Format('{} {}', $.a, 'x')", "States.Array(1, States.MathAdd($.a, -2))",
		"States.StringToJson('{\"a\":1}')",
		"States.JsonToString($)", "States.Format('\\{}', $$.a)", "States.Array(", "States.Array($['),'])"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		f := &fields{}
		expr := f.dynamic("x.$", text, true)
		if f.err != nil {
			return
		}
		root := map[string]any{"a": "b"}
		d := &data{value: root, context: func() map[string]any { return root }}
		v := expr.eval(d)
		if d.failed == nil {
			if _, err := decode(encode(v)); err != nil {
				t.Fatalf("%q gave what is not JSON: %v", text, err)
			}
		}
	})
}
