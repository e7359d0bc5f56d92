package bank

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/strictjson"
)

const maxRequest = 16 << 10

var (
	txIDForm     = regexp.MustCompile(`^[a-zA-Z0-9]{26,35}$`)
	refundIDForm = regexp.MustCompile(`^[a-zA-Z0-9]{1,35}$`)
)

func (b *Bank) routes() {
	b.mux = http.NewServeMux()
	b.mux.HandleFunc("PUT /charges/{txid}", b.api(b.put))
	b.mux.HandleFunc("GET /charges/{txid}", b.api(b.get))
	b.mux.HandleFunc("DELETE /charges/{txid}", b.api(b.cancel))
	b.mux.HandleFunc("POST /charges/{txid}/refunds", b.api(b.refund))
	b.mux.HandleFunc("GET /statements/{day}", b.api(b.statement))
}

// ServeHTTP implements http.Handler: PUT, GET and DELETE /charges/{txid}, POST /charges/{txid}/refunds, GET /statements/{day}, with an
// account's token as bearer.
func (b *Bank) ServeHTTP(w http.ResponseWriter, r *http.Request) { b.mux.ServeHTTP(w, r) }

// call is one authenticated request, served under the bank's lock.
type call struct {
	account string
	txID    string
	day     string
	body    []byte
	now     time.Time
}

// refusal is an error of the API by its status.
type refusal struct {
	status int
	text   string
}

func (e refusal) Error() string { return e.text }

func (b *Bank) api(serve func(call) (int, any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			answer(w, http.StatusRequestEntityTooLarge, map[string]string{"error": "request too large or cut off"})
			return
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		c := call{txID: r.PathValue("txid"), day: r.PathValue("day"), body: body, now: b.clk.Now()}
		for _, a := range b.accounts {
			if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+a.APIToken)) == 1 {
				c.account = a.Name
			}
		}
		status, content, err := http.StatusServiceUnavailable, any(map[string]string{"error": "out of service"}), error(nil)
		switch {
		case b.outage, slices.Contains(b.down, c.account):
		case c.account == "":
			err = refusal{http.StatusUnauthorized, "unknown token"}
		case c.day == "" && !txIDForm.MatchString(c.txID):
			err = refusal{http.StatusBadRequest, "txid must be 26 to 35 letters and digits"}
		default:
			status, content, err = serve(c)
		}
		var refused refusal
		switch {
		case errors.As(err, &refused):
			status, content = refused.status, map[string]string{"error": refused.text}
		case err != nil:
			status, content = http.StatusInternalServerError, map[string]string{"error": "internal error"}
		}
		answer(w, status, content)
	}
}

func answer(w http.ResponseWriter, status int, content any) {
	text, err := json.Marshal(content)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"error":"internal error"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text) // the caller went away
}

type chargeRequest struct {
	AmountCentavos int64     `json:"amountCentavos"`
	ExpiresAt      time.Time `json:"expiresAt"`
	MerchantName   string    `json:"merchantName"`
	City           string    `json:"city"`
	Boleto         *slip     `json:"boleto"` // what a boleto has beyond that; a charge without is paid by PIX
}

type chargeAnswer struct {
	TxID           string      `json:"txid"`
	Status         string      `json:"status"`
	AmountCentavos int64       `json:"amountCentavos"`
	ExpiresAt      time.Time   `json:"expiresAt"`
	BRCode         string      `json:"brCode"`
	Boleto         *slipAnswer `json:"boleto,omitempty"`
	Payments       []Paid      `json:"payments"`
	Refunds        []sentBack  `json:"refunds,omitempty"`
}

func (b *Bank) show(status int, c *charge, now time.Time) (int, any, error) {
	code, err := c.code()
	if err != nil {
		return 0, nil, refusal{http.StatusUnprocessableEntity, "merchantName or city cannot be written"}
	}
	shown := chargeAnswer{
		TxID: c.TxID, Status: c.status(now), AmountCentavos: int64(c.Amount), ExpiresAt: c.ExpiresAt, BRCode: code,
		Payments: c.paid(),
	}
	for _, r := range c.Refunds {
		shown.Refunds = append(shown.Refunds, sentBack{r, c.TxID})
	}
	if c.Slip != nil {
		codes, err := c.codes()
		if err != nil {
			return 0, nil, refusal{http.StatusUnprocessableEntity, "a slip of that amount and due date cannot be written"}
		}
		shown.Boleto = &slipAnswer{Line: codes.Line(), Barcode: codes.Barcode()}
		if b.Slips != "" {
			shown.Boleto.DocumentURL = b.Slips + c.TxID
		}
	}
	return status, shown, nil
}

// put makes a charge, or answers the one that the same request made before.
func (b *Bank) put(in call) (int, any, error) {
	request, err := strictjson.Decode[chargeRequest](in.body)
	if err != nil {
		return 0, nil, refusal{http.StatusBadRequest, err.Error()}
	}
	wanted := charge{
		Account: in.account, TxID: in.txID, Amount: money.Centavos(request.AmountCentavos), ExpiresAt: request.ExpiresAt.UTC(),
		Name: request.MerchantName, City: request.City, Slip: request.Boleto, CreatedAt: in.now,
	}
	if old, ok := b.charges[in.txID]; ok {
		if old.Account != in.account || old.Amount != wanted.Amount || !old.ExpiresAt.Equal(wanted.ExpiresAt) || old.Name != wanted.Name ||
			old.City != wanted.City || !old.Slip.same(wanted.Slip) {
			return 0, nil, refusal{http.StatusConflict, "the txid names another charge"}
		}
		return b.show(http.StatusOK, old, in.now)
	}
	if wanted.Amount < 1 || wanted.Amount > money.MaxParsed || !in.now.Before(wanted.ExpiresAt) {
		return 0, nil, refusal{http.StatusUnprocessableEntity, "amountCentavos or expiresAt out of bounds"}
	}
	status, shown, err := b.show(http.StatusCreated, &wanted, in.now)
	if err != nil {
		return 0, nil, err
	}
	if err := b.change(wanted); err != nil {
		return 0, nil, err
	}
	return status, shown, nil
}

func (b *Bank) get(in call) (int, any, error) {
	c, err := b.own(in)
	if err != nil {
		return 0, nil, err
	}
	return b.show(http.StatusOK, c, in.now)
}

// cancel answers the charge as it is afterwards: one that was paid first stays paid.
func (b *Bank) cancel(in call) (int, any, error) {
	found, err := b.own(in)
	if err != nil {
		return 0, nil, err
	}
	c := *found
	if c.Cancelled = true; len(c.Payments)+len(c.Pending) == 0 {
		if err := b.change(c); err != nil {
			return 0, nil, err
		}
	}
	return b.show(http.StatusOK, &c, in.now)
}

func (b *Bank) own(in call) (*charge, error) {
	c, ok := b.charges[in.txID]
	if !ok || c.Account != in.account {
		return nil, refusal{http.StatusNotFound, errUnknownCharge.Error()}
	}
	return c, nil
}

type refundRequest struct {
	ID             string `json:"id"`
	EndToEndID     string `json:"endToEndId"`
	AmountCentavos int64  `json:"amountCentavos"`
}

// refund sends back a part or all of one payment, once per id.
func (b *Bank) refund(in call) (int, any, error) {
	request, err := strictjson.Decode[refundRequest](in.body)
	if err != nil || !refundIDForm.MatchString(request.ID) {
		return 0, nil, refusal{http.StatusBadRequest, "id, endToEndId and amountCentavos are wanted"}
	}
	found, err := b.own(in)
	if err != nil {
		return 0, nil, err
	}
	for _, r := range found.Refunds {
		if r.ID == request.ID {
			if r.EndToEndID != request.EndToEndID || r.AmountCentavos != request.AmountCentavos {
				return 0, nil, refusal{http.StatusConflict, "the id names another refund"}
			}
			return http.StatusOK, r, nil
		}
	}
	left, err := found.left(request.EndToEndID)
	if err != nil {
		return 0, nil, refusal{http.StatusNotFound, "no such payment"}
	}
	if request.AmountCentavos < 1 || request.AmountCentavos > left {
		return 0, nil, refusal{http.StatusUnprocessableEntity, "more than the payment has left"}
	}
	done := found.refund(request.ID, request.EndToEndID, request.AmountCentavos, in.now)
	c := *found
	c.Refunds = append(slices.Clone(c.Refunds), done)
	if err := b.change(c); err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, done, nil
}
