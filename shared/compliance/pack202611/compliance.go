// Package pack202611 is rule pack br-2026-11 as it stood when the first contacts were judged by it: contact law by the default hours,
// national holidays and the caps alone. Nothing is judged by it any more; it works out again what was.
package pack202611

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

// PackVersion names the rule pack that Evaluate applies. A stored verdict names the one that it came from.
const PackVersion = "br-2026-11"

// The outcomes of an evaluation.
const (
	Allow = "allow"
	Defer = "defer"
	Block = "block"
)

// The rules of the pack.
const (
	RuleNoAddress     = "NO-ADDRESS"
	RuleNothingOwed   = "NOTHING-OWED"
	RuleAgreementLive = "AGREEMENT-LIVE"
	// RuleChannel blocks a channel for which the pack has no hours.
	RuleChannel = "BR-CHANNEL"
	// RuleCalendar blocks a contact after the last year whose holidays are known, and defers one before the first.
	RuleCalendar = "BR-CALENDAR"
	RuleHours    = "BR-DEFAULT-HOURS"
	RuleSunday   = "BR-SUNDAY-HOLIDAY"
	RuleCapDay   = "BR-CAP-DAY"
	RuleCapWeek  = "BR-CAP-WEEK"
	// RuleNoWindow blocks when no lawful instant is found after maxRounds deferrals.
	RuleNoWindow = "NO-WINDOW"
)

const (
	// capDay and capWeek are how often a person is reminded in a calendar day and in capDays of them, over all debts and creditors. No
	// statute fixes a number; courts look at insistence.
	capDay  = 1
	capWeek = 3
	capDays = 7
	// maxRounds bounds the search for a lawful instant. The longest run of deferrals takes a tenth of it.
	maxRounds = 60
	// firstYear is the first for which the pack holds: the calendar's holidays are certain, and Brazil has no summer time.
	firstYear = 2020
)

// Input is everything that a verdict depends on. None of it is personal data.
type Input struct {
	Now     time.Time
	Channel collection.Channel
	Purpose collection.Purpose
	// UF is the participant's state. Any text but one of the 27 means that it is not known: then every zone of Brazil must allow.
	UF string
	// HasAddress says that there is an address for the channel.
	HasAddress    bool
	OpenDebt      bool
	AgreementLive bool
	// Days are the days on which the person was reminded, in any order, each as often as there were reminders.
	Days []calendar.Date
}

// Evaluate says whether the contact may leave at in.Now: allow, defer until NotBefore, or block. Deferral is a fixpoint: at NotBefore
// the same input is allowed. A receipt and a one-time code answer what the person just did, and so are exempt from hours and caps,
// never from blocks.
func Evaluate(in Input) collection.Verdict {
	in = in.canonical()
	inputs := in.encode()
	sum := sha256.Sum256([]byte(inputs))
	v := collection.Verdict{
		Outcome: Allow, Rules: []string{}, PackVersion: PackVersion, InputsHash: hex.EncodeToString(sum[:]), Inputs: inputs, At: in.Now,
	}
	if blocked := blocks(in); len(blocked) > 0 {
		v.Outcome, v.Rules = Block, blocked
		return v
	}
	if exempt(in.Purpose) {
		return v
	}
	return search(in, v)
}

// search looks for the first instant from now on at which no rule defers.
func search(in Input, v collection.Verdict) collection.Verdict {
	at := in.Now
	for range maxRounds {
		late, notBefore := deferrals(in, at)
		v.Rules = append(v.Rules, late...)
		if len(late) == 0 {
			slices.Sort(v.Rules)
			v.Rules = slices.Compact(v.Rules)
			if at.After(in.Now) {
				v.Outcome, v.NotBefore = Defer, at
			}
			return v
		}
		if !notBefore.After(at) {
			v.Outcome, v.Rules = Block, late
			return v
		}
		at = notBefore
	}
	v.Outcome, v.Rules = Block, []string{RuleNoWindow}
	return v
}

// blocks lists the rules that forbid the contact at any time.
func blocks(in Input) []string {
	var rules []string
	add := func(when bool, rule string) {
		if when {
			rules = append(rules, rule)
		}
	}
	add(!in.HasAddress, RuleNoAddress)
	instalment := in.Purpose == collection.PurposeInstalment
	owed := in.OpenDebt && !instalment || in.AgreementLive && instalment
	add(!owed && !exempt(in.Purpose), RuleNothingOwed)
	add(in.AgreementLive && !instalment && !exempt(in.Purpose), RuleAgreementLive)
	add(!knownChannel(in.Channel), RuleChannel)
	slices.Sort(rules)
	return rules
}

// exempt reports whether a contact is an answer to the person. An unknown purpose is not.
func exempt(p collection.Purpose) bool {
	return p == collection.PurposeReceipt || p == collection.PurposeCode
}

// deferrals lists the rules that forbid the contact at an instant, and the latest of the instants until which each does.
func deferrals(in Input, at time.Time) (rules []string, notBefore time.Time) {
	for _, find := range []func(Input, time.Time) (string, time.Time){yearRule, windowRules, capDayRule, capWeekRule} {
		rule, until := find(in, at)
		if rule == "" {
			continue
		}
		rules = append(rules, rule)
		if until.After(notBefore) {
			notBefore = until
		}
	}
	return rules, notBefore
}

// yearRule defers to the first year whose holidays are known; after the last one it names no instant.
func yearRule(in Input, at time.Time) (string, time.Time) {
	switch year := Day(in.UF, at).Year(); {
	case year < firstYear:
		return RuleCalendar, time.Date(firstYear, time.January, 1, 0, 0, 0, 0, lastZone(in.UF)).UTC()
	case year > calendar.MaxYear:
		return RuleCalendar, time.Time{}
	}
	return "", time.Time{}
}

// capDayRule allows one reminder a day. Days of the future, which a zone further east can have recorded, count as today.
func capDayRule(in Input, at time.Time) (string, time.Time) {
	today := Day(in.UF, at)
	count, latest := 0, today
	for _, d := range in.Days {
		if !d.Before(today) {
			count++
			if d.After(latest) {
				latest = d
			}
		}
	}
	if count < capDay {
		return "", time.Time{}
	}
	return RuleCapDay, midnight(in.UF, latest.AddDays(1))
}

// capWeekRule allows three reminders in seven consecutive days: it defers until the third newest is out of them.
func capWeekRule(in Input, at time.Time) (string, time.Time) {
	first := Day(in.UF, at).AddDays(1 - capDays)
	var counted []calendar.Date
	for _, d := range in.Days {
		if !d.Before(first) {
			counted = append(counted, d)
		}
	}
	if len(counted) < capWeek {
		return "", time.Time{}
	}
	slices.SortFunc(counted, calendar.Date.Compare)
	return RuleCapWeek, midnight(in.UF, counted[len(counted)-capWeek].AddDays(capDays))
}
