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
	return k.dispute(ctx, meta, id, choice, about{kind: collection.MatterDispute, debts: debts, states: disputed()})
}

// CorrectDispute decides that a disputed debt is open again with a smaller principal; see decision.Take.
func (k *Desk) CorrectDispute(
	ctx context.Context, meta collection.Meta, id collection.CaseID, debt collection.DebtID, principal money.Centavos,
) (collection.Decision, error) {
	return k.dispute(ctx, meta, id, collection.ChoiceCorrect,
		about{kind: collection.MatterDispute, debts: []collection.DebtID{debt}, states: disputed(), principal: principal})
}

func (k *Desk) dispute(
	ctx context.Context, meta collection.Meta, id collection.CaseID, choice collection.Choice, a about,
) (collection.Decision, error) {
	return k.decide(ctx, meta, id, choice, a, func(d *collection.Dossier, m collection.Matter) error {
		if m.Outcome != collection.ChoiceCorrect {
			return d.DecideDispute(meta, m.Debts, collection.DebtStatus(m.Outcome))
		}
		if len(m.Debts) != 1 {
			return fmt.Errorf("%w: one debt is corrected at a time", collection.ErrInvalid)
		}
		return d.CorrectDispute(meta, m.Debts[0], m.Amount)
	})
}

func disputed() []collection.DebtStatus { return []collection.DebtStatus{collection.DebtDisputed} }

// WriteOff gives debts up that are under no agreement, all such of the case when none are named; see decision.Take.
func (k *Desk) WriteOff(
	ctx context.Context, meta collection.Meta, id collection.CaseID, debts []collection.DebtID, choice collection.Choice,
) (collection.Decision, error) {
	return k.decide(ctx, meta, id, choice, about{kind: collection.MatterWriteOff, debts: debts, states: claimed()},
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
	over := about{kind: collection.MatterRecall, debts: debts, states: append(claimed(), collection.DebtInAgreement)}
	return k.decide(ctx, meta, id, choice, over,
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

// about is a matter over debts: those that were named, or all in some states. Principal is that of a debt that is corrected.
type about struct {
	kind      collection.MatterKind
	debts     []collection.DebtID
	states    []collection.DebtStatus
	principal money.Centavos
}

// on is the matter on a case. What the case gave up before is at stake too, so that nothing is gained by deciding about one debt at a time.
func (a about) on(d *collection.Dossier) (collection.Matter, money.Centavos, error) {
	m := collection.Matter{Kind: a.kind, Debts: a.debts}
	if len(m.Debts) == 0 {
		m.Debts = d.DebtsIn(a.states...)
	}
	owed := d.Owed(m.Debts)
	if m.Amount = owed; a.principal != 0 {
		m.Amount = a.principal
	}
	return m, owed + d.Owed(d.DebtsIn(collection.DebtWrittenOff, collection.DebtRecalled)), nil
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
