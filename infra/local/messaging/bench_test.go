package messaging_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/messaging"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

// BenchmarkSendAndDeliver is one message through the SDK client, the queue and its function, in memory.
func BenchmarkSendAndDeliver(b *testing.B) {
	clk := clock.Virtual(noon)
	defer clk.Close()
	delivered := 0
	engines, err := messaging.New(clk, store.Memory(), func(_ context.Context, _ string, payload []byte) ([]byte, error) {
		delivered += strings.Count(string(payload), `"messageId"`)
		return nil, nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, err := range []error{engines.CreateQueue(messaging.QueueSpec{Name: "work", Function: "f"}),
		engines.Resume()} {
		if err != nil {
			b.Fatal(err)
		}
	}
	client := sqs.NewFromConfig(aws.Config{Region: "us-east-1", HTTPClient: wire.NewRouter(map[string]wire.Engine{"sqs": engines.SQS()}),
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", "")})
	in := &sqs.SendMessageInput{QueueUrl: aws.String("http://sqs.us-east-1.localhost/000000000000/work"),
		MessageBody: aws.String(`{"id":"1"}`)}
	for b.Loop() {
		if _, err := client.SendMessage(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
	if err := clk.Settle(b.Context()); err != nil {
		b.Fatal(err)
	}
	if delivered < b.N {
		b.Errorf("%d of %d messages were delivered", delivered, b.N)
	}
}
