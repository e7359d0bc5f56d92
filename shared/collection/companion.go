package collection

import (
	"errors"
	"time"

	"github.com/regua/regua/shared/calendar"
)

// Companion is something that a store writes in the same transaction as a case's events, all of it or none. The set is closed: every
// kind stands in this file. Each carries its own condition; what Commit returns when the condition fails is said at each.
type Companion interface{ isCompanion() }

// ContractText is the text of an issued contract, sealed under the case's key. It is written once: a second text of one number is
// ErrConflict.
type ContractText struct {
	Number string
	Sealed []byte
}

// ContractPDF is the document that an issued contract was set as, sealed under the case's key. It is written once, with the text: a second
// document of one number is ErrConflict.
type ContractPDF struct {
	Number string
	Sealed []byte
}

// SignatureEvidence is the record of who signed what, when and from where, sealed under the case's key; Hash is the hex SHA-256 of its
// plain form, which Signature signs under the key that Key names. It is written once: a second record for one agreement is ErrConflict.
type SignatureEvidence struct {
	Agreement AgreementID
	Hash      string
	Sealed    []byte
	Key       string
	Signature []byte
}

// Answer is the stored answer of an idempotent route, by the hash of its key; BodyHash is that of the request's body. A live answer that
// stands already makes Commit return *ReplayError, before any other cause is considered; an expired one is overwritten. Sealed is empty for
// an answer that tells nothing.
type Answer struct {
	Route     string
	KeyHash   string
	BodyHash  string
	Sealed    []byte
	ExpiresAt time.Time
}

// PostedReceipt is the receipt of money posted in this transaction, keyed by the provider's business fact. A new receipt of a fact that
// stands already is ErrFactPosted; a stored one that was changed in between is ErrConflict.
type PostedReceipt struct{ Receipt Receipt }

// PostedReturn is a return posted in this transaction, keyed by the provider's fact of it. A return that stands already is ErrFactPosted.
type PostedReturn struct{ Return Return }

// MandateRecord is the account that a participant authorised to be debited and what they agreed to, sealed under the case's key. It is
// written once: a second record of one mandate is ErrConflict.
type MandateRecord struct {
	Mandate string
	Sealed  []byte
}

// TakenIn marks a raw provider event as taken in. An event that was taken in before is ErrFactPosted.
type TakenIn struct {
	Provider string
	Account  string
	Key      string // the provider's event key
}

// CapTaken is a person's rolling contact record after one more contact: the days on which a contact was made, each as often as there
// were contacts. Version is the one that was read, 0 when there was none; a record changed in between is ErrConflict.
type CapTaken struct {
	PersonKey string
	Version   int64
	Days      []calendar.Date
}

// EntryLink is a link of a message, by the hex SHA-256 of its token; Sealed is what the login page may be told. A link that stands
// already is ErrConflict.
type EntryLink struct {
	Hash      string
	Sealed    []byte
	ExpiresAt time.Time
}

// ContractLookup lets a login find the case by contract. The masks are what the answer shows of the addresses on file; an empty one
// means that there is none. A contract that belongs to another case is ErrConflict.
type ContractLookup struct {
	ContractHash string
	DocumentHash string
	EmailMask    string
	PhoneMask    string
}

// DocumentLookup lets an import find the case of a participant. A document that has a case already is ErrConflict.
type DocumentLookup struct{ DocumentHash string }

func (ContractText) isCompanion()      {}
func (ContractPDF) isCompanion()       {}
func (SignatureEvidence) isCompanion() {}
func (Answer) isCompanion()            {}
func (PostedReceipt) isCompanion()     {}
func (PostedReturn) isCompanion()      {}
func (MandateRecord) isCompanion()     {}
func (TakenIn) isCompanion()           {}
func (CapTaken) isCompanion()          {}
func (EntryLink) isCompanion()         {}
func (ContractLookup) isCompanion()    {}
func (DocumentLookup) isCompanion()    {}

// ErrFactPosted says that this money, or the event that reported it, was posted before: the caller has nothing left to do.
var ErrFactPosted = errors.New("payment posted before")

// ReplayError says that an idempotent request was answered before. The caller compares Answer.BodyHash with its own: equal means that
// the stored answer is the answer, different means that the key was used for something else.
type ReplayError struct{ Answer Answer }

// Error implements error.
func (e *ReplayError) Error() string { return "answered before: " + e.Answer.Route }

// Participant is the personal data of a case, kept sealed. BirthDate is YYYY-MM-DD; what is not known is empty.
type Participant struct {
	Document  string
	Name      string
	Email     string
	Phone     string
	BirthDate string
	Address   string
	City      string
	CEP       string // eight digits
}

// DebtDetails is what identifies a debt to the participant and the creditor, kept sealed.
type DebtDetails struct {
	Contract         string
	Reference        string // the creditor's own name of the debt
	Description      string
	ServiceReference string
}
