package calendar

import (
	"slices"
	"time"
)

// Holiday is a day on which Brazil rests. Bank is true when only banks close:
// Carnival and Corpus Christi are no national holidays.
type Holiday struct {
	Date Date
	Name string
	Bank bool
}

// Easter returns Easter Sunday of a year of the Gregorian calendar.
//
// Source: the anonymous Gregorian computus (Nature, 20 April 1876).
func Easter(year int) Date {
	a, b, c := year%19, year/100, year%100
	d := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	e := (32 + 2*(b%4) + 2*(c/4) - d - c%4) % 7
	f := d + e - 7*((a+11*d+22*e)/451) + 114
	return Date{year, time.Month(f / 31), f%31 + 1}
}

var fixedHolidays = []struct {
	month time.Month
	day   int
	since int
	name  string
}{
	{time.January, 1, 0, "Confraternização Universal"},
	{time.April, 21, 0, "Tiradentes"},
	{time.May, 1, 0, "Dia do Trabalho"},
	{time.September, 7, 0, "Independência do Brasil"},
	{time.October, 12, 0, "Nossa Senhora Aparecida"},
	{time.November, 2, 0, "Finados"},
	{time.November, 15, 0, "Proclamação da República"},
	{time.November, 20, 2024, "Dia Nacional de Zumbi e da Consciência Negra"},
	{time.December, 25, 0, "Natal"},
}

var easterHolidays = []struct {
	days int // after Easter Sunday
	name string
	bank bool
}{
	{-48, "Carnaval (segunda-feira)", true},
	{-47, "Carnaval (terça-feira)", true},
	{-2, "Sexta-feira Santa", false},
	{60, "Corpus Christi", true},
}

// Holidays returns the national and bank holidays of a year, in order. State and
// municipal ones, and days when only branches close (31 December), are not in it.
//
// Source: Lei 662/1949 as changed by Lei 10.607/2002; Lei 6.802/1980 (12
// October); Lei 14.759/2023 (20 November, from 2024); Good Friday by Lei
// 9.093/1995; for banks also Carnival Monday and Tuesday and Corpus Christi. The
// list is that in force since 2003 and approximate for earlier years.
func Holidays(year int) []Holiday {
	var holidays []Holiday
	for _, h := range fixedHolidays {
		if year >= h.since {
			holidays = append(holidays, Holiday{Date{year, h.month, h.day}, h.name, false})
		}
	}
	easter := Easter(year)
	for _, h := range easterHolidays {
		holidays = append(holidays, Holiday{easter.AddDays(h.days), h.name, h.bank})
	}
	slices.SortStableFunc(holidays, func(a, b Holiday) int { return a.Date.Compare(b.Date) })
	return holidays
}

// HolidayOn returns the holiday that falls on d. When a national and a bank
// holiday coincide it is the national one.
func HolidayOn(d Date) (Holiday, bool) {
	for _, h := range fixedHolidays {
		if h.month == d.month && h.day == d.day && d.year >= h.since {
			return Holiday{d, h.name, false}, true
		}
	}
	days := Easter(d.year).DaysUntil(d)
	for _, h := range easterHolidays {
		if h.days == days {
			return Holiday{d, h.name, h.bank}, true
		}
	}
	return Holiday{}, false
}

// IsNationalHoliday reports whether d is a national holiday. Carnival and Corpus
// Christi are not.
func IsNationalHoliday(d Date) bool {
	h, ok := HolidayOn(d)
	return ok && !h.Bank
}

// IsBankHoliday reports whether banks close on d for a holiday, national or
// their own. It says nothing about weekends.
func IsBankHoliday(d Date) bool {
	_, ok := HolidayOn(d)
	return ok
}

// IsBusinessDay reports whether banks settle on d: Monday to Friday and no bank
// holiday. 31 December counts, though branches close to the public.
func IsBusinessDay(d Date) bool {
	weekday := d.Weekday()
	return weekday != time.Saturday && weekday != time.Sunday && !IsBankHoliday(d)
}

// NextBusinessDay returns d if it is a business day, else the first after it.
func NextBusinessDay(d Date) Date {
	for !IsBusinessDay(d) {
		d = d.AddDays(1)
	}
	return d
}

// AddBusinessDays returns the n-th business day after d, or before it when n is
// negative. The count starts on the day next to d, whatever day d is; for n = 0 it
// is d itself.
func AddBusinessDays(d Date, n int) Date {
	step := 1
	if n < 0 {
		step = -1
	}
	for n != 0 {
		d = d.AddDays(step)
		if IsBusinessDay(d) {
			n -= step
		}
	}
	return d
}
