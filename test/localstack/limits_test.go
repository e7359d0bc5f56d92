package localstack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/regua/regua/shared/contract"
)

// limit is something that AWS does and LocalStack does not; its name stands in docs/divergences.md.
type limit struct {
	name string
	// host says that it holds without Docker only, where moto serves the table.
	host bool
	// like says whether LocalStack does as AWS, and what it did.
	like func(ctx context.Context, d *deployment) (same bool, did string, err error)
}

func known() []limit {
	return []limit{
		{"Rights are not checked", false, withoutRights},
		{"TLS is not demanded", false, withoutTLS},
		{"Key policies are not applied", false, withoutTheService},
		{"The API's oldest TLS is forgotten", false, securityPolicy},
		{"No access log", false, accessLog},
		{"Log lines of the platform are text", false, logFormat},
		{"The token of a transaction is ignored", true, requestToken},
	}
}

// limits shows each limit, and that the document names it. One that is gone is to be taken out of both.
func limits(t *testing.T, d *deployment) {
	document, err := os.ReadFile(filepath.Join(d.root, "docs/divergences.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range known() {
		t.Run(l.name, func(t *testing.T) {
			if !strings.Contains(string(document), "\n| "+l.name+" ") {
				t.Error("docs/divergences.md has no row of it")
			}
			if l.host && os.Getenv(endpointVariable) != "" {
				t.Skip("this LocalStack has AWS's own table")
			}
			same, did, err := l.like(t.Context(), d)
			if err != nil {
				t.Fatal(err)
			}
			if same {
				t.Errorf("LocalStack does as AWS: %s", did)
			}
			t.Log(did)
		})
	}
}

// withoutRights reads the table as somebody whom nobody knows.
func withoutRights(ctx context.Context, d *deployment) (bool, string, error) {
	stranger := d.cloud
	stranger.Credentials = credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "nobody's", "")
	out, err := dynamodb.NewFromConfig(stranger).Scan(ctx, &dynamodb.ScanInput{
		TableName: aws.String(physical(contract.Table)), Limit: aws.Int32(1),
	})
	if err != nil {
		return true, err.Error(), nil
	}
	return false, fmt.Sprintf("a stranger reads %d item of the table", out.Count), nil
}

// withoutTLS sends to a queue whose policy refuses whoever comes without TLS.
func withoutTLS(ctx context.Context, d *deployment) (bool, string, error) {
	client := sqs.NewFromConfig(d.cloud)
	url := aws.String(d.queueURL(contract.SchedulesDead))
	policy, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNamePolicy},
	})
	if err != nil {
		return false, "", fmt.Errorf("read policy: %w", err)
	}
	if !strings.Contains(policy.Attributes["Policy"], "aws:SecureTransport") {
		return false, "", errors.New("the queue's policy does not demand TLS")
	}
	if _, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("{}")}); err != nil {
		return true, err.Error(), nil
	}
	return false, "a message sent over HTTP is taken", nil
}

// withoutTheService uses the storage key directly; who is not let in by its policy's ViaService may use it through a service only.
func withoutTheService(ctx context.Context, d *deployment) (bool, string, error) {
	stranger := d.cloud
	stranger.Credentials = credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "nobody's", "")
	_, err := kms.NewFromConfig(stranger).Encrypt(ctx, &kms.EncryptInput{
		KeyId: aws.String("alias/" + physical(contract.StorageKeyAlias)), Plaintext: []byte("text"),
	})
	if err != nil {
		return true, err.Error(), nil
	}
	return false, "a stranger encrypts under the storage key", nil
}

func securityPolicy(ctx context.Context, d *deployment) (bool, string, error) {
	api := strings.Split(strings.TrimPrefix(d.api, d.endpoint+"/_aws/execute-api/"), "/")[0]
	text, err := d.ask(ctx, http.MethodGet, "/restapis/"+api, "apigateway", "", nil)
	if err != nil {
		return false, "", err
	}
	return strings.Contains(string(text), "TLS13"), fmt.Sprintf("the API is %s", text), nil
}

func accessLog(ctx context.Context, d *deployment) (bool, string, error) {
	lines, err := d.logLines(ctx, "/aws/vendedlogs/apigateway/"+physical("access"))
	return len(lines) > 0, fmt.Sprintf("%d lines of the access log", len(lines)), err
}

func logFormat(ctx context.Context, d *deployment) (bool, string, error) {
	lines, err := d.logLines(ctx, "/aws/lambda/"+physical("otp-serve"))
	if err != nil {
		return false, "", err
	}
	if len(lines) == 0 {
		return false, "", errors.New("otp-serve logged nothing")
	}
	return !strings.HasPrefix(lines[0], "START RequestId"), "the first line is " + lines[0], nil
}

// requestToken sends one transaction twice, as the SDK does after an answer that was lost.
func requestToken(ctx context.Context, d *deployment) (bool, string, error) {
	client := dynamodb.NewFromConfig(d.cloud)
	table, key := aws.String(physical(contract.Table)), map[string]types.AttributeValue{
		contract.KeyPartition: &types.AttributeValueMemberS{Value: "limit"}, contract.KeySort: &types.AttributeValueMemberS{Value: "limit"},
	}
	for range 2 {
		_, err := client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
			ClientRequestToken: aws.String("the same"), TransactItems: []types.TransactWriteItem{{Update: &types.Update{
				TableName: table, Key: key, UpdateExpression: aws.String("ADD n :one"),
				ExpressionAttributeValues: map[string]types.AttributeValue{":one": &types.AttributeValueMemberN{Value: "1"}},
			}}},
		})
		if err != nil {
			return false, "", fmt.Errorf("write: %w", err)
		}
	}
	got, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: table, Key: key, ConsistentRead: aws.Bool(true)})
	if err != nil {
		return false, "", fmt.Errorf("read: %w", err)
	}
	n, ok := got.Item["n"].(*types.AttributeValueMemberN)
	if !ok {
		return false, "", fmt.Errorf("the item is %v", got.Item)
	}
	return n.Value == "1", "the transaction was done " + n.Value + " times", nil
}

// logLines are the first lines that a log group holds.
func (d *deployment) logLines(ctx context.Context, group string) ([]string, error) {
	text, err := d.ask(ctx, http.MethodPost, "/", "logs", "Logs_20140328.FilterLogEvents", map[string]any{"logGroupName": group})
	if err != nil {
		return nil, err
	}
	var said struct{ Events []struct{ Message string } }
	if err := json.Unmarshal(text, &said); err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	var lines []string
	for _, e := range said.Events {
		lines = append(lines, strings.TrimSpace(e.Message))
	}
	return lines, nil
}

// ask makes a call of a service whose SDK module nothing else needs.
func (d *deployment) ask(ctx context.Context, method, path, service, target string, body any) ([]byte, error) {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return nil, fmt.Errorf("encode call: %w", err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, d.endpoint+path, bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("make call: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	if target != "" {
		req.Header.Set("X-Amz-Target", target)
	}
	req.Header.Set("Authorization",
		"AWS4-HMAC-SHA256 Credential=test/20260101/"+region+"/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", service, err)
	}
	defer func() { _ = res.Body.Close() }() // was read
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fmt.Errorf("read answer of %s: %w", service, err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %d %.300s", service, res.StatusCode, answer)
	}
	return answer, nil
}
