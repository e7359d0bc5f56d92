package proposal

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/decision"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/offer"
)

const (
	// leastReview is how long a decision may take at least, however soon the first payment is due.
	leastReview = time.Hour
	// signAfterReview is how long an approved contract stands, if its first payment is not due before.
	signAfterReview = 3 * 24 * time.Hour
)

// ReviewReasons says, for staff, why a deal waits for a person's decision; nothing when it does not.
func ReviewReasons(rule collection.ReviewRule, t collection.Terms) []string {
	var out []string
	if rule.AboveTotal > 0 && t.Total > rule.AboveTotal {
		out = append(out, fmt.Sprintf("the total is above %s", rule.AboveTotal))
	}
	if slices.Contains(rule.Products, t.Product) && t.Product != "" {
		out = append(out, fmt.Sprintf("deals under %q are reviewed", t.Product))
	}
	if rule.DiscountAbove.IsZero() || t.Discount == 0 {
		return out
	}
	owed, err := money.Sum(t.Principal, t.Fine, t.Interest, t.Correction)
	if err == nil {
		var allowed money.Centavos
		if allowed, err = owed.Percent(rule.DiscountAbove); err == nil && t.Discount <= allowed {
			return out
		}
	}
	return append(out, fmt.Sprintf("the discount is above %s of what was owed", rule.DiscountAbove))
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

// Review lets a member of staff decide about a proposal that waits for it: ChoiceApprove, ChoiceDeny, or what a second one says; see
// decision.Take and Dossier.Review. An approved contract can be signed for three days, and until the day of its first payment at the
// latest.
func (k *Desk) Review(
	ctx context.Context, meta collection.Meta, id collection.CaseID, proposal collection.ProposalID, choice collection.Choice,
) (collection.Decision, error) {
	creditor, err := k.Creditors.Creditor(ctx, meta.By.Creditor)
	if err != nil {
		return "", fmt.Errorf("find creditor: %w", err)
	}
	return decision.Take(meta, creditor.Policy.Decisions.SecondAbove, choice, decision.Affair{
		Load:   func() (*collection.Dossier, error) { return k.Cases.Load(ctx, meta.By.Creditor, id) },
		Commit: func(d *collection.Dossier) error { return k.Cases.Commit(ctx, d) },
		About: func(d *collection.Dossier) (collection.Matter, money.Centavos, error) {
			p, ok := d.Proposal(proposal)
			if !ok {
				return collection.Matter{}, 0, fmt.Errorf("%w: proposal", collection.ErrNotFound)
			}
			return collection.Matter{Kind: collection.MatterReview, Proposal: proposal, Amount: p.Terms.Total}, p.Terms.Total, nil
		},
		Carry: func(d *collection.Dossier, m collection.Matter) error { return review(meta, d, m) },
	})
}

func review(meta collection.Meta, d *collection.Dossier, m collection.Matter) error {
	if m.Outcome != collection.ChoiceApprove && m.Outcome != collection.ChoiceDeny {
		return fmt.Errorf("%w: a review does not end in %.20q", collection.ErrInvalid, m.Outcome)
	}
	expires := meta.At.Add(signAfterReview)
	if p, ok := d.Proposal(m.Proposal); ok && len(p.Terms.Schedule) > 0 {
		if last := offer.Midnight(p.Terms.Schedule[0].DueDate.AddDays(1)); last.Before(expires) {
			expires = last
		}
	}
	return d.Review(meta, m.Proposal, m.Outcome == collection.ChoiceApprove, expires.Truncate(time.Second))
}
