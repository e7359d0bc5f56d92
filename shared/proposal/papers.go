package proposal

import (
	"context"
	"fmt"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/deed"
)

// Evidences reads the evidence of signatures.
type Evidences interface {
	Evidence(ctx context.Context, creditor collection.CreditorID, id collection.CaseID, agreement collection.AgreementID) (
		collection.SignatureEvidence, error,
	)
}

// Papers is what proves a signed contract to anybody: the document, and the evidence with the signature over it.
type Papers struct {
	PDF      []byte
	Evidence deed.Sealed
}

// Papers takes the papers of a signed contract out. A contract that was not signed is collection.ErrNotFound.
func (k *Desk) Papers(ctx context.Context, evidences Evidences, d *collection.Dossier, number string) (Papers, error) {
	p, ok := d.ProposalByContract(number)
	if !ok || p.Agreement.IsZero() {
		return Papers{}, fmt.Errorf("%w: signed contract", collection.ErrNotFound)
	}
	pdf, err := k.Document(ctx, d, number)
	if err != nil {
		return Papers{}, err
	}
	kept, err := evidences.Evidence(ctx, d.Case.Creditor, d.Case.ID, p.Agreement)
	if err != nil {
		return Papers{}, err
	}
	record, err := k.Vault.OpenText(ctx, d.Case, evidenceAttribute(p.Agreement), kept.Sealed)
	if err != nil {
		return Papers{}, fmt.Errorf("open signature evidence: %w", err)
	}
	if deed.Hash(record) != kept.Hash {
		return Papers{}, fmt.Errorf("the stored evidence of contract %s is not the one recorded", number)
	}
	return Papers{PDF: pdf, Evidence: deed.Sealed{Record: string(record), Key: kept.Key, Signature: kept.Signature}}, nil
}
