package compliance

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/calendar"
)

// lawCase is one case of testdata/cases, written so that a lawyer can read it. Its verdicts are "allow", "allow (notice)",
// "require notice", "defer until TIME" and "block", each with " by RULES" where the rules that decide are part of the case.
type lawCase struct {
	Case      string     `json:"case"`
	Rule      string     `json:"rule"`
	Situation string     `json:"situation"`
	Inputs    caseInputs `json:"inputs"`
	Alone     string     `json:"alone"`   // by the rules with this id, and nothing else
	Default   string     `json:"default"` // by the default pack
	US        string     `json:"us"`      // by the pack of the United States, in its own cases
}

// caseInputs departs from a usual contact: lawful in every way, by an own creditor (a collector in the cases of the United States), about a
// debt that fell due 90 days ago.
type caseInputs struct {
	Now, Channel, Purpose, UF, Municipality, AreaCode, Role, Regulator, Stated string
	HandOver                                                                   bool
	Zones, Closed, With, Without, History                                      []string
	Due, Limitation, RegistryListed, RegistrySnapshot, NumberChecked           string
	FirstContact, ValidationSent, CallConsent, LastInbound                     string
}

const usualFacts = FactAddress | FactOpenDebt | FactWhatsAppOptIn | FactTemplateApproved | FactOptOutSlot | FactSupplierIdentity |
	FactSupplierLink | FactBreakdown | FactBreakdownLink | FactConsumerUsed | FactRegisteredContact | FactRecorded | FactValidationIncluded

func readCases(t testing.TB) []lawCase {
	t.Helper()
	files, err := filepath.Glob("testdata/cases/*.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files of cases, %v", len(files), err)
	}
	var out []lawCase
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var cases []lawCase
		decoder := json.NewDecoder(strings.NewReader(string(text)))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&cases); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out = append(out, cases...)
	}
	return out
}

func (c lawCase) input(t testing.TB) Input {
	t.Helper()
	i := c.Inputs
	now := instant(t, i.Now)
	today := calendar.Of(now, now.Location())
	in := Input{
		Now: now, HandOver: i.HandOver, Channel: Channel(i.Channel), Purpose: Purpose(i.Purpose), UF: i.UF, Municipality: i.Municipality,
		AreaCode: i.AreaCode, Zones: i.Zones, Regulator: i.Regulator, Role: RoleCreditor, Facts: usualFacts,
	}
	if c.US != "" {
		in.Role = RoleThirdParty
	}
	if i.Role != "" {
		in.Role = Role(i.Role)
	}
	for _, name := range i.With {
		in.Facts |= fact(t, name)
	}
	for _, name := range i.Without {
		in.Facts &^= fact(t, name)
	}
	for _, d := range []struct {
		at    *calendar.Date
		text  string
		usual calendar.Date
	}{
		{&in.Due, i.Due, today.AddDays(-90)}, {&in.Limitation, i.Limitation, calendar.Date{}},
		{&in.RegistryListed, i.RegistryListed, calendar.Date{}}, {&in.RegistrySnapshot, i.RegistrySnapshot, today},
		{&in.NumberChecked, i.NumberChecked, today}, {&in.FirstContact, i.FirstContact, calendar.Date{}},
		{&in.ValidationSent, i.ValidationSent, calendar.Date{}}, {&in.CallConsent, i.CallConsent, calendar.Date{}},
	} {
		*d.at = d.usual
		if d.text != "" {
			*d.at = date(t, d.text)
		}
	}
	for _, text := range i.Closed {
		in.Closed = append(in.Closed, date(t, text))
	}
	if i.LastInbound != "" {
		in.LastInbound = instant(t, i.LastInbound)
	}
	if from, to, ok := strings.Cut(i.Stated, "-"); ok {
		in.Stated = Span{minutes(t, from), minutes(t, to)}
	}
	in.History = history(t, i.History)
	return in
}

// history reads "7 x 2026-03-02 phone spoken".
func history(t testing.TB, lines []string) []Past {
	t.Helper()
	var out []Past
	for _, line := range lines {
		times := 1
		if count, rest, ok := strings.Cut(line, " x "); ok {
			n, err := strconv.Atoi(count)
			if err != nil {
				t.Fatal(err)
			}
			times, line = n, rest
		}
		p, err := parsePast(line)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		out = append(out, slices.Repeat([]Past{p}, times)...)
	}
	return out
}

func fact(t testing.TB, name string) Facts {
	t.Helper()
	f, ok := FactNamed(name)
	if !ok {
		t.Fatalf("no fact %q", name)
	}
	return f
}

func minutes(t testing.TB, text string) int {
	t.Helper()
	var h, m int
	if _, err := fmt.Sscanf(text, "%d:%d", &h, &m); err != nil {
		t.Fatal(err)
	}
	return h*hour + m
}

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// date reads a date, and "none".
func date(t testing.TB, text string) calendar.Date {
	t.Helper()
	if text == "none" {
		return calendar.Date{}
	}
	d, err := calendar.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// only makes a law of the rules with one id, without the base rules unless it is one of theirs.
func only(t testing.TB, packs []Pack, id string) *Law {
	t.Helper()
	return onlyOf(t, append([]Pack{{Rules: baseRules()}}, packs...), id)
}

func onlyOf(t testing.TB, packs []Pack, id string) *Law {
	t.Helper()
	l := &Law{places: places(), brazil: true, unitedStates: strings.HasPrefix(id, "US-")}
	for _, p := range packs {
		rules := slices.DeleteFunc(slices.Clone(p.Rules), func(r Rule) bool { return r.ID != id })
		if err := l.add(p, rules); err != nil {
			t.Fatal(err)
		}
	}
	for i := range brazilStates + usStates {
		l.countries.add(i)
	}
	return l
}

// wrong says how a verdict differs from what a case wants, or is empty.
func wrong(d Decision, want string) string {
	outcome, rules, _ := strings.Cut(want, " by ")
	got := d.Outcome
	notices := strings.Join(d.Notices(), ", ")
	switch {
	case d.Outcome == Require:
		got += " " + notices
	case notices != "":
		got += " (" + notices + ")"
	}
	if d.Outcome == Defer {
		until := strings.TrimPrefix(outcome, "defer until ")
		if at, err := time.Parse(time.RFC3339, strings.Fields(until + " x")[0]); err == nil && at.Equal(d.NotBefore) {
			got = strings.Replace(outcome, " ("+notices+")", "", 1)
			if _, _, said := strings.Cut(outcome, " ("); said {
				got += " (" + notices + ")"
			}
		} else {
			got += " until " + d.NotBefore.String()
		}
	}
	if by := strings.Join(d.Rules(), ", "); got != outcome || rules != "" && by != rules {
		return fmt.Sprintf("got %s by %s, want %s", got, by, want)
	}
	return ""
}

func defaultLaws(t testing.TB) (br, us *Law) {
	t.Helper()
	br, err := Of(nil)
	if err != nil {
		t.Fatal(err)
	}
	us, err = Of([]string{NameUnitedStates})
	if err != nil {
		t.Fatal(err)
	}
	return br, us
}

func TestCases(t *testing.T) {
	br, us := defaultLaws(t)
	known, seen, used := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, r := range slices.Concat(br.rules, us.rules) {
		known[r.ID] = true
	}
	cases := readCases(t)
	for _, c := range cases {
		if seen[c.Case] || c.Situation == "" || c.Default == "" || c.Rule != "" && !known[c.Rule] {
			t.Errorf("%s: named twice, or without words, verdict or rule", c.Case)
		}
		seen[c.Case] = true
		in := c.input(t)
		alone := only(t, []Pack{Brazil(), UnitedStates()}, c.Rule)
		for what, law := range map[string]*Law{"alone": alone, "default": br, "us": us} {
			want := map[string]string{"alone": c.Alone, "default": c.Default, "us": c.US}[what]
			if want == "" {
				continue
			}
			if w := wrong(law.Decide(&in), want); w != "" {
				t.Errorf("%s, %s: %s", c.Case, what, w)
			}
		}
		used[c.Rule] = true
	}
	for id := range known {
		if !used[id] {
			t.Errorf("no case of rule %s", id)
		}
	}
	if len(cases) < 500 {
		t.Errorf("%d cases", len(cases))
	}
}
