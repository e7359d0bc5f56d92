// Package events is the wire form of the domain events: what the table keeps, what the topic carries and what the hash chain is over.
// Each type has a JSON Schema in schemas/ and a sample in samples/. It imports the standard library only, so that an auditor's program
// can read and verify a case's history without the rest.
//
// A published type never changes: what needs another form becomes a new version beside it.
package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// maxMessage bounds what Parse reads: no event reaches it, since the table holds 400 kB an item and SNS 256 KiB a message.
const maxMessage = 256 << 10

// ErrMalformed says that a text is not an event of the wire form.
var ErrMalformed = errors.New("malformed event")

// Envelope is one event of a case. Encode writes it in one canonical form: the fields in this order, no white space, instants in UTC.
type Envelope struct {
	ID            string          `json:"id"` // caseId-seq
	Type          string          `json:"type"`
	Version       int             `json:"version"`
	Seq           int64           `json:"seq"` // gapless from 1 in a case
	OccurredAt    time.Time       `json:"occurredAt"`
	CreditorID    string          `json:"creditorId"`
	CaseID        string          `json:"caseId"`
	Actor         string          `json:"actor"` // kind:id
	Reason        string          `json:"reason"`
	CausationID   string          `json:"causationId"`
	CorrelationID string          `json:"correlationId"`
	PrevHash      string          `json:"prevHash"` // hash of the event before, empty for the first
	Payload       json.RawMessage `json:"payload"`
}

// New makes the envelope of a payload, which must be one of this package's types: Type, Version, ID and Payload are filled in, the rest
// is the caller's. A payload that is none is ErrMalformed.
func New(from Envelope, payload any) (Envelope, error) {
	t, ok := typeOf(payload)
	if !ok {
		return Envelope{}, fmt.Errorf("%w: %T is no payload", ErrMalformed, payload)
	}
	body, err := marshal(payload)
	if err != nil {
		return Envelope{}, fmt.Errorf("encode payload of %s: %w", t.Name, err)
	}
	from.Type, from.Version, from.Payload = t.Name, t.Version, body
	from.ID = fmt.Sprintf("%s-%d", from.CaseID, from.Seq)
	from.OccurredAt = from.OccurredAt.UTC()
	return from, nil
}

// Encode writes the canonical form.
func (e Envelope) Encode() ([]byte, error) {
	b, err := marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	return b, nil
}

// Parse reads an envelope and demands a known type and version. Unknown fields, trailing data and more than 256 KiB are ErrMalformed.
func Parse(message []byte) (Envelope, error) {
	var e Envelope
	if len(message) > maxMessage {
		return Envelope{}, fmt.Errorf("%w: longer than %d bytes", ErrMalformed, maxMessage)
	}
	if err := strict(message, &e); err != nil {
		return Envelope{}, err
	}
	if _, ok := lookup(e.Type, e.Version); !ok {
		return Envelope{}, fmt.Errorf("%w: unknown type %.64q version %d", ErrMalformed, e.Type, e.Version)
	}
	return e, nil
}

// Open decodes the payload into the Go type of the envelope's type and version and returns it by value, as PaymentPosted{…}.
func (e Envelope) Open() (any, error) {
	t, ok := lookup(e.Type, e.Version)
	if !ok {
		return nil, fmt.Errorf("%w: unknown type %.64q version %d", ErrMalformed, e.Type, e.Version)
	}
	return t.open(e.Payload)
}

// strict decodes exactly one JSON value without unknown fields.
func strict(from []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(from))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: data after the end", ErrMalformed)
	}
	return nil
}

// marshal encodes without the escaping that is meant for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
