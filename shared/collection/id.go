package collection

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/regua/regua/shared/form"
)

// ID is a ULID that belongs to one noun: ids of different nouns do not mix. The zero value is no id.
type ID[Noun any] struct{ text string }

// The nouns that have ids; they serve as type arguments of Mint and ParseID.
type (
	// CaseNoun is a case's.
	CaseNoun struct{}
	// DebtNoun is a debt's.
	DebtNoun struct{}
	// ProposalNoun is a proposal's.
	ProposalNoun struct{}
	// AgreementNoun is an agreement's.
	AgreementNoun struct{}
	// IntentNoun is a payment intent's.
	IntentNoun struct{}
	// ContactNoun is a contact's.
	ContactNoun struct{}
	// PromiseNoun is a promise's.
	PromiseNoun struct{}
	// ChallengeNoun is a login challenge's.
	ChallengeNoun struct{}
)

// The ids of the domain.
type (
	// CaseID names one participant at one creditor.
	CaseID = ID[CaseNoun]
	// DebtID names one debt of a case.
	DebtID = ID[DebtNoun]
	// ProposalID names one accepted offer.
	ProposalID = ID[ProposalNoun]
	// AgreementID names one signed deal.
	AgreementID = ID[AgreementNoun]
	// IntentID names one request for money; it is the PIX txid and the name of the execution that waits for the money.
	IntentID = ID[IntentNoun]
	// ContactID names one message to a participant.
	ContactID = ID[ContactNoun]
	// PromiseID names one promise to pay.
	PromiseID = ID[PromiseNoun]
	// ChallengeID names one login attempt.
	ChallengeID = ID[ChallengeNoun]
)

// Mint makes a new id from a time and a source of chance.
func Mint[Noun any](at time.Time, chance io.Reader) (ID[Noun], error) {
	id, err := ulid.New(ulid.Timestamp(at), chance)
	if err != nil {
		return ID[Noun]{}, fmt.Errorf("mint id: %w", err)
	}
	return ID[Noun]{id.String()}, nil
}

// ParseID reads an id in its one canonical form: 26 upper-case letters and digits.
func ParseID[Noun any](text string) (ID[Noun], error) {
	id, err := ulid.ParseStrict(text)
	if err != nil || id.String() != text {
		return ID[Noun]{}, fmt.Errorf("%w: not an id", ErrInvalid)
	}
	return ID[Noun]{text}, nil
}

// String returns the 26 characters, or "" for no id.
func (id ID[Noun]) String() string { return id.text }

// IsZero reports whether there is no id.
func (id ID[Noun]) IsZero() bool { return id.text == "" }

// Compare orders ids by time of minting.
func (id ID[Noun]) Compare(other ID[Noun]) int { return strings.Compare(id.text, other.text) }

// CreditorID names a creditor: 2 to 31 lower-case letters, digits and hyphens. Every key of the table begins with it.
type CreditorID string

var creditorForm = form.New(`^[a-z0-9][a-z0-9-]{1,30}$`)

// ParseCreditorID reads a creditor's id.
func ParseCreditorID(text string) (CreditorID, error) {
	if !creditorForm.MatchString(text) {
		return "", fmt.Errorf("%w: creditor id must be 2 to 31 lower-case letters, digits and hyphens", ErrInvalid)
	}
	return CreditorID(text), nil
}

var contractForm = form.New(`^[A-Za-z0-9][A-Za-z0-9./_-]{0,39}$`)

// ValidContract reports whether a text may be a creditor's own number of a contract: 1 to 40 ASCII letters, digits, points, slashes,
// hyphens and underscores, beginning with a letter or digit. Participants type it to log in, so an import takes no other.
func ValidContract(text string) bool { return contractForm.MatchString(text) }
