package simulation

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/regua/regua/shared/collection"
)

// person is a participant with an agreement to pay.
type person struct {
	creditor, document, contract, email, phone string

	token, agreement string
	instalments      int
	home             collection.CaseID
	challenge        string
	checked          checked
	keys             int // idempotency keys used
}

// charge is one payment code that somebody was given.
type charge struct {
	intent  string
	person  *person
	number  int // of the instalment
	method  string
	amount  int64
	expires time.Time
	paid    bool // somebody paid it, whether or not the money is there
	silent  bool // no report of its money ever arrives
}

// fact is money that the bank took.
type fact struct {
	Name   string `json:"endToEndId"`
	Amount int64  `json:"amountCentavos"`
}

// orphan is money of nobody at an account.
type orphan struct {
	account string
	fact
}

// into decodes an answer that must have a status.
func into[T any](w *world, want, status int, answer []byte) (out T) {
	if status != want {
		w.t.Errorf("got %d, want %d: %s", status, want, answer)
	} else if err := json.Unmarshal(answer, &out); err != nil {
		w.t.Errorf("answer %s: %v", answer, err)
	}
	return out
}

var codeForm = regexp.MustCompile(`\b[0-9]{8}\b`)

// login opens a session for everybody.
func (w *world) login() {
	w.do(func() {
		for _, p := range w.people {
			status, answer := w.ask(http.MethodPost, "/v1/auth/challenges", map[string]string{
				"creditor": p.creditor, "document": p.document, "contract": p.contract, "channel": "sms",
			})
			p.challenge = into[struct{ ChallengeID string }](w, http.StatusAccepted, status, answer).ChallengeID
		}
	})
	w.do(func() {
		codes := map[string]string{}
		for _, m := range w.cloud.Mailbox.Messages("") {
			if m.TemplateID == "otp-code" {
				codes[m.To] = codeForm.FindString(m.Body)
			}
		}
		for _, p := range w.people {
			status, answer := w.ask(http.MethodPost, "/v1/auth/challenges/"+p.challenge+"/verify",
				map[string]string{"code": codes[p.phone], "session": "bearer"})
			p.token = into[struct{ SessionToken string }](w, http.StatusOK, status, answer).SessionToken
		}
	})
}

// me calls a route of the participant.
func (w *world) me(p *person, method, path string, body any) (status int, answer []byte) {
	headers := []string{"Authorization", "Bearer " + p.token}
	if method == http.MethodPost {
		p.keys++
		headers = append(headers, "Idempotency-Key", fmt.Sprint("key-", p.keys))
	}
	for range 8 { // as a client does after a fault, under the same key
		if status, answer = w.ask(method, path, body, headers...); status < http.StatusInternalServerError && status != http.StatusConflict {
			break
		}
	}
	return status, answer
}

// sign lets a person take an offer of several instalments.
func (w *world) sign(p *person) {
	type list struct {
		Offers []struct {
			OfferID     string
			Instalments int
		}
	}
	status, answer := w.me(p, http.MethodGet, "/v1/me/offers", nil)
	chosen := ""
	for _, o := range into[list](w, http.StatusOK, status, answer).Offers {
		if o.Instalments > p.instalments && o.Instalments <= maxInstalments {
			chosen, p.instalments = o.OfferID, o.Instalments
		}
	}
	status, answer = w.me(p, http.MethodPost, "/v1/me/proposals", map[string]string{"offerId": chosen})
	number := into[struct{ ContractNumber string }](w, http.StatusCreated, status, answer).ContractNumber
	status, answer = w.me(p, http.MethodGet, "/v1/me/contracts/"+number, nil)
	sum := into[struct{ SHA256 string }](w, http.StatusOK, status, answer).SHA256
	status, answer = w.me(p, http.MethodPost, "/v1/me/contracts/"+number+"/signature", map[string]any{"sha256": sum, "accepted": true})
	p.agreement = into[struct{ AgreementID string }](w, http.StatusOK, status, answer).AgreementID
	parts := strings.Split(p.token, ".")
	home, err := collection.ParseID[collection.CaseNoun](parts[1])
	if err != nil {
		w.t.Error(err)
	}
	p.home = home
}

// keep notes the charge that an answer tells of.
func (w *world) keep(p *person, instalment int, method string, answer []byte) *charge {
	var asked struct {
		PaymentIntentID, Status string
		AmountCentavos          int64
		ExpiresAt               time.Time
	}
	if err := json.Unmarshal(answer, &asked); err != nil {
		w.fail("payment code: %w", err)
		return nil
	}
	c, known := w.charges[asked.PaymentIntentID]
	if !known {
		c = &charge{
			intent: asked.PaymentIntentID, person: p, number: instalment, method: method, amount: asked.AmountCentavos, expires: asked.ExpiresAt,
		}
		w.charges[c.intent] = c
		w.tally.Charges++
	}
	return c
}
