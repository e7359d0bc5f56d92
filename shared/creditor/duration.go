package creditor

import (
	"fmt"
	"strconv"
	"time"

	"github.com/regua/regua/shared/form"
)

// durationForm is what a policy may say of ISO 8601-1:2019, 5.5.2: days, hours, minutes and seconds. A day has 24 hours here.
var durationForm = form.New(`^P([0-9]{1,3}D)?(T([0-9]{1,3}H)?([0-9]{1,3}M)?([0-9]{1,5}S)?)?$`)

// duration reads a duration between two bounds, as PT24H or PT90S.
func (c *checker) duration(at, text string, least, most time.Duration) time.Duration {
	d, ok := parseDuration(text)
	c.check(ok && d >= least && d <= most, fmt.Sprintf("%s must be an ISO 8601 duration, as PT24H, from %s to %s", at, least, most))
	return d
}

func parseDuration(text string) (time.Duration, bool) {
	if !durationForm.MatchString(text) {
		return 0, false
	}
	unit := map[byte]time.Duration{'D': 24 * time.Hour, 'H': time.Hour, 'M': time.Minute, 'S': time.Second}
	var sum time.Duration
	for start := 1; start < len(text); start++ {
		end := start
		for end < len(text) && '0' <= text[end] && text[end] <= '9' {
			end++
		}
		if end == start {
			continue // T
		}
		n, err := strconv.Atoi(text[start:end])
		if err != nil {
			return 0, false // not reached: the form has matched
		}
		sum += time.Duration(n) * unit[text[end]]
		start = end
	}
	return sum, true
}
