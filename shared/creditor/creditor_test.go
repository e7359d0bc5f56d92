package creditor

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
)

func valid(t testing.TB) string {
	doc, err := os.ReadFile("testdata/valid.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

func TestParseReadsEveryMember(t *testing.T) {
	c, err := Parse([]byte(valid(t)))
	if err != nil {
		t.Fatal(err)
	}
	if c.ID != "tv-horizonte" || c.Document != "11444777000161" ||
		c.Charges.Fine.String() != "0.02" || c.Policy.Cash[2].Principal.String() != "0.3" {
		t.Errorf("got %+v", c)
	}
	if c.Policy.InterestFree != 6 || c.Policy.Limits[1].MaxInstalments != 12 || c.Ruler.Rungs[1].Day != 10 ||
		c.Aftercare.For(collection.StandingFormer) != collection.AftercareService {
		t.Errorf("got policy %+v, ruler %+v, aftercare %+v", c.Policy, c.Ruler, c.Aftercare)
	}
}

func TestParseNamesTheBrokenRule(t *testing.T) {
	for name, test := range map[string]struct{ old, new, want string }{
		"unknown member":          {`"kind"`, `"color": 1, "kind"`, "color: unknown member"},
		"unknown inner member":    {`"fineRate"`, `"color": 1, "fineRate"`, "charges.color: unknown member"},
		"member given twice":      {`"kind"`, `"name": "Twice", "kind"`, "name: given twice"},
		"inner given twice":       {`"fineRate"`, `"fineRate": "0", "fineRate"`, "charges.fineRate: given twice"},
		"member in capitals":      {`"kind"`, `"KIND"`, "KIND: unknown member"},
		"null":                    {`"offerHours": 24`, `"offerHours": null`, "policy.offerHours: null"},
		"wrong type":              {`"offerHours": 24`, `"offerHours": "24"`, "policy.offerHours: of the wrong type"},
		"not JSON":                {`"kind"`, `kind`, "line 3: invalid character 'k'"},
		"trailing data":           {"\"merchantCity\": \"SAO PAULO\"\n}", "\"merchantCity\": \"SAO PAULO\"\n} {}", "after top-level value"},
		"bad id":                  {`"tv-horizonte",`, `"TV",`, "id must be"},
		"unknown kind":            {"pay_tv", "shop", "kind must be"},
		"CNPJ with a wrong digit": {"11.444.777/0001-61", "11.444.777/0001-62", "valid CNPJ"},
		"CPF for CNPJ":            {"11.444.777/0001-61", "529.982.247-25", "valid CNPJ"},
		"fine above the law":      {`"fineRate": "0.02", "m`, `"fineRate": "0.03", "m`, "charges.fineRate"},
		"gap between bands":       {`"fromDays": 31`, `"fromDays": 33`, "policy.cash[1]"},
		"whole principal given":   {`"principalRate": "0.3"`, `"principalRate": "1"`, "policy.cash[2].principalRate"},
		"too many instalments":    {`"maxInstalments": 12`, `"maxInstalments": 73`, "policy.limits[1].maxInstalments"},
		"limits overlap":          {`"fromCentavos": 10000`, `"fromCentavos": 9000`, "policy.limits[1]"},
		"rungs out of order":      {`"day": 10`, `"day": 2`, "ruler.rungs[1].day"},
		"unknown channel": {`"channel": "email", "template": "reminder-last"`, `"channel": "fax", "template": "reminder-last"`,
			"ruler.rungs[2].channel"},
		"site is a script":       {"https://tvhorizonte.example", "javascript:alert(1)", "contacts.site"},
		"e-mail breaks out":      {"acordos@tvhorizonte.example", `a\"b@tvhorizonte.example`, "contacts.email"},
		"unknown template":       {`"template": "reminder-last"`, `"template": "reminder-never"`, "ruler.rungs[2].template"},
		"unknown aftercare":      {`{"active": "service"`, `{"active": "maybe"`, "aftercare.active"},
		"merchant name too long": {"TV HORIZONTE\",", "TV HORIZONTE TELECOMUNICACOES\",", "merchantName must"},
		"colour in words":        {"#4a2c8f", "purple", "brand.primaryColor"},
		"name of two lines":      {`"TV Horizonte",`, `"TV\r\nBcc: x",`, "name must"},
		"name turned round":      {`"TV Horizonte",`, `"TV \u202eetnoziroH",`, "name must"},
		"code without end":       {`"PT24H"`, `"P31D"`, "policy.paymentCodeLife"},
		"code of no time":        {`"PT24H"`, `"PT0S"`, "policy.paymentCodeLife"},
		"code in other units":    {`"PT24H"`, `"P1M"`, "policy.paymentCodeLife"},
		"offer outlives cash":    {`"offerHours": 24`, `"offerHours": 49`, "policy.offerHours"},
		"offer outlives first":   {`"firstDueDays": 3`, `"firstDueDays": 0`, "policy.firstDueDays"},
	} {
		t.Run(name, func(t *testing.T) {
			doc := strings.Replace(valid(t), test.old, test.new, 1)
			if doc == valid(t) {
				t.Fatal("the test changes nothing")
			}
			_, err := Parse([]byte(doc))
			if !errors.Is(err, collection.ErrInvalid) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want a refusal that names %q", err, test.want)
			}
		})
	}
}

func TestParseRefusesHugeFiles(t *testing.T) {
	if _, err := Parse([]byte(strings.Repeat(" ", maxFile+1))); !errors.Is(err, collection.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func TestDurationsAreOfISO8601(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"PT24H": 24 * time.Hour, "PT90S": 90 * time.Second, "P1D": 24 * time.Hour, "P2DT3H4M5S": 51*time.Hour + 4*time.Minute + 5*time.Second,
		"PT15M": 15 * time.Minute, "P1DT1S": 24*time.Hour + time.Second,
	} {
		if got, ok := parseDuration(text); !ok || got != want {
			t.Errorf("%s is %s, %v; want %s", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "24", "24h", "PT24", "PT1.5H", "P1Y", "P1M", "PT5S3M", "-PT5S", "pt5s", "PT1H ", "P1H", "T1H"} {
		if got, ok := parseDuration(text); ok {
			t.Errorf("%q is %s", text, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(valid(f)))
	f.Add([]byte(full(f)))
	f.Add([]byte(rich(f)))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		if c, err := Parse(doc); err == nil && c.ID == "" {
			t.Error("a creditor without id was accepted")
		}
	})
}
