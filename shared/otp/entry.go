package otp

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/regua/regua/shared/collection"
)

// ErrEntryInvalid says that an entry link opens nothing: unknown, expired or of another creditor.
var ErrEntryInvalid = errors.New("entry link invalid")

// EntryAttribute is the name under which the hint of an entry link is sealed.
const EntryAttribute = "entry"

// entrySecretBytes is the entropy of an entry token: 256 bits, written as 43 characters.
const entrySecretBytes = 32

// Link is a stored entry link.
type Link struct {
	Case      collection.CaseID
	Sealed    []byte // the masked contract number, under the case's key
	ExpiresAt time.Time
}

// Links finds entry links.
type Links interface {
	// EntryLink returns collection.ErrNotFound when there is none with this hash.
	EntryLink(ctx context.Context, creditor collection.CreditorID, hash string) (Link, error)
}

// Hints opens sealed hints.
type Hints interface {
	OpenText(ctx context.Context, c collection.Case, attribute string, sealed []byte) ([]byte, error)
}

// Entries reads the links of messages.
type Entries struct {
	Links     Links
	Cases     Cases
	Hints     Hints
	Creditors Creditors
	Now       func() time.Time
}

// Entry is what a link tells whoever holds it.
type Entry struct {
	Creditor     collection.Creditor
	ContractHint string
}

// Open reads a token "{creditor}.{43 characters}". It changes nothing, so that a mail scanner that follows the link does no harm, and opens
// no session. Every token of the right form that opens nothing costs one read and is ErrEntryInvalid.
func (e *Entries) Open(ctx context.Context, token string) (Entry, error) {
	name, secret, _ := strings.Cut(token, ".")
	creditor, err := collection.ParseCreditorID(name)
	if err != nil {
		return Entry{}, ErrEntryInvalid
	}
	b, err := base64.RawURLEncoding.DecodeString(secret)
	// The decoder skips line breaks and spare bits: compared as text, a link has one token only.
	if err != nil || len(b) != entrySecretBytes || base64.RawURLEncoding.EncodeToString(b) != secret {
		return Entry{}, ErrEntryInvalid
	}
	link, err := e.Links.EntryLink(ctx, creditor, EntryHash(token))
	if errors.Is(err, collection.ErrNotFound) || err == nil && !e.Now().Before(link.ExpiresAt) {
		return Entry{}, ErrEntryInvalid
	}
	if err != nil {
		return Entry{}, fmt.Errorf("find entry link: %w", err)
	}
	dossier, err := e.Cases.Load(ctx, creditor, link.Case)
	if err != nil {
		return Entry{}, fmt.Errorf("load case: %w", err)
	}
	hint, err := e.Hints.OpenText(ctx, dossier.Case, EntryAttribute, link.Sealed)
	if err != nil {
		return Entry{}, fmt.Errorf("open hint: %w", err)
	}
	found, err := e.Creditors.Creditor(ctx, creditor)
	if err != nil {
		return Entry{}, fmt.Errorf("find creditor: %w", err)
	}
	return Entry{Creditor: found, ContractHint: string(hint)}, nil
}

// EntryHash is the hash under which a link's token is stored: hex SHA-256 of the whole token.
func EntryHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
