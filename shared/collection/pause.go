package collection

import (
	"slices"
	"strings"
	"time"
)

// PauseSource says who or what a pause of the reminders comes from.
type PauseSource string

// The sources of a pause.
const (
	PauseParticipant PauseSource = "participant"
	PauseStaff       PauseSource = "staff"
	PauseDispute     PauseSource = "dispute"
	PausePromise     PauseSource = "promise"
)

// PauseSources are all of them.
func PauseSources() []PauseSource {
	return []PauseSource{PauseParticipant, PauseStaff, PauseDispute, PausePromise}
}

// Pause is a time in which the ruler of a case rests, half-open. It may begin in the past. Why it was made stands with its event.
type Pause struct {
	ID     string // unique within its case
	Source PauseSource
	From   time.Time
	Until  time.Time // zero: until it is lifted
}

// empty reports whether the pause holds no instant.
func (p Pause) empty() bool { return !p.Until.IsZero() && !p.From.Before(p.Until) }

// Covers reports whether an instant is in the pause.
func (p Pause) Covers(at time.Time) bool {
	return !at.Before(p.From) && (p.Until.IsZero() || at.Before(p.Until))
}

// Pauses are the pauses of one case in any number, which may overlap: a case rests while any of them covers the instant. The order in
// which they were made is of no account; the list is kept by begin, then by ID. The methods that change a list return another.
type Pauses []Pause

// Add puts a pause in; one of the same ID gives way to it, and one that holds no instant is left out.
func (ps Pauses) Add(p Pause) Pauses {
	out := slices.DeleteFunc(slices.Clone(ps), func(x Pause) bool { return x.ID == p.ID })
	if !p.empty() {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Pause) int {
		if by := a.From.Compare(b.From); by != 0 {
			return by
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

// Lift ends a pause at an instant. One that had ended by then keeps its end, one that had not begun is gone, and so is every other pause
// left as it is.
func (ps Pauses) Lift(id string, at time.Time) Pauses {
	p, ok := ps.Find(id)
	if !ok || !p.Until.IsZero() && p.Until.Before(at) {
		return ps
	}
	p.Until = at
	return ps.Add(p)
}

// Find finds a pause by its ID.
func (ps Pauses) Find(id string) (Pause, bool) {
	for _, p := range ps {
		if p.ID == id {
			return p, true
		}
	}
	return Pause{}, false
}

// Merged are the times of rest that the pauses make together: disjoint, not touching, in order. Their IDs and sources are those of the
// pause that begins each.
func (ps Pauses) Merged() []Pause {
	var out []Pause
	for _, p := range ps {
		if len(out) == 0 {
			out = append(out, p)
			continue
		}
		last := &out[len(out)-1]
		switch {
		case last.Until.IsZero():
			return out
		case p.From.After(last.Until):
			out = append(out, p)
		case p.Until.IsZero() || p.Until.After(last.Until):
			last.Until = p.Until
		}
	}
	return out
}

// Covers reports whether any pause covers an instant.
func (ps Pauses) Covers(at time.Time) bool {
	return slices.ContainsFunc(ps, func(p Pause) bool { return p.Covers(at) })
}

// Resting reports whether the case rests at an instant, and until when without a break; zero says until a pause is lifted.
func (ps Pauses) Resting(at time.Time) (until time.Time, rests bool) {
	for _, p := range ps.Merged() {
		if p.Covers(at) {
			return p.Until, true
		}
	}
	return time.Time{}, false
}

// Since drops the pauses that had ended by an instant.
func (ps Pauses) Since(at time.Time) Pauses {
	return slices.DeleteFunc(slices.Clone(ps), func(p Pause) bool { return !p.Until.IsZero() && !p.Until.After(at) })
}
