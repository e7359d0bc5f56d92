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

// dueAt is when a rung that counts from the due date comes in the running generation. It follows from facts of the debt alone, whenever
// it is asked for.
func dueAt(c collection.Case, rung collection.Rung) time.Time {
	return spread(c, rung, rung.Name, c.Ruler.Anchor.AddDays(rung.Day))
}

// spread finds the instant of an occasion in the first hours from a day on that are lawful for every channel of its rung, or for those that
// have hours at all. A hash of case and key places it, so that the contacts of many cases do not leave at one instant.
func spread(c collection.Case, rung collection.Rung, key string, day calendar.Date) time.Time {
	for range searchDays {
		from, to, ok := window(rung.Channels, c.UF, day)
		if span := to.Sub(from) - lastMinutes; ok && span > 0 {
			sum := sha256.Sum256([]byte(c.ID.String() + "|" + key))
			seconds := binary.BigEndian.Uint64(sum[:]) % uint64(span/time.Second)
			return from.Add(time.Duration(seconds) * time.Second)
		}
		day = day.AddDays(1)
	}
	return day.At(12, 0, time.UTC) // no day is lawful: the law says why when it is asked
}

// window is what the lawful hours of several channels have in common on a day; channels without any are left out.
func window(channels []collection.Channel, uf string, day calendar.Date) (from, to time.Time, ok bool) {
	for _, channel := range channels {
		opens, closes, lawful := compliance.Window(channel, uf, day)
		if !lawful {
			continue
		}
		if !ok || opens.After(from) {
			from = opens
		}
		if !ok || closes.Before(to) {
			to = closes
		}
		ok = true
	}
	return from, to, ok
}

// againAt is when a deferred occasion is looked at again: spread over the hours of the day to which the law deferred it.
func againAt(c collection.Case, o occasion, state collection.RungState) time.Time {
	if state.NotBefore.IsZero() {
		return state.At.Add(retryAfter)
	}
	at := spread(c, o.rung, o.key, compliance.Day(c.UF, state.NotBefore))
	if at.Before(state.NotBefore) {
		return state.NotBefore
	}
	return at
}

// midnight is when a day begins where the person is: in the westernmost state when that is not known, so that nothing comes early.
func midnight(uf string, day calendar.Date) time.Time {
	zone, ok := calendar.Zone(uf)
	if !ok {
		if zone, ok = calendar.Zone("AC"); !ok {
			zone = time.UTC // not reached: the zones are compiled in, and a test says so
		}
	}
	return day.At(0, 0, zone).UTC()
}
