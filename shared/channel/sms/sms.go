// Package sms hands text messages to Amazon SNS.
package sms

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/message"
)

// API is what of SNS is used; *sns.Client has it.
type API interface {
	Publish(ctx context.Context, in *sns.PublishInput, opts ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// Sender sends text messages.
type Sender struct{ api API }

// New makes a Sender.
func New(api API) *Sender { return &Sender{api} }

// SendSMS hands one text message over as transactional, the class that carriers deliver first. It asks once: a second try after a lost
// answer would send twice. A refused number is collection.ErrRefused, a busy or paused account message.ErrNotTaken, and no answer
// collection.ErrUnavailable alone. Errors name SNS's code and never a number.
func (s *Sender) SendSMS(ctx context.Context, m message.SMS) error {
	_, err := s.api.Publish(ctx, &sns.PublishInput{
		PhoneNumber: aws.String(m.To), Message: aws.String(m.Text),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"AWS.SNS.SMS.SMSType": attribute("Transactional"), "templateId": attribute(m.Template),
		},
	}, func(o *sns.Options) { o.Retryer = aws.NopRetryer{} })
	return translate(err)
}

func attribute(value string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
}

func translate(err error) error {
	if err == nil {
		return nil
	}
	var api smithy.APIError
	var answer *awshttp.ResponseError
	if !errors.As(err, &api) || errors.As(err, &answer) && answer.HTTPStatusCode() >= http.StatusInternalServerError {
		return fmt.Errorf("%w: text message: no answer", collection.ErrUnavailable)
	}
	switch api.ErrorCode() {
	case "InvalidParameter", "ParameterValueInvalid", "ValidationException", "OptedOut":
		return fmt.Errorf("%w: text message: %s", collection.ErrRefused, api.ErrorCode())
	}
	return fmt.Errorf("%w: %w: text message: %s", collection.ErrUnavailable, message.ErrNotTaken, api.ErrorCode())
}
