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

func (s *state) parseErrors(o object) error {
	var retry, catch []json.RawMessage
	if err := o.optional("Retry", &retry); err != nil {
		return err
	}
	if err := o.optional("Catch", &catch); err != nil {
		return err
	}
	for i, raw := range retry {
		r, err := parseRetrier(raw, i == len(retry)-1)
		if err != nil {
			return fmt.Errorf("field Retry[%d]: %w", i, err)
		}
		s.retry = append(s.retry, r)
	}
	for i, raw := range catch {
		c, err := parseCatcher(raw, i == len(catch)-1)
		if err != nil {
			return fmt.Errorf("field Catch[%d]: %w", i, err)
		}
		s.catch = append(s.catch, c)
	}
	return nil
}

func parseRetrier(raw json.RawMessage, last bool) (retrier, error) {
	r := retrier{interval: defaultInterval, maxAttempts: defaultAttempts, backoff: defaultBackoff}
	o, err := parseObject(raw)
	if err != nil {
		return r, err
	}
	err = o.only("Comment", "ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy")
	if err != nil {
		return r, err
	}
	if r.errors, err = parseErrorNames(o, last); err != nil {
		return r, err
	}
	if o.has("IntervalSeconds") {
		seconds, err := o.seconds("IntervalSeconds", 1)
		if err != nil {
			return r, err
		}
		r.interval = float64(seconds)
	}
	if err := o.optional("MaxAttempts", &r.maxAttempts); err != nil {
		return r, err
	}
	if r.maxAttempts < 0 || r.maxAttempts > maxSeconds {
		return r, fmt.Errorf("field MaxAttempts: %d is outside 0 to %d", r.maxAttempts, maxSeconds)
	}
	if err := o.optional("BackoffRate", &r.backoff); err != nil {
		return r, err
	}
	if r.backoff < 1 {
		return r, fmt.Errorf("field BackoffRate: it must be at least 1")
	}
	return r, r.parseDelay(o)
}

func (r *retrier) parseDelay(o object) error {
	seconds, err := o.seconds("MaxDelaySeconds", 1)
	if err != nil {
		return err
	}
	if seconds >= maxDelaySeconds || (seconds > 0 && float64(seconds) <= r.interval) {
		return fmt.Errorf("field MaxDelaySeconds: it must be greater than IntervalSeconds and less than %d", maxDelaySeconds)
	}
	r.maxDelay = float64(seconds)
	jitter := "NONE"
	if err := o.optional("JitterStrategy", &jitter); err != nil {
		return err
	}
	if jitter != "NONE" && jitter != "FULL" {
		return fmt.Errorf("field JitterStrategy: %q is neither NONE nor FULL", jitter)
	}
	r.jitter = jitter == "FULL"
	return nil
}

func parseCatcher(raw json.RawMessage, last bool) (catcher, error) {
	var c catcher
	o, err := parseObject(raw)
	if err != nil {
		return c, err
	}
	if err := o.only("Comment", "ErrorEquals", "Next", "ResultPath"); err != nil {
		return c, err
	}
	if c.errors, err = parseErrorNames(o, last); err != nil {
		return c, err
	}
	if err := o.decode("Next", &c.next); err != nil {
		return c, err
	}
	c.resultPath, err = o.flowPath("ResultPath")
	return c, err
}

// parseErrorNames reads ErrorEquals. A name that begins with States. must be one of the language's; States.Runtime is refused,
// since nothing catches it.
func parseErrorNames(o object, last bool) ([]string, error) {
	var names []string
	if err := o.decode("ErrorEquals", &names); err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("field ErrorEquals: it is empty")
	}
	known := []string{errAll, errTimeout, errHeartbeat, errTaskFailed, errNoChoice, errIntrinsic, errResultPath, errDataLimit,
		errParameters, errPermissions, errBranchFailed}
	for _, name := range names {
		if name == errRuntime {
			return nil, fmt.Errorf("field ErrorEquals: %s can be neither retried nor caught", errRuntime)
		}
		if strings.HasPrefix(name, "States.") && !slices.Contains(known, name) {
			return nil, fmt.Errorf("field ErrorEquals: %q is not a name of the states language", name)
		}
	}
	if slices.Contains(names, errAll) && (len(names) > 1 || !last) {
		return nil, fmt.Errorf("field ErrorEquals: %s must stand alone and last", errAll)
	}
	return names, nil
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
