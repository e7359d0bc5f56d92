package fault

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/wire"
)

var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// bench is a service that counts what reaches it.
type bench struct {
	plan    *Plan
	clk     *clock.Clock
	said    strings.Builder
	done    int
	crashes int
}

func rig(t *testing.T, text string) *bench {
	t.Helper()
	seed, rules, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{clk: clock.Virtual(start)}
	t.Cleanup(b.clk.Close)
	b.plan = NewPlan(b.clk, seed, rules, &b.said, func() { b.crashes++ })
	return b
}

func (b *bench) call(ctx context.Context, caller, name string) (any, error) {
	service, operation, _ := strings.Cut(name, ":")
	return b.plan.Intercept(ctx, wire.Call{Service: service, Operation: operation, Caller: caller}, func() (any, error) {
		b.done++
		return b.done, nil
	})
}

func TestTheNthCallIsStruck(t *testing.T) {
	for _, c := range []struct {
		rule           string
		failed, reaped int // the call that fails, 0 for none; how many calls reach the service
	}{
		{"sqs:SendMessage #2 fail", 2, 3}, {"payment-intake/sqs:SendMessage #3 fail-after", 3, 4}, {"*:* #1 duplicate", 0, 5},
		{"sqs:* #9 fail", 0, 4}, {"sns:* #1 fail", 0, 4}, {"payment-wake/*:* #1 fail", 0, 4}, {"*:SendMessage #1 fail", 1, 3},
	} {
		b := rig(t, c.rule)
		for n := 1; n <= 4; n++ {
			if _, err := b.call(t.Context(), "payment-intake", "sqs:SendMessage"); (err != nil) != (n == c.failed) {
				t.Errorf("%s: call %d: %v", c.rule, n, err)
			}
		}
		if b.done != c.reaped {
			t.Errorf("%s: %d calls reached the service, want %d", c.rule, b.done, c.reaped)
		}
		if said := b.said.String(); c.failed > 0 && !strings.Contains(said, fmt.Sprintf("call %d of payment-intake/sqs:SendMessage", c.failed)) {
			t.Errorf("%s: said %q", c.rule, said)
		}
	}
}

func TestToolsAreNeverStruck(t *testing.T) {
	b := rig(t, "*:* 100% fail")
	for _, caller := range []string{"local", ""} {
		if _, err := b.call(t.Context(), caller, "dynamodb:PutItem"); err != nil {
			t.Errorf("caller %q: %v", caller, err)
		}
	}
	if _, err := b.call(t.Context(), "otp-serve", "dynamodb:PutItem"); err == nil {
		t.Error("a function was spared")
	}
}

// Which calls of a name are struck depends on the seed alone, whatever other calls there are between them.
func TestASeedStrikesTheSameCalls(t *testing.T) {
	struck := func(text string, between int) string {
		b := rig(t, text)
		var out strings.Builder
		for n := range 400 {
			if _, err := b.call(t.Context(), "otp-serve", "dynamodb:PutItem"); err != nil {
				fmt.Fprintf(&out, "%d ", n)
			}
			for range between {
				_, _ = b.call(t.Context(), "offer-serve", "dynamodb:Query")
			}
		}
		return out.String()
	}
	first := struck("seed 7; *:* 10% fail", 0)
	if n := len(strings.Fields(first)); n < 20 || n > 60 {
		t.Errorf("a tenth of 400 calls: %d were struck", n)
	}
	if again := struck("seed 7; *:* 10% fail", 3); again != first {
		t.Errorf("struck %s, then %s", first, again)
	}
	if other := struck("seed 8; *:* 10% fail", 0); other == first {
		t.Error("another seed struck the same calls")
	}
}

func TestADelayPassesOnTheClock(t *testing.T) {
	b := rig(t, "*:* #1 delay 5s")
	answered := make(chan error)
	go func() {
		_, err := b.call(t.Context(), "otp-serve", "sns:Publish")
		answered <- err
	}()
	for at := start; ; {
		select {
		case err := <-answered:
			if err != nil || b.clk.Now().Sub(start) < 5*time.Second {
				t.Errorf("answered at %s: %v", b.clk.Now(), err)
			}
			return
		default: // the call may not have begun to wait yet
			at = at.Add(time.Second)
			if err := b.clk.Advance(t.Context(), at); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestADelayPassesOnTheMachinesClock(t *testing.T) {
	b := rig(t, "*:* #1 delay 20ms")
	machine := clock.Real()
	t.Cleanup(machine.Close)
	b.plan.clk = machine
	began := machine.Now()
	if _, err := b.call(t.Context(), "otp-serve", "sns:Publish"); err != nil || b.done != 1 || machine.Now().Sub(began) < 20*time.Millisecond {
		t.Errorf("answered after %s: %v", machine.Now().Sub(began), err)
	}
}

func TestADropWaitsForItsCaller(t *testing.T) {
	b := rig(t, "*:* #1 drop")
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := b.call(ctx, "otp-serve", "sns:Publish"); !errors.Is(err, context.DeadlineExceeded) || b.done != 0 {
		t.Errorf("got %v, %d calls reached the service", err, b.done)
	}
	if _, err := b.call(t.Context(), "otp-serve", "sns:Publish"); err != nil {
		t.Error(err)
	}
}

func TestNothingIsAnsweredAfterACrash(t *testing.T) {
	for rule, done := range map[string]int{"sns:Publish #1 crash": 0, "sns:Publish #1 crash-after": 1} {
		b := rig(t, rule)
		for _, name := range []string{"sns:Publish", "kms:Decrypt"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			if _, err := b.call(ctx, "otp-send", name); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %s: %v", rule, name, err)
			}
			cancel()
		}
		if b.crashes != 1 || b.done != done {
			t.Errorf("%s: %d crashes, %d calls reached the service, want %d", rule, b.crashes, b.done, done)
		}
		b.plan.Close()
		if _, err := b.call(t.Context(), "otp-send", "kms:Decrypt"); err == nil {
			t.Errorf("%s: answered after the end", rule)
		}
	}
}

func TestRulesAreReadOrRefusedWithHelp(t *testing.T) {
	if seed, rules, err := Parse("42"); err != nil || seed != 42 || len(rules) < 3 {
		t.Errorf("a seed alone: %d %v %v", seed, rules, err)
	}
	for text, says := range map[string]string{
		"": "says which calls", "seed": "says which calls", "seed x; *:* #1 fail": "whole number", "seed 3": "no rule",
		"dynamodb #1 fail": "SERVICE:OPERATION", "dynamodb: #1 fail": "SERVICE:OPERATION", "s4:PutObject #1 fail": "no service \"s4\"",
		"payments/sqs:SendMessage #1 fail": "no function \"payments\"", "*:* #0 fail": "neither", "*:* 3 fail": "neither",
		"*:* 0% fail": "neither", "*:* 101% fail": "neither", "*:* NaN% fail": "neither", "*:* #1 explode": "no kind of fault \"explode\"",
		"*:* #1 delay": "duration", "*:* #1 delay -2s": "duration", "*:* #1 fail 2s": "divided by", "*:* #1 fail;": "says which calls",
	} {
		_, _, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want it to say %q", text, err, says)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("7")
	f.Add("seed 7; sqs:SendMessage 5% duplicate; payment-intake/dynamodb:TransactWriteItems #2 crash-after")
	f.Add("*:* 1e-3% delay 1h;seed 0")
	f.Fuzz(func(t *testing.T, text string) {
		_, rules, err := Parse(text)
		if err == nil && len(rules) == 0 {
			t.Error("neither rules nor an error")
		}
		for _, r := range rules {
			if (r.Nth > 0) == (r.Chance > 0) || r.Chance < 0 || r.Chance > 1 || (r.Kind == Delay) != (r.Delay > 0) {
				t.Errorf("%q gives %+v", text, r)
			}
		}
	})
}
