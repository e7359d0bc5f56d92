package journey

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/infra/local/stepfunctions"
)

type overview struct {
	CaseStatus    string
	TotalCentavos int64
	Debts         []struct {
		DebtID, Status                                                             string
		PrincipalCentavos, FineCentavos, InterestCentavos, TotalCentavos, DaysLate int64
	}
	Agreements []struct{ AgreementID, Status string }
	NextAction string
}

type offerList struct {
	DebtIDs []string
	Offers  []struct {
		OfferID, Kind, MonthlyRate, CETAnnual                                                                 string
		Instalments                                                                                           int
		PrincipalCentavos, FineCentavos, InterestCentavos, DiscountCentavos, FinancingCentavos, TotalCentavos int64
		Schedule                                                                                              []struct{ AmountCentavos int64 }
	}
}

type agreement struct {
	Status                       string
	PaidCentavos, ExcessCentavos int64
	Instalments                  []struct {
		Status, DueDate              string
		AmountCentavos, PaidCentavos int64
	}
	Aftercare *struct{ Kind, Status string }
	Refunds   []struct {
		AmountCentavos int64
		Status         string
	}
	NextAction string
}

type intent struct {
	PaymentIntentID, Status string
	AmountCentavos          int64
	Pix                     *struct{ BrCode, QrSvg string }
	Boleto                  *struct{ Line, Barcode, BarcodeSVG, PDFURL string }
	NextAction              string
}

// accept takes the offer in the given number of payments and signs its contract; it returns the agreement's id.
func (w *world) accept(token string, payments int) string {
	w.t.Helper()
	offers := into[offerList](w.t, w.want(http.StatusOK, w.me(token, "GET", "/v1/me/offers", nil)))
	for _, o := range offers.Offers {
		if o.Instalments != payments {
			continue
		}
		p := into[struct{ ProposalID, ContractNumber, Status, NextAction string }](w.t, w.want(http.StatusCreated,
			w.me(token, "POST", "/v1/me/proposals", map[string]string{"offerId": o.OfferID}, "Idempotency-Key",
				"accept-"+o.OfferID[:20]+fmt.Sprint(payments))))
		c := into[struct{ Text, SHA256, Status string }](w.t,
			w.want(http.StatusOK, w.me(token, "GET", "/v1/me/contracts/"+p.ContractNumber, nil)))
		signed := into[struct{ AgreementID, Status, NextAction string }](w.t, w.want(http.StatusOK,
			w.me(token, "POST", "/v1/me/contracts/"+p.ContractNumber+"/signature", map[string]any{"sha256": c.SHA256, "accepted": true})))
		if signed.Status != "CONTRACT_SIGNED" || signed.NextAction != "pay" {
			w.t.Fatalf("signed: %+v", signed)
		}
		return signed.AgreementID
	}
	w.t.Fatalf("no offer in %d payments", payments)
	return ""
}

// ask asks for a PIX code.
func (w *world) ask(token, agreementID string, instalment int, key string) intent {
	w.t.Helper()
	r := w.me(token, "POST", "/v1/me/payment-intents", map[string]any{"agreementId": agreementID, "instalment": instalment, "method": "pix"},
		"Idempotency-Key", key)
	return into[intent](w.t, w.want(http.StatusCreated, r))
}

func (w *world) agreement(token, id string) agreement {
	w.t.Helper()
	return into[agreement](w.t, w.want(http.StatusOK, w.me(token, "GET", "/v1/me/agreements/"+id, nil)))
}

// published lists the types of the events that went out on SNS.
func (w *world) published() []string {
	var out []string
	for _, e := range w.cloud.Signals.Events() {
		_, after, _ := strings.Cut(string(e), `"type":"`)
		name, _, _ := strings.Cut(after, `"`)
		out = append(out, name)
	}
	return out
}

// TestStory tells the whole journey, once for each of the three creditors.
func TestStory(t *testing.T) {
	t.Parallel()
	for creditor, test := range map[string]struct {
		channel   string
		aftercare string
	}{
		"vida-plena": {"email", "plan.reactivation_requested"}, "tv-horizonte": {"sms", "service.restore_requested"}, "credora": {"email", ""},
	} {
		t.Run(creditor, func(t *testing.T) {
			t.Parallel()
			w := begin(t, setup{debts: 30})
			p := w.participant(creditor)
			token := w.login(p, test.channel)
			debts := into[overview](t, w.want(http.StatusOK, w.me(token, "GET", "/v1/me/debts", nil)))
			if debts.CaseStatus != "OPEN" || debts.NextAction != "choose_offer" || debts.Debts[0].FineCentavos == 0 ||
				debts.Debts[0].InterestCentavos == 0 {
				t.Fatalf("debts: %+v", debts)
			}
			id := w.accept(token, 1)
			i := w.ask(token, id, 1, "first")
			if i.Status != "ISSUED" || i.Pix == nil || !strings.HasPrefix(i.Pix.BrCode, "000201") || !strings.HasPrefix(i.Pix.QrSvg, "<svg") {
				t.Fatalf("intent: %+v", i)
			}
			w.pay(i.PaymentIntentID, 0)
			paid := into[intent](t, w.want(http.StatusOK, w.me(token, "GET", "/v1/me/payment-intents/"+i.PaymentIntentID, nil)))
			a := w.agreement(token, id)
			if paid.Status != "CONFIRMED" || a.Status != "FULFILLED" || a.NextAction != "done" || a.PaidCentavos != i.AmountCentavos ||
				a.ExcessCentavos != 0 {
				t.Fatalf("intent %+v, agreement %+v", paid, a)
			}
			debts = into[overview](t, w.want(http.StatusOK, w.me(token, "GET", "/v1/me/debts", nil)))
			if debts.CaseStatus != "SETTLED" || debts.TotalCentavos != 0 {
				t.Errorf("afterwards: %+v", debts)
			}
			signals := slices.DeleteFunc(w.published(), func(s string) bool {
				return s != "plan.reactivation_requested" && s != "service.restore_requested"
			})
			if got := strings.Join(signals, ","); got != test.aftercare {
				t.Errorf("aftercare %q, want %q", got, test.aftercare)
			}
			w.advance(waiting)
			w.latest(p.Email, "payment-receipt")
			w.finished("payment-confirmation", i.PaymentIntentID)
		})
	}
}

// waiting is how long after a request for money its execution surely waits for that money: it leaves the request itself a head start.
const waiting = 15 * time.Second

// finished fails unless the execution has succeeded.
func (w *world) finished(machine, name string) {
	w.t.Helper()
	if x := w.execution(machine, name); x.Status != "SUCCEEDED" {
		w.t.Errorf("execution %s is %s in %s: %s %s", name, x.Status, x.State, x.Error, x.Cause)
	}
}

// execution finds an execution.
func (w *world) execution(machine, name string) stepfunctions.Execution {
	w.t.Helper()
	for _, x := range w.cloud.Machines.Executions() {
		if strings.HasSuffix(x.Machine, machine) && x.Name == name {
			return x
		}
	}
	w.t.Fatalf("no execution %s of %s", name, machine)
	return stepfunctions.Execution{}
}

func (w *world) participant(creditor string) demo.Participant {
	w.t.Helper()
	i := slices.IndexFunc(w.participants, func(p demo.Participant) bool { return p.Creditor == creditor })
	if i < 0 {
		w.t.Fatalf("no participant of %s", creditor)
	}
	return w.participants[i]
}

// TestAnUnpaidIntentExpires lets a day and more go by without money.
func TestAnUnpaidIntentExpires(t *testing.T) {
	w := begin(t, setup{})
	p := w.participant("credora")
	token := w.login(p, "email")
	id := w.accept(token, 1)
	i := w.ask(token, id, 1, "only")
	w.advance(26 * time.Hour)
	w.finished("payment-confirmation", i.PaymentIntentID)
	token = w.login(p, "email")
	if got := into[intent](t, w.me(token, "GET", "/v1/me/payment-intents/"+i.PaymentIntentID, nil)); got.Status != "EXPIRED" {
		t.Errorf("after 26 hours the intent is %+v", got)
	}
	again := w.ask(token, id, 1, "again")
	w.pay(again.PaymentIntentID, 0)
	if a := w.agreement(token, id); a.Status != "FULFILLED" {
		t.Errorf("agreement %+v", a)
	}
}

// TestTheSecondInstalmentFallsDue pays the first of several instalments and waits for the second.
func TestTheSecondInstalmentFallsDue(t *testing.T) {
	w := begin(t, setup{})
	p := w.participant("vida-plena")
	token := w.login(p, "email")
	id := w.accept(token, 3)
	w.pay(w.ask(token, id, 1, "one").PaymentIntentID, 0)
	if a := w.agreement(token, id); a.Status != "ACTIVE" || a.Instalments[0].Status != "PAID" || a.Instalments[1].Status != "SCHEDULED" ||
		a.NextAction != "wait_due_date" {
		t.Fatalf("after the first payment: %+v", a)
	}
	w.advance(33 * 24 * time.Hour)
	token = w.login(p, "email")
	if a := w.agreement(token, id); a.Instalments[1].Status != "DUE" || a.NextAction != "pay" {
		t.Errorf("a month later: %+v", a)
	}
	w.advance(10 * 24 * time.Hour)
	token = w.login(p, "email")
	if a := w.agreement(token, id); a.Instalments[1].Status != "OVERDUE" {
		t.Errorf("past its due date: %+v", a.Instalments[1])
	}
	w.pay(w.ask(token, id, 2, "two").PaymentIntentID, 0)
	w.pay(w.ask(token, id, 3, "three").PaymentIntentID, 0)
	if a := w.agreement(token, id); a.Status != "FULFILLED" || a.Instalments[1].Status != "PAID_LATE" {
		t.Errorf("in the end: %+v", a)
	}
}
