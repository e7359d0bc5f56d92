package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
)

func orphanCommands() []command {
	return []command{
		{
			"orphans list", "orphans list -creditor ID",
			"Lists money that came and belongs to no payment request, the oldest first: when, how much, where, the provider's name of the\n" +
				"payment, what was said of it, and what to type next. It reads the whole table.",
			(*tool).listOrphans,
		},
		{
			"orphans show", "orphans show -creditor ID -at PROVIDER:ACCOUNT -fact NAME",
			"Prints what is known of such money: the code that it names, what was said of it, and the payment requests of the same amount that\n" +
				"nobody has paid. It reads the whole table.",
			(*tool).showOrphan,
		},
		{
			"orphans decide",
			"orphans decide -creditor ID -at PROVIDER:ACCOUNT -fact NAME (-apply INTENT | -refund | -confirm | -refuse)" + decisionFlags,
			"Applies the money to a payment request, which posts it to that agreement by an event whose actor is the operator, or sends all of\n" +
				"it back. A refund that the provider did not take at once is asked for again by the same command. What was said stays with the\n" +
				"receipt. Above the creditor's policy.decisions.secondAboveCentavos it is proposed only, and another operator says -confirm or\n" +
				"-refuse.",
			(*tool).decideOrphan,
		},
	}
}

func (t *tool) listOrphans(ctx context.Context, c command, args []string) error {
	k, err := t.open(ctx, c, args, none)
	if err != nil {
		return err
	}
	found, err := orphans(ctx, k.parts, k.creditor.ID)
	if err != nil {
		return err
	}
	var sum money.Centavos
	for _, r := range found {
		sum += r.Amount
		// The provider's name of a payment is a text from outside, so it is quoted.
		fmt.Fprintf(t.out, "%s  %s  %s %s %q, %s ago\n", r.PaidAt.UTC().Format(time.RFC3339), r.Amount, r.Provider, r.Account, r.Fact,
			age(r.PaidAt, k.now))
		t.orphanNext(k, r)
	}
	fmt.Fprintf(t.out, "%d payments, %s, belong to no payment request\n", len(found), sum)
	return nil
}

func orphanFlags(r collection.Receipt) string {
	return fmt.Sprintf("-creditor -at %s:%s -fact %q", r.Provider, r.Account, r.Fact)
}

// orphanNext says what to do about an orphan.
func (t *tool) orphanNext(k desk, r collection.Receipt) {
	p, waits := r.Proposed()
	switch {
	case r.Refund != "":
		fmt.Fprintf(t.out, "  on its way back, decided by %s\n  next: %s\n", r.DecidedBy, k.next("orphans decide %s -refund%s", orphanFlags(r),
			decisionFlags))
	case waits:
		fmt.Fprintf(t.out, "  proposed: %s %s by %s, %s ago: %q\n  next, by another operator: %s\n",
			strings.TrimPrefix(string(p.Choice), "propose_"), p.Intent, p.By, age(p.At, k.now), p.Reason,
			k.next("orphans decide %s -confirm%s", orphanFlags(r), decisionFlags))
	default:
		fmt.Fprintf(t.out, "  next: %s\n", k.next("orphans show %s", orphanFlags(r)))
	}
}

func (t *tool) showOrphan(ctx context.Context, c command, args []string) error {
	var at paymentFlags
	k, err := t.open(ctx, c, args, at.check, at.addTo)
	if err != nil {
		return err
	}
	r, err := k.store.LoadReceipt(ctx, k.creditor.ID, at.of.At.Provider, at.of.At.Account, at.of.Fact)
	if err != nil {
		return fmt.Errorf("load receipt: %w", err)
	}
	fmt.Fprintf(t.out, "payment %q at %s: %s on %s, %s ago, %s, for code %q\n", r.Fact, at.at, r.Amount, r.PaidAt.UTC().Format(time.RFC3339),
		age(r.PaidAt, k.now), r.Status, r.TxID)
	for _, said := range r.Said {
		fmt.Fprintf(t.out, "  %s %s said %s %s: %q\n", said.At.UTC().Format(time.RFC3339), said.By, said.Choice, said.Intent, said.Reason)
	}
	if r.Status != collection.ReceiptOrphan {
		fmt.Fprintln(t.out, "nothing is left to decide")
		return nil
	}
	if _, waits := r.Proposed(); waits || r.Refund != "" {
		t.orphanNext(k, r)
		return nil
	}
	unpaid, err := k.unpaid(ctx, r.Amount)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%d payment requests of the same amount were not paid\n", len(unpaid))
	for _, intent := range unpaid {
		fmt.Fprintf(t.out, "  intent %s: case %s, instalment %d by %s, asked for on %s, %s\n    next: %s\n", intent.ID, intent.Case,
			intent.Instalment, intent.Method, intent.RequestedAt.UTC().Format(time.RFC3339), payment.StatusAt(intent, k.now),
			k.next("orphans decide %s -apply %s%s", orphanFlags(r), intent.ID, decisionFlags))
	}
	fmt.Fprintf(t.out, "next, to send it back: %s\n", k.next("orphans decide %s -refund%s", orphanFlags(r), decisionFlags))
	return nil
}

// maxUnpaid bounds the requests that are shown for an orphan.
const maxUnpaid = 20

// unpaid finds payment requests of an amount that no money came for, the latest first, by reading the whole table.
func (k desk) unpaid(ctx context.Context, amount money.Centavos) ([]collection.Intent, error) {
	prefix := string(k.creditor.ID) + "#INTENT#"
	filter := fmt.Sprintf("begins_with(%s, :p) AND contains(doc, :a)", contract.KeyPartition)
	var found []collection.Intent
	values := map[string]string{":p": prefix, ":a": fmt.Sprintf(`"amountCentavos":%d,`, int64(amount))}
	err := scan(ctx, k.parts, filter, values, func(partition string) error {
		id, err := collection.ParseID[collection.IntentNoun](strings.TrimPrefix(partition, prefix))
		if err != nil {
			return fmt.Errorf("read the table: %w", err)
		}
		intent, err := k.store.LoadIntent(ctx, k.creditor.ID, id)
		if err == nil && intent.Amount == amount && intent.Received == intent.Returned {
			found = append(found, intent)
		}
		return err
	})
	slices.SortFunc(found, func(a, b collection.Intent) int { return b.RequestedAt.Compare(a.RequestedAt) })
	return found[:min(len(found), maxUnpaid)], err
}

// orphanChoice are the outcomes of a decision about an orphan.
type orphanChoice struct {
	apply  string
	refund bool
	word   payment.OrphanWord
}

func (o *orphanChoice) addTo(f *flag.FlagSet) {
	f.StringVar(&o.apply, "apply", "", "the payment request's `INTENT` that the money is for")
	f.BoolVar(&o.refund, "refund", false, "all of it goes back")
}

func (o *orphanChoice) check(x *deciding) error {
	choice, err := x.choice(map[collection.Choice]bool{
		collection.Choice(collection.OrphanApply): o.apply != "", collection.Choice(collection.OrphanRefund): o.refund,
	})
	if err != nil {
		return err
	}
	o.word = payment.OrphanWord{Choice: collection.OrphanChoice(choice), Reason: x.reason}
	if o.apply == "" {
		return nil
	}
	if o.word.To, err = collection.ParseID[collection.IntentNoun](o.apply); err != nil {
		return &exitError{exitUsage, "-apply: not an id"}
	}
	return nil
}

func (t *tool) decideOrphan(ctx context.Context, c command, args []string) error {
	var at paymentFlags
	var x deciding
	var o orphanChoice
	k, err := t.open(ctx, c, args, all(at.check, x.check, func() error { return o.check(&x) }), at.addTo, x.addTo, x.addAnswers, o.addTo)
	if err != nil {
		return err
	}
	came, err := k.parts.Refunds().DecideOrphan(ctx, x.by(k), at.of, o.word)
	if errors.Is(err, provider.ErrRefundPending) {
		fmt.Fprintln(t.out, "decided: the provider has the refund under way; its notice or the day's statement will say when the money has left")
		return nil
	}
	if err != nil {
		return err
	}
	r, err := k.store.LoadReceipt(ctx, k.creditor.ID, at.of.At.Provider, at.of.At.Account, at.of.Fact)
	if err != nil {
		return fmt.Errorf("load receipt: %w", err)
	}
	done := fmt.Sprintf("%s applied to intent %s of case %s, %s in excess", r.Applied, r.Intent, r.Case, r.Excess)
	if r.Status == collection.ReceiptRefunded {
		done = fmt.Sprintf("%s sent back", r.Returned)
	}
	t.said(k, came, done, k.next("orphans decide %s -confirm%s", orphanFlags(r), decisionFlags))
	return nil
}

// orphans finds the receipts of money that no payment request of a creditor is known for, the oldest first, by reading the whole table.
func orphans(ctx context.Context, parts app.Parts, creditor collection.CreditorID) ([]collection.Receipt, error) {
	prefix, store := string(creditor)+"#RECEIPT#", parts.Store()
	// The status stands inside the document: what the filter lets through is read as receipts are.
	filter := fmt.Sprintf("begins_with(%s, :p) AND contains(doc, :s)", contract.KeyPartition)
	var found []collection.Receipt
	err := scan(ctx, parts, filter, map[string]string{":p": prefix, ":s": string(collection.ReceiptOrphan)}, func(partition string) error {
		name := strings.SplitN(strings.TrimPrefix(partition, prefix), "#", 3) // only the last may hold a #
		if len(name) < 3 {
			return errors.New("read the table: the key of a receipt has another form")
		}
		receipt, err := store.LoadReceipt(ctx, creditor, name[0], name[1], name[2])
		if err != nil {
			return err
		}
		if receipt.Status == collection.ReceiptOrphan {
			found = append(found, receipt)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b collection.Receipt) int { return a.PaidAt.Compare(b.PaidAt) })
	return found, nil
}
