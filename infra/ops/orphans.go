package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/money"
)

func (t *tool) listOrphans(ctx context.Context, c command, args []string) error {
	f, to := t.flags(c)
	id := f.String("creditor", "", "`ID` of the creditor")
	if err := parse(f, c, args, 0); err != nil {
		return err
	}
	creditor, err := collection.ParseCreditorID(*id)
	if err != nil {
		return &exitError{exitUsage, "usage: ops " + c.usage}
	}
	parts, err := t.connect(ctx, *to)
	if err != nil {
		return err
	}
	found, err := orphans(ctx, parts, creditor)
	if err != nil {
		return err
	}
	var sum money.Centavos
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, r := range found {
		sum += r.Amount
		// The provider's name of a payment is a text from outside, so it is quoted.
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%q\n", r.PaidAt.UTC().Format(time.RFC3339), r.Amount, r.Provider, r.Account, r.Fact)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	fmt.Fprintf(t.out, "%d payments, %s, belong to no payment request\n", len(found), sum)
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
