package history

import (
	"errors"
	"time"

	"github.com/regua/regua/shared/collection"
)

func (w *Walk) requestReview() error {
	p, ok := pick(w, w.Dossier.Proposals)
	if !ok || p.StatusAt(w.At) != collection.ContractIssued {
		return nil
	}
	return w.Dossier.RequestReview(w.meta("participant"), p.ID, w.At.Add(48*time.Hour))
}

func (w *Walk) review() error {
	p, ok := pick(w, w.Dossier.Proposals)
	if !ok {
		return nil
	}
	if w.chance.Intn(3) == 0 {
		return w.Dossier.ExpireReview(w.meta("deadline-step"), p.ID)
	}
	return w.Dossier.Review(w.staff(), p.ID, w.chance.Intn(3) > 0, w.At.Add(time.Hour))
}

// staff is a named person who says why.
func (w *Walk) staff() collection.Meta {
	by := collection.Principal{Kind: collection.KindStaff, ID: "ana", Creditor: w.Dossier.Case.Creditor}
	return collection.Meta{At: w.At, By: by, Reason: "because"}
}

func (w *Walk) hold() error {
	debt, ok := pick(w, w.Dossier.Debts)
	if !ok {
		return nil
	}
	one := []collection.DebtID{debt.ID}
	switch w.chance.Intn(6) {
	case 0, 1:
		return w.Dossier.Dispute(w.staff(), one)
	case 2:
		to := collection.DebtStatus(w.one(string(collection.DebtOpen), string(collection.DebtWrittenOff), string(collection.DebtRecalled)))
		return w.Dossier.DecideDispute(w.staff(), one, to)
	case 3:
		return w.Dossier.Suspend(w.staff())
	case 4:
		return w.Dossier.Resume(w.staff())
	}
	return w.Dossier.WriteOff(w.staff(), one)
}

// recall is rare: nothing is left to walk on after it.
func (w *Walk) recall() error {
	debt, ok := pick(w, w.Dossier.Debts)
	if !ok || w.chance.Intn(3) > 0 {
		return nil
	}
	debts := []collection.DebtID{debt.ID}
	if w.chance.Intn(3) == 0 {
		debts = nil
	}
	return w.Dossier.Recall(w.staff(), debts, w.today(), Charge)
}

func (w *Walk) keepCare() error {
	a, ok := pick(w, w.Dossier.Agreements)
	if !ok {
		return nil
	}
	_, err := w.Dossier.KeepAftercare(w.meta("deadline-step"), a.ID)
	return err
}

func (w *Walk) answerCare() error {
	a, ok := pick(w, w.Dossier.Agreements)
	if !ok || a.AftercareAt.IsZero() {
		return nil
	}
	if w.chance.Intn(4) == 0 {
		return w.settleCare(a.ID)
	}
	answer := collection.AftercareAnswered{Agreement: a.ID, Outcome: collection.AftercareConfirmed}
	if w.chance.Intn(2) == 0 {
		answer.Outcome, answer.Reason = collection.AftercareRefused, "no_vacancy"
	}
	if err := w.Dossier.AnswerAftercare(w.meta("aftercare-answer"), answer); !errors.Is(err, collection.ErrAnsweredOtherwise) {
		return err
	}
	return nil
}

// propose lets a member of staff propose what another one has to confirm.
func (w *Walk) propose() error {
	m := collection.Matter{Outcome: collection.ChoiceDone, Amount: w.amount()}
	debt, hasDebt := pick(w, w.Dossier.Debts)
	p, hasProposal := pick(w, w.Dossier.Proposals)
	receipt, hasReceipt := pick(w, w.Receipts)
	switch n := w.chance.Intn(5); {
	case n == 0 && hasProposal:
		m.Kind, m.Proposal, m.Outcome = collection.MatterReview, p.ID, collection.ChoiceApprove
	case n == 1 && hasReceipt:
		m.Kind, m.Provider, m.Account, m.Fact = collection.MatterRefund, receipt.Provider, receipt.Account, receipt.Fact
	case n == 2 && hasDebt:
		m.Kind, m.Debts, m.Outcome = collection.MatterDispute, []collection.DebtID{debt.ID}, collection.Choice(collection.DebtOpen)
	case n == 3 && hasDebt:
		m.Kind, m.Debts = collection.MatterRecall, []collection.DebtID{debt.ID}
	case hasDebt:
		m.Kind, m.Debts = collection.MatterWriteOff, []collection.DebtID{debt.ID}
	}
	if err := w.Dossier.ProposeDecision(w.staff(), m); !errors.Is(err, collection.ErrInvalid) { // one is proposed already
		return err
	}
	return nil
}

func (w *Walk) answerProposed() error {
	p, ok := pick(w, w.Dossier.Case.Proposed)
	if !ok {
		return nil
	}
	second := w.staff()
	second.By.ID = "bia"
	_, err := w.Dossier.AnswerDecision(second, p.Matter, w.chance.Intn(2) == 0)
	return err
}

// settleCare is staff's hand on a request that failed.
func (w *Walk) settleCare(id collection.AgreementID) error {
	err := w.Dossier.RepeatAftercare(w.staff(), id)
	if w.chance.Intn(2) == 0 {
		err = w.Dossier.CloseAftercare(w.staff(), id, collection.AftercareClosed)
	}
	if errors.Is(err, collection.ErrInvalid) || errors.Is(err, collection.ErrAgreementEnded) {
		return nil
	}
	return err
}
