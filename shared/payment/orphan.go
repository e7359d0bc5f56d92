package payment

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/decision"
	"github.com/regua/regua/shared/provider"
)

// orphan loads money of no intent.
func (r *Refunds) orphan(ctx context.Context, by collection.Principal, of Payment) (collection.Receipt, error) {
	receipt, err := r.receipt(ctx, by, of)
	if err != nil {
		return receipt, err
	}
	if receipt.Status != collection.ReceiptOrphan {
		return receipt, fmt.Errorf("%w: the payment is %s, not an orphan", collection.ErrInvalid, receipt.Status)
	}
	return receipt, nil
}

// OrphanWord is what a member of staff says of money that found no intent. To is the intent that OrphanApply is about.
type OrphanWord struct {
	Choice collection.OrphanChoice // apply, refund, confirm or refuse
	To     collection.IntentID
	Reason string
}

// DecideOrphan lets a named member of staff apply money that found no intent to one, or send it back. Of more than the creditor lets one
// decide alone, it is kept as proposed, and another one confirms or refuses. What was said stays with the receipt, and each word is written
// over what its speaker read: of two at once one wins. A refund that was decided and not finished is carried on by the same call;
// provider.ErrRefundPending says that the provider has not finished.
func (r *Refunds) DecideOrphan(ctx context.Context, by collection.Principal, of Payment, word OrphanWord) (collection.Decision, error) {
	if by.Kind != collection.KindStaff || by.ID == "" {
		return "", fmt.Errorf("decide about orphan: %w", collection.ErrForbidden)
	}
	if err := decision.CheckReason(word.Reason); err != nil {
		return "", err
	}
	creditor, err := r.Posting.Creditors.Creditor(ctx, by.Creditor)
	if err != nil {
		return "", fmt.Errorf("find creditor: %w", err)
	}
	var came collection.Decision
	err = collection.Redo(func() error {
		receipt, err := r.orphan(ctx, by, of)
		if err != nil {
			return err
		}
		came, err = r.hear(ctx, by, of, receipt, word, creditor.Policy.Decisions)
		return err
	})
	if err != nil && !errors.Is(err, collection.ErrFactPosted) {
		return "", fmt.Errorf("decide about orphan: %w", err)
	}
	return came, nil
}

// hear does what a word about an orphan asks for, on the receipt as it was loaded.
func (r *Refunds) hear(
	ctx context.Context, by collection.Principal, of Payment, receipt collection.Receipt, word OrphanWord, policy collection.DecisionPolicy,
) (collection.Decision, error) {
	if receipt.Refund != "" {
		if word.Choice == collection.OrphanApply || word.Choice == collection.OrphanRefuse {
			return "", fmt.Errorf("%w: the payment is on its way back", collection.ErrInvalid)
		}
		return collection.DecisionTaken, r.sendOrphan(ctx, of, receipt)
	}
	if receipt.Returned > 0 {
		return "", fmt.Errorf("%w: a part of the payment has left", collection.ErrInvalid)
	}
	said := collection.OrphanSaid{By: by.ID, Choice: word.Choice, Intent: word.To, Reason: word.Reason, At: r.Now()}
	proposed, waits := receipt.Proposed()
	if err := fits(word, by.ID, proposed, waits); err != nil {
		return "", err
	}
	if waits {
		said.Intent = proposed.Intent
	}
	alone := policy.SecondAbove == 0 || receipt.Amount <= policy.SecondAbove || waits
	receipt.Said = append(slices.Clone(receipt.Said), said)
	switch {
	case word.Choice == collection.OrphanRefuse:
		return collection.DecisionRefused, r.keepSaid(ctx, receipt)
	case !said.Intent.IsZero():
		return r.apply(ctx, by, of, receipt, said, alone)
	case alone:
		return collection.DecisionTaken, r.refundOrphan(ctx, by, of, receipt, said)
	}
	receipt.Said[len(receipt.Said)-1].Choice = collection.OrphanProposeRefund
	return collection.DecisionProposed, r.keepSaid(ctx, receipt)
}

// fits says whether a word can be said of an orphan now: an answer to what somebody else proposed, or an outcome while nothing is proposed.
func fits(word OrphanWord, who string, proposed collection.OrphanSaid, waits bool) error {
	switch word.Choice {
	case collection.OrphanConfirm, collection.OrphanRefuse:
		if !waits {
			return fmt.Errorf("%w: nothing is proposed that could be confirmed or refused", collection.ErrNotFound)
		}
		if proposed.By == who {
			return fmt.Errorf("%w: %s proposed this: another operator has to confirm or refuse it", collection.ErrForbidden, who)
		}
	case collection.OrphanApply, collection.OrphanRefund:
		if waits {
			return fmt.Errorf("%w: %s said %q, which another operator has to confirm or refuse first", collection.ErrInvalid, proposed.By,
				proposed.Choice)
		}
		if (word.Choice == collection.OrphanApply) == word.To.IsZero() {
			return fmt.Errorf("%w: money is applied to an intent, and sent back from none", collection.ErrInvalid)
		}
	default:
		return fmt.Errorf("%w: choice %.20q", collection.ErrInvalid, word.Choice)
	}
	return nil
}

func (r *Refunds) keepSaid(ctx context.Context, receipt collection.Receipt) error {
	if err := r.Posting.Orphans.ChangeOrphan(ctx, receipt, nil); err != nil {
		return fmt.Errorf("store decision: %w", err)
	}
	return nil
}

// apply posts an orphan to the intent that a person names, with who decided and why. What needs a second word is worked out and kept as
// proposed.
func (r *Refunds) apply(
	ctx context.Context, by collection.Principal, of Payment, receipt collection.Receipt, said collection.OrphanSaid, alone bool,
) (collection.Decision, error) {
	to := said.Intent
	d, err := load(ctx, r.Posting.Cases, r.Posting.Intents, by.Creditor, to)
	if err != nil {
		return "", err
	}
	meta := collection.Meta{At: said.At, By: by, Reason: said.Reason, CausationID: of.Fact, CorrelationID: to.String()}
	posted, err := d.Post(meta, to, moneyOf(of.At, provider.Payment{Fact: receipt.Fact, Amount: receipt.Amount, PaidAt: receipt.PaidAt}))
	if err != nil {
		return "", fmt.Errorf("work out posting: %w", err)
	}
	if !alone {
		receipt.Said[len(receipt.Said)-1].Choice = collection.OrphanProposeApply
		return collection.DecisionProposed, r.keepSaid(ctx, receipt)
	}
	posted.TxID, posted.DecidedBy, posted.Reason, posted.Revision = receipt.TxID, by.Actor(), said.Reason, receipt.Revision
	posted.Said = receipt.Said
	if posted, err = r.Posting.placeExcess(ctx, meta, d, posted); err != nil {
		return "", err
	}
	if err := r.Posting.Cases.Commit(ctx, d, collection.PostedReceipt{Receipt: posted}); err != nil {
		return "", fmt.Errorf("commit posting: %w", err)
	}
	return collection.DecisionTaken, r.Posting.wake(ctx, d, to)
}

// refundOrphan stores the decision to send an orphan back first, so that it can be carried on wherever it ended.
func (r *Refunds) refundOrphan(
	ctx context.Context, by collection.Principal, of Payment, receipt collection.Receipt, said collection.OrphanSaid,
) error {
	receipt.Refund, receipt.DecidedBy, receipt.Reason = refundID(receipt, 0), by.Actor(), said.Reason
	if err := r.keepSaid(ctx, receipt); err != nil {
		return err
	}
	receipt.Revision++
	return r.sendOrphan(ctx, of, receipt)
}

// sendOrphan asks the provider to send an orphan back, under the one name of its order however often, and books that it left.
func (r *Refunds) sendOrphan(ctx context.Context, of Payment, receipt collection.Receipt) error {
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
