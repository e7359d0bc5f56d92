package localstack_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/regua/regua/infra/local/bank"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/offer"
)

// becomes waits until a payment request has a status.
func (p *person) becomes(status string, i intent) {
	p.t.Helper()
	p.until("the payment request is "+status, func() (bool, error) { return p.intent(i.PaymentIntentID).Status == status, nil })
}

// deal waits until an agreement is as it should be.
func (p *person) deal(what, id string, holds func(a agreement) bool) {
	p.t.Helper()
	p.until(what, func() (bool, error) { return holds(p.agreement(id)), nil })
}

func paysBySlip(p *person) {
	p.login("email")
	id := p.accept()
	slip := p.askBy("boleto", id, "slip")
	if slip.Status != "ISSUED" || slip.Boleto == nil || len(slip.Boleto.Barcode) != 44 {
		p.t.Fatalf("intent %+v", slip)
	}
	p.takes(bank.Payment{TxID: slip.PaymentIntentID, Copies: 2})
	p.becomes("NOTICED", slip)
	if a := p.agreement(id); a.PaidCentavos != 0 {
		p.t.Errorf("before the money the agreement is %+v", a)
	}
	p.takes(bank.Payment{TxID: slip.PaymentIntentID, Settle: true})
	p.becomes("CONFIRMED", slip)
	p.settled(id, slip)
}

func paysByTheOtherCode(p *person) {
	p.login("email")
	id := p.accept()
	slip, pix := p.askBy("boleto", id, "slip"), p.ask(id, "pix")
	p.in("Await", slip)
	p.takes(bank.Payment{TxID: pix.PaymentIntentID})
	p.becomes("CONFIRMED", pix)
	p.becomes("CANCELLED", slip)
	if status, _ := p.atTheBank(slip); status != "CANCELLED" {
		p.t.Errorf("at the bank the slip is %s", status)
	}
	p.settled(id, pix)
}

func paysInParts(p *person) {
	id, asked := p.owe()
	p.takes(bank.Payment{TxID: asked.PaymentIntentID, AmountCentavos: asked.AmountCentavos - 1234})
	p.deal("a part is posted", id, func(a agreement) bool { return a.PaidCentavos == asked.AmountCentavos-1234 })
	rest := p.ask(id, "rest")
	if rest.AmountCentavos != 1234 {
		p.t.Fatalf("what is left is asked for as %d", rest.AmountCentavos)
	}
	p.takes(bank.Payment{TxID: rest.PaymentIntentID})
	p.becomes("CONFIRMED", rest)
	p.settled(id, asked)
}

// paysTwice pays one code twice, each payment reported again and again; the creditor's policy sends back what nobody owed.
func paysTwice(p *person) {
	id, asked := p.owe()
	for range 2 {
		p.takes(bank.Payment{TxID: asked.PaymentIntentID, Force: true, Copies: 3, Shuffle: true})
	}
	p.until("the excess is sent back", func() (bool, error) {
		_, left := p.atTheBank(asked)
		return left == asked.AmountCentavos, nil
	})
	p.deal("nothing is left of it", id, func(a agreement) bool { return a.Status == "FULFILLED" && a.ExcessCentavos == 0 })
	p.settled(id, asked)
	p.balances(2*asked.AmountCentavos, asked.AmountCentavos, 0)
}

// balances waits until so much came in, so much left again, and so much is kept that nobody owed.
func (p *person) balances(cash, returned, excess int64) {
	p.t.Helper()
	p.until("the books balance", func() (bool, error) {
		d, err := p.dossier()
		if err != nil {
			return false, err
		}
		of := d.Case.Balances
		return int64(of[collection.AccountCash]) == cash && -int64(of[collection.AccountReturned]) == returned &&
			-int64(of[collection.AccountExcess]) == excess, nil
	})
}

// isChargedBack loses the money of a fulfilled deal to the payer's bank, of which the creditor's system is told, and pays again.
func isChargedBack(p *person) {
	id, asked := p.owe()
	p.takes(bank.Payment{TxID: asked.PaymentIntentID})
	p.becomes("CONFIRMED", asked)
	p.settled(id, asked)
	if _, err := p.bank.TakeBack(asked.PaymentIntentID, "", 0); err != nil {
		p.t.Fatal(err)
	}
	p.becomes("REFUNDED", asked)
	if a := p.agreement(id); a.Status != "PENDING_FIRST_PAYMENT" || a.PaidCentavos != 0 || a.NextAction != "pay" {
		p.t.Errorf("agreement %+v", a)
	}
	again := p.ask(id, "again")
	p.takes(bank.Payment{TxID: again.PaymentIntentID})
	p.becomes("CONFIRMED", again)
	p.settled(id, again)
	p.balances(2*asked.AmountCentavos, asked.AmountCentavos, 0)
	if os.Getenv(endpointVariable) == "" { // in Docker the system's loopback is not the function's
		p.told("case.opened", "contract.signed", "payment.posted", "service.restore_requested", "payment.returned")
	}
}

// told waits until the creditor's own system was told of events of these types. The function that tells takes one event after the other,
// those of all stories.
func (p *person) told(types ...string) {
	p.t.Helper()
	d, err := p.dossier()
	if err != nil {
		p.t.Fatal(err)
	}
	p.within(4*patience, "the creditor's system is told", func() (bool, error) {
		got, wrong := p.system.of(d.Case.ID.String())
		if len(wrong) > 0 {
			p.t.Fatalf("what came to the creditor's system is not genuine: %q", wrong)
		}
		missing := slices.DeleteFunc(slices.Clone(types), func(one string) bool { return slices.Contains(got, one) })
		return len(missing) == 0, fmt.Errorf("told of %v, not of %v", got, missing)
	})
}

// withdraws takes a paid deal back; the machine of deadlines sends the money back.
func withdraws(p *person) {
	id, asked := p.owe()
	p.takes(bank.Payment{TxID: asked.PaymentIntentID})
	p.becomes("CONFIRMED", asked)
	a := get[agreement](p, http.StatusOK, p.call("POST", "/v1/me/agreements/"+id+"/withdrawal", map[string]any{"confirmed": true}))
	if a.Status != "WITHDRAWN" || a.NextAction != "see_debts" {
		p.t.Errorf("agreement %+v", a)
	}
	p.until("the money is sent back", func() (bool, error) {
		_, left := p.atTheBank(asked)
		return left == asked.AmountCentavos, nil
	})
	p.balances(asked.AmountCentavos, asked.AmountCentavos, 0)
	p.kept(id, "ending")
	p.showsDebts()
}

// kept waits until the deadline of an agreement ended after one step.
func (p *person) kept(agreementID, kind string) {
	p.t.Helper()
	p.until("the deadline ends", func() (bool, error) {
		x, err := p.execution(p.t.Context(), contract.MachineDeadlines, agreementID+"-"+kind+"-d1")
		return err == nil && x.status == "SUCCEEDED" && strings.Join(x.states, " ") == "Step Done? Ended", err
	})
}

// lapses signs a deal forty days ago and never pays it; its debts make another, which is paid.
func lapses(p *person) {
	p.login("email")
	back := p.ago(40 * day)
	id := p.accept()
	back()
	p.deal("the deal lapses", id, func(a agreement) bool { return a.Status == "LAPSED" })
	p.kept(id, "payments")
	next := p.accept()
	if a := p.agreement(next); !slices.Equal(a.Restructures, []string{id}) {
		p.t.Errorf("the next deal is %+v", a)
	}
	asked := p.ask(next, "next")
	p.takes(bank.Payment{TxID: asked.PaymentIntentID})
	p.becomes("CONFIRMED", asked)
	p.settled(next, asked)
}

// paysLate signs a deal twenty days ago and pays it today; the machine of deadlines would have waited ten days more.
func paysLate(p *person) {
	p.login("email")
	back := p.ago(20 * day)
	id := p.accept()
	back()
	if a := p.agreement(id); a.Instalments[0].Status != "OVERDUE" {
		p.t.Errorf("agreement %+v", a)
	}
	p.until("the deadline sleeps", func() (bool, error) {
		x, err := p.execution(p.t.Context(), contract.MachineDeadlines, id+"-payments-d1")
		return err == nil && len(x.states) > 0 && x.states[len(x.states)-1] == "Sleep", err
	})
	asked := p.ask(id, "late")
	p.takes(bank.Payment{TxID: asked.PaymentIntentID})
	p.becomes("CONFIRMED", asked)
	p.settled(id, asked)
	if a := p.agreement(id); a.Instalments[0].Status != "PAID_LATE" {
		p.t.Errorf("agreement %+v", a)
	}
}

// isFoundInTheStatement paid yesterday, and the bank's notices were lost: the morning's comparison posts the money.
func isFoundInTheStatement(p *person) {
	p.login("email")
	back := p.ago(day)
	id := p.accept()
	asked := p.ask(id, "yesterday")
	back()
	p.in("Await", asked)
	if _, err := p.before.Pay(p.t.Context(), bank.Payment{TxID: asked.PaymentIntentID}); err != nil {
		p.t.Fatal(err)
	}
	p.fire("reconcile")
	p.becomes("CONFIRMED", asked)
	p.settled(id, asked)
	p.ended(asked, wayByMoney)
	at := collection.ProviderAccount{Provider: "sandbox", Account: p.creditor}
	report, err := p.parts().Store().LoadReport(p.t.Context(), collection.CreditorID(p.creditor), at, offer.Today(time.Now()).AddDays(-1))
	if err != nil || report.Missing.Count != 1 || int64(report.Missing.Sum) != asked.AmountCentavos {
		p.t.Errorf("report %+v: %v", report, err)
	}
}

// isDebited authorises a debit that the bank refuses, and another that it makes. The files go through the bucket.
func isDebited(p *person) {
	p.login("email")
	id := p.accept()
	refused := p.askBy("debit", id, "first")
	if refused.Status != "ISSUED" || refused.Debit == nil || refused.Debit.MandateStatus != "ACTIVE" {
		p.t.Fatalf("intent %+v", refused)
	}
	p.fire("debit-exchange")
	sent, err := p.parts().Files().Get(p.t.Context(), debiting+"-001/out/000001.txt")
	if err != nil || strings.Count(string(sent), "\nE") != 1 {
		p.t.Fatalf("the file to the bank: %v\n%s", err, sent)
	}
	p.answerDebits(map[string]string{refused.PaymentIntentID: "01"})
	p.fire("debit-exchange")
	p.becomes("CANCELLED", refused)
	paid := p.askBy("debit", id, "second")
	p.fire("debit-exchange")
	p.answerDebits(nil)
	p.fire("debit-exchange")
	p.becomes("CONFIRMED", paid)
	p.settled(id, paid)
}
