package calendar

import (
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

// Zone returns the time zone of one of the 27 states, by its two upper-case
// letters (UF), and false for anything else.
func Zone(uf string) (*time.Location, bool) {
	load, ok := zones[uf]
	if !ok {
		return nil, false
	}
	loc := load()
	return loc, loc != nil
}

// zonesOf makes one loader per zone: reading a zone costs time at the start of
// a function, and most need one of them.
func zonesOf(states map[string][]string) map[string]func() *time.Location {
	loaders := map[string]func() *time.Location{}
	for name, ufs := range states {
		load := sync.OnceValue(func() *time.Location {
			loc, err := time.LoadLocation(name)
			if err != nil {
				return nil // Zone answers false, and whoever asked fails closed
			}
			return loc
		})
		for _, uf := range ufs {
			loaders[uf] = load
		}
	}
	return loaders
}
