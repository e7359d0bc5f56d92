package simulation

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"github.com/regua/regua/shared/debit"
	"github.com/regua/regua/shared/febraban"
)

const (
	// debitAccount is the agreement on account debit, of debitCreditor.
	debitAccount, debitCreditor = "credora-001", "credora"
	byPix, bySlip, byDebit      = "pix", "boleto", "debit"
)

// untilExchange goes to just before files are exchanged with banks.
func (w *world) untilExchange() {
	now := w.cloud.Clock.Now()
	w.advance(now.Truncate(time.Hour).Add(time.Hour - 2*time.Minute).Sub(now))
}

// answerDebits lets the bank say what became of the debits that were asked for: most are made, some on another day, some refused for want
// of money or of a mandate, some answered by a code that nobody knows. It sends its file twice, under two names.
func (w *world) answerDebits() {
	codes := map[string]string{}
	for _, c := range w.sorted() {
		if c.method != byDebit {
			continue
		}
		switch draw := w.dice.IntN(100); {
		case draw < 55:
			codes[c.intent] = "00"
		case draw < 65:
			codes[c.intent] = "31"
		case draw < 80:
			codes[c.intent] = "01"
		case draw < 90:
			codes[c.intent] = "30"
		default:
			codes[c.intent] = "77"
		}
		w.tally.Debits++
	}
	if _, err := w.cloud.Debits.Answer(w.t.Context(), codes); err != nil {
		w.fail("answer debits: %w", err)
		return
	}
	files := w.bankFiles()
	if len(files) == 0 {
		return
	}
	last := files[len(files)-1]
	text, err := w.cloud.Parts.Files().Get(w.t.Context(), last.Key)
	if err == nil {
		err = w.cloud.Parts.Files().PutNew(w.t.Context(), last.Key+".again", text)
	}
	if err != nil {
		w.fail("send the bank's file again: %w", err)
	}
}

// bankFiles are the files that the bank has put down, each once.
func (w *world) bankFiles() []debit.Object {
	all, err := w.cloud.Parts.Files().List(w.t.Context(), debitAccount+"/in/")
	if err != nil {
		w.fail("list the bank's files: %w", err)
	}
	var out []debit.Object
	for _, o := range all {
		if !bytes.HasSuffix([]byte(o.Key), []byte(".again")) {
			out = append(out, o)
		}
	}
	return out
}

// debited reads what the bank says of debits in its files, by intent.
func (w *world) debited() map[string]atBank {
	out := map[string]atBank{}
	if !w.debits {
		return out
	}
	for _, o := range w.bankFiles() {
		text, err := w.cloud.Parts.Files().Get(w.t.Context(), o.Key)
		if err != nil {
			w.fail("read the bank's file: %w", err)
			continue
		}
		file, err := febraban.Parse(text)
		if err != nil {
			w.fail("read the bank's file: %w", err)
			continue
		}
		for i, r := range file.Results {
			has := out[r.Reference]
			switch r.Outcome() {
			case febraban.OutcomePaid:
				name := fmt.Sprintf("%s-%06d-%06d", file.Date, file.Number, i+1)
				has.Payments = append(has.Payments, fact{name, int64(r.Amount)})
			case febraban.OutcomeRetry, febraban.OutcomeMandate:
				has.refused = true
			case febraban.OutcomeCancelled, febraban.OutcomeFault, febraban.OutcomeUnknown:
			}
			out[r.Reference] = has
		}
	}
	return out
}

// payer is what a participant says of the account to debit.
func (p *person) payer() map[string]any {
	return map[string]any{"bank": "001", "branch": "1234", "account": "123456"}
}

// rail draws how an instalment is paid.
func (w *world) rail(p *person) string {
	switch draw := w.dice.IntN(100); {
	case draw < 15 && w.debits && p.creditor == debitCreditor:
		return byDebit
	case draw < 40:
		return bySlip
	}
	return byPix
}

// request asks for the payment code of an instalment; nil when there is none to be had now.
func (w *world) request(p *person, instalment int, method string) *charge {
	body := map[string]any{"agreementId": p.agreement, "instalment": instalment, "method": method}
	if method == byDebit {
		body["debit"] = p.payer()
	}
	status, answer := w.me(p, http.MethodPost, "/v1/me/payment-intents", body)
	if status != http.StatusCreated { // the provider is late, or nothing is left to pay
		return nil
	}
	return w.keep(p, instalment, method, answer)
}
