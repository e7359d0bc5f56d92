package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/dynamo"
)

// listUnknown prints the contacts of which nobody knows whether they left.
func (t *tool) listUnknown(ctx context.Context, c command, args []string) error {
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
	found, err := unknownContacts(ctx, parts, creditor)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, x := range found {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n",
			x.ClaimedAt.UTC().Format(time.RFC3339), x.Case, x.ID, x.Channel, x.Template, orNone(x.Rung))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	fmt.Fprintf(t.out, "%d contacts may or may not have left; none is sent again by itself\n", len(found))
	return nil
}

// unknownContacts finds the contacts of a creditor that are UNKNOWN, the oldest first, by reading the whole table. The status stands inside
// the document: what the filter lets through is read from the case's events.
func unknownContacts(ctx context.Context, parts app.Parts, creditor collection.CreditorID) ([]collection.Contact, error) {
	prefix, store := string(creditor)+"#CASE#", parts.Store()
	filter := fmt.Sprintf("begins_with(%s, :p) AND begins_with(%s, :c) AND contains(doc, :s)", contract.KeyPartition, contract.KeySort)
	seen := map[collection.CaseID]bool{}
	var found []collection.Contact
	values := map[string]string{":p": prefix, ":c": "C#", ":s": `"` + string(collection.ContactUnknown) + `"`}
	err := scan(ctx, parts, filter, values, func(partition string) error {
		id, err := collection.ParseID[collection.CaseNoun](strings.TrimPrefix(partition, prefix))
		if err != nil {
			return fmt.Errorf("read the table: case key: %w", err)
		}
		if seen[id] {
			return nil
		}
		seen[id] = true
		d, err := folded(ctx, store, creditor, id)
		if err != nil {
			return err
		}
		for _, x := range d.Contacts {
			if x.Status == collection.ContactUnknown {
				found = append(found, x)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b collection.Contact) int { return a.ClaimedAt.Compare(b.ClaimedAt) })
	return found, nil
}

// folded is a case as its events tell it.
func folded(ctx context.Context, store *dynamo.Store, creditor collection.CreditorID, id collection.CaseID) (*collection.Dossier, error) {
	var history []collection.Recorded
	if err := store.Events(ctx, creditor, id, func(e dynamo.StoredEvent) error {
		r, err := e.Decode()
		history = append(history, r)
		return err
	}); err != nil {
		return nil, fmt.Errorf("read events of case %s: %w", id, err)
	}
	return collection.Fold(creditor, id, history)
}
