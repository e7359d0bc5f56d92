package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/payment"
)

func (t *tool) reconcile(ctx context.Context, c command, args []string) error {
	f, to := t.flags(c)
	id, text := f.String("creditor", "", "`ID` of the creditor"), f.String("day", "", "`DATE` in Brasília, as 2026-11-23")
	if err := parse(f, c, args, 0); err != nil {
		return err
	}
	creditor, err := collection.ParseCreditorID(*id)
	day, wrong := calendar.ParseDate(*text)
	if err != nil || wrong != nil {
		return &exitError{exitUsage, "usage: ops " + c.usage}
	}
	parts, err := t.connect(ctx, *to)
	if err != nil {
		return err
	}
	file, err := parts.Store().Creditor(ctx, creditor)
	if err != nil {
		return fmt.Errorf("find creditor: %w", err)
	}
	clean := true
	for _, at := range file.Accounts() {
		booked, err := booked(ctx, parts, creditor, at, day)
		if err != nil {
			return err
		}
		result, err := parts.Reconciler().Reconcile(ctx, creditor, at, day, booked)
		if err != nil {
			return fmt.Errorf("account %s at %s: %w", at.Account, at.Provider, err)
		}
		clean = result.Clean() && clean
		if err := t.printReconciled(result); err != nil {
			return err
		}
	}
	if !clean {
		return &exitError{exitFailed, "the day differed"}
	}
	return nil
}

func (t *tool) printReconciled(r payment.Reconciled) error {
	fmt.Fprintf(t.out, "%s at %s, %s: the provider states %s, booked before were %s\n", r.At.Account, r.At.Provider, r.Day, r.Stated, r.Booked)
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, kind := range []struct {
		what  string
		facts []payment.Fact
	}{
		{"missing, booked now", r.Missing}, {"missing, cannot be booked", r.Refused}, {"booked with another amount", r.Differing},
		{"booked, not stated", r.Unstated},
	} {
		for _, f := range kind.facts {
			// The provider's name of a fact is a text from outside, so it is quoted.
			fmt.Fprintf(table, "  %s\t%s\t%q\n", kind.what, f.Amount, f.Name)
		}
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// booked finds what is booked of an account's day, by reading the whole table.
func booked(
	ctx context.Context, parts app.Parts, creditor collection.CreditorID, at collection.ProviderAccount, day calendar.Date,
) (payment.Booked, error) {
	var out payment.Booked
	store := parts.Store()
	filter := fmt.Sprintf("begins_with(%s, :p)", contract.KeyPartition)
	prefix := strings.Join([]string{string(creditor), "RECEIPT", at.Provider, at.Account, ""}, "#")
	err := scan(ctx, parts, filter, map[string]string{":p": prefix}, func(partition string) error {
		receipt, err := store.LoadReceipt(ctx, creditor, at.Provider, at.Account, strings.TrimPrefix(partition, prefix))
		if err == nil && offer.Today(receipt.PaidAt).Compare(day) == 0 {
			out.Receipts = append(out.Receipts, receipt)
		}
		return err
	})
	if err != nil {
		return out, err
	}
	prefix = strings.Join([]string{string(creditor), "RETURN", at.Provider, at.Account, ""}, "#")
	err = scan(ctx, parts, filter, map[string]string{":p": prefix}, func(partition string) error {
		left, err := store.LoadReturn(ctx, creditor, at.Provider, at.Account, strings.TrimPrefix(partition, prefix))
		if err == nil && offer.Today(left.At).Compare(day) == 0 {
			out.Returns = append(out.Returns, left)
		}
		return err
	})
	return out, err
}
