package stepfunctions

import (
	"math"
	"slices"
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

// fieldsOf lists the fields that a state of each type may have, in the words of the states language.
var fieldsOf = map[string]string{
	kindTask:     work + "Parameters Resource TimeoutSeconds TimeoutSecondsPath HeartbeatSeconds HeartbeatSecondsPath",
	kindPass:     step + "Parameters ResultPath Result",
	kindChoice:   inOut + "Choices Default",
	kindWait:     step + "Seconds SecondsPath Timestamp TimestampPath",
	kindSucceed:  inOut,
	kindFail:     basic + "Error Cause",
	kindMap:      work + "ItemsPath ItemSelector ItemProcessor MaxConcurrency",
	kindParallel: work + "Parameters Branches",
}

const (
	basic = "Comment Type QueryLanguage "
	inOut = basic + "InputPath OutputPath "
	step  = inOut + "Next End "
	work  = step + "ResultPath ResultSelector Retry Catch "
)

func parseState(name string, v any, names map[string]bool) (*state, error) {
	f := readFields(v, "")
	s := &state{name: name, kind: must[string](f, "Type")}
	allowed := fieldsOf[s.kind]
	if allowed == "" {
		f.fail("field Type: %q is not supported", s.kind)
	}
	f.only(allowed)
	f.want("QueryLanguage", "JSONPath")
	s.enteredType, s.exitedType = s.kind+stateEntered, s.kind+stateExited
	if f.has("Next") {
		s.next = s.target(f, "Next")
	}
	if f.has("Default") {
		s.fallback = s.target(f, "Default")
	}
	if strings.Contains(allowed, "End") && may(f, "End", false) == (s.next != "") {
		f.fail("it needs either Next or End: true")
	}
	f.each("Retry", 0, s.parseRetrier)
	f.each("Catch", 0, s.parseCatcher)
	s.inputPath, s.outputPath, s.resultPath = f.flowPath("InputPath"), f.flowPath("OutputPath"), f.flowPath("ResultPath")
	switch s.kind {
	case kindTask:
		s.parseTask(f)
	case kindPass:
		if f.has("Result") {
			s.result = constant{f.object["Result"]}
		}
	case kindChoice:
		f.each("Choices", 1, s.parseChoice)
	case kindWait:
		s.parseWait(f)
	case kindFail:
		s.failure = failure{may(f, "Error", ""), may(f, "Cause", "")}
	case kindMap:
		s.parseMap(f, names)
	case kindParallel:
		f.each("Branches", 1, func(v any, _ bool) error { return s.parseBranch(v, names) })
	}
	s.parameters, s.selector = f.payload("Parameters", s.token()), f.payload("ResultSelector", false)
	return s, f.err
}

// target reads the name of a state that this one may lead to.
func (s *state) target(f *fields, field string) string {
	name := must[string](f, field)
	s.targets = append(s.targets, name)
	return name
}

func (s *state) parseTask(f *fields) {
	resource := must[string](f, "Resource")
	if resource != lambdaPrefix+resourceInvoke && resource != lambdaPrefix+resourceToken {
		f.fail("field Resource: %q is not supported, only %s%s and %s%s", resource, lambdaPrefix, resourceInvoke, lambdaPrefix, resourceToken)
	}
	s.resource = strings.TrimPrefix(resource, lambdaPrefix)
	s.resourceDetails = &details{Resource: s.resource}
	parameters := readFields(f.object["Parameters"], "FunctionName FunctionName.$ Payload Payload.$")
	if !parameters.has("FunctionName") && !parameters.has("FunctionName.$") {
		parameters.fail("field FunctionName is missing")
	}
	f.check("Parameters", parameters.err)
	s.timeout, s.heartbeat = f.period("TimeoutSeconds", 1), f.period("HeartbeatSeconds", 1)
	if s.timeout.fixed > 0 && s.heartbeat.fixed >= s.timeout.fixed {
		f.fail("field HeartbeatSeconds: it must be less than TimeoutSeconds")
	}
}

func (s *state) parseWait(f *fields) {
	given := slices.DeleteFunc(f.names(), func(name string) bool {
		return !strings.HasPrefix(name, "Seconds") && !strings.HasPrefix(name, "Timestamp")
	})
	if len(given) != 1 {
		f.fail("it needs exactly one of Seconds, SecondsPath, Timestamp and TimestampPath")
	}
	s.seconds, s.timestampPath = f.period("Seconds", 0), f.path("TimestampPath")
	if f.has("Timestamp") {
		var ok bool
		if s.timestamp, ok = instant(f.object["Timestamp"]); !ok {
			f.fail("field Timestamp: %q is not an instant such as 2030-01-31T12:00:00Z", f.object["Timestamp"])
		}
	}
}

// instant reads the states language's profile of RFC 3339: an upper-case T, and Z or an offset.
func instant(v any) (time.Time, bool) {
	text, _ := v.(string)
	at, err := time.Parse(time.RFC3339Nano, text)
	return at.UTC(), err == nil && !strings.ContainsAny(text, "tz,")
}

func (s *state) parseMap(f *fields, names map[string]bool) {
	s.itemsPath, s.itemSelector = f.flowPath("ItemsPath"), f.payload("ItemSelector", false)
	if s.itemsPath == nil {
		f.fail("field ItemsPath is null")
	}
	s.maxConcurrent = int(f.whole("MaxConcurrency", 0, 0, math.MaxInt32))
	f.check("ItemProcessor", s.parseBranch(f.object["ItemProcessor"], names))
}

// parseBranch reads a branch or an inline processor.
func (s *state) parseBranch(v any, names map[string]bool) error {
	f := readFields(v, "Comment StartAt States ProcessorConfig")
	if f.has("ProcessorConfig") {
		config := readFields(f.object["ProcessorConfig"], "Mode")
		config.want("Mode", "INLINE")
		f.check("ProcessorConfig", config.err)
	}
	s.branches = append(s.branches, parseScope(f, names))
	return f.err
}
