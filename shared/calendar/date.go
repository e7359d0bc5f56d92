// Package calendar holds civil dates, Brazil's holidays and business days, and
// the time zone of each state. Nothing here reads the clock.
package calendar

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// The years that ParseDate and New accept: from the oldest living person's
// birth to the end of any contract.
const (
	MinYear = 1900
	MaxYear = 2199
)

// ErrDate says that a text or triple is not a date between MinYear and MaxYear.
var ErrDate = errors.New("calendar: not a date")

// Date is a civil date, without time and zone. Dates compare with == and may key
// a map. The zero value is no date; IsZero tells.
type Date struct {
	year  int
	month time.Month
	day   int
}

// New returns the date of a year, month and day that exist, or ErrDate: 30
// February is refused, never turned into March.
func New(year int, month time.Month, day int) (Date, error) {
	d := Date{year, month, day}
	if year < MinYear || year > MaxYear || fromTime(d.midnight()) != d {
		return Date{}, ErrDate
	}
	return d, nil
}

// ParseDate reads exactly the form "2006-01-02", or returns ErrDate.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || len(s) != len(time.DateOnly) {
		return Date{}, fmt.Errorf("%w: want YYYY-MM-DD", ErrDate)
	}
	return New(t.Date())
}

// Of returns the date that the clocks of loc show at instant t.
func Of(t time.Time, loc *time.Location) Date { return fromTime(t.In(loc)) }

// String writes the date as "2006-01-02", and the zero value as "0000-00-00".
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day) }

// IsZero reports whether d is the zero value, which is no date.
func (d Date) IsZero() bool { return d == Date{} }

// Year returns the year.
func (d Date) Year() int { return d.year }

// Month returns the month.
func (d Date) Month() time.Month { return d.month }

// Day returns the day of the month, from 1.
func (d Date) Day() int { return d.day }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return WeekdayOf(d.Ordinal()) }

// WeekdayOf returns the day of the week of an ordinal.
func WeekdayOf(ordinal int) time.Weekday {
	const thursday, week = 4, 7 // 1970-01-01 was a Thursday
	return time.Weekday(((ordinal+thursday)%week + week) % week)
}

// The Gregorian calendar counted in years that begin in March, so that the day of a leap year comes last, and eras of 400 years.
const (
	eraYears, eraDays  = 400, 146097
	epochDays          = 719468 // from 0000-03-01 to 1970-01-01
	february, december = 2, 12
)

// Ordinal returns the number of days since 1970-01-01, negative before it.
func (d Date) Ordinal() int {
	year, month := d.year, (int(d.month)+december-february-1)%december
	if int(d.month) <= february {
		year--
	}
	era := floor(year, eraYears)
	year -= era * eraYears
	return era*eraDays + year*365 + year/4 - year/100 + (153*month+2)/5 + d.day - 1 - epochDays
}

// FromOrdinal returns the date that is so many days after 1970-01-01.
func FromOrdinal(days int) Date {
	days += epochDays
	era := floor(days, eraDays)
	days -= era * eraDays
	year := (days - days/1460 + days/36524 - days/146096) / 365
	days -= 365*year + year/4 - year/100
	month := (5*days + 2) / 153
	day := days - (153*month+2)/5 + 1
	month += february + 1
	if month > december {
		month -= december
		year++
	}
	return Date{era*eraYears + year, time.Month(month), day}
}

// floor divides and rounds down, for a positive divisor.
func floor(n, by int) int {
	q := n / by
	if n%by < 0 {
		q--
	}
	return q
}

// AddDays returns the date n days later, or earlier when n is negative.
func (d Date) AddDays(n int) Date { return FromOrdinal(d.Ordinal() + n) }

// AddMonths returns the date n months later (earlier when n is negative) on the
// anchor day, from 1 to 31, or on the last day of a month too short for it.
// Instalments pass the day of the first due date as anchor each time, so that
// 31 January, 28 February goes on to 31 March and never slides to the 28th.
func (d Date) AddMonths(n, anchorDay int) Date {
	first := time.Date(d.year, d.month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return Date{first.Year(), first.Month(), max(1, min(anchorDay, last))}
}

// DaysUntil returns the number of calendar days from d to other, negative when
// other is earlier.
func (d Date) DaysUntil(other Date) int { return other.Ordinal() - d.Ordinal() }

// Compare returns -1, 0 or +1 as d is before, equal to or after other.
func (d Date) Compare(other Date) int {
	return cmp.Or(cmp.Compare(d.year, other.year), cmp.Compare(d.month, other.month), cmp.Compare(d.day, other.day))
}

// Before reports whether d is earlier than other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// After reports whether d is later than other.
func (d Date) After(other Date) bool { return d.Compare(other) > 0 }

// At returns the instant when the clocks of loc show hour and minute on d. A
// time that a daylight-saving change skipped becomes one that exists, at most
// the length of the change away.
func (d Date) At(hour, minute int, loc *time.Location) time.Time {
	return time.Date(d.year, d.month, d.day, hour, minute, 0, 0, loc)
}

func (d Date) midnight() time.Time { return d.At(0, 0, time.UTC) }

func fromTime(t time.Time) Date {
	year, month, day := t.Date()
	return Date{year, month, day}
}
