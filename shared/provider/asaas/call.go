package asaas

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/strictjson"
)

// maxAnswer is several times the largest answer: a page of a hundred charges.
const maxAnswer = 1 << 20

var (
	customerForm = form.New(`^[A-Za-z0-9_-]{1,64}$`)
	codeForm     = form.New(`^[A-Za-z0-9_.-]{1,64}$`)
)

// list is a page of Asaas.
type list[T any] struct {
	HasMore bool `json:"hasMore"`
	Data    []T  `json:"data"`
}

// ask makes one call and reads its answer: members that it does not know are passed over, one that stands twice is not believed.
func ask[T any](ctx context.Context, a *Asaas, account provider.Account, method, path string, body any) (T, error) {
	var answer, none T
	text, err := a.call(ctx, account, method, path, body)
	if err != nil {
		return none, err
	}
	if err := strictjson.Unambiguous(text); err != nil {
		return none, fmt.Errorf("%w: read Asaas's answer: %w", collection.ErrUnavailable, err)
	}
	if json.Unmarshal(text, &answer) != nil { // its error would tell a value
		return none, fmt.Errorf("%w: Asaas's answer is of another form", collection.ErrUnavailable)
	}
	return answer, nil
}

func (a *Asaas) call(ctx context.Context, account provider.Account, method, path string, body any) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, operationTime)
	defer cancel()
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encode call: %w", err)
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, a.url+path, content)
	if err != nil {
		return nil, fmt.Errorf("make call: %w", err)
	}
	request.Header.Set("access_token", account.APIToken)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "regua") // Asaas refuses calls without one
	status, text, err := provider.Do(a.client, request, "Asaas", maxAnswer)
	if err != nil {
		return nil, err
	}
	return text, outcome(status, text)
}

// outcome sorts the statuses of Asaas. A token that is not accepted is a fault of configuration, which somebody will mend: worth another
// try. Of a refusal the code is told, never the description.
func outcome(status int, text []byte) error {
	switch status {
	case http.StatusOK, http.StatusCreated:
		return nil
	case http.StatusNotFound:
		return fmt.Errorf("%w: Asaas does not know it", collection.ErrNotFound)
	case http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: Asaas answered %d%s", collection.ErrRefused, status, codes(text))
	}
	return fmt.Errorf("%w: Asaas answered %d", collection.ErrUnavailable, status)
}

func codes(text []byte) string {
	var refusal struct {
		Errors []struct {
			Code string `json:"code"`
		} `json:"errors"`
	}
	if json.Unmarshal(text, &refusal) != nil {
		return ""
	}
	var out []string
	for _, e := range refusal.Errors[:min(3, len(refusal.Errors))] {
		if codeForm.MatchString(e.Code) {
			out = append(out, e.Code)
		}
	}
	if out == nil {
		return ""
	}
	return " (" + strings.Join(out, ", ") + ")"
}

type customerBody struct {
	ID                string `json:"id,omitempty"`
	Name              string `json:"name,omitempty"`
	CPFCNPJ           string `json:"cpfCnpj,omitempty"`
	ExternalReference string `json:"externalReference,omitempty"`
	Deleted           bool   `json:"deleted,omitempty"`
	// NotificationDisabled keeps Asaas from writing to the payer: every contact is Regua's to decide.
	NotificationDisabled bool `json:"notificationDisabled,omitempty"`
}

// customer finds the payer at Asaas, or makes them known by name and document and nothing else. They are found by a hash, so that no
// document stands in the address of a call.
func (a *Asaas) customer(ctx context.Context, account provider.Account, payer provider.Payer) (string, error) {
	if payer.Document == "" || payer.Name == "" {
		return "", fmt.Errorf("%w: a boleto needs its payer's name and document", collection.ErrRefused)
	}
	reference := payerReference(account, payer.Document)
	query := url.Values{"externalReference": {reference}, "limit": {"10"}}
	known, err := ask[list[customerBody]](ctx, a, account, http.MethodGet, "/customers?"+query.Encode(), nil)
	if err != nil {
		return "", fmt.Errorf("find payer: %w", err)
	}
	for _, c := range known.Data {
		if c.ExternalReference == reference && normal(c.CPFCNPJ) == normal(payer.Document) && !c.Deleted && customerForm.MatchString(c.ID) {
			return c.ID, nil
		}
	}
	made, err := ask[customerBody](ctx, a, account, http.MethodPost, "/customers", customerBody{
		Name: payer.Name, CPFCNPJ: payer.Document, ExternalReference: reference, NotificationDisabled: true,
	})
	if err != nil {
		return "", fmt.Errorf("make payer known: %w", err)
	}
	if !customerForm.MatchString(made.ID) {
		return "", fmt.Errorf("%w: Asaas's answer to a new payer is not one", collection.ErrUnavailable)
	}
	return made.ID, nil
}

// payerReference is the same for a document however it is written. It hides nothing from Asaas, which has the document itself.
func payerReference(account provider.Account, document string) string {
	sum := sha256.Sum256([]byte("regua/payer/" + string(account.Creditor) + "/" + normal(document)))
	return hex.EncodeToString(sum[:])
}

// normal keeps the letters and digits of a document, in capitals.
func normal(document string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(document))
}
