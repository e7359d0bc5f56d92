// Package costs counts what cases use of AWS, on the local cloud, and holds the cost tables of docs/deploy.md to it.
package costs

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/infra/local/bank"
	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/app/importer"
	"github.com/regua/regua/shared/contract"
)

const (
	day    = 24 * time.Hour
	header = "creditor_id,contract_number,participant_document,participant_name,birth_date,email,phone,participant_status,product,debt_id," +
		"description,due_date,principal_centavos,state,city,address\n"
	debtor = "vida-plena,T-000001,52998224725,Zenaide Quintanilha,1961-07-19,zenaide@correio.example,+5511987000001,former,Plano,T-1," +
		"Mensalidade em atraso,2026-11-22,50000,SP,Itaquaquecetuba,Rua das Jabuticabeiras 77\n"
)

// used is what one case uses from its import to the end of its story.
type used struct {
	accesses    map[string]int // of the table, by row of docs/data-model.md; the import's too
	published   int            // events
	calls       map[string]int // of the other services
	invocations map[string]int // by function
	requests    int            // of the API
	logBytes    int            // that the functions write themselves
	kept        int            // bytes in the table at the end
}

func nothing() used {
	return used{accesses: map[string]int{}, calls: map[string]int{}, invocations: map[string]int{}}
}

// world is a local cloud that counts.
type world struct {
	t     *testing.T
	cloud *cloud.Cloud
	mu    sync.Mutex
	used  used
	idle  bool // counts the comparison of the morning too, which costs the same however many cases there are
}

func (w *world) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.used.logBytes += len(line)
	return len(line), nil
}

func (w *world) saw(_ context.Context, call wire.Call, _ error) {
	if call.Operation == "Scan" { // measures, and is none of the product's
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if call.Caller == "reconcile" && !w.idle {
		return
	}
	switch call.Service {
	case "dynamodb":
		row := pattern(call)
		if row == noRow { // dataModel has none of this name either, which stops the test
			row = call.Operation + " of " + call.Caller
		}
		w.used.accesses[row]++
	case "sns":
		w.used.published += strings.Count(string(call.Body), ".MessageAttributes.entry.1.Name=")
	case "sqs":
	default:
		w.used.calls[call.Service]++
	}
}

func (w *world) invoked(i function.Invocation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if name := strings.TrimPrefix(i.Function, "regua-local-"); name != "reconcile" || w.idle {
		w.used.invocations[name]++
	}
}

// debits is the way by account debit in a creditor's file, behind another one.
var debits = regexp.MustCompile(`,\s*\{"method": "debit"[^}]*\}`)

// begin starts a local cloud on a Monday morning, whose debtor is a day late, and takes the debt in.
func begin(t *testing.T) *world {
	t.Helper()
	clk := clock.Virtual(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	t.Cleanup(clk.Close)
	creditors, err := demo.CreditorFiles()
	if err != nil {
		t.Fatal(err)
	}
	// Files of account debit are exchanged every hour, however many cases there are: nobody debits here.
	for i, file := range creditors {
		creditors[i] = debits.ReplaceAll(file, nil)
	}
	w := &world{t: t, used: nothing()}
	w.cloud, err = cloud.New(t.Context(), cloud.Options{
		Clock: clk, Store: store.Memory(), PortalURL: "http://127.0.0.1:8080", Creditors: creditors, Log: w, Observe: w.saw, Invoked: w.invoked,
	})
	if err != nil {
		t.Fatal(err)
	}
	im, err := importer.New(t.Context(), w.cloud.Parts)
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	w.used = nothing()
	w.mu.Unlock()
	if report, err := im.Import(t.Context(), strings.NewReader(header+debtor)); err != nil || report.Opened != 1 {
		t.Fatalf("import: %+v, %v", report, err)
	}
	w.advance(time.Second)
	return w
}

func (w *world) advance(d time.Duration) {
	w.t.Helper()
	if err := w.cloud.Advance(w.t.Context(), w.cloud.Clock.Now().Add(d)); err != nil {
		w.t.Fatal(err)
	}
}

// call asks the API and decodes its answer.
func call[T any](w *world, token, method, path string, body any, headers ...string) T {
	w.t.Helper()
	text := []byte(nil)
	var out T
	var err error
	if body != nil {
		if text, err = json.Marshal(body); err != nil {
			w.t.Fatal(err)
		}
	}
	req := httptest.NewRequestWithContext(w.t.Context(), method, path, bytes.NewReader(text))
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	got := httptest.NewRecorder()
	w.cloud.API.ServeHTTP(got, req)
	w.mu.Lock()
	w.used.requests++
	w.mu.Unlock()
	if got.Code >= http.StatusBadRequest {
		w.t.Fatalf("%s %s: %d %s", method, path, got.Code, got.Body)
	}
	if err := json.Unmarshal(got.Body.Bytes(), &out); err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	return out
}

var codeForm = regexp.MustCompile(`\b[0-9]{8}\b`)

// silent is a case that is reminded three times, gets its notice, and never answers until its ruler has come to its end.
func silent(t *testing.T) used {
	w := begin(t)
	w.advance(140 * day)
	for _, x := range w.cloud.Machines.Executions() {
		if x.Status != "SUCCEEDED" {
			t.Errorf("execution %s is %s", x.Name, x.Status)
		}
	}
	return w.end()
}

// paying is a case whose participant logs in on the day of the import, takes the first offer, signs and pays by PIX, and looks in between
// as the portal does.
func paying(t *testing.T) used {
	w := begin(t)
	w.advance(time.Hour)
	creditor := call[struct{ Name string }](w, "", "GET", "/v1/public/creditors/vida-plena", nil)
	if creditor.Name == "" {
		t.Fatal("the creditor has no name")
	}
	token := w.login()
	call[any](w, token, "GET", "/v1/me/debts", nil)
	offers := call[struct{ Offers []struct{ OfferID string } }](w, token, "GET", "/v1/me/offers", nil)
	proposal := call[struct{ ProposalID, ContractNumber string }](w, token, "POST", "/v1/me/proposals",
		map[string]string{"offerId": offers.Offers[0].OfferID}, "Idempotency-Key", "cost-proposal")
	path := "/v1/me/contracts/" + proposal.ContractNumber
	text := call[struct{ SHA256 string }](w, token, "GET", path, nil)
	signed := call[struct{ AgreementID string }](w, token, "POST", path+"/signature", map[string]any{"sha256": text.SHA256, "accepted": true})
	w.advance(10 * time.Second) // the ruler has taken the agreement in: no two writers meet
	intent := call[struct{ PaymentIntentID string }](w, token, "POST", "/v1/me/payment-intents",
		map[string]any{"agreementId": signed.AgreementID, "instalment": 1, "method": "pix"}, "Idempotency-Key", "cost-payment")
	for range 3 { // the portal asks again while the money is on its way
		w.advance(10 * time.Second)
		call[any](w, token, "GET", "/v1/me/payment-intents/"+intent.PaymentIntentID, nil)
	}
	if _, err := w.cloud.Bank.Pay(t.Context(), bank.Payment{TxID: intent.PaymentIntentID}); err != nil {
		t.Fatal(err)
	}
	w.advance(time.Minute)
	call[any](w, token, "GET", "/v1/me/payment-intents/"+intent.PaymentIntentID, nil)
	agreement := call[struct{ Status string }](w, token, "GET", "/v1/me/agreements/"+signed.AgreementID, nil)
	if agreement.Status != "FULFILLED" {
		t.Errorf("the agreement is %s", agreement.Status)
	}
	w.advance(60 * day)
	w.used.requests++ // the bank's notice
	return w.end()
}

// end measures what the table holds, the creditors' files apart.
func (w *world) end() used {
	w.t.Helper()
	w.mu.Lock()
	counted := w.used
	w.mu.Unlock()
	pages := dynamodb.NewScanPaginator(dynamodb.NewFromConfig(w.cloud.Parts.AWS), &dynamodb.ScanInput{
		TableName: aws.String(contract.Prefix(cloud.Stage) + contract.Table),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		for _, it := range page.Items {
			if key, ok := it[contract.KeySort].(*types.AttributeValueMemberS); !ok || key.Value != "CREDITOR" {
				counted.kept += size(it)
			}
		}
	}
	return counted
}

// itemOverhead is what DynamoDB adds to an item in its bill.
const itemOverhead = 100

// size is nearly the size that DynamoDB bills an item by: names, texts and bytes in full, a number or a map by what it weighs in JSON.
func size(item map[string]types.AttributeValue) int {
	n := itemOverhead
	for name, value := range item {
		n += len(name)
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			n += len(v.Value)
		case *types.AttributeValueMemberB:
			n += len(v.Value)
		case *types.AttributeValueMemberN:
			n += len(v.Value)
		case *types.AttributeValueMemberM:
			n += size(v.Value) - itemOverhead
		}
	}
	return n
}

func (w *world) login() string {
	w.t.Helper()
	challenge := call[struct{ ChallengeID string }](w, "", "POST", "/v1/auth/challenges", map[string]string{
		"creditor": "vida-plena", "document": "52998224725", "contract": "T-000001", "channel": "email",
	})
	w.advance(time.Second)
	code := ""
	for _, m := range w.cloud.Mailbox.Messages("zenaide@correio.example") {
		if m.TemplateID == "otp-code" {
			code = codeForm.FindString(m.Body)
		}
	}
	session := call[struct{ SessionToken string }](w, "", "POST", "/v1/auth/challenges/"+challenge.ChallengeID+"/verify",
		map[string]string{"code": code, "session": "bearer"})
	return session.SessionToken
}
