package task_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/callout"
	"github.com/regua/regua/shared/task"
)

// held is what a queue was given to hold back.
type held struct {
	bodies []string
	waits  []time.Duration
	err    error
}

func (h *held) SendAfter(_ context.Context, body any, wait time.Duration) error {
	text, err := json.Marshal(body)
	h.bodies, h.waits = append(h.bodies, string(text)), append(h.waits, wait)
	return errors.Join(err, h.err)
}

func sample(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../events/samples/payment.posted.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func delivered(t *testing.T, body string) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"Records": []any{map[string]any{"messageId": "m", "body": body}}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAnnounceCarriesOnWhatIsNotTaken(t *testing.T) {
	var next callout.Next
	var told callout.Event
	var fault error
	again, dead := &held{}, &held{}
	announce := task.Announce("creditor-notify", slog.New(slog.DiscardHandler), again, dead,
		func(_ context.Context, e callout.Event) (callout.Next, error) {
			told = e
			return next, fault
		})
	run := func(body string) string {
		answer, err := announce.Invoke(t.Context(), delivered(t, body))
		if err != nil {
			t.Fatal(err)
		}
		return string(answer)
	}
	const taken, failed = `{"batchItemFailures":[]}`, `{"batchItemFailures":[{"itemIdentifier":"m"}]}`

	next = callout.Next{Step: callout.Done}
	if answer := run(sample(t)); answer != taken || told.Tries != 0 || told.ID == "" || !json.Valid(told.Body) {
		t.Fatalf("got %s, told %+v", answer, told)
	}
	body, id := string(told.Body), told.ID
	due := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	next = callout.Next{Step: callout.Later, Tries: 3, NotBefore: due, Wait: time.Minute}
	if answer := run(sample(t)); answer != taken || len(again.bodies) != 1 || again.waits[0] != time.Minute {
		t.Fatalf("got %s, put back %+v", answer, again)
	}
	if answer := run(again.bodies[0]); answer != taken || told.Tries != 3 || !told.NotBefore.Equal(due) || told.ID != id ||
		string(told.Body) != body {
		t.Fatalf("got %s, told %+v", answer, told)
	}
	next = callout.Next{Step: callout.GiveUp, Tries: 14}
	run(again.bodies[0])
	next = callout.Next{Step: callout.Done}
	if answer := run(dead.bodies[0]); answer != taken || told.Tries != 0 || !told.NotBefore.IsZero() || string(told.Body) != body {
		t.Errorf("what is set aside begins anew: got %s, told %+v", answer, told)
	}
	fault = errors.New("the table does not answer")
	if answer := run(sample(t)); answer != failed {
		t.Errorf("a fault: got %s", answer)
	}
	fault, next, again.err = nil, callout.Next{Step: callout.Later}, errors.New("the queue does not answer")
	if answer := run(sample(t)); answer != failed {
		t.Errorf("a fault of the queue: got %s", answer)
	}
	for _, broken := range []string{"{}", strings.Replace(sample(t), "payment.posted", "payment.unheard", 1), sample(t) + "x"} {
		if answer := run(broken); answer != failed {
			t.Errorf("%s: got %s", broken, answer)
		}
	}
}
