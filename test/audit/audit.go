// Package audit holds what is stored of a case to the case's events and its ledger, whatever has happened to it.
package audit

import (
	"context"
	"fmt"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/dynamo"
	"github.com/regua/regua/shared/money"
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
	return folded, ledger(ctx, store, stored)
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

// ledger wants every entry balanced, and the case's balances to be the sum of its entries.
func ledger(ctx context.Context, store *dynamo.Store, d *collection.Dossier) error {
	sums := map[collection.Account]money.Centavos{}
	err := store.Ledger(ctx, d.Case.Creditor, d.Case.ID, func(e collection.Entry) error {
		if !e.Balanced() {
			return fmt.Errorf("entry %d is not balanced: %v", e.Seq, e.Lines)
		}
		for _, l := range e.Lines {
			sums[l.Account] += l.Amount
		}
		return nil
	})
	if err != nil {
		return err
	}
	var total money.Centavos
	for account, balance := range d.Case.Balances {
		total += balance
		if sums[account] != balance {
			return fmt.Errorf("account %s holds %d, its entries add up to %d", account, balance, sums[account])
		}
		delete(sums, account)
	}
	if len(sums) > 0 || total != 0 {
		return fmt.Errorf("balances add up to %d, and entries have accounts without one: %v", total, sums)
	}
	return nil
}
