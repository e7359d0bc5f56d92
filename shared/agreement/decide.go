package agreement

import (
	"context"
	"fmt"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/decision"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/offer"
)

// DecideDispute decides about disputed debts, all of the case when none are named. The choice is the status that they come to, OPEN when
// the dispute was rejected, WRITTEN_OFF or RECALLED when it was upheld; or what a second member of staff says, see decision.Take.
func (k *Desk) DecideDispute(
	ctx context.Context, meta collection.Meta, id collection.CaseID, debts []collection.DebtID, choice collection.Choice,
) (collection.Decision, error) {
	return k.decide(ctx, meta, id, choice, about{collection.MatterDispute, debts, []collection.DebtStatus{collection.DebtDisputed}},
		func(d *collection.Dossier, m collection.Matter) error {
			return d.DecideDispute(meta, m.Debts, collection.DebtStatus(m.Outcome))
		})
}

// WriteOff gives debts up that are under no agreement, all such of the case when none are named; see decision.Take.
func (k *Desk) WriteOff(
	ctx context.Context, meta collection.Meta, id collection.CaseID, debts []collection.DebtID, choice collection.Choice,
) (collection.Decision, error) {
	return k.decide(ctx, meta, id, choice, about{collection.MatterWriteOff, debts, claimed()},
		func(d *collection.Dossier, m collection.Matter) error {
			if m.Outcome != collection.ChoiceDone {
				return fmt.Errorf("%w: a write-off does not end in %.20q", collection.ErrInvalid, m.Outcome)
			}
			return d.WriteOff(meta, m.Debts)
		})
}

// Recall takes debts back for the creditor, all that are still claimed when none are named, and ends the live agreements over them; see
// decision.Take.
func (k *Desk) Recall(
	ctx context.Context, meta collection.Meta, id collection.CaseID, debts []collection.DebtID, choice collection.Choice,
) (collection.Decision, error) {
	creditor, err := k.Creditors.Creditor(ctx, meta.By.Creditor)
	if err != nil {
		return "", fmt.Errorf("find creditor: %w", err)
	}
	return k.decide(ctx, meta, id, choice, about{collection.MatterRecall, debts, append(claimed(), collection.DebtInAgreement)},
		func(d *collection.Dossier, m collection.Matter) error {
			if m.Outcome != collection.ChoiceDone {
				return fmt.Errorf("%w: a recall does not end in %.20q", collection.ErrInvalid, m.Outcome)
			}
			return d.Recall(meta, m.Debts, offer.Today(meta.At), offer.Charging(creditor))
		})
}

// claimed are the states of debts that are claimed outside of an agreement.
func claimed() []collection.DebtStatus {
	return []collection.DebtStatus{collection.DebtOpen, collection.DebtDisputed, collection.DebtSuspended}
}

// about is a matter over debts: those that were named, or all in some states.
type about struct {
	kind   collection.MatterKind
	debts  []collection.DebtID
	states []collection.DebtStatus
}

// on is the matter on a case. What the case gave up before is at stake too, so that nothing is gained by deciding about one debt at a time.
func (a about) on(d *collection.Dossier) (collection.Matter, money.Centavos, error) {
	m := collection.Matter{Kind: a.kind, Debts: a.debts}
	if len(m.Debts) == 0 {
		m.Debts = d.DebtsIn(a.states...)
	}
	m.Amount = d.Owed(m.Debts)
	return m, m.Amount + d.Owed(d.DebtsIn(collection.DebtWrittenOff, collection.DebtRecalled)), nil
}

func (k *Desk) decide(
	ctx context.Context, meta collection.Meta, id collection.CaseID, choice collection.Choice, a about,
	carry func(*collection.Dossier, collection.Matter) error,
) (collection.Decision, error) {
	creditor, err := k.Creditors.Creditor(ctx, meta.By.Creditor)
	if err != nil {
		return "", fmt.Errorf("find creditor: %w", err)
	}
	return decision.Take(meta, creditor.Policy.Decisions.SecondAbove, choice, decision.Affair{
		Load:   func() (*collection.Dossier, error) { return k.Cases.Load(ctx, meta.By.Creditor, id) },
		Commit: func(d *collection.Dossier) error { return k.Cases.Commit(ctx, d) },
		About:  a.on,
		Carry: func(d *collection.Dossier, m collection.Matter) error {
			if len(m.Debts) == 0 {
				return fmt.Errorf("%w: the case has no debts that this could be decided about", collection.ErrDebtsNotOpen)
			}
			return carry(d, m)
		},
	})
}
