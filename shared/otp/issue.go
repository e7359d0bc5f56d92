package otp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contactmask"
)

// Contracts finds cases by contract.
type Contracts interface {
	// FindContract returns collection.ErrNotFound when the creditor has no such contract.
	FindContract(ctx context.Context, creditor collection.CreditorID, contractHash string) (Lookup, error)
}

// Send is one code to be sent, as a guard counts it.
type Send struct {
	Creditor  collection.CreditorID
	Guard     string
	Challenge collection.ChallengeID
	// Replaces must be the guard's live challenge; zero begins anew.
	Replaces collection.ChallengeID
	At       time.Time
}

// Guards counts sends.
type Guards interface {
	// TakeSend counts a send and makes its challenge the live one, in one conditional write, and returns the guard after it. When the limits
	// or Replaces do not allow it, it returns the guard as it stands and collection.ErrConflict.
	TakeSend(ctx context.Context, send Send) (Guard, error)
}

// Sealer seals a code for the function that sends it.
type Sealer interface {
	SealCode(ctx context.Context, challengeID string, code []byte) ([]byte, error)
}

// Queue takes messages for the sending function.
type Queue interface {
	Send(ctx context.Context, body any) error
}

// Message asks the sending function to send a code. It holds no personal data, and the code sealed.
type Message struct {
	ChallengeID string `json:"challengeId"`
	Creditor    string `json:"creditor"`
	Sealed      []byte `json:"sealed"`
}

// Issuer makes challenges and has their codes sent.
type Issuer struct {
	Creditors  Creditors
	Contracts  Contracts
	Guards     Guards
	Challenges Challenges
	Hashes     Hashes
	MAC        MAC
	Sealer     Sealer
	Queue      Queue
	Now        func() time.Time
	Chance     io.Reader
}

// Claim is who somebody says they are. Document has no punctuation.
type Claim struct {
	Creditor collection.CreditorID
	Document string
	Contract string
	Channel  collection.Channel
}

// Issued is what the caller is told of a challenge.
type Issued struct {
	Creditor    collection.CreditorID
	Challenge   collection.ChallengeID
	Channel     collection.Channel
	Destination string // masked; made up for a claim that is not true
	ExpiresAt   time.Time
	ResendAfter time.Duration
}

// untrue begins the subject of the second guard of a claim without a case, which no case id does.
const untrue = "untrue "

// Request begins a login. It has no principal: who calls is what it is about to find out. An unknown creditor is collection.ErrNotFound; a
// claim that is not true is answered as a true one. A *TooManyError says that the limits of the claim are reached: those of its case never
// show, or two contracts that are refused together would be known to belong together.
func (i *Issuer) Request(ctx context.Context, claim Claim) (Issued, error) {
	if _, err := i.Creditors.Creditor(ctx, claim.Creditor); err != nil {
		return Issued{}, fmt.Errorf("find creditor: %w", err)
	}
	documentHash := i.Hashes.Document(claim.Creditor, claim.Document)
	contractHash := i.Hashes.Contract(claim.Creditor, claim.Contract)
	lookup, err := i.Contracts.FindContract(ctx, claim.Creditor, contractHash)
	if err != nil && !errors.Is(err, collection.ErrNotFound) {
		return Issued{}, fmt.Errorf("find contract: %w", err)
	}
	decoy, err := collection.Mint[collection.CaseNoun](i.Now(), i.Chance)
	if err != nil {
		return Issued{}, err
	}
	seed := [32]byte(i.MAC(purposeDecoy, []byte(claim.Creditor), []byte(contractHash), []byte(documentHash)))
	ch := Challenge{
		Creditor: claim.Creditor, Case: decoy, Channel: claim.Channel, Destination: contactmask.Decoy(seed, string(claim.Channel)),
	}
	together := untrue + contractHash
	if lookup.belongsTo(documentHash) {
		// All contracts of a case share this guard, so that having many multiplies neither guesses nor messages.
		together, ch.Case = lookup.Case.String(), lookup.Case
		if mask := lookup.mask(claim.Channel); mask != "" {
			ch.Known, ch.Destination = true, mask
		}
	}
	ch.Guard = i.Hashes.GuardKey(claim.Creditor, contractHash, documentHash)
	ch.CaseGuard = i.Hashes.GuardKey(claim.Creditor, together, documentHash)
	return i.issue(ctx, ch, collection.ChallengeID{})
}

// Resend replaces the code of a live challenge by a new challenge of the same claim. ErrRejected says that there is no such challenge any
// more, a *TooManyError that it is too early.
func (i *Issuer) Resend(ctx context.Context, creditor collection.CreditorID, id collection.ChallengeID) (Issued, error) {
	old, err := i.Challenges.LoadChallenge(ctx, creditor, id)
	if errors.Is(err, collection.ErrNotFound) {
		return Issued{}, ErrRejected
	}
	if err != nil {
		return Issued{}, fmt.Errorf("load challenge: %w", err)
	}
	if !old.UsedAt.IsZero() || !i.Now().Before(old.CreatedAt.Add(resendLife)) {
		return Issued{}, ErrRejected
	}
	return i.issue(ctx, Challenge{
		Creditor: creditor, Case: old.Case, Known: old.Known, Guard: old.Guard, CaseGuard: old.CaseGuard, Channel: old.Channel,
		Destination: old.Destination,
	}, old.ID)
}

// issue counts the send, stores the challenge and queues its code, in this order: a crash in between costs the participant a wait, never
// an uncounted code.
func (i *Issuer) issue(ctx context.Context, ch Challenge, replaces collection.ChallengeID) (Issued, error) {
	now := i.Now()
	var err error
	if ch.ID, err = collection.Mint[collection.ChallengeNoun](now, i.Chance); err != nil {
		return Issued{}, err
	}
	guard, err := i.Guards.TakeSend(ctx, Send{Creditor: ch.Creditor, Guard: ch.Guard, Challenge: ch.ID, Replaces: replaces, At: now})
	if errors.Is(err, collection.ErrConflict) {
		return Issued{}, refused(guard, replaces, now)
	}
	if err != nil {
		return Issued{}, fmt.Errorf("count send: %w", err)
	}
	code, err := drawCode(i.Chance)
	if err != nil {
		return Issued{}, err
	}
	ch.CodeMAC = macOf(i.MAC, ch.ID, ch.Case, code)
	ch.CreatedAt, ch.ExpiresAt = now, now.Add(CodeLife)
	if err := i.Challenges.PutChallenge(ctx, ch); err != nil {
		return Issued{}, fmt.Errorf("store challenge: %w", err)
	}
	sealed, err := i.Sealer.SealCode(ctx, ch.ID.String(), []byte(code))
	if err != nil {
		return Issued{}, fmt.Errorf("seal code: %w", err)
	}
	if err := i.Queue.Send(ctx, Message{ChallengeID: ch.ID.String(), Creditor: string(ch.Creditor), Sealed: sealed}); err != nil {
		return Issued{}, fmt.Errorf("queue code: %w", err)
	}
	return Issued{
		Creditor: ch.Creditor, Challenge: ch.ID, Channel: ch.Channel, Destination: ch.Destination, ExpiresAt: ch.ExpiresAt,
		ResendAfter: guard.RetryAfter(now),
	}, nil
}

// refused says why a guard refused a send.
func refused(guard Guard, replaces collection.ChallengeID, now time.Time) error {
	if !replaces.IsZero() && guard.Live != replaces {
		return ErrRejected
	}
	// A wait that has just ended while the write was on its way is the shortest there is.
	return &TooManyError{RetryAfter: max(guard.RetryAfter(now), time.Second)}
}
