package messaging

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Schedule says when a rule runs.
type Schedule struct {
	every                         time.Duration // of a rate; 0 for cron
	minutes, hours, months, years []bool        // by value
	day                           func(day time.Time) bool
}

// field is one of the six of a cron expression, with its names, if any, from low on.
type field struct {
	name      string
	low, high int
	names     []string
	steps     bool // takes "/"
	wraps     bool // a range may go over the end, as AWS's example "20-2" does in the hours
}

var (
	minuteField = field{name: "minutes", high: 59, steps: true}
	hourField   = field{name: "hours", high: 23, steps: true, wraps: true}
	dateField   = field{name: "day-of-month", low: 1, high: 31, steps: true}
	monthField  = field{name: "month", low: 1, high: 12, steps: true, names: []string{
		"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}}
	weekdayField = field{name: "day-of-week", low: 1, high: 7, names: []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}}
	yearField    = field{name: "year", low: 1970, high: 2199, steps: true}

	rateForm = regexp.MustCompile(`^rate\(([1-9]\d{0,5}) (minute|hour|day)(s?)\)$`)
	cronForm = regexp.MustCompile(`^cron\((\S+) +(\S+) +(\S+) +(\S+) +(\S+) +(\S+)\)$`)
)

// ParseSchedule reads a schedule expression: rate(value unit), counted from Go's zero time, or cron with six fields in UTC, as
// EventBridge's user guide has them ("Setting a schedule pattern for scheduled rules"). What the guide does not describe is refused.
func ParseSchedule(expression string) (Schedule, error) {
	if m := rateForm.FindStringSubmatch(expression); m != nil {
		if (m[1] == "1") != (m[3] == "") {
			return Schedule{}, fmt.Errorf("schedule %q: the unit is singular for 1 and plural for more", expression)
		}
		n, err := strconv.Atoi(m[1])
		unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[m[2]]
		return Schedule{every: time.Duration(n) * unit}, err
	}
	m := cronForm.FindStringSubmatch(expression)
	if m == nil {
		return Schedule{}, fmt.Errorf("schedule %q is neither rate(value unit) nor cron(six fields)", expression)
	}
	var s Schedule
	var err error
	for _, part := range []struct {
		into *[]bool
		field
		text string
	}{{&s.minutes, minuteField, m[1]}, {&s.hours, hourField, m[2]}, {&s.months, monthField, m[4]}, {&s.years, yearField, m[6]}} {
		if *part.into, err = part.parse(part.text); err != nil {
			return Schedule{}, fmt.Errorf("schedule %q: %w", expression, err)
		}
	}
	switch date, weekday := m[3], m[5]; {
	case (date == "?") == (weekday == "?"):
		err = fmt.Errorf("one of day-of-month and day-of-week is ?, and only one")
	case weekday == "?":
		s.day, err = parseDate(date)
	default:
		s.day, err = parseWeekday(weekday)
	}
	if err != nil {
		return Schedule{}, fmt.Errorf("schedule %q: %w", expression, err)
	}
	return s, nil
}

// parse reads a list of values, ranges and steps into the set of its values.
func (f field) parse(text string) ([]bool, error) {
	set, size := make([]bool, f.high+1), f.high-f.low+1
	for item := range strings.SplitSeq(text, ",") {
		values, stepText, stepped := strings.Cut(item, "/")
		from, to, err := f.span(values, stepped)
		step := 1
		if err == nil && stepped {
			step, err = strconv.Atoi(stepText)
		}
		if err != nil || stepped && !f.steps || step < 1 || step > size || to < from && !f.wraps {
			return nil, fmt.Errorf("%s does not take %q", f.name, item)
		}
		if to < from {
			to += size
		}
		for v := from; v <= to; v += step {
			set[f.low+(v-f.low)%size] = true
		}
	}
	return set, nil
}

// span reads a value, a range or *; the value that steps begin with is a range to the end.
func (f field) span(text string, stepped bool) (from, to int, err error) {
	first, last, ranged := strings.Cut(text, "-")
	if text == "*" {
		return f.low, f.high, nil
	}
	if from, err = f.value(first); err != nil || !ranged && !stepped {
		return from, from, err
	}
	if !ranged {
		return from, f.high, nil
	}
	to, err = f.value(last)
	return from, to, err
}

func (f field) value(text string) (int, error) {
	if i := slices.Index(f.names, text); i >= 0 {
		return f.low + i, nil
	}
	v, err := strconv.Atoi(text)
	if err != nil || v < f.low || v > f.high || text[0] == '+' {
		return 0, fmt.Errorf("%q is not one of %d to %d", text, f.low, f.high)
	}
	return v, nil
}

// parseDate reads the day-of-month: values, L for the last day, or nW for the weekday nearest to day n in the same month.
func parseDate(text string) (func(time.Time) bool, error) {
	if text == "L" {
		return func(d time.Time) bool { return d.AddDate(0, 0, 1).Day() == 1 }, nil
	}
	if number, nearest := strings.CutSuffix(text, "W"); nearest {
		n, err := dateField.value(number)
		return func(d time.Time) bool {
			wanted := time.Date(d.Year(), d.Month(), n, 0, 0, 0, 0, time.UTC)
			if wanted.Month() != d.Month() {
				return false
			}
			last := wanted.AddDate(0, 0, 1).Day() == 1
			switch weekday := wanted.Weekday(); {
			case weekday == time.Saturday && n == 1:
				return d.Day() == 3
			case weekday == time.Saturday:
				return d.Day() == n-1
			case weekday == time.Sunday && last:
				return d.Day() == n-2
			case weekday == time.Sunday:
				return d.Day() == n+1
			}
			return d.Day() == n
		}, err
	}
	set, err := dateField.parse(text)
	return func(d time.Time) bool { return set[d.Day()] }, err
}

// parseWeekday reads the day-of-week: values, L for the week's last day (Saturday), nL for the month's last such day, or n#k for its kth.
func parseWeekday(text string) (func(time.Time) bool, error) {
	if text == "L" {
		text = "SAT"
	}
	if day, last := strings.CutSuffix(text, "L"); last {
		n, err := weekdayField.value(day)
		return func(d time.Time) bool { return int(d.Weekday())+1 == n && d.AddDate(0, 0, 7).Month() != d.Month() }, err
	}
	if day, count, numbered := strings.Cut(text, "#"); numbered {
		n, err := weekdayField.value(day)
		k, countErr := field{low: 1, high: 5}.value(count)
		if err == nil {
			err = countErr
		}
		return func(d time.Time) bool { return int(d.Weekday())+1 == n && (d.Day()+6)/7 == k }, err
	}
	set, err := weekdayField.parse(text)
	return func(d time.Time) bool { return set[d.Weekday()+1] }, err
}

// Next gives the first occurrence after a time, to the minute and in UTC, or the zero time when there is none any more.
func (s Schedule) Next(after time.Time) time.Time {
	if s.every > 0 {
		return after.UTC().Truncate(s.every).Add(s.every)
	}
	next := after.UTC().Truncate(time.Minute).Add(time.Minute)
	for next.Year() <= yearField.high {
		year, month, day := next.Date()
		switch {
		case !s.years[year]:
			next = time.Date(year+1, time.January, 1, 0, 0, 0, 0, time.UTC)
		case !s.months[month]:
			next = time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC)
		case !s.day(next):
			next = time.Date(year, month, day+1, 0, 0, 0, 0, time.UTC)
		case !s.hours[next.Hour()]:
			next = next.Truncate(time.Hour).Add(time.Hour)
		case !s.minutes[next.Minute()]:
			next = next.Add(time.Minute)
		default:
			return next
		}
	}
	return time.Time{}
}
