package history

import (
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
)

// request asks for an instalment's money, by debit under a mandate that is given first when there is none.
func (w *Walk) request() error {
	a, ok := pick(w, w.Dossier.Agreements)
	if !ok {
		return nil
	}
	ask := collection.PaymentRequested{
		Intent: mint[collection.IntentNoun](w), Agreement: a.ID, Instalment: 1 + w.chance.Intn(len(a.Instalments)),
		Method: collection.Method(w.one("pix", "boleto", "debit")), ExpiresAt: w.At.Add(time.Hour), Provider: "sandbox", Account: "acc-1",
	}
	if w.chance.Intn(2) == 0 {
		ask.FineRate, ask.MonthlyInterest = "0.02", "0.01"
	}
	if ask.Method == collection.MethodDebit {
		if ask.Mandate = a.Mandate.ID; a.Mandate.Status != collection.MandateActive {
			ask.Mandate = ask.Intent.String()[1:]
			given := collection.MandateGiven{
				Mandate: ask.Mandate, Agreement: a.ID, PartialDebit: w.chance.Intn(2) == 0, Overdraft: w.chance.Intn(2) == 0,
			}
			if err := w.Dossier.GiveMandate(w.meta("participant"), given); err != nil {
				return err
			}
		}
	}
	_, err := w.Dossier.RequestPayment(w.meta("participant"), ask)
	return err
}

func (w *Walk) issue() error {
	intent, ok := pick(w, w.Dossier.Intents)
	if !ok {
		return nil
	}
	return w.Dossier.Issued(w.meta("payment-issue"), intent.ID, collection.PayCode{BRCode: "00020126" + intent.ID.String()})
}

func (w *Walk) reroute() error {
	intent, ok := pick(w, w.Dossier.Intents)
	if !ok {
		return nil
	}
	to := collection.ProviderAccount{Provider: w.one("sandbox", "asaas"), Account: w.one("acc-1", "acc-2")}
	return w.Dossier.Reroute(w.meta("payment-issue"), intent.ID, to, "no answer")
}

func (w *Walk) notice() error {
	intent, ok := pick(w, w.Dossier.Intents)
	if !ok {
		return nil
	}
	return w.Dossier.Noticed(w.meta("payment-intake"), intent.ID)
}

func (w *Walk) refusePayment() error {
	intent, ok := pick(w, w.Dossier.Intents)
	if !ok {
		return nil
	}
	return w.Dossier.RefusePayment(w.meta("payment-intake"), collection.PaymentRefused{
		Intent: intent.ID, Code: w.one("01", "30"), Retry: w.chance.Intn(2) == 0, MandateBroken: w.chance.Intn(2) == 0,
	})
}

func (w *Walk) close() error {
	intent, ok := pick(w, w.Dossier.Intents)
	if !ok {
		return nil
	}
	status := collection.IntentStatus(w.one(string(collection.IntentExpired), string(collection.IntentCancelled)))
	return w.Dossier.Close(w.meta("payment-expire"), intent.ID, status, "unpaid")
}

func (w *Walk) post() error {
	intent, ok := pick(w, w.Dossier.Intents)
	if !ok {
		return nil
	}
	w.facts++
	amount := intent.Amount
	switch w.chance.Intn(5) {
	case 0:
		amount += w.amount()
	case 1:
		amount = max(1, amount/2)
	case 2:
		amount += amount / 49 // about what comes with it after the due date
	}
	receipt, err := w.Dossier.Post(w.meta("payment-intake"), intent.ID, collection.Money{
		Provider: intent.Provider, Account: intent.Account, Fact: fmt.Sprintf("E2E%d", w.facts), Amount: amount, PaidAt: w.At, PaidOn: w.today(),
	})
	if err != nil {
		return err
	}
	receipt, err = w.Dossier.CountTowards(w.meta("payment-intake"), receipt, w.today(), Charge)
	if err == nil {
		w.Receipts = append(w.Receipts, receipt)
	}
	return err
}

// takeBack returns a part or all of a payment.
func (w *Walk) takeBack() error {
	receipt, ok := pick(w, w.Receipts)
	if !ok || receipt.Returned == receipt.Amount {
		return nil
	}
	w.facts++
	amount := receipt.Amount - receipt.Returned
	if w.chance.Intn(2) == 0 {
		amount = (amount + 1) / 2
	}
	after, err := w.Dossier.Return(w.meta("payment-intake"), receipt, collection.Return{
		Provider: receipt.Provider, Account: receipt.Account, Fact: fmt.Sprintf("RTR%d", w.facts), Of: receipt.Fact, Amount: amount, At: w.At,
		Kind: collection.ReturnKind(w.one(string(collection.ReturnRefund), string(collection.ReturnChargeback))),
	})
	if err == nil {
		w.keep(after)
	}
	return err
}

func (w *Walk) keep(receipt collection.Receipt) {
	for i := range w.Receipts {
		if w.Receipts[i].Fact == receipt.Fact {
			w.Receipts[i] = receipt
		}
	}
}

func (w *Walk) wantRefund() error {
	receipt, ok := pick(w, w.Receipts)
	if !ok {
		return nil
	}
	intent, _ := w.Dossier.Intent(receipt.Intent)
	agreement, _ := w.Dossier.Agreement(intent.Agreement)
	left := agreement.Refundable(receipt)
	if left <= 0 {
		return nil
	}
	w.facts++
	return w.Dossier.WantRefund(w.meta("staff"), receipt, fmt.Sprintf("R%d", w.facts), left)
}

func (w *Walk) answerRefund() error {
	a, ok := pick(w, w.Dossier.Agreements)
	if !ok {
		return nil
	}
	order, ok := pick(w, a.Refunds)
	if !ok {
		return nil
	}
	w.facts++
	answered := collection.RefundAnswered{
		Refund: order.ID, Agreement: a.ID, Status: collection.RefundSent, Fact: w.one("", fmt.Sprintf("RTR%d", w.facts)),
	}
	if w.chance.Intn(3) == 0 {
		answered.Status, answered.Fact = collection.RefundRefused, ""
	}
	return w.Dossier.RefundAnswered(w.meta("refund-send"), answered)
}
