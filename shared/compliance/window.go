package compliance

import (
	"math"
	"math/bits"
	"time"

	"github.com/regua/regua/shared/calendar"
)

// Window returns the lawful hours of a day at a place by the default law, half-open and in UTC: those common to every zone and state in
// which the person may be. It is false on days without any, in years that the law does not know and for an unknown channel. What binds a
// person or a message besides is Evaluate's to say.
func Window(channel Channel, uf string, day calendar.Date) (from, to time.Time, ok bool) {
	law, err := brazilOnly()
	place := bits.TrailingZeros8(channelBit(channel))
	if err != nil || place == 8 {
		return from, to, false
	}
	opens, closes := law.window(law.by[place][0].timed, uf, int64(day.Ordinal()))
	if opens >= closes {
		return from, to, false
	}
	return time.Unix(opens, 0).UTC(), time.Unix(closes, 0).UTC(), true
}

func (l *Law) window(rules []int32, uf string, day int64) (opens, closes int64) {
	in := Input{UF: uf}
	q := query{law: l, in: &in, where: l.locate(&in)}
	opens, closes = math.MinInt64, math.MaxInt64
	for _, i := range rules {
		r := &l.rules[i]
		if day < r.first || day > r.last || !r.states.meets(q.where.states) || r.Role != "" {
			continue
		}
		var from, to int64 = 0, secondsPerDay
		switch {
		case r.Kind == KindHours:
			from, to = q.open(&r.Week, r.Holidays, day, 0)
		case r.Kind != KindCalendar:
			continue
		case day < r.pack[0] || day > r.pack[1]:
			return 0, 0
		}
		for rest := uint32(q.where.zones); rest != 0; rest &= rest - 1 {
			c := l.places.clocks[bits.TrailingZeros32(rest)]()
			if c == nil || from >= to {
				return 0, 0
			}
			opens, closes = max(opens, c.instant(day, from)), min(closes, c.instant(day, to))
		}
	}
	return opens, closes
}

// Day is the calendar day of an instant in a person's state; in Brasília when it is not known. Caps count these days.
func Day(uf string, at time.Time) calendar.Date {
	law, err := brazilOnly()
	if err != nil {
		return calendar.Of(at, time.UTC) // not reached: a test makes the law
	}
	return law.Day(Input{UF: uf}, at)
}
