package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/shared/collection"
)

const attrReceivedAt = "receivedAt"

// PutRaw stores a provider's notification once and says how it stood: RawNew when this call stored it, RawPending when it stood already
// but was not taken in, RawTakenIn when it was. It costs one conditional write.
func (s *Store) PutRaw(ctx context.Context, e collection.RawEvent) (collection.RawState, error) {
	if err := checkNames(e.Provider, e.Account, e.Key); err != nil {
		return "", fmt.Errorf("store raw event: %w", err)
	}
	k := rawKey(e.Creditor, e.Provider, e.Account, e.Key)
	it := k.new()
	it[attrSealed], it[attrWrappedKey], it[attrReceivedAt] = binary(e.Sealed), binary(e.WrappedKey), instant(e.ReceivedAt)
	it[attrPendingShard], it[attrPendingSince] = text(shardOf(pendingRaw, k)), instant(e.ReceivedAt)
	_, err := s.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String(s.table), Item: it, ConditionExpression: aws.String(absent().text),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var stands *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &stands) && stands.Item[attrTakenInAt] != nil:
		return collection.RawTakenIn, nil
	case errors.As(err, &stands):
		return collection.RawPending, nil
	case err != nil:
		return "", fmt.Errorf("store raw event: %w", translate(err))
	}
	return collection.RawNew, nil
}

// LoadRaw reads a provider's notification; ErrNotFound when there is none. TakenInAt says whether it was taken in.
func (s *Store) LoadRaw(ctx context.Context, ref collection.RawRef) (collection.RawEvent, error) {
	if err := checkNames(ref.Provider, ref.Account, ref.Key); err != nil {
		return collection.RawEvent{}, fmt.Errorf("load raw event: %w", err)
	}
	it, err := s.get(ctx, rawKey(ref.Creditor, ref.Provider, ref.Account, ref.Key))
	if err != nil {
		return collection.RawEvent{}, fmt.Errorf("load raw event: %w", err)
	}
	r := read(it)
	e := collection.RawEvent{
		RawRef: ref, Sealed: r.binary(attrSealed), WrappedKey: r.binary(attrWrappedKey), ReceivedAt: r.instant(attrReceivedAt),
		TakenInAt: r.instant(attrTakenInAt),
	}
	return e, r.err
}

// TakeIn marks a raw event as taken in without posting anything: it reported nothing new. One that was taken in before is no error.
func (s *Store) TakeIn(ctx context.Context, ref collection.RawRef) error {
	a, err := s.takenInAction(ref)
	if err != nil {
		return err
	}
	u := a.write.Update // alone it costs half of what it does in a transaction
	_, err = s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: u.TableName, Key: u.Key, UpdateExpression: u.UpdateExpression, ConditionExpression: u.ConditionExpression,
		ExpressionAttributeNames: u.ExpressionAttributeNames, ExpressionAttributeValues: u.ExpressionAttributeValues,
		ReturnValuesOnConditionCheckFailure: u.ReturnValuesOnConditionCheckFailure,
	})
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) {
		err = a.refused(refused.Item)
	} else {
		err = translate(err)
	}
	if err != nil && !errors.Is(err, collection.ErrFactPosted) {
		return fmt.Errorf("take in: %w", err)
	}
	return nil
}

// DeferRaw lets PendingRaw find a raw event as if it had been stored at a time. One that is pending no more is ErrFactPosted.
func (s *Store) DeferRaw(ctx context.Context, ref collection.RawRef, since time.Time) error {
	return s.stillPending(ctx, ref, "SET "+attrPendingSince+" = :since", item{":since": instant(since)})
}

// ParkRaw takes a raw event out of the pending index and leaves it stored, without an end. One that is pending no more is ErrFactPosted.
func (s *Store) ParkRaw(ctx context.Context, ref collection.RawRef) error {
	return s.stillPending(ctx, ref, "REMOVE "+attrPendingShard+", "+attrPendingSince, nil)
}

// stillPending changes a raw event that is pending.
func (s *Store) stillPending(ctx context.Context, ref collection.RawRef, set string, values item) error {
	if err := checkNames(ref.Provider, ref.Account, ref.Key); err != nil {
		return fmt.Errorf("change raw event: %w", err)
	}
	_, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: aws.String(s.table), Key: rawKey(ref.Creditor, ref.Provider, ref.Account, ref.Key).new(),
		UpdateExpression: aws.String(set), ConditionExpression: aws.String("attribute_exists(" + attrPendingShard + ")"),
		ExpressionAttributeValues: values,
	})
	if err = translate(err); errors.Is(err, errCondition) {
		err = collection.ErrFactPosted
	}
	if err != nil {
		return fmt.Errorf("change raw event: %w", err)
	}
	return nil
}

// LoadReceipt reads the receipt of a provider's business fact; ErrNotFound when there is none.
func (s *Store) LoadReceipt(
	ctx context.Context, creditor collection.CreditorID, provider, account, fact string,
) (collection.Receipt, error) {
	it, err := s.get(ctx, receiptKey(creditor, provider, account, fact))
	if err != nil {
		return collection.Receipt{}, fmt.Errorf("load receipt: %w", err)
	}
	x, err := readReceipt(it)
	x.Creditor, x.Provider, x.Account, x.Fact = creditor, provider, account, fact
	return x, err
}

// PendingRaw finds raw events of a shard, 0 to contract.PendingShards-1, that were stored before a time and not taken in; oldest first.
func (s *Store) PendingRaw(ctx context.Context, shard int, before time.Time, limit int) ([]collection.RawRef, error) {
	keys, err := s.pending(ctx, pendingRaw, shard, before, limit)
	if err != nil {
		return nil, err
	}
	refs := make([]collection.RawRef, 0, len(keys))
	for _, k := range keys {
		const parts = 5 // creditor, RAW, provider, account, event key; the last may hold "#"
		p := strings.SplitN(k.pk, "#", parts)
		if len(p) != parts {
			return nil, fmt.Errorf("pending raw event with a key of %d parts", len(p))
		}
		refs = append(refs, collection.RawRef{Creditor: collection.CreditorID(p[0]), Provider: p[2], Account: p[3], Key: p[4]})
	}
	return refs, nil
}
