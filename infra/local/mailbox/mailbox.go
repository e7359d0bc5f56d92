// Package mailbox captures what the product sends to people: it is the SES of the local cloud and takes the text messages of its SNS.
package mailbox

import (
	"encoding/json"
	"fmt"
	"net/mail"
	"slices"
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
	invalid       = "InvalidParameterValue"
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
	wire.Operations
	// Fail refuses messages to a recipient with its error, for tests: a *wire.Error as it is, any other as an internal failure.
	Fail func(to string) error

	clk  *clock.Clock
	st   *store.Store
	keep int
	seal seal

	mu       sync.Mutex
	messages []Message // oldest first
	first    uint64    // the key of messages[0]: keys count up without a gap
}

// New reads what the store holds.
func New(clk *clock.Clock, st *store.Store) (*Engine, error) {
	e := &Engine{clk: clk, st: st, keep: capacity}
	e.Operations = wire.Operations{"SendEmail": wire.Query(invalid, e.sendEmail)}
	var err error
	if e.seal, err = openSeal(st); err != nil {
		return nil, err
	}
	err = st.Each(bucket, func(key string, sealed []byte) error {
		value, err := e.seal.open(sealed, key)
		if err != nil {
			return err
		}
		if len(e.messages) == 0 {
			if _, err := fmt.Sscanf(key, keyFormat, &e.first); err != nil {
				return err
			}
		}
		e.messages = append(e.messages, Message{})
		return json.Unmarshal(value, &e.messages[len(e.messages)-1])
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
	m.ID, m.SentAt = fmt.Sprintf("local-%s-%08d", m.Channel, e.first+uint64(len(e.messages))+1), e.clk.Now()
	var ops []store.Op
	messages := e.messages
	for _, to := range recipients {
		m.To = to
		value, err := json.Marshal(m)
		if err != nil {
			return "", fmt.Errorf("encode message: %w", err)
		}
		key := e.key(len(messages))
		ops = append(ops, store.Op{Bucket: bucket, Key: key, Value: e.seal.close(value, key)})
		messages = append(messages, m)
	}
	drop := max(0, len(messages)-e.keep)
	for i := range drop {
		ops = append(ops, store.Op{Bucket: bucket, Key: e.key(i)})
	}
	if err := e.st.Write(ops...); err != nil {
		return "", fmt.Errorf("store message: %w", err)
	}
	e.messages = messages[drop:]
	e.first += uint64(drop) // drop is not negative
	return m.ID, nil
}

func (e *Engine) key(i int) string { return fmt.Sprintf(keyFormat, e.first+uint64(i)) } // i is an index

type content struct{ Data, Charset string }

// sendEmail answers SendEmail of SES v1. Its errors name no address.
func (e *Engine) sendEmail(in struct {
	Source      string
	Destination struct{ ToAddresses, CcAddresses, BccAddresses []string }
	Message     struct {
		Subject content
		Body    struct {
			Text content
			HTML content `json:"Html"`
		}
	}
	Tags                 []struct{ Name, Value string }
	ReplyToAddresses     []string
	ConfigurationSetName string
}) (any, error) {
	addresses := slices.Concat([]string{in.Source}, in.Destination.ToAddresses, in.Destination.CcAddresses, in.Destination.BccAddresses)
	for i, text := range addresses {
		parsed, err := mail.ParseAddress(text)
		if err != nil {
			return nil, wire.Errorf(invalid, "Illegal address")
		}
		addresses[i] = parsed.Address
	}
	m := Message{Channel: Email, From: addresses[0], Subject: in.Message.Subject.Data, Body: in.Message.Body.Text.Data,
		HTML: in.Message.Body.HTML.Data}
	for _, tag := range in.Tags {
		if tag.Name == templateTag {
			m.TemplateID = tag.Value
		}
	}
	switch recipients := len(addresses) - 1; {
	case len(m.Subject)+len(m.Body)+len(m.HTML) > maxEmail:
		return nil, wire.Errorf(invalid, "Message length is more than %d bytes long.", maxEmail)
	case recipients == 0 || recipients > maxRecipients:
		return nil, wire.Errorf(invalid, "Recipient count is %d, allowed are 1 to %d.", recipients, maxRecipients)
	case m.Subject == "" || m.Body == "" && m.HTML == "":
		return nil, wire.Errorf(invalid, "Message needs a subject and a body.")
	}
	id, err := e.capture(addresses[1:], m)
	return struct {
		MessageID string `xml:"MessageId"`
	}{id}, err
}
