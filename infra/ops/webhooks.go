package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/callout"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/dynamo"
)

// trialType is the type of the event by which a creditor's system is tried; no case has one.
const trialType = "webhook.test"

// secondForm is an instant to the second, as instants in the table begin.
const secondForm = "2006-01-02T15:04:05"

// replayWebhooks puts stored events into the queue of webhooks again, under their ids.
func (t *tool) replayWebhooks(ctx context.Context, c command, args []string) error {
	var caseText, fromText, toText string
	parts, creditor, err := t.ofCreditor(ctx, c, args, func(f *flag.FlagSet) {
		f.StringVar(&caseText, "case", "", "`ID` of a case, all of whose events are sent")
		f.StringVar(&fromText, "from", "", "`TIME` from which on events are sent, as 2026-11-23T12:00:00Z")
		f.StringVar(&toText, "to", "", "`TIME` before which events are sent; empty is all that came since")
	})
	if err != nil {
		return err
	}
	from, to, err := span(fromText, toText)
	if err != nil || (caseText == "") == (fromText == "") || caseText != "" && toText != "" {
		return &exitError{exitUsage, "usage: ops " + c.usage}
	}
	if creditor.Webhooks.URL == "" {
		return fmt.Errorf("the file of %s names no webhooks", creditor.ID)
	}
	var ids []collection.CaseID
	if caseText != "" {
		id, err := collection.ParseID[collection.CaseNoun](caseText)
		if err != nil {
			return &exitError{exitUsage, "usage: ops " + c.usage}
		}
		ids = []collection.CaseID{id}
	} else if ids, err = casesOf(ctx, parts, creditor.ID, from, to); err != nil {
		return err
	}
	sent, queue, store := 0, parts.Announcements(), parts.Store()
	for _, id := range ids {
		err := store.Events(ctx, creditor.ID, id, func(e dynamo.StoredEvent) error {
			if !callout.Wanted(creditor, e.Type) || e.At.Before(from) || !e.At.Before(to) {
				return nil
			}
			sent++
			return queue.Send(ctx, json.RawMessage(e.Link.Doc))
		})
		if err != nil {
			return fmt.Errorf("send again, after %d events: %w", sent, err)
		}
	}
	fmt.Fprintf(t.out, "%d events of %d cases are on their way to %s again, under their ids\n", sent, len(ids), creditor.ID)
	return nil
}

// span reads a time span, which is open at an end that is not given.
func span(from, to string) (first, end time.Time, err error) {
	end = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	if from != "" {
		first, err = time.Parse(time.RFC3339, from)
	}
	if err == nil && to != "" {
		end, err = time.Parse(time.RFC3339, to)
	}
	if err == nil && end.Before(first) {
		err = errors.New("the span ends before it begins")
	}
	return first, end, err
}

// casesOf finds the cases of a creditor that have events of a time span, by reading the whole table.
func casesOf(
	ctx context.Context, parts app.Parts, creditor collection.CreditorID, from, to time.Time,
) ([]collection.CaseID, error) {
	prefix := string(creditor) + "#CASE#"
	filter := fmt.Sprintf("begins_with(%s, :p) AND begins_with(%s, :e) AND #at BETWEEN :f AND :t", contract.KeyPartition, contract.KeySort)
	// Up to the end of its last second: which of its events count is decided where they are read.
	values := map[string]string{
		":p": prefix, ":e": "E#", ":f": from.UTC().Format(secondForm), ":t": to.UTC().Add(time.Second).Format(secondForm),
	}
	found := map[string]bool{}
	var ids []collection.CaseID
	err := scanNamed(ctx, parts, filter, map[string]string{"#at": "at"}, values, func(partition string) error {
		if found[partition] {
			return nil
		}
		found[partition] = true
		id, err := collection.ParseID[collection.CaseNoun](strings.TrimPrefix(partition, prefix))
		ids = append(ids, id)
		return err
	})
	slices.SortFunc(ids, func(a, b collection.CaseID) int { return strings.Compare(a.String(), b.String()) })
	return ids, err
}

// testWebhook posts a trial event to a creditor's system, from here.
func (t *tool) testWebhook(ctx context.Context, c command, args []string) error {
	parts, creditor, err := t.ofCreditor(ctx, c, args)
	if err != nil {
		return err
	}
	if creditor.Webhooks.URL == "" {
		return fmt.Errorf("the file of %s names no webhooks", creditor.ID)
	}
	secrets, err := parts.Creditors().Webhook(ctx, creditor.ID)
	if errors.Is(err, collection.ErrNotFound) {
		return fmt.Errorf("%w: put it by ops creditor secret put", err)
	}
	if err != nil {
		return err
	}
	nonce := make([]byte, 8)
	if _, err := io.ReadFull(parts.Chance, nonce); err != nil {
		return fmt.Errorf("draw an id: %w", err)
	}
	now := parts.Now().UTC()
	id := fmt.Sprintf("test-%x", nonce)
	body, err := json.Marshal(map[string]any{
		"id": id, "type": trialType, "version": 1, "occurredAt": now.Format(time.RFC3339), "creditorId": creditor.ID, "payload": struct{}{},
	})
	if err != nil {
		return fmt.Errorf("write trial event: %w", err)
	}
	if err := callout.Post(ctx, parts.Webhooks(), creditor.Webhooks.URL, secrets, id, now, body); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%s took the trial event %s, signed under %d secrets\n", creditor.ID, id, len(secrets))
	return nil
}
