package payment

import (
	"context"
	"errors"
	"fmt"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/provider"
)

// MetricOrphans counts payments that no intent of ours is known for.
const MetricOrphans = "orphanPayments"

// Orphans keeps receipts of money that belongs to no intent; collection.ErrFactPosted for a fact that stands already.
type Orphans interface {
	KeepOrphan(ctx context.Context, receipt collection.Receipt) error
}

// Posting books money that a provider reports, by whatever way the report came.
type Posting struct {
	Cases   Cases
	Intents Intents
	Orphans Orphans
	Wakes   Sender
	// Count adds one to a metric.
	Count func(ctx context.Context, metric string)
}

// report is one payment as one source reports it.
type report struct {
	meta              collection.Meta
	creditor          collection.CreditorID
	provider, account string
	payment           provider.Payment
}

// errNoIntent says that money names no intent of ours at this account.
var errNoIntent = errors.New("no intent of this account")

// post books a payment once: its receipt is keyed by the provider's name of the payment. The companions are written with the posting;
// written says whether they were. Money without an intent is kept as an orphan.
func (p *Posting) post(ctx context.Context, r report, with ...collection.Companion) (written bool, err error) {
	var intent collection.Intent
	err = collection.Redo(func() (err error) {
		if intent, err = p.intent(ctx, r); err == nil {
			intent, err = p.book(ctx, r, intent, with)
		}
		return err
	})
	switch {
	case errors.Is(err, errNoIntent):
		return false, p.keepOrphan(ctx, r)
	case errors.Is(err, collection.ErrFactPosted):
		return false, p.wakeAgain(ctx, r)
	case err != nil:
		return false, fmt.Errorf("post payment of intent %s: %w", intent.ID, err)
	}
	return true, p.wake(ctx, intent)
}

// intent finds the intent that a payment names.
func (p *Posting) intent(ctx context.Context, r report) (collection.Intent, error) {
	id, err := collection.ParseID[collection.IntentNoun](r.payment.TxID)
	if err != nil {
		return collection.Intent{}, errNoIntent
	}
	intent, err := p.Intents.LoadIntent(ctx, r.creditor, id)
	if errors.Is(err, collection.ErrNotFound) || (err == nil && (intent.Provider != r.provider || intent.Account != r.account)) {
		return collection.Intent{}, errNoIntent
	}
	if err != nil {
		return collection.Intent{}, fmt.Errorf("load intent: %w", err)
	}
	return intent, nil
}

// book commits one posting and returns the intent after it.
func (p *Posting) book(ctx context.Context, r report, intent collection.Intent, with []collection.Companion) (collection.Intent, error) {
	d, err := withIntent(ctx, p.Cases, intent)
	if err != nil {
		return intent, err
	}
	receipt, err := d.Post(r.meta, intent.ID, collection.Money{
		Provider: r.provider, Account: r.account, Fact: r.payment.Fact, Amount: r.payment.Amount, PaidAt: r.payment.PaidAt,
		PaidOn: offer.Today(r.payment.PaidAt),
	})
	if err != nil {
		return intent, fmt.Errorf("work out posting: %w", err)
	}
	all := append([]collection.Companion{collection.PostedReceipt{Receipt: receipt}}, with...)
	if err := p.Cases.Commit(ctx, d, all...); err != nil {
		return intent, fmt.Errorf("commit posting: %w", err)
	}
	posted, _ := d.Intent(intent.ID)
	return *posted, nil
}

func (p *Posting) keepOrphan(ctx context.Context, r report) error {
	err := p.Orphans.KeepOrphan(ctx, collection.Receipt{
		Creditor: r.creditor, Provider: r.provider, Account: r.account, Fact: r.payment.Fact, Amount: r.payment.Amount,
		PaidAt: r.payment.PaidAt, Status: collection.ReceiptOrphan,
	})
	if errors.Is(err, collection.ErrFactPosted) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("keep orphan payment: %w", err)
	}
	p.Count(ctx, MetricOrphans)
	return nil
}

// wake asks for the execution that waits for an intent to be woken, once the intent has ended.
func (p *Posting) wake(ctx context.Context, intent collection.Intent) error {
	if !ended(intent.Status) || intent.Waiter == "" {
		return nil
	}
	if err := p.Wakes.Send(ctx, WakeMessage{string(intent.Creditor), intent.ID.String()}); err != nil {
		return fmt.Errorf("queue wake-up of intent %s: %w", intent.ID, err)
	}
	return nil
}

// wakeAgain repeats the wake-up after a payment that was posted before, which is all that may be missing.
func (p *Posting) wakeAgain(ctx context.Context, r report) error {
	intent, err := p.intent(ctx, r)
	if errors.Is(err, errNoIntent) {
		return nil
	}
	if err != nil {
		return err
	}
	return p.wake(ctx, intent)
}
