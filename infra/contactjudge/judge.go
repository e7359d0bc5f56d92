// Package contactjudge is the second evaluator of contact law: it works stored verdicts out again and judges sent messages by a case's
// log. It is slow and simple on purpose, imports the standard library alone and shares neither code nor data with what the product runs:
// its tables are written out of docs/contact-law.md.
package contactjudge

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// severity has the outcomes, the strictest first.
var severity = []string{"block", "defer", "require", "allow"}

const (
	packBrazil       = "br-2026-12"
	packUnitedStates = "us-2026-12"
	packFirst        = "br-2026-11"

	maxRounds = 60
	// margin is what is kept of the lawful hours' end for the delivery.
	margin = 5
	// farthest is how many days ahead hours are looked for.
	farthest = 14
)

// ErrPack says that inputs name a pack that is not known here.
var ErrPack = errors.New("unknown rule pack")

// Verdict is what the law says of a contact, in the form in which events hold it.
type Verdict struct {
	Outcome         string    `json:"outcome"`
	NotBefore       time.Time `json:"notBefore"`
	WindowEnd       time.Time `json:"windowEnd"`
	Rules           []string  `json:"rules"`
	RequiredNotices []string  `json:"requiredNotices"`
	PackVersion     string    `json:"packVersion"`
	InputsHash      string    `json:"inputsHash"`
	Inputs          string    `json:"inputs"`
	At              time.Time `json:"at"`
}

// Judge knows the law.
type Judge struct {
	base, brazil, unitedStates []rule
	atlas                      atlas
}

// New reads the tables. An error says that they are not understood.
func New() (*Judge, error) {
	j := &Judge{}
	var failed [4]error
	j.base, failed[0] = readRules(baseTable)
	j.brazil, failed[1] = readRules(brazilTable)
	j.unitedStates, failed[2] = readRules(unitedStatesTable)
	j.atlas, failed[3] = readAtlas()
	return j, errors.Join(failed[:]...)
}

// Rederive works a verdict out from its canonical inputs. Inputs that are not in canonical form, or of a pack that is not known, are an error.
func (j *Judge) Rederive(text string) (Verdict, error) {
	var head struct {
		Pack string `json:"pack"`
	}
	if len(text) > maxInputs || json.Unmarshal([]byte(text), &head) != nil {
		return Verdict{}, errForm
	}
	sum := sha256.Sum256([]byte(text))
	v := Verdict{Rules: []string{}, PackVersion: head.Pack, Inputs: text, InputsHash: hex.EncodeToString(sum[:])}
	if head.Pack == packFirst {
		return j.rederiveFirst(text, v)
	}
	in, err := j.readInputs(text)
	if err != nil {
		return Verdict{}, err
	}
	if _, _, ok := countries(in.Pack); !ok {
		return Verdict{}, fmt.Errorf("%w %.40q", ErrPack, in.Pack)
	}
	v.At = in.now
	return j.decide(in, v), nil
}

// countries says whose packs a name has.
func countries(pack string) (brazil, unitedStates, ok bool) {
	switch pack {
	case packBrazil:
		return true, false, true
	case packUnitedStates:
		return false, true, true
	case packBrazil + "+" + packUnitedStates:
		return true, true, true
	}
	return false, false, false
}

// hit is a rule that applies at an instant.
type hit struct {
	*rule
	outcome string
	until   time.Time // for defer
}

// view is a contact looked at, at one instant.
type view struct {
	j  *Judge
	in inputs
	place
	at    time.Time
	today day
	ends  []time.Time // of the hours in which the contact is
}

func (j *Judge) look(in inputs, at time.Time) *view {
	brazil, unitedStates, _ := countries(in.Pack)
	w := &view{j: j, in: in, place: j.atlas.locate(in, brazil, unitedStates), at: at}
	w.today = dayOf(at.In(j.atlas.clocks[w.home]))
	return w
}

// decide looks for the first instant from now on at which no rule defers.
func (j *Judge) decide(in inputs, v Verdict) Verdict {
	if len(in.history) > maxHistory || len(in.Zones) > maxZones || len(in.Closed) > maxClosed {
		v.Outcome, v.Rules = "block", []string{"INPUT"}
		return v
	}
	if in.Channel == "" {
		v.Outcome, v.Rules = "block", []string{"CHANNEL"}
		return v
	}
	at, waited := in.now, map[string]bool{}
	for range maxRounds {
		w := j.look(in, at)
		hits := w.apply(j.laws(in.Pack))
		if blocking := named(hits, "block"); len(blocking) > 0 {
			v.Outcome, v.Rules = "block", blocking
			return v
		}
		next := at
		for _, h := range hits {
			if h.outcome == "defer" {
				waited[h.id] = true
				next = later(next, h.until)
			}
		}
		if next.Equal(at) {
			return w.conclude(v, hits, slices.Sorted(maps.Keys(waited)))
		}
		at = next
	}
	v.Outcome, v.Rules = "block", []string{"NO-WINDOW"}
	return v
}

// conclude makes the verdict of an instant at which nothing blocks and nothing defers.
func (w *view) conclude(v Verdict, hits []hit, waited []string) Verdict {
	for _, h := range hits {
		if h.notice != "" {
			v.RequiredNotices = append(v.RequiredNotices, h.notice)
		}
	}
	slices.Sort(v.RequiredNotices)
	v.RequiredNotices = slices.Compact(v.RequiredNotices)
	if len(w.ends) > 0 {
		v.WindowEnd = slices.MinFunc(w.ends, time.Time.Compare)
	}
	switch required := named(hits, "require"); {
	case len(waited) > 0:
		v.Outcome, v.Rules, v.NotBefore = "defer", waited, w.at
	case len(required) > 0:
		v.Outcome, v.Rules = "require", required
	default:
		v.Outcome = "allow"
	}
	return v
}

// laws are the rules of packs.
func (j *Judge) laws(pack string) []rule {
	brazil, unitedStates, _ := countries(pack)
	out := slices.Clone(j.base)
	if brazil {
		out = append(out, j.brazil...)
	}
	if unitedStates {
		out = append(out, j.unitedStates...)
	}
	return out
}

// named are the rules of an outcome, sorted, each once.
func named(hits []hit, outcome string) []string {
	var out []string
	for _, h := range hits {
		if h.outcome == outcome {
			out = append(out, h.id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// apply lists the rules that apply.
func (w *view) apply(rules []rule) []hit {
	var out []hit
	for i := range rules {
		r := &rules[i]
		if !w.concerns(r) {
			continue
		}
		until, applies := w.applies(r)
		switch {
		case !applies:
		case r.outcome == "defer" && !until.After(w.at): // it names no later instant
			out = append(out, hit{r, "block", until})
		default:
			out = append(out, hit{r, r.outcome, until})
		}
	}
	return out
}

// concerns reports whether a rule is about this contact.
func (w *view) concerns(r *rule) bool {
	in, purpose := w.in, w.in.Purpose
	if purpose == "" {
		purpose = "reminder"
	}
	fits := func(list []string, word string) bool { return len(list) == 0 || slices.Contains(list, word) }
	here := func(state string) bool {
		return slices.ContainsFunc(w.states, func(s string) bool { return s == state })
	}
	known := func(fact string) bool {
		return in.has(fact) || fact == "limitation_unknown" && in.Due == "" && in.Limitation == ""
	}
	unknown := func(fact string) bool { return !known(fact) }
	today := w.today.String()
	switch {
	case !fits(r.channels, in.Channel), !fits(r.purposes, purpose):
		return false
	case len(r.states) > 0 && !slices.ContainsFunc(r.states, here):
		return false
	case r.role != "" && in.Role != "" && r.role != in.Role, r.regulator != "" && r.regulator != in.Regulator:
		return false
	case r.from != "" && today < r.from, r.to != "" && today > r.to:
		return false
	case r.noValidation && in.ValidationSent != "":
		return false
	}
	return !slices.ContainsFunc(r.all, unknown) && !slices.ContainsFunc(r.none, known) && (len(r.any) == 0 || slices.ContainsFunc(r.any, known))
}

// applies reports whether a rule of its kind applies, and until when.
func (w *view) applies(r *rule) (until time.Time, applies bool) {
	switch r.kind {
	case "facts":
		return time.Time{}, true
	case "hours":
		return w.hours(func(d day) span {
			if r.holidays && w.j.atlas.rests(w.place, w.in.Closed, d) {
				return span{}
			}
			return r.week[d.weekday()]
		})
	case "stated hours":
		if len(w.in.Stated) == 0 {
			return time.Time{}, false
		}
		s := span{w.in.Stated[0], w.in.Stated[1]}
		if s.from < 0 || s.to > 24*60 {
			s = span{}
		}
		return w.hours(func(day) span { return s })
	case "cap":
		return w.capped(r)
	case "age":
		return time.Time{}, w.aged(r)
	case "limitation":
		return time.Time{}, w.barred(r)
	case "validation period":
		sent, ok := w.in.date("validationSent")
		return time.Time{}, ok && w.today <= sent.businessDaysAfter(r.business)+day(r.after)
	case "inbound":
		fresh := w.in.LastInbound != "" && w.at.Sub(w.in.lastInbound) < time.Duration(r.hours)*time.Hour
		return time.Time{}, !fresh
	}
	return w.calendar()
}

// hours applies hours in every zone, by the span that each day has.
func (w *view) hours(of func(day) span) (until time.Time, outside bool) {
	var ends []time.Time
	lawful := func(d day) span {
		s := of(d)
		if w.in.HandOver {
			s.to -= margin
		}
		return s
	}
	for _, name := range w.zones {
		zone := w.j.atlas.clocks[name]
		d := dayOf(w.at.In(zone))
		s := lawful(d)
		if s.from < s.to && !w.at.Before(d.at(s.from, zone)) && w.at.Before(d.at(s.to, zone)) {
			ends = append(ends, d.at(of(d).to, zone))
			continue
		}
		outside = true
		until = later(until, w.opens(lawful, d, zone))
	}
	if !outside {
		w.ends = append(w.ends, ends...)
	}
	return until, outside
}

// opens is the next begin of hours in a zone after the instant. When none of the next days has hours, it is the midnight of the last of
// them, from which the search goes on.
func (w *view) opens(of func(day) span, d day, zone *time.Location) time.Time {
	for ahead := range day(farthest + 1) {
		if s := of(d + ahead); s.from < s.to && (d+ahead).at(s.from, zone).After(w.at) {
			return (d + ahead).at(s.from, zone)
		}
	}
	return (d + farthest).at(0, zone)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// capped counts the contacts of the last days.
func (w *view) capped(r *rule) (until time.Time, applies bool) {
	first := w.today - day(r.days) + 1
	var counted []day
	for _, p := range w.in.history {
		marked := func(m string) bool { return slices.Contains(p.marks, m) }
		switch {
		case p.on < first, len(r.counts) > 0 && p.channel != "any" && !slices.Contains(r.counts, p.channel):
		case r.spoken && !marked("spoken"), !r.spoken && marked("inbound"):
		case r.notOther && marked("other_debt"), r.work && !marked("work"), r.notWork && marked("work"):
		default:
			counted = append(counted, p.on)
		}
	}
	consent, given := w.in.date("callConsent")
	if r.consentDays > 0 && given && consent <= w.today && consent > w.today-day(r.consentDays) || len(counted) < r.count {
		return time.Time{}, false
	}
	slices.Sort(counted)
	out := counted[len(counted)-r.count] + day(r.days)
	return out.at(0, w.j.atlas.clocks[w.home]), true
}

func (w *view) aged(r *rule) bool {
	date, known := w.in.date(r.date)
	if !known || date > w.today {
		return r.unknown
	}
	ago := int(w.today - date)
	return ago >= r.first && (r.last < 0 || ago <= r.last)
}

func (w *view) barred(r *rule) bool {
	until, known := parseDay(w.in.Limitation)
	if !known && r.years > 0 {
		if due, ok := parseDay(w.in.Due); ok {
			until, known = due.after(r.years), true
		}
	}
	if !known {
		return r.unknown
	}
	return w.today > until
}

// calendar applies outside the years of the lists.
func (w *view) calendar() (until time.Time, applies bool) {
	begin, _ := parseDay(fmt.Sprintf("%d-01-01", firstYear))
	after := false
	for _, name := range w.zones {
		zone := w.j.atlas.clocks[name]
		switch year := dayOf(w.at.In(zone)).year(); {
		case year > lastYear:
			after = true
		case year < firstYear:
			applies = true
		}
		until = later(until, begin.at(0, zone))
	}
	if after {
		return time.Time{}, true
	}
	return until, applies
}

// Difference says what a stored verdict has that the judge does not find, empty when they agree.
func (j *Judge) Difference(stored Verdict) string {
	found, err := j.Rederive(stored.Inputs)
	if err != nil {
		return err.Error()
	}
	var out []string
	differ := func(what, stored, found string) {
		if stored != found {
			out = append(out, fmt.Sprintf("%s: stored %s, found %s", what, stored, found))
		}
	}
	moment := func(at time.Time) string {
		if at.IsZero() {
			return "none"
		}
		return at.UTC().Format(time.RFC3339Nano)
	}
	list := func(words []string) string { return "[" + strings.Join(words, " ") + "]" }
	differ("outcome", stored.Outcome, found.Outcome)
	differ("rules", list(stored.Rules), list(found.Rules))
	differ("notBefore", moment(stored.NotBefore), moment(found.NotBefore))
	differ("windowEnd", moment(stored.WindowEnd), moment(found.WindowEnd))
	differ("requiredNotices", list(stored.RequiredNotices), list(found.RequiredNotices))
	differ("pack", stored.PackVersion, found.PackVersion)
	differ("inputsHash", stored.InputsHash, found.InputsHash)
	differ("at", moment(stored.At), moment(found.At))
	return strings.Join(out, "; ")
}
