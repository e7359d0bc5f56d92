package stack

import (
	"strings"
	"unicode"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regua/regua/shared/contract"
)

// Product is what is deployed, as the tables of contract say it.
type Product struct {
	Functions     []contract.Function
	Permissions   []contract.Permission
	Concurrencies []contract.Concurrency
	Routes        []contract.Route
	Queues        []contract.Queue
	Subscriptions []contract.Subscription
	Schedules     []contract.Schedule
	Machines      []contract.Machine
	Indexes       []contract.Index
	Buckets       []string
}

// FromContract is the product as it is.
func FromContract() Product {
	return Product{
		Functions: contract.Functions(), Permissions: contract.Permissions(), Concurrencies: contract.Concurrencies(),
		Routes: contract.Routes(), Queues: contract.Queues(), Subscriptions: contract.Subscriptions(), Schedules: contract.Schedules(),
		Machines: contract.Machines(), Indexes: contract.Indexes(), Buckets: contract.Buckets(),
	}
}

// Code is the compiled program of a function: a folder that holds it alone, and a hash of its content.
type Code struct{ Folder, Hash string }

// core is the Core stack while it is put together.
type core struct {
	awscdk.Stack
	settings Settings
	product  Product
	code     map[string]Code

	keys      map[string]awskms.CfnKey // by alias
	table     awsdynamodb.CfnTable
	secrets   map[string]awssecretsmanager.CfnSecret
	queues    map[string]awssqs.CfnQueue // dead-letter queues too
	buckets   map[string]awss3.CfnBucket
	topic     awssns.CfnTopic
	functions map[string]awslambda.CfnFunction
	machines  map[string]awsstepfunctions.CfnStateMachine
	api       awsapigateway.CfnRestApi
	stage     awsapigateway.CfnStage
}

// Core is what Edge needs to know of the Core stack.
type Core struct{ Stack awscdk.Stack }

// NewCore adds the Core stack to an app. Each function of the product must have its code.
func NewCore(scope constructs.Construct, s Settings, p Product, code map[string]Code) (Core, error) {
	c := &core{
		Stack: awscdk.NewStack(scope, jsii.String("Core"), &awscdk.StackProps{
			StackName: jsii.String(strings.TrimSuffix(contract.Prefix(s.Stage), "-")), Env: s.environment(),
			Description: jsii.String("Regua: collection and renegotiation of overdue debt, stage " + s.Stage),
			Synthesizer: awscdk.NewDefaultStackSynthesizer(nil),
		}),
		settings: s, product: p, code: code,
		keys: map[string]awskms.CfnKey{}, secrets: map[string]awssecretsmanager.CfnSecret{}, queues: map[string]awssqs.CfnQueue{},
		buckets:   map[string]awss3.CfnBucket{},
		functions: map[string]awslambda.CfnFunction{}, machines: map[string]awsstepfunctions.CfnStateMachine{},
	}
	c.addKeys()
	c.addTable()
	c.addSecrets()
	c.addBuckets()
	c.addTopic()
	c.addQueues()
	if err := c.addFunctions(); err != nil {
		return Core{}, err
	}
	c.addSchedules()
	if err := c.addMachines(); err != nil {
		return Core{}, err
	}
	if err := c.addAPI(); err != nil {
		return Core{}, err
	}
	c.addAlarms()
	c.addOutputs()
	return Core{c.Stack}, nil
}

func (s Settings) environment() *awscdk.Environment {
	if s.Account == "" || s.Region == "" {
		return nil
	}
	return &awscdk.Environment{Account: jsii.String(s.Account), Region: jsii.String(s.Region)}
}

// arn is the name of a resource of this account and region that is known before the resource is made.
func (c *core) arn(service, resource string) string {
	return "arn:" + *c.Partition() + ":" + service + ":" + *c.Region() + ":" + *c.Account() + ":" + resource
}

func (c *core) name(of string) *string { return jsii.String(c.settings.name(of)) }

// id makes a logical id of a name of contract: ("Queue", "creditor-signals") is QueueCreditorSignals.
func id(kind, name string) *string {
	var out strings.Builder
	out.WriteString(kind)
	separates := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for part := range strings.FieldsFuncSeq(name, separates) {
		out.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return jsii.String(out.String())
}

func (c *core) addOutputs() {
	output := func(name, what string, value *string) {
		awscdk.NewCfnOutput(c.Stack, jsii.String(name), &awscdk.CfnOutputProps{Value: value, Description: jsii.String(what)})
	}
	url := "https://" + *c.api.Ref() + ".execute-api." + *c.Region() + "." + *c.UrlSuffix() + "/" + c.settings.Stage
	awscdk.NewCfnOutput(c.Stack, jsii.String("ApiId"), &awscdk.CfnOutputProps{
		Value: c.api.Ref(), Description: jsii.String("The REST API"), ExportName: c.name(apiExport),
	})
	output("ApiUrl", "Where the API answers; with a domain, CloudFront stands before it", jsii.String(url))
	output("TableName", "The product's table", c.table.Ref())
	output("FilesBucket", "Where files are exchanged with banks", c.buckets[contract.BucketFiles].Ref())
	output("KeysSecret", "Put the deployment's keys here before the first request", c.secrets[contract.KeysSecret].Ref())
}
