package compliance

import (
	"time"

	"github.com/regua/regua/shared/calendar"
)

// MaxHistory and MaxZones bound an input: what goes beyond is refused by a block, for a verdict has to be provable.
const (
	MaxHistory = 512
	MaxZones   = 8
	MaxClosed  = 64
)

// Input is everything that a verdict depends on. None of it is personal data. What is not known stays zero, and then the law holds the
// stricter to be so.
type Input struct {
	Now time.Time
	// HandOver says that the contact is about to leave: then the hours end Margin earlier, so that it is delivered within them.
	HandOver bool
	Channel  Channel
	Purpose  Purpose

	// UF is the state of the person's address: one of Brazil's 27, or "US-" and one of the United States. Any other text means that it is
	// not known.
	UF string
	// Municipality is the IBGE code of the address, seven digits; it tells the zone in Amazonas and Pernambuco.
	Municipality string
	// AreaCode is the telephone area code (DDD), two digits: its states count besides the address's, and the stricter of both holds.
	AreaCode string
	// Zones are names of further time zones in which the person may be, as that of the last login. All of them must allow.
	Zones []string
	// Closed are days on which the person's municipality rests.
	Closed []calendar.Date
	// Stated are the hours that the person asked for, in any zone where they may be; zero: none.
	Stated Span

	Role      Role
	Regulator string
	Facts     Facts

	Due        calendar.Date // of the oldest debt that the contact is about
	Limitation calendar.Date // when that debt is time-barred, if somebody worked it out
	// RegistryListed is since when the person stands in a registry of people who want no calls, and RegistrySnapshot of which day the copy
	// of the registry is that was asked.
	RegistryListed, RegistrySnapshot calendar.Date
	NumberChecked                    calendar.Date // when the number was last used by the person or confirmed as not reassigned
	FirstContact                     calendar.Date // when the person first heard of the debt from this collector
	ValidationSent                   calendar.Date // when the validation notice was sent
	CallConsent                      calendar.Date // when the person consented to be called
	LastInbound                      time.Time     // when the person last wrote on this channel

	// History are the contacts made and received, over all debts and creditors, in any order.
	History []Past
}

// Past is one contact that was made. A channel that is not known counts as any, a debt that is not told apart as this one.
type Past struct {
	On      calendar.Date // where the person is
	Channel Channel
	Marks   Marks
}

// Marks are what else is known of a past contact.
type Marks uint8

// The marks of a past contact: the person began it; the debt was spoken about by telephone; it was about another debt; it went to the
// place of work.
const (
	MarkInbound Marks = 1 << iota
	MarkSpoken
	MarkOtherDebt
	MarkWork
)

// Reminded makes a history of the days on which a person was reminded, each as often as there were reminders.
func Reminded(days []calendar.Date) []Past {
	out := make([]Past, len(days))
	for i, d := range days {
		out[i].On = d
	}
	return out
}
