package task

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/agreement"
)

// sample reads the sample of an event's type and changes members of its payload.
func sample(t *testing.T, kind string, change map[string]any) events.Envelope {
	t.Helper()
	text, err := os.ReadFile("../../events/samples/" + kind + ".v1.json")
	if err != nil {
		t.Fatal(err)
	}
	var e events.Envelope
	var payload map[string]any
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(e.Payload, &payload); err != nil {
		t.Fatal(err)
	}
	for name, value := range change {
		payload[name] = value
	}
	if e.Payload, err = json.Marshal(payload); err != nil {
		t.Fatal(err)
	}
	return e
}

func returned(status string, unapplied int64) map[string]any {
	return map[string]any{"agreementStatus": status, "unappliedCentavos": unapplied}
}

func TestDeadlinesStartWithTheirEvents(t *testing.T) {
	for name, c := range map[string]struct {
		kind   string
		change map[string]any
		want   agreement.Kind
	}{
		"signed":               {"contract.signed", nil, agreement.KindPayments},
		"ended":                {"agreement.ended", nil, agreement.KindEnding},
		"review":               {"proposal.review_requested", nil, agreement.KindReview},
		"restore":              {"service.restore_requested", nil, agreement.KindAftercare},
		"reactivate":           {"plan.reactivation_requested", nil, agreement.KindAftercare},
		"money taken back":     {"payment.returned", returned("ACTIVE", 1), agreement.KindPayments},
		"all taken back":       {"payment.returned", returned("PENDING_FIRST_PAYMENT", 1), agreement.KindPayments},
		"excess sent back":     {"payment.returned", returned("ACTIVE", 0), ""},
		"of a deal that ended": {"payment.returned", returned("LAPSED", 1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := sample(t, c.kind, c.change)
			got, err := Deadline(e)
			if err != nil || got.Kind != c.want || (got.Kind == "") != (got.ID == "") || string(got.Creditor) != e.CreditorID {
				t.Errorf("%+v, %v", got, err)
			}
			if again := c.kind == "payment.returned" && c.want != ""; again != (got.Generation > 1) || again && int64(got.Generation) != e.Seq {
				t.Errorf("generation %d of event %d", got.Generation, e.Seq)
			}
		})
	}
	if _, err := Deadline(sample(t, "payment.posted", nil)); err == nil {
		t.Error("an event that starts no deadline is taken")
	}
}
