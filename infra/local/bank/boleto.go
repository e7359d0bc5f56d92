package bank

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"math/big"
	"net/http"
	"slices"
	"time"

	"github.com/regua/regua/shared/boleto"
	"github.com/regua/regua/shared/calendar"
)

const (
	methodPix    = "pix"
	methodBoleto = "boleto"
	// bankCode is of no bank: codes are given out by the central bank, and none of its participants has this one, so that a slip that leaves
	// this machine is refused wherever somebody tries to pay it.
	bankCode = "999"
	// settles is the hour in São Paulo at which the money of a slip is there, on the business day after it was paid.
	settles = 9
)

// slip is what a boleto has beyond what every charge has.
type slip struct {
	DueDate       string `json:"dueDate"` // 2006-01-02, or empty for none
	PayerName     string `json:"payerName"`
	PayerDocument string `json:"payerDocument"`
	Description   string `json:"description"`
}

type slipAnswer struct {
	Line        string `json:"line"`
	Barcode     string `json:"barcode"`
	DocumentURL string `json:"documentUrl"`
}

// pending is a payment that settles later.
type pending struct {
	Paid    Paid
	At      time.Time // zero for never
	Copies  int
	Shuffle bool
	Delay   time.Duration
}

func (s *slip) same(other *slip) bool {
	if s == nil || other == nil {
		return s == other
	}
	return *s == *other
}

// codes are the slip's typed line and barcode; its free field is made from the txid.
func (c *charge) codes() (boleto.Slip, error) {
	var due calendar.Date
	if c.Slip.DueDate != "" {
		var err error
		if due, err = calendar.ParseDate(c.Slip.DueDate); err != nil {
			return boleto.Slip{}, fmt.Errorf("read due date of charge %s: %w", c.TxID, err)
		}
	}
	sum := sha256.Sum256([]byte(c.TxID))
	free := new(big.Int).Mod(new(big.Int).SetBytes(sum[:]), new(big.Int).Exp(big.NewInt(10), big.NewInt(25), nil))
	s, err := boleto.New(bankCode, due, c.Amount, fmt.Sprintf("%025s", free))
	if err != nil {
		return boleto.Slip{}, fmt.Errorf("write slip of charge %s: %w", c.TxID, err)
	}
	return s, nil
}

// takeSlip takes a boleto's payment that settles on the next business day, and says so now.
func (b *Bank) takeSlip(c charge, paid Paid, p Payment) error {
	at, err := settlement(paid.PaidAt)
	if err != nil {
		return err
	}
	if p.Bounce {
		at = time.Time{}
	}
	later := pending{paid, at, max(1, p.Copies), p.Shuffle, p.Delay}
	c.Pending = append(slices.Clone(c.Pending), later)
	type noticed struct {
		TxID string `json:"txid"`
	}
	id := "evt_" + paid.EndToEndID + "_noticed"
	body, err := json.Marshal(map[string]any{"id": id, "type": "payment.noticed", "data": []noticed{{c.TxID}}})
	if err != nil {
		return fmt.Errorf("encode notice: %w", err)
	}
	n := &notice{
		Name: paid.EndToEndID + "/noticed", Account: c.Account, TxID: c.TxID, ID: id, Body: body, At: b.clk.Now().Add(p.Delay),
	}
	if err := b.changeAndTell(c, []*notice{n}); err != nil {
		return err
	}
	if b.paid++; !p.Bounce {
		b.settleLater(c.TxID, later)
	}
	return nil
}

// settlement is when a slip's money is there.
func settlement(paidAt time.Time) (time.Time, error) {
	zone, ok := calendar.Zone("SP")
	if !ok {
		return time.Time{}, fmt.Errorf("settle payment: %w", calendar.ErrDate)
	}
	return calendar.AddBusinessDays(calendar.Of(paidAt, zone), 1).At(settles, 0, zone).UTC(), nil
}

func (b *Bank) settleLater(txID string, p pending) {
	b.clk.Schedule(p.At, "bank/settle/"+p.Paid.EndToEndID, func(context.Context) {
		b.mu.Lock()
		defer b.mu.Unlock()
		c := *b.charges[txID]
		if !slices.ContainsFunc(c.Pending, p.is) { // settled at once by hand
			return
		}
		if _, err := b.settle(c, []pending{p}); err != nil { // the store is in trouble
			p.At = b.clk.Now().Add(time.Hour)
			b.settleLater(txID, p)
		}
	})
}

func (p pending) is(other pending) bool { return p.Paid.EndToEndID == other.Paid.EndToEndID }

// settle turns payments that were noticed into money, and reports them. The caller holds the lock.
func (b *Bank) settle(c charge, these []pending) ([]Paid, error) {
	var all []Paid
	var notices []*notice
	for _, p := range these {
		reports, err := b.reports(c, p.Paid, p.Copies, p.Shuffle, b.clk.Now().Add(p.Delay))
		if err != nil {
			return nil, err
		}
		all, notices = append(all, p.Paid), append(notices, reports...)
		c.Payments = append(slices.Clone(c.Payments), receipt{p.Paid, b.clk.Now()})
	}
	c.Pending = slices.DeleteFunc(slices.Clone(c.Pending), func(p pending) bool { return slices.ContainsFunc(these, p.is) })
	if err := b.changeAndTell(c, notices); err != nil {
		return nil, err
	}
	return all, nil
}

// slipPolicy lets the slip have its own style and nothing else.
const slipPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

//go:embed slip.html
var slipHTML string

// shownSlip is what the printable slip says.
type shownSlip struct {
	Payee, City, Payer, Document, Description, TxID, Amount, Due, Line, Status string

	Barcode template.HTML
}

// Slip serves the printable slip of the boleto whose txid is the request's path value, in Portuguese: what a bank's documentUrl leads to.
func (b *Bank) Slip(w http.ResponseWriter, r *http.Request) {
	shown, ok := b.slip(r.PathValue("txid"))
	if !ok {
		http.Error(w, "boleto não encontrado", http.StatusNotFound)
		return
	}
	page, err := template.New("slip").Parse(slipHTML)
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", slipPolicy)
	_ = page.Execute(w, shown) // the reader went away
}

func (b *Bank) slip(txID string) (shownSlip, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.charges[txID]
	if !ok || c.Slip == nil {
		return shownSlip{}, false
	}
	codes, err := c.codes()
	if err != nil {
		return shownSlip{}, false
	}
	due := "contra apresentação"
	if d, err := calendar.ParseDate(c.Slip.DueDate); err == nil {
		due = fmt.Sprintf("%02d/%02d/%04d", d.Day(), d.Month(), d.Year())
	}
	status := map[string]string{
		"NOTICED": "Pago, aguardando compensação", "PAID": "Pago", "CANCELLED": "Cancelado", "EXPIRED": "Vencido: não pode mais ser pago",
	}[c.status(b.clk.Now())]
	return shownSlip{
		Payee: c.Name, City: c.City, Payer: c.Slip.PayerName, Document: c.Slip.PayerDocument, Description: c.Slip.Description, TxID: c.TxID,
		Amount: c.Amount.String(), Due: due, Line: codes.String(), Status: status,
		Barcode: template.HTML(codes.SVG()), //nolint:gosec // made of numbers alone
	}, true
}
