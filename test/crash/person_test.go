package crash

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/offer"
	notices "github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/websign"
)

// person is somebody on the way from the login to the paid agreement. Every step names the same offer, key or text when it is repeated, so
// that the way can be taken up where it was broken off.
type person struct {
	creditor, document, contract, email string
	fate                                *rand.Rand // what this person chooses

	token, offer, number, agreement string
	payments                        []*payment
	meter                           *meter
	unpaid                          int      // how many of the last payments are left for later: the way ends at the code of the first of them
	begun                           sync.Map // how the names of this person's executions begin; read while the story goes on
}

// owns reports whether an execution is this person's.
func (p *person) owns(execution string) (found bool) {
	p.begun.Range(func(beginning, _ any) bool {
		found = strings.HasPrefix(execution, beginning.(string))
		return !found
	})
	return found
}

// payment is one instalment on its way.
type payment struct {
	instalment int
	intent     string
	amount     int64
	outside    bool     // a bank outside reports it, not the sandbox bank
	copies     int      // of the report
	notices    []notice // of the bank outside
	taken      bool     // the sandbox bank said that it has the money
	posted     bool     // seen on the agreement
}

// notice is a delivery of one business fact; the creditor answers for it from the moment when it is acknowledged.
type notice struct {
	event, fact  string
	key          string // under which it is kept, once it is acknowledged
	acknowledged bool
}

// portfolio writes a CSV file with about twice as many debts as people are wanted, the creditors' files beside it, and lists the people.
func portfolio(t *testing.T, seed uint64, people int) (file string, all []*person) {
	t.Helper()
	dir := t.TempDir()
	text, _, err := demo.Portfolio(seed, offer.Today(time.Now()), 2*people+10)
	if err != nil {
		t.Fatal(err)
	}
	creditors, err := demo.CreditorFiles()
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(dir, "portfolio.csv")
	files := map[string][]byte{file: text}
	for i, doc := range creditors {
		files[filepath.Join(dir, fmt.Sprintf("creditor-%d.json", i))] = doc
	}
	for name, content := range files {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) int { return slices.Index(rows[0], name) }
	known := map[string]bool{}
	for i, row := range rows[1:] {
		p := &person{
			creditor: row[column("creditor_id")], document: row[column("participant_document")], contract: row[column("contract_number")],
			email: row[column("email")], fate: rand.New(rand.NewPCG(seed, uint64(i))),
		}
		if !known[p.contract] {
			known[p.contract], all = true, append(all, p)
		}
	}
	return file, all
}

// errRefused says that an answer was neither a success nor one that a repetition can change.
var errRefused = errors.New("refused")

// insist repeats a call until it succeeds, as a client does whose server may die at any moment.
func (p *person) insist(ctx context.Context, h *host, method, path string, body any, headers ...string) ([]byte, error) {
	if p.token != "" {
		headers = append(headers, "Authorization", "Bearer "+p.token)
	}
	last := "no answer"
	for {
		r, err := h.call(ctx, method, path, body, headers...)
		switch {
		case err == nil && r.status < http.StatusMultipleChoices:
			p.meter.tick()
			return r.body, nil
		case err == nil && r.status < http.StatusInternalServerError && r.status != http.StatusTooManyRequests && r.code != "conflict" &&
			r.code != "idempotency_in_progress":
			return nil, fmt.Errorf("%s %s: %w: %d %s", method, path, errRefused, r.status, r.body)
		case err == nil:
			last = fmt.Sprintf("%d %s", r.status, r.body)
		}
		if pause(ctx) != nil {
			return nil, fmt.Errorf("%s %s: %w, last: %s", method, path, ctx.Err(), last)
		}
	}
}

// into makes a call and reads its answer.
func into[T any](ctx context.Context, p *person, h *host, method, path string, body any, headers ...string) (out T, err error) {
	answer, err := p.insist(ctx, h, method, path, body, headers...)
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(answer, &out)
}

// goOn takes the way up and goes to its end, or to the end of ctx.
func (p *person) goOn(ctx context.Context, h *host) error {
	for _, step := range []func(context.Context, *host) error{p.login, p.accept, p.sign} {
		if err := step(ctx, h); err != nil {
			return err
		}
	}
	for _, x := range p.payments {
		if err := p.pay(ctx, h, x); err != nil {
			return err
		}
		if !x.posted {
			return nil
		}
	}
	return nil
}

var codeForm = regexp.MustCompile(`\b[0-9]{8}\b`)

type inbox struct {
	Messages []struct{ ID, Body, TemplateID string }
}

func (p *person) inbox(ctx context.Context, h *host) (inbox, error) {
	return into[inbox](ctx, p, h, http.MethodGet, "/_local/outbox?limit=5000&to="+url.QueryEscape(p.email), nil)
}

// login asks for a code and tries each one that comes: that of an earlier attempt may come late.
func (p *person) login(ctx context.Context, h *host) error {
	if p.token != "" {
		return nil
	}
	before, err := p.inbox(ctx, h)
	if err != nil {
		return err
	}
	tried := map[string]bool{}
	for _, m := range before.Messages {
		tried[m.ID] = true
	}
	challenge, err := p.challenge(ctx, h)
	if err != nil {
		return err
	}
	for {
		now, err := p.inbox(ctx, h)
		if err != nil {
			return err
		}
		for _, m := range now.Messages {
			if tried[m.ID] || m.TemplateID != "otp-code" {
				continue
			}
			tried[m.ID] = true
			session, err := into[struct{ SessionToken string }](ctx, p, h, http.MethodPost, "/v1/auth/challenges/"+challenge+"/verify",
				map[string]string{"code": codeForm.FindString(m.Body), "session": "bearer"})
			if err == nil {
				p.token = session.SessionToken
				_, id, err := p.home()
				p.begun.Store(id.String(), true)
				return err
			}
			if !errors.Is(err, errRefused) {
				return err
			}
		}
		if err := pause(ctx); err != nil {
			return fmt.Errorf("no code came: %w", err)
		}
	}
}

// challenge asks for a code.
func (p *person) challenge(ctx context.Context, h *host) (id string, err error) {
	made, err := into[struct{ ChallengeID string }](ctx, p, h, http.MethodPost, "/v1/auth/challenges",
		map[string]string{"creditor": p.creditor, "document": p.document, "contract": p.contract, "channel": "email"})
	return made.ChallengeID, err
}

// accept takes an offer of up to three payments.
func (p *person) accept(ctx context.Context, h *host) error {
	if p.offer == "" {
		list, err := into[struct {
			Offers []struct {
				OfferID     string
				Instalments int
			}
		}](ctx, p, h, http.MethodGet, "/v1/me/offers", nil)
		if err != nil {
			return err
		}
		most := 1 + p.fate.IntN(instalments)
		wanted := 0
		for _, o := range list.Offers {
			if o.Instalments <= most && o.Instalments > wanted {
				p.offer, wanted = o.OfferID, o.Instalments
			}
		}
		for i := range wanted {
			p.payments = append(p.payments, &payment{instalment: i + 1, outside: p.fate.IntN(2) == 0, copies: 1 + p.fate.IntN(3)})
		}
	}
	made, err := into[struct{ ContractNumber string }](ctx, p, h, http.MethodPost, "/v1/me/proposals",
		map[string]string{"offerId": p.offer}, "Idempotency-Key", "accept")
	p.number = made.ContractNumber
	return err
}

func (p *person) sign(ctx context.Context, h *host) error {
	path := "/v1/me/contracts/" + p.number
	text, err := into[struct{ SHA256 string }](ctx, p, h, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	signed, err := into[struct{ AgreementID string }](ctx, p, h, http.MethodPost, path+"/signature",
		map[string]any{"sha256": text.SHA256, "accepted": true})
	p.agreement = signed.AgreementID
	return err
}

// pay asks for an instalment's code, lets a bank take the money unless that is left for later, and waits until the agreement shows it.
func (p *person) pay(ctx context.Context, h *host, x *payment) error {
	if x.posted {
		return nil
	}
	path, asked := "/v1/me/payment-intents", http.MethodPost
	for body := any(map[string]any{"agreementId": p.agreement, "instalment": x.instalment, "method": "pix"}); ; {
		intent, err := into[struct {
			PaymentIntentID, Status string
			AmountCentavos          int64
		}](ctx, p, h, asked, path, body, "Idempotency-Key", fmt.Sprint("pay-", x.instalment))
		if err != nil {
			return err
		}
		x.intent, x.amount = intent.PaymentIntentID, intent.AmountCentavos
		p.begun.Store(x.intent, true)
		if intent.Status != "REQUESTED" {
			break
		}
		asked, path, body = http.MethodGet, "/v1/me/payment-intents/"+x.intent, nil // the machine issues it
		if err := pause(ctx); err != nil {
			return fmt.Errorf("the code is not issued: %w", err)
		}
	}
	if x.instalment > len(p.payments)-p.unpaid {
		return nil
	}
	if x.outside && x.notices == nil {
		for n := range x.copies { // one fact, under one or two event ids
			x.notices = append(x.notices, notice{event: fmt.Sprintf("evt-%s-%d", x.intent, n%2), fact: "E" + x.intent})
		}
	}
	if err := p.handOver(ctx, h, x); err != nil {
		return err
	}
	for !x.posted {
		shown, err := into[struct {
			Instalments []struct{ PaidCentavos int64 }
		}](ctx, p, h, http.MethodGet, "/v1/me/agreements/"+p.agreement, nil)
		if err != nil {
			return err
		}
		x.posted = shown.Instalments[x.instalment-1].PaidCentavos > 0
		if err := pause(ctx); err != nil && !x.posted {
			return fmt.Errorf("the money is not posted: %w", err)
		}
	}
	return nil
}

// handOver lets the money reach the creditor: by notices signed here, or by the sandbox bank.
func (p *person) handOver(ctx context.Context, h *host, x *payment) error {
	for i := range x.notices {
		n := &x.notices[i]
		if n.acknowledged {
			continue
		}
		signed, body, err := p.sealed(ctx, h, *n, x)
		if err != nil {
			return err
		}
		if _, err := p.insist(ctx, h, http.MethodPost, "/v1/webhooks/"+provider.Sandbox+"/"+p.creditor, body, signed...); err != nil {
			return err
		}
		n.acknowledged, n.key = true, notices.NoticeKey(n.event, []byte(body))
		p.meter.acknowledge()
	}
	if x.outside || x.taken {
		return nil
	}
	_, err := p.insist(ctx, h, http.MethodPost, "/_local/sandbox/payments", map[string]any{
		"paymentIntentId": x.intent, "copies": x.copies, "shuffle": true,
	})
	if errors.Is(err, errRefused) && strings.Contains(err.Error(), "it is PAID") { // the answer to the first call was lost
		err = nil
	}
	if x.taken = err == nil; x.taken {
		p.meter.acknowledge()
	}
	return err
}

// sealed signs a notice as of the host's time.
func (p *person) sealed(ctx context.Context, h *host, n notice, x *payment) (headers []string, body string, err error) {
	secret, err := h.signing(ctx, p.creditor)
	if err != nil {
		return nil, "", err
	}
	clock, err := into[struct{ Now time.Time }](ctx, p, h, http.MethodGet, "/_local/clock", nil)
	if err != nil {
		return nil, "", err
	}
	body = fmt.Sprintf(`{"id":%q,"type":"payment.received","data":[{"endToEndId":%q,"txid":%q,"amountCentavos":%d,"paidAt":%q}]}`,
		n.event, n.fact, x.intent, x.amount, clock.Now.UTC().Format(time.RFC3339))
	signature, err := websign.Sign(secret, n.event, clock.Now, []byte(body))
	return []string{websign.HeaderID, n.event, websign.HeaderTimestamp, strconv.FormatInt(clock.Now.Unix(), 10),
		websign.HeaderSignature, signature}, body, err
}

// signing is the bank's secret for the notices of an account.
func (h *host) signing(ctx context.Context, account string) (string, error) {
	out, err := secretsmanager.NewFromConfig(h.config).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
		SecretId: aws.String(physical(contract.ProviderSecret(provider.Sandbox, account))),
	})
	if err != nil {
		return "", err
	}
	var secret struct{ SigningSecrets []string }
	if err := json.Unmarshal([]byte(aws.ToString(out.SecretString)), &secret); err != nil {
		return "", err
	}
	return secret.SigningSecrets[0], nil
}

// home is the case of a person, as the session names it.
func (p *person) home() (collection.CreditorID, collection.CaseID, error) {
	parts := strings.Split(p.token, ".")
	if len(parts) != 3 {
		return "", collection.CaseID{}, errors.New("no session")
	}
	id, err := collection.ParseID[collection.CaseNoun](parts[1])
	return collection.CreditorID(p.creditor), id, err
}
