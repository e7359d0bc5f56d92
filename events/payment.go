package events

import "time"

// MandateGiven is mandate.given. The account itself is not told.
type MandateGiven struct {
	MandateID    string `json:"mandateId"`
	AgreementID  string `json:"agreementId"`
	PartialDebit bool   `json:"partialDebit"`
	Overdraft    bool   `json:"overdraft"`
}

// PaymentRequested is payment.requested. Rates and mandate are empty where there are none.
type PaymentRequested struct {
	PaymentIntentID string    `json:"paymentIntentId"`
	AgreementID     string    `json:"agreementId"`
	Instalment      int       `json:"instalment"`
	Method          string    `json:"method"`
	AmountCentavos  int64     `json:"amountCentavos"`
	ExpiresAt       time.Time `json:"expiresAt"`
	Provider        string    `json:"provider"`
	Account         string    `json:"account"`
	FineRate        string    `json:"fineRate"`
	MonthlyInterest string    `json:"monthlyInterest"`
	MandateID       string    `json:"mandateId"`
}

// PaymentIssued is payment.issued.
type PaymentIssued struct {
	PaymentIntentID string  `json:"paymentIntentId"`
	Code            PayCode `json:"payCode"`
}

// PayCode is what a provider issued, by which a charge can be paid; what does not belong to the rail is left out.
type PayCode struct {
	BRCode      string `json:"brCode,omitempty"`
	Line        string `json:"line,omitempty"`
	Barcode     string `json:"barcode,omitempty"`
	DocumentURL string `json:"documentUrl,omitempty"`
	Mandate     string `json:"mandate,omitempty"`
	Reference   string `json:"reference,omitempty"`
}

// PaymentRerouted is payment.rerouted.
type PaymentRerouted struct {
	PaymentIntentID string `json:"paymentIntentId"`
	Provider        string `json:"provider"`
	Account         string `json:"account"`
	Reason          string `json:"reason"`
}

// PaymentNoticed is payment.noticed.
type PaymentNoticed struct {
	PaymentIntentID string    `json:"paymentIntentId"`
	Until           time.Time `json:"until"`
}

// PaymentRefused is payment.refused.
type PaymentRefused struct {
	PaymentIntentID string `json:"paymentIntentId"`
	Code            string `json:"code"`
	Retry           bool   `json:"retry"`
	MandateBroken   bool   `json:"mandateBroken"`
}

// PaymentClosed is payment.closed.
type PaymentClosed struct {
	PaymentIntentID string `json:"paymentIntentId"`
	Status          string `json:"status"`
	Reason          string `json:"reason"`
}

// PaymentPosted is payment.posted.
type PaymentPosted struct {
	PaymentIntentID string     `json:"paymentIntentId"`
	AgreementID     string     `json:"agreementId"`
	Instalment      int        `json:"instalment"`
	Provider        string     `json:"provider"`
	Fact            string     `json:"fact"`
	AmountCentavos  int64      `json:"amountCentavos"`
	AppliedCentavos int64      `json:"appliedCentavos"`
	Parts           Components `json:"parts"`
	Late            Components `json:"late"`
	ExcessCentavos  int64      `json:"excessCentavos"`
	PaidOn          string     `json:"paidOn"`
	AgreementStatus string     `json:"agreementStatus"`
	SettledDebtIDs  []string   `json:"settledDebtIds"`
	Lines           []Line     `json:"lines"`
}

// PaymentReturned is payment.returned.
type PaymentReturned struct {
	PaymentIntentID   string     `json:"paymentIntentId"`
	AgreementID       string     `json:"agreementId"`
	Instalment        int        `json:"instalment"`
	Provider          string     `json:"provider"`
	Fact              string     `json:"fact"`
	Of                string     `json:"of"`
	Kind              string     `json:"kind"`
	RefundID          string     `json:"refundId"`
	AmountCentavos    int64      `json:"amountCentavos"`
	ExcessCentavos    int64      `json:"excessCentavos"`
	Late              Components `json:"late"`
	UnappliedCentavos int64      `json:"unappliedCentavos"`
	Parts             Components `json:"parts"`
	Undone            []Undone   `json:"undone"`
	Full              bool       `json:"full"`
	AgreementStatus   string     `json:"agreementStatus"`
	ReopenedDebtIDs   []string   `json:"reopenedDebtIds"`
	Lines             []Line     `json:"lines"`
}

// RefundRequested is payment.refund_requested.
type RefundRequested struct {
	RefundID        string `json:"refundId"`
	PaymentIntentID string `json:"paymentIntentId"`
	AgreementID     string `json:"agreementId"`
	Provider        string `json:"provider"`
	Account         string `json:"account"`
	Of              string `json:"of"`
	AmountCentavos  int64  `json:"amountCentavos"`
}

// RefundAnswered is payment.refund_answered.
type RefundAnswered struct {
	RefundID    string `json:"refundId"`
	AgreementID string `json:"agreementId"`
	Status      string `json:"status"`
	Fact        string `json:"fact"`
}
