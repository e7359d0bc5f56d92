package main

import (
	"fmt"

	"github.com/regua/regua/shared/collection"
)

// describePayment tells what happened to requests for money and to the money.
func describePayment(event collection.Event) string {
	switch e := event.(type) {
	case collection.MandateGiven:
		return fmt.Sprintf("mandate %s for agreement %s", e.Mandate, e.Agreement)
	case collection.PaymentRequested:
		return fmt.Sprintf("%s for instalment %d by %s at %s, intent %s", e.Amount, e.Instalment, e.Method, e.Provider, e.Intent)
	case collection.PaymentIssued:
		return "intent " + e.Intent.String()
	case collection.PaymentRerouted:
		return fmt.Sprintf("intent %s now at %s: %s", e.Intent, e.Provider, e.Reason)
	case collection.PaymentNoticed:
		return fmt.Sprintf("intent %s, may settle until %s", e.Intent, e.Until.UTC())
	case collection.PaymentRefused:
		return fmt.Sprintf("intent %s refused with code %q", e.Intent, e.Code)
	case collection.PaymentClosed:
		return fmt.Sprintf("intent %s %s: %s", e.Intent, e.Status, e.Reason)
	case collection.PaymentPosted:
		return fmt.Sprintf("%s: %s to instalment %d, %s in excess, agreement %s, %d debts settled",
			e.Amount, e.Applied, e.Instalment, e.Excess, e.AgreementStatus, len(e.Settled))
	case collection.PaymentReturned:
		return fmt.Sprintf("%s by %s: %s from instalment %d, %s from excess, agreement %s, %d debts owed again",
			e.Amount, e.Kind, e.Unapplied, e.Instalment, e.Excess, e.AgreementStatus, len(e.Reopened))
	case collection.RefundWanted:
		return fmt.Sprintf("refund %s of %s at %s", e.Refund, e.Amount, e.Provider)
	case collection.RefundAnswered:
		return fmt.Sprintf("refund %s %s", e.Refund, e.Status)
	}
	return ""
}
