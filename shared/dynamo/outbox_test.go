package dynamo_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/regua/regua/events"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
)

const shards = contract.PendingShards

// pendingMarkers is that of all shards.
func (x *table) pendingMarkers(t *testing.T, before time.Time, limit int) (markers []collection.Marker) {
	t.Helper()
	for shard := range shards {
		found, err := x.PendingMarkers(t.Context(), shard, before, limit)
		must(t, err)
		markers = append(markers, found...)
	}
	return markers
}

func TestOneMarkerPerCommit(t *testing.T) {
	x := newTable(t)
	d := opened(t, 1, 2)
	marker, messages, err := x.Append(t.Context(), d)
	must(t, err)
	want := collection.Marker{Creditor: creditor, Case: d.Case.ID, First: 1, Last: 2}
	if marker != want || len(messages) != 2 || messages[0].Type != "case.opened" || messages[1].Creditor != creditor {
		t.Fatalf("%+v, %+v", marker, messages)
	}
	if got := x.pendingMarkers(t, noon.Add(1), 100); !slices.Equal(got, []collection.Marker{want}) {
		t.Errorf("pending: %v", got)
	}
	if got := x.pendingMarkers(t, noon, 100); len(got) > 0 {
		t.Errorf("pending before: %v", got)
	}
	again, err := x.Messages(t.Context(), marker)
	must(t, err)
	for i, m := range again {
		if string(m.Body) != string(messages[i].Body) || m.Type != messages[i].Type || m.Creditor != creditor {
			t.Errorf("message %d is %s, was %s", i, m.Body, messages[i].Body)
		}
		if _, err := events.Parse(m.Body); err != nil {
			t.Error(err)
		}
	}
	must(t, x.DropMarkers(t.Context(), marker))
	must(t, x.DropMarkers(t.Context(), marker))
	if got := x.pendingMarkers(t, noon.Add(1), 100); len(got) > 0 {
		t.Errorf("pending after the drop: %v", got)
	}
}

func TestMarkersAreFoundOldestFirst(t *testing.T) {
	x := newTable(t)
	for n := range uint64(30) {
		must(t, x.clock.Advance(t.Context(), noon.Add(time.Duration(n)*100*time.Millisecond)))
		committed(t, x, n+1, 1)
	}
	all := x.pendingMarkers(t, noon.Add(time.Hour), 100)
	if len(all) != 30 {
		t.Fatalf("%d markers", len(all))
	}
	used := 0
	for shard := range shards {
		markers, err := x.PendingMarkers(t.Context(), shard, noon.Add(time.Hour), 100)
		must(t, err)
		if len(markers) > 0 {
			used++
		}
		byAge := func(a, b collection.Marker) int { return a.Case.Compare(b.Case) } // cases were made in order of their ids
		if !slices.IsSortedFunc(markers, byAge) {
			t.Errorf("shard %d: %v", shard, markers)
		}
		first, err := x.PendingMarkers(t.Context(), shard, noon.Add(time.Hour), 1)
		if err != nil || (len(markers) > 0 && first[0] != markers[0]) {
			t.Errorf("shard %d begins with %v: %v", shard, first, err)
		}
	}
	if used < 2 {
		t.Errorf("30 markers went to %d shards", used)
	}
	must(t, x.DropMarkers(t.Context(), all...))
	if left := x.pendingMarkers(t, noon.Add(time.Hour), 100); len(left) > 0 {
		t.Errorf("%d markers are left", len(left))
	}
}

func TestTheFileOfACreditor(t *testing.T) {
	x := newTable(t)
	first, second := []byte(`{"ID":"vivamais","n":1}`), []byte(`{"ID":"vivamais","n":2}`)
	must(t, x.PutCreditor(t.Context(), first, 0))
	for version, want := range map[int64]error{0: collection.ErrConflict, 2: collection.ErrConflict} {
		if err := x.PutCreditor(t.Context(), second, version); !errors.Is(err, want) {
			t.Errorf("over version %d: %v", version, err)
		}
	}
	read := func() string {
		c, err := x.Creditor(t.Context(), "vivamais")
		must(t, err)
		return c.Name
	}
	if got := read(); got != string(first) {
		t.Errorf("read %s", got)
	}
	x.operations()
	read()
	if calls := x.operations(); len(calls) > 0 {
		t.Errorf("a creditor in memory took %v", calls)
	}
	writer := newWriter(x)
	must(t, writer.PutCreditor(t.Context(), second, 1))
	if got := read(); got != string(first) {
		t.Errorf("read %s while the memory is fresh", got)
	}
	must(t, x.clock.Advance(t.Context(), noon.Add(5*time.Minute)))
	if got := read(); got != string(second) {
		t.Errorf("read %s after five minutes", got)
	}
	doc, version, err := x.CreditorFile(t.Context(), "vivamais")
	if err != nil || version != 2 || string(doc) != string(second) {
		t.Errorf("%s at version %d: %v", doc, version, err)
	}
	must(t, x.PutCreditor(t.Context(), first, 2))
	if got := read(); got != string(first) {
		t.Errorf("read %s after an own write", got)
	}
	for name, doc := range map[string][]byte{"no JSON": []byte("x"), "no id": []byte("{}"), "too long": make([]byte, 128<<10+1)} {
		if err := x.PutCreditor(t.Context(), doc, 0); err == nil {
			t.Errorf("%s was stored", name)
		}
	}
}

func TestTheSweepHearsOfFaults(t *testing.T) {
	x := newTable(t)
	d := committed(t, x, 1, 1)
	marker := collection.Marker{Creditor: creditor, Case: d.Case.ID, First: 1, Last: 2}
	x.intercept(func(wire.Call, func() (any, error)) (any, error) {
		return nil, &wire.Error{Code: "InternalServerError", Status: 500}
	})
	_, pendingErr := x.PendingMarkers(t.Context(), 0, noon, 1)
	_, messagesErr := x.Messages(t.Context(), marker)
	_, rawErr := x.PendingRaw(t.Context(), 0, noon, 1)
	for i, err := range []error{pendingErr, messagesErr, rawErr, x.DropMarkers(t.Context(), marker)} {
		if !errors.Is(err, collection.ErrUnavailable) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	x.intercept(func(wire.Call, func() (any, error)) (any, error) {
		return map[string]any{"UnprocessedItems": map[string]any{tableName: []any{
			map[string]any{"DeleteRequest": map[string]any{"Key": map[string]any{"pk": map[string]string{"S": "x"}}}},
		}}}, nil
	})
	if err := x.DropMarkers(t.Context(), marker); !errors.Is(err, collection.ErrUnavailable) {
		t.Errorf("a marker that was not dropped: %v", err)
	}
}
