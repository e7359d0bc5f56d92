package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/regua/regua/shared/agreement"
	"github.com/regua/regua/shared/collection"
)

func holdCommands() []command {
	const debts = " [-debt ID]…"
	const decides = debts + " (-decide | -confirm | -refuse)" + decisionFlags
	return []command{
		{
			"recall", "recall -creditor ID -case ID" + decides,
			"Gives debts back to the creditor, all that are still claimed when none are named. Live agreements over them end: what was paid\n" +
				"counts against their debts, their discounts are kept in the share that was paid, and their payment codes are made unpayable." +
				whoDecides,
			(*tool).recall,
		},
		{
			"write-off", "write-off -creditor ID -case ID" + decides,
			"Gives debts up that are under no live agreement, all such of the case when none are named." + whoDecides,
			(*tool).writeOff,
		},
		{
			"suspend", "suspend -creditor ID -case ID" + decisionFlags,
			"Takes the open debts of a case out of collection, as after a reported death. Nobody is reminded of them, and contracts over them\n" +
				"that are not signed are refused. One operator is enough: it can be undone.",
			func(t *tool, ctx context.Context, c command, args []string) error {
				return t.hold(ctx, c, args, (*agreement.Desk).Suspend)
			},
		},
		{
			"resume", "resume -creditor ID -case ID" + decisionFlags,
			"Opens the suspended debts of a case again. One operator is enough.",
			func(t *tool, ctx context.Context, c command, args []string) error {
				return t.hold(ctx, c, args, (*agreement.Desk).Resume)
			},
		},
		{
			"decisions list", "decisions list -creditor ID",
			"Lists the decisions about cases that one operator proposed and another has to confirm or refuse, the oldest first: reviews,\n" +
				"disputes, refunds, recalls and write-offs. Those about orphans stand in orphans list. It reads the whole table.",
			(*tool).listProposed,
		},
	}
}

// decideDebts is a decision of one outcome about debts.
type decideDebts func(
	k *agreement.Desk, ctx context.Context, meta collection.Meta, id collection.CaseID, debts []collection.DebtID, choice collection.Choice,
) (collection.Decision, error)

func (t *tool) recall(ctx context.Context, c command, args []string) error {
	return t.decideDebts(ctx, c, args, (*agreement.Desk).Recall)
}

func (t *tool) writeOff(ctx context.Context, c command, args []string) error {
	return t.decideDebts(ctx, c, args, (*agreement.Desk).WriteOff)
}

func (t *tool) decideDebts(ctx context.Context, c command, args []string, decide decideDebts) error {
	var at debtFlags
	var x deciding
	var sure bool
	var choice collection.Choice
	k, err := t.open(ctx, c, args, all(at.check, x.check, func() (err error) {
		choice, err = x.choice(map[collection.Choice]bool{collection.ChoiceDone: sure})
		return err
	}), at.addTo, x.addTo, x.addAnswers, boolFlag(&sure, "decide", "do it, or propose it to another operator"))
	if err != nil {
		return err
	}
	came, err := decide(k.agreements(), ctx, x.meta(k), at.id, at.debts, choice)
	if err != nil {
		return err
	}
	return t.movedDebts(ctx, k, at.id, came, k.next("%s -creditor -case %s -confirm%s", c.name, at.id, decisionFlags))
}

func (t *tool) hold(
	ctx context.Context, c command, args []string,
	change func(*agreement.Desk, context.Context, collection.Meta, collection.CaseID) error,
) error {
	var at caseFlag
	var x deciding
	k, err := t.open(ctx, c, args, all(at.check, x.check), at.addTo, x.addTo)
	if err != nil {
		return err
	}
	if err := change(k.agreements(), ctx, x.meta(k), at.id); err != nil {
		return err
	}
	return t.movedDebts(ctx, k, at.id, collection.DecisionTaken, "")
}

func (t *tool) listProposed(ctx context.Context, c command, args []string) error {
	k, err := t.open(ctx, c, args, none)
	if err != nil {
		return err
	}
	cases, err := k.casesWith(ctx, "S#CASE", inBody, `"proposed":`)
	if err != nil {
		return err
	}
	type waiting struct {
		dossier *collection.Dossier
		collection.ProposedDecision
	}
	var found []waiting
	for _, d := range cases {
		for _, p := range d.Case.Proposed {
			found = append(found, waiting{d, p})
		}
	}
	if len(found) == 0 {
		fmt.Fprintf(t.out, "no decision of %s waits for a second operator\n", k.creditor.ID)
		return nil
	}
	slices.SortFunc(found, func(a, b waiting) int { return a.At.Compare(b.At) })
	for _, w := range found {
		fmt.Fprintf(t.out, "%s, case %s\n", w.Amount, w.dossier.Case.ID)
		if _, err := t.proposed(ctx, k, w.dossier, w.Matter, k.answerTo(w.dossier.Case.ID, w.Matter)); err != nil {
			return err
		}
	}
	fmt.Fprintf(t.out, "%d decisions wait for a second operator\n", len(found))
	return nil
}

// answerTo is the command by which a second operator confirms.
func (k desk) answerTo(id collection.CaseID, m collection.Matter) string {
	at := fmt.Sprintf("-creditor -case %s", id)
	command := map[collection.MatterKind]string{
		collection.MatterReview: "review decide", collection.MatterDispute: "disputes decide", collection.MatterRefund: "refunds decide",
		collection.MatterRecall: "recall", collection.MatterWriteOff: "write-off",
	}[m.Kind]
	switch m.Kind {
	case collection.MatterReview:
		at += " -proposal " + m.Proposal.String()
	case collection.MatterRefund:
		at = fmt.Sprintf("-creditor -at %s:%s -fact %q", m.Provider, m.Account, m.Fact)
	case collection.MatterDispute, collection.MatterRecall, collection.MatterWriteOff:
	}
	return k.next("%s %s -confirm%s", command, at, decisionFlags)
}
