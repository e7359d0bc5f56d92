package compliance

import (
	"slices"
	"testing"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

// The searches of this package and of the ruler rest on it: nowhere are there more than six days in a row without hours.
func TestNoRunOfClosedDaysIsLong(t *testing.T) {
	for _, uf := range append(calendar.States(), "") {
		for _, channel := range []Channel{collection.ChannelEmail, collection.ChannelSMS, collection.ChannelPhone} {
			run, longest := 0, 0
			for d := on("2026-01-01"); d.Year() <= calendar.LastStateYear; d = d.AddDays(1) {
				run++
				if _, _, ok := Window(channel, uf, d); ok {
					run = 0
				}
				longest = max(longest, run)
			}
			if longest > 6 || longest < 2 {
				t.Errorf("%s in %q: %d days", channel, uf, longest)
			}
		}
	}
}

// brazilZones stand for all zones of Brazil.
func TestFourZonesShowAllTimesOfBrazil(t *testing.T) {
	for _, uf := range calendar.States() {
		for _, name := range calendar.ZoneNames(uf, "") {
			i := slices.Index(zoneNames[:], name)
			if i < 0 || i >= usZonesFrom {
				t.Fatalf("%s of %s is not among the zones", name, uf)
			}
			same := slices.ContainsFunc([]int{0, 9, 12, 13}, func(j int) bool {
				return slices.Equal(since2026(places().clocks[i]()), since2026(places().clocks[j]()))
			})
			if !same {
				t.Errorf("%s keeps a time that none of the four keeps", name)
			}
		}
	}
}

// since2026 are the offsets since then.
func since2026(c clock) []int64 {
	var out []int64
	for _, s := range c {
		out = append(out, s.offset)
		if s.from <= int64(on("2025-12-31").Ordinal())*secondsPerDay {
			break
		}
	}
	return out
}
