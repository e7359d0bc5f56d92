package calendar

import (
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a Lambda image need not carry the zone database
)

// zones holds the zone of each state's capital. The west of Amazonas and the
// island of Noronha keep other time; they are municipalities, not states.
var zones = zonesOf(map[string][]string{
	"America/Araguaina":    {"TO"},
	"America/Bahia":        {"BA"},
	"America/Belem":        {"AP", "PA"},
	"America/Boa_Vista":    {"RR"},
	"America/Campo_Grande": {"MS"},
	"America/Cuiaba":       {"MT"},
	"America/Fortaleza":    {"CE", "MA", "PB", "PI", "RN"},
	"America/Maceio":       {"AL", "SE"},
	"America/Manaus":       {"AM"},
	"America/Porto_Velho":  {"RO"},
	"America/Recife":       {"PE"},
	"America/Rio_Branco":   {"AC"},
	"America/Sao_Paulo":    {"DF", "ES", "GO", "MG", "PR", "RJ", "RS", "SC", "SP"},
})

// stateZone is the zone of a capital.
type stateZone struct {
	name string
	load func() *time.Location
}

// Zone returns the time zone of one of the 27 states' capitals, by the state's two
// upper-case letters (UF), and false for anything else.
func Zone(uf string) (*time.Location, bool) {
	zone, ok := zones[uf]
	if !ok {
		return nil, false
	}
	loc := zone.load()
	return loc, loc != nil
}

// The zones of what does not keep its capital's time.
const (
	zoneNoronha = "America/Noronha"  // Decreto 2.784/1913 as changed by Lei 12.876/2013
	zoneWest    = "America/Eirunepe" // the same: west of the line from Tabatinga to Porto Acre
	municipal   = 7                  // digits of an IBGE code, the first two of which are the state's
	noronha     = "2605459"
)

// westAmazonas are the municipalities on or west of the line from Tabatinga to Porto Acre. From memory: those that the line crosses are
// among them, and each is held to both times.
var westAmazonas = []string{
	"1300201", "1300607", "1300706", "1301407", "1301506", "1301654", "1301803", "1301951", "1302306", "1302405", "1303502", "1303908",
	"1304062",
}

// ZoneNames returns the names of the time zones in which a person may be who lives in a state, the capital's first: more than one for
// Amazonas and Pernambuco, unless the municipality (IBGE code, seven digits) tells. It is nil for what is no state.
//
// Source: Lei 12.876/2013; the municipalities of the west of Amazonas from memory.
func ZoneNames(uf, municipality string) []string {
	zone, ok := zones[uf]
	if !ok {
		return nil
	}
	capital := zone.name
	known := len(municipality) == municipal && strings.Trim(municipality, "0123456789") == ""
	switch {
	case uf == "AM" && known && strings.HasPrefix(municipality, "13") && !slices.Contains(westAmazonas, municipality):
		return []string{capital}
	case uf == "AM":
		return []string{capital, zoneWest}
	case uf == "PE" && municipality == noronha:
		return []string{zoneNoronha}
	case uf == "PE" && (!known || !strings.HasPrefix(municipality, "26")):
		return []string{capital, zoneNoronha}
	}
	return []string{capital}
}

// areas are the states of each telephone area code (DDD).
//
// Source: Anatel's numbering plan (Resolução 749/2022), from memory. 61 serves the Federal District and its surroundings in Goiás.
var areas = map[string][]string{
	"SP": {"11", "12", "13", "14", "15", "16", "17", "18", "19"}, "RJ": {"21", "22", "24"}, "ES": {"27", "28"},
	"MG": {"31", "32", "33", "34", "35", "37", "38"}, "PR": {"41", "42", "43", "44", "45", "46"}, "SC": {"47", "48", "49"},
	"RS": {"51", "53", "54", "55"}, "DF": {"61"}, "GO": {"61", "62", "64"}, "TO": {"63"}, "MT": {"65", "66"}, "MS": {"67"}, "AC": {"68"},
	"RO": {"69"}, "BA": {"71", "73", "74", "75", "77"}, "SE": {"79"}, "PE": {"81", "87"}, "AL": {"82"}, "PB": {"83"}, "RN": {"84"},
	"CE": {"85", "88"}, "PI": {"86", "89"}, "PA": {"91", "93", "94"}, "AM": {"92", "97"}, "RR": {"95"}, "AP": {"96"}, "MA": {"98", "99"},
}

// States returns the 27 states in the order of their letters.
func States() []string {
	out := make([]string, 0, len(zones))
	for uf := range zones {
		out = append(out, uf)
	}
	slices.Sort(out)
	return out
}

// AreaCodes returns the area codes (DDD) of a state, each two digits; nil for what is no state.
func AreaCodes(uf string) []string { return slices.Clone(areas[uf]) }

// zonesOf makes one loader per zone: reading a zone costs time at the start of
// a function, and most need one of them.
func zonesOf(states map[string][]string) map[string]stateZone {
	all := map[string]stateZone{}
	for name, ufs := range states {
		load := sync.OnceValue(func() *time.Location {
			loc, err := time.LoadLocation(name)
			if err != nil {
				return nil // Zone answers false, and whoever asked fails closed
			}
			return loc
		})
		for _, uf := range ufs {
			all[uf] = stateZone{name, load}
		}
	}
	return all
}
