package stepfunctions

import (
	"encoding/json"
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
		return inOut + onward + work + "Parameters Resource TimeoutSeconds TimeoutSecondsPath HeartbeatSeconds HeartbeatSecondsPath"
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
	s := &state{name: name}
	f := readFields(raw, "")
	if f.must("Type", &s.kind); fieldsOf(s.kind) == "" {
		f.fail("field Type: %q is not supported", s.kind)
	}
	f.only(fieldsOf(s.kind))
	s.enteredType, s.exitedType = s.kind+stateEntered, s.kind+stateExited
	f.want("QueryLanguage", "JSONPath")
	s.parseNext(f)
	s.parseErrors(f)
	s.inputPath, s.outputPath, s.resultPath = f.flowPath("InputPath"), f.flowPath("OutputPath"), f.resultPath()
	switch s.kind {
	case kindTask:
		s.parseTask(f)
	case kindPass:
		s.parsePass(f)
	case kindChoice:
		f.some("Choices", s.parseChoice)
		f.may("Default", &s.fallback)
	case kindWait:
		s.parseWait(f)
	case kindFail:
		f.may("Error", &s.errName)
		f.may("Cause", &s.cause)
	case kindMap:
		s.parseMap(f, names)
	case kindParallel:
		f.some("Branches", func(raw json.RawMessage, _ bool) error { return s.parseBranch(raw, names) })
	}
	s.parameters, s.selector = f.template("Parameters", s.token()), f.template("ResultSelector", false)
	return s, f.err
}

func (s *state) parseNext(f *fields) {
	if s.kind == kindChoice || s.kind == kindSucceed || s.kind == kindFail {
		return
	}
	end := false
	f.may("End", &end)
	f.may("Next", &s.next)
	if end == (s.next != "") {
		f.fail("it needs either Next or End: true")
	}
}

func (s *state) parsePass(f *fields) {
	if s.hasResult = f.has("Result"); s.hasResult {
		var err error
		s.result, err = decode(f.raw["Result"])
		f.check("Result", err)
	}
}

func (s *state) parseTask(f *fields) {
	var resource string
	f.must("Resource", &resource)
	s.resource = strings.TrimPrefix(resource, lambdaPrefix)
	if s.resource == resource || (s.resource != resourceInvoke && s.resource != resourceToken) {
		f.fail("field Resource: %q is not supported, only %s%s and %s%s", resource, lambdaPrefix, resourceInvoke, lambdaPrefix, resourceToken)
	}
	s.resourceDetails = &details{Resource: s.resource}
	parameters := readFields(f.raw["Parameters"], "FunctionName FunctionName.$ Payload Payload.$")
	if !parameters.has("FunctionName") && !parameters.has("FunctionName.$") {
		parameters.fail("field FunctionName is missing")
	}
	f.check("Parameters", parameters.err)
	s.timeout, s.timeoutPath = f.seconds("TimeoutSeconds", 1), f.path("TimeoutSecondsPath")
	if s.timeout > 0 && s.timeoutPath != nil {
		f.fail("field TimeoutSecondsPath: TimeoutSeconds is given too")
	}
	s.heartbeat, s.heartbeatPath = f.seconds("HeartbeatSeconds", 1), f.path("HeartbeatSecondsPath")
	if s.heartbeat > 0 && s.heartbeatPath != nil {
		f.fail("field HeartbeatSecondsPath: HeartbeatSeconds is given too")
	}
	if s.heartbeat > 0 && s.timeout > 0 && s.heartbeat >= s.timeout {
		f.fail("field HeartbeatSeconds: it must be less than TimeoutSeconds")
	}
}

func (s *state) parseWait(f *fields) {
	given := 0
	for _, name := range []string{"Seconds", "SecondsPath", "Timestamp", "TimestampPath"} {
		if f.has(name) {
			given++
		}
	}
	if given != 1 {
		f.fail("it needs exactly one of Seconds, SecondsPath, Timestamp and TimestampPath")
	}
	s.wait.seconds = f.seconds("Seconds", 0)
	s.wait.secondsPath, s.wait.timestampPath = f.path("SecondsPath"), f.path("TimestampPath")
	if !f.has("Timestamp") {
		return
	}
	var text string
	f.must("Timestamp", &text)
	at, ok := parseTimestamp(text)
	if !ok {
		f.fail("field Timestamp: %q is not an instant such as 2030-01-31T12:00:00Z", text)
	}
	s.wait.timestamp = at
}

// parseTimestamp reads the states language's profile of RFC 3339: an upper-case T, and Z or an offset.
func parseTimestamp(text string) (time.Time, bool) {
	at, err := time.Parse(time.RFC3339Nano, text)
	return at.UTC(), err == nil && !strings.ContainsAny(text, "tz,")
}

func (s *state) parseMap(f *fields, names map[string]bool) {
	s.itemsPath, s.itemSelector = f.flowPath("ItemsPath"), f.template("ItemSelector", false)
	if s.itemsPath == nil {
		f.fail("field ItemsPath is null")
	}
	if f.may("MaxConcurrency", &s.maxConcurrent); s.maxConcurrent < 0 {
		f.fail("field MaxConcurrency: it must not be negative")
	}
	f.check("ItemProcessor", s.parseBranch(f.raw["ItemProcessor"], names))
}

// parseBranch reads a branch or an inline processor.
func (s *state) parseBranch(raw json.RawMessage, names map[string]bool) error {
	f := readFields(raw, "Comment StartAt States ProcessorConfig")
	if f.has("ProcessorConfig") {
		config := readFields(f.raw["ProcessorConfig"], "Mode")
		config.want("Mode", "INLINE")
		f.check("ProcessorConfig", config.err)
	}
	s.branches = append(s.branches, parseScope(f, names))
	return f.err
}
