package stack_test

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/regua/regua/infra/stack"
)

func synthesizeEdge(_ awscdk.App, _ stack.Settings, _ stack.Core, _ string) (map[string]template, error) {
	return nil, nil
}
