package payment

import (
	"context"
	"errors"
	"fmt"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
)

// errNoPayment says that a return takes back a payment that was not posted.
var errNoPayment = errors.New("the payment of a return was not posted")

// takeBack books money that left again, once: it is keyed by the provider's name of the return. A return of an orphan changes its receipt
// alone. One whose payment was not posted is errNoPayment; one of more than is left of it is collection.ErrInvalid.
func (p *Posting) takeBack(ctx context.Context, s source, r provider.Return, with ...collection.Companion) (written bool, err error) {
	left := collection.Return{
		Creditor: s.creditor, Provider: s.at.Provider, Account: s.at.Account, Fact: r.Fact, Of: r.Of, Kind: collection.ReturnKind(r.Kind),
		Amount: r.Amount, At: r.At,
	}
	err = collection.Redo(func() error {
		receipt, err := p.Receipts.LoadReceipt(ctx, s.creditor, s.at.Provider, s.at.Account, r.Of)
		if errors.Is(err, collection.ErrNotFound) {
			return errNoPayment
		}
		if err != nil {
			return fmt.Errorf("load receipt: %w", err)
		}
		if receipt.Case.IsZero() {
			return p.takeBackOrphan(ctx, receipt, left)
		}
		written, err = true, p.bookReturn(ctx, s, receipt, left, with)
		return err
	})
	if errors.Is(err, collection.ErrFactPosted) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("post return: %w", err)
	}
	return written, nil
}

func (p *Posting) bookReturn(
	ctx context.Context, s source, receipt collection.Receipt, left collection.Return, with []collection.Companion,
) error {
	d, err := load(ctx, p.Cases, p.Intents, s.creditor, receipt.Intent)
	if err != nil {
		return err
	}
	after, err := d.Return(s.meta, receipt, left)
	if err != nil {
		// It was perhaps posted before, and nothing is left therefore: the stored return decides.
		if posted := p.returned(ctx, left); posted != nil {
			return posted
		}
		return fmt.Errorf("work out return: %w", err)
	}
	all := append([]collection.Companion{collection.PostedReturn{Return: left}, collection.PostedReceipt{Receipt: after}}, with...)
	if err := p.Cases.Commit(ctx, d, all...); err != nil {
		return fmt.Errorf("commit return: %w", err)
	}
	return nil
}

// returned is collection.ErrFactPosted when a return was posted before, nil when it was not, and else why that cannot be told.
func (p *Posting) returned(ctx context.Context, left collection.Return) error {
	_, err := p.Receipts.LoadReturn(ctx, left.Creditor, left.Provider, left.Account, left.Fact)
	switch {
	case errors.Is(err, collection.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("load return: %w", err)
	}
	return collection.ErrFactPosted
}

// takeBackOrphan books the return of money that belongs to no intent.
func (p *Posting) takeBackOrphan(ctx context.Context, receipt collection.Receipt, left collection.Return) error {
	if posted := p.returned(ctx, left); posted != nil {
		return posted
	}
	if left.Amount <= 0 || left.Amount > receipt.Amount-receipt.Returned {
		return fmt.Errorf("%w: a return of more than is left of the payment", collection.ErrInvalid)
	}
	if receipt.Returned += left.Amount; receipt.Returned == receipt.Amount {
		receipt.Status = collection.ReceiptRefunded
	}
	if err := p.Orphans.ChangeOrphan(ctx, receipt, &left); err != nil {
		return fmt.Errorf("return orphan: %w", err)
	}
	return nil
}

// notice records that a payment was seen which is not settled. What names no intent of ours is no money, and nothing is to be kept of it.
func (p *Posting) notice(ctx context.Context, s source, txID string) error {
	return p.change(ctx, s, txID, func(d *collection.Dossier, id collection.IntentID) error { return d.Noticed(s.meta, id) })
}

// refuse records that the payer's bank refused the money, and wakes who waits for it.
func (p *Posting) refuse(ctx context.Context, s source, r provider.Refusal) error {
	return p.change(ctx, s, r.TxID, func(d *collection.Dossier, id collection.IntentID) error {
		return d.RefusePayment(s.meta, collection.PaymentRefused{Intent: id, Code: r.Code, Retry: r.Retry, MandateBroken: r.Mandate})
	})
}

// change commits a change of an intent that moves no money, and repeats the wake-ups that it may cause.
func (p *Posting) change(
	ctx context.Context, s source, txID string, decide func(d *collection.Dossier, id collection.IntentID) error,
) error {
	err := collection.Redo(func() error {
		intent, err := p.intent(ctx, s, txID)
		if err != nil {
			return err
		}
		d, err := withIntent(ctx, p.Cases, intent)
		if err != nil {
			return err
		}
		if err := decide(d, intent.ID); err != nil {
			return err
		}
		if err := p.Cases.Commit(ctx, d); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
		return p.wake(ctx, d, intent.ID)
	})
	if errors.Is(err, errNoIntent) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("change intent: %w", err)
	}
	return nil
}
