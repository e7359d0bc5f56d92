package proposal

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/offer"
)

const (
	// leastReview is how long a decision may take at least, however soon the first payment is due.
	leastReview = time.Hour
	// signAfterReview is how long an approved contract stands, if its first payment is not due before.
	signAfterReview = 3 * 24 * time.Hour
)

// needsReview reports whether a deal waits for a person's decision.
func needsReview(rule collection.ReviewRule, t collection.Terms) bool {
	if rule.AboveTotal > 0 && t.Total > rule.AboveTotal {
		return true
	}
	if slices.Contains(rule.Products, t.Product) && t.Product != "" {
		return true
	}
	if rule.DiscountAbove.IsZero() || t.Discount == 0 {
		return false
	}
	owed, err := money.Sum(t.Principal, t.Fine, t.Interest, t.Correction)
	if err != nil {
		return true
	}
	allowed, err := owed.Percent(rule.DiscountAbove)
	return err != nil || t.Discount > allowed
}

// reviewUntil is until when a decision can be made: as many days as the rule gives, and no longer than to the end of the day before the
// first payment is due.
func reviewUntil(rule collection.ReviewRule, t collection.Terms, now time.Time) time.Time {
	until := now.Add(time.Duration(rule.Days) * 24 * time.Hour)
	if due := offer.Midnight(t.Schedule[0].DueDate); due.Before(until) {
		until = due
	}
	if least := now.Add(leastReview); until.Before(least) {
		until = least
	}
	return until.UTC().Truncate(time.Second)
}

// Review records a named person's decision about a proposal that waits for it, with their reason; see Dossier.Review. An approved contract
// can be signed for three days, and until the day of its first payment at the latest.
func (k *Desk) Review(ctx context.Context, meta collection.Meta, id collection.CaseID, proposal collection.ProposalID, approved bool) (
	collection.Proposal, error,
) {
	var decided collection.Proposal
	err := collection.Redo(func() error {
		d, err := k.Cases.Load(ctx, meta.By.Creditor, id)
		if err != nil {
			return fmt.Errorf("load case: %w", err)
		}
		expires := meta.At.Add(signAfterReview)
		if p, ok := d.Proposal(proposal); ok && len(p.Terms.Schedule) > 0 {
			if last := offer.Midnight(p.Terms.Schedule[0].DueDate.AddDays(1)); last.Before(expires) {
				expires = last
			}
		}
		if err := d.Review(meta, proposal, approved, expires.Truncate(time.Second)); err != nil {
			return err
		}
		if err := k.Cases.Commit(ctx, d); err != nil {
			return fmt.Errorf("commit review: %w", err)
		}
		p, _ := d.Proposal(proposal)
		decided = *p
		return nil
	})
	return decided, err
}
