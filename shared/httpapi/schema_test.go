package httpapi

import (
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/regua/regua/docs"
)

// conforms holds a JSON answer to a schema of the API document.
func conforms(t *testing.T, schema, answer string) {
	t.Helper()
	var document any
	if err := yaml.Unmarshal(docs.OpenAPI, &document); err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiler.DefaultDraft(jsonschema.Draft2020)
	if err := compiler.AddResource("openapi.yaml", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("openapi.yaml#/components/schemas/" + schema)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(answer))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(value); err != nil {
		t.Errorf("%s is no %s: %v", answer, schema, err)
	}
}

func TestLoginAnswersAreAsDocumented(t *testing.T) {
	e, _ := newLogin(nil)
	challenge, _ := e.post(t, challengesPath, "", goodClaim)
	conforms(t, "Challenge", challenge.Body)
	resent, _ := e.post(t, resendPath, publicID, "")
	conforms(t, "Challenge", resent.Body)
	cookie, _ := e.post(t, verifyPath, publicID, `{"code":"04817263"}`)
	conforms(t, "Session", cookie.Body)
	entry, _ := e.post(t, entriesPath, "", `{"token":"vida-plena.q9X2mB0c1yq8T0b8cZVZ7Qk1vJ2u6h1c0m9w7x5y3z0"}`)
	conforms(t, "Entry", entry.Body)
	conforms(t, "PublicCreditor", e.get(t, "/v1/public/creditors/{id}", "vida-plena").Body)
	for _, code := range []string{"", "{", "{}", `{"` + strings.Repeat("x", 200) + `":1}`, `{"":1}`} {
		problem, _ := e.post(t, challengesPath, "", code)
		conforms(t, "Problem", problem.Body)
	}
}
