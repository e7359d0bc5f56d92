package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/stepfunctions"
	"github.com/regua/regua/shared/contract"
)

// rulers lists the executions of the reminder ruler, oldest first.
func (w *world) rulers() []stepfunctions.Execution {
	all := w.cloud.Machines.Executions()
	out := all[:0]
	for _, x := range all {
		if strings.HasSuffix(x.Machine, contract.MachineRuler) {
			out = append(out, x)
		}
	}
	return out
}

// history gives the answers of GetExecutionHistory, page by page, as they go over the wire.
func (w *world) history(arn string) (pages [][]byte) {
	w.t.Helper()
	for next := ""; ; {
		ask := map[string]any{"executionArn": arn, "maxResults": 1000}
		if next != "" {
			ask["nextToken"] = next
		}
		body, err := json.Marshal(ask)
		if err != nil {
			w.t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, "http://cloud.local/", bytes.NewReader(body))
		if err != nil {
			w.t.Fatal(err)
		}
		req.Header.Set("X-Amz-Target", "AWSStepFunctions.GetExecutionHistory")
		req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=local/20261123/us-east-1/states/aws4_request")
		res, err := w.cloud.Services.Do(req)
		if err != nil || res.StatusCode != http.StatusOK {
			w.t.Fatalf("history of %s: %v %v", arn, res, err)
		}
		page, err := io.ReadAll(res.Body)
		if err != nil {
			w.t.Fatal(err)
		}
		pages = append(pages, page)
		var more struct{ NextToken string }
		if err := json.Unmarshal(page, &more); err != nil {
			w.t.Fatal(err)
		}
		if next = more.NextToken; next == "" {
			return pages
		}
	}
}

// entry is what the test reads of an event of a history.
type entry struct {
	ID        int         `json:"id"`
	Previous  int         `json:"previousEventId"`
	Type      string      `json:"type"`
	Timestamp json.Number `json:"timestamp"`
	Entered   struct {
		Input string `json:"input"`
	} `json:"stateEnteredEventDetails"`
}

// at is the entry's time: seconds with at most three decimals.
func (e entry) at(t testing.TB) time.Time {
	t.Helper()
	seconds, err := e.Timestamp.Float64()
	if err != nil {
		t.Fatalf("event %d at %q", e.ID, e.Timestamp)
	}
	return time.UnixMilli(int64(seconds*1000 + 0.5)).UTC()
}

// wake is one wait of an execution that has ended: until when it was to last, when it began, and when it ended.
type wake struct{ planned, began, ended time.Time }

// waits are those of one execution; open counts the ones that have not ended.
type waits struct {
	execution stepfunctions.Execution
	wakes     []wake
	open      int
}

// wakes reads the waits out of a history.
func (w *world) wakes(x stepfunctions.Execution, pages [][]byte) waits {
	w.t.Helper()
	found := waits{execution: x}
	waiting := map[int]wake{}
	for _, page := range pages {
		var answer struct{ Events []entry }
		if err := json.Unmarshal(page, &answer); err != nil {
			w.t.Fatal(err)
		}
		for _, e := range answer.Events {
			switch e.Type {
			case "WaitStateEntered":
				var input struct{ Step struct{ WakeAt time.Time } }
				if err := json.Unmarshal([]byte(e.Entered.Input), &input); err != nil {
					w.t.Fatal(err)
				}
				waiting[e.ID] = wake{planned: input.Step.WakeAt, began: e.at(w.t)}
			case "WaitStateExited":
				one, ok := waiting[e.Previous]
				if !ok {
					w.t.Fatalf("event %d ends a wait that did not begin", e.ID)
				}
				delete(waiting, e.Previous)
				one.ended = e.at(w.t)
				found.wakes = append(found.wakes, one)
			}
		}
	}
	found.open = len(waiting)
	return found
}

// check says what is wrong with a wake-up: it must come at its instant, or at once when that was past already. A history counts
// milliseconds and all plans are whole ones, so nothing is left to tolerate.
func (k wake) check() error {
	due := k.planned
	if due.Before(k.began) {
		due = k.began
	}
	switch {
	case k.ended.Before(due):
		return fmt.Errorf("a wait until %s ended %s early", k.planned.Format(time.RFC3339Nano), due.Sub(k.ended))
	case k.ended.After(due):
		return fmt.Errorf("a wait until %s ended %s late", k.planned.Format(time.RFC3339Nano), k.ended.Sub(due))
	}
	return nil
}
