package compliance

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/regua/regua/shared/calendar"
)

var update = flag.Bool("update", false, "write the tables of docs/contact-law.md")

const document = "../../docs/contact-law.md"

// The tables of docs/contact-law.md are the packs and the calendar as they are: who writes a second evaluator reads nothing else.
func TestTheDocumentIsAsThePacksAre(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	for name, table := range map[string]string{
		"base rules": rulesTable(baseRules()), "rules of Brazil": rulesTable(Brazil().Rules),
		"rules of the United States": rulesTable(UnitedStates().Rules), "facts": factsTable(), "holidays": holidaysTable(t),
	} {
		begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->"
		before, rest, ok := strings.Cut(want, begin)
		_, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("no place for the table of %s", name)
		}
		want = before + begin + table + end + after
	}
	if *update {
		if err := os.WriteFile(document, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(text) {
		t.Error("the tables are not as the packs are; go test ./shared/compliance -run TestTheDocument -update writes them")
	}
}

func rulesTable(rules []Rule) string {
	var b strings.Builder
	b.WriteString("| rule | what it asks | decides | when, in figures | source | mark |\n|---|---|---|---|---|---|\n")
	for _, r := range rules {
		decides := r.Verdict
		if r.Notice != "" {
			decides += " `" + r.Notice + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.ID, r.Title, decides, strings.Join(figures(r), "; "), r.Source, r.Mark)
	}
	return b.String()
}

// figures are all parameters of a rule, so that nothing has to be read from the code.
func figures(r Rule) []string {
	out := []string{string(r.Kind)}
	say := func(when bool, format string, args ...any) {
		if when {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	say(len(r.Channels) > 0, "channels %s", words(r.Channels))
	switch {
	case r.Purposes == nil:
		out = append(out, "purposes that collect")
	case slices.Equal(r.Purposes, all):
		out = append(out, "all purposes")
	default:
		out = append(out, "purposes "+words(r.Purposes))
	}
	say(len(r.States) > 0, "states %s", words(r.States))
	say(r.Role != "", "role %s", r.Role)
	say(r.Regulator != "", "regulator %s", r.Regulator)
	say(r.All != 0, "all of %s", strings.Join(r.All.Names(), ", "))
	say(r.Any != 0, "any of %s", strings.Join(r.Any.Names(), ", "))
	say(r.None&(factEnd-1) != 0, "none of %s", strings.Join(r.None.Names(), ", "))
	say(r.None&factValidationSent != 0, "`validationSent` empty")
	say(!r.ValidFrom.IsZero(), "from %s", r.ValidFrom)
	say(!r.ValidTo.IsZero(), "to %s", r.ValidTo)
	say(r.Kind == KindHours, "%s", weekWords(r))
	say(r.Kind == KindCap, "%d in %d days", r.Cap, r.Days)
	say(r.Kind == KindPeriod, "%d business days and %d days after `%s`", r.Cap, r.Days, r.Date)
	say(len(r.Counts) > 0, "counts %s", words(r.Counts))
	say(r.SameDebt, "not `other_debt`")
	say(r.Spoken, "only `spoken`")
	say(r.AtWork, "only `work`")
	say(r.Kind == KindCap && !r.AtWork && !r.AnyPlace, "not `work`")
	say(r.Consent > 0, "lifted by `callConsent` of the last %d days", r.Consent)
	say(r.Kind == KindAge && r.To > 0, "`%s` %d to %d days ago", r.Date, r.From, r.To)
	say(r.Kind == KindAge && r.To == 0, "`%s` %d days ago or more", r.Date, r.From)
	say(r.Years > 0, "%d years", r.Years)
	say(r.Hours > 0, "%d hours", r.Hours)
	say(r.WhenUnknown, "also when it is not known")
	return out
}

func words[T ~string](list []T) string {
	var out []string
	for _, x := range list {
		out = append(out, string(x))
	}
	return strings.Join(out, ", ")
}

func weekWords(r Rule) string {
	span := func(s Span) string {
		if s == (Span{}) {
			return "none"
		}
		return fmt.Sprintf("%02d:%02d-%02d:%02d", s.From/hour, s.From%hour, s.To/hour, s.To%hour)
	}
	out := fmt.Sprintf("Mon-Fri %s, Sat %s, Sun %s", span(r.Week[1]), span(r.Week[6]), span(r.Week[0]))
	if r.Holidays {
		out += ", holidays none"
	}
	return out
}

func factsTable() string {
	return "`" + strings.Join(factNames[:], "`, `") + "`.\n"
}

func holidaysTable(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| state | 2026 | 2027 | 2028 | name | source | confirmed |\n|---|---|---|---|---|---|---|\n")
	for _, uf := range calendar.States() {
		days, order := map[string][]string{}, []calendar.LocalHoliday{}
		for year := calendar.FirstStateYear; year <= calendar.LastStateYear; year++ {
			list, ok := calendar.StateHolidays(uf, year)
			if !ok {
				t.Fatal(uf)
			}
			for _, h := range list {
				if days[h.Name] == nil {
					days[h.Name] = make([]string, 3)
					order = append(order, h)
				}
				days[h.Name][year-calendar.FirstStateYear] = h.Date.String()[5:]
			}
		}
		for _, h := range order {
			confirmed := "yes"
			if !h.Confirmed {
				confirmed = "no: kept to be strict"
			}
			d := days[h.Name]
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", uf, d[0], d[1], d[2], h.Name, h.Source, confirmed)
		}
	}
	return b.String()
}
