package cloud

import "github.com/regua/regua/shared/app"

// constructors is the table of all functions' constructors; a test holds it equal to contract.Functions.
var constructors = map[string]app.Constructor{
	"portal-serve":     app.PortalServe,
	"otp-serve":        app.OTPServe,
	"otp-send":         app.OTPSend,
	"offer-serve":      app.OfferServe,
	"proposal-serve":   app.ProposalServe,
	"payment-serve":    app.PaymentServe,
	"webhook-receive":  app.WebhookReceive,
	"payment-intake":   app.PaymentIntake,
	"payment-issue":    app.PaymentIssue,
	"payment-wait":     app.PaymentWait,
	"payment-expire":   app.PaymentExpire,
	"payment-wake":     app.PaymentWake,
	"refund-send":      app.RefundSend,
	"ruler-start":      app.RulerStart,
	"ruler-step":       app.RulerStep,
	"contact-send":     app.ContactSend,
	"receipt-plan":     app.ReceiptPlan,
	"deadline-start":   app.DeadlineStart,
	"deadline-step":    app.DeadlineStep,
	"creditor-notify":  app.CreditorNotify,
	"aftercare-answer": app.AftercareAnswer,
	"pending-sweep":    app.PendingSweep,
	"debit-exchange":   app.DebitExchange,
	"reconcile":        app.Reconcile,
}
