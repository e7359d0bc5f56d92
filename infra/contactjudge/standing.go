package contactjudge

import (
	"encoding/json"
	"slices"
	"time"
)

func (l *Log) opened(p payload, at time.Time) {
	l.person = p.PersonKey
	l.revised(p, at)
}

func (l *Log) revised(p payload, _ time.Time) {
	l.standing, l.uf, l.hasEmail, l.hasPhone = p.Standing, p.UF, p.HasEmail, p.HasPhone
	for _, channel := range p.Renewed {
		x := l.point(channel)
		x.dead, x.consent = false, false
	}
}

func (l *Log) placed(p payload, _ time.Time) {
	for _, x := range p.Debts {
		if d := l.debts[x.DebtID]; d != nil {
			d.due = x.DueDate
		} else {
			l.debts[x.DebtID] = &debt{"OPEN", x.DueDate}
		}
	}
}

func (l *Log) moved(p payload, _ time.Time) { l.move(p.Status, p.DebtIDs...) }

func (l *Log) move(status string, ids ...string) {
	for _, id := range ids {
		if d := l.debts[id]; d != nil {
			d.status = status
		} else {
			l.find("", "EVENT", "debt "+id, "never placed")
		}
	}
}

func (l *Log) proposed(p payload, _ time.Time) { l.proposals[p.ProposalID] = p.Terms.DebtIDs }

func (l *Log) signed(p payload, _ time.Time) {
	l.agreements[p.AgreementID] = &agreement{"PENDING_FIRST_PAYMENT", l.proposals[p.ProposalID]}
	l.move("IN_AGREEMENT", l.proposals[p.ProposalID]...)
}

func (l *Log) ended(p payload, at time.Time) {
	if a := l.agreements[p.AgreementID]; a != nil {
		l.move("OPEN", a.debts...)
	}
	l.agree(p.AgreementID, p.Status)
	l.credited(p, at)
}

func (l *Log) agree(id, status string) {
	if a := l.agreements[id]; a != nil {
		a.status = status
	} else {
		l.find("", "EVENT", "agreement "+id, "never signed")
	}
}

// credited settles the debts of which nothing is left.
func (l *Log) credited(p payload, _ time.Time) {
	for _, c := range p.Credits {
		left := false
		for _, amount := range c.Left {
			left = left || amount != 0
		}
		if !left {
			l.move("SETTLED", c.DebtID)
		}
	}
}

func (l *Log) posted(p payload, _ time.Time) {
	l.agree(p.AgreementID, p.AgreementStatus)
	l.move("SETTLED", p.SettledDebtIDs...)
}

func (l *Log) returned(p payload, _ time.Time) {
	for _, u := range p.Undone {
		if d := l.debts[u.DebtID]; d != nil && d.status == "SETTLED" {
			d.status = "OPEN"
		}
	}
	l.agree(p.AgreementID, p.AgreementStatus)
	l.move("IN_AGREEMENT", p.ReopenedDebtIDs...)
}

func (l *Log) paused(p payload, _ time.Time) { l.pauses[p.PauseID] = &pause{p.Source, p.From, p.Until} }

func (l *Log) lifted(p payload, _ time.Time) { l.lift(p.PauseID, p.Until) }

func (l *Log) lift(id string, at time.Time) {
	if x := l.pauses[id]; x != nil && (x.until.IsZero() || x.until.After(at)) {
		x.until = at
	}
}

func (l *Log) promised(p payload, at time.Time) {
	l.pauses[p.PromiseID] = &pause{"promise", at, p.Until}
}

func (l *Log) promiseOver(p payload, at time.Time) { l.lift(p.PromiseID, at) }

func (l *Log) point(channel string) *point {
	if l.points[channel] == nil {
		l.points[channel] = &point{}
	}
	return l.points[channel]
}

func (l *Log) pointChanged(p payload, _ time.Time) {
	x := l.point(p.Channel)
	x.onFile, x.dead, x.consent = p.OnFile, p.Quality == "dead", p.Consent
}

func (l *Log) optedOut(p payload, _ time.Time) {
	for _, channel := range p.Channels {
		l.point(channel).optedOut = true
	}
}

func (l *Log) optedIn(p payload, _ time.Time) {
	for _, channel := range p.Channels {
		l.point(channel).optedOut = false
	}
}

// live reports whether an agreement is under way.
func (l *Log) live() bool {
	for _, a := range l.agreements {
		if a.status == "PENDING_FIRST_PAYMENT" || a.status == "ACTIVE" {
			return true
		}
	}
	return false
}

// oldest is the due date of the oldest open debt, empty when none is open.
func (l *Log) oldest() string {
	var due []string
	for _, d := range l.debts {
		if d.status == "OPEN" {
			due = append(due, d.due)
		}
	}
	if len(due) == 0 {
		return ""
	}
	return slices.Min(due)
}

// resting reports whether a pause of any of the sources covers an instant; of all when none is named. A promise is about debts, and does
// not hold up what an agreement expects.
func (l *Log) resting(at time.Time, sources ...string) bool {
	for _, p := range l.pauses {
		if p.source == "promise" && l.live() || len(sources) > 0 && !slices.Contains(sources, p.source) {
			continue
		}
		if !at.Before(p.from) && (p.until.IsZero() || at.Before(p.until)) {
			return true
		}
	}
	return false
}

// onFile reports whether there is an address for a channel.
func (l *Log) onFile(channel string) bool {
	switch channel {
	case "email":
		return l.hasEmail
	case "sms", "whatsapp", "phone":
		return l.hasPhone
	}
	return l.point(channel).onFile
}

// restate puts what the log says in the place of what the stored inputs of a contact do, without the history, and asks the law.
func (l *Log) restate(x *contact, text string, at time.Time) (in inputs, found Verdict, ok bool) {
	due := l.oldest()
	var first firstInputs
	if json.Unmarshal([]byte(text), &first) == nil && first.Pack == packFirst {
		in = inputs{Pack: packFirst, Channel: first.Channel, Purpose: first.Purpose, UF: l.uf, now: at}
		first.Now, first.Days = at.Format(time.RFC3339Nano), []string{}
		first.Address, first.OpenDebt, first.AgreementLive = l.onFile(x.channel), due != "", l.live()
		again, err := json.Marshal(first)
		if err != nil {
			return in, found, false
		}
		found, err = l.j.rederiveFirst(string(again), Verdict{})
		return in, found, err == nil
	}
	in, err := l.j.readInputs(text)
	if err != nil {
		return in, found, false
	}
	if _, _, known := countries(in.Pack); !known {
		return in, found, false
	}
	in.now, in.history, in.History, in.Due = at, nil, nil, due
	in.UF = ""
	if _, known := l.j.atlas.zones[l.uf]; known {
		in.UF = l.uf
	}
	here := *l.point(x.channel)
	in.set("address", l.onFile(x.channel))
	in.set("suppressed", here.dead)
	in.set("opt_out", here.optedOut)
	in.set("whatsapp_opt_in", here.consent && x.channel == "whatsapp")
	in.set("open_debt", due != "")
	in.set("agreement_live", l.live())
	in.set("deceased", l.standing == "deceased")
	in.set("paused", l.resting(at))
	in.set("disputed", l.resting(at, "dispute"))
	return in, l.j.decide(in, Verdict{}), true
}
