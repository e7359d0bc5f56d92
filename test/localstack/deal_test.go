package localstack_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/regua/regua/infra/local/bank"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/websign"
)

type offered struct {
	OfferID, Kind                   string
	Instalments                     int
	TotalCentavos, DiscountCentavos int64
	Schedule                        []struct{ AmountCentavos int64 }
}

type offerList struct{ Offers []offered }

type agreement struct {
	Status                       string
	PaidCentavos, ExcessCentavos int64
	Instalments                  []struct{ Status string }
	Restructures                 []string
	NextAction                   string
}

type intent struct {
	PaymentIntentID, Status string
	AmountCentavos          int64
	Pix                     *struct{ BrCode, QrSvg string }
	Boleto                  *struct{ Line, Barcode string }
	Debit                   *struct{ MandateStatus string }
}

// accept takes the offer to pay at once, for all debts or for some, signs its contract and returns the agreement's id.
func (p *person) accept(debts ...string) string {
	p.t.Helper()
	signed, _ := p.sign(debts...)
	return signed
}

// sign is accept, and gives the contract's number too.
func (p *person) sign(debts ...string) (agreementID, contractNumber string) {
	p.t.Helper()
	path := "/v1/me/offers"
	if len(debts) > 0 {
		path += "?debtIds=" + strings.Join(debts, ",")
	}
	offers := get[offerList](p, http.StatusOK, p.call("GET", path, nil))
	i := slices.IndexFunc(offers.Offers, func(o offered) bool { return o.Instalments == 1 })
	if i < 0 {
		p.t.Fatalf("no offer to pay at once: %+v", offers)
	}
	id := offers.Offers[i].OfferID
	made := get[struct{ ProposalID, ContractNumber string }](p, http.StatusCreated,
		p.call("POST", "/v1/me/proposals", map[string]string{"offerId": id}, "Idempotency-Key", "accept-"+id[len(id)-20:]))
	shown := get[struct{ Text, SHA256 string }](p, http.StatusOK, p.call("GET", "/v1/me/contracts/"+made.ContractNumber, nil))
	if !strings.Contains(shown.Text, p.name) {
		p.t.Errorf("the contract does not name its party:\n%s", shown.Text)
	}
	signed := get[struct{ AgreementID, Status, NextAction string }](p, http.StatusOK,
		p.call("POST", "/v1/me/contracts/"+made.ContractNumber+"/signature", map[string]any{"sha256": shown.SHA256, "accepted": true}))
	if signed.Status != "CONTRACT_SIGNED" || signed.NextAction != "pay" {
		p.t.Fatalf("signed: %+v", signed)
	}
	return signed.AgreementID, made.ContractNumber
}

// askBy asks for the money of an agreement's only instalment by a rail.
func (p *person) askBy(method, agreement, key string) intent {
	p.t.Helper()
	body := map[string]any{"agreementId": agreement, "instalment": 1, "method": method}
	if method == "debit" {
		body["debit"] = map[string]any{"bank": "001", "branch": "1234", "account": "123456"}
	}
	return get[intent](p, http.StatusCreated, p.call("POST", "/v1/me/payment-intents", body, "Idempotency-Key", key))
}

// ask asks for a PIX code.
func (p *person) ask(agreement, key string) intent {
	p.t.Helper()
	i := p.askBy("pix", agreement, key)
	if i.Status != "ISSUED" || i.Pix == nil || !strings.HasPrefix(i.Pix.BrCode, "000201") {
		p.t.Fatalf("intent: %+v", i)
	}
	return i
}

func (p *person) intent(id string) intent {
	p.t.Helper()
	return get[intent](p, http.StatusOK, p.call("GET", "/v1/me/payment-intents/"+id, nil))
}

func (p *person) agreement(id string) agreement {
	p.t.Helper()
	return get[agreement](p, http.StatusOK, p.call("GET", "/v1/me/agreements/"+id, nil))
}

// notice is what the bank would post about a payment: a body and the headers that sign it.
type notice struct {
	body    string
	headers []string
}

// money makes the notice of a payment. The event is the bank's name of the notice, the fact that of the payment.
func (p *person) money(event, fact string, of intent) notice {
	p.t.Helper()
	now := time.Now().UTC()
	body := fmt.Sprintf(`{"id":%q,"type":"payment.received","data":[{"endToEndId":%q,"txid":%q,"amountCentavos":%d,"paidAt":%q}]}`,
		event, fact, of.PaymentIntentID, of.AmountCentavos, now.Format("2006-01-02T15:04:05Z"))
	i := slices.IndexFunc(p.accounts, func(a bank.Account) bool { return a.Name == p.creditor })
	signature, err := websign.Sign(p.accounts[i].SigningSecrets[0], event, now, []byte(body))
	if err != nil {
		p.t.Fatal(err)
	}
	return notice{body, []string{
		websign.HeaderID, event, websign.HeaderTimestamp, strconv.FormatInt(now.Unix(), 10), websign.HeaderSignature, signature,
	}}
}

// deliver posts a notice to the webhook of the person's creditor.
func (p *person) deliver(n notice) int {
	p.t.Helper()
	return p.call("POST", "/v1/webhooks/sandbox/"+p.creditor, n.body, n.headers...).status
}

// pay posts the notice of a payment and waits until it is posted.
func (p *person) pay(i intent) {
	p.t.Helper()
	if got := p.deliver(p.money("evt-"+i.PaymentIntentID, "E"+i.PaymentIntentID, i)); got != http.StatusOK {
		p.t.Fatalf("the notice got %d", got)
	}
	p.until("the posting", func() (bool, error) { return p.intent(i.PaymentIntentID).Status == "CONFIRMED", nil })
}

// execution is what became of an execution: its status and the states that it entered, in order.
type execution struct {
	status string
	states []string
	output string // of the last task that ended
}

func (d *deployment) execution(ctx context.Context, machine, name string) (execution, error) {
	client := sfn.NewFromConfig(d.cloud)
	arn := aws.String(strings.Join([]string{"arn:aws:states", region, account, "execution", physical(machine), name}, ":"))
	said, err := client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: arn})
	if err != nil {
		return execution{}, fmt.Errorf("describe execution: %w", err)
	}
	history, err := client.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: arn})
	if err != nil {
		return execution{}, fmt.Errorf("read history: %w", err)
	}
	x := execution{status: string(said.Status)}
	for _, e := range history.Events {
		if e.StateEnteredEventDetails != nil {
			x.states = append(x.states, *e.StateEnteredEventDetails.Name)
		}
		if e.TaskSucceededEventDetails != nil {
			x.output = aws.ToString(e.TaskSucceededEventDetails.Output)
		}
	}
	return x, nil
}

// in waits until the execution of a payment has entered a state.
func (p *person) in(state string, i intent) {
	p.t.Helper()
	p.until("the execution enters "+state, func() (bool, error) {
		x, err := p.execution(p.t.Context(), contract.MachinePayment, i.PaymentIntentID)
		return slices.Contains(x.states, state), err
	})
}

// Ways through the machine that waits for money.
const (
	wayAtOnce  = "HeadStart Issue Payable? Closed"
	wayByMoney = "HeadStart Issue Payable? Await Due? Closed"
	wayByTime  = "HeadStart Issue Payable? Await Expire Settled? Closed"
)

// ended waits until the execution of a payment has succeeded, and holds its way to those wanted.
func (p *person) ended(i intent, ways ...string) {
	p.t.Helper()
	var x execution
	p.until("the execution ends", func() (done bool, err error) {
		x, err = p.execution(p.t.Context(), contract.MachinePayment, i.PaymentIntentID)
		return err == nil && x.status != "RUNNING", err
	})
	way := strings.Join(x.states, " ")
	if x.status != "SUCCEEDED" || !slices.Contains(ways, way) {
		p.t.Errorf("the execution is %s by way of %q, want %q", x.status, way, ways)
	}
	p.t.Logf("the execution went %s", way)
}
