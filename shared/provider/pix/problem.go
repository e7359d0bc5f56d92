package pix

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/regua/regua/shared/collection"
)

// problemPrefix begins every type of problem that the API Pix knows (RFC 7807).
const problemPrefix = "https://pix.bcb.gov.br/api/v2/error/"

// absences are the problems that say of a thing that the API does not know it, from the list of API Pix 2.9.0. A bare 404 is none of them:
// an address that leads elsewhere answers that of every charge, and whoever believed it would give paid charges up.
var absences = map[string]bool{
	"NaoEncontrado": true, "PermanentementeRemovido": true, "CobNaoEncontrado": true, "CobVNaoEncontrada": true, "PixNaoEncontrado": true,
	"PixDevolucaoNaoEncontrada": true, "RecNaoEncontrada": true, "WebhookNaoEncontrado": true,
}

// refusals are the problems that say what is wrong with a request.
var refusals = map[string]bool{
	"RequisicaoInvalida": true, "CobOperacaoInvalida": true, "CobVOperacaoInvalida": true, "PixDevolucaoInvalida": true,
	"WebhookOperacaoInvalida": true, "RecOperacaoInvalida": true, "CobConsultaInvalida": true, "CobVConsultaInvalida": true,
	"PixConsultaInvalida": true, "RecConsultaInvalida": true,
}

// problemError is an answer that is no success. Its text holds the status and a type of the API's own list, never what the provider wrote:
// violations quote the payer's data.
type problemError struct {
	status int
	kind   string
	class  error
}

// Error says the status and, where it is one of the API's own, the type.
func (p *problemError) Error() string {
	if p.kind == "" {
		return fmt.Sprintf("%v: the API Pix answered %d", p.class, p.status)
	}
	return fmt.Sprintf("%v: the API Pix answered %d %s", p.class, p.status, p.kind)
}

// Unwrap makes it one of the errors of the port.
func (p *problemError) Unwrap() error { return p.class }

// problem sorts an answer that is no success. Permission that is lacking is a fault of configuration, as a token that is not accepted:
// worth another try.
func (a answer) problem() error {
	out := &problemError{status: a.status, class: collection.ErrUnavailable}
	var body struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(a.text, &body) == nil {
		if kind, ok := strings.CutPrefix(body.Type, problemPrefix); ok && (absences[kind] || refusals[kind]) {
			out.kind = kind
		}
	}
	switch a.status {
	case http.StatusNotFound, http.StatusGone:
		if absences[out.kind] {
			out.class = collection.ErrNotFound
		}
	case http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity:
		out.class = collection.ErrRefused
	}
	return out
}
