// Package workflow starts state machine executions and answers their waiting tasks through Step Functions.
package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/regua/regua/shared/collection"
)

// API is what of Step Functions is used; *sfn.Client has it.
type API interface {
	StartExecution(ctx context.Context, in *sfn.StartExecutionInput, opts ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error)
	SendTaskSuccess(ctx context.Context, in *sfn.SendTaskSuccessInput, opts ...func(*sfn.Options)) (*sfn.SendTaskSuccessOutput, error)
}

// ErrGone says that nothing waits for a token any more: its task was answered, timed out, or its execution ended. It is a
// collection.ErrNotFound.
var ErrGone = fmt.Errorf("%w: nothing waits for this token", collection.ErrNotFound)

// Client starts executions and answers tasks.
type Client struct{ api API }

// New makes a Client.
func New(api API) *Client { return &Client{api} }

// Start starts an execution under a name that is its idempotency: an execution of that name that was started before is success. Names are
// free again 90 days after an execution's end. The input is encoded as JSON. Any failure is collection.ErrUnavailable.
func (c *Client) Start(ctx context.Context, machineARN, name string, input any) error {
	text, err := json.Marshal(input)
	if err != nil {
		return fmt.Errorf("encode input of execution %s: %w", name, err)
	}
	_, err = c.api.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: aws.String(machineARN), Name: aws.String(name), Input: aws.String(string(text)),
	})
	var exists *types.ExecutionAlreadyExists
	if err == nil || errors.As(err, &exists) {
		return nil
	}
	return fmt.Errorf("%w: start execution %s: %w", collection.ErrUnavailable, name, err)
}

// Succeed answers a waiting task with output, encoded as JSON. It is ErrGone when nothing waits for the token, and
// collection.ErrUnavailable on any other failure.
func (c *Client) Succeed(ctx context.Context, token string, output any) error {
	text, err := json.Marshal(output)
	if err != nil {
		return fmt.Errorf("encode task output: %w", err)
	}
	_, err = c.api.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: aws.String(token), Output: aws.String(string(text))})
	var (
		timedOut *types.TaskTimedOut
		unknown  *types.TaskDoesNotExist
		invalid  *types.InvalidToken
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &timedOut), errors.As(err, &unknown), errors.As(err, &invalid):
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	return fmt.Errorf("%w: answer task: %w", collection.ErrUnavailable, err)
}
