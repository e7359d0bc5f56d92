package creditor

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/regua/regua/shared/collection"
)

func TestContactLaw(t *testing.T) {
	doc, err := os.ReadFile("../../infra/local/demo/creditors/vida-plena.json")
	if err != nil {
		t.Fatal(err)
	}
	const sample = `"contactLaw": {"registries": "checked_daily"},`
	with := func(law string) string { return strings.Replace(string(doc), sample, `"contactLaw": `+law+`,`, 1) }
	if !strings.Contains(string(doc), sample) {
		t.Fatal("the sample does not have the member")
	}
	c, err := Parse([]byte(with(`{"packs": ["br", "us"], "role": "third_party", "registries": "checked_daily", "municipalHolidays": [
		{"uf": "SP", "municipality": "3550308", "date": "2027-01-25", "name": "Aniversário", "source": "Lei 14.485/2007"}]}`)))
	if err != nil || len(c.Law.Packs) != 2 || c.Law.Role != "third_party" || !c.Law.RegistriesChecked || len(c.Law.Holidays) != 1 ||
		c.Law.Holidays[0].Date.String() != "2027-01-25" {
		t.Errorf("got %+v, %v", c.Law, err)
	}
	if c, err := Parse([]byte(strings.Replace(string(doc), sample, "", 1))); err != nil || len(c.Law.Packs) != 0 || c.Law.RegistriesChecked {
		t.Errorf("without: %+v, %v", c.Law, err)
	}
	for broken, member := range map[string]string{
		`{"packs": ["br", "br"]}`:     "packs",
		`{"packs": ["fr"]}`:           "packs",
		`{"role": "friend"}`:          "role",
		`{"registries": "sometimes"}`: "registries",
		`{"municipalHolidays": [{"uf": "XX", "municipality": "1", "date": "25/01", "name": "", "source": ""}]}`: "municipalHolidays[0].uf",
		`{"municipalHolidays": [{}]}`: "municipalHolidays[0].source",
		`{"hours": "all"}`:            "hours",
	} {
		if _, err := Parse([]byte(with(broken))); !errors.Is(err, collection.ErrInvalid) || !strings.Contains(err.Error(), member) {
			t.Errorf("%s: got %v", broken, err)
		}
	}
}
