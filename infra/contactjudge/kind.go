package contactjudge

import (
	"fmt"
	"slices"
	"time"
)

// applies reports whether a rule of its kind applies, and until when.
func (w *view) applies(r *rule) (until time.Time, applies bool) {
	switch r.kind {
	case "facts":
		return time.Time{}, true
	case "hours":
		return w.hours(func(d day) span {
			if r.holidays && w.j.atlas.rests(w.place, w.in.Closed, d) {
				return span{}
			}
			return r.week[d.weekday()]
		})
	case "stated hours":
		return w.stated()
	case "cap":
		return w.capped(r)
	case "age":
		return time.Time{}, w.aged(r)
	case "limitation":
		return time.Time{}, w.barred(r)
	case "validation period":
		sent, ok := w.in.date("validationSent")
		return time.Time{}, ok && w.today <= sent.businessDaysAfter(r.business)+day(r.after)
	case "inbound":
		fresh := w.in.LastInbound != "" && w.at.Sub(w.in.lastInbound) < time.Duration(r.hours)*time.Hour
		return time.Time{}, !fresh
	}
	return w.calendar()
}

// stated holds to the hours that the person asked for; those that are none are never.
func (w *view) stated() (until time.Time, outside bool) {
	if len(w.in.Stated) == 0 {
		return time.Time{}, false
	}
	s := span{w.in.Stated[0], w.in.Stated[1]}
	if s.from < 0 || s.to > 24*60 {
		s = span{}
	}
	return w.hours(func(day) span { return s })
}

// hours applies hours in every zone, by the span that each day has.
func (w *view) hours(of func(day) span) (until time.Time, outside bool) {
	var ends []time.Time
	lawful := func(d day) span {
		s := of(d)
		if w.in.HandOver {
			s.to -= margin
		}
		return s
	}
	for _, name := range w.zones {
		zone := w.j.atlas.clocks[name]
		d := dayOf(w.at.In(zone))
		s := lawful(d)
		if s.from < s.to && !w.at.Before(d.at(s.from, zone)) && w.at.Before(d.at(s.to, zone)) {
			ends = append(ends, d.at(of(d).to, zone))
			continue
		}
		outside = true
		until = later(until, w.opens(lawful, d, zone))
	}
	if !outside {
		w.ends = append(w.ends, ends...)
	}
	return until, outside
}

// opens is the next begin of hours in a zone after the instant. When none of the next days has hours, it is the midnight of the last of
// them, from which the search goes on.
func (w *view) opens(of func(day) span, d day, zone *time.Location) time.Time {
	for ahead := range day(farthest + 1) {
		if s := of(d + ahead); s.from < s.to && (d+ahead).at(s.from, zone).After(w.at) {
			return (d + ahead).at(s.from, zone)
		}
	}
	return (d + farthest).at(0, zone)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// capped counts the contacts of the last days.
func (w *view) capped(r *rule) (until time.Time, applies bool) {
	var counted []day
	for _, p := range w.in.history {
		if p.on > w.today-day(r.days) && r.counted(p) {
			counted = append(counted, p.on)
		}
	}
	consent, given := w.in.date("callConsent")
	lifted := r.consentDays > 0 && given && consent <= w.today && consent > w.today-day(r.consentDays)
	if lifted || len(counted) < r.count {
		return time.Time{}, false
	}
	slices.Sort(counted)
	out := counted[len(counted)-r.count] + day(r.days)
	return out.at(0, w.j.atlas.clocks[w.home]), true
}

// counted reports whether a cap counts a contact.
func (r *rule) counted(p past) bool {
	marked := func(m string) bool { return slices.Contains(p.marks, m) }
	switch {
	case len(r.counts) > 0 && p.channel != "any" && !slices.Contains(r.counts, p.channel):
		return false
	case r.spoken && !marked("spoken"), !r.spoken && marked("inbound"):
		return false
	case r.notOther && marked("other_debt"), r.work && !marked("work"), r.notWork && marked("work"):
		return false
	}
	return true
}

func (w *view) aged(r *rule) bool {
	date, known := w.in.date(r.date)
	if !known || date > w.today {
		return r.unknown
	}
	ago := int(w.today - date)
	return ago >= r.first && (r.last < 0 || ago <= r.last)
}

func (w *view) barred(r *rule) bool {
	until, known := parseDay(w.in.Limitation)
	if !known && r.years > 0 {
		if due, ok := parseDay(w.in.Due); ok {
			until, known = due.after(r.years), true
		}
	}
	if !known {
		return r.unknown
	}
	return w.today > until
}

// calendar applies outside the years of the lists.
func (w *view) calendar() (until time.Time, applies bool) {
	begin, _ := parseDay(fmt.Sprintf("%d-01-01", firstYear))
	after := false
	for _, name := range w.zones {
		zone := w.j.atlas.clocks[name]
		switch year := dayOf(w.at.In(zone)).year(); {
		case year > lastYear:
			after = true
		case year < firstYear:
			applies = true
		}
		until = later(until, begin.at(0, zone))
	}
	if after {
		return time.Time{}, true
	}
	return until, applies
}
