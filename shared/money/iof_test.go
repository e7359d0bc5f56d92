package money

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// monthlyRows are the amortizations of a schedule, each with its days from the start, on the same day of each month.
func monthlyRows(t *testing.T, schedule Schedule, start string) []IOFRow {
	t.Helper()
	day, err := time.Parse(time.DateOnly, start)
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]IOFRow, len(schedule))
	for i, row := range schedule {
		rows[i] = IOFRow{row.Amortization, int(day.AddDate(0, i+1, 0).Sub(day).Hours()) / 24}
	}
	return rows
}

func TestIOFVectors(t *testing.T) {
	for _, c := range load(t).IOF {
		schedule, err := Price(c.PV, rate(t, c.Rate), c.N)
		if err != nil {
			t.Fatal(err)
		}
		rows := monthlyRows(t, schedule, c.D0)
		for i, want := range c.Rows {
			if rows[i] != (IOFRow{want.Amortization, want.Days}) {
				t.Errorf("row %d is %+v, want %+v", i, rows[i], want)
			}
		}
		share := IOFShare{Weight: 1, Daily: percent(t, c.DailyPct), Fixed: percent(t, c.FixedPct), Days: MaxIOFDays}
		daily, fixed, err := IOF(rows, []IOFShare{share})
		if err != nil || daily != c.Daily || fixed != c.Fixed || daily+fixed != c.IOF {
			t.Errorf("%v in %d: %v and %v, %v; want %v and %v", c.PV, c.N, daily, fixed, err, c.Daily, c.Fixed)
		}
	}
}

func TestIOFStopsAtAYear(t *testing.T) {
	daily, fixed := rate(t, "0.000082"), rate(t, "0.0038")
	year := []IOFRow{{100_000, 400}}
	for name, test := range map[string]struct {
		shares      []IOFShare
		daily, once Centavos
	}{
		"new credit bears 365 days and the fixed part": {[]IOFShare{{1, daily, fixed, 365}}, 2993, 380},
		"taxed for 200 days, 165 are left":             {[]IOFShare{{1, daily, Rate{}, 165}}, 1353, 0},
		"taxed for the whole year":                     {[]IOFShare{{1, daily, Rate{}, 0}}, 0, 0},
		"half new, half taxed for the whole year":      {[]IOFShare{{70, daily, fixed, 365}, {70, daily, Rate{}, 0}}, 1497, 190},
	} {
		byDay, once, err := IOF(year, test.shares)
		if err != nil || byDay != test.daily || once != test.once {
			t.Errorf("%s: %v and %v, %v; want %v and %v", name, byDay, once, err, test.daily, test.once)
		}
	}
	for name, call := range map[string]func() (Centavos, Centavos, error){
		"negative row":    func() (Centavos, Centavos, error) { return IOF([]IOFRow{{-1, 1}}, []IOFShare{{1, daily, fixed, 1}}) },
		"negative days":   func() (Centavos, Centavos, error) { return IOF([]IOFRow{{1, -1}}, []IOFShare{{1, daily, fixed, 1}}) },
		"366 days":        func() (Centavos, Centavos, error) { return IOF(year, []IOFShare{{1, daily, fixed, 366}}) },
		"negative weight": func() (Centavos, Centavos, error) { return IOF(year, []IOFShare{{-1, daily, fixed, 1}}) },
		"no share":        func() (Centavos, Centavos, error) { return IOF(year, nil) },
		"weightless":      func() (Centavos, Centavos, error) { return IOF(year, []IOFShare{{0, daily, fixed, 1}}) },
	} {
		if _, _, err := call(); !errors.Is(err, ErrRange) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestIOFOfAlikeSharesIsThatOfTheWhole cuts a credit into shares that are taxed alike, and bounds the tax by the rate of a whole year.
func TestIOFOfAlikeSharesIsThatOfTheWhole(t *testing.T) {
	daily, fixed := rate(t, "0.000082"), rate(t, "0.0038")
	rapid.Check(t, func(t *rapid.T) {
		var rows []IOFRow
		var sum Centavos
		for range rapid.IntRange(1, 12).Draw(t, "rows") {
			row := IOFRow{Centavos(rapid.Int64Range(0, 10_000_000).Draw(t, "amount")), rapid.IntRange(0, 2000).Draw(t, "days")}
			rows, sum = append(rows, row), sum+row.Amortization
		}
		var shares []IOFShare
		for range rapid.IntRange(1, 5).Draw(t, "shares") {
			shares = append(shares, IOFShare{Centavos(rapid.Int64Range(1, 999).Draw(t, "weight")), daily, fixed, MaxIOFDays})
		}
		byDay, once, err := IOF(rows, shares)
		whole, wholeOnce, wholeErr := IOF(rows, []IOFShare{{1, daily, fixed, MaxIOFDays}})
		if err != nil || wholeErr != nil || byDay != whole || once != wholeOnce {
			t.Fatalf("in shares %v and %v, %v; as a whole %v and %v, %v", byDay, once, err, whole, wholeOnce, wholeErr)
		}
		if byDay < 0 || byDay > sum*365*82/1_000_000+1 {
			t.Fatalf("%v a day on %v", byDay, sum)
		}
	})
}
