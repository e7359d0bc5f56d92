package messaging_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/gateway"
	"github.com/regua/regua/infra/local/mailbox"
	"github.com/regua/regua/infra/local/messaging"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

// A request goes through all engines, with the SDK clients on a socket: gateway, function, queue, function, text message, mailbox.
func TestEnginesWorkTogether(t *testing.T) {
	clk, st := clock.Virtual(noon), store.Memory()
	defer clk.Close()
	host := function.NewHost(clk, nil)
	box, err := mailbox.New(clk, st)
	if err != nil {
		t.Fatal(err)
	}
	engines, err := messaging.New(clk, st, host.Invoke)
	if err != nil {
		t.Fatal(err)
	}
	engines.SMS = box.SendSMS
	router := httptest.NewServer(wire.NewRouter(map[string]wire.Engine{"sqs": engines.SQS(), "sns": engines.SNS(), "ses": box}))
	defer router.Close()
	config := aws.Config{Region: "us-east-1", BaseEndpoint: &router.URL, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", "")}
	queue, text := sqs.NewFromConfig(config), sns.NewFromConfig(config)
	host.Register(function.Definition{Name: "challenge-create", Timeout: time.Minute, Handler: lambda.NewHandler(
		func(ctx context.Context, in events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
			_, err := queue.SendMessage(ctx, &sqs.SendMessageInput{MessageBody: aws.String(in.PathParameters["id"] + " " + in.Body),
				QueueUrl: aws.String("http://sqs.us-east-1.localhost/000000000000/contacts")})
			return events.APIGatewayProxyResponse{StatusCode: 202, Body: `{}`}, err
		})})
	host.Register(function.Definition{Name: "contact-send", Timeout: time.Minute, Handler: lambda.NewHandler(
		func(ctx context.Context, in events.SQSEvent) error {
			_, err := text.Publish(ctx, &sns.PublishInput{PhoneNumber: aws.String("+5511912345678"), Message: &in.Records[0].Body,
				MessageAttributes: map[string]types.MessageAttributeValue{
					"templateId": {DataType: aws.String("String"), StringValue: aws.String("otp-code")}}})
			return err
		})})
	for _, err := range []error{engines.CreateQueue(messaging.QueueSpec{Name: "contacts", Function: "contact-send"}), engines.Resume()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	api := httptest.NewServer(gateway.New([]gateway.Route{{Method: "POST", Path: "/v1/challenges/{id}", Function: "challenge-create"}},
		host.Invoke, clk, "local"))
	defer api.Close()

	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, api.URL+"/v1/challenges/7", strings.NewReader("código"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := api.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != 202 || string(body) != "{}" {
		t.Fatalf("got %d %s, %v", answer.StatusCode, body, err)
	}
	if err := clk.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := box.Messages("+5511912345678"); len(got) != 1 || got[0].Body != "7 código" || got[0].TemplateID != "otp-code" {
		t.Errorf("mailbox %+v", got)
	}
}
