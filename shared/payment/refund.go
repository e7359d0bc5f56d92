package payment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/decision"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
)

// MetricRefusedRefunds counts refunds that a provider refused: somebody has to pay the participant back in another way.
const MetricRefusedRefunds = "refusedRefunds"

// maxRefundID is the longest name of a refund that every provider takes.
const maxRefundID = 35

// refundID names the n-th refund of a payment: the same order gets the same name wherever it is worked out again.
func refundID(r collection.Receipt, n int) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{string(r.Creditor), r.Provider, r.Account, r.Fact, fmt.Sprint(n)}, "\n")))
	return hex.EncodeToString(sum[:])[:maxRefundID-3]
}

// Payment names a payment at an account of a creditor.
type Payment struct {
	At   collection.ProviderAccount
	Fact string
}

// Refunds sends money back, and decides about money that found no intent. A creditor is always that of the principal.
type Refunds struct {
	Posting  *Posting
	Accounts Accounts
	Rails    Rails
	Now      func() time.Time
	Log      *slog.Logger
}

func (r *Refunds) receipt(ctx context.Context, by collection.Principal, of Payment) (collection.Receipt, error) {
	receipt, err := r.Posting.Receipts.LoadReceipt(ctx, by.Creditor, of.At.Provider, of.At.Account, of.Fact)
	if err != nil {
		return receipt, fmt.Errorf("load receipt: %w", err)
	}
	return receipt, nil
}

// Order lets a member of staff ask for a part or all of a posted payment to be sent back (ChoiceDone), or answer what a colleague
// proposed of it; see decision.Take. What was ordered of the payment before is at stake too. More than is left of the payment is
// collection.ErrInvalid.
func (r *Refunds) Order(
	ctx context.Context, by collection.Principal, of Payment, amount money.Centavos, choice collection.Choice, reason string,
) (collection.Decision, error) {
	creditor, err := r.Posting.Creditors.Creditor(ctx, by.Creditor)
	if err != nil {
		return "", fmt.Errorf("find creditor: %w", err)
	}
	meta := collection.Meta{At: r.Now(), By: by, Reason: reason}
	var receipt collection.Receipt
	came, err := decision.Take(meta, creditor.Policy.Decisions.SecondAbove, choice, decision.Affair{
		Load: func() (*collection.Dossier, error) {
			if receipt, err = r.receipt(ctx, by, of); err != nil {
				return nil, err
			}
			if receipt.Status != collection.ReceiptApplied {
				return nil, fmt.Errorf("%w: the payment is not posted to an agreement", collection.ErrInvalid)
			}
			meta.CorrelationID = receipt.Intent.String()
			return load(ctx, r.Posting.Cases, r.Posting.Intents, by.Creditor, receipt.Intent)
		},
		Commit: func(d *collection.Dossier) error { return r.Posting.Cases.Commit(ctx, d) },
		About: func(d *collection.Dossier) (collection.Matter, money.Centavos, error) {
			m := collection.Matter{
				Kind: collection.MatterRefund, Provider: receipt.Provider, Account: receipt.Account, Fact: receipt.Fact, Amount: amount,
			}
			_, ordered, err := ordersOf(d, receipt)
			return m, amount + ordered, err
		},
		Carry: func(d *collection.Dossier, m collection.Matter) error {
			if m.Outcome != collection.ChoiceDone {
				return fmt.Errorf("%w: a refund does not end in %.20q", collection.ErrInvalid, m.Outcome)
			}
			n, _, err := ordersOf(d, receipt)
			if err != nil {
				return err
			}
			return d.WantRefund(meta, receipt, refundID(receipt, n), m.Amount)
		},
	})
	if err != nil {
		return "", fmt.Errorf("order refund: %w", err)
	}
	return came, nil
}

// ordersOf counts the orders to send a payment back, and adds up those that no provider refused.
func ordersOf(d *collection.Dossier, receipt collection.Receipt) (n int, sum money.Centavos, err error) {
	intent, ok := d.Intent(receipt.Intent)
	if !ok {
		return 0, 0, fmt.Errorf("%w: intent", collection.ErrNotFound)
	}
	agreement, ok := d.Agreement(intent.Agreement)
	if !ok {
		return 0, 0, fmt.Errorf("%w: agreement", collection.ErrNotFound)
	}
	for _, order := range agreement.Refunds {
		if order.Of != receipt.Fact || order.Provider != receipt.Provider || order.Account != receipt.Account {
			continue
		}
		if n++; order.Status != collection.RefundRefused {
			sum += order.Amount
		}
	}
	return n, sum, nil
}

// Ordered is a refund order as its event tells of it.
type Ordered struct {
	Creditor      collection.CreditorID
	Case          collection.CaseID
	Agreement     collection.AgreementID
	Refund        string
	EventID       string
	CorrelationID string
}

// Send is the consumer of refund-send: it hands an order over to the provider, under its one name however often, and records the answer.
// The money counts as gone when the provider says that it is: at once, by a notice, or in the day's statement.
func (r *Refunds) Send(ctx context.Context, in Ordered) error {
	d, err := r.Posting.Cases.Load(ctx, in.Creditor, in.Case)
	if err != nil {
		return fmt.Errorf("load case: %w", err)
	}
	agreement, ok := d.Agreement(in.Agreement)
	if !ok {
		return fmt.Errorf("%w: agreement", collection.ErrNotFound)
	}
	order, ok := agreement.Refund(in.Refund)
	if !ok {
		return fmt.Errorf("%w: refund", collection.ErrNotFound)
	}
	meta := collection.Meta{
		At: r.Now(), By: collection.System("refund-send", in.Creditor), CausationID: in.EventID, CorrelationID: in.CorrelationID,
	}
	if order.Status == collection.RefundRequested {
		if order, err = r.hand(ctx, meta, in, order); err != nil {
			return err
		}
	}
	if order.Status != collection.RefundSent {
		return nil
	}
	return r.settle(ctx, meta, in.Creditor, order)
}

// hand asks the provider, and records what it answers.
func (r *Refunds) hand(ctx context.Context, meta collection.Meta, in Ordered, order collection.Refund) (collection.Refund, error) {
	rail, account, err := r.Rails.at(ctx, r.Accounts, order.Provider, order.Account)
	if err != nil {
		return order, err
	}
	answered := collection.RefundAnswered{Refund: order.ID, Agreement: in.Agreement, Status: collection.RefundSent}
	sent, err := rail.Refund(ctx, account, order.Intent.String(), provider.RefundOrder{ID: order.ID, Fact: order.Of, Amount: order.Amount})
	switch {
	case err == nil:
		answered.Fact = sent.Fact
	case errors.Is(err, provider.ErrRefundPending):
	case errors.Is(err, collection.ErrRefused), errors.Is(err, collection.ErrNotFound):
		answered.Status = collection.RefundRefused
		r.Posting.Count(ctx, MetricRefusedRefunds)
		r.Log.ErrorContext(ctx, "refund refused", "creditorId", string(in.Creditor), "caseId", in.Case.String(), "refundId", order.ID,
			"error", err)
	default:
		return order, fmt.Errorf("send refund %s: %w", order.ID, err)
	}
	err = collection.Redo(func() error {
		d, err := r.Posting.Cases.Load(ctx, in.Creditor, in.Case)
		if err != nil {
			return fmt.Errorf("load case: %w", err)
		}
		if err := d.RefundAnswered(meta, answered); err != nil {
			return err
		}
		if err := r.Posting.Cases.Commit(ctx, d); err != nil {
			return fmt.Errorf("commit answer to refund: %w", err)
		}
		agreement, _ := d.Agreement(in.Agreement)
		order, _ = agreement.Refund(in.Refund)
		return nil
	})
	return order, err
}

// settle books the return at once where the provider tells of it already.
func (r *Refunds) settle(ctx context.Context, meta collection.Meta, creditor collection.CreditorID, order collection.Refund) error {
	at := collection.ProviderAccount{Provider: order.Provider, Account: order.Account}
	rail, account, err := r.Rails.at(ctx, r.Accounts, at.Provider, at.Account)
	if err != nil {
		return err
	}
	state, err := rail.Fetch(ctx, account, order.Intent.String())
	if err != nil {
		return fmt.Errorf("ask provider about refund %s: %w", order.ID, err)
	}
	for _, left := range state.Returns {
		if left.Of != order.Of {
			continue
		}
		if _, err := r.Posting.takeBack(ctx, source{meta, creditor, at}, left); err != nil {
			return err
		}
	}
	return nil
}
