// Package audit holds what is stored of a case to the case's events and its ledger, whatever has happened to it.
package audit

import (
	"context"
	"errors"
	"fmt"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/dynamo"
)

// Case checks one case (its chain, its state against the fold of its events, its ledger) and returns what its events fold to.
func Case(ctx context.Context, store *dynamo.Store, creditor collection.CreditorID, id collection.CaseID) (*collection.Dossier, error) {
	stored, err := store.Load(ctx, creditor, id)
	if err != nil {
		return nil, err
	}
	links, recorded, err := History(ctx, store, creditor, id)
	if err != nil {
		return nil, err
	}
	if err := events.VerifyChain(links, stored.Case.Seq, stored.Case.Head); err != nil {
		return nil, fmt.Errorf("chain: %w", err)
	}
	folded, err := collection.Fold(creditor, id, recorded)
	if err != nil {
		return nil, err
	}
	for _, x := range folded.Intents {
		intent, err := store.LoadIntent(ctx, creditor, x.ID)
		if err != nil {
			return nil, err
		}
		stored.Intents = append(stored.Intents, intent)
	}
	for _, x := range folded.Contacts {
		contact, err := store.LoadContact(ctx, creditor, id, x.ID)
		if err != nil {
			return nil, err
		}
		stored.Contacts = append(stored.Contacts, contact)
	}
	if diff := collection.Diff(folded, stored); diff != "" {
		return nil, fmt.Errorf("the events do not give the stored state: %s", diff)
	}
	return folded, ledger(ctx, store, stored, recorded)
}

// History reads the stored events of a case, as links of the chain and as events.
func History(
	ctx context.Context, store *dynamo.Store, creditor collection.CreditorID, id collection.CaseID,
) (links []events.Link, recorded []collection.Recorded, err error) {
	err = store.Events(ctx, creditor, id, func(e dynamo.StoredEvent) error {
		r, err := e.Decode()
		links, recorded = append(links, e.Link), append(recorded, r)
		return err
	})
	return links, recorded, err
}

// ledger holds a case's books to their invariants.
func ledger(ctx context.Context, store *dynamo.Store, d *collection.Dossier, recorded []collection.Recorded) error {
	var entries []collection.Entry
	err := store.Ledger(ctx, d.Case.Creditor, d.Case.ID, func(e collection.Entry) error {
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		return err
	}
	var receipts []collection.Receipt
	for _, r := range recorded {
		posted, ok := r.Event.(collection.PaymentPosted)
		if !ok {
			continue
		}
		receipt, err := receiptOf(ctx, store, d, posted)
		if err != nil {
			return err
		}
		receipts = append(receipts, receipt)
	}
	return collection.CheckLedger(d, entries, receipts)
}

// receiptOf finds the receipt of posted money: it stands at one of the accounts that the intent was asked at.
func receiptOf(
	ctx context.Context, store *dynamo.Store, d *collection.Dossier, posted collection.PaymentPosted,
) (collection.Receipt, error) {
	intent, _ := d.Intent(posted.Intent)
	for _, at := range intent.Asked() {
		if at.Provider != posted.Provider {
			continue
		}
		receipt, err := store.LoadReceipt(ctx, d.Case.Creditor, at.Provider, at.Account, posted.Fact)
		if !errors.Is(err, collection.ErrNotFound) {
			return receipt, err
		}
	}
	return collection.Receipt{}, fmt.Errorf("payment %q has no receipt", posted.Fact)
}
