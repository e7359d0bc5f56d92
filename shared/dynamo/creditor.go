package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/shared/collection"
)

const (
	// creditorLife is how long a creditor's file is kept in memory: a change takes effect within it.
	creditorLife = 5 * time.Minute
	// maxCreditors bounds the memory; a deployment has tens of creditors.
	maxCreditors = 1000
	// maxCreditorFile keeps a creditor's file far from the 400 kB of an item.
	maxCreditorFile = 128 << 10
)

type knownCreditor struct {
	creditor collection.Creditor
	until    time.Time
}

// Creditor reads a creditor, from memory when it was read in the last five minutes; ErrNotFound when there is none.
func (s *Store) Creditor(ctx context.Context, id collection.CreditorID) (collection.Creditor, error) {
	now := s.now()
	s.creditors.Lock()
	known, ok := s.known[id]
	s.creditors.Unlock()
	if ok && now.Before(known.until) {
		return known.creditor, nil
	}
	doc, _, err := s.CreditorFile(ctx, id)
	if err != nil {
		return collection.Creditor{}, err
	}
	creditor, err := s.parse(doc)
	if err != nil {
		return collection.Creditor{}, fmt.Errorf("read creditor %s: %w", id, err)
	}
	s.creditors.Lock()
	defer s.creditors.Unlock()
	if len(s.known) >= maxCreditors {
		clear(s.known)
	}
	s.known[id] = knownCreditor{creditor, now.Add(creditorLife)}
	return creditor, nil
}

// CreditorFile reads the JSON text of a creditor's file and its version in the table; ErrNotFound when there is none.
func (s *Store) CreditorFile(ctx context.Context, id collection.CreditorID) (doc []byte, version int64, err error) {
	it, err := s.get(ctx, creditorKey(id))
	if err != nil {
		return nil, 0, fmt.Errorf("load creditor %s: %w", id, err)
	}
	r := read(it)
	doc, version = []byte(r.text(attrDoc)), r.number(attrVersion)
	if r.err != nil {
		return nil, 0, fmt.Errorf("load creditor %s: %w", id, r.err)
	}
	return doc, version, nil
}

// PutCreditor stores a creditor's file over the version that was read, 0 for a new creditor. A file that does not parse is refused; a
// version that has passed is ErrConflict.
func (s *Store) PutCreditor(ctx context.Context, doc []byte, version int64) error {
	if len(doc) > maxCreditorFile {
		return fmt.Errorf("%w: a creditor file has at most %d bytes", collection.ErrInvalid, maxCreditorFile)
	}
	creditor, err := s.parse(doc)
	if err != nil {
		return fmt.Errorf("store creditor: %w", err)
	}
	for _, at := range creditor.Accounts() { // before the file, so that no stored file names an account that is never compared
		if err := s.RegisterAccount(ctx, creditor.ID, at); err != nil {
			return fmt.Errorf("store creditor %s: %w", creditor.ID, err)
		}
	}
	it := creditorKey(creditor.ID).new()
	it[attrDoc], it[attrVersion] = text(string(doc)), number(version+1)
	err = s.put(ctx, it, atVersion(version))
	if errors.Is(err, errCondition) {
		err = fmt.Errorf("%w: creditor is not at version %d", collection.ErrConflict, version)
	}
	if err != nil {
		return fmt.Errorf("store creditor %s: %w", creditor.ID, err)
	}
	s.creditors.Lock()
	defer s.creditors.Unlock()
	delete(s.known, creditor.ID)
	return nil
}

// atVersion demands the version that was read, 0 for none.
func atVersion(version int64) condition {
	if version == 0 {
		return absent()
	}
	return condition{attrVersion + " = :v", map[string]types.AttributeValue{":v": number(version)}}
}
