package compliance

import (
	"math/bits"
	"slices"
	"sync"
	"time"

	"github.com/regua/regua/shared/calendar"
)

const secondsPerDay = 24 * 60 * 60

// clock is what the clocks of a zone show: the offsets from UTC in seconds, each from an instant on, the latest first.
type clock []struct{ from, offset int64 }

// The clocks know the changes of these years; the packs hold for fewer.
const firstClockYear, lastClockYear = 2019, 2033

// readClock is nil when the zone database does not know the zone, and then nothing is allowed there.
func readClock(name string) clock {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	var c clock
	at := time.Date(firstClockYear, 1, 1, 0, 0, 0, 0, time.UTC).In(loc)
	for at.Year() <= lastClockYear {
		_, offset := at.Zone()
		c = append(c, struct{ from, offset int64 }{at.Unix(), int64(offset)})
		_, end := at.ZoneBounds()
		if end.IsZero() {
			break
		}
		at = end
	}
	c[0].from = -1 << 62
	slices.Reverse(c)
	return c
}

func (c clock) offset(at int64) int64 {
	for _, s := range c {
		if at >= s.from {
			return s.offset
		}
	}
	return 0 // not reached: the last begins before all time
}

// local is the civil day, as an ordinal, and the second of it that the clocks show.
func (c clock) local(at int64) (day, second int64) {
	at += c.offset(at)
	day = at / secondsPerDay
	if at%secondsPerDay < 0 {
		day--
	}
	return day, at - day*secondsPerDay
}

// instant is when the clocks first show a second of a day, or the end of the gap when they skip it.
func (c clock) instant(day, second int64) int64 {
	shown := day*secondsPerDay + second
	for i := len(c) - 1; i >= 0; i-- { // from the earliest on
		if at := max(shown-c[i].offset, c[i].from); i == 0 || at < c[i-1].from {
			return at
		}
	}
	return shown // not reached: a clock is never empty
}

// zoneNames are the zones that the engine knows: of every state's ZoneNames, and those of the United States.
var zoneNames = [...]string{
	"America/Sao_Paulo", "America/Araguaina", "America/Bahia", "America/Belem", "America/Boa_Vista", "America/Campo_Grande",
	"America/Cuiaba", "America/Fortaleza", "America/Maceio", "America/Manaus", "America/Porto_Velho", "America/Recife",
	"America/Rio_Branco", "America/Noronha", "America/Eirunepe",
	"America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Anchorage",
	"America/Adak", "Pacific/Honolulu",
}

// zoneSet has a bit for each of zoneNames. The lowest one is the zone whose days count.
type zoneSet uint32

const usZonesFrom = 15 // where zoneNames leave Brazil

// brazilZones show all the times of Brazil. A test says that no other of its zones shows another.
const brazilZones zoneSet = 1<<0 | 1<<9 | 1<<12 | 1<<13 // Sao_Paulo, Manaus, Rio_Branco, Noronha

var usAllZones = zoneSet(1<<len(zoneNames) - 1<<usZonesFrom)

// stateSet has a bit for each state of Brazil and of the United States, in the order of their letters.
type stateSet [2]uint64

const (
	brazilStates = 27
	usStates     = 51
)

func (s *stateSet) add(i int) { s[i/64] |= 1 << (i % 64) }

func (s stateSet) meets(o stateSet) bool { return s[0]&o[0]|s[1]&o[1] != 0 }

func (s stateSet) empty() bool { return s[0]|s[1] == 0 }

// The rows of holidays: one per state of Brazil, one of every state, and one of what is national only.
const (
	rowEvery    = brazilStates
	rowNational = brazilStates + 1
	rows        = brazilStates + 2
	// listedDays are those of the years for which states' holidays are listed.
	listedDays = 3*365 + 1
)

// atlas is what the engine knows of places. It is made once and never changed.
type atlas struct {
	firstDay int64
	states   map[string]int // "SP", "US-MA"
	zones    [brazilStates + usStates]zoneSet
	areas    [100]stateSet
	holidays [rows][(listedDays + 63) / 64]uint64
	clocks   [len(zoneNames)]func() clock
}

var places = sync.OnceValue(makeAtlas)

func makeAtlas() *atlas {
	a := &atlas{states: map[string]int{}, firstDay: int64(on("2026-01-01").Ordinal())}
	for i, name := range zoneNames {
		a.clocks[i] = sync.OnceValue(func() clock { return readClock(name) })
	}
	for year := calendar.FirstStateYear; year <= calendar.LastStateYear; year++ {
		for _, h := range calendar.Holidays(year) {
			for row := 0; row < rows && !h.Bank; row++ {
				a.rest(row, h.Date)
			}
		}
	}
	for i, uf := range calendar.States() {
		a.states[uf] = i
		a.zones[i] = zonesNamed(calendar.ZoneNames(uf, ""))
		for _, code := range calendar.AreaCodes(uf) {
			a.areas[int(code[0]-'0')*10+int(code[1]-'0')].add(i)
		}
		for year := calendar.FirstStateYear; year <= calendar.LastStateYear; year++ {
			list, _ := calendar.StateHolidays(uf, year)
			for _, h := range list {
				a.rest(i, h.Date)
				a.rest(rowEvery, h.Date)
			}
		}
	}
	for i, state := range calendar.USStates() {
		a.states["US-"+state] = brazilStates + i
		a.zones[brazilStates+i] = zonesNamed(calendar.USZoneNames(state))
	}
	return a
}

func (a *atlas) rest(row int, d calendar.Date) {
	n := int64(d.Ordinal()) - a.firstDay
	a.holidays[row][n/64] |= 1 << (n % 64)
}

// closed reports whether a day is a holiday of a row; outside the years that are listed it cannot tell, and every day is.
func (a *atlas) closed(row int, day int64) bool {
	n := day - a.firstDay
	return n < 0 || n >= listedDays || a.holidays[row][n/64]&(1<<(n%64)) != 0
}

func zonesNamed(names []string) zoneSet {
	var s zoneSet
	for _, name := range names {
		s |= zoneNamed(name)
	}
	return s
}

func zoneNamed(name string) zoneSet {
	for i, known := range zoneNames {
		if known == name {
			return 1 << i
		}
	}
	return 0
}

// areaStates are the states of a telephone area code; none for what is no code.
func (a *atlas) areaStates(code string) stateSet {
	if len(code) != 2 || code[0] < '0' || code[0] > '9' || code[1] < '0' || code[1] > '9' {
		return stateSet{}
	}
	return a.areas[int(code[0]-'0')*10+int(code[1]-'0')]
}

// where is where a person may be: the states whose law holds, the zones in which it must hold, and the zone whose days count.
type where struct {
	states stateSet
	zones  zoneSet
	home   int
}

// locate gathers every place that an input names. When it names none, that is every place of the law's countries.
func (l *Law) locate(in *Input) where {
	a := l.places
	var w where
	if i, ok := a.states[in.UF]; ok {
		w.states.add(i)
		w.zones = a.zones[i]
		if i < brazilStates && in.Municipality != "" {
			w.zones = zonesNamed(calendar.ZoneNames(in.UF, in.Municipality))
		}
		w.home = bits.TrailingZeros32(uint32(w.zones))
	}
	area := a.areaStates(in.AreaCode)
	w.states[0] |= area[0]
	for rest := area[0]; rest != 0; rest &= rest - 1 {
		w.zones |= a.zones[bits.TrailingZeros64(rest)]
	}
	for _, name := range in.Zones {
		z := zoneNamed(name)
		if z == 0 {
			z = l.allZones()
		}
		w.zones |= z
	}
	if w.zones == 0 {
		w.zones = l.allZones()
	}
	if _, ok := a.states[in.UF]; !ok {
		w.home = bits.TrailingZeros32(uint32(w.zones))
	}
	if w.states.empty() {
		w.states = l.countries
	}
	return w
}

// allZones are the zones of the law's countries.
func (l *Law) allZones() zoneSet {
	if l.brazil && l.unitedStates {
		return brazilZones | usAllZones
	}
	if l.unitedStates {
		return usAllZones
	}
	return brazilZones
}

// resting reports whether a day is a holiday in any of the states.
func (a *atlas) resting(w *where, day int64) bool {
	switch w.states[0] & allBrazil {
	case allBrazil:
		return a.closed(rowEvery, day)
	case 0:
		return a.closed(rowNational, day)
	}
	for rest := w.states[0] & allBrazil; rest != 0; rest &= rest - 1 {
		if a.closed(bits.TrailingZeros64(rest), day) {
			return true
		}
	}
	return false
}

const allBrazil = 1<<brazilStates - 1
