package collection

import (
	"fmt"
	"slices"
	"time"
)

// post adds a balanced entry to the case's balances.
func (d *Dossier) post(seq int64, at time.Time, cause string, lines []Line) error {
	entry := Entry{Seq: seq, At: at, Cause: cause, Lines: lines}
	if !entry.Balanced() {
		return fmt.Errorf("ledger entry %q does not balance", cause)
	}
	for _, l := range lines {
		sum, err := d.Case.Balances[l.Account].Add(l.Amount)
		if err != nil {
			return fmt.Errorf("balance of %s: %w", l.Account, err)
		}
		d.Case.Balances[l.Account] = sum
	}
	d.entries = append(d.entries, entry)
	return nil
}

func (e CaseOpened) apply(d *Dossier, _ int64, at time.Time) error {
	d.Case.Standing, d.Case.UF, d.Case.PersonKey, d.Case.OpenedAt = e.Standing, e.UF, e.PersonKey, at
	d.Case.HasEmail, d.Case.HasPhone = e.HasEmail, e.HasPhone
	d.Case.Score, d.Case.Segment = e.Score, e.Segment
	return nil
}

func (e ParticipantRevised) apply(d *Dossier, _ int64, at time.Time) error {
	d.Case.Standing, d.Case.UF, d.Case.HasEmail, d.Case.HasPhone = e.Standing, e.UF, e.HasEmail, e.HasPhone
	d.Case.renew(e.Renewed, at)
	d.Case.Score, d.Case.Segment = e.Score, e.Segment
	return nil
}

func (e DebtsPlaced) apply(d *Dossier, seq int64, at time.Time) error {
	for _, p := range e.Debts {
		if _, exists := d.Debt(p.ID); exists {
			return fmt.Errorf("debt %s is there already", p.ID)
		}
		d.Debts = append(d.Debts, Debt{
			ID: p.ID, Status: DebtOpen, Product: p.Product, DueDate: p.DueDate, Principal: p.Principal, MonthlyRate: p.MonthlyRate,
			TaxedDays: p.TaxedDays, Revision: seq,
		})
	}
	slices.SortFunc(d.Debts, func(a, b Debt) int { return a.ID.Compare(b.ID) })
	return d.post(seq, at, "placed", e.Lines)
}

func (e DebtsRevised) apply(d *Dossier, seq int64, at time.Time) error {
	for _, p := range e.Debts {
		debt, ok := d.Debt(p.ID)
		if !ok || debt.Status != DebtOpen {
			return fmt.Errorf("%w: %s", ErrDebtsNotOpen, p.ID)
		}
		debt.Product, debt.DueDate, debt.Principal, debt.Revision = p.Product, p.DueDate, p.Principal, seq
		debt.MonthlyRate, debt.TaxedDays = p.MonthlyRate, p.TaxedDays
	}
	if len(e.Lines) == 0 {
		return nil
	}
	return d.post(seq, at, "revised", e.Lines)
}

func (e ProposalCreated) apply(d *Dossier, seq int64, _ time.Time) error {
	d.Proposals = append(d.Proposals, Proposal{
		ID: e.Proposal, Status: ContractIssued, OfferHash: e.OfferHash, ContractNumber: e.ContractNumber, Template: e.Template,
		TextHash: e.TextHash, PDFHash: e.PDFHash, Terms: e.Terms, Rules: e.Rules, ExpiresAt: e.ExpiresAt, Revision: seq,
	})
	return nil
}

func (e ProposalRefused) apply(d *Dossier, seq int64, _ time.Time) error {
	p, ok := d.Proposal(e.Proposal)
	if !ok || (p.Status != ContractIssued && p.Status != ProposalReview) {
		return ErrProposalNotOpen
	}
	p.Status, p.Revision = ContractRefused, seq
	d.dropProposed(func(x ProposedDecision) bool { return x.Kind == MatterReview && x.Proposal == e.Proposal })
	return nil
}

func (e SignedContract) apply(d *Dossier, seq int64, at time.Time) error {
	p, ok := d.Proposal(e.Proposal)
	if !ok || p.Status != ContractIssued {
		return ErrProposalNotOpen
	}
	p.Status, p.Agreement, p.Revision = ContractSigned, e.Agreement, seq
	agreement := Agreement{
		ID: e.Agreement, Proposal: p.ID, ContractNumber: p.ContractNumber, Status: AgreementPendingFirstPayment,
		Debts: slices.Clone(p.Terms.Debts), Total: p.Terms.Total, Owed: p.Terms.Net(), Distribution: p.Terms.Distribution,
		Aftercare: e.Aftercare, Rules: p.Rules, Restructures: e.Restructures, SignedAt: at, Revision: seq,
	}
	for _, row := range p.Terms.Schedule {
		agreement.Instalments = append(agreement.Instalments, Instalment{Number: row.Number, DueDate: row.DueDate, Amount: row.Amount})
	}
	d.Agreements = append(d.Agreements, agreement)
	for _, id := range agreement.Debts {
		debt, ok := d.Debt(id)
		if !ok || debt.Status != DebtOpen {
			return fmt.Errorf("%w: %s", ErrDebtsNotOpen, id)
		}
		debt.Status, debt.Agreement, debt.Revision = DebtInAgreement, e.Agreement, seq
	}
	return d.post(seq, at, "signed", e.Lines)
}

func (e ServiceRestoreRequested) apply(d *Dossier, seq int64, at time.Time) error {
	return d.requestAftercare(e.Agreement, Care{Attempts: e.Attempt, Repeats: e.Repeat, Until: e.Until}, seq, at)
}

func (e PlanReactivationRequested) apply(d *Dossier, seq int64, at time.Time) error {
	return d.requestAftercare(e.Agreement, Care{Attempts: e.Attempt, Repeats: e.Repeat, Until: e.Until}, seq, at)
}

// requestAftercare notes one request; the first of a round leaves nothing of an earlier answer.
func (d *Dossier) requestAftercare(id AgreementID, asked Care, seq int64, at time.Time) error {
	agreement, ok := d.Agreement(id)
	if !ok {
		return fmt.Errorf("%w: agreement %s", ErrNotFound, id)
	}
	if asked.Attempts == 1 {
		agreement.AftercareAt = at
	}
	agreement.Care, agreement.Revision = asked, seq
	return nil
}
