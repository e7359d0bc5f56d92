package reminder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
	"github.com/regua/regua/shared/message"
)

const (
	// sendTimeout bounds a channel's answer, well below the time of the function, so that what became of the contact can still be stored.
	sendTimeout = 10 * time.Second
	// claimLife is how long a claim may be another sender's that is still at work: twice the longest run of the function.
	claimLife = time.Minute
	// capKept is how many days of contacts a person's record holds: those that contact law counts.
	capKept = 7
	// maxReason bounds what a channel's error may add to a case's history.
	maxReason = 120
)

// Sender is the consumer of contact-send: it hands planned contacts over, each at most once.
type Sender struct {
	Cases     Cases
	Creditors Creditors
	Contacts  Contacts
	Intents   Intents
	Caps      Caps
	Vault     Vault
	Mail      message.Mailer
	Machine   Machine
	Again     Later
	PortalURL string // without a trailing slash
	Now       func() time.Time
	Chance    io.Reader
}

// Do claims a contact, asks the law again, hands it over and stores what became of it. A contact that was claimed before and never settled
// is closed as UNKNOWN: whether it left nobody can tell, so it is not sent again. One that is settled is left alone.
func (s *Sender) Do(ctx context.Context, msg Message) error {
	at, err := parseMessage(msg)
	if err != nil {
		return err
	}
	var mail *message.Email
	if err := collection.Redo(func() error {
		mail, err = s.take(ctx, at)
		return err
	}); err != nil || mail == nil {
		return err
	}
	sending, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	return s.settle(ctx, at, s.Mail.SendEmail(sending, *mail))
}

// place names a contact.
type place struct {
	creditor collection.CreditorID
	caseID   collection.CaseID
	contact  collection.ContactID
}

func parseMessage(msg Message) (place, error) {
	creditor, caseID, err := parseCase(msg.Creditor, msg.CaseID)
	if err != nil {
		return place{}, err
	}
	contact, err := collection.ParseID[collection.ContactNoun](msg.ContactID)
	if err != nil {
		return place{}, fmt.Errorf("contact: %w", err)
	}
	return place{creditor, caseID, contact}, nil
}

// handing is one contact with its case, loaded to be changed.
type handing struct {
	dossier *collection.Dossier
	contact collection.Contact
	meta    collection.Meta
}

// load reads the case before the contact: what changes the contact in between makes the commit a conflict.
func (s *Sender) load(ctx context.Context, at place) (handing, error) {
	d, err := s.Cases.Load(ctx, at.creditor, at.caseID)
	if err != nil {
		return handing{}, err
	}
	contact, err := s.Contacts.LoadContact(ctx, at.creditor, at.caseID, at.contact)
	if err != nil {
		return handing{}, fmt.Errorf("load contact: %w", err)
	}
	d.Contacts = append(d.Contacts, contact)
	return handing{d, contact, collection.Meta{
		At: s.Now(), By: collection.System("contact-send", at.creditor), CorrelationID: contact.ID.String(),
	}}, nil
}

// take claims a contact that may leave and returns its message, or nil when there is nothing to send.
func (s *Sender) take(ctx context.Context, at place) (*message.Email, error) {
	h, err := s.load(ctx, at)
	if err != nil {
		return nil, err
	}
	switch h.contact.Status {
	case collection.ContactPlanned:
	case collection.ContactClaimed:
		if h.meta.At.Sub(h.contact.ClaimedAt) < claimLife {
			return nil, fmt.Errorf("%w: contact is being sent", collection.ErrUnavailable)
		}
		return nil, s.close(ctx, h, collection.ContactClosed{Status: collection.ContactUnknown, Reason: "sender died"})
	case collection.ContactDeferred: // a crash may have left the start of its generation out
		return nil, s.wake(ctx, h)
	default:
		return nil, nil
	}
	if !stands(h.dossier, h.contact) {
		return nil, s.close(ctx, h, collection.ContactClosed{Status: collection.ContactRefused, Reason: "ruler ended"})
	}
	return s.claim(ctx, h)
}

// wake starts the generation that looks at a rung's deferred contact in its time: the one before it sleeps until something else is due.
func (s *Sender) wake(ctx context.Context, h handing) error {
	if h.contact.Rung == "" || !h.dossier.Case.Ruler.Running {
		return nil
	}
	return s.Machine.start(ctx, h.dossier.Case)
}

// claim asks the law and, when it allows, writes the message and claims the contact with the person's cap, all before anything leaves.
func (s *Sender) claim(ctx context.Context, h handing) (*message.Email, error) {
	var days []calendar.Date
	var version int64
	capped := h.contact.Rung != ""
	if capped {
		var err error
		if days, version, err = s.Caps.Cap(ctx, h.dossier.Case.PersonKey); err != nil {
			return nil, fmt.Errorf("load contact cap: %w", err)
		}
	}
	creditor, err := s.Creditors.Creditor(ctx, h.dossier.Case.Creditor)
	if err != nil {
		return nil, fmt.Errorf("find creditor: %w", err)
	}
	reason, later := moot(h.dossier, creditor.Ruler, h.contact, h.meta.At)
	if later { // the law would refuse for good what a notice has to say after the pause
		return nil, s.close(ctx, h, collection.ContactClosed{Status: collection.ContactDeferred, Reason: reason})
	}
	what := collection.ContactPlan{Channel: h.contact.Channel, Purpose: h.contact.Purpose, Template: h.contact.Template}
	verdict, err := ask(creditor, h.dossier, what, days, h.meta.At, true)
	if err != nil {
		return nil, err
	}
	switch verdict.Outcome {
	case compliance.Allow:
		if reason != "" {
			return nil, s.close(ctx, h, collection.ContactClosed{Status: collection.ContactRefused, Reason: reason})
		}
	case compliance.Defer:
		return nil, s.close(ctx, h, collection.ContactClosed{Status: collection.ContactDeferred, Verdict: verdict})
	default:
		return nil, s.close(ctx, h, collection.ContactClosed{Status: collection.ContactRefused, Reason: "contact law", Verdict: verdict})
	}
	mail, with, err := s.compose(ctx, h, creditor)
	if errors.Is(err, message.ErrTemplate) || errors.Is(err, errNoAddress) {
		return nil, s.close(ctx, h, collection.ContactClosed{Status: collection.ContactFailed, Reason: err.Error()})
	}
	if err != nil {
		return nil, err
	}
	if capped {
		with = append(with, collection.CapTaken{
			PersonKey: h.dossier.Case.PersonKey, Version: version, Days: taken(days, compliance.Day(h.dossier.Case.UF, h.meta.At)),
		})
	}
	if err := h.dossier.Record(h.meta, collection.ContactClaim{Contact: h.contact.ID, Verdict: verdict}); err != nil {
		return nil, err
	}
	if err := s.Cases.Commit(ctx, h.dossier, with...); err != nil {
		return nil, fmt.Errorf("commit claim of contact: %w", err)
	}
	return &mail, nil
}

// taken is a person's record with one more day, without those that count no more.
func taken(days []calendar.Date, today calendar.Date) []calendar.Date {
	kept := slices.DeleteFunc(slices.Clone(days), func(d calendar.Date) bool { return d.DaysUntil(today) >= capKept })
	kept = append(kept, today)
	slices.SortFunc(kept, calendar.Date.Compare)
	return kept
}

func (s *Sender) close(ctx context.Context, h handing, closed collection.ContactClosed, with ...collection.Companion) error {
	closed.Contact = h.contact.ID
	h.meta.Reason = closed.Reason
	if err := h.dossier.Record(h.meta, closed); err != nil {
		return err
	}
	ruler := h.dossier.Case.Ruler
	again := closed.Status == collection.ContactDeferred && h.contact.Rung != "" && ruler.Running
	if again {
		h.meta.Reason = EndDeferred
		if err := follow(h.dossier, h.meta, ruler.Version); err != nil {
			return err
		}
	}
	if err := s.Cases.Commit(ctx, h.dossier, with...); err != nil {
		return fmt.Errorf("commit outcome of contact: %w", err)
	}
	if again {
		return s.wake(ctx, h)
	}
	return nil
}

// settle stores what a channel answered. A reminder that the channel did not take gives the person's cap back and is planned again; an
// answer that leaves open whether the message is on its way makes the contact UNKNOWN.
func (s *Sender) settle(ctx context.Context, at place, answer error) error {
	return collection.Redo(func() error {
		h, err := s.load(ctx, at)
		if err != nil {
			return err
		}
		if h.contact.Status != collection.ContactClaimed && h.contact.Status != collection.ContactUnknown {
			return nil
		}
		closed := collection.ContactClosed{Status: collection.ContactSent}
		var with []collection.Companion
		switch {
		case answer == nil:
		case errors.Is(answer, message.ErrNotTaken) && h.contact.Rung != "":
			closed.Status = collection.ContactDeferred
			if with, err = s.giveBack(ctx, h); err != nil {
				return err
			}
		case errors.Is(answer, message.ErrNotTaken), errors.Is(answer, collection.ErrRefused):
			closed.Status = collection.ContactFailed
		default:
			closed.Status = collection.ContactUnknown
			if h.contact.Status == collection.ContactUnknown {
				return nil
			}
		}
		if answer != nil {
			closed.Reason = answer.Error()
			closed.Reason = closed.Reason[:min(len(closed.Reason), maxReason)]
		}
		return s.close(ctx, h, closed, with...)
	})
}

// giveBack takes the day of a message that did not leave out of the person's record.
func (s *Sender) giveBack(ctx context.Context, h handing) ([]collection.Companion, error) {
	days, version, err := s.Caps.Cap(ctx, h.dossier.Case.PersonKey)
	if err != nil {
		return nil, fmt.Errorf("load contact cap: %w", err)
	}
	i := slices.Index(days, compliance.Day(h.dossier.Case.UF, h.contact.ClaimedAt))
	if i < 0 {
		return nil, nil
	}
	days = slices.Delete(slices.Clone(days), i, i+1)
	return []collection.Companion{collection.CapTaken{PersonKey: h.dossier.Case.PersonKey, Version: version, Days: days}}, nil
}
