// Package payment asks for the money of instalments, waits for it, and posts what comes: each payment once, whatever is delivered twice,
// late, out of order or lost, and wherever a process dies.
package payment

import (
	"context"
	"fmt"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
)

// Cases loads and commits cases.
type Cases interface {
	Load(ctx context.Context, creditor collection.CreditorID, id collection.CaseID) (*collection.Dossier, error)
	Commit(ctx context.Context, d *collection.Dossier, with ...collection.Companion) error
}

// Intents loads payment intents, as of now.
type Intents interface {
	LoadIntent(ctx context.Context, creditor collection.CreditorID, id collection.IntentID) (collection.Intent, error)
}

// Creditors finds creditors.
type Creditors interface {
	Creditor(ctx context.Context, id collection.CreditorID) (collection.Creditor, error)
}

// Accounts finds creditors' accounts at providers; collection.ErrNotFound when there is none of that name.
type Accounts interface {
	Account(ctx context.Context, provider, account string) (provider.Account, error)
}

// Sender puts a message on a queue.
type Sender interface {
	Send(ctx context.Context, body any) error
}

// Issuer makes charges at a provider. Issuing the same charge twice makes one.
type Issuer interface {
	Issue(ctx context.Context, account provider.Account, charge provider.Charge) (collection.PayCode, error)
}

// Notices reads what a provider reports. Verify comes first.
type Notices interface {
	Verify(account provider.Account, d provider.Delivery, now time.Time) error
	Parse(body []byte) (provider.Event, error)
}

// Charges asks a provider what became of a charge, and ends it. Both answer collection.ErrNotFound for a charge that was never made.
type Charges interface {
	Fetch(ctx context.Context, account provider.Account, txID string) (provider.State, error)
	Cancel(ctx context.Context, account provider.Account, txID string) (provider.State, error)
}

// Refunder sends money back.
type Refunder interface {
	Refund(ctx context.Context, account provider.Account, txID string, order provider.RefundOrder) (provider.Refund, error)
}

// Rail is a provider's adapter.
type Rail interface {
	Issuer
	Notices
	Charges
	Refunder
	Statements
}

// Statements tells what came in and went out at an account on a day, by the account's own calendar.
type Statements interface {
	Statement(ctx context.Context, account provider.Account, day calendar.Date) (provider.Statement, error)
}

// Receipts reads what was posted of money that came and that left again; collection.ErrNotFound for what was not posted.
type Receipts interface {
	LoadReceipt(ctx context.Context, creditor collection.CreditorID, provider, account, fact string) (collection.Receipt, error)
	LoadReturn(ctx context.Context, creditor collection.CreditorID, provider, account, fact string) (collection.Return, error)
}

// Rails holds the adapters by provider.
type Rails map[string]Rail

// at finds the adapter and the account of an intent.
func (r Rails) at(ctx context.Context, accounts Accounts, name, account string) (Rail, provider.Account, error) {
	rail, ok := r[name]
	if !ok {
		return nil, provider.Account{}, fmt.Errorf("%w: payment provider %q", collection.ErrNotFound, name)
	}
	found, err := accounts.Account(ctx, name, account)
	if err != nil {
		return nil, provider.Account{}, fmt.Errorf("find account at provider %s: %w", name, err)
	}
	return rail, found, nil
}

// load loads a case together with one of its intents. They are read one after the other; a commit finds out when they do not belong
// together.
func load(ctx context.Context, cases Cases, intents Intents, creditor collection.CreditorID, id collection.IntentID) (
	*collection.Dossier, error,
) {
	intent, err := intents.LoadIntent(ctx, creditor, id)
	if err != nil {
		return nil, fmt.Errorf("load intent: %w", err)
	}
	return withIntent(ctx, cases, intent)
}

func withIntent(ctx context.Context, cases Cases, intent collection.Intent) (*collection.Dossier, error) {
	d, err := cases.Load(ctx, intent.Creditor, intent.Case)
	if err != nil {
		return nil, fmt.Errorf("load case: %w", err)
	}
	d.Intents = append(d.Intents, intent)
	return d, nil
}
