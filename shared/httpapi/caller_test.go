package httpapi

import (
	"strings"
	"testing"
)

func TestCookie(t *testing.T) {
	c := Cookie{Name: "__Host-regua"}
	if got, want := c.Set("tok"), "__Host-regua=tok; Path=/; Secure; HttpOnly; SameSite=Strict"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := c.Clear(), "__Host-regua=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := (Cookie{Name: "regua", Insecure: true}).Set("tok"); got != "regua=tok; Path=/; HttpOnly; SameSite=Strict" {
		t.Errorf("%q", got)
	}
	for header, want := range map[string]string{
		"__Host-regua=tok": "tok", "a=b; __Host-regua=tok": "tok", "a=b;__Host-regua=tok;c": "tok", "  __Host-regua=to=k ": "to=k",
		"__Host-regua=": "", "__Host-regua": "", "": "", ";;;": "", "__host-regua=tok": "", "x__Host-regua=tok": "", "__Host-regua =tok": "",
		"__Host-regua=a; __Host-regua=b": "", "__Host-regua=a, __Host-regua=a": "", "a=__Host-regua=tok": "",
	} {
		if got, ok := c.read(header); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %t", header, got, ok)
		}
	}
}

func FuzzCookie(f *testing.F) {
	c := Cookie{Name: "__Host-regua"}
	for _, seed := range []string{"", "a=b", "__Host-regua=tok; a=b", "__Host-regua=a; __Host-regua=b", "=;=,=", c.Set("tok"), "\x00=\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		value, ok := c.read(header)
		if ok && (!strings.Contains(header, c.Name+"="+value) || value == "" || strings.ContainsAny(value, ";,")) {
			t.Errorf("%q reads as %q", header, value)
		}
		// A second cookie of the name, before or after, makes it none.
		if _, twice := c.read(header + "; " + c.Name + "=x; " + c.Name + "=y"); twice {
			t.Errorf("%q with two more reads as one", header)
		}
	})
}

func TestIsJSON(t *testing.T) {
	for contentType, want := range map[string]bool{
		"application/json": true, "Application/JSON": true, " application/json ": true, "application/json;charset=utf-8": true,
		`application/json; charset="UTF-8"`: true, "application/json; charset=latin1": false, "application/json;": false, "": false,
		"application/json; boundary=x": false, "text/json": false, "application/jsonx": false, "application/json, text/plain": false,
		"application/problem+json": false, "application/json; charset=utf-8; x=y": false,
	} {
		if isJSON(contentType) != want {
			t.Errorf("isJSON(%q) is %t", contentType, !want)
		}
	}
}
