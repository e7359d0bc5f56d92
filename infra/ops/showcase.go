package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/dynamo"
	"github.com/regua/regua/shared/taxid"
)

// which names a case on the command line.
type which struct{ creditor, id, document string }

func (w *which) addTo(f *flag.FlagSet) {
	f.StringVar(&w.creditor, "creditor", "", "`ID` of the creditor")
	f.StringVar(&w.id, "case", "", "`ID` of the case")
}

func (t *tool) showCase(ctx context.Context, c command, args []string) error {
	f, to := t.flags(c)
	var w which
	w.addTo(f)
	f.StringVar(&w.document, "document", "", "the participant's CPF or CNPJ `NUMBER`, or - to read it from standard input")
	reveal := f.Bool("reveal", false, "show personal data")
	if err := parse(f, c, args, 0); err != nil {
		return err
	}
	creditor, err := collection.ParseCreditorID(w.creditor)
	if err != nil || (w.id == "") == (w.document == "") {
		return &exitError{exitUsage, "usage: ops " + c.usage}
	}
	parts, err := t.connect(ctx, *to)
	if err != nil {
		return err
	}
	store := parts.Store()
	id, err := t.find(ctx, parts, store, creditor, w)
	if err != nil {
		return err
	}
	d, err := store.Load(ctx, creditor, id)
	if err != nil {
		return fmt.Errorf("load case: %w", err)
	}
	t.head(d, parts.Now())
	if *reveal {
		if err := t.reveal(ctx, parts, d); err != nil {
			return err
		}
	}
	return t.timeline(ctx, store, d)
}

func (t *tool) find(
	ctx context.Context, parts app.Parts, store *dynamo.Store, creditor collection.CreditorID, w which,
) (collection.CaseID, error) {
	if w.id != "" {
		id, err := collection.ParseID[collection.CaseNoun](w.id)
		if err != nil {
			return id, &exitError{exitUsage, "-case: not an id"}
		}
		return id, nil
	}
	if w.document == "-" {
		line, err := bufio.NewReader(t.in).ReadString('\n')
		if err != nil && line == "" {
			return collection.CaseID{}, fmt.Errorf("read document: %w", err)
		}
		w.document = strings.TrimSpace(line)
	}
	document, err := taxid.Parse(w.document)
	if err != nil {
		return collection.CaseID{}, &exitError{exitUsage, "-document: not a valid CPF or CNPJ"}
	}
	keys, err := parts.Keys(ctx)
	if err != nil {
		return collection.CaseID{}, err
	}
	id, err := store.FindCase(ctx, creditor, keys.Document(creditor, document.String()))
	if errors.Is(err, collection.ErrNotFound) {
		return id, fmt.Errorf("%s has no case of this document", creditor)
	}
	if err != nil {
		return id, fmt.Errorf("find case: %w", err)
	}
	return id, nil
}

func (t *tool) head(d *collection.Dossier, now time.Time) {
	c := d.Case
	fmt.Fprintf(t.out, "case %s of %s: %s, %s participant in %s\n", c.ID, c.Creditor, d.Status(now), c.Standing, orNone(c.UF))
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, account := range slices.Sorted(maps.Keys(c.Balances)) {
		fmt.Fprintf(table, "%s\t%s\t\n", account, c.Balances[account])
	}
	_ = table.Flush()
	for _, debt := range d.Debts {
		fmt.Fprintf(t.out, "debt %s: %s of %s, %s, %s\n", debt.ID, debt.Principal, debt.DueDate, debt.Product, debt.Status)
	}
	for _, a := range d.Agreements {
		fmt.Fprintf(t.out, "agreement %s: %s in %d, %s\n", a.ID, a.Total, len(a.Instalments), a.Status)
	}
}

// reveal opens the personal data of a case.
func (t *tool) reveal(ctx context.Context, parts app.Parts, d *collection.Dossier) error {
	vault := parts.Vault()
	p, err := vault.OpenParticipant(ctx, d.Case)
	if err != nil {
		return fmt.Errorf("open participant: %w", err)
	}
	fmt.Fprintf(t.out, "participant: %s, %s, born %s, %s, %s, %s, %s\n", p.Name, p.Document, p.BirthDate, orNone(p.Email), orNone(p.Phone),
		orNone(p.Address), p.City)
	for _, debt := range d.Debts {
		details, err := vault.OpenDebt(ctx, d.Case, debt)
		if err != nil {
			return fmt.Errorf("open debt %s: %w", debt.ID, err)
		}
		fmt.Fprintf(t.out, "debt %s: %s of contract %s, %s\n", debt.ID, details.Reference, details.Contract, details.Description)
	}
	return nil
}

// timeline prints every event of a case.
func (t *tool) timeline(ctx context.Context, store *dynamo.Store, d *collection.Dossier) error {
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table)
	err := store.Events(ctx, d.Case.Creditor, d.Case.ID, func(e dynamo.StoredEvent) error {
		recorded, err := e.Decode()
		if err != nil {
			return fmt.Errorf("event %d: %w", e.Seq, err)
		}
		said := describe(recorded.Event)
		if recorded.Reason != "" {
			said += " (" + recorded.Reason + ")"
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\n", e.Seq, recorded.At.UTC().Format(time.RFC3339), e.Type, recorded.By.Actor(), said)
		return nil
	})
	return errors.Join(table.Flush(), err)
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}
