package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/regua/regua/shared/app/importer"
	"github.com/regua/regua/shared/creditor"
	"github.com/regua/regua/shared/portfolio"
)

func (t *tool) importFile(ctx context.Context, c command, args []string) (err error) {
	f, to := t.flags(c)
	var creditors []string
	f.Func("creditor", "creditor `FILE` to store first; may be repeated", func(name string) error {
		creditors = append(creditors, name)
		return nil
	})
	if err := parse(f, c, args, 1); err != nil {
		return err
	}
	parts, err := t.connect(ctx, *to)
	if err != nil {
		return err
	}
	store := parts.Store()
	for _, name := range creditors {
		doc, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("read creditor file: %w", err)
		}
		kept, err := creditor.Keep(ctx, store, doc)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintf(t.out, "creditor %s stored\n", kept.ID)
	}
	file := io.NopCloser(t.in)
	if name := f.Arg(0); name != "-" {
		if file, err = os.Open(name); err != nil {
			return fmt.Errorf("open portfolio: %w", err)
		}
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	im, err := importer.New(ctx, parts)
	if err != nil {
		return err
	}
	im.Progress = func(lines int) { fmt.Fprintf(t.err, "%d lines\n", lines) }
	report, err := im.Import(ctx, file)
	return t.report(report, err)
}

// report prints what an import brought, also when it ended early.
func (t *tool) report(r portfolio.Report, failed error) error {
	for _, rejected := range r.Rejected {
		fmt.Fprintf(t.out, "line %d: %s\n", rejected.Line, rejected.Reason)
	}
	fmt.Fprintf(t.out, "%d lines: %d cases opened, %d debts placed, %d revised, %d unchanged, %d rejected\n",
		r.Lines, r.Opened, r.Placed, r.Revised, r.Unchanged, len(r.Rejected))
	if failed != nil {
		return fmt.Errorf("import ended early: %w", failed)
	}
	if len(r.Rejected) > 0 {
		return &exitError{exitRejected, "rows were rejected"}
	}
	return nil
}
