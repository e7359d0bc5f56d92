package contactjudge

import (
	"slices"
	"time"
)

// firstInputs are the canonical inputs of pack br-2026-11, none of them left out.
type firstInputs struct {
	Pack          string   `json:"pack"`
	Now           string   `json:"now"`
	Channel       string   `json:"channel"`
	Purpose       string   `json:"purpose"`
	UF            string   `json:"uf"`
	Address       bool     `json:"address"`
	OpenDebt      bool     `json:"openDebt"`
	AgreementLive bool     `json:"agreementLive"`
	Days          []string `json:"days"`
}

// The years of pack br-2026-11.
const (
	firstPackYear = 2020
	lastPackYear  = 2199
)

// rederiveFirst is Rederive for pack br-2026-11.
func (j *Judge) rederiveFirst(text string, v Verdict) (Verdict, error) {
	var in firstInputs
	if err := strictly(text, &in); err != nil {
		return Verdict{}, err
	}
	now, err := instant(in.Now, time.RFC3339Nano)
	if err != nil {
		return Verdict{}, err
	}
	zones, state := j.atlas.zones[in.UF]
	days, ok := sortedDays(in.Days)
	known := in.Channel == "" || in.Channel == "email" || in.Channel == "sms"
	if !ok || !known || in.UF != "" && (!state || len(in.UF) != 2) {
		return Verdict{}, errForm
	}
	w := firstView{in: in, days: days}
	if state {
		w.zones = []*time.Location{j.atlas.clocks[zones[0]]}
	} else {
		for hour := -2; hour >= -5; hour-- {
			w.zones = append(w.zones, time.FixedZone("", hour*60*60))
		}
	}
	w.home = w.zones[0]
	if !state {
		w.home = j.atlas.clocks[zoneOrder[0]]
	}
	v.At = now
	return w.decide(now, v), nil
}

// sortedDays reads a list of days, which is never left out.
func sortedDays(texts []string) (days []day, ok bool) {
	for _, text := range texts {
		d, ok := parseDay(text)
		if !ok {
			return nil, false
		}
		days = append(days, d)
	}
	return days, texts != nil && slices.IsSorted(days)
}

type firstView struct {
	in    firstInputs
	days  []day
	zones []*time.Location // east to west
	home  *time.Location
}

func (w firstView) decide(now time.Time, v Verdict) Verdict {
	answers := w.in.Purpose == "receipt" || w.in.Purpose == "otp"
	if v.Rules = w.blocks(answers); len(v.Rules) > 0 {
		v.Outcome = "block"
		return v
	}
	v.Outcome = "allow"
	if answers {
		return v
	}
	at := now
	for range maxRounds {
		late, next := w.deferrals(at)
		if len(late) == 0 {
			slices.Sort(v.Rules)
			v.Rules = slices.Compact(v.Rules)
			if at.After(now) {
				v.Outcome, v.NotBefore = "defer", at
			}
			return v
		}
		if !next.After(at) {
			v.Outcome, v.Rules = "block", late
			return v
		}
		v.Rules = append(v.Rules, late...)
		at = next
	}
	v.Outcome, v.Rules = "block", []string{"NO-WINDOW"}
	return v
}

func (w firstView) blocks(answers bool) []string {
	out := []string{}
	instalment := w.in.Purpose == "instalment"
	if w.in.AgreementLive && !instalment && !answers {
		out = append(out, "AGREEMENT-LIVE")
	}
	if w.in.Channel == "" {
		out = append(out, "BR-CHANNEL")
	}
	if !w.in.Address {
		out = append(out, "NO-ADDRESS")
	}
	if !answers && (instalment && !w.in.AgreementLive || !instalment && !w.in.OpenDebt) {
		out = append(out, "NOTHING-OWED")
	}
	return out
}

func (w firstView) deferrals(at time.Time) (late []string, next time.Time) {
	add := func(rule string, until time.Time) {
		if rule == "" {
			return
		}
		late = append(late, rule)
		if until.After(next) {
			next = until
		}
	}
	today := dayOf(at.In(w.home))
	if year := today.year(); year < firstPackYear {
		begin, _ := parseDay("2020-01-01")
		add("BR-CALENDAR", begin.at(0, w.zones[len(w.zones)-1]))
	} else if year > lastPackYear {
		add("BR-CALENDAR", time.Time{})
	}
	add(w.hours(at))
	add(w.capped("BR-CAP-DAY", today, 1, 1))
	add(w.capped("BR-CAP-WEEK", today, 3, 7))
	return late, next
}

// hours names the one rule that defers longest.
func (w firstView) hours(at time.Time) (rule string, until time.Time) {
	for _, zone := range w.zones {
		d := dayOf(at.In(zone))
		s := w.span(d)
		found, opens := "", time.Time{}
		switch {
		case s.from == s.to:
			found, opens = "BR-SUNDAY-HOLIDAY", (d+1).at(0, zone)
		case at.Before(d.at(s.from, zone)):
			found, opens = "BR-DEFAULT-HOURS", d.at(s.from, zone)
		case !at.Before(d.at(s.to, zone)):
			found, opens = "BR-DEFAULT-HOURS", (d+1).at(0, zone)
		}
		if found != "" && opens.After(until) {
			rule, until = found, opens
		}
	}
	return rule, until
}

func (w firstView) span(d day) span {
	saturday := d.weekday() == time.Saturday
	switch {
	case d.weekday() == time.Sunday || national(d):
		return span{}
	case w.in.Channel == "email":
		return span{8 * 60, 20 * 60}
	case saturday:
		return span{9 * 60, 13 * 60}
	}
	return span{9 * 60, 18 * 60}
}

// capped defers until the count-th newest of the last days is out of them; for the cap of a day, until the newest is.
func (w firstView) capped(rule string, today day, count, in int) (string, time.Time) {
	var counted []day
	for _, d := range w.days {
		if d > today-day(in) {
			counted = append(counted, d)
		}
	}
	if len(counted) < count {
		return "", time.Time{}
	}
	return rule, (counted[len(counted)-count] + day(in)).at(0, w.home)
}
