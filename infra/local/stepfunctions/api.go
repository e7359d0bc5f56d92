package stepfunctions

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/regua/regua/infra/local/wire"
)

const (
	defaultPage = 100
	maxPage     = 1000
	maxError    = 256
	maxCause    = 32768
)

// request holds the members of all the operations that the engine knows.
type request struct {
	StateMachineArn      string  `json:"stateMachineArn"`
	ExecutionArn         string  `json:"executionArn"`
	Name                 string  `json:"name"`
	Input                *string `json:"input"`
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

func (e *Engine) operations() wire.Operations {
	return wire.Operations{
		"StartExecution":       on(e, e.machine, e.startExecution),
		"ListExecutions":       on(e, e.machine, e.listExecutions),
		"DescribeStateMachine": on(e, e.machine, describeStateMachine),
		"DescribeExecution":    on(e, e.execution, describeExecution),
		"StopExecution":        on(e, e.execution, e.stopExecution),
		"GetExecutionHistory":  on(e, e.execution, getExecutionHistory),
		"SendTaskSuccess":      on(e, e.answered, e.sendTaskSuccess),
		"SendTaskFailure":      on(e, e.waiting, e.sendTaskFailure),
		"SendTaskHeartbeat":    on(e, e.waiting, e.sendTaskHeartbeat),
	}
}

// on makes an operation of what finds its subject and what is done to it.
func on[T any](e *Engine, find func(request) (T, error), do func(T, request) (document, error)) func(wire.Call) (any, error) {
	return wire.JSON("SerializationException", func(r request) (any, error) {
		if len(r.Error) > maxError || len(r.Cause) > maxCause || (r.Input != nil && len(*r.Input) > maxPayload) || len(r.Output) > maxPayload {
			return nil, wire.Errorf("ValidationException", "a member of the request is longer than it may be")
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		subject, err := find(r)
		if err = cmp.Or(e.broken, err); err != nil {
			return nil, err
		}
		return do(subject, r)
	})
}

func (e *Engine) startExecution(m *machine, r request) (document, error) {
	input := "{}"
	if r.Input != nil {
		input = *r.Input
	}
	if _, err := decode(input); err != nil {
		return nil, wire.Errorf("InvalidExecutionInput", "Invalid State Machine Execution Input: '%s'", err)
	}
	x := &execution{machine: m.name, name: r.Name, definition: m.definition}
	if x.name == "" {
		x.name = e.freeName(m)
	}
	if !executionName.MatchString(x.name) {
		return nil, wire.Errorf("InvalidName", "Invalid Name: '%s'", x.name)
	}
	if x := e.executions[x.arn()]; x != nil {
		if x.running() && x.input == input {
			return started(x), nil
		}
		return nil, wire.Errorf("ExecutionAlreadyExists", "Execution Already Exists: '%s'", x.arn())
	}
	e.executions[x.arn()] = x
	err := e.turn(x, func(t *turn) {
		t.emit(nil, event{Type: executionStarted, Data: input, More: &details{Definition: m.definition.hash}})
		t.ready = append(t.ready, entry{x.root, m.definition.top.startAt, input})
	})
	if err == nil && x.running() {
		e.keepTime(x)
	}
	return started(x), err
}

func started(x *execution) document {
	return document{"executionArn": x.arn(), "startDate": wireTime(x.start)}
}

// freeName makes a name for an execution that was given none.
func (e *Engine) freeName(m *machine) string {
	for n := len(e.executions); ; n++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%d", m.name, e.now(), n))
		name := fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
		if e.executions[executionARN(m.name, name)] == nil {
			return name
		}
	}
}

// executionName holds what a name is made of: no white space, no control characters, no special ones.
var executionName = regexp.MustCompile("^[^\\s\\p{Z}\\p{Cc}\uFFFD<>{}\\[\\]?*\"#%\\\\^|~`$&,;:/]{1,80}$")

func (e *Engine) machine(r request) (*machine, error) {
	arn := r.StateMachineArn
	m := e.machines[arn[strings.LastIndexByte(arn, ':')+1:]]
	if m == nil || arn != machineARN(m.name) {
		return nil, absent(arn, "StateMachineDoesNotExist", "State Machine Does Not Exist: '%s'")
	}
	return m, nil
}

func (e *Engine) execution(r request) (*execution, error) {
	x := e.executions[r.ExecutionArn]
	if x == nil {
		return nil, absent(r.ExecutionArn, "ExecutionDoesNotExist", "Execution Does Not Exist: '%s'")
	}
	return x, nil
}

// absent refuses an ARN that nothing has.
func absent(arn, code, message string) error {
	if !strings.HasPrefix(arn, "arn:") || strings.Count(arn, ":") < 6 {
		code, message = "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: %s'"
	}
	return wire.Errorf(code, message, arn)
}

func describeExecution(x *execution, _ request) (document, error) {
	doc := x.summary()
	doc["input"], doc["inputDetails"] = x.input, document{"included": true}
	if x.status == statusSucceeded {
		doc["output"], doc["outputDetails"] = x.output, document{"included": true}
	}
	doc.failure(x.failure, true)
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

func (e *Engine) stopExecution(x *execution, r request) (document, error) {
	var err error
	if x.running() {
		err = e.turn(x, func(t *turn) { t.finish(executionAborted, "", failure{r.Error, r.Cause}) })
	}
	return document{"stopDate": wireTime(x.stop)}, err
}

func getExecutionHistory(x *execution, r request) (document, error) {
	events := x.events
	if r.ReverseOrder {
		events = slices.Clone(events)
		slices.Reverse(events)
	}
	data := r.IncludeExecutionData == nil || *r.IncludeExecutionData
	return page(r, "events", events, func(ev event) document { return ev.document(data) })
}

func (e *Engine) listExecutions(m *machine, r request) (document, error) {
	statuses := []string{"", statusRunning, statusSucceeded, statusFailed, statusAborted, statusTimedOut, "PENDING_REDRIVE"}
	if !slices.Contains(statuses, r.StatusFilter) {
		return nil, wire.Errorf("ValidationException", "Value '%s' at 'statusFilter' failed to satisfy constraint", r.StatusFilter)
	}
	all := slices.DeleteFunc(e.sorted(), func(x *execution) bool {
		return x.machine != m.name || (r.StatusFilter != "" && x.status != r.StatusFilter)
	})
	slices.Reverse(all) // the youngest first
	return page(r, "executions", all, (*execution).summary)
}

// page answers the part of a list that maxResults and nextToken ask for; a token is the place to go on from.
func page[T any](r request, name string, all []T, show func(T) document) (document, error) {
	if r.MaxResults < 0 || r.MaxResults > maxPage {
		return nil, wire.Errorf("ValidationException", "maxResults must be from 0 to %d", maxPage)
	}
	from, err := strconv.Atoi(cmp.Or(r.NextToken, "0"))
	if err != nil || from < 0 {
		return nil, wire.Errorf("InvalidToken", "Invalid Token: 'Invalid token'")
	}
	from = min(from, len(all))
	to := min(from+cmp.Or(r.MaxResults, defaultPage), len(all))
	docs, doc := make([]document, 0, to-from), document{}
	for _, one := range all[from:to] {
		docs = append(docs, show(one))
	}
	if doc[name] = docs; to < len(all) {
		doc["nextToken"] = strconv.Itoa(to)
	}
	return doc, nil
}

func describeStateMachine(m *machine, _ request) (document, error) {
	return document{"stateMachineArn": machineARN(m.name), "name": m.name, "definition": m.definition.text, "type": "STANDARD",
		"status": "ACTIVE", "roleArn": roleARN, "creationDate": wireTime(m.created), "revisionId": m.definition.hash}, nil
}

// waiting finds the task that a token belongs to while it has no outcome.
func (e *Engine) waiting(r request) (*branch, error) {
	arn, start, scheduled, ok := readToken(r.TaskToken)
	if !ok {
		return nil, wire.Errorf("InvalidToken", "Invalid Token: 'Invalid token'")
	}
	x := e.executions[arn]
	if x == nil || x.start != start {
		return nil, wire.Errorf("TaskDoesNotExist", "Task does not exist")
	}
	b := x.find(func(b *branch) bool { return b.block.event == scheduled && b.block.kind <= blockToken })
	if b == nil || (b.block.until > 0 && e.now() >= b.block.until) {
		return nil, wire.Errorf("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
	}
	return b, nil
}

// answered is waiting for a task that has succeeded.
func (e *Engine) answered(r request) (*branch, error) {
	if _, err := decode(r.Output); err != nil {
		return nil, wire.Errorf("InvalidOutput", "Invalid Output: '%s'", err)
	}
	return e.waiting(r)
}

func (e *Engine) sendTaskSuccess(b *branch, r request) (document, error) {
	return document{}, e.turn(b.x, func(t *turn) { t.taskDone(b, r.Output, decoded(r.Output)) })
}

func (e *Engine) sendTaskFailure(b *branch, r request) (document, error) {
	return document{}, e.turn(b.x, func(t *turn) { t.fail(b, &failure{r.Error, r.Cause}, taskFailed) })
}

func (e *Engine) sendTaskHeartbeat(b *branch, _ request) (document, error) {
	if b.block.kind == blockToken {
		b.disarm()
		e.arm(b.x) // the next heartbeat's time begins
	}
	return document{}, nil
}
