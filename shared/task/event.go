package task

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/reminder"
)

// published is an event as a queue hands it over: the topic's message itself.
type published events.Envelope

// Correlation is what log lines about the event are found by.
func (p published) Correlation() string { return p.CorrelationID }

// Event makes a function that a queue of published events feeds.
func Event[E any](
	name string, log *slog.Logger, read func(events.Envelope) (E, error), f func(ctx context.Context, event E) error,
) lambda.Handler {
	return Queue(name, log, func(ctx context.Context, msg published, _ Delivery) error {
		event, err := read(events.Envelope(msg))
		if err != nil {
			return fmt.Errorf("read event %s: %w", msg.ID, err)
		}
		return f(ctx, event)
	})
}

// RulerCause reads the events that a reminder ruler stands on: debts that were placed and what else changes it. One that changes nothing
// is a zero Placed.
func RulerCause(e events.Envelope) (reminder.Placed, error) {
	payload, creditor, id, err := open[any](e)
	if err != nil {
		return reminder.Placed{}, err
	}
	placed := reminder.Placed{Creditor: creditor, Case: id, Seq: e.Seq, EventID: e.ID, CorrelationID: e.CorrelationID}
	switch p := payload.(type) {
	case events.DebtsPlaced:
		for _, debt := range p.Debts {
			debtID, err := collection.ParseID[collection.DebtNoun](debt.DebtID)
			if err != nil {
				return reminder.Placed{}, err
			}
			placed.Debts = append(placed.Debts, debtID)
		}
	case events.ContactPointChanged:
		if p.Quality != string(collection.PointDead) {
			return reminder.Placed{}, nil
		}
	case events.PaymentReturned:
		if len(p.ReopenedDebtIDs) == 0 {
			return reminder.Placed{}, nil
		}
	case events.ContractSigned:
		placed.Signed = true
	case events.DebtsMoved, events.PauseLifted, events.AgreementEnded, events.PromiseMade, events.PromiseKept,
		events.PromiseWithdrawn:
	default:
		return reminder.Placed{}, fmt.Errorf("%w: event of type %s", collection.ErrInvalid, e.Type)
	}
	return placed, nil
}

// PaymentPosted reads payment.posted for the participant's receipt.
func PaymentPosted(e events.Envelope) (reminder.Paid, error) {
	payload, creditor, id, err := open[events.PaymentPosted](e)
	if err != nil {
		return reminder.Paid{}, err
	}
	intent, err := collection.ParseID[collection.IntentNoun](payload.PaymentIntentID)
	if err != nil {
		return reminder.Paid{}, err
	}
	return reminder.Paid{
		Creditor: creditor, Case: id, Intent: intent, EventID: e.ID, OccurredAt: e.OccurredAt, CorrelationID: e.CorrelationID,
	}, nil
}

// RefundOrdered reads payment.refund_requested for the sending of refunds.
func RefundOrdered(e events.Envelope) (payment.Ordered, error) {
	payload, creditor, id, err := open[events.RefundRequested](e)
	if err != nil {
		return payment.Ordered{}, err
	}
	agreement, err := collection.ParseID[collection.AgreementNoun](payload.AgreementID)
	if err != nil {
		return payment.Ordered{}, err
	}
	return payment.Ordered{
		Creditor: creditor, Case: id, Agreement: agreement, Refund: payload.RefundID, EventID: e.ID, CorrelationID: e.CorrelationID,
	}, nil
}

// open reads an event's payload and whose it is.
func open[P any](e events.Envelope) (payload P, creditor collection.CreditorID, id collection.CaseID, err error) {
	opened, err := e.Open()
	if err != nil {
		return payload, "", id, err
	}
	payload, ok := opened.(P)
	if !ok {
		return payload, "", id, fmt.Errorf("%w: event of type %s", collection.ErrInvalid, e.Type)
	}
	if creditor, err = collection.ParseCreditorID(e.CreditorID); err != nil {
		return payload, "", id, err
	}
	id, err = collection.ParseID[collection.CaseNoun](e.CaseID)
	return payload, creditor, id, err
}
