package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"text/tabwriter"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/dynamo"
	"github.com/regua/regua/shared/money"
)

// casesPerWord is after how many cases the operator is told how far it is.
const casesPerWord = 500

func (t *tool) verifyLedger(ctx context.Context, c command, args []string) error {
	store, creditor, ids, err := t.toVerify(ctx, c, args)
	if err != nil {
		return err
	}
	return t.verifyBooks(ctx, store, creditor, ids)
}

// verifyBooks checks the cases one after the other and adds their accounts up.
func (t *tool) verifyBooks(ctx context.Context, store *dynamo.Store, creditor collection.CreditorID, ids []collection.CaseID) error {
	broken := 0
	accounts := map[collection.Account]money.Centavos{}
	for n, id := range ids {
		wrong, err := verifyBook(ctx, store, creditor, id, accounts)
		if err != nil {
			return fmt.Errorf("case %s: %w", id, err)
		}
		if wrong != nil {
			broken++
			fmt.Fprintf(t.out, "case %s: %s\n", id, wrong)
		}
		if (n+1)%casesPerWord == 0 {
			fmt.Fprintf(t.err, "%d of %d cases\n", n+1, len(ids))
		}
	}
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	var total money.Centavos
	for _, account := range slices.Sorted(maps.Keys(accounts)) {
		fmt.Fprintf(table, "%s\t%s\t\n", account, accounts[account])
		total += accounts[account]
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	fmt.Fprintf(t.out, "%d cases, %d with broken books; the accounts add up to %s\n", len(ids), broken, total)
	if broken > 0 || total != 0 {
		return &exitError{exitFailed, "books are broken"}
	}
	return nil
}

// verifyBook checks one case and adds what its events say of each account. A case that changes while it is read is read again.
func verifyBook(
	ctx context.Context, store *dynamo.Store, creditor collection.CreditorID, id collection.CaseID,
	accounts map[collection.Account]money.Centavos,
) (wrong, err error) {
	for {
		b, err := readBook(ctx, store, creditor, id)
		if err != nil {
			return nil, err
		}
		wrong = b.check()
		now, err := store.Load(ctx, creditor, id)
		if err != nil {
			return nil, fmt.Errorf("load: %w", err)
		}
		if wrong == nil || now.Case.Seq == b.stored.Case.Seq {
			for account, amount := range b.folded.Case.Balances {
				accounts[account] += amount
			}
			return wrong, nil
		}
	}
}

// book is all that is stored of a case's money, and what its events say of it.
type book struct {
	stored, folded    *collection.Dossier
	entries, expected []collection.Entry
	receipts          []collection.Receipt
	missing           error // a payment without a receipt
}

func readBook(ctx context.Context, store *dynamo.Store, creditor collection.CreditorID, id collection.CaseID) (book, error) {
	b := book{folded: collection.NewDossier(id, creditor)}
	var err error
	if b.stored, err = store.Load(ctx, creditor, id); err != nil {
		return b, fmt.Errorf("load: %w", err)
	}
	var posted []collection.PaymentPosted
	err = store.Events(ctx, creditor, id, func(e dynamo.StoredEvent) error {
		r, err := e.Decode()
		if err != nil {
			return err
		}
		if m, ok := r.Event.(collection.PaymentPosted); ok {
			posted = append(posted, m)
		}
		return b.folded.Apply(r)
	})
	if err != nil {
		return b, fmt.Errorf("read events: %w", err)
	}
	b.expected = b.folded.Entries()
	err = store.Ledger(ctx, creditor, id, func(e collection.Entry) error {
		b.entries = append(b.entries, e)
		return nil
	})
	if err != nil {
		return b, fmt.Errorf("read ledger: %w", err)
	}
	for _, m := range posted {
		receipt, err := receiptOf(ctx, store, b.folded, m)
		if errors.Is(err, collection.ErrNotFound) {
			b.missing = errors.Join(b.missing, fmt.Errorf("payment %q has no receipt", m.Fact))
			continue
		}
		if err != nil {
			return b, err
		}
		b.receipts = append(b.receipts, receipt)
	}
	return b, nil
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
	return collection.Receipt{}, collection.ErrNotFound
}

// check says all that is wrong with a case's books, nil when nothing is.
func (b book) check() error {
	wrong := []error{b.missing, collection.CheckLedger(b.stored, b.entries, b.receipts)}
	same := len(b.entries) == len(b.expected)
	for i := range b.entries {
		same = same && b.entries[i].Seq == b.expected[i].Seq && reflect.DeepEqual(b.entries[i].Lines, b.expected[i].Lines)
	}
	if !same {
		wrong = append(wrong, errors.New("the ledger is not what the events posted"))
	}
	return errors.Join(wrong...)
}
