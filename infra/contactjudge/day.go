package contactjudge

import "time"

// The years whose holidays are listed.
const (
	firstYear = 2026
	lastYear  = 2028
)

const secondsPerDay = 24 * 60 * 60

// day is a calendar day as the number of days since 1970-01-01.
type day int

func parseDay(text string) (day, bool) {
	at, err := time.Parse(time.DateOnly, text)
	return dayOf(at), err == nil
}

// dayOf is the day that the clock of an instant shows.
func dayOf(at time.Time) day {
	y, m, d := at.Date()
	return day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

func (d day) noon() time.Time { return time.Unix(int64(d)*secondsPerDay+secondsPerDay/2, 0).UTC() }

func (d day) String() string { return d.noon().Format(time.DateOnly) }

func (d day) year() int { return d.noon().Year() }

func (d day) weekday() time.Weekday { return d.noon().Weekday() }

// at is the instant at which a zone's clock shows a minute of the day.
func (d day) at(minute int, zone *time.Location) time.Time {
	y, m, n := d.noon().Date()
	return time.Date(y, m, n, 0, minute, 0, 0, zone).UTC()
}

// after is the same day of the month so many years later; 29 February ends on the 28th.
func (d day) after(years int) day {
	y, m, n := d.noon().Date()
	if m == time.February && n == 29 {
		return dayOf(time.Date(y+years, time.March, 0, 0, 0, 0, 0, time.UTC))
	}
	return dayOf(time.Date(y+years, m, n, 0, 0, 0, 0, time.UTC))
}

// national reports whether all of Brazil rests (Leis 662/1949, 6.802/1980, 9.093/1995, 14.759/2023).
func national(d day) bool {
	y, m, n := d.noon().Date()
	switch int(m)*100 + n {
	case 101, 421, 501, 907, 1012, 1102, 1115, 1225:
		return true
	case 1120:
		return y >= 2024
	}
	return d == easter(y)-2
}

// easter is the Gregorian one, by the method of Meeus, Jones and Butcher.
func easter(year int) day {
	a, b, c := year%19, year/100, year%100
	h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
	n := h + l - 7*((a+11*h+22*l)/451) + 114
	return dayOf(time.Date(year, time.Month(n/31), n%31+1, 0, 0, 0, 0, time.UTC))
}

// american reports whether a day is a legal public holiday of the United States (5 USC 6103(a)).
func american(d day) bool {
	_, m, n := d.noon().Date()
	switch int(m)*100 + n {
	case 101, 619, 704, 1111, 1225:
		return true
	}
	nth := (n-1)/7 + 1
	if d.weekday() == time.Thursday {
		return m == time.November && nth == 4
	}
	if d.weekday() != time.Monday {
		return false
	}
	return m == time.January && nth == 3 || m == time.February && nth == 3 || m == time.May && n > 24 ||
		m == time.September && nth == 1 || m == time.October && nth == 2
}

// businessDaysAfter is so many business days of the United States later.
func (d day) businessDaysAfter(count int) day {
	for count > 0 {
		d++
		if w := d.weekday(); w != time.Saturday && w != time.Sunday && !american(d) {
			count--
		}
	}
	return d
}
