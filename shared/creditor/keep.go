package creditor

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/regua/regua/shared/collection"
)

// Files keeps creditors' files by version; version 0 is none.
type Files interface {
	CreditorFile(ctx context.Context, id collection.CreditorID) (doc []byte, version int64, err error)
	PutCreditor(ctx context.Context, doc []byte, version int64) error
}

// Keep stores a creditor's file unless the same one is stored already. A file that somebody else changes at the same time is
// collection.ErrConflict.
func Keep(ctx context.Context, files Files, doc []byte) (collection.Creditor, error) {
	c, err := Parse(doc)
	if err != nil {
		return collection.Creditor{}, err
	}
	stored, version, err := files.CreditorFile(ctx, c.ID)
	if err != nil && !errors.Is(err, collection.ErrNotFound) {
		return collection.Creditor{}, err
	}
	if bytes.Equal(stored, doc) {
		return c, nil
	}
	if err := files.PutCreditor(ctx, doc, version); err != nil {
		return collection.Creditor{}, fmt.Errorf("store creditor %s: %w", c.ID, err)
	}
	return c, nil
}
