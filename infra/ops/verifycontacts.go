package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/regua/regua/infra/contactjudge"
	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/dynamo"
)

// contactCommands are those about what was said to whom.
func contactCommands() []command {
	return []command{{
		"verify-contacts", "verify-contacts (-creditor ID | -all)",
		"Works every stored verdict of contact law out again by a second evaluator, and judges every message that left by the log: names\n" +
			"each difference with what is stored and what is found. It reads the whole table, since caps count a person's contacts over all\n" +
			"creditors; with -creditor only that one's differences are told. Exit code 1 says that there are some.",
		(*tool).verifyContacts,
	}}
}

// casePlace names a case.
type casePlace struct {
	creditor collection.CreditorID
	id       collection.CaseID
}

func (t *tool) verifyContacts(ctx context.Context, c command, args []string) error {
	f, to := t.flags(c)
	name := f.String("creditor", "", "`ID` of the creditor")
	all := f.Bool("all", false, "every creditor")
	if err := parse(f, c, args, 0); err != nil {
		return err
	}
	creditor, err := collection.ParseCreditorID(*name)
	if (*name == "") != *all || *name != "" && err != nil {
		return &exitError{exitUsage, "usage: ops " + c.usage}
	}
	judge, err := contactjudge.New()
	if err != nil {
		return fmt.Errorf("read the law: %w", err)
	}
	parts, err := t.connect(ctx, *to)
	if err != nil {
		return err
	}
	places, err := everyCase(ctx, parts)
	if err != nil {
		return err
	}
	return t.judgeContacts(ctx, parts.Store(), judge, places, creditor)
}

// judgeContacts reads the cases one after the other, then counts by person. Only a creditor's findings are told, or all without one.
func (t *tool) judgeContacts(
	ctx context.Context, store *dynamo.Store, judge *contactjudge.Judge, places []casePlace, creditor collection.CreditorID,
) error {
	var found []contactjudge.Finding
	var sends []contactjudge.Send
	cases, verdicts := 0, 0
	for n, at := range places {
		log := judge.Open(string(at.creditor), at.id.String())
		if err := store.Events(ctx, at.creditor, at.id, func(e dynamo.StoredEvent) error { return log.Read(e.Doc) }); err != nil {
			return fmt.Errorf("case %s: %w", at.id, err)
		}
		wrong, left, judged := log.Close()
		sends = append(sends, left...)
		if creditor == "" || creditor == at.creditor {
			cases, verdicts = cases+1, verdicts+judged
			found = append(found, wrong...)
		}
		if (n+1)%casesPerWord == 0 {
			fmt.Fprintf(t.err, "%d of %d cases\n", n+1, len(places))
		}
	}
	for _, x := range judge.Caps(sends) {
		if creditor == "" || string(creditor) == x.Creditor {
			found = append(found, x)
		}
	}
	for _, x := range found {
		fmt.Fprintf(t.out, "creditor %s case %s contact %s: %s: stored %s; found %s\n",
			x.Creditor, x.Case, orNone(x.Contact), x.Rule, orNone(x.Stored), orNone(x.Found))
	}
	fmt.Fprintf(t.out, "%d cases, %d verdicts, %d differences\n", cases, verdicts, len(found))
	if len(found) > 0 {
		return &exitError{exitFailed, "contacts are not as the law has them"}
	}
	return nil
}

// everyCase finds the cases of all creditors by reading the whole table, those too of which only events are left.
func everyCase(ctx context.Context, parts app.Parts) ([]casePlace, error) {
	const between = "#CASE#"
	filter := fmt.Sprintf("contains(%s, :p) AND (%s = :case OR begins_with(%[2]s, :event))", contract.KeyPartition, contract.KeySort)
	found := map[string]casePlace{}
	values := map[string]string{":p": between, ":case": "S#CASE", ":event": "E#"}
	err := scan(ctx, parts, filter, values, func(partition string) error {
		if _, known := found[partition]; known {
			return nil
		}
		name, text, _ := strings.Cut(partition, between)
		creditor, err := collection.ParseCreditorID(name)
		if err != nil {
			return fmt.Errorf("read the table: creditor of a case: %w", err)
		}
		id, err := collection.ParseID[collection.CaseNoun](text)
		if err != nil {
			return fmt.Errorf("read the table: case key: %w", err)
		}
		found[partition] = casePlace{creditor, id}
		return nil
	})
	if err != nil {
		return nil, err
	}
	places := make([]casePlace, 0, len(found))
	for _, key := range slices.Sorted(maps.Keys(found)) {
		places = append(places, found[key])
	}
	return places, nil
}
