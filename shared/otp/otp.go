// Package otp proves who a participant is by contract data and a one-time code, and opens a session.
//
// Whoever asks learns nothing from the answer: unknown contracts take the same calls, writes and limits as known ones, and end in a
// challenge that no code solves.
package otp

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"github.com/regua/regua/shared/collection"
)

// The limits of one-time codes. NIST SP 800-63B rev 4 allows codes of 10 minutes and wants failures to outlive a new code; a code of 8
// digits that takes 10 guesses a day is guessed by chance once in 27,000 years of trying.
const (
	// CodeLife is how long a code counts.
	CodeLife = 5 * time.Minute
	// MaxTries is how many guesses one challenge takes.
	MaxTries = 5
	// MaxWrong is how many wrong codes a case takes in Window, over all its contracts and challenges.
	MaxWrong = 10
	// MaxSends is how many codes are asked for with one claim in Window.
	MaxSends = 5
	// MaxCaseSends is how many codes reach a case's participant in Window, over all its contracts; what is asked for beyond is not sent.
	MaxCaseSends = 10
	// Window is the rolling time in which wrong codes and sends are counted.
	Window = 24 * time.Hour
	// resendLife is how long a challenge may be sent again; whoever comes later begins anew.
	resendLife = 30 * time.Minute
)

// Cooldowns are the waits after the first, the second and every further code of a Window.
func Cooldowns() [3]time.Duration {
	return [3]time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute}
}

// ErrRejected says that a challenge or code does not count: wrong, expired, used, replaced, locked or never made. Which of them is never
// told.
var ErrRejected = errors.New("code rejected")

// TooManyError says that no code is sent before RetryAfter has passed; it is more than zero and at most Window.
type TooManyError struct{ RetryAfter time.Duration }

// Error implements error.
func (e *TooManyError) Error() string { return "too many codes" }

// Lookup is what a contract number leads to. A mask is empty when there is no such address on file.
type Lookup struct {
	Case         collection.CaseID
	DocumentHash string
	EmailMask    string
	PhoneMask    string
}

// mask is what may be shown of the channel's address, empty when there is none.
func (l Lookup) mask(channel collection.Channel) string {
	switch channel {
	case collection.ChannelEmail:
		return l.EmailMask
	case collection.ChannelSMS:
		return l.PhoneMask
	default: // no codes go out by the others
		return ""
	}
}

// belongsTo reports, in a time that does not depend on the outcome, whether the contract is that document's.
func (l Lookup) belongsTo(documentHash string) bool {
	return subtle.ConstantTimeCompare([]byte(l.DocumentHash), []byte(documentHash)) == 1
}

// Challenge is one attempt to log in. A challenge that is not Known leads nowhere, whatever code is given; its Case may be made up.
type Challenge struct {
	ID          collection.ChallengeID
	Creditor    collection.CreditorID
	Case        collection.CaseID
	Known       bool
	Guard       string // key of its claim's guard, on which the answers to further requests rest
	CaseGuard   string // key of the guard of all claims of its case, which no answer to a request rests on
	Channel     collection.Channel
	Destination string // masked
	CodeMAC     []byte
	CreatedAt   time.Time
	ExpiresAt   time.Time
	Tries       int
	UsedAt      time.Time // zero until the code was given
	SentAt      time.Time // zero until the code was handed to the channel
}

// Guard counts what is limited per claim. Times are newest first.
type Guard struct {
	Live  collection.ChallengeID // the only challenge whose code counts
	Sends []time.Time            // at most MaxSends
	Wrong []time.Time            // at most MaxWrong
	// Proven says that the last code sent came back: whoever asks again is its owner and need not cool down.
	Proven bool
}

// RetryAfter is how long until the next code may be sent, zero for now.
func (g Guard) RetryAfter(now time.Time) time.Duration {
	sent := 0
	for _, at := range g.Sends {
		if at.After(now.Add(-Window)) {
			sent++
		}
	}
	var wait time.Duration
	if cooldowns := Cooldowns(); sent > 0 && !g.Proven {
		wait = g.Sends[0].Add(cooldowns[min(sent, len(cooldowns))-1]).Sub(now)
	}
	if sent >= MaxSends {
		wait = max(wait, g.Sends[MaxSends-1].Add(Window).Sub(now))
	}
	if len(g.Wrong) >= MaxWrong {
		wait = max(wait, g.Wrong[MaxWrong-1].Add(Window).Sub(now))
	}
	return max(wait, 0)
}

// Creditors finds creditors.
type Creditors interface {
	// Creditor returns collection.ErrNotFound for an unknown one.
	Creditor(ctx context.Context, id collection.CreditorID) (collection.Creditor, error)
}

// Hashes makes the keyed hashes under which things are found.
type Hashes interface {
	Document(creditor collection.CreditorID, document string) string
	Contract(creditor collection.CreditorID, contract string) string
	GuardKey(creditor collection.CreditorID, subject, documentHash string) string
}

// Challenges keeps challenges.
type Challenges interface {
	PutChallenge(ctx context.Context, ch Challenge) error
	// LoadChallenge returns collection.ErrNotFound when there is none.
	LoadChallenge(ctx context.Context, creditor collection.CreditorID, id collection.ChallengeID) (Challenge, error)
}

// MAC authenticates data under a key of the deployment, apart for each purpose.
type MAC func(purpose string, data ...[]byte) []byte

// Purposes of the deployment's keys in this package.
const (
	purposeCode  = "code"
	purposeDecoy = "mask"
)
