package stepfunctions

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

const (
	kindTask     = "Task"
	kindPass     = "Pass"
	kindChoice   = "Choice"
	kindWait     = "Wait"
	kindSucceed  = "Succeed"
	kindFail     = "Fail"
	kindMap      = "Map"
	kindParallel = "Parallel"
)

// fieldsOf lists the fields that a state of the type may have, in the words of the states language.
func fieldsOf(kind string) string {
	const (
		inOut  = "Comment Type QueryLanguage InputPath OutputPath "
		onward = "Next End "
		work   = "ResultPath ResultSelector Retry Catch "
	)
	switch kind {
	case kindTask:
		return inOut + onward + work + "Parameters Resource TimeoutSeconds TimeoutSecondsPath HeartbeatSeconds"
	case kindPass:
		return inOut + onward + "Parameters ResultPath Result"
	case kindChoice:
		return inOut + "Choices Default"
	case kindWait:
		return inOut + onward + "Seconds SecondsPath Timestamp TimestampPath"
	case kindSucceed:
		return inOut
	case kindFail:
		return "Comment Type QueryLanguage Error Cause"
	case kindMap:
		return inOut + onward + work + "ItemsPath ItemSelector ItemProcessor MaxConcurrency"
	case kindParallel:
		return inOut + onward + work + "Parameters Branches"
	}
	return ""
}

func parseState(name string, raw json.RawMessage, names map[string]bool) (*state, error) {
	o, err := parseObject(raw)
	if err != nil {
		return nil, err
	}
	s := &state{name: name}
	if err := o.decode("Type", &s.kind); err != nil {
		return nil, err
	}
	fields := fieldsOf(s.kind)
	if fields == "" {
		return nil, fmt.Errorf("field Type: %q is not supported", s.kind)
	}
	if err := o.only(strings.Fields(fields)...); err != nil {
		return nil, err
	}
	if err := o.wantText("QueryLanguage", "JSONPath"); err != nil {
		return nil, err
	}
	for _, part := range []func(object) error{s.parseNext, s.parseFlow, s.parseErrors} {
		if err := part(o); err != nil {
			return nil, err
		}
	}
	return s, s.parseKind(o, names)
}

func (s *state) parseKind(o object, names map[string]bool) error {
	switch s.kind {
	case kindTask:
		return s.parseTask(o)
	case kindPass:
		return s.parsePass(o)
	case kindChoice:
		return s.parseChoice(o)
	case kindWait:
		return s.parseWait(o)
	case kindFail:
		if err := o.optional("Error", &s.errName); err != nil {
			return err
		}
		return o.optional("Cause", &s.cause)
	case kindMap:
		return s.parseMap(o, names)
	case kindParallel:
		return s.parseParallel(o, names)
	}
	return nil
}

func (s *state) parseNext(o object) error {
	if s.kind == kindChoice || s.kind == kindSucceed || s.kind == kindFail {
		return nil
	}
	end := false
	if err := o.optional("End", &end); err != nil {
		return err
	}
	if err := o.optional("Next", &s.next); err != nil {
		return err
	}
	if end == (s.next != "") {
		return fmt.Errorf("it needs either Next or End: true")
	}
	return nil
}

func (s *state) parseFlow(o object) (err error) {
	if s.inputPath, err = o.flowPath("InputPath"); err != nil {
		return err
	}
	if s.outputPath, err = o.flowPath("OutputPath"); err != nil {
		return err
	}
	if s.resultPath, err = o.flowPath("ResultPath"); err != nil {
		return err
	}
	token := strings.HasSuffix(string(o["Resource"]), `waitForTaskToken"`)
	if s.parameters, err = o.template("Parameters", token); err != nil {
		return err
	}
	s.selector, err = o.template("ResultSelector", false)
	return err
}

func (s *state) parsePass(o object) (err error) {
	if s.hasResult = o.has("Result"); s.hasResult {
		s.result, err = decode(o["Result"])
	}
	return err
}

func (s *state) parseTask(o object) (err error) {
	var resource string
	if err := o.decode("Resource", &resource); err != nil {
		return err
	}
	s.resource = strings.TrimPrefix(resource, lambdaPrefix)
	if s.resource == resource || (s.resource != resourceInvoke && s.resource != resourceToken) {
		return fmt.Errorf("field Resource: %q is not supported, only %s%s and %s%s",
			resource, lambdaPrefix, resourceInvoke, lambdaPrefix, resourceToken)
	}
	parameters, err := parseObject(o["Parameters"])
	if err != nil {
		return fmt.Errorf("field Parameters: %w", err)
	}
	if err := parameters.only("FunctionName", "FunctionName.$", "Payload", "Payload.$"); err != nil {
		return fmt.Errorf("field Parameters: %w", err)
	}
	if !parameters.has("FunctionName") && !parameters.has("FunctionName.$") {
		return fmt.Errorf("field Parameters: field FunctionName is missing")
	}
	if s.timeout, err = o.seconds("TimeoutSeconds", 1); err != nil {
		return err
	}
	if s.timeoutPath, err = o.path("TimeoutSecondsPath"); err != nil {
		return err
	}
	if s.timeout > 0 && s.timeoutPath != nil {
		return fmt.Errorf("field TimeoutSecondsPath: TimeoutSeconds is given too")
	}
	if s.heartbeat, err = o.seconds("HeartbeatSeconds", 1); err != nil {
		return err
	}
	if s.heartbeat > 0 && s.timeout > 0 && s.heartbeat >= s.timeout {
		return fmt.Errorf("field HeartbeatSeconds: it must be less than TimeoutSeconds")
	}
	return nil
}

func (s *state) parseWait(o object) (err error) {
	given := 0
	for _, field := range []string{"Seconds", "SecondsPath", "Timestamp", "TimestampPath"} {
		if o.has(field) {
			given++
		}
	}
	if given != 1 {
		return fmt.Errorf("it needs exactly one of Seconds, SecondsPath, Timestamp and TimestampPath")
	}
	if s.wait.seconds, err = o.seconds("Seconds", 0); err != nil {
		return err
	}
	if s.wait.secondsPath, err = o.path("SecondsPath"); err != nil {
		return err
	}
	if s.wait.timestampPath, err = o.path("TimestampPath"); err != nil {
		return err
	}
	if !o.has("Timestamp") {
		return nil
	}
	var text string
	if err := o.decode("Timestamp", &text); err != nil {
		return err
	}
	at, ok := parseTimestamp(text)
	if !ok {
		return fmt.Errorf("field Timestamp: %q is not an instant such as 2030-01-31T12:00:00Z", text)
	}
	s.wait.timestamp = at
	return nil
}

// parseTimestamp reads the states language's profile of RFC 3339: an upper-case T, and Z or an offset.
func parseTimestamp(text string) (time.Time, bool) {
	at, err := time.Parse(time.RFC3339Nano, text)
	return at.UTC(), err == nil && !strings.ContainsAny(text, "tz,")
}

func (s *state) parseMap(o object, names map[string]bool) (err error) {
	if s.itemsPath, err = o.path("ItemsPath"); err != nil {
		return err
	}
	if s.itemsPath == nil {
		s.itemsPath = &path{text: "$"}
	}
	if s.itemSelector, err = o.template("ItemSelector", false); err != nil {
		return err
	}
	if err := o.optional("MaxConcurrency", &s.maxConcurrent); err != nil {
		return err
	}
	if s.maxConcurrent < 0 {
		return fmt.Errorf("field MaxConcurrency: it must not be negative")
	}
	processor, err := parseObject(o["ItemProcessor"])
	if err != nil {
		return fmt.Errorf("field ItemProcessor: %w", err)
	}
	sc, err := parseBranch(processor, names)
	if err != nil {
		return fmt.Errorf("field ItemProcessor: %w", err)
	}
	s.branches = []*scope{sc}
	return nil
}

func (s *state) parseParallel(o object, names map[string]bool) error {
	var branches []json.RawMessage
	if err := o.decode("Branches", &branches); err != nil {
		return err
	}
	if len(branches) == 0 {
		return fmt.Errorf("field Branches: it is empty")
	}
	for i, raw := range branches {
		branch, err := parseObject(raw)
		if err != nil {
			return fmt.Errorf("field Branches[%d]: %w", i, err)
		}
		sc, err := parseBranch(branch, names)
		if err != nil {
			return fmt.Errorf("field Branches[%d]: %w", i, err)
		}
		s.branches = append(s.branches, sc)
	}
	return nil
}

// parseBranch reads a branch or an inline processor.
func parseBranch(o object, names map[string]bool) (*scope, error) {
	if err := o.only("Comment", "StartAt", "States", "ProcessorConfig"); err != nil {
		return nil, err
	}
	if o.has("ProcessorConfig") {
		config, err := parseObject(o["ProcessorConfig"])
		if err != nil {
			return nil, fmt.Errorf("field ProcessorConfig: %w", err)
		}
		if err := config.only("Mode"); err != nil {
			return nil, fmt.Errorf("field ProcessorConfig: %w", err)
		}
		if err := config.wantText("Mode", "INLINE"); err != nil {
			return nil, err
		}
	}
	return parseScope(o, names)
}
