package compliance

import (
	"math"
	"math/bits"
	"slices"
	"time"

	"github.com/regua/regua/shared/calendar"
)

const (
	// maxRounds bounds the search for a lawful instant. The longest run of deferrals takes a tenth of it.
	maxRounds = 60
	// Margin is how long before the end of the hours the last contact is handed over, so that it can be delivered within them.
	Margin = 5 * time.Minute
)

// ruleSet has a bit for each rule of a law.
type ruleSet [maxRules / 64]uint64

func (s *ruleSet) add(i int32) { s[i/64] |= 1 << (i % 64) }

// Decision is what the law says, without the evidence.
type Decision struct {
	Outcome   string
	NotBefore time.Time // for Defer
	WindowEnd time.Time // when the hours end in which the contact is; zero when none bind it
	law       *Law
	rules     ruleSet // that led to anything but Allow
	notices   ruleSet // whose notice is asked for
	reason    string  // when no rule of a pack decided
}

// Rules lists the ids of the rules that led to another outcome than Allow, sorted, each once.
func (d Decision) Rules() []string {
	out := d.list(d.rules, func(r *compiled) string { return r.ID })
	if d.reason != "" {
		out = append(out, d.reason)
	}
	return out
}

// Notices lists the notices that the contact needs, sorted, each once; nil when it is blocked.
func (d Decision) Notices() []string {
	if d.Outcome == Block || d.notices == (ruleSet{}) {
		return nil
	}
	return d.list(d.notices, func(r *compiled) string { return r.Notice })
}

func (d Decision) list(set ruleSet, what func(*compiled) string) []string {
	out := make([]string, 0, 4)
	for word, rest := range set {
		for ; rest != 0; rest &= rest - 1 {
			out = append(out, what(&d.law.rules[word*64+bits.TrailingZeros64(rest)]))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Decide says whether the contact may leave at in.Now. Deferral is a fixpoint: at NotBefore the same input is not deferred. It changes
// nothing of the input and allocates nothing.
func (l *Law) Decide(in *Input) Decision {
	d := Decision{law: l, Outcome: Allow}
	channel := bits.TrailingZeros8(channelBit(in.Channel))
	switch {
	case channel == 8:
		d.Outcome, d.reason = Block, RuleChannel
		return d
	case len(in.History) > MaxHistory || len(in.Zones) > MaxZones || len(in.Closed) > MaxClosed:
		d.Outcome, d.reason = Block, RuleInput
		return d
	}
	q := query{law: l, in: in, where: l.locate(in), facts: derive(in), at: in.Now.Unix()}
	rules := &l.by[channel][bits.TrailingZeros8(purposeBit(in.Purpose))]
	lasting := q.round(rules.lasting)
	for range maxRounds {
		f := q.round(rules.timed)
		f.add(&lasting)
		switch {
		case f.blocked || f.deferred && f.until <= q.at:
			d.Outcome, d.rules = Block, f.rules
			if f.rules == (ruleSet{}) {
				d.reason = RuleNoWindow
			}
			return d
		case !f.deferred:
			d.settle(&q, f)
			return d
		}
		for i := range d.rules {
			d.rules[i] |= f.rules[i]
		}
		q.at = f.until
	}
	d.Outcome, d.reason, d.rules = Block, RuleNoWindow, ruleSet{}
	return d
}

// settle takes over a round that defers nothing.
func (d *Decision) settle(q *query, f found) {
	d.notices = f.notices
	switch {
	case q.at > q.in.Now.Unix():
		d.Outcome, d.NotBefore = Defer, time.Unix(q.at, 0).UTC()
	case f.required:
		d.Outcome, d.rules = Require, f.rules
	}
	if q.windowEnd != math.MaxInt64 {
		d.WindowEnd = time.Unix(q.windowEnd, 0).UTC()
	}
}

// factValidationSent and the like follow from other parts of an input.
const factValidationSent = factEnd

func derive(in *Input) Facts {
	facts := in.Facts & (factEnd - 1)
	if !in.ValidationSent.IsZero() {
		facts |= factValidationSent
	}
	if in.Due.IsZero() && in.Limitation.IsZero() {
		facts |= FactLimitationUnknown
	}
	return facts
}

// query is one evaluation under way.
type query struct {
	law   *Law
	in    *Input
	where where
	facts Facts
	at    int64
	shown [len(zoneNames)]struct{ day, second int64 } // what the clocks of where.zones show at that instant
	today int64                                       // in the zone whose days count
	// windowEnd is the earliest end of the hours in which the instant is.
	windowEnd int64
}

// never is when a deferral without end would end: it is a block.
const never = math.MaxInt64

// found is what one round found.
type found struct {
	rules, notices              ruleSet
	blocked, deferred, required bool
	until                       int64
}

// add takes in what the lasting rules found; they never defer.
func (f *found) add(lasting *found) {
	switch {
	case lasting.blocked && !f.blocked:
		f.blocked, f.rules = true, lasting.rules
	case lasting.blocked, lasting.required && !f.blocked && !f.deferred:
		for i := range f.rules {
			f.rules[i] |= lasting.rules[i]
		}
	}
	f.required = f.required || lasting.required
	for i := range f.notices {
		f.notices[i] |= lasting.notices[i]
	}
}

// round applies rules at one instant. The rules that it returns are those of the strictest outcome.
func (q *query) round(rules []int32) (f found) {
	q.windowEnd, f.until = math.MaxInt64, math.MinInt64
	if !q.look() {
		f.blocked = true // a zone that the database does not know
		return f
	}
	var blocks, defers, requires ruleSet
	for _, i := range rules {
		r := &q.law.rules[i]
		if !q.concerns(r) {
			continue
		}
		applies, until := q.check(r)
		if !applies {
			continue
		}
		switch r.Verdict {
		case Block:
			blocks.add(i)
			f.blocked = true
		case Defer:
			if until == never {
				blocks.add(i)
				f.blocked = true
			}
			defers.add(i)
			f.deferred = true
			f.until = max(f.until, until)
		case Require:
			requires.add(i)
			f.notices.add(i)
			f.required = true
		default:
			f.notices.add(i)
		}
	}
	switch {
	case f.blocked:
		f.rules = blocks
	case f.deferred:
		f.rules = defers
	case f.required:
		f.rules = requires
	}
	return f
}

// look reads the clocks of every zone.
func (q *query) look() bool {
	for rest := uint32(q.where.zones); rest != 0; rest &= rest - 1 {
		i := bits.TrailingZeros32(rest)
		c := q.law.places.clocks[i]()
		if c == nil {
			return false
		}
		q.shown[i].day, q.shown[i].second = c.local(q.at)
	}
	q.today = q.shown[q.where.home].day
	return true
}

// concerns reports whether a rule is in force for the person, the collector and the facts.
func (q *query) concerns(r *compiled) bool {
	if q.today < r.first || q.today > r.last || !r.states.meets(q.where.states) {
		return false
	}
	if r.All&^q.facts != 0 || r.None&q.facts != 0 || r.Any != 0 && r.Any&q.facts == 0 {
		return false
	}
	if r.Regulator != "" && r.Regulator != q.in.Regulator {
		return false
	}
	other := q.in.Role == RoleCreditor || q.in.Role == RoleThirdParty
	return r.Role == "" || r.Role == q.in.Role || !other
}

// kinds are in the order in which check tells them apart.
var kinds = []Kind{KindFacts, KindHours, KindStated, KindCap, KindAge, KindBarred, KindPeriod, KindInbound, KindCalendar}

// check reports whether a rule that is in force applies, and until when it defers.
func (q *query) check(r *compiled) (applies bool, until int64) {
	switch r.kind {
	case 0:
		return true, q.at
	case 1:
		return q.hours(&r.Week, r.Holidays)
	case 2:
		return q.stated()
	case 3:
		return q.cap(r)
	case 4:
		return q.age(r), q.at
	case 5:
		return q.barred(r), q.at
	case 6:
		return q.period(r), q.at
	case 7:
		return q.unanswered(r), q.at
	}
	return q.outside(r)
}

// age compares the days since a date.
func (q *query) age(r *compiled) bool {
	d := q.date(r.Date)
	if d.IsZero() {
		return r.WhenUnknown
	}
	age := int(q.today) - d.Ordinal()
	if age < 0 {
		return r.WhenUnknown
	}
	return age >= r.From && (r.To == 0 || age <= r.To)
}

func (q *query) date(field DateField) calendar.Date {
	switch field {
	case DateRegistryListed:
		return q.in.RegistryListed
	case DateRegistrySnapshot:
		return q.in.RegistrySnapshot
	case DateNumberChecked:
		return q.in.NumberChecked
	case DateFirstContact:
		return q.in.FirstContact
	case DateValidationSent:
		return q.in.ValidationSent
	case DateNone:
	}
	return calendar.Date{}
}

// barred begins on the day after the limitation date.
func (q *query) barred(r *compiled) bool {
	const monthsPerYear = 12
	limit := q.in.Limitation
	if limit.IsZero() && r.Years > 0 && !q.in.Due.IsZero() {
		limit = q.in.Due.AddMonths(r.Years*monthsPerYear, q.in.Due.Day())
	}
	if limit.IsZero() {
		return r.WhenUnknown
	}
	return q.today > int64(limit.Ordinal())
}

func (q *query) period(r *compiled) bool {
	sent := q.date(r.Date)
	return !sent.IsZero() && q.today <= int64(validationEnd(sent, r.Cap, r.Days).Ordinal())
}

func (q *query) unanswered(r *compiled) bool {
	if q.in.LastInbound.IsZero() {
		return true
	}
	const secondsPerHour = 3600
	since := q.at - q.in.LastInbound.Unix()
	return since < 0 || since >= int64(r.Hours)*secondsPerHour
}
