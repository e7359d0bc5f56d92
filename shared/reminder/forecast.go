package reminder

import (
	"container/heap"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
)

// Outcome is what a forecast expects.
type Outcome string

// The outcomes: a message leaves, a rung waits or is skipped, or the ruler comes to its terminal step.
const (
	OutcomeSend     Outcome = "send"
	OutcomeWait     Outcome = "wait"
	OutcomeSkip     Outcome = "skip"
	OutcomeConclude Outcome = "conclude"
)

// Outlook is one thing that a ruler is going to do. It holds no personal data.
type Outlook struct {
	At       time.Time
	Creditor collection.CreditorID
	Case     collection.CaseID
	Rung     string
	Outcome  Outcome
	Channel  collection.Channel // of what leaves or waits
	Template string             // of what leaves
	// Reason says why a rung waits or is skipped, which channels a message passed over, or what the terminal step asks for.
	Reason string
}

// Forecast runs rulers ahead of their time, by the code that runs them in their time, on copies in memory: nothing is written or sent. It
// takes for granted that nobody pays, answers or changes anything, and that every message is taken by its channel.
type Forecast struct {
	Creditors Creditors
	Contacts  Contacts
	Caps      Caps
	Carried   func(collection.Channel) bool // as the Stepper's
	Chance    io.Reader
}

// Run lets the running rulers of some cases run from an instant until another and tells what they do, by time. The dossiers are changed
// and must not be used any further.
func (f *Forecast) Run(ctx context.Context, cases []*collection.Dossier, from, until time.Time) ([]Outlook, error) {
	r := &rehearsal{Forecast: f, now: from, cases: map[collection.CaseID]*collection.Dossier{}, caps: map[string]collection.CapTaken{}}
	for _, d := range cases {
		if !d.Case.Ruler.Running {
			continue
		}
		r.cases[d.Case.ID] = d
		if err := r.underWay(ctx, d); err != nil {
			return nil, err
		}
		x := Execution{Creditor: string(d.Case.Creditor), CaseID: d.Case.ID.String(), Generation: d.Case.Ruler.Generation}
		heap.Push(&r.sleeping, &rehearsed{in: x, wake: from})
	}
	stepper := &Stepper{
		Cases: r, Creditors: f.Creditors, Contacts: r, Caps: r, Queue: r, Machine: Machine{Executions: r}, Now: func() time.Time { return r.now },
		Carried: f.Carried, Chance: f.Chance,
	}
	for len(r.sleeping) > 0 && r.sleeping[0].wake.Before(until) {
		next := r.sleeping[0]
		if next.wake.After(r.now) {
			r.now = next.wake
		}
		step, err := stepper.Do(ctx, next.in)
		if err != nil {
			return nil, fmt.Errorf("step of case %s: %w", next.in.CaseID, err)
		}
		if heap.Remove(&r.sleeping, next.place); !step.Done {
			next.wake = step.WakeAt
			heap.Push(&r.sleeping, next)
		}
		if err := r.handOver(ctx); err != nil {
			return nil, err
		}
	}
	return r.told, nil
}

// rehearsal is a store, a queue and a machine in memory.
type rehearsal struct {
	*Forecast
	now      time.Time
	cases    map[collection.CaseID]*collection.Dossier
	caps     map[string]collection.CapTaken
	sleeping sleepers
	queued   []Message
	told     []Outlook
}

// rehearsed is one execution; place is where it stands among the sleeping ones.
type rehearsed struct {
	in    Execution
	wake  time.Time
	place int
}

// sleepers are a heap: the one that wakes first, by name of several at once, comes first.
type sleepers []*rehearsed

// Len implements heap.Interface.
func (s sleepers) Len() int { return len(s) }

// Less implements heap.Interface.
func (s sleepers) Less(i, j int) bool {
	if by := s[i].wake.Compare(s[j].wake); by != 0 {
		return by < 0
	}
	return s[i].in.CaseID < s[j].in.CaseID
}

// Swap implements heap.Interface.
func (s sleepers) Swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].place, s[j].place = i, j
}

// Push implements heap.Interface.
func (s *sleepers) Push(x any) {
	if one, ok := x.(*rehearsed); ok {
		one.place = len(*s)
		*s = append(*s, one)
	}
}

// Pop implements heap.Interface.
func (s *sleepers) Pop() any {
	all := *s
	last := all[len(all)-1]
	*s = all[:len(all)-1]
	return last
}

// underWay loads the contact that a case waits for, if it does.
func (r *rehearsal) underWay(ctx context.Context, d *collection.Dossier) error {
	for _, s := range d.Case.Ruler.Rungs {
		if s.Outcome != collection.RungPlanned {
			continue
		}
		contact, err := r.Forecast.Contacts.LoadContact(ctx, d.Case.Creditor, d.Case.ID, s.Contact)
		if err != nil {
			return fmt.Errorf("load contact: %w", err)
		}
		d.Contacts = append(d.Contacts, contact)
	}
	return nil
}

// handOver lets what was queued leave.
func (r *rehearsal) handOver(ctx context.Context) error {
	queued := r.queued
	r.queued = nil
	for _, m := range queued {
		at, err := parseMessage(m)
		if err != nil {
			return err
		}
		d := r.cases[at.caseID]
		contact, ok := d.Contact(at.contact)
		if !ok || contact.Status != collection.ContactPlanned {
			continue
		}
		days, version, err := r.Cap(ctx, d.Case.PersonKey)
		if err != nil {
			return err
		}
		r.caps[d.Case.PersonKey] = collection.CapTaken{
			PersonKey: d.Case.PersonKey, Version: version + 1, Days: taken(days, compliance.Day(d.Case.UF, r.now)),
		}
		meta := collection.Meta{At: r.now, By: collection.System("ruler-dry-run", at.creditor)}
		for _, e := range []collection.Event{
			collection.ContactClaim{Contact: at.contact, Verdict: contact.Verdict},
			collection.ContactClosed{Contact: at.contact, Status: collection.ContactSent},
		} {
			if err := d.Record(meta, e); err != nil {
				return err
			}
		}
		d.Loaded()
	}
	return nil
}

// Load implements Cases.
func (r *rehearsal) Load(_ context.Context, _ collection.CreditorID, id collection.CaseID) (*collection.Dossier, error) {
	d, ok := r.cases[id]
	if !ok {
		return nil, collection.ErrNotFound
	}
	return d, nil
}

// Commit implements Cases: it tells what happened and keeps it in memory.
func (r *rehearsal) Commit(_ context.Context, d *collection.Dossier, _ ...collection.Companion) error {
	for _, e := range d.Recorded() {
		if o, ok := outlook(e); ok {
			o.At, o.Creditor, o.Case = e.At, d.Case.Creditor, d.Case.ID
			r.told = append(r.told, o)
		}
	}
	d.Loaded()
	return nil
}

// outlook says what of an event people want to know ahead.
func outlook(r collection.Recorded) (Outlook, bool) {
	switch e := r.Event.(type) {
	case collection.ContactPlan:
		return Outlook{Rung: e.Rung, Outcome: OutcomeSend, Channel: e.Channel, Template: e.Template, Reason: passedOver(e.Passed)}, true
	case collection.ContactWithheld:
		o := Outlook{Rung: e.Rung, Outcome: OutcomeSkip, Channel: e.Channel, Reason: strings.Join(e.Verdict.Rules, ", ")}
		if !e.Verdict.NotBefore.IsZero() {
			o.Outcome = OutcomeWait
		}
		return o, true
	case collection.RungPassed:
		return Outlook{Rung: e.Rung, Outcome: OutcomeSkip, Reason: e.Reason}, true
	case collection.RulerConcluded:
		return Outlook{Outcome: OutcomeConclude, Reason: string(e.Action)}, true
	}
	return Outlook{}, false
}

func passedOver(passed []collection.ChannelPassed) string {
	var all []string
	for _, p := range passed {
		all = append(all, fmt.Sprintf("not by %s: %s", p.Channel, p.Reason))
	}
	return strings.Join(all, "; ")
}

// LoadContact implements Contacts.
func (r *rehearsal) LoadContact(
	_ context.Context, _ collection.CreditorID, id collection.CaseID, contact collection.ContactID,
) (collection.Contact, error) {
	if d, ok := r.cases[id]; ok {
		if c, ok := d.Contact(contact); ok {
			return *c, nil
		}
	}
	return collection.Contact{}, collection.ErrNotFound
}

// Cap implements Caps.
func (r *rehearsal) Cap(ctx context.Context, person string) ([]calendar.Date, int64, error) {
	if c, ok := r.caps[person]; ok {
		return slices.Clone(c.Days), c.Version, nil
	}
	return r.Forecast.Caps.Cap(ctx, person)
}

// Send implements Queue.
func (r *rehearsal) Send(_ context.Context, body any) error {
	if m, ok := body.(Message); ok {
		r.queued = append(r.queued, m)
	}
	return nil
}

// Start implements Executions.
func (r *rehearsal) Start(_ context.Context, _, _ string, input any) error {
	if x, ok := input.(Execution); ok {
		heap.Push(&r.sleeping, &rehearsed{in: x, wake: r.now})
	}
	return nil
}
