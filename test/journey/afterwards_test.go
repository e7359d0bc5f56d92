package journey

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/parties"
)

// TestMoneyAfterADealsEndCountsAgainstItsDebts pays codes of a deal that lapsed and of one that was broken, at first less than is owed and
// then more: what nobody owes goes back. The creditor's system is told.
func TestMoneyAfterADealsEndCountsAgainstItsDebts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		paid   int
		status string
	}{"lapse": {0, "LAPSED"}, "breach": {1, "BREACHED"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			who := someone("vida-plena", 1)
			w := begin(t, setup{portfolio: csvOf(t, who)})
			p := &payer{w: w, who: who.Participant, token: w.login(who.Participant, "email")}
			p.agreement = w.accept(p.token, 2)
			in := int64(0)
			for n := range c.paid {
				i := p.ask("pix", n+1, "paid")
				w.pay(i.PaymentIntentID, 0)
				in += i.AmountCentavos
			}
			late := p.ask("pix", c.paid+1, "late")
			p.after(100 * day)
			p.stands("after a hundred days", late, "EXPIRED", c.status)
			owed := p.debts().TotalCentavos
			w.pay(late.PaymentIntentID, 0, "force", true, "copies", 3)
			p.stands("after late money", late, "CONFIRMED", c.status)
			if now := p.debts(); now.TotalCentavos != owed-late.AmountCentavos || now.CaseStatus != "OPEN" {
				t.Errorf("owed were %d, %d came, and owed are %+v", owed, late.AmountCentavos, now)
			}
			in += late.AmountCentavos
			p.holds(in, 0, 0)
			rest, over := p.debts().TotalCentavos, int64(777)
			w.pay(late.PaymentIntentID, rest+over, "force", true)
			w.advance(waiting)
			if now := p.debts(); now.TotalCentavos != 0 || now.CaseStatus != "SETTLED" {
				t.Errorf("after more than is owed: %+v", now)
			}
			p.holds(in+rest+over, over, 0)
			if n := w.toldOf("agreement.debts_credited"); n != 2 {
				t.Errorf("the creditor's system was told of %d credits, want 2", n)
			}
		})
	}
}

// toldOf counts the events of a type that the creditors' systems were told of.
func (w *world) toldOf(kind string) int {
	w.t.Helper()
	seen := map[string]bool{}
	for _, got := range w.told() {
		var e struct{ Type string }
		if err := json.Unmarshal(got.Body, &e); err != nil {
			w.t.Fatal(err)
		}
		seen[got.ID] = seen[got.ID] || got.Genuine && e.Type == kind
	}
	n := 0
	for _, of := range seen {
		if of {
			n++
		}
	}
	return n
}

// TestADuplicateAfterARefundPostsNothing sends all of a payment back, and then lets the bank report the payment again, under the name of
// the first notice and under others; the deal can be paid anew.
func TestADuplicateAfterARefundPostsNothing(t *testing.T) {
	t.Parallel()
	p := payingBy(t, setup{}, "tv-horizonte", 1)
	i := p.ask("pix", 1, "pix")
	p.w.pay(i.PaymentIntentID, 0)
	p.w.advance(waiting)
	p.w.takeBack(i, 0, false)
	p.stands("after the refund", i, "REFUNDED", "PENDING_FIRST_PAYMENT")
	fact := p.w.factOf(i)
	for _, event := range []string{"evt_" + fact, "evt_" + fact + "_late", "evt-other"} {
		p.w.want(http.StatusOK, p.w.deliver(p.w.money("tv-horizonte", event, fact, i.PaymentIntentID, i.AmountCentavos)))
	}
	p.after(3 * day)
	p.stands("after its notices came again", i, "REFUNDED", "PENDING_FIRST_PAYMENT")
	p.holds(i.AmountCentavos, i.AmountCentavos, 0)
	again := p.ask("pix", 1, "again")
	p.w.pay(again.PaymentIntentID, 0)
	p.w.advance(waiting)
	p.stands("paid anew", again, "CONFIRMED", "FULFILLED")
	p.holds(i.AmountCentavos+again.AmountCentavos, i.AmountCentavos, 0)
}

// factOf is the bank's name of the payment of a request.
func (w *world) factOf(i intent) string {
	w.t.Helper()
	charges, err := w.cloud.Bank.Charges()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range charges {
		if c.TxID == i.PaymentIntentID && len(c.Payments) == 1 {
			return c.Payments[0].EndToEndID
		}
	}
	w.t.Fatalf("the bank has no single payment of %s", i.PaymentIntentID)
	return ""
}

// TestAChargebackReopensForALimitedTime takes the money of a settled deal back, within its tolerance and long after it: what is owed again
// is owed by the deal until its time is over. The event names the debts, and the creditor's system is told.
func TestAChargebackReopensForALimitedTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after  time.Duration
		status string
	}{"within the tolerance": {5 * day, "PENDING_FIRST_PAYMENT"}, "long after it": {60 * day, "LAPSED"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := payingBy(t, setup{}, "tv-horizonte", 1)
			i := p.ask("pix", 1, "pix")
			p.w.pay(i.PaymentIntentID, 0)
			p.after(c.after)
			p.stands("before the chargeback", i, "CONFIRMED", "FULFILLED")
			p.w.takeBack(i, 0, true)
			p.stands("after the chargeback", i, "REFUNDED", c.status)
			p.w.toldOfReturn(i)
			p.after(60 * day)
			p.stands("sixty days on", i, "REFUNDED", "LAPSED")
			if d := p.debts(); d.CaseStatus != "OPEN" || d.NextAction != "choose_offer" {
				t.Errorf("debts %+v", d)
			}
			p.holds(i.AmountCentavos, i.AmountCentavos, 0)
		})
	}
}

// toldOfReturn fails unless the creditor's system was asked to restore the service, and then told which debts the return reopens.
func (w *world) toldOfReturn(i intent) {
	w.t.Helper()
	if asked, returned := w.toldOf("service.restore_requested"), w.toldOf("payment.returned"); asked < 1 || returned != 1 {
		w.t.Fatalf("the creditor's system was asked %d times to restore, and told of %d returns", asked, returned)
	}
	told := w.told()
	n := slices.IndexFunc(told, func(got parties.Webhook) bool { return bytes.Contains(got.Body, []byte(`"payment.returned"`)) })
	var event struct {
		CreditorID string
		Payload    struct {
			PaymentIntentID string
			AmountCentavos  int64
			ReopenedDebtIDs []string
		}
	}
	if err := json.Unmarshal(told[n].Body, &event); err != nil {
		w.t.Fatal(err)
	}
	said := event.Payload
	if event.CreditorID != "tv-horizonte" || said.PaymentIntentID != i.PaymentIntentID || said.AmountCentavos != i.AmountCentavos ||
		len(said.ReopenedDebtIDs) == 0 {
		w.t.Errorf("the creditor's system was told %s", told[n].Body)
	}
}
