package collection

import (
	"time"

	"github.com/regua/regua/shared/calendar"
)

// Channel is a way to reach a participant.
type Channel string

// The channels. Contact law judges all of them; messages leave by the first four alone.
const (
	ChannelEmail    Channel = "email"
	ChannelSMS      Channel = "sms"
	ChannelWhatsApp Channel = "whatsapp"
	ChannelPush     Channel = "push"
	ChannelPhone    Channel = "phone"
	ChannelLetter   Channel = "letter"
)

// Channels are all of them, in the order of their constants.
func Channels() []Channel {
	return []Channel{ChannelEmail, ChannelSMS, ChannelWhatsApp, ChannelPush, ChannelPhone, ChannelLetter}
}

// Sendable reports whether messages leave by a channel.
func (c Channel) Sendable() bool {
	return c == ChannelEmail || c == ChannelSMS || c == ChannelWhatsApp || c == ChannelPush
}

// Purpose says why a participant is contacted; the law treats them differently.
type Purpose string

// The purposes of a contact. A reminder is of open debts, and an instalment's of what a live agreement expects: the law stops the first,
// and not the second, while an agreement is under way. A notice is a rung of the ruler that a law demands. A receipt, a code and a
// reply answer what the person just did.
const (
	PurposeReminder   Purpose = "reminder"
	PurposeInstalment Purpose = "instalment"
	PurposeNotice     Purpose = "statutory_notice"
	PurposeReceipt    Purpose = "receipt"
	PurposeCode       Purpose = "otp"
	PurposeOffer      Purpose = "offer"
	PurposeReply      Purpose = "reply"
)

// ContactStatus is the state of one contact.
type ContactStatus string

// The states of a contact. UNKNOWN means that the sender died between claim and answer: never sent again by itself.
const (
	ContactPlanned  ContactStatus = "PLANNED"
	ContactClaimed  ContactStatus = "CLAIMED"
	ContactSent     ContactStatus = "SENT"
	ContactDeferred ContactStatus = "DEFERRED"
	ContactRefused  ContactStatus = "REFUSED"
	ContactFailed   ContactStatus = "FAILED"
	ContactUnknown  ContactStatus = "UNKNOWN"
)

// Verdict is what contact law said about one contact, stored before anything is sent, for refusals too.
type Verdict struct {
	Outcome   string    // allow, defer, require or block
	NotBefore time.Time // for defer
	// WindowEnd is when the lawful hours end in which the contact was allowed; zero when no hours bind it. What is handed over must not
	// be delivered after it.
	WindowEnd time.Time
	Rules     []string // the rules that decided
	// RequiredNotices are what the message must carry, or what must be on record, before it may leave (for require); with allow, what
	// goes with it.
	RequiredNotices []string
	PackVersion     string
	InputsHash      string // hex SHA-256 of the canonical inputs
	Inputs          string // the canonical inputs: no personal data
	At              time.Time
}

// Contact is one message to a participant, planned by the ruler or in answer to a payment.
type Contact struct {
	ID         ContactID
	Creditor   CreditorID
	Case       CaseID
	Purpose    Purpose
	Channel    Channel
	Template   string
	Generation int    // of the ruler; 0 for a receipt
	Rung       string // of the ruler; empty for a receipt
	Intent     IntentID
	Status     ContactStatus
	Verdict    Verdict
	PlannedAt  time.Time
	SentAt     time.Time
	ClaimedAt  time.Time
	Revision   int64
}

// RungOutcome is what became of one rung of the ruler.
type RungOutcome string

// The outcomes of a rung. A deferred rung is planned again at its time; all others are final.
const (
	RungPlanned  RungOutcome = "PLANNED"
	RungSent     RungOutcome = "SENT"
	RungDeferred RungOutcome = "DEFERRED"
	RungSkipped  RungOutcome = "SKIPPED" // with a reason
	RungFailed   RungOutcome = "FAILED"
	RungUnknown  RungOutcome = "UNKNOWN"
)

// RungState is the state of one rung in the running generation: for a rung that comes again with each instalment, promise and the like, of
// one time that it comes.
type RungState struct {
	Rung      string
	Outcome   RungOutcome
	Reason    string
	Channel   Channel // of the contact; empty when there was none
	Contact   ContactID
	NotBefore time.Time
	At        time.Time
}

// RulerState is where the reminder ruler of a case stands. Rungs is in the order in which they were decided.
type RulerState struct {
	Generation int // 0 before the first start
	Version    string
	Anchor     calendar.Date // due date of the oldest open debt when the generation started
	// StartedSeq is the event that started the generation, and StartedAt its time: debts placed before it need no further start.
	StartedSeq int64
	StartedAt  time.Time
	Running    bool
	EndReason  string
	// Concluded is what the terminal step asked for; empty before it.
	Concluded TerminalAction
	Rungs     []RungState
}

// Rung finds a rung's state.
func (r RulerState) Rung(name string) (RungState, bool) {
	for _, s := range r.Rungs {
		if s.Rung == name {
			return s, true
		}
	}
	return RungState{}, false
}
