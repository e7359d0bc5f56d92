package creditor

import (
	"fmt"
	"slices"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/form"
)

// maxHolidays is ten times what the municipalities of one portfolio rest in a year.
const maxHolidays = 500

type lawFile struct {
	Packs      []string           `json:"packs"`
	Role       string             `json:"role"`
	Registries string             `json:"registries"`
	Holidays   []municipalHoliday `json:"municipalHolidays"`
}

type municipalHoliday struct {
	UF           string `json:"uf"`
	Municipality string `json:"municipality"`
	Date         string `json:"date"`
	Name         string `json:"name"`
	Source       string `json:"source"`
}

// checkedDaily is how a creditor says that it leaves out the numbers in the states' registries, day by day.
const checkedDaily = "checked_daily"

// municipality is the form of an IBGE code.
var municipality = form.New(`^[1-5][0-9]{6}$`)

func (f *lawFile) domain(c *checker) collection.LawRule {
	if f == nil {
		return collection.LawRule{}
	}
	for i, name := range f.Packs {
		c.check((name == "br" || name == "us") && !slices.Contains(f.Packs[:i], name), "contactLaw.packs must be br, us or both, each once")
	}
	c.check(f.Role == "" || f.Role == "creditor" || f.Role == "third_party", "contactLaw.role must be creditor or third_party")
	c.check(f.Registries == "" || f.Registries == checkedDaily, "contactLaw.registries must be checked_daily")
	c.between("number of contactLaw.municipalHolidays", len(f.Holidays), 0, maxHolidays)
	law := collection.LawRule{Packs: f.Packs, Role: f.Role, RegistriesChecked: f.Registries == checkedDaily}
	for i, h := range f.Holidays {
		at := fmt.Sprintf("contactLaw.municipalHolidays[%d]", i)
		day, err := calendar.ParseDate(h.Date)
		c.check(err == nil, at+".date must be YYYY-MM-DD")
		c.check(slices.Contains(calendar.States(), h.UF), at+".uf must be a state")
		c.check(municipality.MatchString(h.Municipality), at+".municipality must be an IBGE code of seven digits")
		c.text(at+".name", h.Name, 80)
		c.text(at+".source", h.Source, 120)
		law.Holidays = append(law.Holidays, collection.MunicipalHoliday{
			UF: h.UF, Municipality: h.Municipality, Date: day, Name: h.Name, Source: h.Source,
		})
	}
	return law
}
