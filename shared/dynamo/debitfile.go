package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/debit"
)

// keepSeen is how long the name of a file is kept: longer than the file itself, see the bucket's lifecycle.
const keepSeen = 800 * 24 * time.Hour

const (
	attrSent     = "sent"
	attrReceived = "received"
	attrSum      = "sha256"
	attrReason   = "reason"
)

// Progress reads how far the exchange of an account's files has come; zero before the first.
func (s *Store) Progress(ctx context.Context, a debit.Account) (debit.Progress, error) {
	k, err := debitKey(a, sortProgress)
	if err != nil {
		return debit.Progress{}, fmt.Errorf("read progress: %w", err)
	}
	it, err := s.get(ctx, k)
	if errors.Is(err, collection.ErrNotFound) {
		return debit.Progress{}, nil
	}
	if err != nil {
		return debit.Progress{}, fmt.Errorf("read progress: %w", err)
	}
	r := read(it)
	return debit.Progress{
		Sent: int(r.number(attrSent)), Received: int(r.number(attrReceived)), Revision: r.number(attrRevision),
	}, r.err
}

// progressAction moves an account's progress on from what was read.
func (s *Store) progressAction(a debit.Account, over debit.Progress, sent, received int) (action, error) {
	k, err := debitKey(a, sortProgress)
	if err != nil {
		return action{}, err
	}
	it := k.new()
	it[attrSent], it[attrReceived], it[attrRevision] = number(int64(sent)), number(int64(received)), number(over.Revision+1)
	when := absent()
	if over.Revision > 0 {
		when = condition{attrRevision + " = :rev", map[string]types.AttributeValue{":rev": number(over.Revision)}}
	}
	return s.putAction(it, when, changed("progress of the exchange")), nil
}

// FileSent records the number of the last file that went out; ErrConflict when the progress was moved in between.
func (s *Store) FileSent(ctx context.Context, a debit.Account, over debit.Progress, number int) error {
	moved, err := s.progressAction(a, over, number, over.Received)
	if err == nil {
		err = s.transact(ctx, []action{moved})
	}
	if err != nil {
		return fmt.Errorf("record sent file: %w", err)
	}
	return nil
}

// FileTaken records a file that was taken in; ErrConflict when the progress was moved in between.
func (s *Store) FileTaken(ctx context.Context, a debit.Account, over debit.Progress, t debit.Taken) error {
	moved, err := s.progressAction(a, over, over.Sent, t.Number)
	if err != nil {
		return fmt.Errorf("record taken file: %w", err)
	}
	received, err := debitKey(a, receivedPrefix+padded(int64(t.Number)))
	if err != nil {
		return fmt.Errorf("record taken file: %w", err)
	}
	file := received.new()
	file[attrSum], file[attrTakenInAt] = text(t.Sum), instant(t.At)
	seen, err := seenItem(a, t.Object, "taken in", t.At)
	if err != nil {
		return fmt.Errorf("record taken file: %w", err)
	}
	err = s.transact(ctx, []action{
		moved, s.putAction(file, absent(), changed("file")), s.putAction(seen, absent(), changed("seen file")),
	})
	if err != nil {
		return fmt.Errorf("record taken file: %w", err)
	}
	return nil
}

func seenItem(a debit.Account, object, reason string, at time.Time) (item, error) {
	k, err := debitKey(a, seenPrefix+object)
	if err != nil {
		return nil, err
	}
	it := k.new()
	it[attrReason], it[contract.AttrTTL] = text(reason), expiry(at.Add(keepSeen))
	return it, nil
}

// FileSum is the sum of the file of a number; ErrNotFound when none was taken in.
func (s *Store) FileSum(ctx context.Context, a debit.Account, number int) (string, error) {
	k, err := debitKey(a, receivedPrefix+padded(int64(number)))
	if err != nil {
		return "", fmt.Errorf("read file's sum: %w", err)
	}
	it, err := s.get(ctx, k)
	if err != nil {
		return "", fmt.Errorf("read file's sum: %w", err)
	}
	r := read(it)
	sum := r.text(attrSum)
	return sum, r.err
}

// SeenFiles are the names of the objects that were taken in or parked.
func (s *Store) SeenFiles(ctx context.Context, a debit.Account) (map[string]bool, error) {
	out := map[string]bool{}
	err := s.eachDebit(ctx, a, seenPrefix, func(it item) error {
		r := read(it)
		out[r.idInSort(seenPrefix)] = true
		return r.err
	})
	if err != nil {
		return nil, fmt.Errorf("read seen files: %w", err)
	}
	return out, nil
}

// ParkFile lets an object count as seen, without anything taken in from it.
func (s *Store) ParkFile(ctx context.Context, a debit.Account, object, reason string, at time.Time) error {
	it, err := seenItem(a, object, reason, at)
	if err == nil {
		err = s.put(ctx, it, absent())
	}
	if err != nil && !errors.Is(err, errCondition) {
		return fmt.Errorf("park file: %w", err)
	}
	return nil
}
