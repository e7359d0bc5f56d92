package boleto

import (
	"fmt"
	"time"

	"github.com/regua/regua/shared/calendar"
)

const (
	firstFactor = 1000
	lastFactor  = 9999
	cycle       = lastFactor - firstFactor + 1
	// A factor names one date in each cycle of 9,000 days; the one meant lies in this window around the day of reading. The window is
	// narrower than the cycle, so that there is never more than one.
	windowBefore = 3000
	windowAfter  = 5500
)

// base is the day that factors are counted from, 1997-10-07.
func base() (calendar.Date, error) { return calendar.New(1997, time.October, 7) }

// Factor is the due date as a slip writes it: days since 1997-10-07, from 1000 on 2000-07-03 to 9999 on 2025-02-21, from 1000 again on
// 2025-02-22 and so on; 0 for the zero date, which is none. A date before 2000-07-03 is ErrForm.
func Factor(due calendar.Date) (int, error) {
	if due.IsZero() {
		return 0, nil
	}
	start, err := base()
	if err != nil {
		return 0, fmt.Errorf("count due date: %w", err)
	}
	days := start.DaysUntil(due)
	if days < firstFactor {
		return 0, fmt.Errorf("%w: no due date was written before 2000-07-03", ErrForm)
	}
	return firstFactor + (days-firstFactor)%cycle, nil
}

// Due is the due date, told apart from those of the other cycles by the day of reading: the one from 3,000 days before it to 5,500 after
// it. It is false when the slip has none there, or none at all.
func (s Slip) Due(today calendar.Date) (calendar.Date, bool) { return dueOf(s.Factor(), today) }

func dueOf(factor int, today calendar.Date) (calendar.Date, bool) {
	start, err := base()
	if factor < firstFactor || err != nil || today.IsZero() {
		return calendar.Date{}, false
	}
	earliest := start.DaysUntil(today) - windowBefore
	days := factor
	if days < earliest {
		days += (earliest - days + cycle - 1) / cycle * cycle
	}
	if days > earliest+windowBefore+windowAfter {
		return calendar.Date{}, false
	}
	return start.AddDays(days), true
}
