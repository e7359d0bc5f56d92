package stack

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/jsii-runtime-go"

	"github.com/regua/regua/shared/contract"
)

// program is the file that the runtime starts.
const program = "bootstrap"

// trust lets a service take a role.
func trust(service string) object {
	return policy(object{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": object{"Service": service}})
}

// addRole makes a role whose only policy stands in it, so that whatever uses the role has its rights from the start.
func (c *core) addRole(logicalID *string, service, what string, allowed object) awsiam.CfnRole {
	return awsiam.NewCfnRole(c.Stack, logicalID, &awsiam.CfnRoleProps{
		AssumeRolePolicyDocument: trust(service), Description: jsii.String(what),
		Policies: list{&awsiam.CfnRole_PolicyProperty{PolicyName: jsii.String("Allowed"), PolicyDocument: allowed}},
	})
}

func (c *core) addFunctions() error {
	environment := c.environment()
	for _, f := range c.product.Functions {
		code, ok := c.code[f.Name]
		if !ok {
			return fmt.Errorf("function %s has no program", f.Name)
		}
		asset := awss3assets.NewAsset(c.Stack, id("Code", f.Name), &awss3assets.AssetProps{
			Path: jsii.String(code.Folder), AssetHash: jsii.String(code.Hash), AssetHashType: awscdk.AssetHashType_CUSTOM,
		})
		logs := c.addLogGroup("Function", functionLogs, f.Name)
		allowed, err := c.rolePolicy(f.Name, *logs.AttrArn())
		if err != nil {
			return err
		}
		role := c.addRole(id("Role", f.Name), "lambda.amazonaws.com", "What "+c.settings.name(f.Name)+" may do", allowed)
		props := &awslambda.CfnFunctionProps{
			FunctionName: c.name(f.Name), Description: jsii.String("functions/" + f.Name),
			Runtime: jsii.String("provided.al2023"), Handler: jsii.String(program), Role: role.AttrArn(),
			Architectures: jsii.Strings(lambdaArchitecture(c.settings.Architecture)),
			Code:          &awslambda.CfnFunction_CodeProperty{S3Bucket: asset.S3BucketName(), S3Key: asset.S3ObjectKey()},
			Environment:   &awslambda.CfnFunction_EnvironmentProperty{Variables: environment},
			LoggingConfig: &awslambda.CfnFunction_LoggingConfigProperty{LogGroup: logs.Ref(), LogFormat: jsii.String("JSON")},
			MemorySize:    jsii.Number(f.MemoryMB), Timeout: jsii.Number(f.Timeout.Seconds()),
		}
		if f.Reserved > 0 {
			props.ReservedConcurrentExecutions = jsii.Number(f.Reserved)
		}
		c.functions[f.Name] = awslambda.NewCfnFunction(c.Stack, id("Function", f.Name), props)
	}
	return c.addConsumers()
}

func lambdaArchitecture(goarch string) string {
	if goarch == "amd64" {
		return "x86_64"
	}
	return goarch
}

// environment is what every function finds in its surroundings; Lambda adds the region.
func (c *core) environment() *map[string]*string {
	s := c.settings
	values := map[string]*string{
		contract.EnvStage: jsii.String(s.Stage), contract.EnvAccount: c.Account(), contract.EnvPortalURL: jsii.String(s.PortalURL),
		contract.EnvMailFrom: jsii.String(s.MailFrom),
	}
	for name, value := range map[string]string{
		contract.EnvSandboxURL: s.SandboxURL, contract.EnvEndpoint: s.EndpointURL, contract.EnvCookieName: s.CookieName,
	} {
		if value != "" {
			values[name] = jsii.String(value)
		}
	}
	if s.InsecureCookie {
		values[contract.EnvCookieInsecure] = jsii.String(strconv.FormatBool(true))
	}
	return &values
}

// addConsumers lets functions take in their queues. Messages that failed come back one by one, the others of a batch do not.
func (c *core) addConsumers() error {
	for _, q := range c.product.Queues {
		if q.Consumer == "" {
			continue
		}
		function, ok := c.functions[q.Consumer]
		if !ok {
			return fmt.Errorf("queue %s is consumed by %s, which does not exist", q.Name, q.Consumer)
		}
		props := &awslambda.CfnEventSourceMappingProps{
			EventSourceArn: c.queues[q.Name].AttrArn(), FunctionName: function.Ref(), BatchSize: jsii.Number(q.BatchSize),
			FunctionResponseTypes: jsii.Strings("ReportBatchItemFailures"),
		}
		i := slices.IndexFunc(c.product.Concurrencies, func(l contract.Concurrency) bool { return l.Function == q.Consumer })
		if i >= 0 {
			props.ScalingConfig = &awslambda.CfnEventSourceMapping_ScalingConfigProperty{
				MaximumConcurrency: jsii.Number(c.product.Concurrencies[i].AtMost),
			}
		}
		awslambda.NewCfnEventSourceMapping(c.Stack, id("Consumer", q.Name), props)
	}
	return nil
}
