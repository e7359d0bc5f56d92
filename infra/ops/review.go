package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/proposal"
)

func reviewCommands() []command {
	return []command{
		{
			"review list", "review list -creditor ID",
			"Lists the deals that wait for a person's decision, the oldest first: how long, how much, until when, and what to type next.\n" +
				"It reads the whole table.",
			(*tool).listReviews,
		},
		{
			"review show", "review show -creditor ID -case ID -proposal ID [-reveal]",
			"Prints all that a decision about a deal needs: why it waits, its terms, the debts, the case's earlier deals, and what another\n" +
				"operator proposed. Personal data is masked; -reveal opens it. Both call KMS and so leave a trace in the account's audit log.",
			(*tool).showReview,
		},
		{
			"review decide", "review decide -creditor ID -case ID -proposal ID (-approve | -deny | -confirm | -refuse)" + decisionFlags,
			"Decides whether a contract that waits may be signed. Approved, it can be signed for three days, and until the day of its first\n" +
				"payment; denied, the participant may choose another offer." + whoDecides,
			(*tool).decideReview,
		},
	}
}

// waitingProposal is a proposal that waits for a decision, with its case.
type waitingProposal struct {
	dossier  *collection.Dossier
	proposal collection.Proposal
}

// since is when it began to wait: its id was drawn then.
func (w waitingProposal) since() time.Time { return w.proposal.Terms.QuotedAt }

func (t *tool) listReviews(ctx context.Context, c command, args []string) error {
	k, err := t.open(ctx, c, args, none)
	if err != nil {
		return err
	}
	cases, err := k.casesWith(ctx, "S#PROPOSAL#", inBody, string(collection.ProposalReview))
	if err != nil {
		return err
	}
	var waiting []waitingProposal
	for _, d := range cases {
		for _, p := range d.Proposals {
			if p.StatusAt(k.now) == collection.ProposalReview {
				waiting = append(waiting, waitingProposal{d, p})
			}
		}
	}
	if len(waiting) == 0 {
		fmt.Fprintf(t.out, "no deal of %s waits for a decision\n", k.creditor.ID)
		return nil
	}
	slices.SortFunc(waiting, func(a, b waitingProposal) int { return a.since().Compare(b.since()) })
	for _, w := range waiting {
		p := w.proposal
		fmt.Fprintf(t.out, "%s in %d, discount %s, waits for %s, until %s: %s\n", p.Terms.Total, len(p.Terms.Schedule), p.Terms.Discount,
			age(w.since(), k.now), p.ReviewUntil.UTC().Format(time.RFC3339), k.why(p.Terms))
		at := fmt.Sprintf("-creditor -case %s -proposal %s", w.dossier.Case.ID, p.ID)
		about := collection.Matter{Kind: collection.MatterReview, Proposal: p.ID}
		put, err := t.proposed(ctx, k, w.dossier, about, k.next("review decide %s -confirm%s", at, decisionFlags))
		if err != nil {
			return err
		}
		if !put {
			fmt.Fprintf(t.out, "  next: %s\n", k.next("review show %s", at))
		}
	}
	fmt.Fprintf(t.out, "%d deals wait for a decision\n", len(waiting))
	return nil
}

// why says why a deal is reviewed; the rule may have changed since.
func (k desk) why(terms collection.Terms) string {
	reasons := proposal.ReviewReasons(k.creditor.Policy.Review, terms)
	if len(reasons) == 0 {
		return "the rule that held it has changed since"
	}
	return strings.Join(reasons, "; ")
}

// proposalFlag names a proposal of a case.
type proposalFlag struct {
	caseFlag
	text string
	of   collection.ProposalID
}

func (x *proposalFlag) addTo(f *flag.FlagSet) {
	x.caseFlag.addTo(f)
	f.StringVar(&x.text, "proposal", "", "`ID` of the proposal")
}

func (x *proposalFlag) check() (err error) {
	if err := x.caseFlag.check(); err != nil {
		return err
	}
	if x.of, err = collection.ParseID[collection.ProposalNoun](x.text); err != nil {
		return &exitError{exitUsage, "-proposal: not an id"}
	}
	return nil
}

func (t *tool) showReview(ctx context.Context, c command, args []string) error {
	var x proposalFlag
	k, d, reveal, err := t.openCase(ctx, c, args, &x)
	if err != nil {
		return err
	}
	p, ok := d.Proposal(x.of)
	if !ok {
		return fmt.Errorf("%w: the case has no such proposal", collection.ErrNotFound)
	}
	if err := t.person(ctx, k, d, reveal); err != nil {
		return err
	}
	t.printDeal(k, d, *p)
	at := fmt.Sprintf("-creditor -case %s -proposal %s", x.id, x.of)
	about := collection.Matter{Kind: collection.MatterReview, Proposal: p.ID}
	put, err := t.proposed(ctx, k, d, about, k.next("review decide %s -confirm%s", at, decisionFlags))
	if err != nil || put {
		return err
	}
	if p.StatusAt(k.now) == collection.ProposalReview {
		fmt.Fprintf(t.out, "next: %s\n", k.next("review decide %s -approve%s", at, decisionFlags))
	}
	return nil
}

func (t *tool) printDeal(k desk, d *collection.Dossier, p collection.Proposal) {
	terms := p.Terms
	owed := terms.Principal + terms.Fine + terms.Interest + terms.Correction
	fmt.Fprintf(t.out, "proposal %s, contract %s: %s", p.ID, p.ContractNumber, p.StatusAt(k.now))
	if p.Status == collection.ProposalReview {
		fmt.Fprintf(t.out, ", waits for %s, to be decided until %s\nit waits because %s", age(terms.QuotedAt, k.now),
			p.ReviewUntil.UTC().Format(time.RFC3339), k.why(terms))
	}
	fmt.Fprintf(t.out, "\nowed %s: principal %s, fine %s, interest %s, correction %s\n", owed, terms.Principal, terms.Fine, terms.Interest,
		terms.Correction)
	fmt.Fprintf(t.out, "discount %s (%s of what is owed), financing %s, IOF %s\ntotal %s in %d, CET %s %% a year, policy %s\n", terms.Discount,
		share(terms.Discount, owed), terms.Financing, terms.IOF, terms.Total, len(terms.Schedule), terms.CETAnnual, terms.PolicyVersion)
	for _, row := range shortened(terms.Schedule) {
		fmt.Fprintf(t.out, "  payment %d: %s on %s\n", row.Number, row.Amount, row.DueDate)
	}
	t.debtsOf(d, terms.Debts)
	var late money.Centavos
	for _, debt := range d.OpenDebts() {
		late += debt.Outstanding()
	}
	fmt.Fprintf(t.out, "the case has %d debts, %s of principal open, and %d agreements\n", len(d.Debts), late, len(d.Agreements))
	t.dealsOf(d)
}

// shortened is the first and the last payments of a long schedule.
func shortened(rows []collection.ScheduledPayment) []collection.ScheduledPayment {
	if len(rows) <= 4 {
		return rows
	}
	return slices.Concat(rows[:2], rows[len(rows)-1:])
}

func (t *tool) decideReview(ctx context.Context, c command, args []string) error {
	var at proposalFlag
	var x deciding
	var approve, deny bool
	var choice collection.Choice
	k, err := t.open(ctx, c, args, all(at.check, x.check, func() (err error) {
		choice, err = x.choice(map[collection.Choice]bool{collection.ChoiceApprove: approve, collection.ChoiceDeny: deny})
		return err
	}), at.addTo, x.addTo, x.addAnswers, func(f *flag.FlagSet) {
		f.BoolVar(&approve, "approve", false, "the contract may be signed")
		f.BoolVar(&deny, "deny", false, "the contract may not be signed")
	})
	if err != nil {
		return err
	}
	came, err := k.proposals().Review(ctx, x.meta(k), at.id, at.of, choice)
	if err != nil {
		return err
	}
	d, err := k.store.Load(ctx, k.creditor.ID, at.id)
	if err != nil {
		return fmt.Errorf("load case: %w", err)
	}
	done := "the proposal is denied, and the participant may choose another offer"
	if p, ok := d.Proposal(at.of); ok && p.Status == collection.ContractIssued {
		done = "the participant may sign until " + p.ExpiresAt.UTC().Format(time.RFC3339)
	}
	t.said(k, came, done, k.next("review decide -creditor -case %s -proposal %s -confirm%s", at.id, at.of, decisionFlags))
	return nil
}
