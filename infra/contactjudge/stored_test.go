package contactjudge_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/events"
	"github.com/regua/regua/infra/contactjudge"
	"github.com/regua/regua/shared/collection"
)

// Each member of a stored verdict that was altered is named.
func TestAWrongVerdictIsFound(t *testing.T) {
	j := judge(t)
	sound := allowed(t, noon, collection.PurposeReminder, true)
	for what, spoil := range map[string]func(v *events.Verdict){
		"outcome":         func(v *events.Verdict) { v.Outcome = "block" },
		"rules":           func(v *events.Verdict) { v.Rules = []string{"BR-CAP-DAY"} },
		"notBefore":       func(v *events.Verdict) { v.NotBefore = noon.Add(time.Hour) },
		"windowEnd":       func(v *events.Verdict) { v.WindowEnd = v.WindowEnd.Add(time.Minute) },
		"requiredNotices": func(v *events.Verdict) { v.RequiredNotices = []string{"breakdown"} },
		"packVersion":     func(v *events.Verdict) { v.PackVersion = "br-2026-11" },
		"inputsHash":      func(v *events.Verdict) { v.InputsHash = strings.Repeat("0", 64) },
		"at":              func(v *events.Verdict) { v.At = v.At.Add(time.Second) },
		"inputs":          func(v *events.Verdict) { v.Inputs = strings.Replace(v.Inputs, ",", ", ", 1) },
	} {
		v := sound
		spoil(&v)
		s := tell(t, j, "one")
		s.at = noon
		s.add(events.ContactPlanned{ContactID: "c1", Purpose: "reminder", Channel: "email", Verdict: v})
		found, _, _ := s.log.Close()
		if !slices.ContainsFunc(found, func(f contactjudge.Finding) bool { return f.Rule == "planned "+what && f.Contact == "c1" }) {
			t.Errorf("%s: %+v", what, found)
		}
	}
	for name, text := range map[string]string{
		"nothing":            "",
		"another rule pack":  strings.Replace(sound.Inputs, "br-2026-12", "br-1999-01", 1),
		"an unknown member":  strings.Replace(sound.Inputs, "{", `{"name":"x",`, 1),
		"a member twice":     strings.Replace(sound.Inputs, "{", `{"pack":"br-2026-12",`, 1),
		"another zone":       strings.Replace(sound.Inputs, "15:00:00Z", "12:00:00-03:00", 1),
		"an unknown fact":    strings.Replace(sound.Inputs, `"address"`, `"door"`, 1),
		"a fact out of turn": strings.Replace(sound.Inputs, `"address",`, `"summons","address",`, 1),
		"an unknown state":   strings.Replace(sound.Inputs, `"MG"`, `"XX"`, 1),
		"no such day":        strings.Replace(sound.Inputs, "2026-08-01", "2026-02-30", 1),
		"an unknown mark":    strings.Replace(sound.Inputs, "}", `,"history":["2026-11-20 email loud"]}`, 1),
	} {
		if text == sound.Inputs {
			t.Fatalf("%s: the test changes nothing", name)
		}
		if _, err := j.Rederive(text); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Every event of the wire form is known to the judge, and one that is not is named.
func TestEveryEventIsKnown(t *testing.T) {
	j := judge(t)
	read := func(kind string) []contactjudge.Finding {
		log := j.Open("one", "case")
		doc, err := json.Marshal(map[string]any{"type": kind, "creditorId": "one", "caseId": "case", "occurredAt": noon, "payload": struct{}{}})
		if err != nil {
			t.Fatal(err)
		}
		if err := log.Read(doc); err != nil {
			t.Fatal(err)
		}
		found, _, _ := log.Close()
		return found
	}
	for _, kind := range events.Types() {
		for _, f := range read(kind.Name) {
			if strings.Contains(f.Found, "not known") {
				t.Errorf("%s: %+v", kind.Name, f)
			}
		}
	}
	if found := read("case.vanished"); len(found) != 1 || found[0].Rule != "EVENT" || found[0].Stored != "case.vanished" {
		t.Errorf("an unknown event: %+v", found)
	}
	for _, doc := range []string{"", "[]", `{"type":"case.paused","creditorId":"one","caseId":"case","payload":[]}`} {
		if err := j.Open("one", "case").Read([]byte(doc)); err == nil {
			t.Errorf("%q is an event", doc)
		}
	}
}

// The judge's tables say what the document says, row by row: a rule that changes there has to be written here by hand.
func TestTheTablesAreThoseOfTheDocument(t *testing.T) {
	doc, err := os.ReadFile("../../docs/contact-law.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := func(name string) (out [][]string) {
		_, after, _ := strings.Cut(string(doc), "<!-- "+name+" -->")
		table, _, found := strings.Cut(after, "<!-- end of "+name+" -->")
		if !found {
			t.Fatalf("the document has no %s", name)
		}
		for line := range strings.Lines(table) {
			cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
			if len(cells) < 6 || strings.HasPrefix(cells[0], "---") {
				continue
			}
			for i := range cells {
				cells[i] = strings.TrimSpace(strings.ReplaceAll(cells[i], "`", ""))
			}
			out = append(out, cells)
		}
		return out[1:]
	}
	for file, name := range map[string]string{
		"base": "base rules", "brazil": "rules of Brazil", "unitedstates": "rules of the United States", "holidays": "holidays",
	} {
		own, err := os.ReadFile("law/" + file + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		var want strings.Builder
		for _, cells := range rows(name) {
			if file != "holidays" {
				want.WriteString(cells[0] + " | " + cells[2] + " | " + cells[3] + "\n")
				continue
			}
			want.WriteString(cells[0])
			for i, year := range []string{"2026", "2027", "2028"} {
				if cells[1+i] != "" {
					want.WriteString(" " + year + "-" + cells[1+i])
				}
			}
			want.WriteString("\n")
		}
		if string(own) != want.String() {
			t.Errorf("law/%s.txt is not the table %q of docs/contact-law.md", file, name)
		}
	}
}
