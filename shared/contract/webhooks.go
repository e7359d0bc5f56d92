package contract

// StageLocal is the stage of the embedded local cloud, the only one that speaks to loopback addresses and without TLS.
const StageLocal = "local"

// WebhookEvents lists the events that a creditor's own system may be told of: what becomes of debts, deals, promises and money, when
// reminders rest, and by which channels participants can and want to be reached. How they are reminded is not among them. None holds
// personal data.
func WebhookEvents() []string {
	return []string{
		"aftercare.answered", "agreement.debts_credited", "agreement.ended", "case.debts_moved", "case.debts_placed", "case.debts_revised",
		"case.opened", "case.participant_revised", "case.pause_lifted", "case.paused", "contact_point.changed", "contract.signed",
		"mandate.given", "participant.opted_in", "participant.opted_out", "payment.closed", "payment.issued", "payment.noticed",
		"payment.posted", "payment.refund_answered", "payment.refund_requested", "payment.refused", "payment.requested", "payment.rerouted",
		"payment.returned", "plan.reactivation_requested", "promise.broken", "promise.kept", "promise.made", "promise.withdrawn",
		"proposal.created", "proposal.refused", "proposal.review_requested", "proposal.reviewed", "service.restore_requested",
	}
}
