package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

func disputeCommands() []command {
	const debts = " [-debt ID]…"
	return []command{
		{
			"disputes list", "disputes list -creditor ID",
			"Lists the cases with disputed debts, the oldest dispute first: since when, about how much, by whom and why, and what to type next.\n" +
				"It reads the whole table.",
			(*tool).listDisputes,
		},
		{
			"disputes show", "disputes show -creditor ID -case ID [-reveal]",
			"Prints the disputed debts of a case with what they are of, and what another operator proposed. Personal data is masked; -reveal\n" +
				"opens it. Both call KMS and so leave a trace in the account's audit log.",
			(*tool).showDispute,
		},
		{
			"disputes open", "disputes open -creditor ID -case ID" + debts + decisionFlags,
			"Takes open debts out of collection because the participant disputes them: all open debts when none are named. Nobody is reminded\n" +
				"of them, and contracts over them that are not signed are refused. A debt under a live agreement cannot be disputed before that\n" +
				"has ended. One operator is enough.",
			(*tool).openDispute,
		},
		{
			"disputes decide",
			"disputes decide -creditor ID -case ID" + debts +
				" (-reject | -correct CENTAVOS | -write-off | -recall | -confirm | -refuse)" + decisionFlags,
			"Decides about disputed debts, all of the case when none are named. Rejected, they are open again and the ruler goes on. Upheld,\n" +
				"one debt is corrected to a smaller principal and open again, or they are closed: written off, or given back to the creditor." +
				whoDecides,
			(*tool).decideDispute,
		},
	}
}

// disputed reports whether an event put debts into dispute.
func disputed(r collection.Recorded) bool {
	e, ok := r.Event.(collection.DebtsMoved)
	return ok && e.Status == collection.DebtDisputed
}

func (t *tool) listDisputes(ctx context.Context, c command, args []string) error {
	k, err := t.open(ctx, c, args, none)
	if err != nil {
		return err
	}
	cases, err := k.casesWith(ctx, "S#DEBT#", inBody, string(collection.DebtDisputed))
	if err != nil {
		return err
	}
	type waiting struct {
		dossier *collection.Dossier
		event   collection.Recorded
	}
	var found []waiting
	for _, d := range cases {
		if len(d.DebtsIn(collection.DebtDisputed)) == 0 {
			continue
		}
		event, err := k.last(ctx, d.Case.ID, disputed)
		if err != nil {
			return err
		}
		found = append(found, waiting{d, event})
	}
	if len(found) == 0 {
		fmt.Fprintf(t.out, "no debt of %s is disputed\n", k.creditor.ID)
		return nil
	}
	slices.SortFunc(found, func(a, b waiting) int { return a.event.At.Compare(b.event.At) })
	for _, w := range found {
		debts := w.dossier.DebtsIn(collection.DebtDisputed)
		fmt.Fprintf(t.out, "%s in %d debts, disputed for %s, by %s: %q\n", w.dossier.Owed(debts), len(debts), age(w.event.At, k.now),
			w.event.By.Actor(), w.event.Reason)
		at := fmt.Sprintf("-creditor -case %s", w.dossier.Case.ID)
		put, err := t.proposed(ctx, k, w.dossier, collection.Matter{Kind: collection.MatterDispute},
			k.next("disputes decide %s -confirm%s", at, decisionFlags))
		if err != nil {
			return err
		}
		if !put {
			fmt.Fprintf(t.out, "  next: %s\n", k.next("disputes show %s", at))
		}
	}
	fmt.Fprintf(t.out, "%d cases have disputed debts\n", len(found))
	return nil
}

func (t *tool) showDispute(ctx context.Context, c command, args []string) error {
	var at caseFlag
	k, d, reveal, err := t.openCase(ctx, c, args, &at)
	if err != nil {
		return err
	}
	debts := d.DebtsIn(collection.DebtDisputed)
	if len(debts) == 0 {
		fmt.Fprintln(t.out, "no debt of the case is disputed")
		return nil
	}
	event, err := k.last(ctx, at.id, disputed)
	if err != nil {
		return err
	}
	if err := t.person(ctx, k, d, reveal); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%s in %d debts, disputed for %s, by %s: %q\n", d.Owed(debts), len(debts), age(event.At, k.now), event.By.Actor(),
		event.Reason)
	t.debtsOf(d, debts)
	if reveal {
		if err := t.details(ctx, k, d, debts); err != nil {
			return err
		}
	}
	t.dealsOf(d)
	next := fmt.Sprintf("-creditor -case %s", at.id)
	put, err := t.proposed(ctx, k, d, collection.Matter{Kind: collection.MatterDispute},
		k.next("disputes decide %s -confirm%s", next, decisionFlags))
	if err == nil && !put {
		fmt.Fprintf(t.out, "next: %s\n", k.next("disputes decide %s -reject%s", next, decisionFlags))
	}
	return err
}

// details opens what some debts are of.
func (t *tool) details(ctx context.Context, k desk, d *collection.Dossier, debts []collection.DebtID) error {
	vault := k.parts.Vault()
	for _, debt := range d.Debts {
		if !slices.Contains(debts, debt.ID) {
			continue
		}
		details, err := vault.OpenDebt(ctx, d.Case, debt)
		if err != nil {
			return fmt.Errorf("open debt %s: %w", debt.ID, err)
		}
		fmt.Fprintf(t.out, "  debt %s: %s of contract %s, %s\n", debt.ID, details.Reference, details.Contract, details.Description)
	}
	return nil
}

// debtFlags name debts of a case.
type debtFlags struct {
	caseFlag
	debts []collection.DebtID
}

func (x *debtFlags) addTo(f *flag.FlagSet) {
	x.caseFlag.addTo(f)
	f.Func("debt", "`ID` of a debt, repeatedly; all that it can be about when none are named", func(text string) error {
		id, err := collection.ParseID[collection.DebtNoun](text)
		if err != nil {
			return fmt.Errorf("not an id")
		}
		x.debts = append(x.debts, id)
		return nil
	})
}

func (t *tool) openDispute(ctx context.Context, c command, args []string) error {
	var at debtFlags
	var x deciding
	k, err := t.open(ctx, c, args, all(at.check, x.check), at.addTo, x.addTo)
	if err != nil {
		return err
	}
	if len(at.debts) == 0 {
		d, err := k.store.Load(ctx, k.creditor.ID, at.id)
		if err != nil {
			return fmt.Errorf("load case: %w", err)
		}
		if at.debts = d.DebtsIn(collection.DebtOpen); len(at.debts) == 0 {
			return fmt.Errorf("%w: no debt of the case is open", collection.ErrDebtsNotOpen)
		}
	}
	if err := k.agreements().Dispute(ctx, x.meta(k), at.id, at.debts); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "done: %d debts are disputed, and nobody is reminded of them\n  next: %s\n", len(at.debts),
		k.next("disputes show -creditor -case %s", at.id))
	return nil
}

// disputeChoice are the outcomes of a dispute.
type disputeChoice struct {
	reject, writeOff, recall bool
	correct                  int64
	choice                   collection.Choice
}

func (o *disputeChoice) addTo(f *flag.FlagSet) {
	f.BoolVar(&o.reject, "reject", false, "the debts are owed as they stand")
	f.Int64Var(&o.correct, "correct", 0, "the one debt's principal from now on, in `CENTAVOS`")
	f.BoolVar(&o.writeOff, "write-off", false, "the debts are given up")
	f.BoolVar(&o.recall, "recall", false, "the debts go back to the creditor")
}

func (o *disputeChoice) check(x *deciding) (err error) {
	if o.correct < 0 {
		return &exitError{exitUsage, "-correct: centavos above zero"}
	}
	o.choice, err = x.choice(map[collection.Choice]bool{
		collection.Choice(collection.DebtOpen): o.reject, collection.Choice(collection.DebtWrittenOff): o.writeOff,
		collection.Choice(collection.DebtRecalled): o.recall, collection.ChoiceCorrect: o.correct > 0,
	})
	return err
}

func (t *tool) decideDispute(ctx context.Context, c command, args []string) error {
	var at debtFlags
	var x deciding
	var o disputeChoice
	k, err := t.open(ctx, c, args, all(at.check, x.check, func() error {
		if o.correct > 0 && len(at.debts) != 1 {
			return &exitError{exitUsage, "-correct: name the one debt with -debt"}
		}
		return o.check(&x)
	}), at.addTo, x.addTo, x.addAnswers, o.addTo)
	if err != nil {
		return err
	}
	var came collection.Decision
	if o.choice == collection.ChoiceCorrect {
		came, err = k.agreements().CorrectDispute(ctx, x.meta(k), at.id, at.debts[0], money.Centavos(o.correct))
	} else {
		came, err = k.agreements().DecideDispute(ctx, x.meta(k), at.id, at.debts, o.choice)
	}
	if err != nil {
		return err
	}
	return t.movedDebts(ctx, k, at.id, came, k.next("disputes decide -creditor -case %s -confirm%s", at.id, decisionFlags))
}

// movedDebts says how the debts of a case stand after a decision.
func (t *tool) movedDebts(ctx context.Context, k desk, id collection.CaseID, came collection.Decision, confirm string) error {
	d, err := k.store.Load(ctx, k.creditor.ID, id)
	if err != nil {
		return fmt.Errorf("load case: %w", err)
	}
	counts := map[collection.DebtStatus]int{}
	var parts []string
	for _, debt := range d.Debts {
		counts[debt.Status]++
	}
	for _, status := range []collection.DebtStatus{
		collection.DebtOpen, collection.DebtInAgreement, collection.DebtDisputed, collection.DebtSuspended, collection.DebtRecalled,
		collection.DebtWrittenOff, collection.DebtSettled,
	} {
		if counts[status] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[status], status))
		}
	}
	t.said(k, came, "the debts of the case are "+strings.Join(parts, ", "), confirm)
	return nil
}
