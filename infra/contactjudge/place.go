package contactjudge

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // an auditor's machine need not have the zone database
)

// zoneOrder are the zones in the order in which the first of several counts: those of Brazil, then those of the United States.
var zoneOrder = strings.Fields(`America/Sao_Paulo America/Araguaina America/Bahia America/Belem America/Boa_Vista America/Campo_Grande
	America/Cuiaba America/Fortaleza America/Maceio America/Manaus America/Porto_Velho America/Recife America/Rio_Branco America/Noronha
	America/Eirunepe America/New_York America/Chicago America/Denver America/Phoenix America/Los_Angeles America/Anchorage America/Adak
	Pacific/Honolulu`)

// brazilZones are one for each time of day that Brazil has.
var brazilZones = []string{"America/Sao_Paulo", "America/Manaus", "America/Rio_Branco", "America/Noronha"}

// unitedStatesZones begins here in zoneOrder.
const unitedStatesZones = 15

// stateTable has the zones of each state, "zone[,zone]: states", first that whose days count: the capital's in Brazil, in the United States
// the first of zoneOrder.
const stateTable = `America/Sao_Paulo: DF ES GO MG PR RJ RS SC SP
America/Araguaina: TO
America/Bahia: BA
America/Belem: AP PA
America/Boa_Vista: RR
America/Campo_Grande: MS
America/Cuiaba: MT
America/Fortaleza: CE MA PB PI RN
America/Maceio: AL SE
America/Manaus,America/Eirunepe: AM
America/Porto_Velho: RO
America/Recife,America/Noronha: PE
America/Rio_Branco: AC
America/New_York: US-CT US-DE US-DC US-GA US-ME US-MD US-MA US-NH US-NJ US-NY US-NC US-OH US-PA US-RI US-SC US-VT US-VA US-WV
America/New_York,America/Chicago: US-FL US-IN US-KY US-MI US-TN
America/Chicago: US-AL US-AR US-IL US-IA US-LA US-MN US-MS US-MO US-OK US-WI
America/Chicago,America/Denver: US-KS US-NE US-ND US-SD US-TX
America/Denver: US-CO US-MT US-NM US-UT US-WY
America/Denver,America/Los_Angeles: US-ID
America/Denver,America/Phoenix: US-AZ
America/Los_Angeles: US-CA US-WA
America/Los_Angeles,America/Denver: US-NV US-OR
America/Anchorage,America/Adak: US-AK
Pacific/Honolulu: US-HI`

// areaTable has the telephone area codes of each state of Brazil.
const areaTable = `SP 11 12 13 14 15 16 17 18 19
RJ 21 22 24
ES 27 28
MG 31 32 33 34 35 37 38
PR 41 42 43 44 45 46
SC 47 48 49
RS 51 53 54 55
DF 61
GO 61 62 64
TO 63
MT 65 66
MS 67
AC 68
RO 69
BA 71 73 74 75 77
SE 79
PE 81 87
AL 82
PB 83
RN 84
CE 85 88
PI 86 89
PA 91 93 94
AM 92 97
RR 95
AP 96
MA 98 99`

const noronha = "2605459"

// western are the municipalities of Amazonas that keep both of its times.
var western = strings.Fields("1300201 1300607 1300706 1301407 1301506 1301654 1301803 1301951 1302306 1302405 1303502 1303908 1304062")

// atlas is what is known of places.
type atlas struct {
	zones    map[string][]string // by state
	areas    map[string][]string // states by area code
	clocks   map[string]*time.Location
	holidays map[string]map[day]bool // by state
}

func readAtlas() (atlas, error) {
	a := atlas{map[string][]string{}, map[string][]string{}, map[string]*time.Location{}, map[string]map[day]bool{}}
	for line := range strings.Lines(stateTable) {
		zones, states, _ := strings.Cut(line, ": ")
		for state := range strings.FieldsSeq(states) {
			a.zones[state] = strings.Split(zones, ",")
		}
	}
	for line := range strings.Lines(areaTable) {
		words := strings.Fields(line)
		for _, code := range words[1:] {
			a.areas[code] = append(a.areas[code], words[0])
		}
	}
	for _, name := range zoneOrder {
		clock, err := time.LoadLocation(name)
		if err != nil {
			return a, fmt.Errorf("load zone: %w", err)
		}
		a.clocks[name] = clock
	}
	for line := range strings.Lines(holidayTable) {
		words := strings.Fields(line)
		if a.holidays[words[0]] == nil {
			a.holidays[words[0]] = map[day]bool{}
		}
		for _, text := range words[1:] {
			d, ok := parseDay(text)
			if !ok {
				return a, fmt.Errorf("holiday %q is no date", text)
			}
			a.holidays[words[0]][d] = true
		}
	}
	return a, nil
}

// place is where a person may be.
type place struct {
	states, zones []string
	home          string // the zone whose days count
}

// locate says where a person may be under a law for the countries given.
func (a atlas) locate(in inputs, brazil, unitedStates bool) place {
	var p place
	if _, known := a.zones[in.UF]; known {
		p.states = append(p.states, in.UF)
		p.zones = append(p.zones, a.within(in.UF, in.Municipality)...)
	}
	for _, state := range a.areas[in.AreaCode] { // the municipality is the address's, and tells nothing of the telephone
		p.states = append(p.states, state)
		p.zones = append(p.zones, a.zones[state]...)
	}
	lost := false
	for _, name := range in.Zones {
		if a.clocks[name] == nil {
			lost = true
		} else {
			p.zones = append(p.zones, name)
		}
	}
	if lost || len(p.zones) == 0 {
		if brazil {
			p.zones = append(p.zones, brazilZones...)
		}
		if unitedStates {
			p.zones = append(p.zones, zoneOrder[unitedStatesZones:]...)
		}
	}
	slices.SortFunc(p.zones, func(x, y string) int { return slices.Index(zoneOrder, x) - slices.Index(zoneOrder, y) })
	p.zones = slices.Compact(p.zones)
	p.home = p.zones[0]
	if _, known := a.zones[in.UF]; known {
		p.home = a.within(in.UF, in.Municipality)[0]
	}
	if len(p.states) == 0 {
		p.states = a.all(brazil, unitedStates)
	}
	return p
}

// all are the states of countries.
func (a atlas) all(brazil, unitedStates bool) (out []string) {
	for state := range a.zones {
		if abroad := strings.HasPrefix(state, "US-"); abroad && unitedStates || !abroad && brazil {
			out = append(out, state)
		}
	}
	return out
}

// within are the zones of a state, by the municipality where that tells.
func (a atlas) within(state, municipality string) []string {
	zones := a.zones[state]
	switch {
	case state == "PE" && municipality == noronha:
		return zones[1:]
	case state == "PE" && strings.HasPrefix(municipality, "26"):
		return zones[:1]
	case state == "AM" && strings.HasPrefix(municipality, "13") && !slices.Contains(western, municipality):
		return zones[:1]
	}
	return zones
}

// rests reports whether a day is one of rest: national, of any of the states, one that the municipality closes, or outside the lists.
func (a atlas) rests(p place, closed []string, d day) bool {
	year := d.year()
	if year < firstYear || year > lastYear || national(d) || slices.Contains(closed, d.String()) {
		return true
	}
	return slices.ContainsFunc(p.states, func(state string) bool { return a.holidays[state][d] })
}
