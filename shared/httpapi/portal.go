package httpapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/regua/regua/docs"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
)

// Portal answers what anybody may read: a creditor's public side, and the document of this API.
type Portal struct{ Creditors Creditors }

// Register gives the routes their handlers.
func (h *Portal) Register(a *API) {
	a.Handle("GET", "/v1/public/creditors/{id}", h.creditor)
	a.Handle("GET", "/openapi.yaml", document, AnyQuery)
	a.Handle("GET", "/docs", page, AnyQuery)
}

type publicCreditor struct {
	ID         string       `json:"id"`
	Name       string       `json:"name"`
	Document   string       `json:"document"`
	Brand      brandBody    `json:"brand"`
	Contacts   contactsBody `json:"contacts"`
	Methods    []string     `json:"paymentMethods"`
	NextAction NextAction   `json:"nextAction"`
}

type brandBody struct {
	PrimaryColor string `json:"primaryColor"`
	AccentColor  string `json:"accentColor"`
	LogoText     string `json:"logoText"`
}

type contactsBody struct {
	Phone string `json:"phone"`
	Email string `json:"email"`
	Site  string `json:"site"`
}

// publicly is what anybody may know of a creditor.
func publicly(c collection.Creditor) publicCreditor {
	return publicCreditor{
		ID: string(c.ID), Name: c.Name, Document: punctuated(c.Document), Brand: brandBody(c.Brand), Contacts: contactsBody(c.Contacts),
		Methods: methodsOf(c), NextAction: NextLogIn,
	}
}

// methodsOf names the ways in which a creditor takes money, the preferred one first.
func methodsOf(c collection.Creditor) []string {
	out := []string{}
	for _, method := range c.Methods() {
		out = append(out, string(method))
	}
	return out
}

// publicMinute lets a creditor's public side be kept for a minute: it takes the rush after a campaign off the table.
const publicMinute = "public, max-age=60"

func (h *Portal) creditor(ctx context.Context, r *Request) (Reply, error) {
	id, err := collection.ParseCreditorID(r.Params["id"])
	if err != nil {
		return Reply{}, Invalid("id", "A identificação do credor não é válida.")
	}
	c, err := h.Creditors.Creditor(ctx, id)
	if errors.Is(err, collection.ErrNotFound) {
		return Reply{}, NewProblem(contract.CodeNotFound, WithDetail("Não conhecemos este credor."), WithNextAction(NextLogIn))
	}
	if err != nil {
		return Reply{}, err
	}
	return Reply{Body: publicly(c), Header: http.Header{"Cache-Control": {publicMinute}}}, nil
}

func document(context.Context, *Request) (Reply, error) {
	return Reply{Raw: docs.OpenAPI, ContentType: "application/yaml"}, nil
}

func page(context.Context, *Request) (Reply, error) {
	// The page may use the one style sheet inside it and nothing else.
	policy := "default-src 'none'; style-src " + docs.StyleSource() + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return Reply{Raw: docs.Page, ContentType: "text/html; charset=utf-8", Header: http.Header{"Content-Security-Policy": {policy}}}, nil
}
