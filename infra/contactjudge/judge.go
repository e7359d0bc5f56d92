// Package contactjudge is the second evaluator of contact law: it works stored verdicts out again and judges sent messages by a case's
// log. It is slow and simple on purpose, imports the standard library alone and shares neither code nor data with what the product runs:
// its tables are those of docs/contact-law.md.
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

// Rederive works a verdict out from its canonical inputs. Inputs that are not in canonical form, and those of a pack that is not known, are
// an error.
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
	in, today := w.in, w.today.String()
	switch {
	case r.role != "" && in.Role != "" && r.role != in.Role, r.regulator != "" && r.regulator != in.Regulator:
		return false
	case r.from != "" && today < r.from, r.to != "" && today > r.to:
		return false
	case r.noValidation && in.ValidationSent != "":
		return false
	}
	return w.addressed(r) && w.factual(r)
}

// addressed reports whether channel, purpose and state are those of a rule.
func (w *view) addressed(r *rule) bool {
	purpose := w.in.Purpose
	if purpose == "" {
		purpose = "reminder"
	}
	fits := func(list []string, word string) bool { return len(list) == 0 || slices.Contains(list, word) }
	here := func(state string) bool { return slices.Contains(w.states, state) }
	return fits(r.channels, w.in.Channel) && fits(r.purposes, purpose) && (len(r.states) == 0 || slices.ContainsFunc(r.states, here))
}

// factual reports whether the facts are those of a rule.
func (w *view) factual(r *rule) bool {
	known := func(fact string) bool {
		return w.in.has(fact) || fact == "limitation_unknown" && w.in.Due == "" && w.in.Limitation == ""
	}
	unknown := func(fact string) bool { return !known(fact) }
	return !slices.ContainsFunc(r.all, unknown) && !slices.ContainsFunc(r.none, known) &&
		(len(r.any) == 0 || slices.ContainsFunc(r.any, known))
}

// Difference is one thing of a stored verdict that the judge finds otherwise.
type Difference struct{ What, Stored, Found string }

// Compare says what a stored verdict has that the judge does not find: nothing when they agree.
func (j *Judge) Compare(stored Verdict) []Difference {
	found, err := j.Rederive(stored.Inputs)
	if err != nil {
		return []Difference{{"inputs", fmt.Sprintf("%d bytes of %.20q", len(stored.Inputs), stored.PackVersion), err.Error()}}
	}
	var out []Difference
	for _, x := range []Difference{
		{"outcome", stored.Outcome, found.Outcome},
		{"rules", list(stored.Rules), list(found.Rules)},
		{"notBefore", moment(stored.NotBefore), moment(found.NotBefore)},
		{"windowEnd", moment(stored.WindowEnd), moment(found.WindowEnd)},
		{"requiredNotices", list(stored.RequiredNotices), list(found.RequiredNotices)},
		{"packVersion", stored.PackVersion, found.PackVersion},
		{"inputsHash", stored.InputsHash, found.InputsHash},
		{"at", moment(stored.At), moment(found.At)},
	} {
		if x.Stored != x.Found {
			out = append(out, x)
		}
	}
	return out
}

func list(words []string) string { return "[" + strings.Join(words, " ") + "]" }

func moment(at time.Time) string {
	if at.IsZero() {
		return "none"
	}
	return at.UTC().Format(time.RFC3339Nano)
}
