package messaging_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"pgregory.net/rapid"

	"github.com/regua/regua/infra/local/messaging"
	"github.com/regua/regua/infra/local/store"
)

func TestRulesCallAtTheirTimes(t *testing.T) {
	c := newCloud(t, store.Memory(), noon.Add(30*time.Second))
	c.must(c.Schedule(messaging.RuleSpec{Name: "sweep", Times: messaging.Rate(time.Minute), Function: "outbox-sweep"}))
	c.handle = func(string, []byte) ([]byte, error) { return nil, errors.New("a failing sweep is called again") }
	c.advance(2 * time.Minute)
	if len(c.calls) != 2 || c.calls[0].at != noon.Add(time.Minute) || c.calls[1].at != noon.Add(2*time.Minute) ||
		c.calls[0].function != "outbox-sweep" {
		t.Fatalf("calls %+v", c.calls)
	}
	var event events.CloudWatchEvent
	c.must(json.Unmarshal(c.calls[1].payload, &event))
	if event.DetailType != "Scheduled Event" || event.Source != "aws.events" || !event.Time.Equal(noon.Add(2*time.Minute)) ||
		!reflect.DeepEqual(event.Resources, []string{"arn:aws:events:us-east-1:000000000000:rule/sweep"}) || string(event.Detail) != "{}" {
		t.Errorf("event %s", c.calls[1].payload)
	}
}

// Every occurrence of a cron rule runs, and whatever invokes asynchronously gets it.
func TestCronRulesCallEachTime(t *testing.T) {
	c := newCloud(t, store.Memory(), noon) // a Monday
	var got []time.Time
	c.Event = func(_ context.Context, function string, _ []byte) ([]byte, error) {
		if function == "report" {
			got = append(got, c.clk.Now())
		}
		return nil, errors.New("not now")
	}
	for name, expression := range map[string]string{"report": "cron(0 12 ? * MON-FRI *)", "past": "cron(0 12 * * ? 2025)"} {
		times, err := messaging.ParseSchedule(expression)
		c.must(err)
		c.must(c.Schedule(messaging.RuleSpec{Name: name, Times: times, Function: "report"}))
	}
	c.advance(8 * 24 * time.Hour)
	want := []time.Time{}
	for _, day := range []int{1, 2, 3, 4, 7, 8} {
		want = append(want, noon.AddDate(0, 0, day))
	}
	if !reflect.DeepEqual(got, want) || len(c.calls) != 0 {
		t.Errorf("ran at %v, want %v", got, want)
	}
}

func TestSchedulesThatAreRefused(t *testing.T) {
	for _, expression := range []string{"", "rate(0 minutes)", "rate(1 minutes)", "rate(5 minute)", "rate(-1 hours)", "rate(1 week)",
		"rate(1 minute) ", "cron(0 0 * * ?)", "cron(0 0 * * ? * *)", "cron(60 0 * * ? *)", "cron(0 24 * * ? *)", "cron(0 0 0 * ? *)",
		"cron(0 0 32 * ? *)", "cron(0 0 1 13 ? *)", "cron(0 0 ? * 0 *)", "cron(0 0 ? * 8 *)", "cron(0 0 * * ? 1969)", "cron(0 0 * * ? 2200)",
		"cron(0 0 * * * *)", "cron(0 0 ? * ? *)", "cron(0 0 1 * MON *)", "cron(? 0 * * ? *)", "cron(0/0 0 * * ? *)", "cron(0/61 0 * * ? *)",
		"cron(5-1 0 * * ? *)", "cron(0 0 ? * FRI-MON *)", "cron(0 0 ? * 3#1,6#3 *)", "cron(0 0 ? * 3#6 *)", "cron(0 0 ? * MON/2 *)",
		"cron(0 0 L-3 * ? *)", "cron(0 0 LW * ? *)", "cron(0 0 32W * ? *)", "cron(0 0 1W,15 * ? *)", "cron(0 0 ? * 8L *)", "cron(+1 0 * * ? *)",
		"cron(1,,2 0 * * ? *)", "cron(0 0 * jan ? *)", "cron(0 0 * FOO ? *)", "cron(- 0 * * ? *)", "cron(1/ 0 * * ? *)"} {
		if _, err := messaging.ParseSchedule(expression); err == nil {
			t.Errorf("%q was accepted", expression)
		}
	}
}

// set draws a field of a cron expression together with what it means.
func set(t *rapid.T, name string, low, high int, steps bool) (string, func(int) bool) {
	var items []string
	var meanings []func(int) bool
	for range rapid.IntRange(1, 3).Draw(t, name+" items") {
		a, b := rapid.IntRange(low, high).Draw(t, name), rapid.IntRange(low, high).Draw(t, name)
		text, from, to, step := strconv.Itoa(a), a, a, 1
		switch rapid.IntRange(0, 3).Draw(t, name+" kind") {
		case 0:
			text, from, to = "*", low, high
		case 1:
			from, to = min(a, b), max(a, b)
			text = fmt.Sprintf("%d-%d", from, to)
		}
		if steps && rapid.Bool().Draw(t, name+" stepped") {
			step = rapid.IntRange(1, high-low+1).Draw(t, name+" step")
			text += "/" + strconv.Itoa(step)
			if from == to && !strings.Contains(text, "-") {
				to = high
			}
		}
		items = append(items, text)
		meanings = append(meanings, func(v int) bool { return v >= from && v <= to && (v-from)%step == 0 })
	}
	return strings.Join(items, ","), func(v int) bool {
		for _, m := range meanings {
			if m(v) {
				return true
			}
		}
		return false
	}
}

// days draws the two fields of the day together with what they mean, written down once more and differently.
func days(t *rapid.T) (date, weekday string, meaning func(time.Time) bool) {
	n := rapid.IntRange(1, 31).Draw(t, "n")
	w, k := rapid.IntRange(1, 7).Draw(t, "weekday"), rapid.IntRange(1, 5).Draw(t, "k")
	is := func(d time.Time) bool { return int(d.Weekday()) == w-1 }
	in := func(d time.Time, days int) bool { return d.AddDate(0, 0, days).Month() == d.Month() }
	switch rapid.IntRange(0, 6).Draw(t, "kind of day") {
	case 0:
		return "L", "?", func(d time.Time) bool { return !in(d, 1) }
	case 1:
		return strconv.Itoa(n) + "W", "?", func(d time.Time) bool {
			working := func(d time.Time) bool { return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday }
			for _, distance := range []int{0, -1, 1, -2, 2} { // the first working day in this order that the month has
				at := time.Date(d.Year(), d.Month(), n, 0, 0, 0, 0, time.UTC)
				if at.Month() != d.Month() {
					return false
				}
				if at = at.AddDate(0, 0, distance); at.Month() == d.Month() && working(at) {
					return at.Day() == d.Day()
				}
			}
			return false
		}
	case 2:
		return "?", fmt.Sprintf("%dL", w), func(d time.Time) bool { return is(d) && !in(d, 7) }
	case 3:
		return "?", fmt.Sprintf("%d#%d", w, k), func(d time.Time) bool { return is(d) && !in(d, -7*k) && (k == 1 || in(d, -7*(k-1))) }
	case 4:
		text, weekdays := set(t, "weekdays", 1, 7, false)
		return "?", text, func(d time.Time) bool { return weekdays(int(d.Weekday()) + 1) }
	}
	text, dates := set(t, "date", 1, 31, true)
	return text, "?", func(d time.Time) bool { return dates(d.Day()) }
}

// The next occurrence is the first minute, of all that follow, that has everything that the expression asks for.
func TestNextIsTheFirstMinuteThatFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minutes, minute := set(t, "minute", 0, 59, true)
		hours, hour := set(t, "hour", 0, 23, true)
		months, month := set(t, "month", 1, 12, true)
		date, weekday, day := days(t)
		expression := fmt.Sprintf("cron(%s %s %s %s %s 2024-2027)", minutes, hours, date, months, weekday)
		schedule, err := messaging.ParseSchedule(expression)
		if err != nil {
			t.Fatal(err)
		}
		after := time.Date(2024, 1, 1, 0, 0, rapid.IntRange(0, 3*366*86400).Draw(t, "second"), 0, time.UTC)
		want := time.Time{}
		for at := after.Truncate(time.Minute).Add(time.Minute); at.Year() <= 2027 && want.IsZero(); {
			switch {
			case !day(at) || !month(int(at.Month())):
				at = at.Truncate(24*time.Hour).AddDate(0, 0, 1)
			case hour(at.Hour()) && minute(at.Minute()):
				want = at
			default:
				at = at.Add(time.Minute)
			}
		}
		if got := schedule(after); !got.Equal(want) {
			t.Fatalf("%s after %s: %s, want %s", expression, after, got, want)
		}
	})
}

func FuzzParseSchedule(f *testing.F) {
	for _, seed := range []string{"rate(5 minutes)", "cron(0/15 20-2 ? * MON-FRI *)", "cron(0 10 31W 2 ? 2199)",
		"cron(5,*/7 0 ? JAN 6#5 2024)",
		"cron(0 0 L * ? *)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		schedule, err := messaging.ParseSchedule(expression)
		if err != nil {
			return
		}
		for at := noon; ; {
			next := schedule(at)
			if next.IsZero() || next.Sub(noon) > 365*24*time.Hour {
				return
			}
			if !next.After(at) || next.Second() != 0 {
				t.Fatalf("%q: %s after %s", expression, next, at)
			}
			at = next.Add(30 * 24 * time.Hour)
		}
	})
}
