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
	"github.com/regua/regua/shared/payment"
)

func refundCommands() []command {
	return []command{
		{
			"refunds list", "refunds list -creditor ID",
			"Lists the agreements with money that the participant has a claim to and that nobody ordered back, with orders that the provider\n" +
				"has not finished, and with orders that it refused: those have to be paid back by another way. The oldest agreement comes first.\n" +
				"It reads the whole table.",
			(*tool).listRefunds,
		},
		{
			"refunds show", "refunds show -creditor ID -case ID [-reveal]",
			"Prints the payments of a case's agreements, what of each can be sent back, the orders to do so, and what another operator\n" +
				"proposed. Personal data is masked; -reveal opens it. Both call KMS and so leave a trace in the account's audit log.",
			(*tool).showRefunds,
		},
		{
			"refunds decide",
			"refunds decide -creditor ID -at PROVIDER:ACCOUNT -fact NAME (-amount CENTAVOS | -confirm | -refuse)" + decisionFlags,
			"Orders a part or all of a payment to be sent back, and never more than is left of it. What left is posted when the provider says\n" +
				"that it has. What was ordered of a payment before counts towards the limit of one operator." + whoDecides,
			(*tool).decideRefund,
		},
	}
}

// owedBack is what of an agreement's excess nobody has ordered back.
func owedBack(a collection.Agreement) money.Centavos {
	left := a.Excess
	for _, r := range a.Refunds {
		if r.Status == collection.RefundRequested || r.Status == collection.RefundSent {
			left -= r.Amount
		}
	}
	return max(0, left)
}

// unfinished are an agreement's orders that have not come to their end, or were refused.
func unfinished(a collection.Agreement) []collection.Refund {
	return slices.DeleteFunc(slices.Clone(a.Refunds), func(r collection.Refund) bool { return r.Status == collection.RefundReturned })
}

func (t *tool) listRefunds(ctx context.Context, c command, args []string) error {
	k, err := t.open(ctx, c, args, none)
	if err != nil {
		return err
	}
	cases, err := k.casesWith(ctx, "S#AGREEMENT#", "NOT "+inBody+" OR contains(doc, :d1)", `"excessCentavos":0,`, `"refunds":[`)
	if err != nil {
		return err
	}
	type waiting struct {
		dossier *collection.Dossier
		collection.Agreement
	}
	var found []waiting
	for _, d := range cases {
		for _, a := range d.Agreements {
			if owedBack(a) > 0 || len(unfinished(a)) > 0 {
				found = append(found, waiting{d, a})
			}
		}
	}
	if len(found) == 0 {
		fmt.Fprintf(t.out, "nothing waits to be sent back for %s\n", k.creditor.ID)
		return nil
	}
	slices.SortFunc(found, func(a, b waiting) int { return a.SignedAt.Compare(b.SignedAt) })
	for _, w := range found {
		var said []string
		if left := owedBack(w.Agreement); left > 0 {
			said = append(said, fmt.Sprintf("%s that nobody ordered back", left))
		}
		for _, r := range unfinished(w.Agreement) {
			said = append(said, fmt.Sprintf("%s %s at %s", r.Amount, r.Status, r.Provider))
		}
		fmt.Fprintf(t.out, "agreement %s %s, signed %s ago: %s\n  next: %s\n", w.ID, w.Agreement.Status, age(w.SignedAt, k.now),
			strings.Join(said, "; "), k.next("refunds show -creditor -case %s", w.dossier.Case.ID))
	}
	fmt.Fprintf(t.out, "%d agreements have money to be sent back\n", len(found))
	return nil
}

func (t *tool) showRefunds(ctx context.Context, c command, args []string) error {
	var at caseFlag
	k, d, reveal, err := t.openCase(ctx, c, args, &at)
	if err != nil {
		return err
	}
	if err := t.person(ctx, k, d, reveal); err != nil {
		return err
	}
	if len(d.Agreements) == 0 {
		fmt.Fprintln(t.out, "the case has no agreement, and so no payment")
	}
	for _, a := range d.Agreements {
		receipts, _, err := k.store.PaymentsOf(ctx, k.creditor.ID, at.id, a.ID)
		if err != nil {
			return fmt.Errorf("find payments: %w", err)
		}
		fmt.Fprintf(t.out, "agreement %s: %s, %s paid of %s, %s in excess\n", a.ID, a.Status, a.Paid(), a.Total, a.Excess)
		for _, r := range receipts {
			if err := t.refundable(ctx, k, d, a, r); err != nil {
				return err
			}
		}
		for _, r := range a.Refunds {
			fmt.Fprintf(t.out, "  order %s: %s of %q, %s\n", r.ID, r.Amount, r.Of, r.Status)
		}
	}
	return nil
}

// refundable prints a payment and what can be done with it.
func (t *tool) refundable(ctx context.Context, k desk, d *collection.Dossier, a collection.Agreement, r collection.Receipt) error {
	left := a.Refundable(r)
	fmt.Fprintf(t.out, "  payment %q at %s:%s of %s: %s, of which %s excess; %s can be sent back\n", r.Fact, r.Provider, r.Account,
		r.PaidAt.UTC().Format(time.RFC3339), r.Amount, r.Excess, left)
	flags := fmt.Sprintf("-creditor -at %s:%s -fact %q", r.Provider, r.Account, r.Fact)
	about := collection.Matter{Kind: collection.MatterRefund, Provider: r.Provider, Account: r.Account, Fact: r.Fact}
	put, err := t.proposed(ctx, k, d, about, k.next("refunds decide %s -confirm%s", flags, decisionFlags))
	if err == nil && !put && left > 0 {
		fmt.Fprintf(t.out, "    next: %s\n", k.next("refunds decide %s -amount %d%s", flags, int64(left), decisionFlags))
	}
	return err
}

// paymentFlags name a payment at an account.
type paymentFlags struct {
	at string
	of payment.Payment
}

func (x *paymentFlags) addTo(f *flag.FlagSet) {
	f.StringVar(&x.at, "at", "", "`PROVIDER:ACCOUNT` where the payment came in")
	f.StringVar(&x.of.Fact, "fact", "", "the provider's `NAME` of the payment, as the endToEndId")
}

func (x *paymentFlags) check() error {
	provider, account, ok := strings.Cut(x.at, ":")
	if !ok || provider == "" || account == "" || strings.ContainsAny(x.at, "#") {
		return &exitError{exitUsage, "-at: the payment's PROVIDER:ACCOUNT"}
	}
	if x.of.Fact == "" {
		return &exitError{exitUsage, "-fact: the provider's name of the payment"}
	}
	x.of.At = collection.ProviderAccount{Provider: provider, Account: account}
	return nil
}

func (t *tool) decideRefund(ctx context.Context, c command, args []string) error {
	var at paymentFlags
	var x deciding
	var amount int64
	var choice collection.Choice
	k, err := t.open(ctx, c, args, all(at.check, x.check, func() (err error) {
		if amount < 0 {
			return &exitError{exitUsage, "-amount: centavos above zero"}
		}
		choice, err = x.choice(map[collection.Choice]bool{collection.ChoiceDone: amount > 0})
		return err
	}), at.addTo, x.addTo, x.addAnswers, func(f *flag.FlagSet) {
		f.Int64Var(&amount, "amount", 0, "how much is sent back, in `CENTAVOS`")
	})
	if err != nil {
		return err
	}
	came, err := k.parts.Refunds().Order(ctx, x.by(k), at.of, money.Centavos(amount), choice, x.reason)
	if err != nil {
		return err
	}
	t.said(k, came, "the refund is ordered, and the provider is asked for it now",
		k.next("refunds decide -creditor -at %s -fact %q -confirm%s", at.at, at.of.Fact, decisionFlags))
	return nil
}
