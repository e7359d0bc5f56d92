package compliance

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

// The oracle knows the law of hours from this file alone: dates, hours and offsets are written down once more, in a simpler way.

// closedDays are the holidays of all of Brazil and of each state, as month and day, or as year, month and day for what moves.
const nationwide = "01-01 04-21 05-01 09-07 10-12 11-02 11-15 11-20 12-25 2026-04-03 2027-03-26 2028-04-14"

var statewide = map[string]string{
	"AC": "01-23 03-08 06-15 09-05 11-17 " + // and the Fridays after those of Tuesday to Thursday, but for 15 June
		"2028-09-08 2026-11-20 2027-11-19 2028-03-10",
	"AL": "06-24 06-29 09-16 11-30", "AM": "09-05 12-08", "AP": "03-19 07-25 09-13 10-05", "BA": "07-02", "CE": "03-19 03-25 08-15",
	"DF": "11-30", "ES": "10-28 2026-04-13 2027-04-05 2028-04-24", "GO": "07-26 10-24 10-28", "MA": "07-28 12-08", "MG": "", "MS": "10-11",
	"MT": "", "PA": "08-15", "PB": "07-26 08-05", "PE": "03-06 06-24", "PI": "03-13 10-19 2026-06-04 2027-05-27 2028-06-15", "PR": "12-19",
	"RJ": "04-23 10-28 2026-02-17 2027-02-09 2028-02-29", "RN": "06-29 08-07 10-03", "RO": "01-04 06-18", "RR": "10-05", "RS": "09-20",
	"SC": "08-11 11-25", "SE": "07-08", "SP": "07-09", "TO": "03-18 08-15 09-08 10-05",
}

// offsets are hours west of Greenwich; Amazonas and Pernambuco have two.
func offsets(uf string) []int {
	switch uf {
	case "AC":
		return []int{5}
	case "AM":
		return []int{4, 5}
	case "MT", "MS", "RO", "RR":
		return []int{4}
	case "PE":
		return []int{3, 2}
	}
	return []int{3}
}

// hoursOf are the lawful hours of a weekday in a state, from and to.
func hoursOf(uf, channel string, weekday time.Weekday) (from, to int) {
	if weekday == time.Sunday {
		return 0, 0
	}
	saturday := weekday == time.Saturday
	switch {
	case channel == "email":
		return 8, 20
	case channel == "phone" && saturday && slices.Contains([]string{"RJ", "ES", "AM"}, uf):
		return 0, 0
	case saturday:
		return 9, 13
	}
	return 9, 18
}

const allMinutes = (365 + 365 + 366) * 24 * 60

var firstMinute = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// bitmap has a bit for each minute of the three years, in UTC.
type bitmap [(allMinutes + 63) / 64]uint64

func (b *bitmap) has(minute int) bool { return b[minute/64]&(1<<(minute%64)) != 0 }

// oracle marks the lawful minutes of a channel in a state.
func oracle(uf, channel string) *bitmap {
	closed := map[string]bool{}
	for day := range strings.FieldsSeq(nationwide + " " + statewide[uf]) {
		closed[day] = true
	}
	lawful := &bitmap{}
	for i, west := range offsets(uf) {
		here := &bitmap{}
		for day := firstMinute; day.Year() < 2029; day = day.AddDate(0, 0, 1) {
			if closed[day.Format("01-02")] || closed[day.Format("2006-01-02")] {
				continue
			}
			from, to := hoursOf(uf, channel, day.Weekday())
			start := int(day.Sub(firstMinute)/time.Minute) + west*60
			for m := start + from*60; m < start+to*60 && m < allMinutes; m++ {
				here[m/64] |= 1 << (m % 64)
			}
		}
		for word := range lawful {
			if i == 0 {
				lawful[word] = here[word]
			}
			lawful[word] &= here[word]
		}
	}
	return lawful
}

// Every minute of 2026 to 2028, each state, five channels: what the law allows and until when it defers.
func TestEveryMinute(t *testing.T) {
	step := 97
	switch {
	case os.Getenv("REGUA_LAW") == "full":
		step = 1
	case testing.Short():
		step = 997
	}
	law, _ := defaultLaws(t)
	jobs := make(chan [2]string)
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for job := range jobs {
				if err := everyMinute(law, job[0], job[1], step); err != nil {
					t.Error(err)
				}
			}
		})
	}
	states := 0
	for uf := range statewide {
		states++
		for _, channel := range []string{"email", "sms", "whatsapp", "push", "phone"} {
			jobs <- [2]string{uf, channel}
		}
	}
	close(jobs)
	workers.Wait()
	if states != 27 {
		t.Errorf("%d states", states)
	}
	t.Logf("%d evaluations", allMinutes/step*states*5)
}

func everyMinute(law *Law, uf, channel string, step int) error {
	lawful := oracle(uf, channel)
	in := Input{Channel: Channel(channel), Purpose: collection.PurposeReminder, UF: uf, Facts: usualFacts}
	minute := allMinutes - 1
	minute -= minute % step
	next := -1 // the first lawful minute from the current one on
	for seen := allMinutes; minute >= 0; minute -= step {
		for seen > minute {
			seen--
			if lawful.has(seen) {
				next = seen
			}
		}
		in.Now = firstMinute.Add(time.Duration(minute) * time.Minute)
		in.Due = calendar.Of(in.Now, time.UTC).AddDays(-10)
		in.RegistrySnapshot = in.Due.AddDays(9)
		d := law.Decide(&in)
		want, until := Defer, time.Time{}
		switch before := minute < 60*max(offsets(uf)[0], offsets(uf)[len(offsets(uf))-1]); {
		case next == minute:
			want = Allow
		case next < 0, before && channel == "phone":
			want = Block // the end of the calendar; and before its begin nobody is called
		default:
			until = firstMinute.Add(time.Duration(next) * time.Minute)
		}
		if d.Outcome != want || !d.NotBefore.Equal(until) {
			return fmt.Errorf("%s by %s at %s: %s until %s by %v, want %s until %s",
				uf, channel, in.Now, d.Outcome, d.NotBefore, d.Rules(), want, until)
		}
	}
	return nil
}
