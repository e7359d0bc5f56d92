package calendar

import (
	"encoding/json"
	"os"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

type vectors struct {
	BankHolidays map[string]map[string]string `json:"bank_holidays"`
	BusinessDays []struct {
		Op, In, Expect string
		N              int
	} `json:"business_days"`
}

func load(t *testing.T) vectors {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.BankHolidays) == 0 || len(v.BusinessDays) == 0 {
		t.Fatal("a group of vectors is missing")
	}
	return v
}

func TestHolidayVectors(t *testing.T) {
	for text, want := range load(t).BankHolidays {
		year, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		got := Holidays(year)
		if len(got) != len(want) {
			t.Errorf("%d has %d holidays, want %d", year, len(got), len(want))
		}
		for i, h := range got {
			if _, ok := want[h.Date.String()]; !ok || h.Name == "" {
				t.Errorf("%s (%s) is no holiday of %d", h.Date, h.Name, year)
			}
			if i > 0 && !got[i-1].Date.Before(h.Date) {
				t.Errorf("%s stands before %s", got[i-1].Date, h.Date)
			}
		}
	}
}

func TestBusinessDayVectors(t *testing.T) {
	for _, c := range load(t).BusinessDays {
		var got Date
		switch c.Op {
		case "next_or_same":
			got = NextBusinessDay(date(t, c.In))
		case "add":
			got = AddBusinessDays(date(t, c.In), c.N)
		default:
			t.Fatalf("unknown operation %q", c.Op)
		}
		if got.String() != c.Expect {
			t.Errorf("%s %s %d = %s, want %s", c.Op, c.In, c.N, got, c.Expect)
		}
	}
}

func TestEaster(t *testing.T) {
	for _, want := range []string{
		"1900-04-15", "1943-04-25", "1961-04-02", "2000-04-23", "2008-03-23", "2011-04-24", "2019-04-21", "2024-03-31", "2025-04-20",
		"2026-04-05", "2027-03-28", "2038-04-25", "2049-04-18", "2076-04-19", "2100-03-28",
	} {
		d := date(t, want)
		if got := Easter(d.Year()); got != d {
			t.Errorf("Easter of %d = %s, want %s", d.Year(), got, want)
		}
	}
	for year := MinYear; year <= MaxYear; year++ {
		d := Easter(year)
		if d.Weekday() != time.Sunday || d.Before(Date{year, time.March, 22}) || d.After(Date{year, time.April, 25}) {
			t.Errorf("Easter of %d = %s, a %s", year, d, d.Weekday())
		}
	}
}

func TestKindsOfHoliday(t *testing.T) {
	for _, c := range []struct {
		date                     string
		national, bank, business bool
	}{
		{"2026-02-16", false, true, false},
		{"2026-02-17", false, true, false},
		{"2026-02-18", false, false, true},
		{"2026-04-03", true, true, false},
		{"2026-06-04", false, true, false},
		{"2026-11-20", true, true, false},
		{"2024-11-20", true, true, false},
		{"2023-11-20", false, false, true},
		{"2026-11-21", false, false, false},
		{"2026-11-22", false, false, false},
		{"2026-11-23", false, false, true},
		{"2026-12-31", false, false, true},
		{"2026-11-15", true, true, false},
	} {
		d := date(t, c.date)
		if IsNationalHoliday(d) != c.national || IsBankHoliday(d) != c.bank || IsBusinessDay(d) != c.business {
			t.Errorf("%s: national %t, bank %t, business day %t", d, IsNationalHoliday(d), IsBankHoliday(d), IsBusinessDay(d))
		}
	}
}

func TestHolidayOnAgreesWithTheYearsList(t *testing.T) {
	for year := MinYear; year <= MaxYear; year++ {
		listed := map[Date]bool{}
		for _, h := range Holidays(year) {
			listed[h.Date] = listed[h.Date] || !h.Bank
		}
		for d := (Date{year, time.January, 1}); d.Year() == year; d = d.AddDays(1) {
			national, ok := listed[d]
			if h, found := HolidayOn(d); found != ok || (found && (h.Date != d || h.Bank == national)) {
				t.Fatalf("%s: %+v, %t; listed %t, national %t", d, h, found, ok, national)
			}
		}
	}
}

func BenchmarkIsBusinessDay(b *testing.B) {
	d := date(b, "2026-11-23")
	for b.Loop() {
		if !IsBusinessDay(d) {
			b.Fatal("a Monday")
		}
	}
}

func TestAddBusinessDays(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-11-21", 0, "2026-11-21"},
		{"2026-11-21", 1, "2026-11-23"},
		{"2026-11-23", 1, "2026-11-24"},
		{"2026-11-23", -1, "2026-11-19"},
		{"2026-11-22", -1, "2026-11-19"},
		{"2026-12-23", 5, "2026-12-31"},
	} {
		if got := AddBusinessDays(date(t, c.from), c.n).String(); got != c.want {
			t.Errorf("%s and %d business days = %s, want %s", c.from, c.n, got, c.want)
		}
	}
}

func TestBusinessDaysCountBothWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := NextBusinessDay(anyDate().Draw(t, "date")), rapid.IntRange(0, 60).Draw(t, "n")
		later := AddBusinessDays(d, n)
		if !IsBusinessDay(later) || AddBusinessDays(later, -n) != d {
			t.Fatalf("%s and %d business days = %s, back at %s", d, n, later, AddBusinessDays(later, -n))
		}
		count := 0
		for day := d; day != later; {
			if day = day.AddDays(1); IsBusinessDay(day) {
				count++
			}
		}
		if count != n {
			t.Fatalf("%d business days from %s to %s, want %d", count, d, later, n)
		}
	})
}
