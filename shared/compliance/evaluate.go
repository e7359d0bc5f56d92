package compliance

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

const (
	// keptDays is how far back a history counts: the longest cap.
	keptDays = 30
	// closedDays is how far ahead a municipality's holidays count; no deferral reaches further.
	closedDays = 60
	// inboundHours is how long a person's message counts.
	inboundHours = 24
)

// Evaluate is Decide with its evidence: the canonical inputs, their hash and the law's version. It is pure.
func Evaluate(law *Law, in Input) collection.Verdict {
	in = law.canonical(in)
	d := law.Decide(&in)
	inputs := law.encode(&in)
	sum := sha256.Sum256(inputs)
	return collection.Verdict{
		Outcome: d.Outcome, NotBefore: d.NotBefore, WindowEnd: d.WindowEnd, Rules: d.Rules(), RequiredNotices: d.Notices(),
		PackVersion: law.version, InputsHash: hex.EncodeToString(sum[:]), Inputs: string(inputs), At: in.Now,
	}
}

// Validity is how long after a verdict of allow the message may still be delivered: until Margin before the hours end. It is false for
// any other verdict, and when no time is left; a verdict that no hours bind allows a day.
func Validity(v collection.Verdict) (time.Duration, bool) {
	const unbound = 24 * time.Hour
	if v.Outcome != Allow {
		return 0, false
	}
	if v.WindowEnd.IsZero() {
		return unbound, true
	}
	left := v.WindowEnd.Add(-Margin).Sub(v.At)
	return left, left > 0
}

// canonical drops what cannot change the verdict: the zone of Now, texts that the law does not know, orders, and what is too old to count.
// An input beyond its bounds is cut to them and one more, so that it is refused again.
func (l *Law) canonical(in Input) Input {
	in.Now = in.Now.UTC().Round(0)
	if channelBit(in.Channel) == 0 {
		in.Channel = ""
	}
	in.Purpose = knownPurpose(in.Purpose)
	if _, ok := l.places.states[in.UF]; !ok {
		in.UF = ""
	}
	if area := l.places.areaStates(in.AreaCode); area.empty() {
		in.AreaCode = ""
	}
	if len(in.Municipality) != 7 || strings.Trim(in.Municipality, "0123456789") != "" {
		in.Municipality = ""
	}
	if in.Role != RoleCreditor && in.Role != RoleThirdParty {
		in.Role = ""
	}
	if in.Regulator != RegulatorANS {
		in.Regulator = ""
	}
	in.Facts &= factEnd - 1
	in.Zones = canonicalZones(in.Zones)
	today := l.Day(in, in.Now)
	in.Closed = slices.DeleteFunc(slices.Clone(in.Closed), func(d calendar.Date) bool {
		return d.DaysUntil(today) > 1 || today.DaysUntil(d) > closedDays
	})
	slices.SortFunc(in.Closed, calendar.Date.Compare)
	in.Closed = cut(slices.Compact(in.Closed), MaxClosed)
	if since := in.Now.Sub(in.LastInbound); since >= inboundHours*time.Hour {
		in.LastInbound = time.Time{}
	}
	in.LastInbound = in.LastInbound.UTC().Truncate(time.Second)
	first := today.AddDays(1 - keptDays)
	in.History = slices.DeleteFunc(slices.Clone(in.History), func(p Past) bool { return p.On.Before(first) })
	for i, p := range in.History {
		if channelBit(p.Channel) == 0 {
			in.History[i].Channel = ""
		}
		in.History[i].Marks &= MarkInbound | MarkSpoken | MarkOtherDebt | MarkWork
	}
	slices.SortFunc(in.History, func(a, b Past) int {
		return cmp.Or(a.On.Compare(b.On), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Marks, b.Marks))
	})
	in.History = cut(in.History, MaxHistory)
	return in
}

func cut[T any](list []T, most int) []T {
	if len(list) > most {
		return list[len(list)-most-1:]
	}
	return list
}

func knownPurpose(p Purpose) Purpose {
	if purposeBit(p) == bitReminder && p != collection.PurposeReminder {
		return ""
	}
	return p
}

// unknownZone stands for the name of a zone that the law does not know.
const unknownZone = "?"

func canonicalZones(names []string) []string {
	out := slices.Clone(names)
	for i, name := range out {
		if zoneNamed(name) == 0 {
			out[i] = unknownZone
		}
	}
	slices.Sort(out)
	return cut(slices.Compact(out), MaxZones)
}

// Day is the calendar day of an instant where the person of an input is: in the zone of their state's capital, unless the municipality
// tells, and in Brasília when nothing is known. At every lawful instant each place where they may be has the same day.
func (l *Law) Day(in Input, at time.Time) calendar.Date {
	w := l.locate(&in)
	c := l.places.clocks[w.home]()
	if c == nil {
		return calendar.Of(at, time.UTC)
	}
	day, _ := c.local(at.Unix())
	return calendar.FromOrdinal(int(day))
}

// encode writes a canonical input: see docs/contact-law.md. What is empty is left out.
func (l *Law) encode(in *Input) []byte {
	const usual = 512
	b := make([]byte, 0, usual+32*len(in.History))
	b = append(b, '{')
	b = appendText(b, "pack", l.version)
	b = in.Now.AppendFormat(append(b, `"now":"`...), time.RFC3339Nano)
	b = append(b, `",`...)
	if in.HandOver {
		b = append(b, `"handOver":true,`...)
	}
	b = appendText(b, "channel", string(in.Channel))
	b = appendText(b, "purpose", string(in.Purpose))
	b = appendText(b, "uf", in.UF)
	b = appendText(b, "municipality", in.Municipality)
	b = appendText(b, "areaCode", in.AreaCode)
	b = appendList(b, "zones", in.Zones, func(b []byte, z string) []byte { return append(b, z...) })
	b = appendList(b, "closed", in.Closed, appendDate)
	if in.Stated != (Span{}) {
		b = strconv.AppendInt(append(b, `"stated":[`...), int64(in.Stated.From), 10)
		b = strconv.AppendInt(append(b, ','), int64(in.Stated.To), 10)
		b = append(b, "],"...)
	}
	b = appendText(b, "role", string(in.Role))
	b = appendText(b, "regulator", in.Regulator)
	b = appendFacts(b, in.Facts)
	for _, d := range in.dates() {
		if d.at.IsZero() {
			continue
		}
		b = append(append(append(b, '"'), d.name...), `":"`...)
		b = append(appendDate(b, *d.at), `",`...)
	}
	if !in.LastInbound.IsZero() {
		b = in.LastInbound.AppendFormat(append(b, `"lastInbound":"`...), time.RFC3339)
		b = append(b, `",`...)
	}
	b = appendList(b, "history", in.History, appendPast)
	b[len(b)-1] = '}'
	return b
}

func appendText(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(append(append(b, '"'), name...), `":"`...)
	return append(append(b, value...), `",`...)
}

// namedDate is one of the dates of an input by its name in the canonical inputs.
type namedDate struct {
	name string
	at   *calendar.Date
}

func (in *Input) dates() [8]namedDate {
	return [8]namedDate{
		{"due", &in.Due}, {"limitation", &in.Limitation}, {"registryListed", &in.RegistryListed}, {"registrySnapshot", &in.RegistrySnapshot},
		{"numberChecked", &in.NumberChecked}, {"firstContact", &in.FirstContact}, {"validationSent", &in.ValidationSent},
		{"callConsent", &in.CallConsent},
	}
}

func appendList[T any](b []byte, name string, list []T, write func([]byte, T) []byte) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(append(append(b, '"'), name...), `":[`...)
	for i, x := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(write(append(b, '"'), x), '"')
	}
	return append(b, "],"...)
}

func appendFacts(b []byte, f Facts) []byte {
	if f == 0 {
		return b
	}
	b = append(b, `"facts":[`...)
	first := true
	for i, name := range factNames {
		if f&(1<<i) == 0 {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(append(b, '"'), name...), '"')
	}
	return append(b, "],"...)
}

func appendDate(b []byte, d calendar.Date) []byte {
	year, month, day := d.Year(), int(d.Month()), d.Day()
	return append(b, byte('0'+year/1000%10), byte('0'+year/100%10), byte('0'+year/10%10), byte('0'+year%10), '-',
		byte('0'+month/10), byte('0'+month%10), '-', byte('0'+day/10), byte('0'+day%10))
}

// anyChannel stands for a channel that is not known.
const anyChannel = "any"

// markNames are in the order of the constants.
var markNames = [...]string{"inbound", "spoken", "other_debt", "work"}

func appendPast(b []byte, p Past) []byte {
	b = append(appendDate(b, p.On), ' ')
	if p.Channel == "" {
		b = append(b, anyChannel...)
	}
	b = append(b, p.Channel...)
	for i, name := range markNames {
		if p.Marks&(1<<i) != 0 {
			b = append(append(b, ' '), name...)
		}
	}
	return b
}
