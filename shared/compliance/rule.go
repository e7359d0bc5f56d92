package compliance

import "github.com/regua/regua/shared/calendar"

// Mark says how well a rule's source is known.
type Mark string

// The marks of a source: read in the cited text, known from a secondary source only, from memory, or the project's own proposal.
const (
	Read      Mark = "read"
	Secondary Mark = "secondary"
	Memory    Mark = "memory"
	Guess     Mark = "guess"
)

// Kind is how a rule is worked out.
type Kind string

// The kinds of rule.
const (
	// KindFacts applies when all of All, one of Any (if there are any) and none of None are so.
	KindFacts Kind = "facts"
	// KindHours applies outside Week, in any zone in which the person may be.
	KindHours Kind = "hours"
	// KindStated applies outside the hours that the person asked for, in any zone in which they may be.
	KindStated Kind = "stated hours"
	// KindCap applies when Cap contacts or more were made in Days consecutive days, today included.
	KindCap Kind = "cap"
	// KindAge applies when Date is From to To days ago, both included, and when it is not known, if WhenUnknown.
	KindAge Kind = "age"
	// KindBarred applies from the day after the debt's limitation date: the one that is given, or else Years after it fell due.
	KindBarred Kind = "limitation"
	// KindPeriod applies until the last day of the validation period: Days after Cap business days after Date.
	KindPeriod Kind = "validation period"
	// KindInbound applies unless the person wrote on this channel in the last Hours.
	KindInbound Kind = "inbound"
	// KindCalendar applies outside the days for which the pack holds.
	KindCalendar Kind = "calendar"
)

// Span is a time of day from From to To, half-open, in minutes after midnight. The zero span is never.
type Span struct{ From, To int }

// Week is the hours of each day of a week, Sunday first.
type Week [7]Span

// DateField names one of the dates of an input.
type DateField string

// The dates on which rules depend.
const (
	DateNone             DateField = ""
	DateRegistryListed   DateField = "registryListed"
	DateRegistrySnapshot DateField = "registrySnapshot"
	DateNumberChecked    DateField = "numberChecked"
	DateFirstContact     DateField = "firstContact"
	DateValidationSent   DateField = "validationSent"
)

// Rule is one rule of a pack, as data. A field that is zero restricts nothing.
type Rule struct {
	ID     string
	Title  string // what it asks, in words
	Source string
	Mark   Mark
	// ValidFrom and ValidTo are the first and the last day of the rule.
	ValidFrom, ValidTo calendar.Date
	Kind               Kind
	Verdict            string // what follows when it applies; Allow: no more than Notice
	Notice             string // for Require, and for Allow
	Channels           []Channel
	Purposes           []Purpose // nil: those that collect
	States             []string  // of which one is the person's, or may be
	Role               Role      // of whoever collects; an unknown one is held to the rule
	Regulator          string
	All, Any, None     Facts

	Week     Week
	Holidays bool // KindHours: also on holidays

	Cap, Days int
	Counts    []Channel // KindCap: contacts by these; one by an unknown channel always counts
	SameDebt  bool      // KindCap: contacts about another debt do not count
	Spoken    bool      // KindCap: conversations count, whoever began them, and nothing else does
	AtWork    bool      // KindCap: contacts at work count, and others do not; without it the reverse holds
	AnyPlace  bool      // KindCap: contacts count wherever they were made
	Consent   int       // KindCap: a consent to be called of at most so many days, the day itself included, lifts the rule

	Date        DateField
	From, To    int // days; To 0: without end
	WhenUnknown bool
	Years       int
	Hours       int
}

// Pack is a dated set of rules.
type Pack struct {
	Version string
	// ValidFrom and ValidTo are the first and the last day for which the pack holds.
	ValidFrom, ValidTo calendar.Date
	// CounselReviewed says that a lawyer signed it.
	CounselReviewed bool
	Rules           []Rule
}
