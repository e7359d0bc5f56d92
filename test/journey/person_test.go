package journey

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	awssecrets "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/websign"
)

// debtor is a participant to put into a portfolio, with this many debts of one contract, each of the same principal and a day older than
// the one before.
type debtor struct {
	demo.Participant
	debts     int
	principal int64
	late      int // days, of the youngest debt
	uf        string
}

// someone makes the n-th invented participant of a creditor.
func someone(creditor string, n int) debtor {
	return debtor{demo.Participant{
		Creditor: creditor, Document: cpf(n), Contract: fmt.Sprintf("T-%06d", n), Email: fmt.Sprintf("teste.pessoa%d@correio.example", n),
		Phone: fmt.Sprintf("+5511987%06d", n), Name: fmt.Sprintf("Zenaide Quintanilha %d", n),
	}, 1, 50_000, 40, "SP"}
}

// cpf gives the n-th CPF number with right check digits (weights 10..2 and 11..2, modulo 11).
func cpf(n int) string {
	digits := fmt.Sprintf("%09d", 100_000_000+n*37)
	for len(digits) < 11 {
		sum := 0
		for i := range len(digits) {
			sum += int(digits[i]-'0') * (len(digits) + 1 - i)
		}
		digits += strconv.Itoa((11 - sum%11) % 11 % 10)
	}
	return digits
}

// csvOf writes the portfolio of some participants.
func csvOf(t *testing.T, people ...debtor) string {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{
		"creditor_id", "contract_number", "participant_document", "participant_name", "birth_date", "email", "phone", "participant_status",
		"product", "debt_id", "description", "due_date", "principal_centavos", "state", "city", "address",
	}}
	for _, p := range people {
		for i := range p.debts {
			rows = append(rows, []string{
				p.Creditor, p.Contract, p.Document, p.Name, "1961-07-19", p.Email, p.Phone, "former", "Plano", fmt.Sprintf("%s-%02d", p.Contract, i),
				"Mensalidade em atraso " + strconv.Itoa(i), offer.Today(today()).AddDays(-p.late - i).String(), strconv.FormatInt(p.principal, 10),
				p.uf, "Itaquaquecetuba", "Rua das Jabuticabeiras, 77",
			})
		}
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// signing is the bank's secret for the notices of an account.
func (w *world) signing(account string) string {
	w.t.Helper()
	name := physical(contract.ProviderSecret(provider.Sandbox, account))
	out, err := awssecrets.NewFromConfig(w.cloud.Parts.AWS).GetSecretValue(w.t.Context(), &awssecrets.GetSecretValueInput{SecretId: &name})
	if err != nil {
		w.t.Fatal(err)
	}
	var secret struct{ SigningSecrets []string }
	if err := json.Unmarshal([]byte(*out.SecretString), &secret); err != nil || len(secret.SigningSecrets) == 0 {
		w.t.Fatalf("secret of account %s: %v", account, err)
	}
	return secret.SigningSecrets[0]
}

// notice is a delivery of the bank: its body and the headers that sign it as of now.
type notice struct {
	path, body string
	headers    []string
}

// sign makes a delivery of a body under a notice id.
func (w *world) sign(account, id, body string) notice {
	w.t.Helper()
	now := w.cloud.Clock.Now()
	signature, err := websign.Sign(w.signing(account), id, now, []byte(body))
	if err != nil {
		w.t.Fatal(err)
	}
	return notice{"/v1/webhooks/sandbox/" + account, body, []string{
		websign.HeaderID, id, websign.HeaderTimestamp, strconv.FormatInt(now.Unix(), 10), websign.HeaderSignature, signature,
	}}
}

// money is the notice of one payment.
func (w *world) money(account, id, fact, txID string, amount int64) notice {
	w.t.Helper()
	return w.sign(account, id, fmt.Sprintf(
		`{"id":%q,"type":"payment.received","data":[{"endToEndId":%q,"txid":%q,"amountCentavos":%d,"paidAt":%q}]}`,
		id, fact, txID, amount, w.cloud.Clock.Now().Format("2006-01-02T15:04:05Z")))
}

// deliver posts a notice.
func (w *world) deliver(n notice) reply {
	w.t.Helper()
	return w.call(http.MethodPost, n.path, n.body, n.headers...)
}
