package edge_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// TestMain is also the function under test: what has a runtime API to ask is a function and no test.
func TestMain(m *testing.M) {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		lambda.Start(behaving())
	}
	os.Exit(m.Run())
}

// order is what a check wants of the function.
type order struct {
	Do   string `json:"do"`
	Size int    `json:"size,omitempty"`
	Runs string `json:"runs,omitempty"` // the file that takes the request's id at each run
	Fail int    `json:"fail,omitempty"`
}

// surroundings is what a function knows of its invocation.
type surroundings struct {
	ID      string `json:"id"`
	ARN     string `json:"arn"`
	Limited bool   `json:"limited"`
}

type caseClosed struct{ id string }

func (e caseClosed) Error() string { return "case closed: " + e.id }

var errNoCase = errors.New("no such case")

// function answers with the bytes that a check wants, which no encoder may touch.
type function func(ctx context.Context, payload []byte) ([]byte, error)

func (f function) Invoke(ctx context.Context, payload []byte) ([]byte, error) { return f(ctx, payload) }

// behaving gives a function that does what it is ordered to; an HTTP request it answers with the event that it got.
func behaving() lambda.Handler {
	return function(func(ctx context.Context, payload []byte) ([]byte, error) {
		var in struct {
			order
			Resource string `json:"resource"`
			Body     string `json:"body"`
		}
		if err := json.Unmarshal(payload, &in); err != nil {
			return nil, err
		}
		lc, _ := lambdacontext.FromContext(ctx)
		switch {
		case in.Resource == "/answer":
			return []byte(in.Body), nil
		case in.Resource == "/fail":
			return nil, errNoCase
		case in.Resource != "":
			return json.Marshal(map[string]any{"statusCode": 200, "body": string(payload)})
		case in.Runs != "":
			return in.count(lc.AwsRequestID)
		}
		return in.obey(ctx, payload)
	})
}

// count notes a run, and fails the first ones.
func (o order) count(id string) ([]byte, error) {
	before, err := noted(o.Runs)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(o.Runs, []byte(strings.Join(append(before, id), " ")), 0o600); err != nil {
		return nil, err
	}
	if len(before) < o.Fail {
		return nil, errNoCase
	}
	return []byte("null"), nil
}

// noted are the request ids of the runs in a file.
func noted(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", err)
	}
	return strings.Fields(string(text)), nil
}

func (o order) obey(ctx context.Context, payload []byte) ([]byte, error) {
	switch o.Do {
	case "context":
		lc, _ := lambdacontext.FromContext(ctx)
		_, limited := ctx.Deadline()
		return json.Marshal(surroundings{lc.AwsRequestID, lc.InvokedFunctionArn, limited})
	case "sentinel":
		return nil, errNoCase
	case "wrapped":
		return nil, fmt.Errorf("load: %w", errNoCase)
	case "value":
		return nil, caseClosed{"1"}
	case "pointer":
		return nil, &caseClosed{"1"}
	case "named":
		return nil, messages.InvokeResponse_Error{Type: "CaseNotFound", Message: "no case"}
	case "panic":
		panic("lost")
	case "panic with error":
		panic(&caseClosed{"2"})
	case "hang": // deaf to its deadline
		select {}
	case "big":
		return []byte(`"` + strings.Repeat("x", o.Size-2) + `"`), nil
	}
	return payload, nil
}
