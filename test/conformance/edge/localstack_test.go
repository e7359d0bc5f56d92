package edge_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	host "github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/test/localstack"
)

// stack is a LocalStack with the functions and the API under test. Lambda and API Gateway are spoken to without their SDK modules, which
// nothing else needs.
type stack struct {
	endpoint string
	queue    *sqs.Client
	dead     string // URL of the queue of wide's failures
	records  []host.Record
}

// oracle starts LocalStack for the length of the test, or skips the test when it is not there. A minute between two attempts of an
// asynchronous invocation is a second there, by a setting of LocalStack's own.
func oracle(t testing.TB) *target {
	t.Helper()
	endpoint := localstack.Start(t, "LAMBDA_RETRY_BASE_DELAY=1")
	s := &stack{endpoint: endpoint, queue: sqs.New(sqs.Options{Region: "us-east-1", BaseEndpoint: &endpoint,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")})}
	for _, step := range []func(context.Context, testing.TB) error{s.createQueue, s.createFunctions} {
		if err := step(t.Context(), t); err != nil {
			t.Fatal(err)
		}
	}
	api, err := s.createAPI(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &target{
		name: "LocalStack", api: endpoint + "/_aws/execute-api/" + api + "/" + stage,
		invoke: func(ctx context.Context, name string, payload []byte) ([]byte, error) {
			return s.invoke(ctx, name, "RequestResponse", payload)
		},
		event: func(ctx context.Context, name string, payload []byte) error {
			_, err := s.invoke(ctx, name, "Event", payload)
			return err
		},
		until: until,
		rest:  func() {}, // six hours are too long
		now:   time.Now, minute: time.Second,
		records: s.received,
		folder:  t.TempDir(),
	}
}

func until(holds func() bool) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	poll := time.NewTicker(200 * time.Millisecond)
	defer poll.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			return false
		case <-poll.C:
		}
	}
	return true
}

func (s *stack) createQueue(ctx context.Context, _ testing.TB) error {
	made, err := s.queue.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("dead")})
	if err != nil {
		return fmt.Errorf("create queue: %w", err)
	}
	s.dead = *made.QueueUrl
	return nil
}

func (s *stack) received() ([]host.Record, error) {
	got, err := s.queue.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{QueueUrl: &s.dead, MaxNumberOfMessages: 10})
	if err != nil {
		return nil, fmt.Errorf("receive records: %w", err)
	}
	for _, m := range got.Messages {
		var r host.Record
		if err := json.Unmarshal([]byte(*m.Body), &r); err != nil {
			return nil, fmt.Errorf("read record: %w", err)
		}
		s.records = append(s.records, r)
	}
	return s.records, nil
}

// createFunctions deploys this test binary as both functions.
func (s *stack) createFunctions(ctx context.Context, t testing.TB) error {
	t.Helper()
	code, err := packed()
	if err != nil {
		return err
	}
	for name, timeout := range map[string]int{wide: 30, narrow: 1} {
		_, err := s.call(ctx, "lambda", http.MethodPost, "/2015-03-31/functions", map[string]any{
			"FunctionName": name, "Runtime": "provided.al2023", "Handler": "bootstrap", "Timeout": timeout,
			"Role": "arn:aws:iam::000000000000:role/function", "Code": map[string]any{"ZipFile": code},
		})
		if err != nil {
			return err
		}
		if !until(func() bool {
			var state struct{ Configuration struct{ State string } }
			answer, err := s.call(ctx, "lambda", http.MethodGet, "/2015-03-31/functions/"+name, nil)
			return err == nil && json.Unmarshal(answer, &state) == nil && state.Configuration.State == "Active"
		}) {
			return fmt.Errorf("function %s does not become active", name)
		}
	}
	if _, err := s.call(ctx, "lambda", http.MethodPut, "/2017-10-31/functions/"+narrow+"/concurrency",
		map[string]any{"ReservedConcurrentExecutions": 1}); err != nil {
		return err
	}
	_, err = s.call(ctx, "lambda", http.MethodPut, "/2019-09-25/functions/"+wide+"/event-invoke-config", map[string]any{
		"DestinationConfig": map[string]any{"OnFailure": map[string]any{"Destination": "arn:aws:sqs:us-east-1:000000000000:dead"}},
	})
	return err
}

// packed is this program as the bootstrap of a function.
func packed() ([]byte, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read this program: %w", err)
	}
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	file, err := archive.Create("bootstrap")
	if err != nil {
		return nil, fmt.Errorf("pack this program: %w", err)
	}
	if _, err := file.Write(program); err != nil {
		return nil, fmt.Errorf("pack this program: %w", err)
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("pack this program: %w", err)
	}
	return out.Bytes(), nil
}

// createAPI makes a REST API with the routes, all of them Lambda proxy integrations of wide, and deploys its stage.
func (s *stack) createAPI(ctx context.Context) (id string, err error) {
	const integration = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" +
		"arn:aws:lambda:us-east-1:000000000000:function:" + wide + "/invocations"
	paths := map[string]map[string]any{}
	for _, r := range routes {
		method := strings.ToLower(r.method)
		if r.method == "ANY" {
			method = "x-amazon-apigateway-any-method"
		}
		if paths[r.path] == nil {
			paths[r.path] = map[string]any{}
		}
		paths[r.path][method] = map[string]any{"x-amazon-apigateway-integration": map[string]any{
			"type": "aws_proxy", "httpMethod": http.MethodPost, "uri": integration}}
	}
	answer, err := s.call(ctx, "apigateway", http.MethodPost, "/restapis?mode=import", map[string]any{
		"openapi": "3.0.1", "info": map[string]any{"title": "edge", "version": "1"}, "paths": paths})
	if err != nil {
		return "", err
	}
	var made struct{ ID string }
	if err := json.Unmarshal(answer, &made); err != nil {
		return "", fmt.Errorf("read the API's id: %w", err)
	}
	_, err = s.call(ctx, "apigateway", http.MethodPost, "/restapis/"+made.ID+"/deployments", map[string]any{"stageName": stage})
	return made.ID, err
}

func (s *stack) invoke(ctx context.Context, name, kind string, payload []byte) ([]byte, error) {
	resp, err := s.send(ctx, "lambda", http.MethodPost, "/2015-03-31/functions/"+name+"/invocations", payload, kind)
	if err != nil {
		return nil, err
	}
	if resp.status < 300 && resp.header.Get("X-Amz-Function-Error") == "" {
		return []byte(resp.body), nil
	}
	var said struct {
		ErrorType, ErrorMessage string
		Message                 string
	}
	if err := json.Unmarshal([]byte(resp.body), &said); err != nil {
		return nil, fmt.Errorf("LocalStack answered %d %.200q", resp.status, resp.body)
	}
	if resp.status < 300 {
		return nil, &failure{said.ErrorType, said.ErrorMessage}
	}
	return nil, &failure{resp.header.Get("X-Amzn-Errortype"), said.Message}
}

// call sends a document to a service's REST interface; an answer that is an error is one.
func (s *stack) call(ctx context.Context, service, method, path string, body map[string]any) ([]byte, error) {
	var document []byte
	if body != nil {
		var err error
		if document, err = json.Marshal(body); err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
	}
	resp, err := s.send(ctx, service, method, path, document, "")
	if err != nil {
		return nil, err
	}
	if resp.status >= 300 {
		return nil, fmt.Errorf("LocalStack: %s %s: %d %.300s", method, path, resp.status, resp.body)
	}
	return []byte(resp.body), nil
}

func (s *stack) send(ctx context.Context, service, method, path string, body []byte, invocation string) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.endpoint+path, bytes.NewReader(body))
	if err != nil {
		return reply{}, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Authorization",
		"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	req.Header.Set("Content-Type", "application/json")
	if invocation != "" {
		req.Header.Set("X-Amz-Invocation-Type", invocation)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{}, fmt.Errorf("LocalStack: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, fmt.Errorf("LocalStack: read answer: %w", err)
	}
	return reply{resp.StatusCode, resp.Header, string(answer)}, nil
}
