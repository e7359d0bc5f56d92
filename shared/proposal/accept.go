// Package proposal turns an accepted offer into a contract and a signed contract into an agreement.
package proposal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/deed"
	"github.com/regua/regua/shared/idempotency"
	"github.com/regua/regua/shared/offer"
)

// Cases loads and commits cases.
type Cases interface {
	Load(ctx context.Context, creditor collection.CreditorID, id collection.CaseID) (*collection.Dossier, error)
	Commit(ctx context.Context, d *collection.Dossier, with ...collection.Companion) error
}

// Archive reads what was written beside a case's state.
type Archive interface {
	ContractText(ctx context.Context, creditor collection.CreditorID, id collection.CaseID, number string) ([]byte, error)
	ContractPDF(ctx context.Context, creditor collection.CreditorID, id collection.CaseID, number string) ([]byte, error)
}

// Signer signs a SHA-256 digest with the deployment's key and names that key.
type Signer interface {
	Sign(ctx context.Context, digest []byte) (signature []byte, key string, err error)
}

// Creditors finds creditors.
type Creditors interface {
	Creditor(ctx context.Context, id collection.CreditorID) (collection.Creditor, error)
}

// Vault opens and seals personal data of a case.
type Vault interface {
	OpenParticipant(ctx context.Context, c collection.Case) (collection.Participant, error)
	OpenDebt(ctx context.Context, c collection.Case, d collection.Debt) (collection.DebtDetails, error)
	SealText(ctx context.Context, c collection.Case, attribute string, plain []byte) ([]byte, error)
	OpenText(ctx context.Context, c collection.Case, attribute string, sealed []byte) ([]byte, error)
}

// Desk accepts offers and takes signatures.
type Desk struct {
	Cases     Cases
	Archive   Archive
	Creditors Creditors
	Vault     Vault
	Signer    Signer
	Once      idempotency.Keeper
	MAC       offer.MAC
	Chance    io.Reader
}

// Accept makes a proposal of an offer and issues its contract. Accepting again under the same key gives the same proposal and replayed =
// true; under another key it is collection.ErrOfferTaken. The terms are worked out again as of the quote: when they differ, or the policy
// has changed, or the time has passed, it is collection.ErrOfferExpired.
func (k *Desk) Accept(
	ctx context.Context, meta collection.Meta, d *collection.Dossier, offerID string, once idempotency.Request,
) (p collection.Proposal, replayed bool, err error) {
	sealed, err := offer.Open(offerID, k.MAC)
	if err != nil {
		return p, false, err
	}
	if !meta.By.MayTouch(sealed.Creditor, sealed.Case) || d.Case.ID != sealed.Case {
		return p, false, fmt.Errorf("%w: offer", collection.ErrNotFound)
	}
	id, err := collection.Mint[collection.ProposalNoun](meta.At, k.Chance)
	if err != nil {
		return p, false, err
	}
	d, err = k.redo(ctx, d, func(d *collection.Dossier) error { return k.accept(ctx, meta, d, id, sealed, offerID, once) })
	if err == nil {
		made, _ := d.Proposal(id)
		return *made, false, nil
	}
	p, replayErr := k.replay(ctx, d, once, err)
	return p, replayErr == nil, replayErr
}

// redo works a change of a case out again, on the case as it stands then, while somebody else changes it in between. It returns the case
// that it worked on last.
func (k *Desk) redo(ctx context.Context, d *collection.Dossier, change func(*collection.Dossier) error) (*collection.Dossier, error) {
	stale := false
	err := collection.Redo(func() error {
		if stale {
			latest, err := k.Cases.Load(ctx, d.Case.Creditor, d.Case.ID)
			if err != nil {
				return fmt.Errorf("load case: %w", err)
			}
			d = latest
		}
		stale = true
		return change(d)
	})
	return d, err
}

func (k *Desk) accept(
	ctx context.Context, meta collection.Meta, d *collection.Dossier, id collection.ProposalID, sealed offer.Sealed,
	offerID string, once idempotency.Request,
) error {
	creditor, err := k.Creditors.Creditor(ctx, sealed.Creditor)
	if err != nil {
		return err
	}
	terms, debts, err := recompute(creditor, d, sealed, meta.At)
	if err != nil {
		return err
	}
	if d.Taken(offer.Hash(offerID)) { // before the contract is written, which is most of the work
		return collection.ErrOfferTaken
	}
	number := "RG-" + id.String()
	made, err := k.write(ctx, creditor, d.Case, debts, number, terms)
	if err != nil {
		return err
	}
	event := collection.ProposalCreated{
		Proposal: id, OfferHash: offer.Hash(offerID), ContractNumber: number, Template: made.template, TextHash: deed.Hash(made.text),
		PDFHash: deed.Hash(made.pdf), Terms: terms, Rules: collection.RulesOf(creditor), ExpiresAt: sealed.ExpiresAt,
	}
	if err := d.Accept(meta, event); err != nil {
		return err
	}
	if len(ReviewReasons(creditor.Policy.Review, terms)) > 0 {
		if err := d.RequestReview(meta, id, reviewUntil(creditor.Policy.Review, terms, meta.At)); err != nil {
			return err
		}
	}
	sealedText, err := k.Vault.SealText(ctx, d.Case, textAttribute(number), made.text)
	if err != nil {
		return fmt.Errorf("seal contract text: %w", err)
	}
	sealedPDF, err := k.Vault.SealText(ctx, d.Case, pdfAttribute(number), made.pdf)
	if err != nil {
		return fmt.Errorf("seal contract document: %w", err)
	}
	answer, err := k.Once.Answer(ctx, d.Case, once, id.String(), meta.At)
	if err != nil {
		return err
	}
	return k.Cases.Commit(ctx, d, collection.ContractText{Number: number, Sealed: sealedText},
		collection.ContractPDF{Number: number, Sealed: sealedPDF}, answer)
}

// recompute works the sealed deal out again and refuses what does not come to the same.
func recompute(c collection.Creditor, d *collection.Dossier, s offer.Sealed, now time.Time) (collection.Terms, []collection.Debt, error) {
	var debts []collection.Debt
	for _, id := range s.Debts {
		debt, ok := d.Debt(id)
		if !ok {
			return collection.Terms{}, nil, fmt.Errorf("%w: debt", collection.ErrNotFound)
		}
		debts = append(debts, *debt)
	}
	if !now.Before(s.ExpiresAt) || c.Policy.Version != s.PolicyVersion {
		return collection.Terms{}, nil, collection.ErrOfferExpired
	}
	terms, err := offer.Terms(c, s.Deal(debts, d.Case.Standing))
	if errors.Is(err, offer.ErrNotOffered) || (err == nil && (terms.Total != s.Total || offer.Fingerprint(terms) != s.Print)) {
		return collection.Terms{}, nil, collection.ErrOfferExpired
	}
	return terms, debts, err
}

// replay answers a request that was refused with the proposal that the same request made before, if it did.
func (k *Desk) replay(ctx context.Context, d *collection.Dossier, once idempotency.Request, cause error) (collection.Proposal, error) {
	made, err := k.Once.Earlier(ctx, d.Case, once, cause)
	if err != nil {
		return collection.Proposal{}, err
	}
	id, err := collection.ParseID[collection.ProposalNoun](made)
	if err != nil {
		return collection.Proposal{}, fmt.Errorf("read earlier answer: %w", err)
	}
	p, ok := d.Proposal(id)
	if !ok {
		if d, err = k.Cases.Load(ctx, d.Case.Creditor, d.Case.ID); err != nil {
			return collection.Proposal{}, err
		}
		if p, ok = d.Proposal(id); !ok {
			return collection.Proposal{}, fmt.Errorf("proposal %s of an earlier answer is missing", id)
		}
	}
	first := *p // as it was answered, whatever became of it since
	first.Status, first.Agreement = collection.ContractIssued, collection.AgreementID{}
	if !p.ReviewUntil.IsZero() {
		first.Status = collection.ProposalReview
	}
	return first, nil
}

func textAttribute(number string) string { return "contract-text/" + number }

func pdfAttribute(number string) string { return "contract-pdf/" + number }
