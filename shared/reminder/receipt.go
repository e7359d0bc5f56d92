package reminder

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
	"github.com/regua/regua/shared/message"
)

// Paid is what receipt-plan learns of the event payment.posted.
type Paid struct {
	Creditor      collection.CreditorID
	Case          collection.CaseID
	Intent        collection.IntentID
	EventID       string
	OccurredAt    time.Time
	CorrelationID string
}

// ReceiptPlanner is the consumer of receipt-plan: it plans the message that confirms a payment to the participant.
type ReceiptPlanner struct {
	Cases    Cases
	Contacts Contacts
	Queue    Queue
	Now      func() time.Time
}

// Do plans the receipt and queues it. The contact's id follows from the event, so that the same event again plans nothing; it queues the
// contact again while it waits, for a crash may have left that out.
func (p *ReceiptPlanner) Do(ctx context.Context, paid Paid) error {
	sum := sha256.Sum256([]byte("receipt/" + paid.EventID))
	id, err := collection.Mint[collection.ContactNoun](paid.OccurredAt, bytes.NewReader(sum[:]))
	if err != nil {
		return err
	}
	var contact collection.Contact
	err = collection.Redo(func() error {
		d, err := p.Cases.Load(ctx, paid.Creditor, paid.Case)
		if err != nil {
			return err
		}
		contact, err = p.Contacts.LoadContact(ctx, paid.Creditor, paid.Case, id)
		if !errors.Is(err, collection.ErrNotFound) {
			return err
		}
		contact, err = p.plan(ctx, d, paid, id)
		return err
	})
	if err != nil || contact.Status != collection.ContactPlanned {
		return err
	}
	if err := p.Queue.Send(ctx, messageOf(contact)); err != nil {
		return fmt.Errorf("queue contact: %w", err)
	}
	return nil
}

// plan stores the contact. One that the law refuses is stored too, as planned and refused at once, so that the refusal can be proved.
func (p *ReceiptPlanner) plan(
	ctx context.Context, d *collection.Dossier, paid Paid, id collection.ContactID,
) (collection.Contact, error) {
	meta := collection.Meta{
		At: p.Now(), By: collection.System("receipt-plan", paid.Creditor), Reason: "payment posted", CausationID: paid.EventID,
		CorrelationID: paid.CorrelationID,
	}
	plan := collection.ContactPlan{
		Contact: id, Purpose: collection.PurposeReceipt, Channel: collection.ChannelEmail, Template: message.PaymentReceipt, Intent: paid.Intent,
	}
	// The creditor's own packs are asked at hand-over; a receipt answers the person, and so the default ones say the same now.
	verdict, err := ask(collection.Creditor{}, d, plan, nil, meta.At, false)
	if err != nil {
		return collection.Contact{}, err
	}
	plan.Verdict = verdict
	if err := d.Record(meta, plan); err != nil {
		return collection.Contact{}, err
	}
	if verdict.Outcome != compliance.Allow {
		refused := collection.ContactClosed{Contact: id, Status: collection.ContactRefused, Reason: "contact law", Verdict: verdict}
		if err := d.Record(meta, refused); err != nil {
			return collection.Contact{}, err
		}
	}
	if err := p.Cases.Commit(ctx, d); err != nil {
		return collection.Contact{}, fmt.Errorf("commit receipt: %w", err)
	}
	contact, _ := d.Contact(id)
	return *contact, nil
}
