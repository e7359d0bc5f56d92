package stepfunctions

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/regua/regua/infra/local/wire"
)

const (
	defaultPage = 100
	maxPage     = 1000
	maxName     = 80
	maxError    = 256
	maxCause    = 32768
)

// request holds the members of all the operations that the engine knows.
type request struct {
	StateMachineArn      string  `json:"stateMachineArn"`
	ExecutionArn         string  `json:"executionArn"`
	Name                 string  `json:"name"`
	Input                *string `json:"input"`
	TraceHeader          string  `json:"traceHeader"`
	IncludedData         string  `json:"includedData"`
	Error                string  `json:"error"`
	Cause                string  `json:"cause"`
	TaskToken            string  `json:"taskToken"`
	Output               string  `json:"output"`
	MaxResults           int     `json:"maxResults"`
	NextToken            string  `json:"nextToken"`
	ReverseOrder         bool    `json:"reverseOrder"`
	IncludeExecutionData *bool   `json:"includeExecutionData"`
	StatusFilter         string  `json:"statusFilter"`
}

// Serve answers one call of the Step Functions API.
func (e *Engine) Serve(_ context.Context, call wire.Call) (any, error) {
	operation := e.operation(call.Operation)
	if operation == nil {
		return nil, wire.Unknown(call)
	}
	var r request
	d := json.NewDecoder(bytes.NewReader(call.Body))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return nil, wire.Errorf("SerializationException", "%s", err.Error())
	}
	if len(r.Error) > maxError || len(r.Cause) > maxCause || (r.Input != nil && len(*r.Input) > maxPayload) || len(r.Output) > maxPayload {
		return nil, wire.Errorf("ValidationException", "a member of the request is longer than it may be")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.broken != nil {
		return nil, e.broken
	}
	return operation(r)
}

func (e *Engine) operation(name string) func(request) (any, error) {
	return map[string]func(request) (any, error){
		"StartExecution":       e.startExecution,
		"DescribeExecution":    e.describeExecution,
		"StopExecution":        e.stopExecution,
		"GetExecutionHistory":  e.getExecutionHistory,
		"ListExecutions":       e.listExecutions,
		"DescribeStateMachine": e.describeStateMachine,
		"SendTaskSuccess":      e.sendTaskSuccess,
		"SendTaskFailure":      e.sendTaskFailure,
		"SendTaskHeartbeat":    e.sendTaskHeartbeat,
	}[name]
}

func (e *Engine) startExecution(r request) (any, error) {
	m, err := e.machine(r.StateMachineArn)
	if err != nil {
		return nil, err
	}
	input := "{}"
	if r.Input != nil {
		input = *r.Input
	}
	if _, err := decode([]byte(input)); err != nil {
		return nil, wire.Errorf("InvalidExecutionInput", "Invalid State Machine Execution Input: '%s'", err)
	}
	name := r.Name
	if name == "" {
		name = e.freeName(m)
	}
	if !validName(name) {
		return nil, wire.Errorf("InvalidName", "Invalid Name: '%s'", name)
	}
	if x := e.executions[executionKey(m.name, name)]; x != nil {
		if x.running() && x.input == input {
			return started(x), nil
		}
		return nil, wire.Errorf("ExecutionAlreadyExists", "Execution Already Exists: '%s'", x.arn())
	}
	x := &execution{machine: m.name, name: name, definition: m.definition}
	e.executions[executionKey(m.name, name)] = x
	err = e.turn(x, func(t *turn) {
		t.emit(nil, event{Type: executionStarted, Data: input, More: &details{Definition: m.definition.hash}})
		t.ready = append(t.ready, entry{x.root, m.definition.top.startAt, input})
	})
	if err != nil {
		return nil, err
	}
	if x.running() {
		e.keepTime(x)
	}
	return started(x), nil
}

func started(x *execution) document {
	return document{"executionArn": x.arn(), "startDate": wireTime(x.start)}
}

// freeName makes a name for an execution that was given none.
func (e *Engine) freeName(m *machine) string {
	for n := len(e.executions); ; n++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%d", m.name, toMillis(e.clock.Now()), n))
		name := fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
		if e.executions[executionKey(m.name, name)] == nil {
			return name
		}
	}
}

func validName(name string) bool {
	return name != "" && len([]rune(name)) <= maxName && !strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar || strings.ContainsRune("<>{}[]?*\"#%\\^|~`$&,;:/", r)
	})
}

func (e *Engine) machine(arn string) (*machine, error) {
	if !strings.HasPrefix(arn, "arn:") || strings.Count(arn, ":") < 6 {
		return nil, wire.Errorf("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: %s'", arn)
	}
	m := e.machines[arn[strings.LastIndexByte(arn, ':')+1:]]
	if m == nil || arn != machineARN(m.name) {
		return nil, wire.Errorf("StateMachineDoesNotExist", "State Machine Does Not Exist: '%s'", arn)
	}
	return m, nil
}

func (e *Engine) execution(arn string) (*execution, error) {
	parts := strings.Split(arn, ":")
	if len(parts) != 8 || parts[0] != "arn" || parts[5] != "execution" {
		return nil, wire.Errorf("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: %s'", arn)
	}
	x := e.executions[executionKey(parts[6], parts[7])]
	if x == nil || x.arn() != arn {
		return nil, wire.Errorf("ExecutionDoesNotExist", "Execution Does Not Exist: '%s'", arn)
	}
	return x, nil
}

func (e *Engine) describeExecution(r request) (any, error) {
	x, err := e.execution(r.ExecutionArn)
	if err != nil {
		return nil, err
	}
	doc := x.summary()
	doc["input"], doc["inputDetails"] = x.input, document{"included": true}
	if x.status == statusSucceeded {
		doc["output"], doc["outputDetails"] = x.output, document{"included": true}
	}
	if x.errName != "" {
		doc["error"] = x.errName
	}
	if x.cause != "" {
		doc["cause"] = x.cause
	}
	return doc, nil
}

// summary is an execution as ListExecutions shows it.
func (x *execution) summary() document {
	doc := document{"executionArn": x.arn(), "stateMachineArn": machineARN(x.machine), "name": x.name, "status": x.status,
		"startDate": wireTime(x.start), "redriveCount": 0}
	if !x.running() {
		doc["stopDate"] = wireTime(x.stop)
	}
	return doc
}

func (e *Engine) stopExecution(r request) (any, error) {
	x, err := e.execution(r.ExecutionArn)
	if err != nil {
		return nil, err
	}
	if x.running() {
		if err := e.turn(x, func(t *turn) { t.finish(executionAborted, "", failure{r.Error, r.Cause}) }); err != nil {
			return nil, err
		}
	}
	return document{"stopDate": wireTime(x.stop)}, nil
}

func (e *Engine) getExecutionHistory(r request) (any, error) {
	x, err := e.execution(r.ExecutionArn)
	if err != nil {
		return nil, err
	}
	events := x.events
	if r.ReverseOrder {
		events = slices.Clone(events)
		slices.Reverse(events)
	}
	from, to, next, err := page(r, len(events))
	if err != nil {
		return nil, err
	}
	data := r.IncludeExecutionData == nil || *r.IncludeExecutionData
	docs := make([]document, 0, to-from)
	for _, ev := range events[from:to] {
		docs = append(docs, ev.document(data))
	}
	return listing("events", docs, next), nil
}

func (e *Engine) listExecutions(r request) (any, error) {
	m, err := e.machine(r.StateMachineArn)
	if err != nil {
		return nil, err
	}
	statuses := []string{"", statusRunning, statusSucceeded, statusFailed, statusAborted, statusTimedOut, "PENDING_REDRIVE"}
	if !slices.Contains(statuses, r.StatusFilter) {
		return nil, wire.Errorf("ValidationException", "Value '%s' at 'statusFilter' failed to satisfy constraint", r.StatusFilter)
	}
	all := slices.DeleteFunc(e.sorted(), func(x *execution) bool {
		return x.machine != m.name || (r.StatusFilter != "" && x.status != r.StatusFilter)
	})
	slices.Reverse(all) // the youngest first
	from, to, next, err := page(r, len(all))
	if err != nil {
		return nil, err
	}
	docs := make([]document, 0, to-from)
	for _, x := range all[from:to] {
		docs = append(docs, x.summary())
	}
	return listing("executions", docs, next), nil
}

func listing(name string, docs []document, next string) document {
	doc := document{name: docs}
	if next != "" {
		doc["nextToken"] = next
	}
	return doc
}

// page cuts a list of n by maxResults and nextToken, whose content is the place to go on from.
func page(r request, n int) (from, to int, next string, err error) {
	if r.MaxResults < 0 || r.MaxResults > maxPage {
		return 0, 0, "", wire.Errorf("ValidationException", "maxResults must be from 0 to %d", maxPage)
	}
	if r.NextToken != "" {
		raw, err := base64.RawURLEncoding.DecodeString(r.NextToken)
		if err == nil {
			from, err = strconv.Atoi(string(raw))
		}
		if err != nil || from < 0 {
			return 0, 0, "", wire.Errorf("InvalidToken", "Invalid Token: 'Invalid token'")
		}
	}
	from = min(from, n)
	to = min(from+cmp.Or(r.MaxResults, defaultPage), n)
	if to < n {
		next = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(to)))
	}
	return from, to, next, nil
}

func (e *Engine) describeStateMachine(r request) (any, error) {
	m, err := e.machine(r.StateMachineArn)
	if err != nil {
		return nil, err
	}
	return document{"stateMachineArn": machineARN(m.name), "name": m.name, "definition": m.definition.text, "type": "STANDARD",
		"status": "ACTIVE", "roleArn": roleARN, "creationDate": wireTime(m.created), "revisionId": m.definition.hash}, nil
}

// waiting finds the task that a token belongs to while it has no outcome.
func (e *Engine) waiting(token string) (*execution, *branch, error) {
	tok, ok := parseToken(token)
	if !ok {
		return nil, nil, wire.Errorf("InvalidToken", "Invalid Token: 'Invalid token'")
	}
	x := e.executions[executionKey(tok.machine, tok.execution)]
	if x == nil || x.start != tok.start {
		return nil, nil, wire.Errorf("TaskDoesNotExist", "Task does not exist")
	}
	b := x.task(tok.scheduled)
	if b == nil || (b.block.until > 0 && toMillis(e.clock.Now()) >= b.block.until) {
		return nil, nil, wire.Errorf("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
	}
	return x, b, nil
}

func (e *Engine) sendTaskSuccess(r request) (any, error) {
	result, err := decode([]byte(r.Output))
	if err != nil {
		return nil, wire.Errorf("InvalidOutput", "Invalid Output: '%s'", err)
	}
	x, b, err := e.waiting(r.TaskToken)
	if err != nil {
		return nil, err
	}
	return document{}, e.turn(x, func(t *turn) {
		t.emit(b, event{Type: taskSucceeded, Data: r.Output, More: b.state.resourceDetails})
		if x.running() {
			t.succeed(b, result)
		}
	})
}

func (e *Engine) sendTaskFailure(r request) (any, error) {
	x, b, err := e.waiting(r.TaskToken)
	if err != nil {
		return nil, err
	}
	return document{}, e.turn(x, func(t *turn) { t.fail(b, &failure{r.Error, r.Cause}, taskFailed) })
}

func (e *Engine) sendTaskHeartbeat(r request) (any, error) {
	x, b, err := e.waiting(r.TaskToken)
	if err != nil {
		return nil, err
	}
	if b.block.kind == blockToken {
		e.awaitHeartbeat(x, b)
	}
	return document{}, nil
}
