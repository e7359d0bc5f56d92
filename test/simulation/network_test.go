package simulation

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/regua/regua/shared/websign"
)

const (
	webhooks = "/v1/webhooks/sandbox/"
	lossRate = 10 // of a hundred deliveries
	renamed  = 30 // of a hundred repetitions
	// late is how long a delivery takes at most.
	late = 2 * time.Minute
)

// network stands before the gateway. It takes every notice that the bank sends and promises to deliver it, and then does what bad networks
// and bad senders do. Everything else it lets pass.
type network struct {
	w       *world
	secrets map[string]secret            // by account
	bundles map[string][]json.RawMessage // by account and kind: news that is to be reported together
	names   int
	sent    []notice // all that was acknowledged
}

// notice is one notice as its sender has it.
type notice struct {
	account, id string
	data        []json.RawMessage
	kind        string
	tries       int
}

// ServeHTTP implements http.Handler.
func (n *network) ServeHTTP(answer http.ResponseWriter, req *http.Request) {
	account, ok := strings.CutPrefix(req.URL.Path, webhooks)
	if !ok {
		n.w.api.ServeHTTP(answer, req)
		return
	}
	n.w.turn.Lock()
	defer n.w.turn.Unlock()
	var body struct {
		ID, Type string
		Data     []json.RawMessage
	}
	text, err := io.ReadAll(req.Body)
	if err == nil {
		err = json.Unmarshal(text, &body)
	}
	if err != nil {
		n.w.fail("notice of the bank: %w", err)
	}
	answer.WriteHeader(http.StatusOK)
	n.take(notice{account: account, id: body.ID, kind: body.Type, data: body.Data})
}

// take spreads a notice of the bank: one to five copies, in any order, some under names of their own, some together with others.
func (n *network) take(first notice) {
	w := n.w
	var about struct{ TxID string }
	if err := json.Unmarshal(first.data[0], &about); err != nil {
		w.fail("notice of the bank: %w", err)
		return
	}
	if c := w.charges[about.TxID]; c != nil && c.silent {
		return
	}
	ours := w.charges[about.TxID]
	if ours != nil && ours.person.creditor == first.account && w.dice.IntN(10) == 0 { // the sender proves nothing: the bank has to be asked
		first = notice{account: first.account, id: n.name(), kind: "charge.changed", data: []json.RawMessage{
			json.RawMessage(fmt.Sprintf(`{"txid":%q}`, about.TxID)),
		}}
		w.tally.Unproven++
	}
	for i := range 1 + w.dice.IntN(5) {
		copied := first
		if i > 0 {
			w.tally.Repeated++
			if w.dice.IntN(100) < renamed {
				copied.id = n.name()
				w.tally.Renamed++
			}
		}
		w.within(late, func() { n.send(copied) })
	}
	if w.dice.IntN(100) < 10 {
		n.bundle(first)
	}
	n.hostile(first)
}

// hostile sends what must be taken in only for what the bank itself says, or not at all.
func (n *network) hostile(first notice) {
	w := n.w
	switch w.dice.IntN(50) {
	case 0:
		w.within(late, func() { n.refused(first, "forged") })
	case 1:
		w.within(late, func() { n.refused(first, "stale") })
	}
}

func (n *network) name() string {
	n.names++
	return fmt.Sprintf("evt_again_%d", n.names)
}

// bundle reports payments of an account once more, several in one notice.
func (n *network) bundle(of notice) {
	pile := of.account + " " + of.kind
	waiting := append(n.bundles[pile], of.data...)
	n.bundles[pile] = waiting
	if len(waiting) < 2+n.w.dice.IntN(4) {
		return
	}
	n.bundles[pile] = nil
	n.w.tally.Bundled++
	all := notice{account: of.account, id: n.name(), kind: of.kind, data: waiting}
	n.w.within(late, func() { n.send(all) })
}

// send makes one attempt, and the next one when it is lost on the way or not acknowledged.
func (n *network) send(x notice) {
	w := n.w
	x.tries++
	lost := w.dice.IntN(100) < lossRate && x.tries < 4
	if lost {
		w.tally.Lost++
	} else {
		skew := time.Duration(w.dice.IntN(480)-240) * time.Second // the sender's clock is not ours
		switch status, answer := n.deliver(x, skew, false); {
		case status == http.StatusOK:
			n.sent = append(n.sent, x)
			return
		case status < http.StatusInternalServerError:
			w.fail("a good notice got %d: %s", status, answer)
			return
		}
		w.tally.Unacknowledged++
	}
	if x.tries > 40 {
		w.fail("a notice is not acknowledged in %d tries", x.tries)
		return
	}
	w.within(late, func() { n.send(x) })
}

// deliver posts a notice at the gateway, signed at a time by the sender's clock.
func (n *network) deliver(x notice, skew time.Duration, forged bool) (status int, answer []byte) {
	w := n.w
	w.tally.Deliveries++
	body, err := json.Marshal(map[string]any{"id": x.id, "type": x.kind, "data": x.data})
	if err != nil {
		w.fail("encode notice: %w", err)
		return 0, nil
	}
	at := w.cloud.Clock.Now().Add(skew)
	signature, err := websign.Sign(n.secrets[x.account].SigningSecrets[0], x.id, at, body)
	if err != nil {
		w.fail("sign notice: %w", err)
		return 0, nil
	}
	if forged {
		body = append(body, ' ')
	}
	return w.ask(http.MethodPost, webhooks+x.account, body, websign.HeaderID, x.id,
		websign.HeaderTimestamp, strconv.FormatInt(at.Unix(), 10), websign.HeaderSignature, signature)
}

// replay reports everything once more, as senders do after a trouble of their own: in another order, and half of it twice.
func (n *network) replay() {
	all := n.sent
	n.sent = nil
	for _, x := range all {
		for range 1 + n.w.dice.IntN(5) {
			x := x
			if x.tries = 0; n.w.dice.IntN(20) == 0 {
				x.id = n.name()
				n.w.tally.Renamed++
			}
			n.w.within(window-late, func() { n.send(x) })
			n.w.tally.Repeated++
		}
	}
}

// strange reports money of charges that nobody asked for, at all or at that account.
func (n *network) strange() {
	w := n.w
	for _, account := range creditors {
		for _, txID := range []string{"01JD9Z3V4QW8X6M2N7P5R1T0KC", "not-ours", ""} {
			w.orphan(account, txID)
		}
		for _, c := range w.sorted() {
			if c.person.creditor != account && !c.silent {
				w.orphan(account, c.intent)
				break
			}
		}
	}
}

// orphan reports a payment that belongs to no charge of the account.
func (w *world) orphan(account, txID string) {
	o := orphan{account, fact{w.network.name(), 1 + w.dice.Int64N(100_000)}}
	w.orphans = append(w.orphans, o)
	w.network.take(notice{account: account, id: w.network.name(), kind: "payment.received", data: []json.RawMessage{
		json.RawMessage(fmt.Sprintf(`{"endToEndId":%q,"txid":%q,"amountCentavos":%d,"paidAt":%q}`, o.Name, txID, o.Amount,
			w.cloud.Clock.Now().Format("2006-01-02T15:04:05Z"))),
	}})
}

// refused delivers what must not be taken in.
func (n *network) refused(x notice, why string) {
	w := n.w
	x.id = n.name()
	var status int
	if why == "forged" {
		w.tally.Forged++
		status, _ = n.deliver(x, 0, true)
	} else {
		w.tally.Stale++
		status, _ = n.deliver(x, -6*time.Minute, false)
	}
	if status != http.StatusUnauthorized && status < http.StatusInternalServerError {
		w.fail("a %s notice got %d", why, status)
	}
}
