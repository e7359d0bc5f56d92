package stack_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"

	"github.com/regua/regua/infra/stack"
	"github.com/regua/regua/shared/contract"
)

var update = flag.Bool("update", false, "write testdata/*.template.json anew")

// resource is one resource of a template.
type resource struct {
	Type                string
	Properties          map[string]any
	DependsOn           any
	DeletionPolicy      string
	UpdateReplacePolicy string
}

// template is a synthesized stack.
type template struct {
	Resources map[string]resource
	raw       map[string]any
}

func (s template) ofType(kind string) map[string]resource {
	out := maps.Clone(s.Resources)
	maps.DeleteFunc(out, func(_ string, r resource) bool { return r.Type != kind })
	return out
}

// named finds the resource of a type whose name property has a value.
func (s template) named(t *testing.T, kind, property, value string) (string, resource) {
	t.Helper()
	for logical, r := range s.ofType(kind) {
		if r.Properties[property] == value {
			return logical, r
		}
	}
	t.Fatalf("no %s has the %s %q", kind, property, value)
	return "", resource{}
}

// synthesized holds what all tests look at: every App costs a second, so there is one.
type synthesized struct {
	core, doubled template
	edge          map[string]template
	err           error
}

const (
	testStage  = "prod"
	testDomain = "pague.regua.example"
)

var all = sync.OnceValue(func() (out synthesized) {
	defer func() {
		if fault := recover(); fault != nil { // a cycle, for one: the CDK panics
			out.err = fmt.Errorf("%v", fault)
		}
	}()
	folder, err := os.MkdirTemp("", "regua-stack-")
	if err != nil {
		return synthesized{err: err}
	}
	defer func() { _ = os.RemoveAll(folder) }()
	outdir := filepath.Join(folder, "out")
	app := awscdk.NewApp(&awscdk.AppProps{
		Context: contextOf(), Outdir: &outdir, AnalyticsReporting: jsii.Bool(false), StackTraces: jsii.Bool(false),
	})
	settings, err := stack.Read(app.Node())
	if err != nil {
		return synthesized{err: err}
	}
	product := stack.FromContract()
	core, err := stack.NewCore(app, settings, product, stubs(folder, product))
	if err != nil {
		return synthesized{err: err}
	}
	twice := doubled()
	other := awscdk.NewStage(app, jsii.String("Doubled"), nil)
	more, err := stack.NewCore(other, settings, twice, stubs(folder, twice))
	if err != nil {
		return synthesized{err: err}
	}
	edge, err := newEdge(app, settings, core, folder)
	if err != nil {
		return synthesized{err: err}
	}
	// The first template is written with all others of the app, after which nothing can be added.
	out.core, out.doubled = read(core.Stack), read(more.Stack)
	out.edge = map[string]template{"edge": read(edge.Stack), "perimeter": read(edge.Perimeter)}
	return out
})

// contextOf is the context of cdk.json and that of a deployment with everything.
func contextOf() *map[string]any {
	text, err := os.ReadFile("../../cdk.json")
	if err != nil {
		panic(err)
	}
	var file struct{ Context map[string]any }
	if err := json.Unmarshal(text, &file); err != nil {
		panic(err)
	}
	maps.Copy(file.Context, map[string]any{
		stack.KeyStage: testStage, stack.KeyAccount: "111122223333", stack.KeyRegion: "sa-east-1", stack.KeyDomain: testDomain,
		stack.KeyProviders: "sandbox:vida-plena,sandbox:credora", stack.KeyCreditors: "vida-plena", stack.KeySandbox: "https://bank.example",
	})
	return &file.Context
}

// stubs are folders in the place of compiled programs, so that the templates do not change with the code.
func stubs(folder string, p stack.Product) map[string]stack.Code {
	stub := filepath.Join(folder, "stub")
	if err := os.MkdirAll(stub, 0o750); err != nil {
		panic(err)
	}
	if err := os.WriteFile(filepath.Join(stub, "bootstrap"), []byte("stub"), 0o600); err != nil {
		panic(err)
	}
	code := map[string]stack.Code{}
	for _, f := range p.Functions {
		code[f.Name] = stack.Code{Folder: stub, Hash: f.Name}
	}
	return code
}

// doubled is the product with as many functions and routes again.
func doubled() stack.Product {
	p := stack.FromContract()
	for _, f := range contract.Functions() {
		f.Name += "-more"
		p.Functions = append(p.Functions, f)
	}
	for _, permission := range contract.Permissions() {
		permission.Function += "-more"
		p.Permissions = append(p.Permissions, permission)
	}
	for _, r := range contract.Routes() {
		r.Path, r.Function = "/more"+r.Path, r.Function+"-more"
		p.Routes = append(p.Routes, r)
	}
	return p
}

func read(of awscdk.Stack) template {
	raw := *assertions.Template_FromStack(of, nil).ToJSON() // panics at a cycle
	text, err := json.Marshal(raw)
	if err != nil {
		panic(err)
	}
	var out template
	if err := json.Unmarshal(text, &out); err != nil {
		panic(err)
	}
	if err := json.Unmarshal(text, &out.raw); err != nil {
		panic(err)
	}
	return out
}

func core(t *testing.T) template {
	t.Helper()
	if err := all().err; err != nil {
		t.Fatal(err)
	}
	return all().core
}

// flat writes a value with its intrinsic functions as text: {"Ref": "X"} is ${X}, {"Fn::GetAtt": ["X", "Arn"]} is ${X.Arn}.
func flat(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []any:
		parts := make([]string, len(v))
		for i, each := range v {
			parts[i] = flat(each)
		}
		return strings.Join(parts, " ")
	case map[string]any:
		if ref, ok := v["Ref"].(string); ok {
			return "${" + ref + "}"
		}
		if att, ok := v["Fn::GetAtt"].([]any); ok {
			return "${" + att[0].(string) + "." + att[1].(string) + "}"
		}
		if join, ok := v["Fn::Join"].([]any); ok {
			var out strings.Builder
			for _, part := range join[1].([]any) {
				out.WriteString(flat(part))
			}
			return out.String()
		}
		if sub, ok := v["Fn::Sub"].(string); ok {
			return sub
		}
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// texts is a property that is one text or several.
func texts(value any) []string {
	if several, ok := value.([]any); ok {
		out := make([]string, len(several))
		for i, each := range several {
			out[i] = flat(each)
		}
		return out
	}
	if value == nil {
		return nil
	}
	return []string{flat(value)}
}

func at(value any, path ...any) any {
	for _, step := range path {
		switch key := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[key]
		case int:
			list, _ := value.([]any)
			if key >= len(list) {
				return nil
			}
			value = list[key]
		}
	}
	return value
}

// same reports what stands on one side only.
func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("%s: the template has %v, want %v", what, got, want)
	}
}
