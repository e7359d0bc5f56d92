package reminder

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
)

const (
	// lastMinutes of a window are left free, so that what is planned in it can still leave in it.
	lastMinutes = 30 * time.Minute
	// searchDays bounds the search for a day with lawful hours; holidays and Sundays never make ten of them.
	searchDays = 10
	// retryAfter is when a contact that left nothing behind, neither an answer nor a time, is looked at again.
	retryAfter = 15 * time.Minute
	// lookDaily is the longest time between two looks at a contact that does not settle.
	lookDaily = 24 * time.Hour
)

// dueAt is when a rung of the running generation is due. It follows from facts of the debt alone, whenever it is asked for.
func dueAt(c collection.Case, rung collection.Rung) time.Time {
	return spread(c, rung, c.Ruler.Anchor.AddDays(rung.Day))
}

// spread finds the instant of a rung in the first lawful hours from a day on. A hash of case and rung places it, so that the contacts
// of many cases do not leave at one instant.
func spread(c collection.Case, rung collection.Rung, day calendar.Date) time.Time {
	for range searchDays {
		from, to, ok := compliance.Window(rung.Channels[0], c.UF, day)
		if span := to.Sub(from) - lastMinutes; ok && span > 0 {
			sum := sha256.Sum256([]byte(c.ID.String() + "|" + rung.Name))
			seconds := binary.BigEndian.Uint64(sum[:]) % uint64(span/time.Second)
			return from.Add(time.Duration(seconds) * time.Second)
		}
		day = day.AddDays(1)
	}
	return day.At(12, 0, time.UTC) // no day is lawful: the law says why when it is asked
}

// againAt is when a deferred rung is looked at again: spread over the hours of the day to which the law deferred it.
func againAt(c collection.Case, rung collection.Rung, state collection.RungState) time.Time {
	if state.NotBefore.IsZero() {
		return state.At.Add(retryAfter)
	}
	at := spread(c, rung, compliance.Day(c.UF, state.NotBefore))
	if at.Before(state.NotBefore) {
		return state.NotBefore
	}
	return at
}
