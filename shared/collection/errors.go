package collection

import (
	"errors"
	"fmt"
)

// The closed vocabulary of refusals. Everything else that goes wrong is internal.
var (
	// ErrInvalid says that an input breaks a stated rule.
	ErrInvalid = errors.New("invalid input")
	// ErrNotFound says that what was named does not exist, or not for this principal.
	ErrNotFound = errors.New("not found")
	// ErrForbidden says that the principal may not do this.
	ErrForbidden = errors.New("forbidden")
	// ErrConflict says that somebody else changed the case in between; the caller may load and try again.
	ErrConflict = errors.New("changed in between")
	// ErrDebtsNotOpen says that a debt of the deal is not open any more.
	ErrDebtsNotOpen = errors.New("debts not open")
	// ErrDebtsInAgreement is ErrDebtsNotOpen of debts under a live agreement, which has to end before they can be dealt about.
	ErrDebtsInAgreement = fmt.Errorf("%w: a live agreement over them has to end first", ErrDebtsNotOpen)
	// ErrProposalNotOpen says that the proposal was signed, refused or has expired.
	ErrProposalNotOpen = errors.New("proposal not open")
	// ErrContractExpired says that the time to sign has passed.
	ErrContractExpired = errors.New("contract expired")
	// ErrContractChanged says that the hash signed is not that of the contract's text.
	ErrContractChanged = errors.New("contract text differs")
	// ErrOfferExpired says that the offer's time has passed or its policy has changed.
	ErrOfferExpired = errors.New("offer expired")
	// ErrOfferTaken says that the offer was accepted before.
	ErrOfferTaken = errors.New("offer already accepted")
	// ErrTooManyProposals says that the case had as many unsigned proposals in a day as a person can mean.
	ErrTooManyProposals = errors.New("too many proposals")
	// ErrInstalmentNotPayable says that the instalment is paid, cancelled or does not exist.
	ErrInstalmentNotPayable = errors.New("instalment not payable")
	// ErrAgreementEnded says that the agreement is not under way any more.
	ErrAgreementEnded = errors.New("agreement ended")
	// ErrPromiseOpen says that a promise to pay is under way already.
	ErrPromiseOpen = errors.New("promise open")
	// ErrTooLate says that the time for what was asked has passed.
	ErrTooLate = errors.New("too late")
	// ErrAnsweredOtherwise says that a question was answered before, and otherwise; the first answer stands.
	ErrAnsweredOtherwise = errors.New("answered otherwise before")
	// ErrRefused says that somebody outside refused for good; trying again does not help.
	ErrRefused = errors.New("refused")
	// ErrUnavailable says that something outside did not answer; trying again may help.
	ErrUnavailable = errors.New("temporarily unavailable")
)
