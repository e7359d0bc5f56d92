package otp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
)

// Unsealer opens what Sealer sealed.
type Unsealer interface {
	OpenCode(ctx context.Context, challengeID string, sealed []byte) ([]byte, error)
}

// Outgoing knows which codes may still go out.
type Outgoing interface {
	// LiveChallenge is the live challenge of a guard, zero when there is none.
	LiveChallenge(ctx context.Context, creditor collection.CreditorID, guard string) (collection.ChallengeID, error)
	// ClaimCode marks the code of a challenge as sent, once, and counts it at its case guard; collection.ErrConflict when it was marked
	// before or MaxCaseSends are reached.
	ClaimCode(ctx context.Context, ch Challenge, now time.Time) error
}

// Cases loads cases.
type Cases interface {
	Load(ctx context.Context, creditor collection.CreditorID, id collection.CaseID) (*collection.Dossier, error)
}

// Vault opens personal data.
type Vault interface {
	OpenParticipant(ctx context.Context, c collection.Case) (collection.Participant, error)
}

// CodeChannel writes the message of a code that stands for so many minutes, and hands it over by the channel that the participant chose.
type CodeChannel interface {
	SendCode(ctx context.Context, to string, channel collection.Channel, creditor collection.Creditor, code string, minutes int) error
}

// codeMinutes is CodeLife as the message says it.
const codeMinutes = int(CodeLife / time.Minute)

// Sender sends the codes that Issuer queued.
type Sender struct {
	Challenges Challenges
	Outgoing   Outgoing
	Unsealer   Unsealer
	Cases      Cases
	Vault      Vault
	Creditors  Creditors
	Channel    CodeChannel
	Now        func() time.Time
}

// Send sends one code, at most once: the challenge is marked before the channel is asked, so that a message delivered twice, or a channel
// that fails late, never makes two. What leads nowhere (a claim that was not true, a code expired, used or replaced) is dropped, and so is
// what comes after MaxCaseSends: here, behind the queue, where whoever asked for the code cannot see it.
func (s *Sender) Send(ctx context.Context, m Message) error {
	ch, err := s.sendable(ctx, m)
	if err != nil || ch == nil {
		return err
	}
	code, err := s.Unsealer.OpenCode(ctx, m.ChallengeID, m.Sealed)
	if err != nil {
		return fmt.Errorf("open code: %w", err)
	}
	creditor, err := s.Creditors.Creditor(ctx, ch.Creditor)
	if err != nil {
		return fmt.Errorf("find creditor: %w", err)
	}
	to, err := s.address(ctx, *ch)
	if err != nil {
		return err
	}
	if to == "" { // the address was taken off the file since
		return nil
	}
	if err := s.Outgoing.ClaimCode(ctx, *ch, s.Now()); errors.Is(err, collection.ErrConflict) {
		return nil
	} else if err != nil {
		return fmt.Errorf("claim code: %w", err)
	}
	if err := s.Channel.SendCode(ctx, to, ch.Channel, creditor, string(code), codeMinutes); err != nil {
		return fmt.Errorf("hand over code: %w", err)
	}
	return nil
}

// sendable loads the challenge of a message, nil when its code must not go out.
func (s *Sender) sendable(ctx context.Context, m Message) (*Challenge, error) {
	creditor, err := collection.ParseCreditorID(m.Creditor)
	if err != nil {
		return nil, err
	}
	id, err := collection.ParseID[collection.ChallengeNoun](m.ChallengeID)
	if err != nil {
		return nil, err
	}
	ch, err := s.Challenges.LoadChallenge(ctx, creditor, id)
	if errors.Is(err, collection.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load challenge: %w", err)
	}
	if !ch.Known || !ch.UsedAt.IsZero() || !ch.SentAt.IsZero() || !s.Now().Before(ch.ExpiresAt) {
		return nil, nil
	}
	live, err := s.Outgoing.LiveChallenge(ctx, creditor, ch.Guard)
	if err != nil {
		return nil, fmt.Errorf("find live challenge: %w", err)
	}
	if live != ch.ID {
		return nil, nil
	}
	return &ch, nil
}

func (s *Sender) address(ctx context.Context, ch Challenge) (string, error) {
	dossier, err := s.Cases.Load(ctx, ch.Creditor, ch.Case)
	if err != nil {
		return "", fmt.Errorf("load case: %w", err)
	}
	participant, err := s.Vault.OpenParticipant(ctx, dossier.Case)
	if err != nil {
		return "", fmt.Errorf("open participant: %w", err)
	}
	switch ch.Channel {
	case collection.ChannelEmail:
		return participant.Email, nil
	case collection.ChannelSMS:
		return participant.Phone, nil
	default:
		return "", fmt.Errorf("%w: channel %q", collection.ErrInvalid, ch.Channel)
	}
}
