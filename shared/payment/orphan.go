package payment

import (
	"context"
	"errors"
	"fmt"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
)

// orphan loads money of no intent that a principal may decide about.
func (r *Refunds) orphan(ctx context.Context, by collection.Principal, of Payment) (collection.Receipt, error) {
	if by.Kind != collection.KindStaff && by.Kind != collection.KindSystem {
		return collection.Receipt{}, collection.ErrForbidden
	}
	receipt, err := r.receipt(ctx, by, of)
	if err != nil {
		return receipt, err
	}
	if receipt.Status != collection.ReceiptOrphan {
		return receipt, fmt.Errorf("%w: the payment is %s, not an orphan", collection.ErrInvalid, receipt.Status)
	}
	return receipt, nil
}

// ApplyOrphan posts money that found no intent to the intent that a person names, with who decided and why. Money that was ordered back, or
// of which a part has left, is collection.ErrInvalid.
func (r *Refunds) ApplyOrphan(
	ctx context.Context, by collection.Principal, of Payment, to collection.IntentID, reason string,
) (collection.Receipt, error) {
	var posted collection.Receipt
	var d *collection.Dossier
	err := collection.Redo(func() error {
		receipt, err := r.orphan(ctx, by, of)
		if err != nil {
			return err
		}
		if receipt.Refund != "" || receipt.Returned > 0 {
			return fmt.Errorf("%w: the payment is on its way back", collection.ErrInvalid)
		}
		if d, err = load(ctx, r.Posting.Cases, r.Posting.Intents, by.Creditor, to); err != nil {
			return err
		}
		meta := collection.Meta{At: r.Now(), By: by, Reason: reason, CausationID: of.Fact, CorrelationID: to.String()}
		posted, err = d.Post(meta, to, moneyOf(of.At, provider.Payment{Fact: receipt.Fact, Amount: receipt.Amount, PaidAt: receipt.PaidAt}))
		if err != nil {
			return fmt.Errorf("work out posting: %w", err)
		}
		posted.TxID, posted.DecidedBy, posted.Reason, posted.Revision = receipt.TxID, by.Actor(), reason, receipt.Revision
		if posted, err = r.Posting.placeExcess(ctx, meta, d, posted); err != nil {
			return err
		}
		if err := r.Posting.Cases.Commit(ctx, d, collection.PostedReceipt{Receipt: posted}); err != nil {
			return fmt.Errorf("commit posting: %w", err)
		}
		return nil
	})
	if err != nil {
		return posted, fmt.Errorf("apply orphan: %w", err)
	}
	return posted, r.Posting.wake(ctx, d, to)
}

// RefundOrphan sends money back that found no intent, with who decided and why. The decision is stored first, so that it can be carried on
// wherever it ended: the same call again asks for the same refund. provider.ErrRefundPending says that the provider has not finished.
func (r *Refunds) RefundOrphan(ctx context.Context, by collection.Principal, of Payment, reason string) error {
	err := collection.Redo(func() error { return r.refundOrphan(ctx, by, of, reason) })
	if err != nil && !errors.Is(err, collection.ErrFactPosted) {
		return fmt.Errorf("refund orphan: %w", err)
	}
	return nil
}

func (r *Refunds) refundOrphan(ctx context.Context, by collection.Principal, of Payment, reason string) error {
	receipt, err := r.orphan(ctx, by, of)
	if err != nil {
		return err
	}
	if receipt.Refund == "" {
		if receipt.Returned > 0 {
			return fmt.Errorf("%w: a part of the payment has left", collection.ErrInvalid)
		}
		receipt.Refund, receipt.DecidedBy, receipt.Reason = refundID(receipt, 0), by.Actor(), reason
		if err := r.Posting.Orphans.ChangeOrphan(ctx, receipt, nil); err != nil {
			return fmt.Errorf("store decision: %w", err)
		}
		receipt.Revision++
	}
	rail, account, err := r.Rails.at(ctx, r.Accounts, of.At.Provider, of.At.Account)
	if err != nil {
		return err
	}
	order := provider.RefundOrder{ID: receipt.Refund, Fact: receipt.Fact, Amount: receipt.Amount}
	sent, err := rail.Refund(ctx, account, receipt.TxID, order)
	if err != nil {
		return fmt.Errorf("send refund: %w", err)
	}
	return r.Posting.takeBackOrphan(ctx, receipt, collection.Return{
		Creditor: receipt.Creditor, Provider: receipt.Provider, Account: receipt.Account, Fact: sent.Fact, Of: receipt.Fact,
		Kind: collection.ReturnRefund, Amount: receipt.Amount, At: r.Now(),
	})
}
