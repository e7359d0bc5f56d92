package task

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda/messages"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
)

type input struct {
	Intent string `json:"intentId"`
}

func (i input) Correlation() string { return i.Intent }

type output struct {
	Seconds int `json:"timeoutSeconds"`
}

func logTo(b *bytes.Buffer) *slog.Logger { return slog.New(slog.NewJSONHandler(b, nil)) }

func TestTaskAnswers(t *testing.T) {
	var lines bytes.Buffer
	h := Task("payment-issue", logTo(&lines), func(_ context.Context, in input) (output, error) { return output{len(in.Intent)}, nil })
	answer, err := h.Invoke(context.Background(), []byte(`{"intentId":"abc"}`))
	if err != nil || string(answer) != `{"timeoutSeconds":3}` {
		t.Fatalf("got %s, %v", answer, err)
	}
	if !strings.Contains(lines.String(), `"correlationId":"abc"`) {
		t.Fatalf("no correlation id in %s", lines.String())
	}
}

func TestTaskNamesErrors(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"provider down":      {fmt.Errorf("issue: %w", collection.ErrUnavailable), contract.WorkflowTransient},
		"out of time":        {fmt.Errorf("issue: %w", context.DeadlineExceeded), contract.WorkflowTransient},
		"somebody else":      {collection.ErrConflict, contract.WorkflowTransient},
		"provider refuses":   {fmt.Errorf("issue: %w", collection.ErrRefused), contract.WorkflowRefused},
		"unknown intent":     {collection.ErrNotFound, contract.WorkflowRefused},
		"unknown":            {errors.New("segment 7 is on fire"), contract.WorkflowInternal},
		"down, then refused": {errors.Join(collection.ErrUnavailable, collection.ErrRefused), contract.WorkflowTransient},
	} {
		t.Run(name, func(t *testing.T) {
			h := Task("f", slog.New(slog.DiscardHandler), func(context.Context, input) (output, error) { return output{}, c.err })
			_, err := h.Invoke(context.Background(), []byte(`{"intentId":"abc"}`))
			var byValue messages.InvokeResponse_Error
			if own, ok := err.(messages.InvokeResponse_Error); ok { //nolint:errorlint // the runtime looks at the outermost value only
				byValue = own
			}
			if byValue.Type != c.want || !slices.Contains(contract.WorkflowErrors(), byValue.Type) {
				t.Fatalf("got %#v, want %s", err, c.want)
			}
			if c.want == contract.WorkflowInternal && strings.Contains(byValue.Message, "fire") {
				t.Fatal("an internal error's text went to the state machine")
			}
		})
	}
}

func TestTaskRefusesOtherInput(t *testing.T) {
	called := false
	h := Task("f", slog.New(slog.DiscardHandler), func(context.Context, input) (output, error) { called = true; return output{}, nil })
	for _, payload := range []string{``, `{`, `{"intent":"a"}`, `{"intentId":1}`, `{"intentId":"a","intentId":"b"}`, `null`} {
		_, err := h.Invoke(context.Background(), []byte(payload))
		if own, ok := err.(messages.InvokeResponse_Error); !ok || own.Type != contract.WorkflowRefused { //nolint:errorlint // as above
			t.Errorf("%s: got %v", payload, err)
		}
	}
	if called {
		t.Error("the use case was called")
	}
}

func TestQueueReportsEachMessageByItself(t *testing.T) {
	var lines bytes.Buffer
	var seen []Delivery
	h := Queue("payment-wake", logTo(&lines), func(_ context.Context, in input, d Delivery) error {
		seen = append(seen, d)
		if in.Intent == "bad" {
			return errors.New("no")
		}
		return nil
	})
	record := func(id, body string) events.SQSMessage {
		return events.SQSMessage{MessageId: id, Body: body, Attributes: map[string]string{"ApproximateReceiveCount": "2"}}
	}
	payload, err := json.Marshal(events.SQSEvent{Records: []events.SQSMessage{
		record("m1", `{"intentId":"good"}`), record("m2", `{"intentId":"bad"}`),
		record("m3", `{"secret":"4111"}`), record("m4", `{"intentId":"fine"}`),
	}})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := h.Invoke(context.Background(), payload)
	if err != nil || string(answer) != `{"batchItemFailures":[{"itemIdentifier":"m2"},{"itemIdentifier":"m3"}]}` {
		t.Fatalf("got %s, %v", answer, err)
	}
	if len(seen) != 3 || seen[0] != (Delivery{"m1", 2}) {
		t.Fatalf("deliveries %+v", seen)
	}
	if strings.Contains(lines.String(), "4111") {
		t.Fatal("a body was logged")
	}
}

func TestQueueWithoutFailuresAnswersAnEmptyList(t *testing.T) {
	h := Queue("f", slog.New(slog.DiscardHandler), func(context.Context, input, Delivery) error { return nil })
	answer, err := h.Invoke(context.Background(), []byte(`{"Records":[{"messageId":"m","body":"{\"intentId\":\"a\"}","somethingNew":1}]}`))
	if err != nil || string(answer) != `{"batchItemFailures":[]}` { // null would count as success of all, too, but says nothing
		t.Fatalf("got %s, %v", answer, err)
	}
	if _, err := h.Invoke(context.Background(), []byte(`[]`)); err == nil {
		t.Fatal("a batch that cannot be read was taken")
	}
}

func TestScheduled(t *testing.T) {
	h := Scheduled("pending-sweep", slog.New(slog.DiscardHandler), func(context.Context) error { return nil })
	if _, err := h.Invoke(context.Background(), []byte(`{"anything":true}`)); err != nil {
		t.Fatal(err)
	}
	h = Scheduled("pending-sweep", slog.New(slog.DiscardHandler), func(context.Context) error { return collection.ErrUnavailable })
	if _, err := h.Invoke(context.Background(), nil); err == nil {
		t.Fatal("a failure was swallowed")
	}
}

func TestCounterWritesAnEmbeddedMetric(t *testing.T) {
	var lines bytes.Buffer
	Counter(logTo(&lines), "prod", func() time.Time { return time.UnixMilli(1700000000123) })(context.Background(), "orphanPayments")
	var line struct {
		Count int `json:"orphanPayments"`
		Stage string
		AWS   struct {
			Timestamp         int64
			CloudWatchMetrics []struct {
				Namespace  string
				Dimensions [][]string
				Metrics    []struct{ Name, Unit string }
			}
		} `json:"_aws"`
	}
	if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if line.Count != 1 || line.AWS.Timestamp != 1700000000123 || line.AWS.CloudWatchMetrics[0].Metrics[0].Name != "orphanPayments" {
		t.Fatalf("wrote %s", lines.String())
	}
	if got := line.AWS.CloudWatchMetrics[0].Dimensions; line.Stage != "prod" || len(got) != 1 || !slices.Equal(got[0], []string{"stage"}) {
		t.Errorf("two stages of one account count together: %s", lines.String())
	}
}
