package calendar

import (
	"sync"
	"testing"
	"time"
)

func zone(t testing.TB, uf string) *time.Location {
	t.Helper()
	loc, ok := Zone(uf)
	if !ok {
		t.Fatalf("no zone for %s", uf)
	}
	return loc
}

func TestZoneOfEveryState(t *testing.T) {
	hours := map[int][]string{
		-3: {"AL", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "PA", "PB", "PE", "PI", "PR", "RJ", "RN", "RS", "SC", "SE", "SP", "TO"},
		-4: {"AM", "MS", "MT", "RO", "RR"},
		-5: {"AC"},
	}
	seen := 0
	for want, ufs := range hours {
		for _, uf := range ufs {
			seen++
			for _, month := range []time.Month{time.January, time.July} {
				_, offset := time.Date(2026, month, 15, 12, 0, 0, 0, zone(t, uf)).Zone()
				if offset != want*3600 {
					t.Errorf("%s is %d s off UTC in %s, want %d h", uf, offset, month, want)
				}
			}
		}
	}
	if seen != 27 || len(zones) != 27 {
		t.Errorf("%d states tested, %d known; want 27", seen, len(zones))
	}
}

func TestZoneRefusesWhatIsNoState(t *testing.T) {
	for _, uf := range []string{"", "sp", "XX", "SPP", "EX", " SP", "America/Sao_Paulo"} {
		if loc, ok := Zone(uf); ok || loc != nil {
			t.Errorf("Zone(%q) = %v", uf, loc)
		}
	}
}

func TestZoneIsSafeForConcurrentUse(t *testing.T) {
	var group sync.WaitGroup
	found := make([]*time.Location, 16)
	for i := range found {
		group.Go(func() { found[i], _ = Zone("TO") })
	}
	group.Wait()
	for _, loc := range found {
		if loc == nil || loc != found[0] {
			t.Fatalf("loaded more than once: %v", found)
		}
	}
}
