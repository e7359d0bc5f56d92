package proposal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/deed"
)

// Contract is the text of a proposal, as the participant reads and signs it.
type Contract struct {
	Proposal collection.Proposal
	Text     string
}

// Contract reads a contract of the case.
func (k *Desk) Contract(ctx context.Context, d *collection.Dossier, number string) (Contract, error) {
	p, ok := d.ProposalByContract(number)
	if !ok {
		return Contract{}, fmt.Errorf("%w: contract", collection.ErrNotFound)
	}
	sealed, err := k.Archive.ContractText(ctx, d.Case.Creditor, d.Case.ID, number)
	if err != nil {
		return Contract{}, err
	}
	text, err := k.Vault.OpenText(ctx, d.Case, textAttribute(number), sealed)
	if err != nil {
		return Contract{}, fmt.Errorf("open contract text: %w", err)
	}
	if deed.Hash(text) != p.TextHash {
		return Contract{}, fmt.Errorf("the stored text of contract %s is not the one issued", number)
	}
	return Contract{Proposal: *p, Text: string(text)}, nil
}

// Document reads the PDF of a contract of the case.
func (k *Desk) Document(ctx context.Context, d *collection.Dossier, number string) ([]byte, error) {
	p, ok := d.ProposalByContract(number)
	if !ok {
		return nil, fmt.Errorf("%w: contract", collection.ErrNotFound)
	}
	sealed, err := k.Archive.ContractPDF(ctx, d.Case.Creditor, d.Case.ID, number)
	if err != nil {
		return nil, err
	}
	pdf, err := k.Vault.OpenText(ctx, d.Case, pdfAttribute(number), sealed)
	if err != nil {
		return nil, fmt.Errorf("open contract document: %w", err)
	}
	if deed.Hash(pdf) != p.PDFHash {
		return nil, fmt.Errorf("the stored document of contract %s is not the one issued", number)
	}
	return pdf, nil
}

// Circumstances are what a signature's evidence records besides the contract.
type Circumstances struct {
	IP, UserAgent, Locale string
	// Login names the login challenge that proved who signs, its channel and when it was verified.
	LoginID, LoginChannel string
	LoginAt               time.Time
}

// Sign takes the participant's signature: the hash of the text that they read. Signing the same text again gives the same agreement.
func (k *Desk) Sign(
	ctx context.Context, meta collection.Meta, d *collection.Dossier, number, textHash string, where Circumstances,
) (collection.Agreement, error) {
	agreement, err := collection.Mint[collection.AgreementNoun](meta.At, k.Chance)
	if err != nil {
		return collection.Agreement{}, err
	}
	d, err = k.redo(ctx, d, func(d *collection.Dossier) error {
		p, ok := d.ProposalByContract(number)
		if !ok {
			return fmt.Errorf("%w: contract", collection.ErrNotFound)
		}
		if signed, ok := d.Agreement(p.Agreement); ok && p.TextHash == textHash {
			agreement = signed.ID
			return nil
		}
		return k.sign(ctx, meta, d, *p, textHash, agreement, where)
	})
	if err != nil {
		return collection.Agreement{}, err
	}
	made, _ := d.Agreement(agreement)
	return *made, nil
}

func (k *Desk) sign(
	ctx context.Context, meta collection.Meta, d *collection.Dossier, p collection.Proposal, textHash string, id collection.AgreementID,
	where Circumstances,
) error {
	creditor, err := k.Creditors.Creditor(ctx, d.Case.Creditor)
	if err != nil {
		return err
	}
	person, err := k.Vault.OpenParticipant(ctx, d.Case)
	if err != nil {
		return fmt.Errorf("open participant: %w", err)
	}
	terms, err := hashTerms(p.Terms)
	if err != nil {
		return err
	}
	record, err := deed.Evidence{
		Version: deed.EvidenceVersion, ContractNumber: p.ContractNumber, Template: p.Template, TextSHA256: p.TextHash, PDFSHA256: p.PDFHash,
		TermsSHA256: terms, OfferSHA256: p.OfferHash, PolicyVersion: p.Terms.PolicyVersion, QuotedAt: p.Terms.QuotedAt,
		Document: person.Document, Name: person.Name, Accepted: true, SignedAt: meta.At,
		IP: where.IP, UserAgent: where.UserAgent, Locale: where.Locale,
		LoginID: where.LoginID, LoginChannel: where.LoginChannel, LoginAt: where.LoginAt, PreviousHash: d.Case.Head,
	}.Encode()
	if err != nil {
		return err
	}
	digest := sha256.Sum256(record)
	if err := d.Sign(meta, p.ID, textHash, id, hex.EncodeToString(digest[:]), creditor.Aftercare.For(d.Case.Standing)); err != nil {
		return err
	}
	signature, key, err := k.Signer.Sign(ctx, digest[:])
	if err != nil {
		return fmt.Errorf("sign evidence: %w", err)
	}
	sealed, err := k.Vault.SealText(ctx, d.Case, evidenceAttribute(id), record)
	if err != nil {
		return fmt.Errorf("seal signature evidence: %w", err)
	}
	return k.Cases.Commit(ctx, d, collection.SignatureEvidence{
		Agreement: id, Hash: hex.EncodeToString(digest[:]), Sealed: sealed, Key: key, Signature: signature,
	})
}

func evidenceAttribute(id collection.AgreementID) string { return "evidence/" + id.String() }

// Refuse gives up an unsigned proposal. Refusing again changes nothing.
func (k *Desk) Refuse(
	ctx context.Context, meta collection.Meta, d *collection.Dossier, id collection.ProposalID,
) (collection.Proposal, error) {
	d, err := k.redo(ctx, d, func(d *collection.Dossier) error {
		p, ok := d.Proposal(id)
		if !ok {
			return fmt.Errorf("%w: proposal", collection.ErrNotFound)
		}
		if p.Status == collection.ContractRefused {
			return nil
		}
		if err := d.Refuse(meta, id); err != nil {
			return err
		}
		return k.Cases.Commit(ctx, d)
	})
	if err != nil {
		return collection.Proposal{}, err
	}
	refused, _ := d.Proposal(id)
	return *refused, nil
}
