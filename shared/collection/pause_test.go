package collection_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/collection"
)

// hours is how many hours the pauses of these tests lie in, so that an oracle can look at each of them.
const hours = 40

var zero = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

func hour(n int) time.Time { return zero.Add(time.Duration(n) * time.Hour) }

// drawn makes up to eight pauses that overlap, touch, are empty, begin in the past of one another or have no end.
func drawn(t *rapid.T) []collection.Pause {
	var all []collection.Pause
	for i := range rapid.IntRange(0, 8).Draw(t, "pauses") {
		p := collection.Pause{
			ID: string(rune('a' + i)), Source: rapid.SampledFrom(collection.PauseSources()).Draw(t, "source"),
			From: hour(rapid.IntRange(0, hours).Draw(t, "from")),
		}
		if rapid.IntRange(0, 5).Draw(t, "end") > 0 {
			p.Until = hour(rapid.IntRange(0, hours).Draw(t, "until"))
		}
		all = append(all, p)
	}
	return all
}

func build(all []collection.Pause) (ps collection.Pauses) {
	for _, p := range all {
		ps = ps.Add(p)
	}
	return ps
}

// bitmap is the oracle: whether any pause covers each hour, told from the drawn pauses alone.
func bitmap(all []collection.Pause) (rests [hours + 1]bool) {
	for n := range rests {
		rests[n] = slices.ContainsFunc(all, func(p collection.Pause) bool {
			return !hour(n).Before(p.From) && (p.Until.IsZero() || hour(n).Before(p.Until))
		})
	}
	return rests
}

func TestPausesRestAsTheirUnionDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawn(t)
		ps, want := build(all), bitmap(all)
		merged := ps.Merged()
		for i, m := range merged {
			if i > 0 && !merged[i-1].Until.Before(m.From) {
				t.Fatalf("%v and %v touch", merged[i-1], m)
			}
		}
		for n, rests := range want {
			until, got := ps.Resting(hour(n))
			if got != rests || ps.Covers(hour(n)) != rests || collection.Pauses(merged).Covers(hour(n)) != rests {
				t.Fatalf("hour %d: got %v, want %v of %v", n, got, rests, all)
			}
			end := n
			for end <= hours && want[end] {
				end++
			}
			if rests && end <= hours && !until.Equal(hour(end)) || rests && end > hours && !until.IsZero() && until.Before(hour(hours)) {
				t.Fatalf("hour %d rests until %s, want hour %d of %v", n, until, end, all)
			}
		}
	})
}

func TestTheOrderOfPausesIsOfNoAccount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawn(t)
		other := rapid.Permutation(all).Draw(t, "order")
		if a, b := build(all), build(other); !slices.Equal(a, b) {
			t.Fatalf("%v and %v", a, b)
		}
		ps := build(all)
		merged := collection.Pauses(ps.Merged())
		if again := merged.Merged(); !slices.Equal([]collection.Pause(merged), again) {
			t.Fatalf("merged again: %v and %v", merged, again)
		}
		if twice := build(append(slices.Clone(all), all...)); !slices.Equal(ps, twice) {
			t.Fatalf("made twice: %v and %v", ps, twice)
		}
	})
}

// Lifting a pause, early, late or before it begins, never lengthens a rest and leaves what other pauses cover as it is.
func TestLiftingEndsOnePauseAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawn(t)
		if len(all) == 0 {
			return
		}
		i, at := rapid.IntRange(0, len(all)-1).Draw(t, "which"), rapid.IntRange(0, hours).Draw(t, "at")
		lifted := build(all).Lift(all[i].ID, hour(at))
		want := slices.Clone(all)
		if want[i].Until.IsZero() || want[i].Until.After(hour(at)) {
			want[i].Until = hour(at)
		}
		if got := build(want); !slices.Equal(lifted, got) {
			t.Fatalf("lifted %s at %d: %v, want %v", all[i].ID, at, lifted, got)
		}
		for n, rests := range bitmap(want) {
			if lifted.Covers(hour(n)) != rests {
				t.Fatalf("hour %d after %s was lifted at %d: %v", n, all[i].ID, at, all)
			}
		}
		if again := lifted.Lift(all[i].ID, hour(at)); !slices.Equal(again, lifted) {
			t.Fatalf("lifted twice: %v", again)
		}
	})
}

func TestForgettingWhatHasEndedChangesNothingLater(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, at := drawn(t), rapid.IntRange(0, hours).Draw(t, "at")
		ps := build(all)
		for n := at; n <= hours; n++ {
			if ps.Covers(hour(n)) != ps.Since(hour(at)).Covers(hour(n)) {
				t.Fatalf("hour %d, forgotten at %d: %v", n, at, all)
			}
		}
	})
}
