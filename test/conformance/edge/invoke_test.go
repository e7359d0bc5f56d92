package edge_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// pageQuotas says what Lambda limits.
const pageQuotas = "Lambda quotas"

// failing are orders that make the function fail, and what a caller sees of it.
var failing = []struct{ name, function, do, kind, message string }{
	{"an error has the name of its type", wide, "sentinel", "errorString", "no such case"},
	{"an error that wraps another has its own name", wide, "wrapped", "wrapError", "load: no such case"},
	{"an error of a type by value", wide, "value", "caseClosed", "case closed: 1"},
	{"an error of a type by pointer", wide, "pointer", "caseClosed", "case closed: 1"},
	{"an error that names itself", wide, "named", "CaseNotFound", "no case"},
	{"a panic with a text", wide, "panic", "string", "lost"},
	{"a panic with an error", wide, "panic with error", "caseClosed", "case closed: 2"},
	{"a function that is late", narrow, "hang", "Sandbox.Timedout", "Error: Task timed out after 1.00 seconds"},
	{"a function that is not there", "absent", "", "ResourceNotFoundException", ""},
}

func invocations() []check {
	var all []check
	for _, row := range failing {
		all = append(all, check{name: row.name, run: func(g *target) error {
			_, err := g.do(row.function, order{Do: row.do})
			return fails(err, row.kind, row.message)
		}})
	}
	return append(all,
		check{name: "an answer comes byte by byte", run: func(g *target) error {
			const payload = `{ "do":"echo", "text":"<ção>" , "n":1.0}`
			answer, err := g.invoke(context.Background(), wide, []byte(payload))
			return same("answer", string(answer), payload, err)
		}},
		check{name: "a failed function answers the next invocation", run: func(g *target) error {
			if _, err := g.do(wide, order{Do: "panic"}); err == nil {
				return errors.New("did not fail")
			}
			answer, err := g.do(wide, order{Do: "echo"})
			return same("answer", string(answer), `{"do":"echo"}`, err)
		}},
		check{name: "a function knows its invocation", run: knowsItsInvocation},
		check{name: "a request of more than 6 MB is refused", excuse: pageQuotas, run: func(g *target) error {
			payload := `{"do":"context"}` + strings.Repeat(" ", 6<<20)
			_, err := g.invoke(context.Background(), wide, []byte(payload[:6<<20]))
			if err != nil {
				return fmt.Errorf("6 MB: %w", err)
			}
			_, err = g.invoke(context.Background(), wide, []byte(payload[:6<<20+1]))
			return fails(err, "RequestTooLargeException", "")
		}},
		check{name: "an answer of more than 6 MB is an error", excuse: pageQuotas, run: func(g *target) error {
			if answer, err := g.do(wide, order{Do: "big", Size: 6 << 20}); len(answer) != 6<<20 {
				return fmt.Errorf("6 MB: got %d bytes, %w", len(answer), err)
			}
			_, err := g.do(wide, order{Do: "big", Size: 6<<20 + 101})
			return fails(err, "Function.ResponseSizeTooLarge", "")
		}},
		check{name: "a function has its reserved concurrency and no more", run: reservedConcurrency},
		check{name: "an event of more than 1 MB is refused", excuse: pageQuotas, run: func(g *target) error {
			payload := `{"do":"echo"}` + strings.Repeat(" ", 1<<20)
			if err := g.event(context.Background(), wide, []byte(payload[:1<<20])); err != nil {
				return fmt.Errorf("1 MB: %w", err)
			}
			return fails(g.event(context.Background(), wide, []byte(payload[:1<<20+1])), "RequestTooLargeException", "")
		}},
		check{name: "an event for a function that is not there is refused", run: func(g *target) error {
			return fails(g.event(context.Background(), "absent", []byte("{}")), "ResourceNotFoundException", "")
		}},
		check{name: "an event that succeeds runs once", run: func(g *target) error { return runs(g, 0, 1) }},
		check{name: "an event that fails is tried a second time", run: func(g *target) error { return runs(g, 1, 2) }},
		check{name: "an event that fails twice is tried a third time", run: func(g *target) error { return runs(g, 2, 3) }},
		check{name: "an event waits one minute, then two", run: waitsLonger},
		check{name: "an event that always fails goes to the destination", run: goesToTheDestination},
	)
}

// fails holds an error to a name and, unless it is empty, the end of a message.
func fails(err error, kind, message string) error {
	var failed *failure
	if !errors.As(err, &failed) {
		return fmt.Errorf("got %w, want %s", err, kind)
	}
	if failed.kind != kind || !strings.HasSuffix(failed.message, message) {
		return fmt.Errorf("got %.300s, want %s: %s", failed.Error(), kind, message)
	}
	return nil
}

func same(what, got, want string, err error) error {
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%s: got %.600s, want %s", what, got, want)
	}
	return nil
}

func knowsItsInvocation(g *target) error {
	var seen [2]surroundings
	for i := range seen {
		answer, err := g.do(wide, order{Do: "context"})
		if err != nil {
			return err
		}
		if err := json.Unmarshal(answer, &seen[i]); err != nil {
			return fmt.Errorf("read answer: %w", err)
		}
	}
	if seen[0].ARN != "arn:aws:lambda:us-east-1:000000000000:function:"+wide || !seen[0].Limited ||
		len(seen[0].ID) != len("00000000-0000-4000-8000-000000000001") || seen[0].ID == seen[1].ID {
		return fmt.Errorf("got %+v", seen)
	}
	return nil
}

// reservedConcurrency holds the only place of narrow by an invocation that ends by its timeout, and asks for another meanwhile.
func reservedConcurrency(g *target) error {
	const refused, refusal = "TooManyRequestsException", "Rate Exceeded."
	held := make(chan error, 1)
	hold := func() {
		_, err := g.do(narrow, order{Do: "hang"})
		held <- err
	}
	go hold()
	for {
		_, err := g.do(narrow, order{})
		if err != nil {
			if err := fails(err, refused, refusal); err != nil {
				return err
			}
			break
		}
		select {
		case err := <-held:
			if err := fails(err, refused, refusal); err != nil {
				return fmt.Errorf("two ran at once: %w", err)
			}
			go hold() // the other one was there before it
		default:
		}
	}
	if err := fails(<-held, "Sandbox.Timedout", ""); err != nil {
		return err
	}
	_, err := g.do(narrow, order{})
	return err
}

// fail sends an event that fails some times, and gives the file of its runs.
func fail(g *target, failures int) (runs string, err error) {
	file, err := os.CreateTemp(g.folder, "runs-")
	if err != nil {
		return "", fmt.Errorf("make file of runs: %w", err)
	}
	if err := file.Close(); err != nil {
		return "", fmt.Errorf("make file of runs: %w", err)
	}
	payload, err := json.Marshal(order{Runs: file.Name(), Fail: failures})
	if err != nil {
		return "", fmt.Errorf("encode order: %w", err)
	}
	return file.Name(), g.event(context.Background(), wide, payload)
}

// await waits for an event's runs, and gives the time at which as many were seen.
func await(g *target, file string, want int) (time.Time, error) {
	var ids []string
	var err error
	seen := g.until(func() bool {
		ids, err = noted(file)
		return err == nil && len(ids) >= want
	})
	if !seen || err != nil {
		return time.Time{}, fmt.Errorf("ran in the requests %v, want %d runs: %w", ids, want, err)
	}
	return g.now(), nil
}

// runs sends an event that fails some times, and counts its runs, which are one request.
func runs(g *target, failures, want int) error {
	file, err := fail(g, failures)
	if err != nil {
		return err
	}
	if _, err := await(g, file, want); err != nil {
		return err
	}
	g.rest()
	ids, err := noted(file)
	if err != nil {
		return err
	}
	if len(ids) != want || len(slices.Compact(slices.Clone(ids))) != 1 {
		return fmt.Errorf("one event is the requests %v, want %d runs of one", ids, want)
	}
	return nil
}

func waitsLonger(g *target) error {
	file, err := fail(g, 99)
	if err != nil {
		return err
	}
	var at [3]time.Time
	for i := range at {
		if at[i], err = await(g, file, i+1); err != nil {
			return err
		}
	}
	// A run is seen up to a third of a minute late.
	first, second, late := at[1].Sub(at[0]), at[2].Sub(at[1]), g.minute/3
	if first < g.minute-late || second < 2*g.minute-late {
		return fmt.Errorf("waits are %s and %s, where a minute is %s", first, second, g.minute)
	}
	g.rest()
	return nil
}

// goesToTheDestination lets an event fail until it is given up.
func goesToTheDestination(g *target) error {
	if err := runs(g, 99, 3); err != nil {
		return err
	}
	var got string
	told := g.until(func() bool {
		records, err := g.records()
		if err != nil {
			return false
		}
		for _, r := range records {
			if !strings.Contains(string(r.RequestPayload), `"fail":99`) || r.ResponseContext == nil || r.ResponsePayload == nil {
				continue
			}
			_, notATime := time.Parse("2006-01-02T15:04:05.000Z", r.Timestamp)
			got = fmt.Sprintf("%s %t %s %s %d %+v %v", r.Version, notATime == nil, r.RequestContext.FunctionArn, r.RequestContext.Condition,
				r.RequestContext.ApproximateInvokeCount, *r.ResponseContext, r.ResponsePayload)
		}
		return got != ""
	})
	if !told {
		return errors.New("the destination was told nothing")
	}
	return same("record", got, "1.0 true arn:aws:lambda:us-east-1:000000000000:function:wide:$LATEST RetriesExhausted 3 "+
		"{StatusCode:200 ExecutedVersion:$LATEST FunctionError:Unhandled} errorString: no such case", nil)
}
