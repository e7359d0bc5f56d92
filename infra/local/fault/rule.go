package fault

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/regua/regua/shared/contract"
)

// Kind is what becomes of a call that a rule strikes.
type Kind string

// The kinds, as a rule's text names them.
const (
	Fail       Kind = "fail"        // answered with a fault; the service is never asked
	FailAfter  Kind = "fail-after"  // done, and answered with a fault
	Delay      Kind = "delay"       // done when the clock has gone on by the rule's delay
	Duplicate  Kind = "duplicate"   // done twice, answered once
	Drop       Kind = "drop"        // neither done nor answered: the caller waits until its own time is up
	Crash      Kind = "crash"       // the process dies before the call is done
	CrashAfter Kind = "crash-after" // the process dies when the call is done and before it is answered
)

// Rule strikes calls that functions make. An empty Function, Service or Operation stands for any.
type Rule struct {
	Function  string // a name of contract
	Service   string // as in wire.Call
	Operation string
	Nth       int     // strikes the n-th of the calls that the rule names, from 1; 0 strikes by Chance
	Chance    float64 // from 0 to 1
	Kind      Kind
	Delay     time.Duration // of kind Delay
}

// Help says how rules are written.
const Help = `a number N, which is "seed N" and a mixture of rare faults, or rules divided by ";", as
"seed 7; sqs:SendMessage 5% duplicate; payment-intake/dynamodb:TransactWriteItems #2 crash-after".
A rule is [FUNCTION/]SERVICE:OPERATION, each of them or *; then #N for the N-th such call or P% of them; then
fail, fail-after, delay DURATION, duplicate, drop, crash or crash-after`

// mixture is what a seed alone stands for.
const mixture = "*:* 0.5% fail; *:* 0.5% fail-after; *:* 1% delay 500ms; sqs:* 3% duplicate; sns:* 3% duplicate; *:* 0.05% drop"

// Parse reads a seed and rules as Help describes them.
func Parse(text string) (seed uint64, rules []Rule, err error) {
	if seed, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64); err == nil {
		_, rules, err := Parse(mixture)
		return seed, rules, err
	}
	for part := range strings.SplitSeq(text, ";") {
		words := strings.Fields(part)
		if len(words) == 2 && words[0] == "seed" {
			if seed, err = strconv.ParseUint(words[1], 10, 64); err != nil {
				return 0, nil, fmt.Errorf("faults: %q: a seed is a whole number", strings.TrimSpace(part))
			}
			continue
		}
		rule, err := parseRule(words)
		if err != nil {
			return 0, nil, fmt.Errorf("faults: %q: %w; want %s", strings.TrimSpace(part), err, Help)
		}
		rules = append(rules, rule)
	}
	if len(rules) == 0 {
		return 0, nil, fmt.Errorf("faults: no rule; want %s", Help)
	}
	return seed, rules, nil
}

// services are those whose calls can be named.
var services = []string{"dynamodb", "kms", "s3", "secretsmanager", "ses", "sns", "sqs", "states"}

func parseRule(words []string) (r Rule, err error) {
	if len(words) < 3 {
		return r, errors.New("a rule says which calls, when and what")
	}
	function, name, named := strings.Cut(words[0], "/")
	if !named {
		function, name = "*", words[0]
	}
	service, operation, _ := strings.Cut(name, ":")
	switch {
	case operation == "":
		return r, fmt.Errorf("%q is no SERVICE:OPERATION, as dynamodb:PutItem", name)
	case service != "*" && !slices.Contains(services, service):
		return r, fmt.Errorf("no service %q; there are %s", service, strings.Join(services, ", "))
	case function != "*" && !isFunction(function):
		return r, fmt.Errorf("no function %q; the folders of functions/ name them", function)
	}
	some := func(name string) string { return strings.TrimPrefix(name, "*") }
	r = Rule{Function: some(function), Service: some(service), Operation: some(operation), Kind: Kind(words[2])}
	if nth, counted := strings.CutPrefix(words[1], "#"); counted {
		r.Nth, err = strconv.Atoi(nth)
	} else if percent, drawn := strings.CutSuffix(words[1], "%"); drawn {
		r.Chance, err = strconv.ParseFloat(percent, 64)
		r.Chance /= 100
	}
	if err != nil || r.Nth <= 0 && !(r.Chance > 0 && r.Chance <= 1) {
		return r, fmt.Errorf("%q is neither the number of a call, as #3, nor a share of them, as 2%%", words[1])
	}
	return r, r.parseKind(words[3:])
}

func isFunction(name string) bool {
	return slices.ContainsFunc(contract.Functions(), func(f contract.Function) bool { return f.Name == name })
}

func (r *Rule) parseKind(more []string) (err error) {
	switch {
	case !slices.Contains([]Kind{Fail, FailAfter, Delay, Duplicate, Drop, Crash, CrashAfter}, r.Kind):
		return fmt.Errorf("no kind of fault %q", r.Kind)
	case r.Kind != Delay && len(more) > 0:
		return fmt.Errorf("%s stands behind the rule; rules are divided by \";\"", strings.Join(more, " "))
	case r.Kind == Delay:
		if r.Delay, err = time.ParseDuration(strings.Join(more, " ")); err != nil || r.Delay <= 0 {
			return errors.New("a delay has a duration, as delay 2s")
		}
	}
	return nil
}
