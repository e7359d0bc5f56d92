package arch_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/regua/regua/shared/contract"
)

// operation is what the document says of one route, as far as contract says it too.
type operation struct {
	Security   *[]map[string][]string `yaml:"security"`
	Codes      []string               `yaml:"x-problemCodes"`
	MaxBody    int                    `yaml:"x-maxBodyBytes"`
	Body       any                    `yaml:"requestBody"`
	Responses  map[string]any         `yaml:"responses"`
	Parameters []struct {
		Ref string `yaml:"$ref"`
	} `yaml:"parameters"`
}

type apiDocument struct {
	Paths      map[string]map[string]yaml.Node `yaml:"paths"`
	Components struct {
		Schemas map[string]struct {
			Enum []string `yaml:"enum"`
		} `yaml:"schemas"`
	} `yaml:"components"`
}

var methods = []string{"get", "put", "post", "delete", "patch", "head", "options"}

func readDocument(t *testing.T) (apiDocument, map[string]operation) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var d apiDocument
	if err := yaml.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	operations := map[string]operation{}
	for path, item := range d.Paths {
		for method, node := range item {
			if !slices.Contains(methods, method) {
				continue
			}
			var o operation
			if err := node.Decode(&o); err != nil {
				t.Fatalf("%s %s: %v", method, path, err)
			}
			operations[strings.ToUpper(method)+" "+path] = o
		}
	}
	return d, operations
}

func documented(r contract.Route) string { return r.Method + " " + r.Path }

func TestTheDocumentHasTheRoutesOfTheContract(t *testing.T) {
	_, operations := readDocument(t)
	var want []string
	for _, r := range contract.Routes() {
		want = append(want, documented(r))
	}
	same(t, "docs/openapi.yaml", slices.Collect(maps.Keys(operations)), want)
}

// schemes lists the security schemes of an operation, each of which suffices alone.
func schemes(o operation) []string {
	if o.Security == nil {
		return []string{"bearer", "cookie"} // the document's own default
	}
	var names []string
	for _, alternative := range *o.Security {
		names = slices.AppendSeq(names, maps.Keys(alternative))
	}
	slices.Sort(names)
	return names
}

// demanded is what contract demands, in the document's words. A provider's GET is its question whether the address is right; it proves
// nothing.
func demanded(r contract.Route) []string {
	switch {
	case r.Kind == contract.Participant:
		return []string{"bearer", "cookie"}
	case r.Kind == contract.Provider && r.Method == "POST":
		return []string{"webhookSignature"}
	case r.Kind == contract.Creditor:
		return []string{"creditorSignature"}
	}
	return nil
}

func TestTheDocumentSaysWhatARouteDemands(t *testing.T) {
	_, operations := readDocument(t)
	for _, r := range contract.Routes() {
		o, name := operations[documented(r)], documented(r)
		if got := schemes(o); !slices.Equal(got, demanded(r)) {
			t.Errorf("%s: contract lets %s in, the document demands %q", name, r.Kind, got)
		}
		if o.MaxBody != r.MaxBody {
			t.Errorf("%s: the document allows a body of %d bytes, contract %d", name, o.MaxBody, r.MaxBody)
		}
		key := slices.ContainsFunc(o.Parameters, func(p struct {
			Ref string `yaml:"$ref"`
		}) bool {
			return strings.HasSuffix(p.Ref, "/IdempotencyKey")
		})
		if key != r.Idempotent || slices.Contains(o.Codes, contract.CodeIdempotencyKeyMissing) != r.Idempotent {
			t.Errorf("%s: contract and document differ on the Idempotency-Key", name)
		}
	}
}

// The problems are those of the contract both ways, and each operation shows the status of each of its codes.
func TestTheDocumentHasTheProblemsOfTheContract(t *testing.T) {
	d, operations := readDocument(t)
	status := map[string]int{}
	for _, p := range contract.Problems() {
		status[p.Code] = p.Status
	}
	same(t, "problem codes of docs/openapi.yaml", d.Components.Schemas["ProblemCode"].Enum, slices.Collect(maps.Keys(status)))
	answered := map[string]bool{}
	for name, o := range operations {
		for _, code := range o.Codes {
			answered[code] = true
			if _, ok := o.Responses[strconv.Itoa(status[code])]; !ok {
				t.Errorf("%s: may answer %s and shows no %d", name, code, status[code])
			}
		}
		for shown := range o.Responses {
			if shown < "400" {
				continue
			}
			if !slices.ContainsFunc(o.Codes, func(code string) bool { return strconv.Itoa(status[code]) == shown }) {
				t.Errorf("%s: shows %s and lists no code of it", name, shown)
			}
		}
	}
	for code := range status {
		if !answered[code] {
			t.Errorf("no operation answers %s", code)
		}
	}
}
