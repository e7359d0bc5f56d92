package contactjudge

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Finding is one difference between what is stored and what the judge finds. Contact is empty for what was withheld, as that has no id.
type Finding struct {
	Creditor, Case, Contact string
	// Rule is the rule of the law that was broken, or what of a record is wrong.
	Rule          string
	Stored, Found string
}

// Log is the history of one case, read event by event in sequence.
type Log struct {
	j              *Judge
	creditor, name string
	findings       []Finding

	person, uf, standing string
	hasEmail, hasPhone   bool
	debts                map[string]*debt
	proposals            map[string][]string // debts, by proposal
	agreements           map[string]*agreement
	pauses               map[string]*pause
	points               map[string]*point
	contacts             map[string]*contact
	order                []string // of contacts
	verdicts             int
}

type debt struct{ status, due string }

type agreement struct {
	status string
	debts  []string
}

type pause struct {
	source      string
	from, until time.Time // until zero: until it is lifted
}

type point struct {
	onFile, dead, consent, optedOut bool
}

type contact struct {
	purpose, channel, status string
	barred                   bool // planned although the law did not allow it
	send                     Send
	unlawful                 []Finding // if it left
}

// Send is a contact that left, or may have: what the caps are counted by.
type Send struct {
	creditor, name, contact, person string
	at                              time.Time
	in                              inputs
}

// Open begins the log of a case.
func (j *Judge) Open(creditor, name string) *Log {
	return &Log{
		j: j, creditor: creditor, name: name, debts: map[string]*debt{}, proposals: map[string][]string{}, agreements: map[string]*agreement{},
		pauses: map[string]*pause{}, points: map[string]*point{}, contacts: map[string]*contact{},
	}
}

// Read takes in the next event, in its wire form. An error says that it is none.
func (l *Log) Read(doc []byte) error {
	var e envelope
	if err := json.Unmarshal(doc, &e); err != nil {
		return fmt.Errorf("read event: %w", err)
	}
	if e.CreditorID != l.creditor || e.CaseID != l.name {
		l.find("", "EVENT", "event of another case", e.CreditorID+" "+e.CaseID)
		return nil
	}
	if silent[e.Type] {
		return nil
	}
	read, ok := readers[e.Type]
	if !ok {
		l.find("", "EVENT", e.Type, "not known: what it changes is not judged")
		return nil
	}
	var p payload
	if err := json.Unmarshal(e.Payload, &p); err != nil {
		return fmt.Errorf("read payload of %s: %w", e.Type, err)
	}
	read(l, p, e.OccurredAt.UTC())
	return nil
}

// Close ends the log: what is wrong in it, the contacts that left or may have left, and how many verdicts were worked out again.
func (l *Log) Close() (found []Finding, sends []Send, verdicts int) {
	for _, id := range l.order {
		x := l.contacts[id]
		if x.barred && x.status == "PLANNED" {
			l.find(id, "PLAN", "planned", "the verdict does not allow it, and it is not refused")
		}
		if x.status != "CLAIMED" && x.status != "SENT" && x.status != "UNKNOWN" {
			continue
		}
		l.findings = append(l.findings, x.unlawful...)
		if slices.Contains(collecting, x.purpose) && !x.send.at.IsZero() {
			sends = append(sends, x.send)
		}
	}
	return l.findings, sends, l.verdicts
}

func (l *Log) find(contact, rule, stored, found string) {
	l.findings = append(l.findings, Finding{l.creditor, l.name, contact, rule, stored, found})
}

// check works a stored verdict out again.
func (l *Log) check(id, event string, v *Verdict) {
	if v == nil {
		return
	}
	l.verdicts++
	for _, d := range l.j.Compare(*v) {
		l.find(id, strings.TrimPrefix(event, "contact.")+" "+d.What, d.Stored, d.Found)
	}
}

func (l *Log) planned(p payload, _ time.Time) {
	l.check(p.ContactID, "contact.planned", p.Verdict)
	if _, twice := l.contacts[p.ContactID]; twice {
		l.find(p.ContactID, "PLAN", "planned twice", "a contact is planned once")
		return
	}
	x := &contact{purpose: p.Purpose, channel: p.Channel, status: "PLANNED"}
	x.barred = p.Verdict == nil || p.Verdict.Outcome != "allow"
	l.contacts[p.ContactID] = x
	l.order = append(l.order, p.ContactID)
}

func (l *Log) withheld(p payload, _ time.Time) {
	l.check("", "contact.withheld", p.Verdict)
	if p.Verdict == nil || p.Verdict.Outcome == "allow" {
		l.find("", "WITHHELD", "withheld", "the verdict allows it, or there is none")
	}
}

func (l *Log) claimed(p payload, at time.Time) {
	l.check(p.ContactID, "contact.claimed", p.Verdict)
	x := l.contacts[p.ContactID]
	switch {
	case x == nil:
		l.find(p.ContactID, "CLAIM", "claimed", "never planned")
		return
	case x.status != "PLANNED":
		l.find(p.ContactID, "CLAIM", "claimed", "was "+x.status+" already: at most one hand-over")
	}
	x.status = "CLAIMED"
	l.judge(p.ContactID, x, p.Verdict, at)
}

func (l *Log) closed(p payload, _ time.Time) {
	l.check(p.ContactID, "contact.closed", p.Verdict)
	x := l.contacts[p.ContactID]
	if x == nil {
		l.find(p.ContactID, "CLOSE", "closed as "+p.Status, "never planned")
		return
	}
	if p.Verdict != nil && p.Verdict.Outcome == "allow" {
		l.find(p.ContactID, "CLOSE", "closed as "+p.Status, "with a verdict that allows it")
	}
	if (p.Status == "SENT" || p.Status == "UNKNOWN") && x.status != "CLAIMED" && x.status != "UNKNOWN" {
		l.find(p.ContactID, "CLAIM", "closed as "+p.Status, "was "+x.status+", not claimed: it left without a verdict of the hand-over")
	}
	x.status = p.Status
}

// judge holds a claimed contact to the law by what the log says, whatever its stored verdict does. What the log does not tell, as what the
// message carries and where the person may be besides, is taken from the stored inputs.
func (l *Log) judge(id string, x *contact, v *Verdict, at time.Time) {
	unlawful := func(rule, stored, found string) {
		x.unlawful = append(x.unlawful, Finding{l.creditor, l.name, id, rule, stored, found})
	}
	if v == nil {
		unlawful("CLAIM", "handed over at "+moment(at), "without a verdict")
		return
	}
	if v.Outcome != "allow" {
		unlawful("CLAIM", "handed over at "+moment(at), "by a verdict of "+v.Outcome)
	}
	if !v.At.Equal(at) {
		unlawful("CLAIM", "handed over at "+moment(at), "by a verdict of "+moment(v.At))
	}
	in, found, ok := l.restate(x, v.Inputs, at)
	if !ok {
		return // Compare names it
	}
	if in.Channel != x.channel || in.Purpose != x.purpose {
		unlawful("CLAIM", "planned "+x.purpose+" by "+x.channel, "the verdict is about "+in.Purpose+" by "+in.Channel)
	}
	if !in.HandOver && in.Pack != packFirst {
		unlawful("CLAIM", "handed over at "+moment(at), "by a verdict that is not of the hand-over")
	}
	if found.Outcome != "allow" {
		for _, rule := range found.Rules {
			unlawful(rule, "handed over at "+moment(at), found.Outcome+" by the log")
		}
	}
	x.send = Send{l.creditor, l.name, id, l.person, at, in}
}

// Caps counts what left by person, over all cases and creditors, and names the contacts for which a cap was full.
func (j *Judge) Caps(sends []Send) []Finding {
	persons := map[string][]Send{}
	for _, s := range sends {
		if s.person != "" {
			persons[s.person] = append(persons[s.person], s)
		}
	}
	var out []Finding
	for _, all := range persons {
		slices.SortFunc(all, func(a, b Send) int {
			if by := a.at.Compare(b.at); by != 0 {
				return by
			}
			return strings.Compare(a.contact, b.contact)
		})
		for i, s := range all {
			out = append(out, j.cap(s, all[:i])...)
		}
	}
	slices.SortFunc(out, func(a, b Finding) int {
		return strings.Compare(a.Creditor+a.Case+a.Contact+a.Rule, b.Creditor+b.Case+b.Contact+b.Rule)
	})
	return out
}

// cap holds one contact to the caps, by those that left before it.
func (j *Judge) cap(s Send, before []Send) (out []Finding) {
	in := s.in
	in.history = nil
	if in.Pack == packFirst {
		in.Pack = packBrazil // its caps are the same
	}
	for _, b := range before {
		if s.at.Sub(b.at) > 40*24*time.Hour {
			continue
		}
		p := past{on: j.look(b.in, b.at).today, channel: b.in.Channel}
		if b.name != s.name {
			p.marks = []string{"other_debt"}
		}
		in.history = append(in.history, p)
	}
	w := j.look(in, s.at)
	for _, h := range w.apply(slices.DeleteFunc(j.laws(in.Pack), func(r rule) bool { return r.kind != "cap" })) {
		out = append(out, Finding{
			s.creditor, s.name, s.contact, h.id, "handed over at " + moment(s.at), fmt.Sprintf("%d in %d days by the log", h.count, h.days),
		})
	}
	return out
}
