package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/dynamo"
)

func (t *tool) verifyChains(ctx context.Context, c command, args []string) error {
	store, creditor, ids, err := t.toVerify(ctx, c, args)
	if err != nil {
		return err
	}
	return t.verify(ctx, store, creditor, ids)
}

// toVerify reads which cases of a creditor a command is to verify, one or all, and reaches the deployment.
func (t *tool) toVerify(ctx context.Context, c command, args []string) (
	store *dynamo.Store, creditor collection.CreditorID, ids []collection.CaseID, err error,
) {
	f, to := t.flags(c)
	var w which
	w.addTo(f)
	all := f.Bool("all", false, "every case of the creditor")
	if err := parse(f, c, args, 0); err != nil {
		return nil, "", nil, err
	}
	if creditor, err = collection.ParseCreditorID(w.creditor); err != nil || (w.id == "") != *all {
		return nil, "", nil, &exitError{exitUsage, "usage: ops " + c.usage}
	}
	parts, err := t.connect(ctx, *to)
	if err != nil {
		return nil, "", nil, err
	}
	store = parts.Store()
	if *all {
		ids, err = cases(ctx, parts, creditor)
		return store, creditor, ids, err
	}
	id, err := t.find(ctx, parts, store, creditor, w)
	return store, creditor, []collection.CaseID{id}, err
}

// verify prints what is broken and counts the rest.
func (t *tool) verify(ctx context.Context, store *dynamo.Store, creditor collection.CreditorID, ids []collection.CaseID) error {
	broken, links := 0, 0
	for _, id := range ids {
		n, err := verifyOne(ctx, store, creditor, id)
		links += n
		if wrong, ok := errors.AsType[*events.ChainError](err); ok {
			broken++
			fmt.Fprintf(t.out, "case %s: %s\n", id, wrong)
		} else if err != nil {
			return fmt.Errorf("case %s: %w", id, err)
		}
	}
	fmt.Fprintf(t.out, "%d cases, %d events, %d chains broken\n", len(ids), links, broken)
	if broken > 0 {
		return &exitError{exitFailed, "chains are broken"}
	}
	return nil
}

// verifyOne checks one case. A case that changes while it is read is read again.
func verifyOne(ctx context.Context, store *dynamo.Store, creditor collection.CreditorID, id collection.CaseID) (read int, err error) {
	seq, head, err := end(ctx, store, creditor, id)
	for err == nil {
		read, err = verifyUpTo(ctx, store, creditor, id, seq, head)
		if _, wrong := errors.AsType[*events.ChainError](err); !wrong {
			return read, err
		}
		now, newHead, failed := end(ctx, store, creditor, id)
		if failed != nil || now == seq {
			return read, errors.Join(err, failed)
		}
		seq, head, err = now, newHead, nil
	}
	return 0, err
}

// end is the number and hash of the last event that the case names; 0 and none for a case whose own item is missing.
func end(ctx context.Context, store *dynamo.Store, creditor collection.CreditorID, id collection.CaseID) (int64, string, error) {
	d, err := store.Load(ctx, creditor, id)
	if errors.Is(err, collection.ErrNotFound) {
		return 0, "", nil
	}
	if err != nil {
		return 0, "", fmt.Errorf("load: %w", err)
	}
	return d.Case.Seq, d.Case.Head, nil
}

func verifyUpTo(
	ctx context.Context, store *dynamo.Store, creditor collection.CreditorID, id collection.CaseID, seq int64, head string,
) (read int, err error) {
	var chain []events.Link
	if err := store.Events(ctx, creditor, id, func(e dynamo.StoredEvent) error {
		chain = append(chain, e.Link)
		return nil
	}); err != nil {
		return 0, fmt.Errorf("read events: %w", err)
	}
	if seq == 0 && len(chain) == 0 {
		return 0, fmt.Errorf("%w at %s", collection.ErrNotFound, creditor)
	}
	if seq == 0 {
		return len(chain), &events.ChainError{Seq: chain[0].Seq, What: "belongs to a case whose own item is missing"}
	}
	return len(chain), events.VerifyChain(chain, seq, head)
}

// cases finds every case of a creditor by reading the whole table: those that have their own item, and those of which only events are left.
func cases(ctx context.Context, parts app.Parts, creditor collection.CreditorID) ([]collection.CaseID, error) {
	prefix := string(creditor) + "#CASE#"
	filter := fmt.Sprintf("begins_with(%s, :p) AND (%s = :case OR begins_with(%[2]s, :event))", contract.KeyPartition, contract.KeySort)
	found := map[collection.CaseID]bool{}
	values := map[string]string{":p": prefix, ":case": "S#CASE", ":event": "E#"}
	err := scan(ctx, parts, filter, values, func(partition string) error {
		id, err := collection.ParseID[collection.CaseNoun](strings.TrimPrefix(partition, prefix))
		if err != nil {
			return fmt.Errorf("read the table: case key: %w", err)
		}
		found[id] = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	ids := make([]collection.CaseID, 0, len(found))
	for id := range found {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, collection.CaseID.Compare)
	return ids, nil
}
