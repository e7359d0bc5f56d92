package journey

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/regua/regua/docs"
	"github.com/regua/regua/shared/contract"
)

// operation is one operation of the API document.
type operation struct {
	method  string
	path    *regexp.Regexp
	pointer string // of the operation in the document
	node    map[string]any
}

// document is the API document, ready to hold answers to it.
type document struct {
	root       map[string]any
	operations []operation
	mu         sync.Mutex // guards compiler and schemas
	compiler   *jsonschema.Compiler
	schemas    map[string]*jsonschema.Schema
}

var apiDocument = sync.OnceValues(readDocument)

func readDocument() (*document, error) {
	var tree any
	if err := yaml.Unmarshal(docs.OpenAPI, &tree); err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	text, err := json.Marshal(tree)
	if err != nil {
		return nil, fmt.Errorf("write document as JSON: %w", err)
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	root, ok := parsed.(map[string]any)
	if !ok {
		return nil, errors.New("the document is no object")
	}
	d := &document{root: root, compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource("openapi.json", parsed); err != nil {
		return nil, fmt.Errorf("add document: %w", err)
	}
	parameter := regexp.MustCompile(`\\\{[^}]*\\\}`)
	for _, r := range contract.Routes() {
		pointer := "/paths/" + escape(r.Path) + "/" + strings.ToLower(r.Method)
		node, _ := d.at(pointer).(map[string]any)
		if node == nil {
			return nil, fmt.Errorf("%s %s is not in the document", r.Method, r.Path)
		}
		form := regexp.QuoteMeta(r.Path)
		form = strings.ReplaceAll(form, `\{proxy\+\}`, ".+")
		form = parameter.ReplaceAllString(form, "[^/]+")
		d.operations = append(d.operations, operation{r.Method, regexp.MustCompile("^" + form + "$"), pointer, node})
	}
	return d, nil
}

func escape(step string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(step) }

// at finds a node by its JSON pointer, following a $ref at the end.
func (d *document) at(pointer string) any {
	var node any = d.root
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		object, _ := node.(map[string]any)
		node = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(step)]
	}
	return node
}

// follow goes from a pointer to where its $ref leads.
func (d *document) follow(pointer string) string {
	node, _ := d.at(pointer).(map[string]any)
	if ref, ok := node["$ref"].(string); ok {
		return strings.TrimPrefix(ref, "#")
	}
	return pointer
}

// validate holds a JSON text to the schema at a pointer.
func (d *document) validate(pointer string, text []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	schema, ok := d.schemas[pointer]
	if !ok {
		if schema, err = d.compiler.Compile("openapi.json#" + pointer); err != nil {
			return fmt.Errorf("compile schema %s: %w", pointer, err)
		}
		d.schemas[pointer] = schema
	}
	return schema.Validate(value)
}

// documented holds one exchange to the API document: its route, its status, its problem code, the form of the answer, and that of the
// body that was taken.
func documented(method, path string, body any, r reply) error {
	path, _, _ = strings.Cut(path, "?")
	if !strings.HasPrefix(path, "/v1/") && path != "/docs" && path != "/openapi.yaml" {
		return nil
	}
	d, err := apiDocument()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(d.operations, func(o operation) bool { return o.method == method && o.path.MatchString(path) })
	if i < 0 || r.Header.Get("X-Correlation-Id") == "" {
		return byGateway(i >= 0, r)
	}
	o := d.operations[i]
	response := d.follow(fmt.Sprintf("%s/responses/%d", o.pointer, r.Status))
	if d.at(response) == nil {
		return fmt.Errorf("status %d is not documented: %s", r.Status, r.Body)
	}
	if err := d.answer(o, response, r); err != nil {
		return fmt.Errorf("answer %d: %w\n%.400s", r.Status, err, r.Body)
	}
	if r.Status < 300 && body != nil && body != "" {
		return d.taken(o, body)
	}
	return nil
}

// byGateway takes what the gateway answers by itself: no route, or a request beyond its own limits.
func byGateway(route bool, r reply) error {
	refused := r.Status == http.StatusForbidden && bytes.Contains(r.Body, []byte("Missing Authentication Token")) && !route ||
		r.Status == http.StatusRequestEntityTooLarge || r.Status == http.StatusRequestHeaderFieldsTooLarge
	if !refused || r.Header.Get("X-Amzn-Errortype") == "" {
		return fmt.Errorf("answer %d does not come from a documented route: %s", r.Status, r.Body)
	}
	return nil
}

func (d *document) answer(o operation, response string, r reply) error {
	content, _ := d.at(response + "/content").(map[string]any)
	if len(content) == 0 {
		if len(r.Body) > 0 {
			return errors.New("a body where none is documented")
		}
		return nil
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || content[kind] == nil {
		return fmt.Errorf("content type %q is not documented", r.Header.Get("Content-Type"))
	}
	schema := response + "/content/" + escape(kind) + "/schema"
	if !strings.HasSuffix(kind, "json") {
		return nil
	}
	if err := d.validate(schema, r.Body); err != nil {
		return err
	}
	return d.problem(o, r)
}

func (d *document) problem(o operation, r reply) error {
	if r.Status < 400 {
		return nil
	}
	var p struct {
		Code, CorrelationID string
		Status              int
	}
	if err := json.Unmarshal(r.Body, &p); err != nil {
		return err
	}
	codes, _ := o.node["x-problemCodes"].([]any)
	switch {
	case !slices.Contains(codes, any(p.Code)):
		return fmt.Errorf("code %q is not among the operation's", p.Code)
	case p.Status != r.Status || p.CorrelationID != r.Header.Get("X-Correlation-Id"):
		return errors.New("status or correlation id differ between head and body")
	}
	return nil
}

// taken holds a body that was taken to the schema of the operation's requests.
func (d *document) taken(o operation, body any) error {
	text, isText := body.(string)
	if !isText {
		encoded, err := json.Marshal(body)
		if err != nil {
			return err
		}
		text = string(encoded)
	}
	request := d.follow(o.pointer + "/requestBody")
	if d.at(request) == nil {
		if strings.TrimSpace(text) == "{}" { // where no body is documented, an empty object passes
			return nil
		}
		return errors.New("a body was taken where none is documented")
	}
	if err := d.validate(request+"/content/application~1json/schema", []byte(text)); err != nil {
		return fmt.Errorf("request was taken: %w", err)
	}
	return nil
}

// TestTheDocumentIsHeldTo makes sure that the check of every story's answers can fail.
func TestTheDocumentIsHeldTo(t *testing.T) {
	head := http.Header{"Content-Type": {"application/json"}, "X-Correlation-Id": {"c-1"}}
	problem := http.Header{"Content-Type": {"application/problem+json"}, "X-Correlation-Id": {"c-1"}}
	body := func(status int, code string) []byte {
		return fmt.Appendf(nil, `{"type":"/docs#%s","title":"T","status":%d,"code":"%s","correlationId":"c-1","nextAction":"retry"}`, code,
			status, code)
	}
	for name, c := range map[string]struct {
		method, path string
		body         any
		reply        reply
		good         bool
	}{
		"right answer":       {"POST", "/v1/webhooks/sandbox/a", `{"id":"x"}`, reply{200, head, []byte(`{"status":"ok"}`)}, true},
		"additional field":   {"POST", "/v1/webhooks/sandbox/a", nil, reply{200, head, []byte(`{"status":"ok","more":1}`)}, false},
		"wrong type":         {"POST", "/v1/webhooks/sandbox/a", nil, reply{200, head, []byte(`{"status":1}`)}, false},
		"unknown status":     {"POST", "/v1/webhooks/sandbox/a", nil, reply{202, head, []byte(`{"status":"ok"}`)}, false},
		"unknown route":      {"POST", "/v1/secret", nil, reply{200, head, []byte(`{"status":"ok"}`)}, false},
		"unknown type":       {"GET", "/v1/me/debts", nil, reply{401, head, body(401, "not_authenticated")}, false},
		"right problem":      {"GET", "/v1/me/debts", nil, reply{401, problem, body(401, "not_authenticated")}, true},
		"undocumented code":  {"GET", "/v1/me/debts", nil, reply{401, problem, body(401, "code_rejected")}, false},
		"body instead of no": {"POST", "/v1/auth/logout", nil, reply{204, head, []byte(`{}`)}, false},
		"wrong body taken":   {"POST", "/v1/webhooks/sandbox/a", `"text"`, reply{200, head, []byte(`{"status":"ok"}`)}, false},
	} {
		if err := documented(c.method, c.path, c.body, c.reply); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}
