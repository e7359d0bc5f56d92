package pack202611

import (
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

// hours are the times of day, half-open, at which a channel may be used.
type hours struct{ from, to int }

// channelHours are the hours that are lawful in every state (rule BR-DEFAULT-HOURS of the pack): the states' laws are of calls and text
// messages (as Lei 15.426/2014 SP, Lei 7.868/2018 RJ, Lei 7.782/2016 AL), and these are inside all of them. Nothing on Sundays.
func channelHours(channel collection.Channel, day time.Weekday) (hours, bool) {
	switch {
	case day == time.Sunday:
		return hours{}, false
	case channel == collection.ChannelEmail:
		return hours{8, 20}, true
	case channel == collection.ChannelSMS && day == time.Saturday:
		return hours{9, 13}, true
	case channel == collection.ChannelSMS:
		return hours{9, 18}, true
	}
	return hours{}, false
}

func knownChannel(channel collection.Channel) bool {
	_, ok := channelHours(channel, time.Monday)
	return ok
}

// windowRules applies hours, Sundays and holidays in every zone in which the person may be, and names the rule of the latest deferral.
func windowRules(in Input, at time.Time) (rule string, notBefore time.Time) {
	for _, zone := range zones(in.UF) {
		today := calendar.Of(at, zone)
		found, until := "", time.Time{}
		h, open := channelHours(in.Channel, today.Weekday())
		switch {
		case !open || calendar.IsNationalHoliday(today):
			found, until = RuleSunday, today.AddDays(1).At(0, 0, zone)
		case at.Before(today.At(h.from, 0, zone)):
			found, until = RuleHours, today.At(h.from, 0, zone)
		case !at.Before(today.At(h.to, 0, zone)):
			found, until = RuleHours, today.AddDays(1).At(0, 0, zone)
		}
		if found != "" && until.After(notBefore) {
			rule, notBefore = found, until.UTC()
		}
	}
	return rule, notBefore
}

// Window returns the lawful hours of a day, half-open and in UTC: those common to every zone in which the person may be. It is false on
// Sundays, national holidays, in years that the pack does not know and for an unknown channel.
func Window(channel collection.Channel, uf string, day calendar.Date) (from, to time.Time, ok bool) {
	h, open := channelHours(channel, day.Weekday())
	if !open || calendar.IsNationalHoliday(day) || day.Year() < firstYear || day.Year() > calendar.MaxYear {
		return time.Time{}, time.Time{}, false
	}
	for _, zone := range zones(uf) {
		opens, closes := day.At(h.from, 0, zone).UTC(), day.At(h.to, 0, zone).UTC()
		if from.IsZero() || opens.After(from) {
			from = opens
		}
		if to.IsZero() || closes.Before(to) {
			to = closes
		}
	}
	return from, to, from.Before(to)
}

// Day is the calendar day of an instant where the person is; in Brasília when the state is not known. At every lawful instant all of
// Brazil has the same day.
func Day(uf string, at time.Time) calendar.Date { return calendar.Of(at, home(uf)) }

func midnight(uf string, day calendar.Date) time.Time { return day.At(0, 0, home(uf)).UTC() }

// home is the zone whose days count for a person.
func home(uf string) *time.Location {
	if zone, ok := calendar.Zone(uf); ok {
		return zone
	}
	if brasilia, ok := calendar.Zone("DF"); ok {
		return brasilia
	}
	return time.UTC // not reached: the zones are compiled in, and a test says so
}

// zones are those in which the person may be, from east to west. When the state is not known they are all of Brazil's, which since 2020,
// where the pack begins, keep these offsets all year.
func zones(uf string) []*time.Location {
	if zone, ok := calendar.Zone(uf); ok {
		return []*time.Location{zone}
	}
	const east, west = -2, -5 // Fernando de Noronha and Acre
	all := make([]*time.Location, 0, east-west+1)
	for hour := east; hour >= west; hour-- {
		all = append(all, time.FixedZone("", hour*int(time.Hour/time.Second)))
	}
	return all
}

// lastZone is the one in which a day begins last, so that a deferral to a day's start holds everywhere.
func lastZone(uf string) *time.Location {
	all := zones(uf)
	return all[len(all)-1]
}
