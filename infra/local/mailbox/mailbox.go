// Package mailbox captures what the product sends to people: it is the SES of the local cloud and takes the text messages of its SNS.
package mailbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

const (
	bucket = "mailbox"
	// capacity is how many messages are kept; older ones are dropped.
	capacity = 20_000
	// maxEmail is SES's limit for one message, in bytes, and maxRecipients that for its addresses.
	maxEmail      = 10 << 20
	maxRecipients = 50
	templateTag   = "templateId"
)

// The channels of a message.
const (
	Email = "email"
	SMS   = "sms"
)

// Message is one captured message to one recipient.
type Message struct {
	ID         string    `json:"id"` // the provider's message id: recipients of one e-mail share it
	Channel    string    `json:"channel"`
	To         string    `json:"to"`
	From       string    `json:"from"`
	Subject    string    `json:"subject"`
	Body       string    `json:"body"` // the plain text
	HTML       string    `json:"html,omitempty"`
	TemplateID string    `json:"templateId"` // of the tag or attribute named templateId
	SentAt     time.Time `json:"sentAt"`
}

// Engine holds the captured messages and answers SES calls. Fail is set, if at all, before the first call.
type Engine struct {
	// Fail refuses messages to a recipient with its error, for tests: a *wire.Error as it is, any other as an internal failure.
	Fail func(to string) error

	clk  *clock.Clock
	st   *store.Store
	keep int
	seal seal

	mu       sync.Mutex
	messages []Message // oldest first
	first    uint64    // the key of messages[0]: keys count up without a gap
	sent     uint64
}

// New reads what the store holds.
func New(clk *clock.Clock, st *store.Store) (*Engine, error) {
	e := &Engine{clk: clk, st: st, keep: capacity}
	var err error
	if e.seal, err = openSeal(st); err != nil {
		return nil, err
	}
	err = st.Each(bucket, func(key string, sealed []byte) error {
		value, err := e.seal.open(sealed, key)
		if err != nil {
			return err
		}
		var stored struct {
			Message
			Sent uint64
		}
		if err := json.Unmarshal(value, &stored); err != nil {
			return err
		}
		if len(e.messages) == 0 {
			if _, err := fmt.Sscanf(key, keyFormat, &e.first); err != nil {
				return err
			}
		}
		e.messages, e.sent = append(e.messages, stored.Message), stored.Sent
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read mailbox: %w", err)
	}
	return e, nil
}

const keyFormat = "%016x"

// Messages lists the messages to a recipient, oldest first; to all recipients when it is empty. Case does not count in addresses.
func (e *Engine) Messages(to string) []Message {
	e.mu.Lock()
	defer e.mu.Unlock()
	found := []Message{}
	for _, m := range e.messages {
		if to == "" || strings.EqualFold(m.To, to) {
			found = append(found, m)
		}
	}
	return found
}

// SendSMS captures a text message and gives its id.
func (e *Engine) SendSMS(to, from, body, templateID string) (string, error) {
	return e.capture([]string{to}, Message{Channel: SMS, From: from, Body: body, TemplateID: templateID})
}

// capture keeps one message per recipient, durably, all or none.
func (e *Engine) capture(recipients []string, m Message) (string, error) {
	if e.Fail != nil {
		for _, to := range recipients {
			if err := e.Fail(to); err != nil {
				return "", err
			}
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	m.ID, m.SentAt = fmt.Sprintf("local-%s-%08d", m.Channel, e.sent+1), e.clk.Now()
	ops := make([]store.Op, 0, len(recipients)+1)
	arrived := make([]Message, 0, len(recipients))
	for i, to := range recipients {
		m.To = to
		value, err := json.Marshal(struct {
			Message
			Sent uint64
		}{m, e.sent + 1})
		if err != nil {
			return "", fmt.Errorf("encode message: %w", err)
		}
		key := e.key(len(e.messages) + i)
		ops = append(ops, store.Op{Bucket: bucket, Key: key, Value: e.seal.close(value, key)})
		arrived = append(arrived, m)
	}
	drop := max(0, len(e.messages)+len(arrived)-e.keep)
	for i := range drop {
		ops = append(ops, store.Op{Bucket: bucket, Key: e.key(i)})
	}
	if err := e.st.Write(ops...); err != nil {
		return "", fmt.Errorf("store message: %w", err)
	}
	e.messages = append(e.messages, arrived...)[drop:]
	e.first += uint64(drop) // drop is not negative
	e.sent++
	return m.ID, nil
}

func (e *Engine) key(i int) string { return fmt.Sprintf(keyFormat, e.first+uint64(i)) } // i is an index

// Serve answers SendEmail of SES v1.
func (e *Engine) Serve(_ context.Context, call wire.Call) (any, error) {
	if call.Operation != "SendEmail" {
		return nil, wire.Unknown(call)
	}
	form, err := url.ParseQuery(string(call.Body))
	if err != nil {
		return nil, wire.Errorf("InvalidParameterValue", "malformed form")
	}
	if len(call.Body) > maxEmail*3 { // a form triples a byte at most
		return nil, wire.Errorf("InvalidParameterValue", "Message length is more than %d bytes long.", maxEmail)
	}
	recipients, message, err := readEmail(form)
	if err != nil {
		return nil, err
	}
	if len(recipients) == 0 || len(recipients) > maxRecipients {
		return nil, wire.Errorf("InvalidParameterValue", "Recipient count is %d, allowed are 1 to %d.", len(recipients), maxRecipients)
	}
	id, err := e.capture(recipients, message)
	if err != nil {
		return nil, err
	}
	return []byte("<SendEmailResponse><SendEmailResult><MessageId>" + wire.Escape(id) + "</MessageId></SendEmailResult>" +
		"</SendEmailResponse>"), nil
}

// readEmail reads the form of SendEmail. A member that the engine does not know is refused, not ignored.
func readEmail(form url.Values) ([]string, Message, error) {
	m := Message{Channel: Email, From: form.Get("Source"), Subject: form.Get("Message.Subject.Data"), Body: form.Get("Message.Body.Text.Data"),
		HTML: form.Get("Message.Body.Html.Data"), TemplateID: tag(form)}
	known := []string{"Action", "Version", "Source", "Message.", "Destination.", "Tags.member.", "ReplyToAddresses.member.",
		"ConfigurationSetName"}
	if err := only(form, known); err != nil {
		return nil, m, err
	}
	var recipients []string
	for _, kind := range []string{"To", "Cc", "Bcc"} {
		addresses, err := parseAddresses(list(form, "Destination."+kind+"Addresses.member."))
		if err != nil {
			return nil, m, err
		}
		recipients = append(recipients, addresses...)
	}
	from, err := parseAddresses([]string{m.From})
	if err != nil {
		return nil, m, err
	}
	m.From = from[0]
	if m.Subject == "" || m.Body == "" && m.HTML == "" {
		return nil, m, wire.Errorf("InvalidParameterValue", "Message needs a subject and a body.")
	}
	return recipients, m, nil
}

func only(form url.Values, known []string) error {
	for name := range form {
		ok := false
		for _, k := range known {
			ok = ok || name == k || strings.HasSuffix(k, ".") && strings.HasPrefix(name, k)
		}
		if !ok {
			return wire.Errorf("InvalidParameterValue", "%s is not known to the local cloud", name)
		}
	}
	return nil
}

func list(form url.Values, prefix string) []string {
	var values []string
	for i := 1; form.Has(fmt.Sprintf("%s%d", prefix, i)); i++ {
		values = append(values, form.Get(fmt.Sprintf("%s%d", prefix, i)))
	}
	return values
}

func tag(form url.Values) string {
	for i := 1; form.Has(fmt.Sprintf("Tags.member.%d.Name", i)); i++ {
		if form.Get(fmt.Sprintf("Tags.member.%d.Name", i)) == templateTag {
			return form.Get(fmt.Sprintf("Tags.member.%d.Value", i))
		}
	}
	return ""
}

// parseAddresses gives the bare addresses. Its error does not name them.
func parseAddresses(texts []string) ([]string, error) {
	addresses := make([]string, 0, len(texts))
	for _, text := range texts {
		parsed, err := mail.ParseAddress(text)
		if err != nil {
			return nil, wire.Errorf("InvalidParameterValue", "Illegal address")
		}
		addresses = append(addresses, parsed.Address)
	}
	return addresses, nil
}
