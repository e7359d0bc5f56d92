package dynamo

import (
	"fmt"
	"strings"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/collection"
)

// encodeEvent writes an event's canonical wire form and the hash that links it to the event before it.
func encodeEvent(
	creditor collection.CreditorID, id collection.CaseID, prevHash string, r collection.Recorded,
) (doc []byte, hash string, err error) {
	payload, err := payloadOf(r.Event)
	if err != nil {
		return nil, "", err
	}
	envelope, err := events.New(events.Envelope{
		Seq: r.Seq, OccurredAt: r.At, CreditorID: string(creditor), CaseID: id.String(), Actor: r.By.Actor(), Reason: r.Reason,
		CausationID: r.CausationID, CorrelationID: r.CorrelationID, PrevHash: prevHash,
	}, payload)
	if err != nil {
		return nil, "", err
	}
	if doc, err = envelope.Encode(); err != nil {
		return nil, "", err
	}
	return doc, events.Hash(prevHash, doc), nil
}

// DecodeEvent reads an event's canonical wire form. The principal's roles are not on the wire.
func DecodeEvent(doc []byte) (collection.Recorded, error) {
	e, err := events.Parse(doc)
	if err != nil {
		return collection.Recorded{}, err
	}
	p := &parser{}
	creditor, err := collection.ParseCreditorID(e.CreditorID)
	if err != nil {
		return collection.Recorded{}, fmt.Errorf("event %.64q: %w", e.ID, err)
	}
	var id collection.CaseID
	parseInto(p, e.CaseID, &id)
	by, err := principalOf(e.Actor, creditor, id)
	if err != nil {
		return collection.Recorded{}, fmt.Errorf("event %.64q: %w", e.ID, err)
	}
	payload, err := e.Open()
	if err != nil {
		return collection.Recorded{}, fmt.Errorf("event %.64q: %w", e.ID, err)
	}
	event := eventOf(p, payload)
	if p.err != nil {
		return collection.Recorded{}, fmt.Errorf("event %.64q: %w", e.ID, p.err)
	}
	return collection.Recorded{
		Meta: collection.Meta{At: e.OccurredAt.UTC(), By: by, Reason: e.Reason, CausationID: e.CausationID, CorrelationID: e.CorrelationID},
		Seq:  e.Seq, Event: event,
	}, nil
}

// principalOf reads who acted out of "kind:id" and the case that the event is of.
func principalOf(actor string, creditor collection.CreditorID, id collection.CaseID) (collection.Principal, error) {
	kind, name, ok := strings.Cut(actor, ":")
	if !ok {
		return collection.Principal{}, fmt.Errorf("%w: actor without a kind", collection.ErrInvalid)
	}
	p := collection.Principal{Kind: collection.PrincipalKind(kind), ID: name, Creditor: creditor}
	switch p.Kind {
	case collection.KindParticipant:
		p.Case = id
	case collection.KindStaff, collection.KindPartner, collection.KindProvider, collection.KindCreditor, collection.KindSystem:
	default:
		return collection.Principal{}, fmt.Errorf("%w: actor of unknown kind", collection.ErrInvalid)
	}
	return p, nil
}
