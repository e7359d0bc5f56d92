package dynamo

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
)

// markerKey names the events of a marker in its sort key, so that the keys-only index tells all.
func markerKey(m collection.Marker) key {
	return caseChild(m.Creditor, m.Case, markerPrefix+padded(m.First)+"-"+padded(m.Last))
}

func readMarker(k key) (collection.Marker, error) {
	var m collection.Marker
	p := &parser{}
	creditor, id, _ := strings.Cut(k.pk, "#CASE#")
	first, last, _ := strings.Cut(strings.TrimPrefix(k.sk, markerPrefix), "-")
	m.Creditor = collection.CreditorID(creditor)
	parseInto(p, id, &m.Case)
	var err error
	if m.First, err = strconv.ParseInt(first, 10, 64); err != nil {
		p.fail("first", err)
	}
	if m.Last, err = strconv.ParseInt(last, 10, 64); err != nil {
		p.fail("last", err)
	}
	if p.err != nil {
		return collection.Marker{}, fmt.Errorf("read outbox marker: %w", p.err)
	}
	return m, nil
}

// PendingMarkers finds markers of a shard, 0 to contract.PendingShards-1, that were written before a time; oldest first.
func (s *Store) PendingMarkers(ctx context.Context, shard int, before time.Time, limit int) ([]collection.Marker, error) {
	keys, err := s.pending(ctx, pendingOutbox, shard, before, limit)
	if err != nil {
		return nil, err
	}
	markers := make([]collection.Marker, 0, len(keys))
	for _, k := range keys {
		m, err := readMarker(k)
		if err != nil {
			return nil, err
		}
		markers = append(markers, m)
	}
	return markers, nil
}

// pending finds work of a kind in the sparse index.
func (s *Store) pending(ctx context.Context, kind string, shard int, before time.Time, limit int) ([]key, error) {
	out, err := s.client.Query(ctx, &dynamodb.QueryInput{
		TableName: aws.String(s.table), IndexName: aws.String(contract.IndexPending), Limit: aws.Int32(int32(limit)),
		KeyConditionExpression: aws.String(attrPendingShard + " = :shard AND " + attrPendingSince + " < :before"),
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":shard": text(shardName(kind, shard)), ":before": instant(before),
		},
	})
	if err != nil {
		return nil, fmt.Errorf("find pending %s: %w", strings.ToLower(kind), translate(err))
	}
	keys := make([]key, 0, len(out.Items))
	for _, it := range out.Items {
		r := read(it)
		keys = append(keys, r.key())
		if r.err != nil {
			return nil, fmt.Errorf("find pending %s: %w", strings.ToLower(kind), r.err)
		}
	}
	return keys, nil
}

// Messages reads the events of a marker as they are to be published.
func (s *Store) Messages(ctx context.Context, m collection.Marker) ([]collection.Message, error) {
	var messages []collection.Message
	err := s.query(ctx, &dynamodb.QueryInput{
		KeyConditionExpression: aws.String(contract.KeyPartition + " = :p AND " + contract.KeySort + " BETWEEN :first AND :last"),
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":p":     text(casePartition(m.Creditor, m.Case)),
			":first": text(eventPrefix + padded(m.First)), ":last": text(eventPrefix + padded(m.Last)),
		},
	}, func(it item) error {
		r := read(it)
		messages = append(messages, collection.Message{Type: r.text("type"), Creditor: m.Creditor, Body: []byte(r.text(attrDoc))})
		return r.err
	})
	if err != nil {
		return nil, fmt.Errorf("read events to publish: %w", err)
	}
	return messages, nil
}

// DropMarkers removes markers whose events were published. A marker that is gone already is no error: its key is never used again. What
// the table did not get to is ErrUnavailable and is found by the next sweep.
func (s *Store) DropMarkers(ctx context.Context, markers ...collection.Marker) error {
	const batchSize = 25 // DynamoDB's bound
	for chunk := range slices.Chunk(markers, batchSize) {
		var writes []types.WriteRequest
		for _, m := range chunk {
			writes = append(writes, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: markerKey(m).attributes()}})
		}
		out, err := s.client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{
			RequestItems: map[string][]types.WriteRequest{s.table: writes},
		})
		if err != nil {
			return fmt.Errorf("drop outbox markers: %w", translate(err))
		}
		if len(out.UnprocessedItems) > 0 {
			return fmt.Errorf("drop outbox markers: %w", collection.ErrUnavailable)
		}
	}
	return nil
}

// StoredEvent is one event as it is stored, with its link of the chain.
type StoredEvent struct {
	events.Link
	Type string
	At   time.Time
}

// Decode reads the event.
func (e StoredEvent) Decode() (collection.Recorded, error) { return DecodeEvent(e.Doc) }

// Events yields the history of a case in sequence, and stops with the first error that yield returns.
func (s *Store) Events(
	ctx context.Context, creditor collection.CreditorID, id collection.CaseID, yield func(StoredEvent) error,
) error {
	return s.queryPrefix(ctx, casePartition(creditor, id), eventPrefix, func(it item) error {
		r := read(it)
		e := StoredEvent{Type: r.text("type"), At: r.instant("at"), Link: events.Link{
			Seq: r.number(attrSeq), Doc: []byte(r.text(attrDoc)), Hash: r.text("hash"), PrevHash: r.text("prevHash"),
		}}
		if r.err != nil {
			return fmt.Errorf("read event: %w", r.err)
		}
		return yield(e)
	})
}

// Ledger yields the postings of a case in sequence, and stops with the first error that yield returns.
func (s *Store) Ledger(
	ctx context.Context, creditor collection.CreditorID, id collection.CaseID, yield func(collection.Entry) error,
) error {
	return s.queryPrefix(ctx, casePartition(creditor, id), ledgerPrefix, func(it item) error {
		e, err := readEntry(it)
		if err != nil {
			return fmt.Errorf("read ledger entry: %w", err)
		}
		return yield(e)
	})
}
