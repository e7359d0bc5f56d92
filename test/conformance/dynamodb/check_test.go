package dynamodb_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// check is one behaviour: calls, and what each has to answer. The files of testdata say how they are written.
type check struct {
	name   string
	excuse string // why DynamoDB Local need not pass it: AWS's page that says otherwise
	run    func(g *target, partition string) error
}

// step is one call of a written check.
type step struct {
	operation, body string
	kind            byte // '=' the whole answer, '~' some members of it, '!' an error, 0 any answer but an error
	want            string
}

var operations = map[string]string{"Put": "PutItem", "Get": "GetItem", "Update": "UpdateItem", "Delete": "DeleteItem", "Query": "Query",
	"Scan": "Scan", "BatchGet": "BatchGetItem", "BatchWrite": "BatchWriteItem", "TransactWrite": "TransactWriteItems",
	"TransactGet": "TransactGetItems", "Create": "CreateTable", "Describe": "DescribeTable", "UpdateTTL": "UpdateTimeToLive",
	"DescribeTTL": "DescribeTimeToLive"}

// written reads the checks of a file of testdata.
func written(t testing.TB, file string) []check {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var checks []check
	var steps []*step
	flush := func() {
		if len(checks) > 0 {
			all := slices.Clone(steps)
			checks[len(checks)-1].run = func(g *target, partition string) error { return runSteps(g, all, partition) }
		}
		steps = nil
	}
	for i, line := range strings.Split(string(text), "\n") {
		head, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || head == "#":
		case head == "==":
			flush()
			checks = append(checks, check{name: rest})
		case head == "oracle:":
			checks[len(checks)-1].excuse = rest
		case operations[head] != "":
			steps = append(steps, &step{operation: operations[head], body: rest})
		case head == "=" || head == "~" || head == "!":
			last := steps[len(steps)-1]
			last.kind, last.want = head[0], rest
		default:
			t.Fatalf("%s:%d: %q", file, i+1, line)
		}
	}
	flush()
	return checks
}

func runSteps(g *target, steps []*step, partition string) error {
	for _, s := range steps {
		request, err := expand(s.body, partition)
		if err != nil {
			return fmt.Errorf("request of %s %s: %w", s.operation, s.body, err)
		}
		a, err := g.send(s.operation, text(withTable(s.operation, request)))
		if err != nil {
			return err
		}
		if err := s.holds(a, partition); err != nil {
			return fmt.Errorf("%s %s: %w", s.operation, s.body, err)
		}
	}
	return nil
}

func (s *step) holds(a answer, partition string) error {
	if s.kind == '!' {
		code, part, _ := strings.Cut(s.want, ":")
		if a.code != code || !strings.Contains(a.message, strings.TrimSpace(part)) {
			return fmt.Errorf("answered %s, want error %s", a, s.want)
		}
		return nil
	}
	if a.code != "" {
		return fmt.Errorf("answered %s", a)
	}
	if s.kind == 0 {
		return nil
	}
	want, err := expand(s.want, partition)
	if err != nil {
		return fmt.Errorf("expectation %s: %w", s.want, err)
	}
	got := a.body
	if s.kind == '~' {
		part := doc{}
		for name := range want {
			if v, ok := got[name]; ok {
				part[name] = v
			}
		}
		got = part
	}
	if g, w := text(canonical(got)), text(canonical(want)); g != w {
		return fmt.Errorf("answered %s, want %s", g, w)
	}
	return nil
}

var (
	keyMacro  = regexp.MustCompile(`@(\w+)`)
	longMacro = regexp.MustCompile(`\$X(\d+)`)
)

// expand reads the JSON of a check: @1 is the key with sort key 1 in the check's own partition $P, $X5 is xxxxx, and attribute values may
// be written without their types.
func expand(written, partition string) (doc, error) {
	written = keyMacro.ReplaceAllString(written, `"pk":"$$P","sk":"$1"`)
	written = longMacro.ReplaceAllStringFunc(written, func(m string) string {
		n, _ := strconv.Atoi(m[2:])
		return strings.Repeat("x", n)
	})
	written = strings.ReplaceAll(written, "$P", partition)
	var body doc
	decoder := json.NewDecoder(bytes.NewReader([]byte(written)))
	decoder.UseNumber()
	if err := decoder.Decode(&body); err != nil {
		return nil, err
	}
	out, _ := typedMembers(body).(doc)
	return out, nil
}

// typedMembers writes the types into all members that hold attributes.
func typedMembers(v any) any {
	switch v := v.(type) {
	case doc:
		out := doc{}
		for name, member := range v {
			fields, isDoc := member.(doc)
			list, isList := member.([]any)
			switch {
			case isDoc && slices.Contains([]string{"Item", "Key", "ExpressionAttributeValues", "ExclusiveStartKey", "LastEvaluatedKey",
				"Attributes"}, name):
				out[name] = typedFields(fields)
			case isList && slices.Contains([]string{"Items", "Keys", "things", "numbers"}, name) && !isRequests(list):
				typed := make([]any, len(list))
				for i, element := range list {
					fields, _ := element.(doc)
					typed[i] = typedFields(fields)
				}
				out[name] = typed
			default:
				out[name] = typedMembers(member)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, element := range v {
			out[i] = typedMembers(element)
		}
		return out
	}
	return v
}

// isRequests tells the write requests of a batch from the items that one answers.
func isRequests(list []any) bool {
	return slices.ContainsFunc(list, func(v any) bool {
		d, _ := v.(doc)
		return d["PutRequest"] != nil || d["DeleteRequest"] != nil
	})
}

func typedFields(fields doc) doc {
	out := doc{}
	for name, v := range fields {
		out[name] = typed(v)
	}
	return out
}

// typed writes the type of a value that has none: 1 is {"N":"1"}, ["a"] is {"L":[{"S":"a"}]}. What has types stays.
func typed(v any) any {
	switch v := v.(type) {
	case string:
		return doc{"S": v}
	case json.Number:
		return doc{"N": v.String()}
	case bool:
		return doc{"BOOL": v}
	case nil:
		return doc{"NULL": true}
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			list[i] = typed(element)
		}
		return doc{"L": list}
	case doc:
		isType := func(name string) bool {
			return slices.Contains([]string{"S", "N", "B", "SS", "NS", "BS", "NULL", "BOOL", "L", "M"}, name)
		}
		if len(v) > 0 && !slices.ContainsFunc(members(v), func(name string) bool { return !isType(name) }) {
			return v
		}
		return doc{"M": typedFields(v)}
	}
	return v
}

// withTable names the table where a request names none.
func withTable(operation string, body doc) doc {
	switch operation {
	case "CreateTable", "BatchGetItem", "BatchWriteItem":
	case "TransactWriteItems", "TransactGetItems":
		items, _ := body["TransactItems"].([]any)
		for _, item := range items {
			actions, _ := item.(doc)
			for _, action := range actions {
				if d, ok := action.(doc); ok && d["TableName"] == nil {
					d["TableName"] = "things"
				}
			}
		}
	default:
		if body["TableName"] == nil {
			body["TableName"] = "things"
		}
	}
	return body
}

// rows reads a file of lines "item | expression | values | outcome" into checks.
func rows(t testing.TB, file string, stepsOf func(cells []string) []*step) []check {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var checks []check
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		line, excuse, _ := strings.Cut(line, " || oracle: ")
		cells := strings.Split(line, " | ")
		if len(cells) != 4 {
			t.Fatalf("%s:%d has %d cells: %q", file, i+1, len(cells), line)
		}
		steps := stepsOf(cells)
		name := strings.TrimSuffix(file, ".txt") + ": " + cells[1] + " | " + cells[2] + " | " + cells[0]
		checks = append(checks, check{name: name, excuse: excuse,
			run: func(g *target, partition string) error { return runSteps(g, steps, partition) }})
	}
	return checks
}

// values writes the member of a request that holds values, if there are any.
func values(cell string) string {
	if cell == "" {
		return ""
	}
	return `,"ExpressionAttributeValues":{` + cell + `}`
}

// item writes the fields of a check's only item.
func item(cell string) string {
	if cell == "" {
		return `{@1}`
	}
	return `{@1,` + cell + `}`
}

func conditionSteps(cells []string) []*step {
	expression, _ := json.Marshal(cells[1])
	attempt := &step{operation: "Delete", body: fmt.Sprintf(`{"Key":{@1},"ConditionExpression":%s%s}`, expression, values(cells[2]))}
	switch cells[3] {
	case "yes":
	case "no":
		attempt.kind, attempt.want = '!', "ConditionalCheckFailedException: The conditional request failed"
	default:
		attempt.kind, attempt.want = '!', "ValidationException: "+cells[3]
	}
	attempt.operation = "DeleteItem"
	return []*step{{operation: "PutItem", body: `{"Item":` + item(cells[0]) + `}`}, attempt}
}

func updateSteps(cells []string) []*step {
	expression, _ := json.Marshal(cells[1])
	update := &step{operation: "UpdateItem", body: fmt.Sprintf(`{"Key":{@1},"UpdateExpression":%s,"ReturnValues":"ALL_NEW"%s}`, expression,
		values(cells[2]))}
	after := item(cells[0])
	if message, refused := strings.CutPrefix(cells[3], "! "); refused {
		update.kind, update.want = '!', "ValidationException: "+message
	} else {
		after = item(strings.TrimPrefix(cells[3], "-"))
		update.kind, update.want = '=', `{"Attributes":`+after+`}`
	}
	return []*step{{operation: "PutItem", body: `{"Item":` + item(cells[0]) + `}`}, update,
		{operation: "GetItem", body: `{"Key":{@1},"ConsistentRead":true}`, kind: '=', want: `{"Item":` + after + `}`}}
}

func same(a, b any) bool { return reflect.DeepEqual(canonical(a), canonical(b)) }
