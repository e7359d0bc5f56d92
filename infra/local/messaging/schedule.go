package messaging

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/regua/regua/infra/local/wire"
)

// Schedule says when a rule runs: it gives the first occurrence after a time, to the minute and in UTC, or the zero time when there is none
// any more.
type Schedule func(after time.Time) time.Time

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
	itemForm = regexp.MustCompile(`^(?:\*|(\w+)(?:-(\w+))?)(?:/(\d{1,4}))?$`)
)

// Rate gives the multiples of an interval, counted from Go's zero time, or nil for one of less than a minute.
func Rate(every time.Duration) Schedule {
	if every < time.Minute {
		return nil
	}
	return func(after time.Time) time.Time { return after.UTC().Truncate(every).Add(every) }
}

// ParseSchedule reads a schedule expression: rate(value unit), or cron with six fields in UTC, as EventBridge's user guide has them
// ("Setting a schedule pattern for scheduled rules"). What the guide does not describe is refused.
func ParseSchedule(expression string) (Schedule, error) {
	if m := rateForm.FindStringSubmatch(expression); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil || (n == 1) != (m[3] == "") {
			return nil, fmt.Errorf("schedule %q: the unit is singular for 1 and plural for more", expression)
		}
		unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[m[2]]
		return Rate(time.Duration(n) * unit), nil
	}
	m := cronForm.FindStringSubmatch(expression)
	if m == nil {
		return nil, fmt.Errorf("schedule %q is neither rate(value unit) nor cron(six fields)", expression)
	}
	var sets [4][]bool
	day, err := parseDay(m[3], m[5])
	for i, f := range []field{minuteField, hourField, monthField, yearField} {
		if err == nil {
			sets[i], err = f.parse(m[[]int{1, 2, 4, 6}[i]])
		}
	}
	if err != nil {
		return nil, fmt.Errorf("schedule %q: %w", expression, err)
	}
	return cron(sets[0], sets[1], sets[2], sets[3], day), nil
}

// cron gives the minutes that are in all sets, on the days that fit.
func cron(minutes, hours, months, years []bool, fits func(day time.Time) bool) Schedule {
	return func(after time.Time) time.Time {
		next := after.UTC().Truncate(time.Minute).Add(time.Minute)
		for next.Year() <= yearField.high {
			year, month, day := next.Date()
			switch {
			case !years[year]:
				next = time.Date(year+1, time.January, 1, 0, 0, 0, 0, time.UTC)
			case !months[month]:
				next = time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC)
			case !fits(next):
				next = time.Date(year, month, day+1, 0, 0, 0, 0, time.UTC)
			case !hours[next.Hour()]:
				next = next.Truncate(time.Hour).Add(time.Hour)
			case !minutes[next.Minute()]:
				next = next.Add(time.Minute)
			default:
				return next
			}
		}
		return time.Time{}
	}
}

// parse reads a list of values, ranges and steps into the set of its values. The value that steps begin with is a range to the end.
func (f field) parse(text string) ([]bool, error) {
	set, size := make([]bool, f.high+1), f.high-f.low+1
	for item := range strings.SplitSeq(text, ",") {
		m := itemForm.FindStringSubmatch(item)
		if m == nil {
			return nil, fmt.Errorf("%s does not take %q", f.name, item)
		}
		from, to := f.span(m[1], m[2], m[3] != "")
		step, err := strconv.Atoi(cmp.Or(m[3], "1"))
		if err != nil || from < 0 || to < 0 || m[3] != "" && !f.steps || step < 1 || step > size || to < from && !f.wraps {
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

// span gives the bounds of a range, of a value or, without one, of the whole field.
func (f field) span(first, last string, stepped bool) (from, to int) {
	switch {
	case first == "":
		return f.low, f.high
	case last != "":
		return f.value(first), f.value(last)
	case stepped:
		return f.value(first), f.high
	}
	return f.value(first), f.value(first)
}

// value reads a number or a name; what is none is -1.
func (f field) value(text string) int {
	if i := slices.Index(f.names, text); i >= 0 {
		return f.low + i
	}
	v, err := strconv.ParseUint(text, 10, 16)
	if err != nil || int(v) < f.low || int(v) > f.high {
		return -1
	}
	return int(v)
}

// parseDay reads the two fields of the day, one of which is "?". The day of the month takes values, L for the last day and nW for the
// weekday nearest to day n in the same month; the day of the week takes values, L for Saturday, nL for the month's last such day and n#k
// for its kth.
func parseDay(date, weekday string) (func(time.Time) bool, error) {
	if (date == "?") == (weekday == "?") {
		return nil, fmt.Errorf("one of day-of-month and day-of-week is ?, and only one")
	}
	if weekday == "?" {
		number, working := strings.CutSuffix(date, "W")
		switch n := dateField.value(number); {
		case date == "L":
			return func(d time.Time) bool { return d.AddDate(0, 0, 1).Day() == 1 }, nil
		case working && n > 0:
			return func(d time.Time) bool { return nearest(d, n) }, nil
		}
		set, err := dateField.parse(date)
		return func(d time.Time) bool { return set[d.Day()] }, err
	}
	if weekday == "L" {
		weekday = "SAT"
	}
	if name, last := strings.CutSuffix(weekday, "L"); last && weekdayField.value(name) > 0 {
		n := weekdayField.value(name)
		return func(d time.Time) bool { return int(d.Weekday())+1 == n && d.AddDate(0, 0, 7).Month() != d.Month() }, nil
	}
	name, count, numbered := strings.Cut(weekday, "#")
	if n, k := weekdayField.value(name), (field{low: 1, high: 5}).value(count); numbered && n > 0 && k > 0 {
		return func(d time.Time) bool { return int(d.Weekday())+1 == n && (d.Day()+6)/7 == k }, nil
	}
	set, err := weekdayField.parse(weekday)
	return func(d time.Time) bool { return set[d.Weekday()+1] }, err
}

// nearest says whether a day is the working day nearest to the nth of its month, of those within the month.
func nearest(d time.Time, n int) bool {
	nth := time.Date(d.Year(), d.Month(), n, 0, 0, 0, 0, time.UTC)
	for _, distance := range []int{0, -1, 1, -2, 2} {
		at := nth.AddDate(0, 0, distance)
		if nth.Month() == d.Month() && at.Month() == d.Month() && at.Weekday() != time.Saturday && at.Weekday() != time.Sunday {
			return at.Day() == d.Day()
		}
	}
	return false
}

// RuleSpec calls a function at its times. While the clock is being moved, it is not called as long as Idle, when set, says that it would
// find nothing to do.
type RuleSpec struct {
	Name     string
	Times    Schedule
	Function string
	Idle     func() bool
}

// Schedule calls a function with a scheduled event whenever the rule's time has come. A call that fails is not repeated here: trying it
// again is the part of the asynchronous invocation that Event hands it to.
func (e *Engines) Schedule(spec RuleSpec) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if spec.Name == "" || e.rules[spec.Name] || spec.Function == "" || spec.Times == nil {
		return fmt.Errorf("rule %q is incomplete or there already", spec.Name)
	}
	e.rules[spec.Name] = true
	e.await(spec)
	return nil
}

// await has a rule's next occurrence run. Each one does while the clock is moved; those that a real clock missed, because a call took long
// or the machine slept, are left out.
func (e *Engines) await(spec RuleSpec) {
	if next := spec.Times(e.clk.Now()); !next.IsZero() {
		e.clk.Schedule(next, "events/"+spec.Name, func(ctx context.Context) {
			e.tick(ctx, spec)
			e.await(spec)
		})
	}
}

func (e *Engines) tick(ctx context.Context, spec RuleSpec) {
	if _, moving := e.clk.Moving(); moving && spec.Idle != nil && spec.Idle() {
		return // it would do nothing but take time, which counts where half a year goes by in a minute
	}
	now := e.clk.Now()
	name := fnv.New32a()
	_, _ = name.Write([]byte(spec.Name)) // never fails
	payload, err := json.Marshal(events.CloudWatchEvent{
		Version: "0", ID: fmt.Sprintf("%08x-0000-4000-b000-%012x", name.Sum32(), now.Unix()), DetailType: "Scheduled Event",
		Source: "aws.events", AccountID: wire.Account, Time: now.Truncate(time.Second), Region: wire.Region,
		Resources: []string{ruleARN + spec.Name}, Detail: json.RawMessage("{}"),
	})
	if err == nil {
		_, err = e.Event(ctx, spec.Function, payload)
	}
	if err != nil {
		slog.WarnContext(ctx, "scheduled call failed", "rule", spec.Name, "function", spec.Function, "error", err)
	}
}
