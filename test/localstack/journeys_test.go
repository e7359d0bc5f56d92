package localstack_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
)

// journey is one story, told by a participant of a creditor.
type journey struct {
	name, creditor string
	tell           func(p *person)
}

// aboutSome is told by somebody with three debts.
const aboutSome = "two debts of three make a deal"

// journeys are those that pass on the local cloud too, where test/journey tells them at length.
func journeys() []journey {
	return []journey{
		{"a code by e-mail opens a session", "vida-plena", loginByMail},
		{"a code by text message opens a session", "tv-horizonte", loginByText},
		{"debts and offers are shown, the best first", "credora", debtsAndOffers},
		{"an offer becomes a signed contract", "vida-plena", signs},
		{"a payment code is issued once however often it is asked for", "credora", asksTwice},
		{"a signed notice posts the money and wakes the execution", "vida-plena", paysWhileItWaits},
		{"money that comes before the execution waits", "credora", paysAtOnce},
		{"a notice that comes again posts nothing", "vida-plena", paysByManyNotices},
		{"a forged notice changes nothing", "credora", isForged},
		{"a settled debt tells the creditor's system", "tv-horizonte", signalsCreditor},
		{"the receipt is in the inbox", "vida-plena", getsReceipt},
		{"the ruler sends in lawful hours and defers outside", "vida-plena", isReminded},
		{"the sweep runs by its schedule", "credora", sweeps},
		{"a boleto is noticed before its money is there", "tv-horizonte", paysBySlip},
		{"the first money withdraws the other code", "credora", paysByTheOtherCode},
		{"an account is debited by files, after a refusal", debiting, isDebited},
		{"a part is paid, and then the rest", "vida-plena", paysInParts},
		{"what was paid twice goes back", "credora", paysTwice},
		{"a deal of twenty days ago is paid late", "vida-plena", paysLate},
		{"a deal that nobody pays lapses, and makes room for another", "vida-plena", lapses},
		{"a chargeback reopens a fulfilled deal, and the creditor's system is told", listener, isChargedBack},
		{"a deal is withdrawn from, and its money goes back", "tv-horizonte", withdraws},
		{"the contract's document is downloaded and proven", "vida-plena", readsPapers},
		{aboutSome, "vida-plena", dealsAboutSome},
		{"what no notice reported is found in the statement", yesterday, isFoundInTheStatement},
	}
}

func loginByMail(p *person) {
	p.login("email")
	p.showsDebts()
}

func loginByText(p *person) {
	p.login("sms")
	p.showsDebts()
	if got := p.call("POST", "/v1/auth/logout", nil).status; got != http.StatusNoContent {
		p.t.Errorf("logout got %d", got)
	}
	if got := p.call("GET", "/v1/me/debts", nil).status; got != http.StatusUnauthorized {
		p.t.Errorf("a session that was ended gets %d", got)
	}
}

type overview struct {
	CaseStatus, NextAction string
	TotalCentavos          int64
	Debts                  []struct{ PrincipalCentavos, FineCentavos, InterestCentavos, TotalCentavos, DaysLate int64 }
}

// showsDebts holds what is owed to what was imported: two debts of 500.00, a month apart.
func (p *person) showsDebts() {
	p.t.Helper()
	seen := get[overview](p, http.StatusOK, p.call("GET", "/v1/me/debts", nil))
	var sum int64
	for _, debt := range seen.Debts {
		sum += debt.TotalCentavos
		if debt.PrincipalCentavos != 50_000 || debt.FineCentavos != 1_000 || debt.InterestCentavos < 1 {
			p.t.Errorf("debt %+v", debt)
		}
	}
	if seen.CaseStatus != "OPEN" || len(seen.Debts) != 2 || seen.TotalCentavos != sum || seen.NextAction != "choose_offer" {
		p.t.Errorf("debts: %+v", seen)
	}
}

func debtsAndOffers(p *person) {
	p.login("email")
	p.showsDebts()
	offers := get[offerList](p, http.StatusOK, p.call("GET", "/v1/me/offers", nil)).Offers
	if len(offers) < 2 || offers[0].Kind != "cash" || offers[0].DiscountCentavos < 1 {
		p.t.Fatalf("offers: %+v", offers)
	}
	for i, o := range offers {
		var sum int64
		for _, part := range o.Schedule {
			sum += part.AmountCentavos
		}
		if sum != o.TotalCentavos || len(o.Schedule) != o.Instalments || i > 0 && o.TotalCentavos < offers[0].TotalCentavos {
			p.t.Errorf("offer %+v", o)
		}
	}
}

func signs(p *person) {
	p.login("email")
	if got := p.agreement(p.accept()); got.Status != "PENDING_FIRST_PAYMENT" || got.NextAction != "pay" {
		p.t.Errorf("agreement: %+v", got)
	}
}

func asksTwice(p *person) {
	p.login("email")
	id := p.accept()
	first := p.ask(id, "one")
	if first.Pix.QrSvg == "" || !strings.Contains(first.Pix.BrCode, first.PaymentIntentID) {
		p.t.Errorf("code %+v", first.Pix)
	}
	again := p.call("POST", "/v1/me/payment-intents", map[string]any{"agreementId": id, "instalment": 1, "method": "pix"},
		"Idempotency-Key", "one")
	if got := get[intent](p, http.StatusCreated, again); got.PaymentIntentID != first.PaymentIntentID ||
		again.header.Get("Idempotency-Replayed") != "true" {
		p.t.Errorf("the same request again got %+v, %v", got, again.header)
	}
	charges, err := p.bank.Charges()
	if err != nil {
		p.t.Fatal(err)
	}
	mine := 0
	for _, c := range charges {
		if c.TxID == first.PaymentIntentID && c.AmountCentavos == first.AmountCentavos {
			mine++
		}
	}
	if mine != 1 {
		p.t.Errorf("the bank has %d charges of it", mine)
	}
}

// owe signs and asks for the code.
func (p *person) owe() (agreementID string, asked intent) {
	p.t.Helper()
	p.login("email")
	agreementID = p.accept()
	return agreementID, p.ask(agreementID, "pay")
}

// settled holds an agreement to be paid in full and no more.
func (p *person) settled(id string, i intent) {
	p.t.Helper()
	if a := p.agreement(id); a.Status != "FULFILLED" || a.PaidCentavos != i.AmountCentavos || a.ExcessCentavos != 0 || a.NextAction != "done" {
		p.t.Errorf("agreement %+v of %d", a, i.AmountCentavos)
	}
}

func paysWhileItWaits(p *person) {
	id, asked := p.owe()
	p.in("Await", asked)
	p.pay(asked)
	p.settled(id, asked)
	p.ended(asked, wayByMoney)
}

func paysAtOnce(p *person) {
	id, asked := p.owe()
	p.pay(asked)
	p.settled(id, asked)
	p.ended(asked, wayAtOnce, wayByMoney) // the second when LocalStack takes longer than the ten seconds of the head start
}

// expires waits for the end of a code that nobody pays: the five seconds of its life, and the minute that the bank may take to report.
func (p *person) expires(id string, asked intent) {
	p.t.Helper()
	p.ended(asked, wayByTime)
	if got := p.intent(asked.PaymentIntentID); got.Status != "EXPIRED" {
		p.t.Errorf("intent: %+v", got)
	}
	charges, err := p.bank.Charges()
	if err != nil {
		p.t.Fatal(err)
	}
	for _, c := range charges {
		if c.TxID == asked.PaymentIntentID && c.Status != "CANCELLED" {
			p.t.Errorf("the bank's charge is %s", c.Status)
		}
	}
	if again := p.ask(id, "again"); again.PaymentIntentID == asked.PaymentIntentID {
		p.t.Error("an expired code is given out again")
	}
}

func paysByManyNotices(p *person) {
	id, asked := p.owe()
	for _, event := range []string{"evt-a", "evt-a", "evt-b", "evt-a"} {
		event += p.contract
		if got := p.deliver(p.money(event, "E"+asked.PaymentIntentID, asked)); got != http.StatusOK {
			p.t.Errorf("a copy of the notice got %d", got)
		}
	}
	p.pay(asked)
	p.settled(id, asked)
	p.idle(contract.QueueWebhooks)
	p.settled(id, asked)
}

// idle waits until a queue holds nothing, neither to be taken nor in somebody's hands.
func (p *person) idle(name string) {
	p.t.Helper()
	client := sqs.NewFromConfig(p.cloud)
	p.until("queue "+name+" is empty", func() (bool, error) {
		said, err := client.GetQueueAttributes(p.t.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: aws.String(p.queueURL(name)), AttributeNames: []types.QueueAttributeName{"All"},
		})
		return err == nil && said.Attributes["ApproximateNumberOfMessages"] == "0" &&
			said.Attributes["ApproximateNumberOfMessagesNotVisible"] == "0", err
	})
}

func (d *deployment) queueURL(name string) string {
	return d.endpoint + "/" + account + "/" + physical(name)
}

func isForged(p *person) {
	id, asked := p.owe()
	forged := p.money("evt-forged"+p.contract, "E-forged", asked)
	forged.body = strings.Replace(forged.body, `"amountCentavos":`, `"amountCentavos":1`, 1)
	if got := p.deliver(forged); got != http.StatusUnauthorized {
		p.t.Errorf("a forged notice got %d", got)
	}
	if got := p.agreement(id); got.PaidCentavos != 0 {
		p.t.Errorf("agreement: %+v", got)
	}
	p.pay(asked)
	p.settled(id, asked)
}

// signalsCreditor reads the creditor's queue, as the creditor's own system would: the event went from the topic through the filter of the
// queue's subscription.
func signalsCreditor(p *person) {
	id, asked := p.owe()
	p.pay(asked)
	p.settled(id, asked)
	client := sqs.NewFromConfig(p.cloud)
	p.until("the signal", func() (bool, error) {
		got, err := client.ReceiveMessage(p.t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(p.queueURL(contract.QueueSignals)), MaxNumberOfMessages: 10, VisibilityTimeout: 1,
		})
		if err != nil {
			return false, err
		}
		for _, m := range got.Messages {
			var event struct{ Type, CreditorID string }
			if err := json.Unmarshal([]byte(*m.Body), &event); err != nil {
				return false, err
			}
			if event.Type != "service.restore_requested" && event.Type != "plan.reactivation_requested" {
				p.t.Errorf("the queue got an event %s, which its filter excludes", event.Type)
			}
			if event.Type == "service.restore_requested" && event.CreditorID == p.creditor {
				return true, nil
			}
		}
		return false, nil
	})
}

func getsReceipt(p *person) {
	id, asked := p.owe()
	p.pay(asked)
	p.settled(id, asked)
	p.until("the receipt", func() (bool, error) {
		all, err := p.mails(p.email)
		return slices.ContainsFunc(all, func(m mail) bool {
			return strings.Contains(m.Subject, "recebemos o seu pagamento") && strings.Contains(m.Source, mailFrom)
		}), err
	})
}

// lawful says whether e-mails may be sent in São Paulo: 8:00 to 20:00, never on Sundays and national holidays.
func lawful(at time.Time) bool {
	local := at.In(time.FixedZone("BRT", -3*60*60))
	day := calendar.Of(at, local.Location())
	return local.Hour() >= 8 && local.Hour() < 20 && local.Weekday() != time.Sunday && !calendar.IsNationalHoliday(day)
}

// isReminded has debts whose rungs were due days ago: in lawful hours the reminder has left, outside them it is put off to such hours
// and the ruler sleeps until then.
func isReminded(p *person) {
	before := lawful(p.imported)
	var found *collection.Dossier
	var rung collection.RungState // the last that is due: it supersedes those before it
	p.until("the ruler decides", func() (_ bool, err error) {
		found, err = p.dossier()
		if err != nil || len(found.Case.Ruler.Rungs) == 0 {
			return false, err
		}
		rung = found.Case.Ruler.Rungs[len(found.Case.Ruler.Rungs)-1]
		return rung.Outcome != collection.RungSkipped && rung.Outcome != collection.RungPlanned, nil
	})
	mails, err := p.mails(p.email)
	if err != nil {
		p.t.Fatal(err)
	}
	if now := lawful(time.Now()); now != before {
		p.t.Logf("the lawful hours began or ended just now: either is right")
		before = rung.Outcome == collection.RungSent
	}
	if before {
		if rung.Outcome != collection.RungSent || len(mails) != 1 || !strings.Contains(mails[0].Body.Text, portalURL) {
			p.t.Errorf("in lawful hours rung %s is %s, mails %+v", rung.Rung, rung.Outcome, mails)
		}
		return
	}
	if rung.Outcome != collection.RungDeferred || len(mails) != 0 || !rung.NotBefore.After(p.imported) {
		p.t.Errorf("outside lawful hours rung %s is %+v, mails %+v", rung.Rung, rung, mails)
	}
	var step struct {
		Payload struct {
			Done   bool
			WakeAt time.Time
		}
	}
	p.until("the ruler sleeps", func() (bool, error) {
		x, err := p.execution(p.t.Context(), contract.MachineRuler, found.Case.ID.String()+"-g1")
		if err != nil || len(x.states) == 0 || x.states[len(x.states)-1] != "Sleep" {
			return false, err
		}
		return true, json.Unmarshal([]byte(x.output), &step)
	})
	if step.Payload.Done || !lawful(step.Payload.WakeAt) {
		p.t.Errorf("the ruler sleeps until %s: %+v", step.Payload.WakeAt, step)
	}
}

// sweeps waits for the minute of the schedule, and for the function's log to say that it ran without an error.
func sweeps(p *person) {
	var lines []string
	p.until("the sweep runs", func() (_ bool, err error) {
		lines, err = p.logLines(p.t.Context(), "/aws/lambda/"+physical("pending-sweep"))
		return len(lines) > 0, err
	})
	for _, line := range lines {
		if strings.Contains(line, `"ERROR"`) {
			p.t.Error(line)
		}
	}
}
