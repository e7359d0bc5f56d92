package compliance

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// mutant is a change of one rule, or of a pack's days.
type mutant struct {
	what  string
	rule  int // -1: the pack
	apply func(*Pack)
}

// mutants lists every single change of a pack's data: each hour by a minute, each number and day by one, each state, channel, purpose and
// fact left out, each verdict replaced, each rule dropped.
func mutants(p Pack) []mutant {
	var out []mutant
	for i := range p.Rules {
		add := func(what string, change func(*Rule)) {
			out = append(out, mutant{fmt.Sprintf("%s %d %s", p.Rules[i].ID, i, what), i, func(p *Pack) { change(&p.Rules[i]) }})
		}
		out = append(out, mutant{fmt.Sprintf("%s %d dropped", p.Rules[i].ID, i), i, func(p *Pack) { p.Rules = slices.Delete(p.Rules, i, i+1) }})
		mutateHours(p.Rules[i], add)
		mutateNumbers(p.Rules[i], add)
		mutateSets(p.Rules[i], add)
	}
	for _, by := range []int{-1, 1} {
		if !p.ValidFrom.IsZero() {
			out = append(out, mutant{fmt.Sprintf("%s from %+d", p.Version, by), -1, func(p *Pack) { p.ValidFrom = p.ValidFrom.AddDays(by) }},
				mutant{fmt.Sprintf("%s to %+d", p.Version, by), -1, func(p *Pack) { p.ValidTo = p.ValidTo.AddDays(by) }})
		}
	}
	return out
}

func mutateHours(r Rule, add func(string, func(*Rule))) {
	if r.Kind != KindHours {
		return
	}
	for day, span := range r.Week {
		if span == (Span{}) {
			add(fmt.Sprintf("day %d opened", day), func(r *Rule) { r.Week[day] = r.Week[1] })
			continue
		}
		add(fmt.Sprintf("day %d closed", day), func(r *Rule) { r.Week[day] = Span{} })
		for _, by := range []int{-1, 1} {
			add(fmt.Sprintf("day %d from %+d", day, by), func(r *Rule) { r.Week[day].From += by })
			add(fmt.Sprintf("day %d to %+d", day, by), func(r *Rule) { r.Week[day].To += by })
		}
	}
	add("holidays", func(r *Rule) { r.Holidays = !r.Holidays })
}

func mutateNumbers(r Rule, add func(string, func(*Rule))) {
	for _, name := range []string{"Cap", "Days", "Consent", "From", "To", "Years", "Hours"} {
		if reflect.ValueOf(r).FieldByName(name).Int() == 0 {
			continue
		}
		for _, by := range []int64{-1, 1} {
			add(fmt.Sprintf("%s %+d", name, by), func(r *Rule) {
				field := reflect.ValueOf(r).Elem().FieldByName(name)
				field.SetInt(field.Int() + by)
			})
		}
	}
	for _, by := range []int{-1, 1} {
		if !r.ValidFrom.IsZero() {
			add(fmt.Sprintf("ValidFrom %+d", by), func(r *Rule) { r.ValidFrom = r.ValidFrom.AddDays(by) })
		}
		if !r.ValidTo.IsZero() {
			add(fmt.Sprintf("ValidTo %+d", by), func(r *Rule) { r.ValidTo = r.ValidTo.AddDays(by) })
		}
	}
	for _, name := range []string{"SameDebt", "Spoken", "AtWork", "AnyPlace", "WhenUnknown"} {
		counts := name != "WhenUnknown" && r.Kind == KindCap
		ages := name == "WhenUnknown" && (r.Kind == KindAge || r.Kind == KindBarred)
		if counts || ages {
			add(name+" flipped", func(r *Rule) {
				field := reflect.ValueOf(r).Elem().FieldByName(name)
				field.SetBool(!field.Bool())
			})
		}
	}
}

func mutateSets(r Rule, add func(string, func(*Rule))) {
	for _, verdict := range []string{Allow, Require, Block} {
		if verdict != r.Verdict {
			add("verdict "+verdict, func(r *Rule) { r.Verdict = verdict })
		}
	}
	for i, name := range r.States {
		add("without state "+name, func(r *Rule) { r.States = without(r.States, i) })
	}
	if len(r.States) > 0 {
		add("in every state", func(r *Rule) { r.States = nil })
		add("in another state", func(r *Rule) { r.States = []string{"TO"} })
	}
	for i, name := range r.Channels {
		add("without channel "+string(name), func(r *Rule) { r.Channels = without(r.Channels, i) })
	}
	for i, name := range r.Purposes {
		add("without purpose "+string(name), func(r *Rule) { r.Purposes = without(r.Purposes, i) })
	}
	for i, name := range r.Counts {
		add("without counting "+string(name), func(r *Rule) { r.Counts = without(r.Counts, i) })
	}
	for i, name := range factNames {
		bit := Facts(1) << i
		if r.All&bit != 0 {
			add("without all "+name, func(r *Rule) { r.All &^= bit })
		}
		if r.None&bit != 0 {
			add("without none "+name, func(r *Rule) { r.None &^= bit })
		}
		if r.Any&bit != 0 && r.Any != bit {
			add("without any "+name, func(r *Rule) { r.Any &^= bit })
		}
	}
	if r.Role != "" {
		add("for everybody", func(r *Rule) { r.Role = "" })
		add("for creditors", func(r *Rule) { r.Role = RoleCreditor })
	}
	if r.Regulator != "" {
		add("for every trade", func(r *Rule) { r.Regulator = "" })
	}
	if r.Notice != "" {
		add("another notice", func(r *Rule) { r.Notice = "other" })
	}
}

// without leaves one of a list out; the last of one leaves a list that nothing is in, which is not an empty list's meaning of everything.
func without[T any](list []T, i int) []T {
	return slices.Delete(slices.Clone(list), i, i+1)
}

// lone reports whether a change took the last of a list: the rule would then hold everywhere, which "in every state" stands for already.
func lone(r Rule, what string) bool {
	return strings.Contains(what, "without state") && len(r.States) == 1 ||
		strings.Contains(what, "without channel") && len(r.Channels) == 1 ||
		strings.Contains(what, "without counting") && len(r.Counts) == 1
}

func clone(p Pack) Pack {
	p.Rules = slices.Clone(p.Rules)
	return p
}

// equivalent says why no input can tell some changes from the rule. The key is a part of the mutant's name.
var equivalent = map[string]string{
	"BR-CAP-DAY 19 AtWork":  "contacts count wherever they were made, so the place is not looked at",
	"BR-CAP-WEEK 20 AtWork": "the same",
	"US-F-7IN7 4 AtWork":    "the same",
	"US-F-CONV7 5 AtWork":   "the same",
	"BR-REGISTRY 22 To +1":  "on the 31st day the block of the same rule comes first",
	"US-F-VALID 21 To +1":   "on the fifth day the block of the same rule comes first",
}

// why explains a survivor.
func why(what string) string {
	for part, reason := range equivalent {
		if strings.Contains(what, part) {
			return reason
		}
	}
	return "NOT EXPLAINED"
}

// killed reports whether any case tells the mutant: by its rule alone, by the pack of its own country, or by the default.
func killed(t *testing.T, cases []lawCase, inputs []Input, packs []Pack, changed int) bool {
	br, us := packs[1], packs[2]
	laws := map[string]*Law{}
	for name, p := range map[string]Pack{"default": br, "us": us} {
		law := &Law{places: places(), version: p.Version, brazil: name == "default", unitedStates: name == "us"}
		base, _ := Of(map[string][]string{"default": nil, "us": {NameUnitedStates}}[name])
		law.countries = base.countries
		if law.add(Pack{}, packs[0].Rules) != nil || law.add(p, p.Rules) != nil {
			return true // such a pack is refused
		}
		laws[name] = law
	}
	alone := map[string]*Law{}
	for i, c := range cases {
		if changed != 2 && wrong(laws["default"].Decide(&inputs[i]), c.Default) != "" {
			return true
		}
		if c.US != "" && changed != 1 && wrong(laws["us"].Decide(&inputs[i]), c.US) != "" {
			return true
		}
		if alone[c.Rule] == nil {
			alone[c.Rule] = onlyOf(t, packs, c.Rule)
		}
		if wrong(alone[c.Rule].Decide(&inputs[i]), c.Alone) != "" {
			return true
		}
	}
	return false
}

func TestMutants(t *testing.T) {
	cases := readCases(t)
	inputs := make([]Input, len(cases))
	for i, c := range cases {
		inputs[i] = c.input(t)
	}
	packs := []Pack{{Rules: baseRules()}, Brazil(), UnitedStates()}
	total, dead := 0, 0
	for which, p := range packs {
		for i, m := range mutants(p) {
			if testing.Short() && i%20 != 0 || m.rule >= 0 && lone(p.Rules[m.rule], m.what) {
				continue
			}
			changed := slices.Clone(packs)
			changed[which] = clone(p)
			m.apply(&changed[which])
			total++
			if killed(t, cases, inputs, changed, which) {
				dead++
				continue
			}
			t.Logf("survives: %s: %s", m.what, why(m.what))
		}
	}
	t.Logf("%d of %d mutants killed, %.1f %%", dead, total, 100*float64(dead)/float64(total))
	if dead*100 < total*95 {
		t.Errorf("%d of %d mutants killed", dead, total)
	}
}
