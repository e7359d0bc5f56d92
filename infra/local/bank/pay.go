package bank

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/websign"
)

const (
	maxCopies = 20
	maxDelay  = 30 * 24 * time.Hour
	ispb      = "99999999" // of no bank
)

// ErrNotPayable says that the rail would refuse the payment: the charge is paid, cancelled or expired.
var ErrNotPayable = errors.New("charge not payable")

// ErrPayment says that a payment asked for is out of bounds or of an unknown charge.
var ErrPayment = errors.New("impossible payment")

// Payment is money that somebody pays at the sandbox bank.
type Payment struct {
	TxID string
	// AmountCentavos is what is paid; 0 means the charge's amount.
	AmountCentavos int64
	// Copies is how often the payment is reported, 1 to 20; 0 means 1. Every other copy comes under a notice id of its own, as some
	// providers do it.
	Copies int
	// Shuffle reports the copies in an order made from the payment's own name.
	Shuffle bool
	// Delay is how long after the payment the reports begin, up to 30 days.
	Delay time.Duration
	// Force pays a charge that the rail would refuse: money that comes late or twice.
	Force bool
	// Settle brings a boleto's money at once: that of this payment, or of those made before that have not settled.
	Settle bool
	// Bounce keeps a boleto's money away although the payment was seen, as with a cheque that nobody honours.
	Bounce bool
}

func (p Payment) sound() bool {
	return p.AmountCentavos >= 0 && p.AmountCentavos <= int64(money.MaxParsed) && p.Copies >= 0 && p.Copies <= maxCopies &&
		p.Delay >= 0 && p.Delay <= maxDelay
}

// Pay takes a payment, durably, and reports it. The money is there for whoever asks the API, whether or not a report arrives.
func (b *Bank) Pay(_ context.Context, p Payment) ([]Paid, error) {
	if !p.sound() {
		return nil, fmt.Errorf("%w: amount, copies (1 to %d) or delay (up to 30 days) out of bounds", ErrPayment, maxCopies)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	found, ok := b.charges[p.TxID]
	if !ok {
		return nil, fmt.Errorf("%w: %w", ErrPayment, errUnknownCharge)
	}
	now := b.clk.Now()
	if p.Settle && len(found.Pending) > 0 {
		return b.settle(*found, found.Pending)
	}
	if status := found.status(now); status != "ACTIVE" && !p.Force {
		return nil, fmt.Errorf("%w: it is %s", ErrNotPayable, status)
	}
	c := *found
	paid := Paid{EndToEndID: b.endToEndID(c, now), TxID: c.TxID, AmountCentavos: p.AmountCentavos, PaidAt: now.Truncate(time.Second)}
	if paid.AmountCentavos == 0 {
		paid.AmountCentavos = int64(c.Amount)
	}
	if c.Slip != nil && !p.Settle {
		return []Paid{paid}, b.takeSlip(c, paid, p)
	}
	c.Payments = append(slices.Clone(c.Payments), receipt{paid, now})
	notices, err := b.reports(c, paid, max(1, p.Copies), p.Shuffle, now.Add(p.Delay))
	if err != nil {
		return nil, err
	}
	if err := b.changeAndTell(c, notices); err != nil {
		return nil, err
	}
	b.paid++
	return []Paid{paid}, nil
}

// changeAndTell replaces a charge and sends notices about it, durably both or neither.
func (b *Bank) changeAndTell(c charge, notices []*notice) error {
	ops := make([]store.Op, 0, len(notices))
	for _, n := range notices {
		op, err := n.op()
		if err != nil {
			return err
		}
		ops = append(ops, op)
	}
	if err := b.change(c, ops...); err != nil {
		return err
	}
	for _, n := range notices {
		b.notices[n.Name] = n
		b.schedule(n)
	}
	return nil
}

// endToEndID mints the rail's name of a payment: E, bank, minute, eleven letters and digits; the same again in a repeated run. A boleto's
// payments have names of the same form here, so that one notice serves both rails.
func (b *Bank) endToEndID(c charge, now time.Time) string {
	sum := sha256.Sum256([]byte(c.TxID + "/" + strconv.Itoa(b.paid)))
	return "E" + ispb + now.UTC().Format("200601021504") + base32.StdEncoding.EncodeToString(sum[:])[:11]
}

// notice is one report that has not been delivered yet.
type notice struct {
	Name    string // unique
	Account string
	TxID    string
	ID      string // as the receiver sees it
	Body    []byte
	Attempt int
	At      time.Time
}

type noticeBody struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	Data []Paid `json:"data"`
}

// reports makes the notices of a payment, in the order of their delivery.
func (b *Bank) reports(c charge, paid Paid, copies int, shuffle bool, at time.Time) ([]*notice, error) {
	seed := sha256.Sum256([]byte(paid.EndToEndID))
	order := make([]int, copies)
	for i := range order {
		order[i] = i
	}
	if shuffle {
		rand.New(rand.NewChaCha8(seed)).Shuffle(copies, func(i, j int) { order[i], order[j] = order[j], order[i] })
	}
	var out []*notice
	for place, i := range order {
		id := "evt_" + paid.EndToEndID
		if i%2 == 1 {
			id += "_" + strconv.Itoa(i)
		}
		body, err := json.Marshal(noticeBody{ID: id, Type: "payment.received", Data: []Paid{paid}})
		if err != nil {
			return nil, fmt.Errorf("encode notice: %w", err)
		}
		out = append(out, &notice{
			Name: fmt.Sprintf("%s/%02d", paid.EndToEndID, place), Account: c.Account, TxID: c.TxID, ID: id, Body: body, At: at,
		})
	}
	return out, nil
}

func (n *notice) op() (store.Op, error) {
	value, err := json.Marshal(n)
	if err != nil {
		return store.Op{}, fmt.Errorf("encode notice: %w", err)
	}
	return store.Op{Bucket: noticeBucket, Key: n.Name, Value: value}, nil
}

// retryAfter is how long the bank waits after each answer that is not 200; then it gives up.
func retryAfter() []time.Duration {
	return []time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour}
}

func (b *Bank) schedule(n *notice) {
	sent := *n
	b.clk.Schedule(sent.At, "bank/"+sent.Name, func(ctx context.Context) { b.send(ctx, sent) })
}

// send makes one attempt.
func (b *Bank) send(ctx context.Context, n notice) {
	header, err := b.header(n)
	status := 0
	if err == nil {
		status, err = b.deliver(ctx, n.Account, header, n.Body)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	waits := retryAfter()
	if (err == nil && status == http.StatusOK) || n.Attempt >= len(waits) {
		delete(b.notices, n.Name)
		b.forget(n)
		return
	}
	n.At, n.Attempt = b.clk.Now().Add(waits[n.Attempt]), n.Attempt+1
	b.notices[n.Name] = &n
	if op, err := n.op(); err == nil {
		_ = b.st.Write(op) // not kept, it is sent again after a restart as if it were the first attempt
	}
	b.schedule(&n)
}

func (b *Bank) forget(n notice) {
	// Not forgotten, it is sent once more after a restart, which a receiver must bear.
	_ = b.st.Write(store.Op{Bucket: noticeBucket, Key: n.Name})
}

// header signs an attempt: its time is that of the attempt, not of the notice.
func (b *Bank) header(n notice) (http.Header, error) {
	i := slices.IndexFunc(b.accounts, func(a Account) bool { return a.Name == n.Account })
	if i < 0 {
		return nil, fmt.Errorf("account %s is closed", n.Account)
	}
	now := b.clk.Now()
	var signatures []string
	for _, secret := range b.accounts[i].SigningSecrets {
		signature, err := websign.Sign(secret, n.ID, now, n.Body)
		if err != nil {
			return nil, fmt.Errorf("sign notice: %w", err)
		}
		signatures = append(signatures, signature)
	}
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	header.Set(websign.HeaderID, n.ID)
	header.Set(websign.HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	header.Set(websign.HeaderSignature, strings.Join(signatures, " "))
	return header, nil
}
