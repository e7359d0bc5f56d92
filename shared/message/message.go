// Package message writes what participants read: e-mails and text messages in Brazilian Portuguese, from templates that are data.
//
// Every collection message names who collects, with CNPJ and address (Lei 8.078/1990 art. 42-A), and each component of the amount by
// itself (Lei 6.854/2014 RJ art. 2). None threatens or hurries: the tests hold all templates to a list of phrases that may not occur.
package message

import (
	"context"
	"errors"
	"fmt"

	"github.com/regua/regua/shared/collection"
)

// The templates.
const (
	ReminderFirst  = "reminder-first"
	ReminderOffers = "reminder-offers"
	ReminderLast   = "reminder-last"
	PaymentReceipt = "payment-receipt"
	OTPCode        = "otp-code"
)

var (
	// ErrTemplate says that there is no such template, or not for this data; trying again does not help.
	ErrTemplate = errors.New("no such message template")
	// ErrNotTaken says that a channel certainly did not take a message and may take it later: it was busy, or may not send just now. An
	// adapter returns it together with collection.ErrUnavailable, which alone leaves open whether the message is on its way.
	ErrNotTaken = errors.New("message not taken")
)

// Message is a rendered message. Subject and HTML are empty for a text message.
type Message struct {
	Template string
	Subject  string
	Text     string
	HTML     string
}

// Email is a message on its way to one address.
type Email struct {
	To      string
	From    string // the name that the recipient sees; the address is the deployment's
	ReplyTo string // the creditor's address; empty for none
	Message Message
}

// SMS is a text message on its way to one number, in E.164 form.
type SMS struct {
	To       string
	Template string
	Text     string
}

// Mailer hands e-mails over. What the channel refuses for good is collection.ErrRefused; see ErrNotTaken for the rest.
type Mailer interface {
	SendEmail(ctx context.Context, m Email) error
}

// Texter hands text messages over, with the errors of Mailer.
type Texter interface {
	SendSMS(ctx context.Context, m SMS) error
}

// Data is what a template is filled with: Reminder, Receipt or Code.
type Data interface {
	fills(template string) bool
	view() view
}

// Render writes an e-mail. A template that does not exist, or not for this data, is ErrTemplate.
func Render(template string, data Data) (Message, error) {
	if !data.fills(template) {
		return Message{}, fmt.Errorf("%w: %.40q for %T", ErrTemplate, template, data)
	}
	v := data.view()
	m := Message{Template: template}
	var err error
	if m.Subject, err = written(texts()[template], "subject", v); err != nil {
		return Message{}, err
	}
	if m.Text, err = written(texts()[template], "layout", v); err != nil {
		return Message{}, err
	}
	v.Subject = m.Subject
	m.HTML, err = written(pages()[template], "layout", v)
	return m, err
}

// RenderSMS writes a one-time code as a text message: at most 160 characters of the GSM alphabet, so that it is one message and one price.
// The creditor's name is shortened and loses its accents for it.
func RenderSMS(code Code) (Message, error) {
	v := code.view()
	v.Creditor.Name = plain(v.Creditor.Name, smsName)
	text, err := written(texts()[OTPCode], "sms", v)
	return Message{Template: OTPCode, Text: text}, err
}

// Codes hands one-time codes over by the channel that the participant chose.
type Codes struct {
	Mail Mailer
	SMS  Texter
}

// SendCode sends a code that stands for so many minutes.
func (c Codes) SendCode(
	ctx context.Context, to string, channel collection.Channel, creditor collection.Creditor, code string, minutes int,
) error {
	data := Code{Creditor: creditor, Code: code, Minutes: minutes}
	switch channel {
	case collection.ChannelEmail:
		m, err := Render(OTPCode, data)
		if err != nil {
			return err
		}
		return c.Mail.SendEmail(ctx, Email{To: to, From: creditor.Name, ReplyTo: creditor.Contacts.Email, Message: m})
	case collection.ChannelSMS:
		m, err := RenderSMS(data)
		if err != nil {
			return err
		}
		return c.SMS.SendSMS(ctx, SMS{To: to, Template: m.Template, Text: m.Text})
	default:
		return fmt.Errorf("%w: channel %.20q", collection.ErrInvalid, channel)
	}
}

// Reminds reports whether reminders leave by a channel: by e-mail so far, while text messages carry one-time codes only.
func Reminds(channel collection.Channel) bool { return channel == collection.ChannelEmail }

// IsReminder reports whether a template reminds of open debts, so that a ruler may name it.
func IsReminder(template string) bool { return Reminder{}.fills(template) }
