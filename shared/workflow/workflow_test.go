package workflow

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/regua/regua/shared/collection"
)

type fake struct {
	err   error
	start *sfn.StartExecutionInput
	done  *sfn.SendTaskSuccessInput
}

func (f *fake) StartExecution(_ context.Context, in *sfn.StartExecutionInput, _ ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error) {
	f.start = in
	return &sfn.StartExecutionOutput{}, f.err
}

func (f *fake) SendTaskSuccess(
	_ context.Context, in *sfn.SendTaskSuccessInput, _ ...func(*sfn.Options),
) (*sfn.SendTaskSuccessOutput, error) {
	f.done = in
	return &sfn.SendTaskSuccessOutput{}, f.err
}

func TestStart(t *testing.T) {
	f := &fake{}
	if err := New(f).Start(context.Background(), "arn", "name", map[string]string{"intentId": "x"}); err != nil {
		t.Fatal(err)
	}
	if *f.start.StateMachineArn != "arn" || *f.start.Name != "name" || *f.start.Input != `{"intentId":"x"}` {
		t.Fatalf("sent %+v", f.start)
	}
	f.err = &types.ExecutionAlreadyExists{}
	if err := New(f).Start(context.Background(), "arn", "name", nil); err != nil {
		t.Fatalf("a repeated start must be success, got %v", err)
	}
	f.err = errors.New("throttled")
	if err := New(f).Start(context.Background(), "arn", "name", nil); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	if err := New(f).Start(context.Background(), "arn", "name", make(chan int)); err == nil || errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("an input that cannot be encoded: got %v", err)
	}
}

func TestSucceed(t *testing.T) {
	f := &fake{}
	if err := New(f).Succeed(context.Background(), "token", struct{}{}); err != nil || *f.done.TaskToken != "token" || *f.done.Output != "{}" {
		t.Fatalf("sent %+v, %v", f.done, err)
	}
	for _, gone := range []error{&types.TaskTimedOut{}, &types.TaskDoesNotExist{}, &types.InvalidToken{}} {
		f.err = gone
		if err := New(f).Succeed(context.Background(), "token", struct{}{}); !errors.Is(err, ErrGone) {
			t.Errorf("%T: got %v", gone, err)
		}
	}
	f.err = errors.New("no route")
	err := New(f).Succeed(context.Background(), "token", struct{}{})
	if !errors.Is(err, collection.ErrUnavailable) || errors.Is(err, ErrGone) {
		t.Errorf("got %v", err)
	}
}
