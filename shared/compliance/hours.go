package compliance

import (
	"math/bits"
	"time"

	"github.com/regua/regua/shared/calendar"
)

const (
	secondsPerMinute = 60
	// searchDays bounds the search for a day with hours; a test says that no run of closed days is half as long.
	searchDays = 14
)

// hours reports whether the instant is outside a week's hours in any zone, and from when on it is inside in the zone that opens last.
func (q *query) hours(week *Week, holidays bool) (outside bool, until int64) {
	margin := int64(0)
	if q.in.HandOver {
		margin = int64(Margin / time.Second)
	}
	for rest := uint32(q.where.zones); rest != 0; rest &= rest - 1 {
		i := bits.TrailingZeros32(rest)
		day, second := q.shown[i].day, q.shown[i].second
		c := q.law.places.clocks[i]()
		from, to := q.open(week, holidays, day, margin)
		if second >= from && second < to {
			q.windowEnd = min(q.windowEnd, c.instant(day, to+margin))
			continue
		}
		outside = true
		if second >= from || to <= from {
			day, from = q.nextOpen(week, holidays, day, margin)
		}
		until = max(until, c.instant(day, from))
	}
	return outside, until
}

// open are the hours of a day, in seconds after midnight; none when from is not before to.
func (q *query) open(week *Week, holidays bool, day, margin int64) (from, to int64) {
	span := week[calendar.WeekdayOf(int(day))]
	if span.From >= span.To || holidays && (q.law.places.resting(&q.where, day) || q.closed(day)) {
		return 0, 0
	}
	return int64(span.From) * secondsPerMinute, int64(span.To)*secondsPerMinute - margin
}

// closed reports whether the person's municipality rests.
func (q *query) closed(day int64) bool {
	for _, d := range q.in.Closed {
		if int64(d.Ordinal()) == day {
			return true
		}
	}
	return false
}

// nextOpen is the first later day that has hours, and when they begin. When there is none in searchDays it is the last of them.
func (q *query) nextOpen(week *Week, holidays bool, day, margin int64) (on, from int64) {
	for range searchDays {
		day++
		if from, to := q.open(week, holidays, day, margin); from < to {
			return day, from
		}
	}
	return day, 0
}

// stated holds to the hours that the person asked for; hours that are none are never.
func (q *query) stated() (outside bool, until int64) {
	s := q.in.Stated
	if s == (Span{}) {
		return false, 0
	}
	var week Week
	for day := range week {
		if s.From >= 0 && s.To <= 24*hour {
			week[day] = s
		}
	}
	return q.hours(&week, false)
}

// consented reports whether the person agreed to be called within the days for which that lifts the cap.
func (q *query) consented(r *compiled) bool {
	consent := q.in.CallConsent
	if r.Consent == 0 || consent.IsZero() {
		return false
	}
	age := q.today - int64(consent.Ordinal())
	return age >= 0 && age < int64(r.Consent)
}

// cap counts the contacts of the last days, today included; those of the future, which a zone further east can have recorded, too.
func (q *query) cap(r *compiled) (reached bool, until int64) {
	if q.consented(r) {
		return false, 0
	}
	const most = 8 // the largest cap of a pack, and one more
	var newest [most]int64
	count := 0
	first := q.today - int64(r.Days) + 1
	for i := range q.in.History {
		past := &q.in.History[i]
		day := int64(past.On.Ordinal())
		if day < first || !r.counted(past) {
			continue
		}
		count++
		at := min(count-1, most-1)
		if count > most && newest[at] >= day {
			continue
		}
		for ; at > 0 && newest[at-1] < day; at-- {
			newest[at] = newest[at-1]
		}
		newest[at] = day
	}
	if count < r.Cap || r.Cap > most {
		return r.Cap > most, 0
	}
	for i, day := range newest {
		if i+1 >= r.Cap {
			return true, q.midnight(day + int64(r.Days))
		}
	}
	return true, never // not reached: no cap is larger
}

// counted reports whether a past contact counts toward a cap.
func (r *compiled) counted(p *Past) bool {
	switch bit := channelBit(p.Channel); {
	case bit != 0 && r.counts&bit == 0,
		r.SameDebt && p.Marks&MarkOtherDebt != 0,
		!r.AnyPlace && r.AtWork != (p.Marks&MarkWork != 0):
		return false
	}
	if r.Spoken {
		return p.Marks&MarkSpoken != 0
	}
	return p.Marks&MarkInbound == 0
}

// midnight is when a day begins in the zone whose days count.
func (q *query) midnight(day int64) int64 { return q.law.places.clocks[q.where.home]().instant(day, 0) }

// outside applies outside the days of the pack: before them it defers to the first, where it begins last; after them without end.
func (q *query) outside(r *compiled) (applies bool, until int64) {
	for rest := uint32(q.where.zones); rest != 0; rest &= rest - 1 {
		i := bits.TrailingZeros32(rest)
		switch day := q.shown[i].day; {
		case day > r.pack[1]:
			return true, never
		case day < r.pack[0]:
			applies, until = true, max(until, q.law.places.clocks[i]().instant(r.pack[0], 0))
		}
	}
	return applies, until
}
