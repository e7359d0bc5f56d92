// Package callout tells a creditor's own system of the events that the creditor's file asks for, as Standard Webhooks lays down: signed,
// repeated with growing delays until it is taken, and under the event's id, so that the receiver knows what it has already.
package callout

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/websign"
)

// MaxWait is the longest that a queue holds a message back (DelaySeconds of SQS); what waits for longer is put back more than once.
const MaxWait = 15 * time.Minute

// MaxTries is how often an event is told before it is given up, the last time 70 hours and 51 minutes after the first.
const MaxTries = 14

// delay stands between a try that failed, counted from 1, and the next.
func delay(try int) time.Duration {
	return [MaxTries - 1]time.Duration{
		time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 4 * time.Hour,
		6 * time.Hour, 8 * time.Hour, 12 * time.Hour, 14 * time.Hour, 20 * time.Hour,
	}[try-1]
}

// MetricFailed counts the tries that failed.
const MetricFailed = "failedWebhooks"

// Event is one event on its way to its creditor.
type Event struct {
	Creditor      collection.CreditorID
	ID            string
	Type          string
	Body          []byte // the event's wire form, which is posted as it stands
	CorrelationID string
	Tries         int       // so far
	NotBefore     time.Time // the next one; zero is now
}

// Step says what becomes of an event.
type Step string

// The steps.
const (
	Done   Step = "done"   // told, or nobody asked for it
	Later  Step = "later"  // to be put back for Wait
	GiveUp Step = "giveUp" // to be set aside for people
)

// Next is what becomes of an event, and with what count it is put back.
type Next struct {
	Step      Step
	Tries     int
	NotBefore time.Time
	Wait      time.Duration // at most MaxWait
}

// Creditors loads creditors.
type Creditors interface {
	Creditor(ctx context.Context, id collection.CreditorID) (collection.Creditor, error)
}

// Secrets gives what webhooks to a creditor are signed with, the newer first.
type Secrets interface {
	Webhook(ctx context.Context, creditor collection.CreditorID) ([]string, error)
}

// Poster posts a body and returns the answer's status. It must follow no redirect, take at most five seconds, and tell in its error neither
// address nor body.
type Poster interface {
	Post(ctx context.Context, url string, header http.Header, body []byte) (status int, err error)
}

// Notifier tells creditors' systems of events.
type Notifier struct {
	Creditors Creditors
	Secrets   Secrets
	Poster    Poster
	Now       func() time.Time
	Count     func(ctx context.Context, metric string)
	Log       *slog.Logger
}

// Do makes the next try of an event that is due, and says what becomes of it. An error is a fault of this side; nothing was posted then.
func (n *Notifier) Do(ctx context.Context, e Event) (Next, error) {
	if wait := e.NotBefore.Sub(n.Now()); wait > 0 {
		return Next{Step: Later, Tries: e.Tries, NotBefore: e.NotBefore, Wait: min(wait, MaxWait)}, nil
	}
	creditor, err := n.Creditors.Creditor(ctx, e.Creditor)
	if err != nil {
		return Next{}, fmt.Errorf("load creditor: %w", err)
	}
	if !Wanted(creditor, e.Type) {
		return Next{Step: Done}, nil
	}
	secrets, err := n.Secrets.Webhook(ctx, creditor.ID)
	if err != nil && !errors.Is(err, collection.ErrNotFound) {
		return Next{}, fmt.Errorf("load secret: %w", err)
	}
	if err == nil {
		err = Post(ctx, n.Poster, creditor.Webhooks.URL, secrets, e.ID, n.Now(), e.Body)
	}
	if err == nil {
		return Next{Step: Done}, nil
	}
	return n.failed(ctx, e, err), nil
}

// failed decides when an event that was not taken is told again.
func (n *Notifier) failed(ctx context.Context, e Event, why error) Next {
	n.Count(ctx, MetricFailed)
	next := Next{Step: GiveUp, Tries: e.Tries + 1}
	if next.Tries < MaxTries {
		wait := delay(next.Tries)
		next = Next{Step: Later, Tries: next.Tries, NotBefore: n.Now().Add(wait), Wait: min(wait, MaxWait)}
	}
	n.Log.WarnContext(ctx, "webhook not taken", "correlationId", e.CorrelationID, "creditorId", string(e.Creditor), "eventId", e.ID,
		"try", next.Tries, "next", string(next.Step), "error", why)
	return next
}

// Wanted reports whether a creditor's system is to be told of events of a type.
func Wanted(creditor collection.Creditor, eventType string) bool {
	return creditor.Webhooks.URL != "" && slices.Contains(creditor.Webhooks.Events, eventType)
}

// Post signs a body under every secret and posts it once. The error says why it was not taken; it is none after any status of 200 to 299.
func Post(ctx context.Context, p Poster, url string, secrets []string, id string, at time.Time, body []byte) error {
	var signatures []string
	for _, secret := range secrets {
		signature, err := websign.Sign(secret, id, at, body)
		if err != nil {
			return fmt.Errorf("sign webhook: %w", err)
		}
		signatures = append(signatures, signature)
	}
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	header.Set("User-Agent", "Regua-Webhooks/1")
	header.Set(websign.HeaderID, id)
	header.Set(websign.HeaderTimestamp, strconv.FormatInt(at.Unix(), 10))
	header.Set(websign.HeaderSignature, strings.Join(signatures, " "))
	status, err := p.Post(ctx, url, header, body)
	if err != nil {
		return fmt.Errorf("post webhook: %w", err)
	}
	if status < http.StatusOK || status >= http.StatusMultipleChoices {
		return fmt.Errorf("post webhook: answered with status %d", status)
	}
	return nil
}
