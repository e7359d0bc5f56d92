package messaging

import (
	"encoding/base64"
	"encoding/json"
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

	invalidParameter = "InvalidParameter"
)

// publication is one message to a topic or a phone number.
type publication struct {
	ID                string `json:"Id"` // in its batch
	Message           string
	Subject           string
	MessageAttributes map[string]Attribute
}

func (p publication) check() *wire.Error {
	for name, a := range p.MessageAttributes {
		if a.DataType == "" || len(a.BinaryValue) == 0 && (a.StringValue == nil || *a.StringValue == "") {
			return wire.Errorf("ParameterValueInvalid", "Invalid parameter: attribute %s needs a type and a value", name)
		}
	}
	switch {
	case p.Message == "":
		return wire.Errorf(invalidParameter, "Invalid parameter: Empty message")
	case messageSize(p.Message, p.MessageAttributes) > maxMessage:
		return wire.Errorf(invalidParameter, "Invalid parameter: Message too long")
	case len(p.Subject) > 100:
		return wire.Errorf(invalidParameter, "Invalid parameter: Subject")
	}
	return nil
}

// published is what became of a publication.
type published struct {
	ID          string `xml:"Id,omitempty"`
	MessageID   string `xml:"MessageId,omitempty"`
	Code        string `xml:",omitempty"`
	Message     string `xml:",omitempty"`
	SenderFault bool   `xml:",omitempty"`
}

func (e *Engines) publish(in struct {
	publication
	TopicArn    string
	PhoneNumber string
}) (any, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	if in.PhoneNumber != "" {
		id, err := e.text(in.PhoneNumber, in.publication)
		return published{MessageID: id}, err
	}
	all, err := e.fanOut(in.TopicArn, []publication{in.publication})
	if err != nil {
		return nil, err
	}
	return published{MessageID: all[0].MessageID}, nil
}

// publishBatch publishes what it can and lists the entries that are not well formed under Failed.
func (e *Engines) publishBatch(in struct {
	TopicArn string
	Entries  []publication `json:"PublishBatchRequestEntries"`
}) (any, error) {
	var good []publication
	var answer struct {
		Successful []published `xml:"Successful>member"`
		Failed     []published `xml:"Failed>member"`
	}
	seen, size := map[string]bool{}, 0
	for _, p := range in.Entries {
		if seen[p.ID] {
			return nil, wire.Errorf("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
		}
		seen[p.ID] = true
		size += messageSize(p.Message, p.MessageAttributes)
		if err := p.check(); err != nil {
			answer.Failed = append(answer.Failed, published{ID: p.ID, Code: err.Code, Message: err.Message, SenderFault: true})
			continue
		}
		good = append(good, p)
	}
	switch {
	case len(in.Entries) == 0:
		return nil, wire.Errorf("EmptyBatchRequest", "The batch request doesn't contain any entries.")
	case len(in.Entries) > maxBatch:
		return nil, wire.Errorf("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible (%d).", maxBatch)
	case size > maxMessage:
		return nil, wire.Errorf("BatchRequestTooLong", "The length of all the batch messages put together is more than the limit.")
	}
	var err error
	answer.Successful, err = e.fanOut(in.TopicArn, good)
	return answer, err
}

// fanOut puts messages into the queues of a topic's subscriptions, all or none.
func (e *Engines) fanOut(arn string, batch []publication) (all []published, err error) {
	name, ours := strings.CutPrefix(arn, topicARN)
	e.mu.Lock()
	defer e.mu.Unlock()
	subscriptions, ok := e.topics[name]
	if !ok || !ours {
		return nil, wire.Errorf("NotFound", "Topic does not exist")
	}
	var changes []change
	for _, p := range batch {
		id := e.nextLocked()
		all = append(all, published{ID: p.ID, MessageID: id})
		for _, s := range subscriptions {
			if !p.passes(s.EventTypes) {
				continue
			}
			q, body, attributes := e.queues[s.Queue], p.Message, p.MessageAttributes
			if !s.Raw {
				body, attributes = p.notification(arn, id, e.clk.Now()), nil
			}
			_, copies := e.arriveLocked(q, body, attributes, q.Delay)
			changes = append(changes, copies...)
		}
	}
	if err := e.commitLocked(changes...); err != nil {
		return nil, err
	}
	for _, p := range batch {
		if e.Published != nil {
			e.Published(p.Message)
		}
	}
	return all, nil
}

// passes applies a filter policy: exact values of the type attribute, which may be a list (String.Array).
func (p publication) passes(types []string) bool {
	if len(types) == 0 {
		return true
	}
	a, ok := p.MessageAttributes[typeAttribute]
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
	attributes := map[string]any{}
	for name, a := range p.MessageAttributes {
		value := base64.StdEncoding.EncodeToString(a.BinaryValue)
		if a.StringValue != nil {
			value = *a.StringValue
		}
		attributes[name] = map[string]string{"Type": a.DataType, "Value": value}
	}
	document := map[string]any{"Type": "Notification", "MessageId": id, "TopicArn": arn, "Message": p.Message,
		"Timestamp": now.Format("2006-01-02T15:04:05.000Z"), "SignatureVersion": "1", "Signature": "", "SigningCertURL": "",
		"UnsubscribeURL": ""}
	if p.Subject != "" {
		document["Subject"] = p.Subject
	}
	if len(attributes) > 0 {
		document["MessageAttributes"] = attributes
	}
	text, err := json.Marshal(document)
	if err != nil {
		panic("messaging: a notification of strings cannot be encoded: " + err.Error())
	}
	return string(text)
}

var e164 = regexp.MustCompile(`^\+[1-9]\d{6,14}$`)

// text hands a message for a phone number to the mailbox. Errors do not name the number.
func (e *Engines) text(phone string, p publication) (string, error) {
	value := func(name string) string {
		if a := p.MessageAttributes[name]; a.StringValue != nil {
			return *a.StringValue
		}
		return ""
	}
	switch {
	case e.SMS == nil:
		return "", wire.Errorf("EndpointDisabled", "the local cloud has no text messages here")
	case !e164.MatchString(phone):
		return "", wire.Errorf(invalidParameter, "Invalid parameter: PhoneNumber Reason: not valid to publish to")
	case len([]rune(p.Message)) > maxSMS:
		return "", wire.Errorf(invalidParameter, "Invalid parameter: Message too long")
	}
	return e.SMS(phone, value("AWS.SNS.SMS.SenderID"), p.Message, value("templateId"))
}
