package stepfunctions

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"
)

type retrier struct {
	errors      []string
	interval    float64 // seconds
	backoff     float64
	maxAttempts int
	maxDelay    float64 // seconds, 0 means none
	jitter      bool
}

type catcher struct {
	errors     []string
	next       string
	resultPath *path
}

const (
	defaultInterval = 1
	defaultAttempts = 3
	defaultBackoff  = 2.0
	// maxDelaySeconds is the bound of MaxDelaySeconds: it must be less than 366 days.
	maxDelaySeconds = 31622400
)

func (s *state) parseErrors(f *fields) {
	f.each("Retry", s.parseRetrier)
	f.each("Catch", s.parseCatcher)
}

func (s *state) parseRetrier(raw json.RawMessage, last bool) error {
	f := readFields(raw, "Comment ErrorEquals IntervalSeconds MaxAttempts BackoffRate MaxDelaySeconds JitterStrategy")
	r := retrier{interval: defaultInterval, maxAttempts: defaultAttempts, backoff: defaultBackoff, errors: f.errorNames(last)}
	if f.has("IntervalSeconds") {
		r.interval = float64(f.seconds("IntervalSeconds", 1))
	}
	if f.may("MaxAttempts", &r.maxAttempts); r.maxAttempts < 0 || r.maxAttempts > maxSeconds {
		f.fail("field MaxAttempts: %d is outside 0 to %d", r.maxAttempts, maxSeconds)
	}
	if f.may("BackoffRate", &r.backoff); r.backoff < 1 {
		f.fail("field BackoffRate: it must be at least 1")
	}
	r.maxDelay = float64(f.seconds("MaxDelaySeconds", 1))
	if r.maxDelay >= maxDelaySeconds || (r.maxDelay > 0 && r.maxDelay <= r.interval) {
		f.fail("field MaxDelaySeconds: it must be greater than IntervalSeconds and less than %d", maxDelaySeconds)
	}
	jitter := "NONE"
	if f.may("JitterStrategy", &jitter); jitter != "NONE" && jitter != "FULL" {
		f.fail("field JitterStrategy: %q is neither NONE nor FULL", jitter)
	}
	r.jitter = jitter == "FULL"
	s.retry = append(s.retry, r)
	return f.err
}

func (s *state) parseCatcher(raw json.RawMessage, last bool) error {
	f := readFields(raw, "Comment ErrorEquals Next ResultPath")
	c := catcher{errors: f.errorNames(last), resultPath: f.resultPath()}
	f.must("Next", &c.next)
	s.catch = append(s.catch, c)
	return f.err
}

// errorNames reads ErrorEquals. A name that begins with States. must be one of the language's; States.Runtime is refused, since
// nothing catches it.
func (f *fields) errorNames(last bool) []string {
	var names []string
	if f.must("ErrorEquals", &names); len(names) == 0 {
		f.fail("field ErrorEquals: it is empty")
	}
	known := []string{errAll, errTimeout, errHeartbeat, errTaskFailed, errNoChoice, errIntrinsic, errResultPath, errDataLimit,
		errParameters, errPermissions, errBranchFailed}
	for _, name := range names {
		if name == errRuntime {
			f.fail("field ErrorEquals: %s can be neither retried nor caught", errRuntime)
		}
		if strings.HasPrefix(name, "States.") && !slices.Contains(known, name) {
			f.fail("field ErrorEquals: %q is not a name of the states language", name)
		}
	}
	if slices.Contains(names, errAll) && (len(names) > 1 || !last) {
		f.fail("field ErrorEquals: %s must stand alone and last", errAll)
	}
	return names
}

// delay gives the wait before the next attempt, after made retries by this retrier. Jitter draws from a hash of seed.
func (r retrier) delay(made int, seed string) time.Duration {
	seconds := r.interval * math.Pow(r.backoff, float64(made))
	if r.maxDelay > 0 {
		seconds = min(seconds, r.maxDelay)
	}
	seconds = min(seconds, maxSeconds)
	if r.jitter {
		sum := sha256.Sum256([]byte(seed))
		seconds *= float64(binary.BigEndian.Uint32(sum[:4])) / math.MaxUint32
	}
	return time.Duration(seconds * float64(time.Second))
}
