package collection

import (
	"fmt"
	"slices"
	"time"

	"github.com/regua/regua/shared/calendar"
)

// ReviewOutcome is how a manual review ended.
type ReviewOutcome string

// The outcomes of a review; one that nobody decided in time has expired, and the proposal is denied.
const (
	ReviewApproved ReviewOutcome = "approved"
	ReviewDenied   ReviewOutcome = "denied"
	ReviewExpired  ReviewOutcome = "expired"
)

// ReviewRequested says that a proposal waits for a person's decision.
type ReviewRequested struct {
	Proposal ProposalID
	Until    time.Time
}

// ProposalReviewed says how a review ended. ExpiresAt is until when an approved contract can be signed.
type ProposalReviewed struct {
	Proposal  ProposalID
	Outcome   ReviewOutcome
	ExpiresAt time.Time
}

// DebtsMoved says that debts were disputed, suspended, opened again, recalled or written off: the reason stands with the event.
type DebtsMoved struct {
	Debts  []DebtID
	Status DebtStatus
	Lines  []Line // what is no longer collected; empty when that did not change
}

// Type implements Event.
func (ReviewRequested) Type() string { return "proposal.review_requested" }

// Type implements Event.
func (ProposalReviewed) Type() string { return "proposal.reviewed" }

// Type implements Event.
func (DebtsMoved) Type() string { return "case.debts_moved" }

func (e ReviewRequested) apply(d *Dossier, seq int64, _ time.Time) error {
	p, ok := d.Proposal(e.Proposal)
	if !ok || p.Status != ContractIssued {
		return ErrProposalNotOpen
	}
	p.Status, p.ReviewUntil, p.Revision = ProposalReview, e.Until, seq
	return nil
}

func (e ProposalReviewed) apply(d *Dossier, seq int64, _ time.Time) error {
	p, ok := d.Proposal(e.Proposal)
	if !ok || p.Status != ProposalReview {
		return ErrProposalNotOpen
	}
	d.dropProposed(func(x ProposedDecision) bool { return x.Kind == MatterReview && x.Proposal == e.Proposal })
	p.Status, p.Revision = ProposalDenied, seq
	if e.Outcome == ReviewApproved {
		p.Status, p.ExpiresAt = ContractIssued, e.ExpiresAt
	}
	return nil
}

func (e DebtsMoved) apply(d *Dossier, seq int64, at time.Time) error {
	if err := d.setDebts(e.Debts, e.Status, seq); err != nil {
		return err
	}
	d.dropProposed(func(x ProposedDecision) bool {
		return slices.ContainsFunc(x.Debts, func(id DebtID) bool { return slices.Contains(e.Debts, id) })
	})
	if len(e.Lines) == 0 {
		return nil
	}
	return d.post(seq, at, "moved", e.Lines)
}

// RequestReview makes a proposal wait for a person's decision, until a time at the latest.
func (d *Dossier) RequestReview(meta Meta, id ProposalID, until time.Time) error {
	return d.Record(meta, ReviewRequested{Proposal: id, Until: until.UTC()})
}

// Review records the decision of a named member of staff about a proposal that waits for it; an approved contract can be signed until
// expires. Without a reason it is ErrInvalid, by anybody else ErrForbidden, and after the time ErrProposalNotOpen.
func (d *Dossier) Review(meta Meta, id ProposalID, approved bool, expires time.Time) error {
	if err := mustBeStaff(meta); err != nil {
		return err
	}
	p, ok := d.Proposal(id)
	if !ok {
		return fmt.Errorf("%w: proposal", ErrNotFound)
	}
	if p.StatusAt(meta.At) != ProposalReview {
		return ErrProposalNotOpen
	}
	decided := ProposalReviewed{Proposal: id, Outcome: ReviewDenied}
	if approved {
		decided.Outcome, decided.ExpiresAt = ReviewApproved, expires.UTC()
	}
	return d.Record(meta, decided)
}

// ExpireReview denies a proposal that nobody decided about in time. One that was decided, or still may be, stays as it is.
func (d *Dossier) ExpireReview(meta Meta, id ProposalID) error {
	p, ok := d.Proposal(id)
	if !ok {
		return fmt.Errorf("%w: proposal", ErrNotFound)
	}
	if p.Status != ProposalReview || meta.At.Before(p.ReviewUntil) {
		return nil
	}
	return d.Record(meta, ProposalReviewed{Proposal: id, Outcome: ReviewExpired})
}

func mustSayWhy(meta Meta) error {
	if meta.Reason == "" {
		return fmt.Errorf("%w: a decision needs a reason", ErrInvalid)
	}
	return nil
}

// Dispute takes open debts out of collection while the participant disputes them. Contracts over them that are not signed are refused; a
// signed agreement is not touched, and its debts cannot be disputed: ErrDebtsNotOpen.
func (d *Dossier) Dispute(meta Meta, debts []DebtID) error {
	return d.move(meta, debts, DebtDisputed, DebtOpen)
}

// DecideDispute opens disputed debts again, or ends them when the dispute was upheld: as WRITTEN_OFF or RECALLED.
func (d *Dossier) DecideDispute(meta Meta, debts []DebtID, to DebtStatus) error {
	if to != DebtOpen && to != DebtWrittenOff && to != DebtRecalled {
		return fmt.Errorf("%w: a dispute does not end in %.20q", ErrInvalid, to)
	}
	return d.move(meta, debts, to, DebtDisputed)
}

// Suspend takes the open debts out of collection, as after a death; contracts over them that are not signed are refused. It changes nothing
// when none is open.
func (d *Dossier) Suspend(meta Meta) error {
	return d.moveAll(meta, DebtSuspended, DebtOpen)
}

// Resume opens the suspended debts again. It changes nothing when none is suspended.
func (d *Dossier) Resume(meta Meta) error {
	return d.moveAll(meta, DebtOpen, DebtSuspended)
}

// WriteOff gives debts up that are under no agreement.
func (d *Dossier) WriteOff(meta Meta, debts []DebtID) error {
	return d.move(meta, debts, DebtWrittenOff, DebtOpen, DebtDisputed, DebtSuspended)
}

// Recall takes debts back for the creditor; no debts means all that are still claimed. A live agreement over any of them ends: what was
// paid counts against its debts, and its discounts are kept in the share that was paid. Debts that its money settled stay settled.
func (d *Dossier) Recall(meta Meta, debts []DebtID, on calendar.Date, charge Charging) error {
	if err := mustSayWhy(meta); err != nil {
		return err
	}
	all := len(debts) == 0
	for _, a := range slices.Clone(d.Agreements) {
		over := slices.ContainsFunc(a.Debts, func(id DebtID) bool { return all || slices.Contains(debts, id) })
		if !over || !a.Live() {
			continue
		}
		if err := d.End(meta, a.ID, EndRecall, on, charge); err != nil {
			return err
		}
	}
	if !all { // what the agreement's money settled is no claim any more
		debts = slices.DeleteFunc(slices.Clone(debts), func(id DebtID) bool {
			debt, ok := d.Debt(id)
			return ok && debt.Status == DebtSettled
		})
		if len(debts) == 0 {
			return nil
		}
		return d.move(meta, debts, DebtRecalled, DebtOpen, DebtDisputed, DebtSuspended)
	}
	return d.moveAll(meta, DebtRecalled, DebtOpen, DebtDisputed, DebtSuspended)
}

func (d *Dossier) moveAll(meta Meta, to DebtStatus, from ...DebtStatus) error {
	debts := d.DebtsIn(from...)
	if len(debts) == 0 {
		return nil
	}
	return d.move(meta, debts, to, from...)
}

// move brings debts from one of some states into another, and refuses the contracts over them that are not signed.
func (d *Dossier) move(meta Meta, debts []DebtID, to DebtStatus, from ...DebtStatus) error {
	if err := mustSayWhy(meta); err != nil {
		return err
	}
	if len(debts) == 0 {
		return fmt.Errorf("%w: no debts", ErrInvalid)
	}
	for i, id := range debts {
		debt, ok := d.Debt(id)
		if !ok || slices.Contains(debts[:i], id) {
			return fmt.Errorf("%w: debt", ErrNotFound)
		}
		if !slices.Contains(from, debt.Status) {
			return fmt.Errorf("%w: debt %s is %s", ErrDebtsNotOpen, id, debt.Status)
		}
	}
	for _, p := range slices.Clone(d.Proposals) {
		status := p.StatusAt(meta.At)
		open := status == ContractIssued || status == ProposalReview
		if open && slices.ContainsFunc(p.Terms.Debts, func(id DebtID) bool { return slices.Contains(debts, id) }) {
			if err := d.Record(meta, ProposalRefused{Proposal: p.ID}); err != nil {
				return err
			}
		}
	}
	event := DebtsMoved{Debts: slices.Clone(debts), Status: to}
	if to == DebtRecalled || to == DebtWrittenOff {
		sum := d.outstanding(debts)
		var p posting
		p.add(AccountReceivable, -sum)
		p.add(AccountPlaced, sum)
		event.Lines = p
	}
	return d.Record(meta, event)
}
