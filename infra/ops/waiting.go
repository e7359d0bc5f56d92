package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contactmask"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/dynamo"
	"github.com/regua/regua/shared/money"
)

// inBody is the filter of items whose body holds a text.
const inBody = "contains(doc, :d0)"

// casesWith loads the cases of the creditor that have an item whose sort key begins so and that a filter over :d0, :d1 and so on
// lets through, by reading the whole table.
func (k desk) casesWith(ctx context.Context, sort, where string, texts ...string) ([]*collection.Dossier, error) {
	prefix := string(k.creditor.ID) + "#CASE#"
	values := map[string]string{":p": prefix, ":s": sort}
	for i, text := range texts {
		values[fmt.Sprintf(":d%d", i)] = text
	}
	filter := fmt.Sprintf("begins_with(%s, :p) AND begins_with(%s, :s) AND (%s)", contract.KeyPartition, contract.KeySort, where)
	found := map[string]bool{}
	if err := scan(ctx, k.parts, filter, values, func(partition string) error {
		found[strings.TrimPrefix(partition, prefix)] = true
		return nil
	}); err != nil {
		return nil, err
	}
	var out []*collection.Dossier
	for text := range found {
		id, err := collection.ParseID[collection.CaseNoun](text)
		if err != nil {
			return nil, fmt.Errorf("read the table: %w", err)
		}
		d, err := k.store.Load(ctx, k.creditor.ID, id)
		if err != nil {
			return nil, fmt.Errorf("load case %s: %w", id, err)
		}
		out = append(out, d)
	}
	return out, nil
}

// last finds the last event of a case that fits.
func (k desk) last(ctx context.Context, id collection.CaseID, fits func(collection.Recorded) bool) (found collection.Recorded, err error) {
	err = k.store.Events(ctx, k.creditor.ID, id, func(e dynamo.StoredEvent) error {
		r, err := e.Decode()
		if err != nil {
			return fmt.Errorf("event %d: %w", e.Seq, err)
		}
		if fits(r) {
			found = r
		}
		return nil
	})
	return found, err
}

// proposed tells of the decision about a matter that waits for a second operator, with the first one's reason.
func (t *tool) proposed(ctx context.Context, k desk, d *collection.Dossier, about collection.Matter, confirm string) (bool, error) {
	p, ok := d.ProposedAbout(about)
	if !ok {
		return false, nil
	}
	put, err := k.last(ctx, d.Case.ID, func(r collection.Recorded) bool { return r.Seq == p.Seq })
	if err != nil {
		return true, err
	}
	t.printProposed(k, p, put.Reason, confirm)
	return true, nil
}

// person prints whom a case is about: with personal data masked, or opened when that was asked for.
func (t *tool) person(ctx context.Context, k desk, d *collection.Dossier, reveal bool) error {
	p, err := k.parts.Vault().OpenParticipant(ctx, d.Case)
	if err != nil {
		return fmt.Errorf("open participant: %w", err)
	}
	name, document, email := "name hidden", contactmask.Document(p.Document), contactmask.Email(p.Email)
	if reveal {
		name, document, email = p.Name, p.Document, orNone(p.Email)
	}
	fmt.Fprintf(t.out, "case %s of %s: %s; %s participant in %s, %s, %s, %s\n", d.Case.ID, k.creditor.ID, d.Status(k.now), d.Case.Standing,
		orNone(d.Case.UF), name, document, email)
	return nil
}

// debtsOf prints some debts of a case.
func (t *tool) debtsOf(d *collection.Dossier, debts []collection.DebtID) {
	for _, debt := range d.Debts {
		if slices.Contains(debts, debt.ID) {
			fmt.Fprintf(t.out, "  debt %s: %s of %s, %s, %s, %s still owed\n", debt.ID, debt.Principal, debt.DueDate, debt.Product, debt.Status,
				debt.Outstanding())
		}
	}
}

// dealsOf prints the agreements of a case.
func (t *tool) dealsOf(d *collection.Dossier) {
	for _, a := range d.Agreements {
		fmt.Fprintf(t.out, "  agreement %s: %s in %d, %s, %s paid\n", a.ID, a.Total, len(a.Instalments), a.Status, a.Paid())
	}
}

// share is a part of a whole in percent with one decimal, 0 of nothing.
func share(part, whole money.Centavos) string {
	if whole == 0 {
		return "0,0 %"
	}
	tenths := (int64(part)*2000 + int64(whole)) / (2 * int64(whole))
	return fmt.Sprintf("%d,%d %%", tenths/10, tenths%10)
}

// revealFlag opens personal data.
func revealFlag(reveal *bool) func(f *flag.FlagSet) {
	return boolFlag(reveal, "reveal", "show personal data")
}

func boolFlag(into *bool, name, says string) func(f *flag.FlagSet) {
	return func(f *flag.FlagSet) { f.BoolVar(into, name, false, says) }
}
