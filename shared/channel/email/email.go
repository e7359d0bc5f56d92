// Package email hands e-mails to Amazon SES.
package email

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/mail"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/ses/types"
	"github.com/aws/smithy-go"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/message"
)

// templateTag names a message's template in the events that SES reports.
const templateTag = "templateId"

// API is what of SES is used; *ses.Client has it.
type API interface {
	SendEmail(ctx context.Context, in *ses.SendEmailInput, opts ...func(*ses.Options)) (*ses.SendEmailOutput, error)
}

// Sender sends from one verified address.
type Sender struct {
	api  API
	from string
}

// New makes a Sender; from is the address alone, to which each message adds its own name.
func New(api API, from string) *Sender { return &Sender{api, from} }

// SendEmail hands one e-mail over, with a text and an HTML part. It asks once: a second try after a lost answer would send twice. A refusal
// of the message or its recipient is collection.ErrRefused, a busy or paused account message.ErrNotTaken, and no answer
// collection.ErrUnavailable alone. Errors name SES's code and never an address.
func (s *Sender) SendEmail(ctx context.Context, m message.Email) error {
	from := mail.Address{Name: m.From, Address: s.from}
	in := &ses.SendEmailInput{
		Source: aws.String(from.String()), Destination: &types.Destination{ToAddresses: []string{m.To}},
		Message: &types.Message{
			Subject: content(m.Message.Subject), Body: &types.Body{Text: content(m.Message.Text), Html: content(m.Message.HTML)},
		},
		Tags: []types.MessageTag{{Name: aws.String(templateTag), Value: aws.String(m.Message.Template)}},
	}
	if m.ReplyTo != "" {
		in.ReplyToAddresses = []string{m.ReplyTo}
	}
	_, err := s.api.SendEmail(ctx, in, func(o *ses.Options) { o.Retryer = aws.NopRetryer{} })
	return translate(err)
}

func content(text string) *types.Content {
	return &types.Content{Data: aws.String(text), Charset: aws.String("UTF-8")}
}

func translate(err error) error {
	if err == nil {
		return nil
	}
	var api smithy.APIError
	var answer *awshttp.ResponseError
	if !errors.As(err, &api) || errors.As(err, &answer) && answer.HTTPStatusCode() >= http.StatusInternalServerError {
		return fmt.Errorf("%w: e-mail: no answer", collection.ErrUnavailable)
	}
	switch api.ErrorCode() {
	case "MessageRejected", "InvalidParameterValue", "ValidationError":
		return fmt.Errorf("%w: e-mail: %s", collection.ErrRefused, api.ErrorCode())
	}
	return fmt.Errorf("%w: %w: e-mail: %s", collection.ErrUnavailable, message.ErrNotTaken, api.ErrorCode())
}
