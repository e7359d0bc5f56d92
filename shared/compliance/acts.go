package compliance

import (
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// Ruling is what the law says of an act that is no message.
type Ruling struct {
	Outcome   string
	Rule      string
	NotBefore calendar.Date // for Defer
	Requires  string        // for Require
}

// Means is how a notice reached a person.
type Means string

// The means of a notice.
const (
	MeansEmail  Means = "email"
	MeansSMS    Means = "sms"
	MeansApp    Means = "app" // an end-to-end encrypted messenger
	MeansCall   Means = "call"
	MeansLetter Means = "letter" // with acknowledgement of receipt (AR)
	MeansAgent  Means = "agent"  // of the operator, with the person's signature
)

// PlanNotice is one notice of default about a health plan.
type PlanNotice struct {
	Means    Means
	Received calendar.Date
	// Proven says what its means ask for: the e-mail was read or certified, the text answered, the call recorded with the data checked, the
	// letter acknowledged, the agent's copy signed.
	Proven     bool
	Registered bool // it went to registered contact data
}

// PlanDefault is the default of a natural person in a health plan.
type PlanDefault struct {
	Due        calendar.Date // of the oldest unpaid fee
	UnpaidFees int           // monthly fees unpaid in the last twelve months
	Notices    []PlanNotice
	Exhausted  calendar.Date // of the last try, once every means was tried in vain
}

const (
	planFees      = 2
	planNoticeDay = 50
	planCancelDay = 60
	planPayDays   = 10
)

// CancelPlan says whether a health plan may be suspended or cancelled on a day: at least two unpaid fees, and a notice received by the 50th
// day of default, then from the 60th; a later notice leaves ten days to pay, and so does the last try when every means failed.
//
// Source: BR-ANS-50D: Lei 9.656/1998 art. 13; RN ANS 593/2023 art. 8, 9 (read); exhausted means from a secondary source.
func CancelPlan(d PlanDefault, today calendar.Date) Ruling {
	r := Ruling{Rule: "BR-ANS-50D", Outcome: Block}
	if d.UnpaidFees < planFees || d.Due.IsZero() {
		return r
	}
	from := calendar.Date{}
	for _, n := range d.Notices {
		if n.Proven && n.Registered && !n.Received.IsZero() && (from.IsZero() || n.Received.AddDays(planPayDays).Before(from)) {
			from = n.Received.AddDays(planPayDays)
		}
	}
	if from.IsZero() && !d.Exhausted.IsZero() {
		from = d.Exhausted.AddDays(planPayDays)
	}
	if from.IsZero() {
		r.Outcome, r.Requires = Require, "another_means"
		return r
	}
	if first := d.Due.AddDays(planCancelDay); from.Before(first) {
		from = first
	}
	return waits(r, from, today)
}

// PlanNoticeBy is the last day on which a notice of default lets a plan be cancelled from the 60th day.
func PlanNoticeBy(due calendar.Date) calendar.Date { return due.AddDays(planNoticeDay) }

func waits(r Ruling, from, today calendar.Date) Ruling {
	if today.Before(from) {
		r.Outcome, r.NotBefore = Defer, from
		return r
	}
	r.Outcome = Allow
	return r
}

// Listing is a debt that a creditor wants to report to a credit bureau.
type Listing struct {
	UF  string
	Due calendar.Date
	// Means and Delivered are of the notice to the person; Delivered is zero while only its sending is known.
	Means     Means
	Delivered calendar.Date
}

const (
	listingLead   = 10
	listingLeadSP = 20
	listingLatePR = 30
	listingYears  = 5
)

// ReportToBureau says whether a debt may be reported on a day: its notice was delivered, not merely sent, and the lead time is over.
//
// Source: BR-NEGLIST: Lei 8.078/1990 art. 43 par. 2; STJ Tema 1315 of 2026-03-05 (read); SP Lei 15.659/2015 as changed by 16.624/2017, 20
// days (secondary); PR from the 31st day late (secondary); MT Lei 10.260/2015 by letter with AR (read).
func ReportToBureau(l Listing, today calendar.Date) Ruling {
	r := Ruling{Rule: "BR-NEGLIST", Outcome: Block}
	switch {
	case l.Due.IsZero() || DelistForAge(l.Due, today):
		return r
	case l.UF == "PR" && l.Due.DaysUntil(today) <= listingLatePR:
		return r
	case l.UF == "MT" && l.Means != MeansLetter:
		r.Outcome, r.Requires = Require, "letter_with_ar"
		return r
	case l.Delivered.IsZero():
		return r
	}
	lead := listingLead
	if l.UF == "SP" || l.UF == "" {
		lead = listingLeadSP
	}
	return waits(r, l.Delivered.AddDays(lead), today)
}

const (
	delistDays    = 5
	incidentDays  = 3
	recordingDays = 7
	accessDays    = 15
	monthsPerYear = 12
)

// DelistBy is the last day to take a settled debt off a credit bureau: five working days after the payment.
//
// Source: BR-DELIST: STJ Súmula 548 (read).
func DelistBy(paid calendar.Date) calendar.Date { return addWorkingDays(paid, delistDays) }

// DelistForAge reports whether an entry about a debt that fell due on a day must be gone: it is more than five years old.
//
// Source: BR-5Y-LIST: Lei 8.078/1990 art. 43 par. 1 (memory).
func DelistForAge(due, today calendar.Date) bool {
	return today.After(due.AddMonths(listingYears*monthsPerYear, due.Day()))
}

// RecordingBy is the last day to hand out a recording that was asked for: seven working days.
//
// Source: BR-RJ-3P: RJ Lei 7.868/2018; PR Lei 17.352/2012 art. 2-A (read).
func RecordingBy(asked calendar.Date) calendar.Date { return addWorkingDays(asked, recordingDays) }

// AccessBy is the last day to answer a request for access in full.
//
// Source: BR-LGPD: Lei 13.709/2018 art. 19 (read).
func AccessBy(asked calendar.Date) calendar.Date { return asked.AddDays(accessDays) }

// IncidentBy is the last day to tell the authority and the holders of an incident: three working days after it became known.
//
// Source: BR-LGPD: ANPD Resolução 15/2024 (read).
func IncidentBy(known calendar.Date) calendar.Date { return addWorkingDays(known, incidentDays) }

// IncidentLogUntil is until when an incident stays in the log.
func IncidentLogUntil(known calendar.Date) calendar.Date {
	return known.AddMonths(5*monthsPerYear, known.Day())
}

// addWorkingDays counts Mondays to Fridays that are no national holiday: days when only banks rest are working days, so that a deadline is
// never too late.
func addWorkingDays(d calendar.Date, n int) calendar.Date {
	for n > 0 {
		d = d.AddDays(1)
		if w := d.Weekday(); w != time.Saturday && w != time.Sunday && !calendar.IsNationalHoliday(d) {
			n--
		}
	}
	return d
}

// Erasure is what a request for deletion leads to.
type Erasure struct {
	Refused        bool
	Reason         string
	EraseMarketing bool // data that rest on consent go in any case
}

// Erase decides on a request for deletion: what a debt or a legal duty needs stays, with the reason.
//
// Source: BR-LGPD: Lei 13.709/2018 art. 16, 18 (read).
func Erase(openDebt, legalDuty bool) Erasure {
	switch {
	case openDebt:
		return Erasure{Refused: true, Reason: "open_debt", EraseMarketing: true}
	case legalDuty:
		return Erasure{Refused: true, Reason: "legal_duty", EraseMarketing: true}
	}
	return Erasure{EraseMarketing: true}
}

// existentialMinimum is what must stay of a month's income, by the day from which on it does.
//
// Source: Decreto 11.150/2022, R$ 303.00 of 2022 (memory); Decreto 11.567/2023, R$ 600.00 (read). The Supreme Court reviews it (ADPF
// 1005, 1006, 1097).
var existentialMinimum = []struct {
	from   string
	amount money.Centavos
}{{"2023-06-20", 600_00}, {"2022-09-25", 303_00}}

// ExistentialMinimum is what must stay of a month's income on a day; 0 before there was a minimum.
func ExistentialMinimum(day calendar.Date) money.Centavos {
	for _, m := range existentialMinimum {
		if !day.Before(on(m.from)) {
			return m.amount
		}
	}
	return 0
}

// JudgeOffer blocks an offer that leaves less of a month's declared income than the existential minimum, once other debts and the
// instalment are paid.
//
// Source: BR-SUPER: Lei 14.181/2021; Decreto 11.150/2022 (read).
func JudgeOffer(income, otherDebts, instalment money.Centavos, day calendar.Date) Ruling {
	r := Ruling{Rule: "BR-SUPER", Outcome: Allow}
	if income-otherDebts-instalment < ExistentialMinimum(day) {
		r.Outcome = Block
	}
	return r
}

// UndueRefund is what is owed back for money that was charged and paid without being due: twice as much, unless the error is excusable.
//
// Source: BR-CDC42: Lei 8.078/1990 art. 42, sole paragraph (read).
func UndueRefund(undue money.Centavos, excusable bool) money.Centavos {
	if excusable {
		return undue
	}
	return 2 * undue
}

const (
	retainYears     = 3
	revocationDays  = 10
	validationSends = 5
	validationDays  = 30
)

// RetainUntil is the first day on which records of a debt may be purged, three years after the last act of collection; under a legal hold
// there is none, and it is false.
//
// Source: US-F-RETAIN: 12 CFR 1006.100 (read).
func RetainUntil(lastAct calendar.Date, hold bool) (calendar.Date, bool) {
	if hold {
		return calendar.Date{}, false
	}
	return lastAct.AddMonths(retainYears*monthsPerYear, lastAct.Day()), true
}

// RevocationBy is the last day that the law leaves to honour a revocation of consent; the engine honours it at once.
//
// Source: US-TCPA-REVOKE: 47 CFR 64.1200(a)(10) (read).
func RevocationBy(received calendar.Date) calendar.Date {
	return calendar.AddUSBusinessDays(received, revocationDays)
}

// ValidationEnd is the last day of the validation period of a notice: thirty days after its assumed receipt.
//
// Source: US-F-VALID: 12 CFR 1006.34, 1006.42 (memory).
func ValidationEnd(sent calendar.Date) calendar.Date {
	return validationEnd(sent, validationSends, validationDays)
}

func validationEnd(sent calendar.Date, businessDays, days int) calendar.Date {
	return calendar.AddUSBusinessDays(sent, businessDays).AddDays(days)
}
