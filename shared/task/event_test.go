package task

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	awsevents "github.com/aws/aws-lambda-go/events"

	"github.com/regua/regua/events"
)

// An event reaches its consumer in the form in which it is published, and its correlation id reaches the log.
func TestEventReadsWhatIsPublished(t *testing.T) {
	sample, err := os.ReadFile("../../events/samples/payment.posted.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	var want events.Envelope
	if err := json.Unmarshal(sample, &want); err != nil {
		t.Fatal(err)
	}
	batch, err := json.Marshal(awsevents.SQSEvent{Records: []awsevents.SQSMessage{{MessageId: "m-1", Body: string(sample)}}})
	if err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	id := ""
	h := Event("receipt-plan", logTo(&lines), func(e events.Envelope) (string, error) { return e.ID, nil },
		func(_ context.Context, read string) error {
			id = read
			return nil
		})
	answer, err := h.Invoke(t.Context(), batch)
	if err != nil || strings.Contains(string(answer), "m-1") || id != want.ID {
		t.Errorf("read %q, want %q: %s, %v", id, want.ID, answer, err)
	}
	if !strings.Contains(lines.String(), `"correlationId":"`+want.CorrelationID+`"`) || want.CorrelationID == "" {
		t.Errorf("no correlation id in %s", lines.String())
	}
}
