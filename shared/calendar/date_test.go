package calendar

import (
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func date(t testing.TB, text string) Date {
	t.Helper()
	d, err := ParseDate(text)
	if err != nil {
		t.Fatalf("ParseDate(%q): %v", text, err)
	}
	return d
}

func anyDate() *rapid.Generator[Date] {
	first := Date{MinYear, time.January, 1}
	days := first.DaysUntil(Date{MaxYear, time.December, 31})
	return rapid.Custom(func(t *rapid.T) Date { return first.AddDays(rapid.IntRange(0, days).Draw(t, "day")) })
}

func TestParseDate(t *testing.T) {
	for _, text := range []string{"1900-01-01", "2024-02-29", "2000-02-29", "2026-12-31", "2199-12-31"} {
		if got := date(t, text).String(); got != text {
			t.Errorf("ParseDate(%q) = %s", text, got)
		}
	}
	for _, text := range []string{
		"", "2026", "2026-1-1", "26-01-01", "2026-02-29", "2100-02-29", "2026-00-10", "2026-13-01", "2026-04-31", "2026-01-00",
		"2026/01/01", "01-01-2026", " 2026-01-01", "2026-01-01 ", "2026-01-01T00:00:00Z", "1899-12-31", "2200-01-01", "0000-00-00",
		"+026-01-01", "20a6-01-01", "２０２６-01-01",
	} {
		if got, err := ParseDate(text); !errors.Is(err, ErrDate) || !got.IsZero() {
			t.Errorf("ParseDate(%q) = %s, %v", text, got, err)
		}
	}
}

func TestNewRefusesDaysThatDoNotExist(t *testing.T) {
	for _, c := range []Date{{2026, 2, 29}, {2026, 2, 0}, {2026, 0, 1}, {2026, 13, 1}, {2026, 6, 31}, {1, 1, 1}, {2026, 1, math.MaxInt}} {
		if got, err := New(c.year, c.month, c.day); !errors.Is(err, ErrDate) || !got.IsZero() {
			t.Errorf("New(%d, %d, %d) = %s, %v", c.year, c.month, c.day, got, err)
		}
	}
	d, err := New(2026, time.November, 23)
	if err != nil || d.Year() != 2026 || d.Month() != time.November || d.Day() != 23 || d.Weekday() != time.Monday {
		t.Errorf("New(2026, 11, 23) = %s %s, %v", d, d.Weekday(), err)
	}
}

func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"2026-11-23", "2024-02-29", "2026-02-30", "", "9999-99-99"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := ParseDate(text); err == nil && d.String() != text {
			t.Fatalf("ParseDate(%q) = %s", text, d)
		}
	})
}

func TestDatesAreOrderedByTheirDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := anyDate().Draw(t, "date"), rapid.IntRange(-40_000, 40_000).Draw(t, "days")
		later := d.AddDays(n)
		if d.DaysUntil(later) != n || later.AddDays(-n) != d || later.DaysUntil(d) != -n {
			t.Fatalf("%s and %d days is %s, %d days apart", d, n, later, d.DaysUntil(later))
		}
		if d.Before(later) != (n > 0) || d.After(later) != (n < 0) || (d.Compare(later) == 0) != (n == 0) {
			t.Fatalf("%s against %s is out of order", d, later)
		}
		if time.Weekday(((int(d.Weekday())+n)%7+7)%7) != later.Weekday() {
			t.Fatalf("%s is a %s, %s a %s", d, d.Weekday(), later, later.Weekday())
		}
	})
}

func TestOrdinal(t *testing.T) {
	for text, want := range map[string]int{"1970-01-01": 0, "1970-01-02": 1, "1969-12-31": -1, "2000-01-01": 10_957, "1900-01-01": -25_567} {
		if got := date(t, text).Ordinal(); got != want {
			t.Errorf("ordinal of %s = %d, want %d", text, got, want)
		}
	}
}

func TestAddMonthsKeepsTheAnchorDay(t *testing.T) {
	for _, c := range []struct {
		from      string
		n, anchor int
		want      string
	}{
		{"2026-01-31", 1, 31, "2026-02-28"},
		{"2026-02-28", 1, 31, "2026-03-31"},
		{"2026-01-31", 2, 31, "2026-03-31"},
		{"2024-01-31", 1, 31, "2024-02-29"},
		{"2026-01-30", 1, 30, "2026-02-28"},
		{"2026-11-23", 2, 23, "2027-01-23"},
		{"2026-11-23", 0, 23, "2026-11-23"},
		{"2026-03-31", -1, 31, "2026-02-28"},
		{"2026-03-31", -14, 31, "2025-01-31"},
		{"2026-01-15", 1, 40, "2026-02-28"},
		{"2026-01-15", 1, 0, "2026-02-01"},
		{"2026-12-31", 480, 31, "2066-12-31"},
	} {
		if got := date(t, c.from).AddMonths(c.n, c.anchor).String(); got != c.want {
			t.Errorf("%s and %d months on day %d = %s, want %s", c.from, c.n, c.anchor, got, c.want)
		}
	}
}

func TestAddMonthsFallsInTheWantedMonth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := anyDate().Draw(t, "date"), rapid.IntRange(-600, 600).Draw(t, "months")
		anchor := rapid.IntRange(1, 31).Draw(t, "anchor")
		got := d.AddMonths(n, anchor)
		if months := (got.Year()-d.Year())*12 + int(got.Month()-d.Month()); months != n {
			t.Fatalf("%s and %d months = %s", d, n, got)
		}
		if got.Day() != anchor && (got.Day() > anchor || got.AddDays(1).Month() == got.Month()) {
			t.Fatalf("%s and %d months on day %d = %s", d, n, anchor, got)
		}
	})
}

func TestOfAndAtFollowTheZone(t *testing.T) {
	acre, saoPaulo := zone(t, "AC"), zone(t, "SP")
	instant := time.Date(2026, time.November, 23, 3, 30, 0, 0, time.UTC)
	if got := Of(instant, acre).String(); got != "2026-11-22" {
		t.Errorf("date in Acre %s", got)
	}
	if got := Of(instant, saoPaulo).String(); got != "2026-11-23" {
		t.Errorf("date in São Paulo %s", got)
	}
	if got, want := date(t, "2026-11-23").At(8, 15, acre), time.Date(2026, 11, 23, 13, 15, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("08:15 in Acre is %s, want %s", got.UTC(), want)
	}
}

func TestAtASkippedHourExists(t *testing.T) {
	// Clocks in São Paulo went from 23:59 on 3 November 2018 to 01:00.
	d, loc := date(t, "2018-11-04"), zone(t, "SP")
	at := d.At(0, 0, loc)
	if off := at.Sub(time.Date(2018, 11, 4, 3, 0, 0, 0, time.UTC)).Abs(); off > time.Hour {
		t.Errorf("skipped midnight is %s away", off)
	}
}

// Against the standard library's own calendar, day by day.
func TestOrdinalsAreDays(t *testing.T) {
	at := time.Date(MinYear, time.January, 1, 0, 0, 0, 0, time.UTC)
	for n := int(at.Unix() / 86400); at.Year() <= MaxYear; n, at = n+1, at.AddDate(0, 0, 1) {
		d := Date{at.Year(), at.Month(), at.Day()}
		if d.Ordinal() != n || FromOrdinal(n) != d || d.Weekday() != at.Weekday() {
			t.Fatalf("%s: ordinal %d, %s, %s", d, d.Ordinal(), FromOrdinal(n), d.Weekday())
		}
	}
	if (Date{-1, 3, 1}).AddDays(-1) != (Date{-1, 2, 28}) {
		t.Error("years before Christ")
	}
}
