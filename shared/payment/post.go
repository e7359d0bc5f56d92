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

// Orphans keeps receipts of money that belongs to no intent. KeepOrphan is collection.ErrFactPosted for a fact that stands already;
// ChangeOrphan, for a return that stands already, and collection.ErrConflict for a receipt that was changed in between.
type Orphans interface {
	KeepOrphan(ctx context.Context, receipt collection.Receipt) error
	ChangeOrphan(ctx context.Context, receipt collection.Receipt, returned *collection.Return) error
}

// Posting books money that a provider reports, by whatever way the report came.
type Posting struct {
	Cases     Cases
	Intents   Intents
	Creditors Creditors
	Receipts  Receipts
	Orphans   Orphans
	Wakes     Sender
	// Count adds one to a metric.
	Count func(ctx context.Context, metric string)
}

// source is who reports something, and about whose account.
type source struct {
	meta     collection.Meta
	creditor collection.CreditorID
	at       collection.ProviderAccount
}

// about is the source of a report on one charge.
func (s source) about(txID string) source {
	s.meta.CorrelationID = txID
	return s
}

// errNoIntent says that money names no intent of ours at this account.
var errNoIntent = errors.New("no intent of this account")

// post books a payment once: its receipt is keyed by the provider's name of the payment. The companions are written with the posting;
// written says whether they were. Money without an intent is kept as an orphan.
func (p *Posting) post(ctx context.Context, s source, m provider.Payment, with ...collection.Companion) (written bool, err error) {
	var d *collection.Dossier
	var id collection.IntentID
	err = collection.Redo(func() error {
		intent, err := p.intent(ctx, s, m.TxID)
		if err != nil {
			return err
		}
		id = intent.ID
		d, err = p.book(ctx, s, intent, m, with)
		return err
	})
	switch {
	case errors.Is(err, errNoIntent):
		return false, p.keepOrphan(ctx, s, m)
	case errors.Is(err, collection.ErrFactPosted):
		return false, p.wakeAgain(ctx, s, m.TxID)
	case err != nil:
		return false, fmt.Errorf("post payment of intent %s: %w", id, err)
	}
	return true, p.wake(ctx, d, id)
}

// intent finds the intent that a report names.
func (p *Posting) intent(ctx context.Context, s source, txID string) (collection.Intent, error) {
	id, err := collection.ParseID[collection.IntentNoun](txID)
	if err != nil {
		return collection.Intent{}, errNoIntent
	}
	intent, err := p.Intents.LoadIntent(ctx, s.creditor, id)
	if errors.Is(err, collection.ErrNotFound) || (err == nil && !asked(intent, s.at)) {
		return collection.Intent{}, errNoIntent
	}
	if err != nil {
		return collection.Intent{}, fmt.Errorf("load intent: %w", err)
	}
	return intent, nil
}

// asked reports whether a charge of the intent may stand at an account.
func asked(intent collection.Intent, at collection.ProviderAccount) bool {
	for _, one := range intent.Asked() {
		if one == at {
			return true
		}
	}
	return false
}

// book commits one posting and returns the case after it.
func (p *Posting) book(
	ctx context.Context, s source, intent collection.Intent, m provider.Payment, with []collection.Companion,
) (*collection.Dossier, error) {
	d, err := withIntent(ctx, p.Cases, intent)
	if err != nil {
		return nil, err
	}
	receipt, err := d.Post(s.meta, intent.ID, moneyOf(s.at, m))
	if err != nil {
		return nil, fmt.Errorf("work out posting: %w", err)
	}
	if receipt, err = p.placeExcess(ctx, s.meta, d, receipt); err != nil {
		return nil, err
	}
	all := append([]collection.Companion{collection.PostedReceipt{Receipt: receipt}}, with...)
	if err := p.Cases.Commit(ctx, d, all...); err != nil {
		return nil, fmt.Errorf("commit posting: %w", err)
	}
	return d, nil
}

func moneyOf(at collection.ProviderAccount, m provider.Payment) collection.Money {
	return collection.Money{
		Provider: at.Provider, Account: at.Account, Fact: m.Fact, Amount: m.Amount, PaidAt: m.PaidAt, PaidOn: offer.Today(m.PaidAt),
	}
}

// placeExcess counts what a payment brought beyond what was due against the debts of a deal that was broken before, and orders the refund
// of the rest, if the creditor's policy asks nobody about it. It returns the receipt after that.
func (p *Posting) placeExcess(ctx context.Context, meta collection.Meta, d *collection.Dossier, receipt collection.Receipt) (
	collection.Receipt, error,
) {
	if receipt.Excess == 0 {
		return receipt, nil
	}
	creditor, err := p.Creditors.Creditor(ctx, receipt.Creditor)
	if err != nil {
		return receipt, fmt.Errorf("find creditor: %w", err)
	}
	receipt, err = d.CountTowards(meta, receipt, offer.Today(receipt.PaidAt), offer.Charging(creditor))
	if err != nil {
		return receipt, fmt.Errorf("count money after the end of a deal: %w", err)
	}
	policy := creditor.Policy.Refunds
	if receipt.Excess == 0 || policy.Excess != collection.ExcessRefund || (policy.AutomaticUpTo > 0 && receipt.Excess > policy.AutomaticUpTo) {
		return receipt, nil
	}
	meta.By, meta.Reason = collection.System("refund-policy", receipt.Creditor), "money beyond what was due"
	if err := d.WantRefund(meta, receipt, refundID(receipt, 0), receipt.Excess); err != nil {
		return receipt, fmt.Errorf("order refund of excess: %w", err)
	}
	return receipt, nil
}

func (p *Posting) keepOrphan(ctx context.Context, s source, m provider.Payment) error {
	err := p.Orphans.KeepOrphan(ctx, collection.Receipt{
		Creditor: s.creditor, Provider: s.at.Provider, Account: s.at.Account, Fact: m.Fact, TxID: m.TxID, Amount: m.Amount,
		PaidAt: m.PaidAt, Status: collection.ReceiptOrphan,
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

// wake asks for the execution that waits for an intent to be woken, once the intent has ended, and for those of the other requests that
// were made for the same money, once it is not due any more.
func (p *Posting) wake(ctx context.Context, d *collection.Dossier, id collection.IntentID) error {
	intent, ok := d.Intent(id)
	if !ok {
		return fmt.Errorf("%w: intent", collection.ErrNotFound)
	}
	if intent.Ended() && intent.Waiter != "" {
		if err := wakeOne(ctx, p.Wakes, d.Case.Creditor, id); err != nil {
			return err
		}
	}
	return WakeSurplus(ctx, p.Wakes, d, intent.Agreement)
}

// WakeSurplus asks for the executions of an agreement's requests to be woken whose money is not due any more: each then asks its provider,
// makes the charge unpayable and closes the request. Whoever ends an agreement calls it after the commit; calling it again changes
// nothing.
func WakeSurplus(ctx context.Context, wakes Sender, d *collection.Dossier, agreement collection.AgreementID) error {
	for _, id := range d.Surplus(agreement) {
		if err := wakeOne(ctx, wakes, d.Case.Creditor, id); err != nil {
			return err
		}
	}
	return nil
}

func wakeOne(ctx context.Context, wakes Sender, creditor collection.CreditorID, id collection.IntentID) error {
	if err := wakes.Send(ctx, WakeMessage{string(creditor), id.String()}); err != nil {
		return fmt.Errorf("queue wake-up of intent %s: %w", id, err)
	}
	return nil
}

// wakeAgain repeats the wake-ups after something that was posted before, which is all that may be missing.
func (p *Posting) wakeAgain(ctx context.Context, s source, txID string) error {
	intent, err := p.intent(ctx, s, txID)
	if errors.Is(err, errNoIntent) {
		return nil
	}
	if err != nil {
		return err
	}
	d, err := withIntent(ctx, p.Cases, intent)
	if err != nil {
		return err
	}
	return p.wake(ctx, d, intent.ID)
}
