package calendar

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestEveryStateHasItsHolidays(t *testing.T) {
	if got := strings.Join(States(), " "); got != "AC AL AM AP BA CE DF ES GO MA MG MS MT PA PB PE PI PR RJ RN RO RR RS SC SE SP TO" {
		t.Errorf("states %s", got)
	}
	entries := map[string]int{}
	for _, uf := range States() {
		for year := FirstStateYear; year <= LastStateYear; year++ {
			list, ok := StateHolidays(uf, year)
			if !ok || len(list) == 0 {
				t.Errorf("%s in %d has none", uf, year)
			}
			for _, h := range list {
				if h.Name == "" || len(h.Source) < 10 || h.Date.Year() != year {
					t.Errorf("%s: %+v", uf, h)
				}
				entries[uf]++
			}
			if !slices.IsSortedFunc(list, func(a, b LocalHoliday) int { return a.Date.Compare(b.Date) }) {
				t.Errorf("%s in %d is not in order", uf, year)
			}
		}
	}
	for _, year := range []int{FirstStateYear - 1, LastStateYear + 1} {
		if _, ok := StateHolidays("SP", year); ok {
			t.Errorf("%d is known", year)
		}
	}
	if _, ok := StateHolidays("XX", FirstStateYear); ok || entries["AC"] < 15 {
		t.Errorf("what is no state has holidays, or Acre too few: %v", entries)
	}
}

func TestMovedHolidays(t *testing.T) {
	for uf, want := range map[string]string{
		"RJ": "2026-02-17", // Shrove Tuesday
		"ES": "2026-04-13", // eight days after Easter
		"PI": "2026-06-04", // Corpus Christi
		"AC": "2026-11-20", // the Friday after Tuesday the 17th
	} {
		list, _ := StateHolidays(uf, 2026)
		if !slices.ContainsFunc(list, func(h LocalHoliday) bool { return h.Date.String() == want }) {
			t.Errorf("%s does not rest on %s", uf, want)
		}
	}
	list, _ := StateHolidays("AC", 2026)
	if slices.ContainsFunc(list, func(h LocalHoliday) bool { return h.Date.String() == "2026-06-19" }) {
		t.Error("the state's day is not moved") // Monday 15 June
	}
}

func TestZonesOfMunicipalities(t *testing.T) {
	for _, test := range []struct{ uf, municipality, want string }{
		{"SP", "", "America/Sao_Paulo"}, {"SP", "1304062", "America/Sao_Paulo"}, {"AM", "", "America/Manaus America/Eirunepe"},
		{"AM", "1302603", "America/Manaus"}, {"AM", "1304062", "America/Manaus America/Eirunepe"},
		{"AM", "3550308", "America/Manaus America/Eirunepe"}, {"AM", "13", "America/Manaus America/Eirunepe"},
		{"PE", "", "America/Recife America/Noronha"}, {"PE", "2605459", "America/Noronha"}, {"PE", "2611606", "America/Recife"},
		{"PE", "Recife", "America/Recife America/Noronha"}, {"XX", "", ""},
	} {
		got := ZoneNames(test.uf, test.municipality)
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s %s: %v", test.uf, test.municipality, got)
		}
		for _, name := range got {
			if _, err := time.LoadLocation(name); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestAreaCodes(t *testing.T) {
	all := map[string]int{}
	for _, uf := range States() {
		for _, code := range AreaCodes(uf) {
			if len(code) != 2 || code < "11" || code > "99" {
				t.Errorf("%s: %q", uf, code)
			}
			all[code]++
		}
	}
	if len(all) != 67 || all["61"] != 2 || all["11"] != 1 || AreaCodes("XX") != nil {
		t.Errorf("%d codes, 61 %d times", len(all), all["61"])
	}
}

func TestTheUnitedStates(t *testing.T) {
	if len(USStates()) != 51 || len(USZoneNames("")) != 8 || len(USZoneNames("TX")) != 2 || USZoneNames("XX") != nil {
		t.Errorf("%d states, zones %v, of Texas %v", len(USStates()), USZoneNames(""), USZoneNames("TX"))
	}
	for _, state := range USStates() {
		for _, name := range USZoneNames(state) {
			if _, err := time.LoadLocation(name); err != nil {
				t.Error(err)
			}
		}
	}
	var got []string
	for d := (Date{2026, time.January, 1}); d.year == 2026; d = d.AddDays(1) {
		if IsUSHoliday(d) {
			got = append(got, d.String()[5:])
		}
	}
	if want := "01-01 01-19 02-16 05-25 06-19 07-04 09-07 10-12 11-11 11-26 12-25"; strings.Join(got, " ") != want {
		t.Errorf("holidays of 2026: %v", got)
	}
	if got := AddUSBusinessDays(Date{2026, time.November, 20}, 10); got != (Date{2026, time.December, 7}) {
		t.Errorf("ten business days after 20 November: %s", got)
	}
}
