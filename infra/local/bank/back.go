package bank

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// left is what of a payment has not been sent back.
func (c *charge) left(endToEndID string) (int64, error) {
	i := slices.IndexFunc(c.Payments, func(p receipt) bool { return p.EndToEndID == endToEndID })
	if i < 0 {
		return 0, errUnknownCharge
	}
	left := c.Payments[i].AmountCentavos
	for _, r := range c.Refunds {
		if r.EndToEndID == endToEndID {
			left -= r.AmountCentavos
		}
	}
	return left, nil
}

// refund makes a refund of a payment, whose name follows from the id.
func (c *charge) refund(id, endToEndID string, amount int64, now time.Time) refund {
	sum := sha256.Sum256([]byte(c.TxID + "/" + id))
	return refund{
		ID: id, EndToEndID: endToEndID, AmountCentavos: amount, At: now.Truncate(time.Second),
		RtrID: strings.Join([]string{"D", ispb, now.Format("200601021504"), base32.StdEncoding.EncodeToString(sum[:])[:11]}, ""),
	}
}

// TakeBack lets the payer's bank take a part or all of a payment back, durably, and reports it; 0 centavos stand for all that is left. It
// returns how much that was; nothing is left of what was sent back before.
func (b *Bank) TakeBack(txID, endToEndID string, amount int64) (int64, error) {
	return b.leave(txID, endToEndID, amount, true)
}

// SendBack is as TakeBack, by the creditor's hand at the bank's own counter.
func (b *Bank) SendBack(txID, endToEndID string, amount int64) (int64, error) {
	return b.leave(txID, endToEndID, amount, false)
}

// leave lets money of a payment, or of the charge's last one when none is named, leave again.
func (b *Bank) leave(txID, endToEndID string, amount int64, chargeback bool) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	found, ok := b.charges[txID]
	if !ok {
		return 0, fmt.Errorf("%w: %w", ErrPayment, errUnknownCharge)
	}
	if n := len(found.Payments); endToEndID == "" && n > 0 {
		endToEndID = found.Payments[n-1].EndToEndID
	}
	left, err := found.left(endToEndID)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrPayment, err)
	}
	if amount == 0 {
		amount = left
	}
	if amount < 1 || amount > left {
		return 0, fmt.Errorf("%w: more than the payment has left", ErrPayment)
	}
	now, c := b.clk.Now(), *found
	done := c.refund(fmt.Sprint("back", len(c.Refunds)), endToEndID, amount, now)
	done.Chargeback = chargeback
	c.Refunds = append(slices.Clone(c.Refunds), done)
	id := "evt_" + done.RtrID
	body, err := json.Marshal(map[string]any{"id": id, "type": "payment.returned", "data": []sentBack{{done, txID}}})
	if err != nil {
		return 0, fmt.Errorf("encode notice: %w", err)
	}
	return amount, b.changeAndTell(c, []*notice{{Name: done.RtrID, Account: c.Account, TxID: txID, ID: id, Body: body, At: now}})
}
