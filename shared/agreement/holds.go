package agreement

import (
	"context"
	"fmt"

	"github.com/regua/regua/shared/collection"
)

// Dispute takes open debts out of collection while they are disputed; see Dossier.Dispute. As with all that follows, the principal of meta
// decides and its reason is recorded; without a reason it is collection.ErrInvalid.
func (k *Desk) Dispute(ctx context.Context, meta collection.Meta, id collection.CaseID, debts []collection.DebtID) error {
	return k.change(ctx, meta, id, func(d *collection.Dossier) error { return d.Dispute(meta, debts) })
}

// Suspend takes the open debts of a case out of collection.
func (k *Desk) Suspend(ctx context.Context, meta collection.Meta, id collection.CaseID) error {
	return k.change(ctx, meta, id, func(d *collection.Dossier) error { return d.Suspend(meta) })
}

// Resume opens the suspended debts of a case again.
func (k *Desk) Resume(ctx context.Context, meta collection.Meta, id collection.CaseID) error {
	return k.change(ctx, meta, id, func(d *collection.Dossier) error { return d.Resume(meta) })
}

// RepeatAftercare has the creditor's system asked anew for what it refused or did not answer; see Dossier.RepeatAftercare.
func (k *Desk) RepeatAftercare(ctx context.Context, meta collection.Meta, id collection.CaseID, deal collection.AgreementID) error {
	return k.change(ctx, meta, id, func(d *collection.Dossier) error { return d.RepeatAftercare(meta, deal) })
}

// CloseAftercare settles what the creditor's system refused or did not answer; see Dossier.CloseAftercare.
func (k *Desk) CloseAftercare(
	ctx context.Context, meta collection.Meta, id collection.CaseID, deal collection.AgreementID, outcome collection.AftercareOutcome,
) error {
	return k.change(ctx, meta, id, func(d *collection.Dossier) error { return d.CloseAftercare(meta, deal, outcome) })
}

// change loads a case, changes it and commits it, again while somebody else changes it in between.
func (k *Desk) change(ctx context.Context, meta collection.Meta, id collection.CaseID, decide func(*collection.Dossier) error) error {
	return collection.Redo(func() error {
		d, err := k.Cases.Load(ctx, meta.By.Creditor, id)
		if err != nil {
			return fmt.Errorf("load case: %w", err)
		}
		if err := decide(d); err != nil {
			return err
		}
		if len(d.Recorded()) == 0 {
			return nil
		}
		if err := k.Cases.Commit(ctx, d); err != nil {
			return fmt.Errorf("commit change: %w", err)
		}
		return nil
	})
}
