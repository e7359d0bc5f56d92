package collection

import (
	"slices"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// Ruler is a creditor's reminder ruler: rungs that count their days from facts of a case's debts and deals, and how it ends.
type Ruler struct {
	Version  string
	Rungs    []Rung // those of one fact in the order of Day
	Promises PromiseRule
	Terminal Terminal
	Prices   Prices
}

// Fact is what a rung counts its days from.
type Fact string

// The facts: the due date of the oldest open debt, fixed when a generation starts; that of each unpaid instalment of a live agreement; the
// day on which a promise was broken, an agreement ended for want of money, or an address was found dead.
const (
	FactDue        Fact = "due"
	FactInstalment Fact = "instalment"
	FactPromise    Fact = "promise_broken"
	FactBreach     Fact = "agreement_breached"
	FactBounce     Fact = "address_dead"
)

// Facts are all of them.
func Facts() []Fact { return []Fact{FactDue, FactInstalment, FactPromise, FactBreach, FactBounce} }

// Rung is one step of a ruler. A courtesy rung may be superseded by a later one that is due as well, and lapses in a pause; a mandatory one
// does neither.
type Rung struct {
	Name     string
	Fact     Fact
	Day      int       // days after the fact; negative: before it
	Channels []Channel // in order of preference, at least one
	Template string
	// Mandatory marks a notice that a law demands.
	Mandatory bool
	When      Guard
	// InsteadOf is an earlier rung of the same fact: this one is for when that one reached nobody. Empty for none.
	InsteadOf string
}

// Purpose is what a rung's contact is for, in the eyes of contact law.
func (r Rung) Purpose() Purpose {
	switch {
	case r.Fact == FactInstalment:
		return PurposeInstalment
	case r.Mandatory:
		return PurposeNotice
	}
	return PurposeReminder
}

// Span is a range with both ends in it; To 0 is without end.
type Span struct{ From, To int64 }

// Holds reports whether a number is in the range.
func (s Span) Holds(n int64) bool { return n >= s.From && (s.To == 0 || n <= s.To) }

// IsZero reports whether every number of at least 0 is in the range.
func (s Span) IsZero() bool { return s == Span{} }

// Guard says for which cases a rung is; what is zero asks nothing.
type Guard struct {
	DaysLate  Span // of the oldest open debt
	Amount    Span // what is owed of open debts, or of the live agreement, in centavos
	Score     Span
	Unscored  bool // beside Score: also cases without a score
	Segments  []string
	Standings []Standing
	Products  []string // of which one must be an open debt's
	Sent      []SentGuard
}

// SentGuard asks how many rungs of the generation went out by a channel.
type SentGuard struct {
	Channel     Channel
	Least, Most int // Most -1 is without end
}

// PromiseRule says what promises to pay a creditor takes.
type PromiseRule struct {
	MaxDays   int // days ahead; 0: none are taken
	GraceDays int // days after the promised one in which money still keeps it
}

// TerminalAction is what is asked for when the ruler has come to its end.
type TerminalAction string

// The terminal actions: hand the case to somebody else, propose to write it off, or nothing more.
const (
	TerminalAssign   TerminalAction = "assign"
	TerminalWriteOff TerminalAction = "write_off_proposal"
	TerminalStop     TerminalAction = "stop"
)

// Terminal is the end of a ruler: what is asked for so many days after the due date. Without an action the ruler ends with its last rung.
type Terminal struct {
	Day    int
	Action TerminalAction
}

// Prices are what a message costs by channel in reais, as of a day. They serve estimates only.
type Prices struct {
	On   calendar.Date
	Each map[Channel]money.Rate
}

// Rung finds a rung by its name.
func (r Ruler) Rung(name string) (Rung, bool) {
	i := slices.IndexFunc(r.Rungs, func(g Rung) bool { return g.Name == name })
	if i < 0 {
		return Rung{}, false
	}
	return r.Rungs[i], true
}

// RulerConcluded says that the ruler came to its terminal step, and what is asked for.
type RulerConcluded struct {
	Generation int
	Action     TerminalAction
}

// Type implements Event.
func (RulerConcluded) Type() string { return "ruler.concluded" }
