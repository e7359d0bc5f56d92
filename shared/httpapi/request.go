package httpapi

import (
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	awsevents "github.com/aws/aws-lambda-go/events"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/session"
)

// Request is what a handler sees of a request, after the edge has checked it. Principal, Dossier and Session are set on routes of
// participants only.
type Request struct {
	Route  contract.Route
	Params map[string]string // of the path
	Query  map[string]string // only names that the route takes, each once
	// Header returns the value of a header, whatever its letter case; values of a repeated one are joined by ", ".
	Header   func(name string) string
	Body     []byte
	SourceIP string
	// ClientCertificate is the subject of the client certificate that the gateway verified; empty when there was none.
	ClientCertificate string
	Principal         collection.Principal
	Dossier           *collection.Dossier
	Session           session.Session
	Now               time.Time
	CorrelationID     string
	IdempotencyKey    string // set on routes that demand one
}

// Meta is the meta data of an event that this request causes.
func (r *Request) Meta(reason string) collection.Meta {
	return collection.Meta{At: r.Now, By: r.Principal, Reason: reason, CorrelationID: r.CorrelationID}
}

func newRequest(event awsevents.APIGatewayProxyRequest, now time.Time) *Request {
	headers := http.Header{}
	for name, value := range event.Headers {
		headers.Set(name, value)
	}
	for name, values := range event.MultiValueHeaders {
		headers[http.CanonicalHeaderKey(name)] = values
	}
	r := &Request{
		Params: event.PathParameters, Query: event.QueryStringParameters, SourceIP: event.RequestContext.Identity.SourceIP, Now: now,
		Header: func(name string) string { return strings.Join(headers.Values(name), ", ") },
	}
	if cert := event.RequestContext.Identity.ClientCert; cert != nil {
		r.ClientCertificate = cert.SubjectDN
	}
	r.CorrelationID = correlationID(r.Header("X-Correlation-Id"), event.RequestContext.RequestID)
	return r
}

// saneCorrelation is what a caller may choose as correlation id: a UUID or a ULID. It stands in log lines and for good in the events of a
// case, where a document number or a name must not come to stand.
var saneCorrelation = form.New(
	`^([0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}|[0-7][0-9A-HJKMNP-TV-Z]{25})$`)

func correlationID(asked, gateway string) string {
	switch {
	case saneCorrelation.MatchString(asked):
		return asked
	case saneCorrelation.MatchString(gateway):
		return gateway
	}
	return "none"
}

// bodyOf reads the body, within what the route takes.
func bodyOf(event awsevents.APIGatewayProxyRequest, route contract.Route) ([]byte, error) {
	longest := route.MaxBody
	if event.IsBase64Encoded {
		longest = base64.StdEncoding.EncodedLen(longest)
	}
	switch {
	case event.Body == "":
		return nil, nil
	case route.MaxBody == 0:
		return nil, Invalid("body", "Este pedido não leva corpo.")
	case len(event.Body) > longest:
		return nil, NewProblem(contract.CodeBodyTooLarge)
	case !event.IsBase64Encoded:
		return []byte(event.Body), nil
	}
	body, err := base64.StdEncoding.DecodeString(event.Body)
	if err != nil {
		return nil, NewProblem(contract.CodeMalformedJSON, WithCause(errors.New("body is not base64")))
	}
	if len(body) > route.MaxBody {
		return nil, NewProblem(contract.CodeBodyTooLarge)
	}
	return body, nil
}

// checkContentType wants JSON announced wherever there is a body, and refuses any other announcement even without one: an HTML form of
// another site always makes one.
func checkContentType(r *Request) error {
	announced := r.Header("Content-Type")
	if r.Route.Method == http.MethodGet || (announced == "" && len(r.Body) == 0) || isJSON(announced) {
		return nil
	}
	return NewProblem(contract.CodeUnsupportedMediaType)
}

// isJSON reads "application/json" with, at most, the parameter charset=utf-8.
func isJSON(contentType string) bool {
	media, parameter, more := strings.Cut(contentType, ";")
	if !strings.EqualFold(strings.TrimSpace(media), "application/json") {
		return false
	}
	name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
	return !more || strings.EqualFold(name, "charset") && strings.EqualFold(strings.Trim(value, `"`), "utf-8")
}

func checkQuery(event awsevents.APIGatewayProxyRequest, allowed []string) error {
	if slices.Contains(allowed, AnyQuery) {
		return nil
	}
	for name := range event.QueryStringParameters {
		if !slices.Contains(allowed, name) {
			return Invalid(name, "Este parâmetro não existe.")
		}
	}
	for name, values := range event.MultiValueQueryStringParameters {
		if !slices.Contains(allowed, name) {
			return Invalid(name, "Este parâmetro não existe.")
		}
		if len(values) > 1 {
			return Invalid(name, "Este parâmetro está repetido.")
		}
	}
	return nil
}

// idempotencyHeader is the name in draft-ietf-httpapi-idempotency-key-header.
const idempotencyHeader = "Idempotency-Key"

var idempotencyForm = form.New(`^[!-~]{1,255}$`)

func checkIdempotencyKey(r *Request) error {
	if !r.Route.Idempotent {
		return nil
	}
	r.IdempotencyKey = r.Header(idempotencyHeader)
	switch {
	case r.IdempotencyKey == "":
		return NewProblem(contract.CodeIdempotencyKeyMissing)
	case !idempotencyForm.MatchString(r.IdempotencyKey):
		return Invalid(idempotencyHeader, "Use de 1 a 255 caracteres visíveis, sem acentos nem espaços.")
	}
	return nil
}
