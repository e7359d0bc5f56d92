package stencil

import (
	"bytes"
	"strings"
	"testing"
	texttemplate "text/template"
)

type row struct{ Name string }

type data struct {
	Name, Empty string
	Count       int
	Yes, No     bool
	Rows        []row
	None        []row
	Inner       row
}

var sample = data{Name: `<b>"Ana" & 'Bia'`, Count: 3, Yes: true, Rows: []row{{"um"}, {"dois"}}, Inner: row{"dentro"}}

const source = `{{define "row"}}[{{.Name}}]{{end -}}
Olá{{if .Name}}, {{.Name}}{{end}}! {{.Count}} {{.Inner.Name}}
{{- range .Rows}} {{template "row" .}}{{end}}
{{if .Empty}}a{{else if .No}}b{{else}}c{{end}}{{if .None}}d{{end}}{{if .Yes}}e{{end}}{{range .None}}x{{end}}
`

// TestTextIsWhatTheStandardLibraryWrites compares with text/template, whose syntax this is.
func TestTextIsWhatTheStandardLibraryWrites(t *testing.T) {
	var want bytes.Buffer
	if err := texttemplate.Must(texttemplate.New("main").Parse(source)).Execute(&want, sample); err != nil {
		t.Fatal(err)
	}
	set, err := Text(map[string]string{"main": source})
	if err != nil {
		t.Fatal(err)
	}
	got, err := set.Write("main", sample)
	if err != nil || got != want.String() {
		t.Errorf("got %q, %v; want %q", got, err, want.String())
	}
}

func TestHTMLEscapesEveryField(t *testing.T) {
	set, err := HTML(map[string]string{"main": `<a title="{{.Name}}">{{.Name}}</a>`})
	if err != nil {
		t.Fatal(err)
	}
	got, err := set.Write("main", sample)
	const escaped = "&lt;b&gt;&#34;Ana&#34; &amp; &#39;Bia&#39;"
	if err != nil || got != `<a title="`+escaped+`">`+escaped+`</a>` {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestHTMLFollowsNoAddressButTheWebs(t *testing.T) {
	set, err := HTML(map[string]string{"main": `<a href="{{.Name}}">`})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"https://a.example/?x=1&y=2": `<a href="https://a.example/?x=1&amp;y=2">`, "javascript:alert(1)": `<a href="#">`,
		" https://a": `<a href="#">`, "data:text/html,x": `<a href="#">`, "": `<a href="#">`,
	} {
		if got, err := set.Write("main", row{address}); err != nil || got != want {
			t.Errorf("%s gave %q, %v", address, got, err)
		}
	}
}

func TestWhatIsNoStencilIsRefused(t *testing.T) {
	for _, bad := range []string{
		`{{.Name | printf "%s"}}`, `{{len .Rows}}`, `{{$x := .Name}}`, `{{with .Inner}}x{{end}}`, `{{template "nowhere" .}}`, `{{"text"}}`,
		`{{if`,
		`{{range .Rows}}{{break}}{{end}}`, `{{.Name.Method 1}}`, `{{range .Rows}}a{{else}}b{{end}}`,
	} {
		if _, err := Text(map[string]string{"main": bad}); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
	if _, err := Text(map[string]string{"a": `{{define "x"}}1{{end}}`, "b": `{{define "x"}}2{{end}}`}); err == nil {
		t.Error("one part in two sources was taken")
	}
}

func TestDataThatDoesNotFitIsAnError(t *testing.T) {
	for bad, want := range map[string]string{
		"{{.Nobody}}": "no field", "{{.Name.Of}}": "in no struct", "{{.Rows}}": "neither text", "{{range .Name}}{{end}}": "no list",
		"{{range .Rows}}{{.Nobody}}{{end}}": "no field", "{{if .Nobody}}{{end}}": "no field",
	} {
		set, err := Text(map[string]string{"main": bad})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := set.Write("main", sample); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gave %q, %v", bad, got, err)
		}
	}
	set, err := Text(map[string]string{"main": "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := set.Write("other", sample); err == nil {
		t.Error("an unknown part was written")
	}
}
