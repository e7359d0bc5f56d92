// Package pixbank is a payment service provider with an API Pix 2.9.0, for tests: it keeps charges, Pix, refunds and mandates in memory and
// answers as the API's document says. The conformance tests hold its answers to that document. Tests bend them to be hostile.
package pixbank

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/regua/regua/shared/brcode"
)

// What the bank gives tokens for, and what it is to the outside.
const (
	ClientID     = "client"
	ClientSecret = "hunter2"
	Key          = "7d9f0335-8dcc-4054-9bf9-0dbd61d36906"
	problems     = "https://pix.bcb.gov.br/api/v2/error/"
)

// Object is a JSON object.
type Object = map[string]any

// Bank is the provider. Its fields are set before it is called.
type Bank struct {
	Now func() time.Time
	// Bend changes an answer before it is sent; nil leaves all as they are.
	Bend func(method, path string, status int, body Object) (int, Object)
	// Intercept answers instead of the bank where it returns true; nil never does.
	Intercept func(w http.ResponseWriter, r *http.Request) bool
	// Strict refuses a txid that is taken, as some providers do; others take the same charge again.
	Strict bool
	// TokenLife is what is said of each token, in seconds, 3600 when zero.
	TokenLife int
	// NoMandates refuses Pix Automático.
	NoMandates bool

	mu       sync.Mutex
	tokens   map[string]bool
	issued   int
	charges  map[string]Object // by kind and txid
	pix      []Object
	refunds  map[string]Object // by endToEndId and id
	mandates map[string]Object
	locs     []string
	webhooks map[string]string
	calls    []string
}

// New makes an empty bank.
func New(now func() time.Time) *Bank {
	return &Bank{
		Now: now, tokens: map[string]bool{}, charges: map[string]Object{}, refunds: map[string]Object{}, mandates: map[string]Object{},
		webhooks: map[string]string{},
	}
}

// Calls lists the calls made so far, as "PUT /cob/…", tokens included.
func (b *Bank) Calls() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.calls)
}

// Body is the last accepted body of a charge, its path being "/cob/…" or "/cobv/…".
func (b *Bank) Body(path string) Object {
	b.mu.Lock()
	defer b.mu.Unlock()
	body, _ := b.charges[path]["sent"].(Object)
	return body
}

// Mandates lists the mandates by their ids.
func (b *Bank) Mandates() map[string]Object {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.mandates)
}

// Webhook is the address registered for the key.
func (b *Bank) Webhook() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.webhooks[Key]
}

// Revoke makes every token given so far worthless.
func (b *Bank) Revoke() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.tokens)
}

// Pay pays a charge, and returns the Pix as notices show it. An empty txid is money without a charge.
func (b *Bank) Pay(txID, endToEndID, amount string, at time.Time) Object {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := Object{"endToEndId": endToEndID, "valor": amount, "horario": at.UTC().Format("2006-01-02T15:04:05.000Z")}
	if txID != "" {
		p["txid"] = txID
	}
	b.pix = append(b.pix, p)
	for _, kind := range []string{"/cob/", "/cobv/"} {
		if charge, ok := b.charges[kind+txID]; ok {
			charge["status"] = "CONCLUIDA"
		}
	}
	return p
}

// Settle ends a refund.
func (b *Bank) Settle(endToEndID, id, status string, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	refund := b.refunds[endToEndID+"/"+id]
	refund["status"] = status
	if status == "DEVOLVIDO" {
		refund["horario"] = Object{"solicitacao": stamp(at), "liquidacao": stamp(at)}
	}
}

// Approve ends a mandate's waiting.
func (b *Bank) Approve(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mandates[id]["status"] = "APROVADA"
}

func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// ServeHTTP answers one call below "/api", and gives tokens at "/oauth/token".
func (b *Bank) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/api")
	b.mu.Lock()
	b.calls = append(b.calls, r.Method+" "+path)
	b.mu.Unlock()
	if b.Intercept != nil && b.Intercept(w, r) {
		return
	}
	var sent Object
	if r.Method != http.MethodGet && path != "/oauth/token" {
		_ = json.NewDecoder(r.Body).Decode(&sent) // a call without a body is one
	}
	b.mu.Lock()
	status, body := b.answer(r, path, sent)
	if b.Bend != nil {
		status, body = b.Bend(r.Method, path, status, body)
	}
	text, err := json.Marshal(body)
	b.mu.Unlock()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	kind := "application/json"
	if status >= http.StatusBadRequest {
		kind = "application/problem+json"
	}
	if body == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

func (b *Bank) answer(r *http.Request, path string, sent Object) (int, Object) {
	if path == "/oauth/token" {
		return b.giveToken(r)
	}
	if !b.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")] {
		return problem(http.StatusUnauthorized, "AcessoNegado")
	}
	switch parts := strings.Split(path, "/"); parts[1] {
	case "cob", "cobv":
		return b.charge(r.Method, path, parts[1], parts[2], sent)
	case "pix":
		if len(parts) == 2 {
			return b.list(r)
		}
		return b.refund(r.Method, parts[2], parts[4], sent)
	case "webhook":
		b.webhooks[parts[2]], _ = sent["webhookUrl"].(string)
		return http.StatusOK, nil
	case "rec", "locrec":
		if b.NoMandates {
			return problem(http.StatusForbidden, "AcessoNegado")
		}
		return b.mandate(r, parts, sent)
	}
	return problem(http.StatusNotFound, "NaoEncontrado")
}

func (b *Bank) giveToken(r *http.Request) (int, Object) {
	id, secret, _ := r.BasicAuth()
	if id != ClientID || secret != ClientSecret || r.FormValue("grant_type") != "client_credentials" || r.FormValue("scope") == "" {
		return http.StatusUnauthorized, Object{"error": "invalid_client"}
	}
	b.issued++
	token, life := "token-"+strconv.Itoa(b.issued), b.TokenLife
	if life == 0 {
		life = 3600
	}
	b.tokens[token] = true
	return http.StatusOK, Object{"access_token": token, "token_type": "Bearer", "expires_in": life, "scope": r.FormValue("scope")}
}

func problem(status int, kind string) (int, Object) {
	return status, Object{"type": problems + kind, "title": kind, "status": status, "detail": "CPF 52998224725 de Fulano"}
}

func (b *Bank) charge(method, path, kind, txID string, sent Object) (int, Object) {
	charge, ok := b.charges[path]
	invalid := map[string]string{"cob": "CobOperacaoInvalida", "cobv": "CobVOperacaoInvalida"}[kind]
	switch method {
	case http.MethodPut:
		if ok && (b.Strict || charge["status"] != "ATIVA") {
			return problem(http.StatusBadRequest, invalid)
		}
		b.charges[path] = b.newCharge(kind, txID, sent)
		return http.StatusCreated, b.shown(path)
	case http.MethodPatch:
		if !ok {
			return problem(http.StatusNotFound, "NaoEncontrado")
		}
		if charge["status"] != "ATIVA" {
			return problem(http.StatusBadRequest, invalid)
		}
		charge["status"] = sent["status"]
	}
	if !ok {
		return problem(http.StatusNotFound, map[string]string{"cob": "CobNaoEncontrado", "cobv": "CobVNaoEncontrada"}[kind])
	}
	return http.StatusOK, b.shown(path)
}

func (b *Bank) newCharge(kind, txID string, sent Object) Object {
	location := "pix.example.com/qr/v2/" + kind + "/" + txID
	code, err := brcode.Dynamic{Location: location, MerchantName: "CREDORA EXEMPLO SA", City: "SAO PAULO"}.Encode()
	if err != nil {
		return Object{"problem": err.Error()}
	}
	calendar := Object{"criacao": stamp(b.Now())}
	asked, _ := sent["calendario"].(Object)
	maps.Copy(calendar, asked)
	charge := Object{
		"sent": sent, "calendario": calendar, "txid": txID, "revisao": 0, "status": "ATIVA", "valor": sent["valor"], "chave": sent["chave"],
		"loc":      Object{"id": 789, "txid": txID, "location": location, "tipoCob": kind, "criacao": stamp(b.Now())},
		"location": location, "pixCopiaECola": code,
	}
	if sent["devedor"] != nil {
		charge["devedor"] = sent["devedor"]
	}
	if kind == "cobv" {
		charge["recebedor"] = Object{
			"cnpj": "11222333000181", "nome": "Credora Exemplo SA", "logradouro": "Rua 15", "cidade": "Recife", "uf": "PE", "cep": "70800100",
		}
	}
	return charge
}

// shown is a charge as it is answered: with the Pix that paid it.
func (b *Bank) shown(path string) Object {
	out := maps.Clone(b.charges[path])
	delete(out, "sent")
	var paid []any
	for _, p := range b.pix {
		if p["txid"] == out["txid"] {
			paid = append(paid, b.withRefunds(p))
		}
	}
	if paid != nil {
		out["pix"] = paid
	}
	return out
}

func (b *Bank) withRefunds(p Object) Object {
	out := maps.Clone(p)
	var refunds []any
	for _, name := range slices.Sorted(maps.Keys(b.refunds)) {
		if strings.HasPrefix(name, fmt.Sprint(p["endToEndId"], "/")) {
			refunds = append(refunds, b.refunds[name])
		}
	}
	if refunds != nil {
		out["devolucoes"] = refunds
	}
	return out
}
