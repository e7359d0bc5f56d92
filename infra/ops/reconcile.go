package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/payment"
)

func (t *tool) reconcile(ctx context.Context, c command, args []string) error {
	f, to := t.flags(c)
	id, text := f.String("creditor", "", "`ID` of the creditor"), f.String("day", "", "`DATE` in Brasília, as 2026-11-23")
	stored := f.Bool("stored", false, "show what the last comparison found, and compare nothing")
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
	desk, clean := parts.Reconciliation(), true
	for _, at := range file.Accounts() {
		report, err := t.compared(ctx, desk, creditor, at, day, *stored)
		if err != nil {
			return fmt.Errorf("account %s at %s: %w", at.Account, at.Provider, err)
		}
		clean = (report.Clean() || report.Verdict == payment.VerdictNoStatement) && clean
	}
	if !clean {
		return &exitError{exitFailed, "the day differed, or was not compared"}
	}
	return nil
}

// compared compares an account's day, or loads what the last comparison found, and prints it.
func (t *tool) compared(
	ctx context.Context, desk *payment.Daily, creditor collection.CreditorID, at collection.ProviderAccount, day calendar.Date, stored bool,
) (report payment.Report, err error) {
	if stored {
		report, err = desk.Reports.LoadReport(ctx, creditor, at, day)
	} else {
		report, err = desk.Compare(ctx, creditor, at, day)
	}
	if stored && errors.Is(err, collection.ErrNotFound) {
		fmt.Fprintf(t.out, "%s at %s, %s: not compared yet\n", at.Account, at.Provider, day)
		return report, nil
	}
	if err != nil {
		return report, err
	}
	return report, t.printReport(report)
}

func (t *tool) printReport(r payment.Report) error {
	fmt.Fprintf(t.out, "%s at %s, %s: ", r.At.Account, r.At.Provider, r.Day)
	switch r.Verdict {
	case payment.VerdictNoStatement:
		fmt.Fprintln(t.out, "the provider tells no statements")
	case payment.VerdictNoAccount:
		fmt.Fprintln(t.out, "the account has no secret: ops account put")
	case payment.VerdictFailed:
		fmt.Fprintln(t.out, "the comparison failed")
	default:
		fmt.Fprintf(t.out, "the provider states %s, booked before were %s\n", r.Stated, r.Booked)
	}
	fmt.Fprintf(t.out, "  %d payments, %d returns; comparison %d, %s\n", r.Payments, r.Returns, r.Revision, r.ComparedAt.Format(time.RFC3339))
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, kind := range []struct {
		what  string
		facts payment.Facts
	}{
		{"missing, booked now", r.Missing}, {"missing, cannot be booked", r.Refused}, {"booked with another amount", r.Differing},
		{"booked, not stated yet", r.Awaited}, {"booked, not stated", r.Unstated}, {"missing, booked by an earlier comparison", r.Earlier},
	} {
		for _, f := range kind.facts.First {
			// The provider's name of a fact is a text from outside, so it is quoted.
			fmt.Fprintf(table, "  %s\t%s\t%q\n", kind.what, f.Amount, f.Name)
		}
		if more := kind.facts.Count - len(kind.facts.First); more > 0 {
			fmt.Fprintf(table, "  %s\t%s in all\tand %d more\n", kind.what, kind.facts.Sum, more)
		}
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
