package calendar

import (
	"slices"
	"time"
)

// usZones are the states of the United States, and the District of Columbia, of each time zone. A state with two or more stands in each.
// Zones that keep the same hours as another today are left out, as those of Michigan and Indiana.
//
// Source: 15 U.S.C. 261 and the zone database; parts of states from memory.
var usZones = []struct {
	name   string
	states []string
}{
	{"America/New_York", []string{
		"CT", "DE", "DC", "FL", "GA", "IN", "KY", "ME", "MD", "MA", "MI", "NH", "NJ", "NY", "NC", "OH", "PA", "RI", "SC", "TN", "VT", "VA", "WV",
	}},
	{"America/Chicago", []string{
		"AL", "AR", "FL", "IL", "IN", "IA", "KS", "KY", "LA", "MI", "MN", "MS", "MO", "NE", "ND", "OK", "SD", "TN", "TX", "WI",
	}},
	{"America/Denver", []string{"AZ", "CO", "ID", "KS", "MT", "NE", "NV", "NM", "ND", "OR", "SD", "TX", "UT", "WY"}},
	{"America/Phoenix", []string{"AZ"}},
	{"America/Los_Angeles", []string{"CA", "ID", "NV", "OR", "WA"}},
	{"America/Anchorage", []string{"AK"}},
	{"America/Adak", []string{"AK"}},
	{"Pacific/Honolulu", []string{"HI"}},
}

// USStates returns the 50 states of the United States and the District of Columbia, in the order of their letters.
func USStates() []string {
	var out []string
	for _, z := range usZones {
		out = append(out, z.states...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// USZoneNames returns the names of the time zones of a state of the United States, from east to west, and of all of them for an empty
// text; nil for anything else.
func USZoneNames(state string) []string {
	var out []string
	for _, z := range usZones {
		if state == "" || slices.Contains(z.states, state) {
			out = append(out, z.name)
		}
	}
	return out
}

// IsUSHoliday reports whether a day is a legal public holiday of the United States.
//
// Source: 5 U.S.C. 6103(a), from memory; days on which one is merely observed are not in it.
func IsUSHoliday(d Date) bool {
	switch d.month {
	case time.January:
		return d.day == 1 || d.isNth(3, time.Monday)
	case time.February:
		return d.isNth(3, time.Monday)
	case time.May:
		return d.Weekday() == time.Monday && d.AddDays(7).month != time.May
	case time.June:
		return d.day == 19
	case time.July:
		return d.day == 4
	case time.September:
		return d.isNth(1, time.Monday)
	case time.October:
		return d.isNth(2, time.Monday)
	case time.November:
		return d.day == 11 || d.isNth(4, time.Thursday)
	case time.December:
		return d.day == 25
	case time.March, time.April, time.August:
	}
	return false
}

// isNth reports whether a day is the n-th of its weekday in its month.
func (d Date) isNth(n int, weekday time.Weekday) bool {
	return d.Weekday() == weekday && (d.day+6)/7 == n
}

// AddUSBusinessDays returns the n-th day after d, n at least 0, that is no Saturday, Sunday or legal public holiday of the United States.
func AddUSBusinessDays(d Date, n int) Date {
	for n > 0 {
		d = d.AddDays(1)
		if weekday := d.Weekday(); weekday != time.Saturday && weekday != time.Sunday && !IsUSHoliday(d) {
			n--
		}
	}
	return d
}
