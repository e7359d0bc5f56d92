package dynamo_test

import (
	"errors"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
)

func TestRawEventsAreDeferredAndParked(t *testing.T) {
	x := newTable(t)
	e, other := raw("evt#1"), raw("evt2")
	for _, one := range []collection.RawEvent{e, other} {
		_, err := x.PutRaw(t.Context(), one)
		must(t, err)
	}
	found := func(before time.Time) bool {
		for _, ref := range x.pendingRaw(t, before) {
			if ref == e.RawRef {
				return true
			}
		}
		return false
	}
	later := noon.Add(time.Hour)
	must(t, x.DeferRaw(t.Context(), e.RawRef, later))
	if found(later) || !found(later.Add(time.Second)) || len(x.pendingRaw(t, later)) != 1 {
		t.Errorf("after it was deferred: %v", x.pendingRaw(t, later.Add(time.Second)))
	}
	must(t, x.ParkRaw(t.Context(), e.RawRef))
	if refs := x.pendingRaw(t, later.Add(time.Hour)); len(refs) != 1 || refs[0] != other.RawRef {
		t.Errorf("after it was parked: %v", refs)
	}
	if got, err := x.LoadRaw(t.Context(), e.RawRef); err != nil || string(got.Sealed) != "body" || !got.ReceivedAt.Equal(noon) {
		t.Errorf("a parked event is kept as %+v: %v", got, err)
	}
	if state, err := x.PutRaw(t.Context(), e); err != nil || state != collection.RawPending {
		t.Errorf("a further delivery of a parked event finds it %s: %v", state, err)
	}
	must(t, x.TakeIn(t.Context(), e.RawRef))
	must(t, x.TakeIn(t.Context(), other.RawRef))
	for name, ref := range map[string]collection.RawRef{"taken in": other.RawRef, "parked": e.RawRef, "missing": raw("evt3").RawRef} {
		if err := x.DeferRaw(t.Context(), ref, later); !errors.Is(err, collection.ErrFactPosted) {
			t.Errorf("one that is %s was deferred: %v", name, err)
		}
		if err := x.ParkRaw(t.Context(), ref); !errors.Is(err, collection.ErrFactPosted) {
			t.Errorf("one that is %s was parked: %v", name, err)
		}
	}
	if refs := x.pendingRaw(t, later.Add(time.Hour)); len(refs) > 0 {
		t.Errorf("still pending: %v", refs)
	}
}
