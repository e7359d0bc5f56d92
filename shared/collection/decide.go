package collection

import (
	"fmt"
	"slices"
	"time"

	"github.com/regua/regua/shared/money"
)

// Place records debts that the creditor placed, and opens the case when it is new.
func (d *Dossier) Place(meta Meta, opened *CaseOpened, debts []PlacedDebt) error {
	if opened != nil {
		if err := d.Record(meta, *opened); err != nil {
			return err
		}
	}
	if len(debts) == 0 {
		return nil
	}
	var sum money.Centavos
	for _, debt := range debts {
		if debt.Principal <= 0 {
			return fmt.Errorf("%w: a debt's principal must be positive", ErrInvalid)
		}
		var err error
		if sum, err = sum.Add(debt.Principal); err != nil {
			return err
		}
	}
	return d.Record(meta, DebtsPlaced{Debts: debts, Lines: []Line{{AccountReceivable, sum}, {AccountPlaced, -sum}}})
}

// Revise records changed facts of open debts and posts the difference of principal.
func (d *Dossier) Revise(meta Meta, debts []PlacedDebt) error {
	var difference money.Centavos
	for _, debt := range debts {
		old, ok := d.Debt(debt.ID)
		if !ok || old.Status != DebtOpen {
			return fmt.Errorf("%w: %s", ErrDebtsNotOpen, debt.ID)
		}
		if debt.Principal <= 0 {
			return fmt.Errorf("%w: a debt's principal must be positive", ErrInvalid)
		}
		if debt.Principal < old.Credited {
			return fmt.Errorf("%w: more was paid off the debt than its new principal", ErrInvalid)
		}
		difference += debt.Principal - old.Principal
	}
	var lines []Line
	if difference != 0 {
		lines = []Line{{AccountReceivable, difference}, {AccountPlaced, -difference}}
	}
	return d.Record(meta, DebtsRevised{Debts: debts, Lines: lines})
}

// proposalsADay is how many proposals that are not signed a case takes in a day. All of them are read with the case ever after, and each
// stores a contract.
const proposalsADay = 20

// Accept makes a proposal of an offer's terms. All debts must be open.
func (d *Dossier) Accept(meta Meta, p ProposalCreated) error {
	if err := d.mustBeOpen(p.Terms.Debts); err != nil {
		return err
	}
	if d.Taken(p.OfferHash) {
		return ErrOfferTaken
	}
	unsigned := 0
	for _, other := range d.Proposals {
		if other.Status != ContractSigned && other.Terms.QuotedAt.After(meta.At.Add(-24*time.Hour)) {
			unsigned++
		}
	}
	if unsigned >= proposalsADay {
		return ErrTooManyProposals
	}
	return d.Record(meta, p)
}

// Refuse gives up an unsigned proposal.
func (d *Dossier) Refuse(meta Meta, id ProposalID) error {
	p, ok := d.Proposal(id)
	if !ok {
		return fmt.Errorf("%w: proposal", ErrNotFound)
	}
	if status := p.StatusAt(meta.At); status != ContractIssued && status != ProposalReview {
		return ErrProposalNotOpen
	}
	return d.Record(meta, ProposalRefused{Proposal: id})
}

// Sign makes the agreement. The hash must be that of the contract's text, the contract must not have expired, and its debts must still be
// open and of the principal that it names.
func (d *Dossier) Sign(meta Meta, id ProposalID, textHash string, agreement AgreementID, evidenceHash string, aftercare Aftercare) error {
	p, ok := d.Proposal(id)
	if !ok {
		return fmt.Errorf("%w: proposal", ErrNotFound)
	}
	switch p.StatusAt(meta.At) {
	case ContractIssued:
	case ContractExpired:
		return ErrContractExpired
	case ContractSigned, ContractRefused, ProposalReview, ProposalDenied:
		return ErrProposalNotOpen
	}
	if p.TextHash != textHash {
		return ErrContractChanged
	}
	if err := d.mustBeOpen(p.Terms.Debts); err != nil {
		return err
	}
	// An import may have revised a debt since: the contract would post a principal that is not owed.
	if d.outstanding(p.Terms.Debts) != p.Terms.Principal {
		return fmt.Errorf("%w: its debts were revised", ErrContractExpired)
	}
	if d.creditedSince(p.Terms.Debts, p.Revision) {
		return fmt.Errorf("%w: its debts were paid in part", ErrContractExpired)
	}
	return d.Record(meta, SignedContract{
		Proposal: id, Agreement: agreement, EvidenceHash: evidenceHash, Aftercare: aftercare, Restructures: d.endedOver(p.Terms.Debts),
		Lines: signedLines(p.Terms),
	})
}

// outstanding adds up the principal that is still owed of debts of the case.
func (d *Dossier) outstanding(ids []DebtID) money.Centavos {
	var sum money.Centavos
	for _, id := range ids {
		if debt, ok := d.Debt(id); ok {
			sum += debt.Outstanding()
		}
	}
	return sum
}

// creditedSince reports whether what is owed of a debt was fixed anew after an event.
func (d *Dossier) creditedSince(ids []DebtID, seq int64) bool {
	return slices.ContainsFunc(ids, func(id DebtID) bool {
		debt, ok := d.Debt(id)
		return ok && debt.Carried != nil && debt.Revision > seq
	})
}

// endedOver are the ended agreements over any of the debts.
func (d *Dossier) endedOver(debts []DebtID) []AgreementID {
	var out []AgreementID
	for _, a := range d.Agreements {
		if ended(a) && slices.ContainsFunc(a.Debts, func(id DebtID) bool { return slices.Contains(debts, id) }) {
			out = append(out, a.ID)
		}
	}
	return out
}

// Taken reports whether an offer, by its hash, was accepted before.
func (d *Dossier) Taken(offerHash string) bool {
	return slices.ContainsFunc(d.Proposals, func(p Proposal) bool { return p.OfferHash == offerHash })
}

func (d *Dossier) mustBeOpen(ids []DebtID) error {
	if len(ids) == 0 {
		return fmt.Errorf("%w: a deal needs a debt", ErrInvalid)
	}
	seen := map[DebtID]bool{}
	for _, id := range ids {
		debt, ok := d.Debt(id)
		if !ok || seen[id] {
			return fmt.Errorf("%w: debt", ErrNotFound)
		}
		seen[id] = true
		if err := debt.MayBeDealtAbout(); err != nil {
			return err
		}
	}
	return nil
}
