package events

import "time"

// DealRules are the creditor's rules for a deal.
type DealRules struct {
	ToleranceDays      int     `json:"toleranceDays"`
	Discounts          string  `json:"discounts"`
	FeeRate            string  `json:"feeRate"`
	AccelerationMissed int     `json:"accelerationMissed"`
	WithdrawalDays     int     `json:"withdrawalDays"`
	AftercareOn        string  `json:"aftercareOn"`
	Benefit            Benefit `json:"benefit"`
}

// Benefit is the waiting-period benefit of a plan that comes back.
type Benefit struct {
	Kind    string `json:"kind"`
	Days    int    `json:"days"`
	Version string `json:"version"`
}

// Credit is what a debt was credited, and what is owed of it from then on.
type Credit struct {
	DebtID      string     `json:"debtId"`
	Paid        Components `json:"paid"`
	Kept        Components `json:"kept"`
	FeeCentavos int64      `json:"feeCentavos"`
	Left        Components `json:"left"`
}

// Undone is what a debt owes again.
type Undone struct {
	DebtID string     `json:"debtId"`
	Paid   Components `json:"paid"`
}

// AgreementEnded is agreement.ended.
type AgreementEnded struct {
	AgreementID    string     `json:"agreementId"`
	Status         string     `json:"status"`
	Reason         string     `json:"reason"`
	On             string     `json:"on"`
	Credits        []Credit   `json:"credits"`
	Late           Components `json:"late"`
	ExcessCentavos int64      `json:"excessCentavos"`
	Lines          []Line     `json:"lines"`
}

// DebtsCredited is agreement.debts_credited.
type DebtsCredited struct {
	AgreementID     string   `json:"agreementId"`
	PaymentIntentID string   `json:"paymentIntentId"`
	AmountCentavos  int64    `json:"amountCentavos"`
	On              string   `json:"on"`
	Credits         []Credit `json:"credits"`
	Lines           []Line   `json:"lines"`
}

// ReviewRequested is proposal.review_requested.
type ReviewRequested struct {
	ProposalID string    `json:"proposalId"`
	Until      time.Time `json:"until"`
}

// ProposalReviewed is proposal.reviewed; ExpiresAt is there when it was approved.
type ProposalReviewed struct {
	ProposalID string    `json:"proposalId"`
	Outcome    string    `json:"outcome"`
	ExpiresAt  time.Time `json:"expiresAt,omitzero"`
}

// DebtsMoved is case.debts_moved; Lines is empty when what is collected did not change.
type DebtsMoved struct {
	DebtIDs []string `json:"debtIds"`
	Status  string   `json:"status"`
	Lines   []Line   `json:"lines"`
}

// AftercareAnswered is aftercare.answered.
type AftercareAnswered struct {
	AgreementID string `json:"agreementId"`
	Outcome     string `json:"outcome"`
	Reason      string `json:"reason"`
	Benefit     string `json:"benefit"`
	// BenefitUntil and BenefitVersion are left out where the creditor gave none.
	BenefitUntil   string `json:"benefitUntil,omitempty"`
	BenefitVersion string `json:"benefitVersion,omitempty"`
}
