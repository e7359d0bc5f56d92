package stepfunctions

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// The error names of the states language that the engine raises or treats apart.
const (
	errAll          = "States.ALL"
	errRuntime      = "States.Runtime"
	errTimeout      = "States.Timeout"
	errHeartbeat    = "States.HeartbeatTimeout"
	errTaskFailed   = "States.TaskFailed"
	errNoChoice     = "States.NoChoiceMatched"
	errIntrinsic    = "States.IntrinsicFailure"
	errResultPath   = "States.ResultPathMatchFailure"
	errDataLimit    = "States.DataLimitExceeded"
	errService      = "Lambda.ServiceException"
	errUnknown      = "Lambda.Unknown"
	errParameters   = "States.ParameterPathFailure"
	errPermissions  = "States.Permissions"
	errBranchFailed = "States.BranchFailed"
)

// failure is an error in the states language: the name that ErrorEquals matches, and its cause.
type failure struct {
	Error string `json:"e,omitempty"`
	Cause string `json:"c,omitempty"`
}

// matches reports whether a retrier's or catcher's list covers an error. States.Runtime is covered by nothing, and
// States.DataLimitExceeded only by its own name.
func matches(list []string, name string) bool {
	if name == errRuntime {
		return false
	}
	for _, pattern := range list {
		switch {
		case pattern == name:
			return true
		case name == errDataLimit:
		case pattern == errAll:
			return true
		case pattern == errTaskFailed && name != errTimeout && name != errHeartbeat:
			return true
		case pattern == errTimeout && name == errHeartbeat:
			return true
		}
	}
	return false
}

type retrier struct {
	errors      []string
	interval    float64 // seconds
	backoff     float64
	maxAttempts int
	maxDelay    float64 // seconds
	jitter      bool
}

type catcher struct {
	errors     []string
	next       string
	resultPath *path
}

// maxDelaySeconds is the bound of MaxDelaySeconds: it must be less than 366 days.
const maxDelaySeconds = 31622400 - 1

// catchable are the states language's own names in ErrorEquals.
var catchable = []string{errAll, errTimeout, errHeartbeat, errTaskFailed, errNoChoice, errIntrinsic, errResultPath, errDataLimit,
	errParameters, errPermissions, errBranchFailed}

func (s *state) parseRetrier(v any, last bool) error {
	f := readFields(v, "Comment ErrorEquals IntervalSeconds MaxAttempts BackoffRate MaxDelaySeconds JitterStrategy")
	r := retrier{errors: f.errorNames(last), interval: float64(f.whole("IntervalSeconds", 1, 1, maxSeconds)),
		maxAttempts: int(f.whole("MaxAttempts", 3, 0, maxSeconds)), maxDelay: float64(f.whole("MaxDelaySeconds", maxSeconds, 1, maxDelaySeconds))}
	var err error
	if r.backoff, err = may(f, "BackoffRate", json.Number("2")).Float64(); f.err == nil && (err != nil || r.backoff < 1) {
		f.fail("field BackoffRate: it must be at least 1")
	}
	if f.has("MaxDelaySeconds") && r.maxDelay <= r.interval {
		f.fail("field MaxDelaySeconds: it must be greater than IntervalSeconds")
	}
	r.jitter = f.want("JitterStrategy", "NONE", "FULL") == "FULL"
	s.retry = append(s.retry, r)
	return f.err
}

func (s *state) parseCatcher(v any, last bool) error {
	f := readFields(v, "Comment ErrorEquals Next ResultPath")
	c := catcher{errors: f.errorNames(last), next: s.target(f, "Next"), resultPath: f.flowPath("ResultPath")}
	s.catch = append(s.catch, c)
	return f.err
}

// errorNames reads ErrorEquals. A name that begins with States. must be one of the language's; States.Runtime is refused, since
// nothing catches it.
func (f *fields) errorNames(last bool) []string {
	var names []string
	f.each("ErrorEquals", 1, func(v any, _ bool) error {
		name, ok := v.(string)
		if !ok || name == errRuntime || (strings.HasPrefix(name, "States.") && !slices.Contains(catchable, name)) {
			return fmt.Errorf("%v can be neither retried nor caught", v)
		}
		names = append(names, name)
		return nil
	})
	if slices.Contains(names, errAll) && (len(names) > 1 || !last) {
		f.fail("field ErrorEquals: %s must stand alone and last", errAll)
	}
	return names
}

// delay gives the wait before the next attempt, after made retries by this retrier. Jitter draws from a hash of seed.
func (r retrier) delay(made int, seed string) time.Duration {
	seconds := r.interval * math.Pow(r.backoff, float64(made))
	seconds = min(seconds, r.maxDelay)
	if r.jitter {
		sum := sha256.Sum256([]byte(seed))
		seconds *= float64(binary.BigEndian.Uint32(sum[:4])) / math.MaxUint32
	}
	return time.Duration(seconds * float64(time.Second))
}
