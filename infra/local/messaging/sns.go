package messaging

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/regua/regua/infra/local/wire"
)

const (
	// typeAttribute is the message attribute that filter policies look at.
	typeAttribute = "type"
	// maxSMS is SNS's limit for one text message, in characters.
	maxSMS = 1600
)

type snsEngine struct{ *Engines }

// Serve answers an SNS call.
func (e snsEngine) Serve(_ context.Context, call wire.Call) (any, error) {
	form, err := url.ParseQuery(string(call.Body))
	if err != nil {
		return nil, wire.Errorf("InvalidParameter", "Invalid parameter: malformed form")
	}
	switch call.Operation {
	case "Publish":
		return e.publish(form)
	case "PublishBatch":
		return e.publishBatch(form)
	}
	return nil, wire.Unknown(call)
}

// publication is one message to a topic.
type publication struct {
	entryID    string
	message    string
	subject    string
	attributes map[string]Attribute
}

// readPublication reads a message out of a form, under a prefix that ends in a dot or is empty. A member that the engine does not know is
// refused, not ignored.
func readPublication(form url.Values, prefix string, known ...string) (publication, error) {
	p := publication{entryID: form.Get(prefix + "Id"), message: form.Get(prefix + "Message"), subject: form.Get(prefix + "Subject"),
		attributes: map[string]Attribute{}}
	for name := range form {
		rest, ours := strings.CutPrefix(name, prefix)
		if !ours || strings.HasPrefix(rest, "MessageAttributes.entry.") || slices.Contains(known, rest) {
			continue
		}
		return p, wire.Errorf("InvalidParameter", "Invalid parameter: %s is not known to the local cloud", rest)
	}
	for i := 1; ; i++ {
		at := fmt.Sprintf("%sMessageAttributes.entry.%d.", prefix, i)
		name := form.Get(at + "Name")
		if name == "" {
			break
		}
		a := Attribute{DataType: form.Get(at + "Value.DataType")}
		if encoded := form.Get(at + "Value.BinaryValue"); encoded != "" {
			value, err := base64.StdEncoding.DecodeString(encoded)
			if err != nil {
				return p, wire.Errorf("ParameterValueInvalid", "Invalid parameter: BinaryValue of attribute %s", name)
			}
			a.BinaryValue = value
		} else {
			text := form.Get(at + "Value.StringValue")
			a.StringValue = &text
		}
		if a.DataType == "" || a.StringValue != nil && *a.StringValue == "" {
			return p, wire.Errorf("ParameterValueInvalid", "Invalid parameter: attribute %s needs a type and a value", name)
		}
		p.attributes[name] = a
	}
	switch {
	case p.message == "":
		return p, wire.Errorf("InvalidParameter", "Invalid parameter: Empty message")
	case messageSize(p.message, p.attributes) > maxMessage:
		return p, wire.Errorf("InvalidParameter", "Invalid parameter: Message too long")
	case len(p.subject) > 100:
		return p, wire.Errorf("InvalidParameter", "Invalid parameter: Subject")
	}
	return p, nil
}

func (e *Engines) publish(form url.Values) (any, error) {
	p, err := readPublication(form, "", "Action", "Version", "TopicArn", "PhoneNumber", "Message", "Subject")
	if err != nil {
		return nil, err
	}
	var id string
	if phone := form.Get("PhoneNumber"); phone != "" {
		id, err = e.text(phone, p)
	} else {
		var ids []string
		if ids, err = e.fanOut(form.Get("TopicArn"), []publication{p}); err == nil {
			id = ids[0]
		}
	}
	if err != nil {
		return nil, err
	}
	return xmlResult("Publish", "<MessageId>"+wire.Escape(id)+"</MessageId>"), nil
}

// publishBatch publishes what it can and lists the entries that are not well formed under Failed.
func (e *Engines) publishBatch(form url.Values) (any, error) {
	const entries = "PublishBatchRequestEntries.member."
	var batch []publication
	var successful, failed strings.Builder
	seen := map[string]bool{}
	size, count := 0, 0
	for ; form.Has(fmt.Sprintf("%s%d.Id", entries, count+1)); count++ {
		p, err := readPublication(form, fmt.Sprintf("%s%d.", entries, count+1), "Id", "Message", "Subject")
		if seen[p.entryID] {
			return nil, wire.Errorf("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
		}
		seen[p.entryID] = true
		size += messageSize(p.message, p.attributes)
		if refused, ok := errors.AsType[*wire.Error](err); ok {
			failed.WriteString("<member><Id>" + wire.Escape(p.entryID) + "</Id><Code>" + refused.Code + "</Code><Message>" +
				wire.Escape(refused.Message) + "</Message><SenderFault>true</SenderFault></member>")
			continue
		}
		batch = append(batch, p)
	}
	switch {
	case count == 0:
		return nil, wire.Errorf("EmptyBatchRequest", "The batch request doesn't contain any entries.")
	case count > maxBatch:
		return nil, wire.Errorf("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible (%d).", maxBatch)
	case size > maxMessage:
		return nil, wire.Errorf("BatchRequestTooLong", "The length of all the batch messages put together is more than the limit.")
	}
	ids, err := e.fanOut(form.Get("TopicArn"), batch)
	if err != nil {
		return nil, err
	}
	for i, p := range batch {
		successful.WriteString("<member><Id>" + wire.Escape(p.entryID) + "</Id><MessageId>" + wire.Escape(ids[i]) + "</MessageId></member>")
	}
	return xmlResult("PublishBatch", "<Successful>"+successful.String()+"</Successful><Failed>"+failed.String()+"</Failed>"), nil
}

func xmlResult(operation, content string) []byte {
	return []byte("<" + operation + "Response><" + operation + "Result>" + content + "</" + operation + "Result></" + operation + "Response>")
}

// fanOut puts messages into the queues of a topic's subscriptions, all or none, and gives the messages' ids.
func (e *Engines) fanOut(arn string, batch []publication) ([]string, error) {
	name, ours := strings.CutPrefix(arn, topicARN)
	e.mu.Lock()
	subscriptions, ok := e.topics[name]
	ids := make([]string, 0, len(batch))
	var out []outgoing
	now := e.clk.Now()
	for _, p := range batch {
		_, id := e.nextIDLocked()
		ids = append(ids, id)
		for _, s := range subscriptions {
			if !p.passes(s.EventTypes) {
				continue
			}
			message := outgoing{queue: e.queues[s.Queue], body: p.message, attributes: p.attributes}
			if !s.Raw {
				message.body, message.attributes = p.notification(arn, id, now), nil
			}
			message.delay = message.queue.spec.Delay
			out = append(out, message)
		}
	}
	e.mu.Unlock()
	if !ok || !ours {
		return nil, wire.Errorf("NotFound", "Topic does not exist")
	}
	if _, err := e.enqueue(out); err != nil {
		return nil, err
	}
	return ids, nil
}

// passes applies a filter policy: exact values of the type attribute, which may be a list (String.Array).
func (p publication) passes(types []string) bool {
	if len(types) == 0 {
		return true
	}
	a, ok := p.attributes[typeAttribute]
	if !ok || a.StringValue == nil {
		return false
	}
	if a.DataType != "String.Array" {
		return slices.Contains(types, *a.StringValue)
	}
	var values []string
	if err := json.Unmarshal([]byte(*a.StringValue), &values); err != nil {
		return false // SNS drops what it cannot match
	}
	return slices.ContainsFunc(values, func(v string) bool { return slices.Contains(types, v) })
}

// notification is the document around a message in a subscription without raw delivery. It is not signed.
func (p publication) notification(arn, id string, now time.Time) string {
	type attribute struct{ Type, Value string }
	document := struct {
		Type              string
		MessageID         string `json:"MessageId"`
		TopicArn          string
		Subject           string `json:",omitempty"`
		Message           string
		Timestamp         string
		SignatureVersion  string
		Signature         string
		SigningCertURL    string
		UnsubscribeURL    string
		MessageAttributes map[string]attribute `json:",omitempty"`
	}{
		Type: "Notification", MessageID: id, TopicArn: arn, Subject: p.subject, Message: p.message,
		Timestamp: now.Format("2006-01-02T15:04:05.000Z"), SignatureVersion: "1", MessageAttributes: map[string]attribute{},
	}
	for name, a := range p.attributes {
		value := base64.StdEncoding.EncodeToString(a.BinaryValue)
		if a.StringValue != nil {
			value = *a.StringValue
		}
		document.MessageAttributes[name] = attribute{a.DataType, value}
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		panic("messaging: a notification of strings cannot be encoded: " + err.Error())
	}
	return strings.TrimSuffix(b.String(), "\n")
}

var e164 = regexp.MustCompile(`^\+[1-9]\d{6,14}$`)

// text hands a message for a phone number to the mailbox. Errors do not name the number.
func (e *Engines) text(phone string, p publication) (string, error) {
	value := func(name string) string {
		if a := p.attributes[name]; a.StringValue != nil {
			return *a.StringValue
		}
		return ""
	}
	switch {
	case e.SMS == nil:
		return "", wire.Errorf("EndpointDisabled", "the local cloud has no text messages here")
	case !e164.MatchString(phone):
		return "", wire.Errorf("InvalidParameter", "Invalid parameter: PhoneNumber Reason: not valid to publish to")
	case len([]rune(p.message)) > maxSMS:
		return "", wire.Errorf("InvalidParameter", "Invalid parameter: Message too long")
	}
	return e.SMS(phone, value("AWS.SNS.SMS.SenderID"), p.message, value("templateId"))
}
