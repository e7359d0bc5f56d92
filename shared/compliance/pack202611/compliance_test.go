package pack202611

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

// seed is one case of testdata/cases.json, written so that a lawyer can read it: local times in the state's zone.
type seed struct {
	Case    string   `json:"case"`
	Rule    string   `json:"rule"`
	Channel string   `json:"channel"`
	Purpose string   `json:"purpose"`
	UF      string   `json:"uf"`
	Now     string   `json:"now"`
	Facts   []string `json:"facts"` // no-address, nothing-owed, agreement-live
	Days    []string `json:"days"`
	Outcome string   `json:"outcome"`
	Until   string   `json:"until"`
}

func (s seed) input(t *testing.T) Input {
	t.Helper()
	in := Input{
		Now: instant(t, s.Now), Channel: collection.Channel(s.Channel), Purpose: collection.Purpose(s.Purpose), UF: s.UF,
		HasAddress:    !slices.Contains(s.Facts, "no-address"),
		OpenDebt:      !slices.Contains(s.Facts, "nothing-owed"),
		AgreementLive: slices.Contains(s.Facts, "agreement-live"),
	}
	for _, text := range s.Days {
		day, err := calendar.ParseDate(text)
		if err != nil {
			t.Fatal(err)
		}
		in.Days = append(in.Days, day)
	}
	return in
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestSeedCases(t *testing.T) {
	text, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var seeds []seed
	if err := json.Unmarshal(text, &seeds); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, s := range seeds {
		t.Run(s.Case, func(t *testing.T) {
			v := Evaluate(s.input(t))
			if v.Outcome != s.Outcome || (s.Rule != "") != slices.Contains(v.Rules, s.Rule) {
				t.Fatalf("got %s by %v, want %s by %s", v.Outcome, v.Rules, s.Outcome, s.Rule)
			}
			if s.Until != "" && !v.NotBefore.Equal(instant(t, s.Until)) || (s.Outcome == Defer) == v.NotBefore.IsZero() {
				t.Errorf("not before %s, want %s", v.NotBefore, s.Until)
			}
			used[s.Rule] = true
		})
	}
	for _, rule := range []string{
		RuleNoAddress, RuleNothingOwed, RuleAgreementLive, RuleChannel, RuleCalendar, RuleHours, RuleSunday, RuleCapDay, RuleCapWeek,
	} {
		if !used[rule] {
			t.Errorf("no case of rule %s", rule)
		}
	}
}

func TestVerdictCarriesItsInputs(t *testing.T) {
	in := Input{
		Now: time.Date(2026, 11, 23, 9, 30, 0, 0, time.FixedZone("", -3*3600)), Channel: collection.ChannelEmail,
		Purpose: collection.PurposeReminder, UF: "SP", HasAddress: true, OpenDebt: true,
		Days: []calendar.Date{date(t, "2026-11-21"), date(t, "2026-11-18"), date(t, "2026-01-02")},
	}
	v := Evaluate(in)
	const want = `{"pack":"br-2026-11","now":"2026-11-23T12:30:00Z","channel":"email","purpose":"reminder","uf":"SP","address":true,` +
		`"openDebt":true,"agreementLive":false,"days":["2026-11-18","2026-11-21"]}`
	if v.Inputs != want || v.PackVersion != PackVersion || !v.At.Equal(in.Now) || len(v.InputsHash) != 64 {
		t.Errorf("got %+v", v)
	}
	again, err := Reevaluate(v.Inputs)
	if err != nil || !equal(v, again) {
		t.Errorf("worked out again: %+v, %v", again, err)
	}
	if in.Days[0] != date(t, "2026-11-21") {
		t.Error("the caller's days were changed")
	}
}

func TestInputsKeepUnknownTextsOut(t *testing.T) {
	v := Evaluate(Input{Channel: "fax 529.982.247-25", Purpose: "Maria", UF: "Rua das Flores"})
	if strings.Contains(v.Inputs, "529") || strings.Contains(v.Inputs, "Maria") || strings.Contains(v.Inputs, "Rua") {
		t.Errorf("inputs %s", v.Inputs)
	}
	if v.Outcome != Block {
		t.Errorf("got %s", v.Outcome)
	}
}

func TestReevaluateRefuses(t *testing.T) {
	good := Evaluate(Input{Now: time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC), Channel: collection.ChannelEmail}).Inputs
	for name, text := range map[string]string{
		"nothing":            "",
		"another rule pack":  strings.Replace(good, PackVersion, "br-1999-01", 1),
		"an unknown member":  strings.Replace(good, `{`, `{"name":"x",`, 1),
		"white space":        strings.Replace(good, `,`, `, `, 1),
		"another zone":       strings.Replace(good, "15:00:00Z", "12:00:00-03:00", 1),
		"a day that is none": strings.Replace(good, `"days":[`, `"days":["2026-02-30"`, 1),
		"an old day":         strings.Replace(good, `"days":[`, `"days":["2026-01-02"`, 1),
		"an unknown state":   strings.Replace(good, `"uf":""`, `"uf":"XX"`, 1),
	} {
		if text == good {
			t.Fatalf("%s: the test changes nothing", name)
		}
		if _, err := Reevaluate(text); !errors.Is(err, collection.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestEveryStateHasHours(t *testing.T) {
	states := "AC AL AM AP BA CE DF ES GO MA MG MS MT PA PB PE PI PR RJ RN RO RR RS SC SE SP TO"
	for uf := range strings.FieldsSeq(states) {
		from, to, ok := Window(collection.ChannelEmail, uf, date(t, "2026-11-23"))
		if !ok || to.Sub(from) != 12*time.Hour {
			t.Errorf("%s: %s to %s, %v", uf, from, to, ok)
		}
	}
	from, to, ok := Window(collection.ChannelEmail, "", date(t, "2026-11-23"))
	if !ok || from.Hour() != 13 || to.Hour() != 22 {
		t.Errorf("nowhere in particular: %s to %s, %v", from, to, ok)
	}
	if _, _, ok := Window(collection.ChannelEmail, "SP", date(t, "2026-11-22")); ok {
		t.Error("a Sunday has hours")
	}
	if _, _, ok := Window("fax", "SP", date(t, "2026-11-23")); ok {
		t.Error("an unknown channel has hours")
	}
}

func date(t testing.TB, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func equal(a, b collection.Verdict) bool {
	return a.Outcome == b.Outcome && a.NotBefore.Equal(b.NotBefore) && slices.Equal(a.Rules, b.Rules) && a.PackVersion == b.PackVersion &&
		a.InputsHash == b.InputsHash && a.Inputs == b.Inputs && a.At.Equal(b.At)
}
