package journey

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/offer"
)

// payer is somebody who signed an agreement and pays it by one rail or another.
type payer struct {
	w         *world
	who       demo.Participant
	token     string
	agreement string
}

// payingBy signs an agreement in so many payments with the participant of a creditor.
func payingBy(t *testing.T, s setup, creditor string, payments int) *payer {
	t.Helper()
	w := begin(t, s)
	p := &payer{w: w, who: w.participant(creditor)}
	p.token = w.login(p.who, "email")
	p.agreement = w.accept(p.token, payments)
	return p
}

// ask asks for the money of an instalment by a rail.
func (p *payer) ask(method string, instalment int, key string) intent {
	p.w.t.Helper()
	body := map[string]any{"agreementId": p.agreement, "instalment": instalment, "method": method}
	return into[intent](p.w.t, p.w.want(http.StatusCreated, p.w.me(p.token, "POST", "/v1/me/payment-intents", body, "Idempotency-Key", key)))
}

// after lets time pass, over which a session ends.
func (p *payer) after(d time.Duration) {
	p.w.t.Helper()
	p.w.advance(d)
	p.token = p.w.login(p.who, "email")
}

func (p *payer) intent(i intent) intent {
	p.w.t.Helper()
	return into[intent](p.w.t, p.w.want(http.StatusOK, p.w.me(p.token, "GET", "/v1/me/payment-intents/"+i.PaymentIntentID, nil)))
}

func (p *payer) deal() agreement {
	p.w.t.Helper()
	return p.w.agreement(p.token, p.agreement)
}

func (p *payer) debts() overview {
	p.w.t.Helper()
	return into[overview](p.w.t, p.w.want(http.StatusOK, p.w.me(p.token, "GET", "/v1/me/debts", nil)))
}

// stands fails unless an intent and the agreement stand so.
func (p *payer) stands(when string, i intent, status, deal string) {
	p.w.t.Helper()
	if now, a := p.intent(i), p.deal(); now.Status != status || a.Status != deal {
		p.w.t.Fatalf("%s the intent is %s, want %s, and the agreement %+v, want %s\n%s",
			when, now.Status, status, a, deal, tail(p.w.log.String()))
	}
}

// atTheBank is the status of a charge as the bank tells it.
func (w *world) atTheBank(i intent) string {
	w.t.Helper()
	r := w.want(http.StatusOK, w.call("GET", "/_local/sandbox/payments?limit=5000", nil))
	for _, c := range into[struct {
		Intents []struct{ PaymentIntentID, Status string }
	}](w.t, r).Intents {
		if c.PaymentIntentID == i.PaymentIntentID {
			return c.Status
		}
	}
	return ""
}

// takeBack lets money leave again at the bank.
func (w *world) takeBack(i intent, amount int64, chargeback bool) {
	w.t.Helper()
	w.want(http.StatusAccepted, w.call("POST", "/_local/sandbox/returns", map[string]any{
		"paymentIntentId": i.PaymentIntentID, "amountCentavos": amount, "chargeback": chargeback,
	}))
}

// balance sums an account over all cases.
func (w *world) balance(accounts ...collection.Account) int64 {
	w.t.Helper()
	sum := money.Centavos(0)
	for _, c := range w.cases(w.table()) {
		d, err := w.cloud.Parts.Store().Load(w.t.Context(), c.creditor, c.id)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, a := range accounts {
			sum += d.Case.Balances[a]
		}
	}
	return int64(sum)
}

// holds fails unless so much came in, so much left again, and so much is kept that nobody owed; and nothing is left in a queue.
func (p *payer) holds(cash, returned, excess int64) {
	p.w.t.Helper()
	w := p.w
	got := [3]int64{w.balance(collection.AccountCash), -w.balance(collection.AccountReturned), -w.balance(collection.AccountExcess)}
	if got != [3]int64{cash, returned, excess} {
		w.t.Errorf("came in, left, in excess: %v, want %d, %d, %d\n%s", got, cash, returned, excess, tail(w.log.String()))
	}
	if left := w.backlog(); left != "" {
		w.t.Errorf("queues hold %s", left)
	}
}

// TestABoletoSettlesOnTheNextBusinessDay pays a boleto on a Monday, and one on a Friday.
func TestABoletoSettlesOnTheNextBusinessDay(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		start time.Time
		after time.Duration
	}{
		"monday": {today(), 24 * time.Hour}, "friday": {today().AddDate(0, 0, 4), 3 * 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := payingBy(t, setup{start: test.start}, "credora", 1)
			i := p.ask("boleto", 1, "slip")
			if i.Status != "ISSUED" || i.Pix != nil || i.Boleto == nil || len(strings.Map(digit, i.Boleto.Line)) != 47 ||
				len(i.Boleto.Barcode) != 44 || !strings.HasPrefix(i.Boleto.BarcodeSVG, "<svg") || i.NextAction != "pay" {
				t.Fatalf("intent %+v", i)
			}
			p.w.advance(waiting)
			p.w.pay(i.PaymentIntentID, 0, "copies", 3, "shuffle", true)
			p.stands("once it was paid", i, "NOTICED", "PENDING_FIRST_PAYMENT")
			p.holds(0, 0, 0)
			p.after(test.after - time.Minute)
			p.stands("a minute before it settles", i, "NOTICED", "PENDING_FIRST_PAYMENT")
			p.after(2 * time.Minute)
			p.stands("once it settled", i, "CONFIRMED", "FULFILLED")
			p.holds(i.AmountCentavos, 0, 0)
			if b := p.w.books(); len(b.payments) != 1 {
				t.Errorf("%d entries", len(b.payments))
			}
			p.w.finished("payment-confirmation", i.PaymentIntentID)
			p.w.latest(p.who.Email, "payment-receipt")
		})
	}
}

func digit(r rune) rune {
	if r < '0' || r > '9' {
		return -1
	}
	return r
}

// TestABoletoThatNeverSettlesCloses pays a boleto with money that never comes. The agreement can be paid in another way meanwhile.
func TestABoletoThatNeverSettlesCloses(t *testing.T) {
	t.Parallel()
	p := payingBy(t, setup{}, "vida-plena", 3)
	i := p.ask("boleto", 1, "slip")
	p.w.advance(waiting)
	p.w.pay(i.PaymentIntentID, 0, "bounce", true)
	p.after(9 * 24 * time.Hour)
	p.stands("nine days later", i, "NOTICED", "PENDING_FIRST_PAYMENT")
	p.after(5 * 24 * time.Hour)
	p.stands("two weeks later", i, "EXPIRED", "PENDING_FIRST_PAYMENT")
	p.holds(0, 0, 0)
	p.w.finished("payment-confirmation", i.PaymentIntentID)
	again := p.ask("pix", 1, "again")
	p.w.pay(again.PaymentIntentID, 0)
	p.stands("paid after all", again, "CONFIRMED", "ACTIVE")
	p.holds(again.AmountCentavos, 0, 0)
}

// TestPixOvertakesABoleto has both codes of one instalment, pays by PIX, and then by the boleto that could not be paid any more.
func TestPixOvertakesABoleto(t *testing.T) {
	t.Parallel()
	p := payingBy(t, setup{}, "tv-horizonte", 1)
	slip, pix := p.ask("boleto", 1, "slip"), p.ask("pix", 1, "pix")
	if slip.PaymentIntentID == pix.PaymentIntentID || slip.AmountCentavos != pix.AmountCentavos || p.intent(slip).Status != "ISSUED" {
		t.Fatalf("slip %+v, pix %+v", slip, pix)
	}
	p.w.advance(waiting)
	p.w.pay(pix.PaymentIntentID, 0)
	p.w.advance(waiting)
	p.stands("after the PIX", slip, "CANCELLED", "FULFILLED")
	if at := p.w.atTheBank(slip); at != "CANCELLED" {
		t.Errorf("at the bank the slip is %s", at)
	}
	p.w.finished("payment-confirmation", slip.PaymentIntentID)
	p.w.finished("payment-confirmation", pix.PaymentIntentID)
	p.holds(pix.AmountCentavos, 0, 0)
	p.w.pay(slip.PaymentIntentID, 0, "force", true)
	p.after(25 * time.Hour)
	if a := p.deal(); a.PaidCentavos != pix.AmountCentavos || a.ExcessCentavos != 0 || a.Status != "FULFILLED" {
		t.Errorf("agreement %+v", a)
	}
	p.holds(2*pix.AmountCentavos, slip.AmountCentavos, 0) // the creditor's policy sends back what nobody owed
}

// TestMoneyThatCameTwiceGoesBack pays one code twice.
func TestMoneyThatCameTwiceGoesBack(t *testing.T) {
	t.Parallel()
	p := payingBy(t, setup{}, "credora", 1)
	i := p.ask("pix", 1, "pix")
	p.w.pay(i.PaymentIntentID, 0)
	p.w.pay(i.PaymentIntentID, 0, "force", true, "copies", 4)
	p.w.advance(waiting)
	p.stands("paid twice", i, "CONFIRMED", "FULFILLED")
	p.holds(2*i.AmountCentavos, i.AmountCentavos, 0)
}

// TestALatePaymentBringsItsCharges pays the second instalment's boleto four days late, with the fine and the interest that it says.
func TestALatePaymentBringsItsCharges(t *testing.T) {
	t.Parallel()
	p := payingBy(t, setup{}, "vida-plena", 3)
	first := p.ask("pix", 1, "pix")
	p.w.pay(first.PaymentIntentID, 0)
	due, err := calendar.ParseDate(p.deal().Instalments[1].DueDate)
	if err != nil {
		t.Fatal(err)
	}
	slip := p.ask("boleto", 2, "slip")
	p.after(due.At(12, 0, time.UTC).AddDate(0, 0, 4).Sub(p.w.cloud.Clock.Now()))
	late := due.DaysUntil(offer.Today(p.w.cloud.Clock.Now()))
	fine, interest, err := money.LateCharges(money.Centavos(slip.AmountCentavos), late, rate(t, "0.02"), rate(t, "0.01"))
	if err != nil || late != 4 {
		t.Fatalf("%d days late: %v", late, err)
	}
	charged := slip.AmountCentavos + int64(fine+interest)
	fines, interests := collection.AccountCharges(collection.ComponentFine), collection.AccountCharges(collection.ComponentInterest)
	before := [2]int64{p.w.balance(fines), p.w.balance(interests)}
	p.w.pay(slip.PaymentIntentID, charged, "settle", true)
	p.stands("paid late", slip, "CONFIRMED", "ACTIVE")
	if i := p.deal().Instalments[1]; i.Status != "PAID_LATE" || i.PaidCentavos != slip.AmountCentavos {
		t.Errorf("instalment %+v", i)
	}
	p.holds(first.AmountCentavos+charged, 0, 0)
	earned := [2]int64{before[0] - p.w.balance(fines), before[1] - p.w.balance(interests)}
	if earned != [2]int64{int64(fine), int64(interest)} {
		t.Errorf("fine and interest earned: %v, want %d and %d", earned, fine, interest)
	}
}

func rate(t *testing.T, text string) money.Rate {
	t.Helper()
	r, err := money.ParseRate(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestPaidInPartThenTheRest pays an instalment by a PIX of less and a boleto of what is left.
func TestPaidInPartThenTheRest(t *testing.T) {
	t.Parallel()
	p := payingBy(t, setup{}, "credora", 1)
	i := p.ask("pix", 1, "pix")
	p.w.pay(i.PaymentIntentID, i.AmountCentavos-1234)
	if a := p.deal(); a.Status != "PENDING_FIRST_PAYMENT" || a.NextAction != "pay" || a.PaidCentavos != i.AmountCentavos-1234 {
		t.Fatalf("agreement %+v", a)
	}
	rest := p.ask("boleto", 1, "rest")
	if rest.AmountCentavos != 1234 {
		t.Fatalf("what is left is asked for as %d", rest.AmountCentavos)
	}
	p.w.pay(rest.PaymentIntentID, 0, "settle", true)
	p.stands("in the end", rest, "CONFIRMED", "FULFILLED")
	p.w.advance(waiting)
	p.holds(i.AmountCentavos, 0, 0)
}

// TestARefundAtTheBanksCounterIsBooked lets somebody send a part of a payment back without the product: the notice says so.
func TestARefundAtTheBanksCounterIsBooked(t *testing.T) {
	t.Parallel()
	p := payingBy(t, setup{}, "credora", 1)
	i := p.ask("pix", 1, "pix")
	p.w.pay(i.PaymentIntentID, 0)
	p.w.advance(waiting)
	p.w.takeBack(i, 500, false)
	p.stands("after a part left", i, "CONFIRMED", "PENDING_FIRST_PAYMENT")
	p.holds(i.AmountCentavos, 500, 0)
	p.w.takeBack(i, 0, false)
	p.stands("after all left", i, "REFUNDED", "PENDING_FIRST_PAYMENT")
	p.holds(i.AmountCentavos, i.AmountCentavos, 0)
}

// TestAChargebackReopensWhatWasSettled takes the money of a fulfilled agreement back, and pays it again.
func TestAChargebackReopensWhatWasSettled(t *testing.T) {
	t.Parallel()
	p := payingBy(t, setup{}, "tv-horizonte", 1)
	i := p.ask("pix", 1, "pix")
	p.w.pay(i.PaymentIntentID, 0)
	p.w.advance(waiting)
	if d := p.debts(); d.CaseStatus != "SETTLED" {
		t.Fatalf("debts %+v", d)
	}
	p.w.takeBack(i, 0, true)
	p.stands("after the chargeback", i, "REFUNDED", "PENDING_FIRST_PAYMENT")
	a, d := p.deal(), p.debts()
	if a.NextAction != "pay" || a.PaidCentavos != 0 || a.Instalments[0].PaidCentavos != 0 || a.Instalments[0].Status != "DUE" {
		t.Errorf("agreement %+v", a)
	}
	if d.CaseStatus != "AGREEMENT_ACTIVE" || d.Debts[0].Status != "IN_AGREEMENT" {
		t.Errorf("debts %+v", d)
	}
	p.holds(i.AmountCentavos, i.AmountCentavos, 0)
	again := p.ask("pix", 1, "again")
	p.w.pay(again.PaymentIntentID, 0)
	p.stands("paid again", again, "CONFIRMED", "FULFILLED")
	p.w.advance(waiting)
	p.holds(i.AmountCentavos+again.AmountCentavos, i.AmountCentavos, 0)
}

// alsoAt gives Credora one more account for PIX, after the one that it has.
func alsoAt(provider, account string) func(files [][]byte) [][]byte {
	const first = `{"method": "pix", "provider": "sandbox", "account": "credora"}`
	return func(files [][]byte) [][]byte {
		for i, file := range files {
			more := fmt.Sprintf(`%s, {"method": "pix", "provider": %q, "account": %q}`, first, provider, account)
			files[i] = bytes.Replace(file, []byte(first), []byte(more), 1)
		}
		return files
	}
}

// TestTheNextAccountIsAskedWhenTheFirstIsDown gives a creditor a second account. The first does not answer, so the code comes from the
// second; money at the second is the intent's.
func TestTheNextAccountIsAskedWhenTheFirstIsDown(t *testing.T) {
	t.Parallel()
	p := payingBy(t, setup{creditors: alsoAt("sandbox", "credora-2")}, "credora", 1)
	p.w.cloud.Bank.OutageOf("credora")
	i := p.ask("pix", 1, "pix")
	if i.Status != "ISSUED" || i.Pix == nil || p.w.atTheBank(i) != "ACTIVE" {
		t.Fatalf("intent %+v\n%s", i, tail(p.w.log.String()))
	}
	p.w.advance(waiting)
	p.w.cloud.Bank.OutageOf()
	p.w.pay(i.PaymentIntentID, 0, "copies", 3)
	p.stands("paid at the second account", i, "CONFIRMED", "FULFILLED")
	p.holds(i.AmountCentavos, 0, 0)
	p.w.finished("payment-confirmation", i.PaymentIntentID)
}

// TestNobodyAnswersUntilLater has both accounts down while the participant asks: the answer says to ask again, and the machine gets the
// code once a bank is there. What is never paid is ended at both.
func TestNobodyAnswersUntilLater(t *testing.T) {
	t.Parallel()
	p := payingBy(t, setup{creditors: alsoAt("sandbox", "credora-2")}, "credora", 1)
	p.w.cloud.Bank.Outage(true)
	body := map[string]any{"agreementId": p.agreement, "instalment": 1, "method": "pix"}
	i := into[intent](t, p.w.want(http.StatusAccepted, p.w.me(p.token, "POST", "/v1/me/payment-intents", body, "Idempotency-Key", "pix")))
	if i.Status != "REQUESTED" || i.NextAction != "poll" {
		t.Fatalf("intent %+v", i)
	}
	p.w.advance(10 * time.Minute)
	p.w.cloud.Bank.Outage(false)
	p.w.cloud.Bank.OutageOf("credora")
	p.after(15 * time.Minute)
	p.stands("once one answers", i, "ISSUED", "PENDING_FIRST_PAYMENT")
	p.w.cloud.Bank.OutageOf()
	p.after(26 * time.Hour)
	p.stands("a day later", i, "EXPIRED", "PENDING_FIRST_PAYMENT")
	if at := p.w.atTheBank(i); at != "CANCELLED" {
		t.Errorf("at the bank it is %s", at)
	}
	p.w.finished("payment-confirmation", i.PaymentIntentID)
	p.holds(0, 0, 0)
}
