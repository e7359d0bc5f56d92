package agreement

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/payment"
)

// nightHours are after midnight: what banks book late in the evening is in by then.
const nightHours = 4 * time.Hour

// lookAgain is how long a request for money that should have been closed is left before it is looked at again.
const lookAgain = time.Hour

// payments ends a live agreement whose money did not come. While a request for money that is overdue can still be paid, or was paid and is
// not settled, the end is put off, for collection.NoticeLife at most: the request is closed once its provider says that nothing came.
func (r *run) payments(ctx context.Context) (time.Time, error) {
	a, err := r.agreement()
	if err != nil {
		return time.Time{}, err
	}
	day, reason, ok := a.EndsOn()
	if !ok {
		return time.Time{}, nil
	}
	due := offer.Midnight(day).Add(nightHours)
	if r.now.Before(due) {
		return due, nil
	}
	last := due.Add(collection.NoticeLife)
	if until := a.CodesOpen(day); !until.IsZero() && r.now.Before(last) {
		if soon := r.now.Add(lookAgain); until.Before(soon) {
			until = soon
		}
		if until.After(last) {
			until = last
		}
		return until, nil
	}
	r.meta.Reason = "unpaid beyond the tolerance"
	if err := r.dossier.End(r.meta, a.ID, reason, day, offer.Charging(r.creditor)); err != nil {
		return time.Time{}, err
	}
	return time.Time{}, r.commit(ctx)
}

// ending makes the codes of an ended agreement unpayable, and orders back what the participant has a claim to after a withdrawal, as far as
// the creditor's policy asks nobody about it.
func (r *run) ending(ctx context.Context) error {
	a, err := r.agreement()
	if err != nil {
		return err
	}
	if err := payment.WakeSurplus(ctx, r.Wakes, r.dossier, a.ID); err != nil {
		return err
	}
	if a.EndReason != collection.EndWithdrawal || a.Excess <= 0 || r.creditor.Policy.Refunds.Excess != collection.ExcessRefund {
		return nil
	}
	receipts, intents, err := r.Payments.PaymentsOf(ctx, r.dossier.Case.Creditor, r.dossier.Case.ID, a.ID)
	if err != nil {
		return fmt.Errorf("find payments: %w", err)
	}
	r.dossier.Intents = append(r.dossier.Intents, intents...)
	r.meta.Reason = "withdrawal"
	for _, receipt := range receipts {
		amount, limit := a.Refundable(receipt), r.creditor.Policy.Refunds.AutomaticUpTo
		if amount <= 0 || (limit > 0 && amount > limit) {
			continue
		}
		if err := r.dossier.WantRefund(r.meta, receipt, refundID(receipt), amount); err != nil {
			return fmt.Errorf("order refund: %w", err)
		}
	}
	return r.commit(ctx)
}

// refundID names the order to send a payment back after a withdrawal: one for each payment, however often it is worked out.
func refundID(receipt collection.Receipt) string {
	sum := sha256.Sum256([]byte("withdrawal|" + receipt.Provider + "|" + receipt.Account + "|" + receipt.Fact))
	return hex.EncodeToString(sum[:16])
}

// MetricUnanswered counts requests for aftercare that the creditor's system did not answer in time.
const MetricUnanswered = "aftercareUnanswered"

// aftercare asks the creditor's system again while it does not answer, and gives up at the end of its time.
func (r *run) aftercare(ctx context.Context) (time.Time, error) {
	a, err := r.agreement()
	if err != nil {
		return time.Time{}, err
	}
	r.meta.Reason = "no answer"
	unanswered, err := r.dossier.KeepAftercare(r.meta, a.ID)
	if err != nil {
		return time.Time{}, err
	}
	if err := r.commit(ctx); err != nil {
		return time.Time{}, err
	}
	if unanswered {
		r.Count(ctx, MetricUnanswered)
	}
	next, _ := a.NextAftercare()
	return next, nil
}

// review denies a proposal that nobody decided about in time.
func (r *run) review(ctx context.Context) (time.Time, error) {
	id, err := collection.ParseID[collection.ProposalNoun](r.subject)
	if err != nil {
		return time.Time{}, fmt.Errorf("proposal: %w", err)
	}
	p, ok := r.dossier.Proposal(id)
	if !ok {
		return time.Time{}, fmt.Errorf("%w: proposal", collection.ErrNotFound)
	}
	if p.Status == collection.ProposalReview && r.now.Before(p.ReviewUntil) {
		return p.ReviewUntil, nil
	}
	r.meta.Reason = "nobody decided in time"
	if err := r.dossier.ExpireReview(r.meta, id); err != nil {
		return time.Time{}, err
	}
	return time.Time{}, r.commit(ctx)
}
