package task

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/callout"
	"github.com/regua/regua/shared/collection"
)

// announcement is a published event as its queue hands it over, and how it went so far when it was put back.
type announcement struct {
	events.Envelope
	Tries     int       `json:"tries,omitempty"`
	NotBefore time.Time `json:"notBefore,omitzero"`
}

// Correlation is what log lines about the event are found by.
func (a announcement) Correlation() string { return a.CorrelationID }

// Later puts a message on a queue that holds it back for a while, of at most callout.MaxWait.
type Later interface {
	SendAfter(ctx context.Context, body any, wait time.Duration) error
}

// Announce makes a function that a queue of published events feeds and that tells creditors' systems of them. An event that is not taken is
// put back into again with its count, and set aside in dead, as it was published, when it is given up.
func Announce(
	name string, log *slog.Logger, again, dead Later, f func(ctx context.Context, e callout.Event) (callout.Next, error),
) lambda.Handler {
	return Queue(name, log, func(ctx context.Context, msg announcement, _ Delivery) error {
		event, err := msg.event()
		if err != nil {
			return fmt.Errorf("read event %s: %w", msg.ID, err)
		}
		next, err := f(ctx, event)
		if err != nil {
			return err
		}
		switch next.Step {
		case callout.Later:
			return again.SendAfter(ctx, announcement{msg.Envelope, next.Tries, next.NotBefore}, next.Wait)
		case callout.GiveUp:
			return dead.SendAfter(ctx, msg.Envelope, 0)
		case callout.Done:
		}
		return nil
	})
}

func (a announcement) event() (callout.Event, error) {
	creditor, err := collection.ParseCreditorID(a.CreditorID)
	if err != nil {
		return callout.Event{}, err
	}
	if _, err := a.Open(); err != nil {
		return callout.Event{}, err
	}
	body, err := a.Encode()
	if err != nil {
		return callout.Event{}, err
	}
	return callout.Event{
		Creditor: creditor, ID: a.ID, Type: a.Type, Body: body, CorrelationID: a.CorrelationID, Tries: a.Tries, NotBefore: a.NotBefore,
	}, nil
}
