package stack

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"github.com/regua/regua/shared/contract"
)

// apiTimeoutMS is how long the gateway waits for a function: its own longest.
const apiTimeoutMS = 29_000

// securityPolicies are API Gateway's names of the oldest TLS that it takes.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
var securityPolicies = map[string]string{"1.3": "SecurityPolicy_TLS13_1_3_2025_09", "1.2": "SecurityPolicy_TLS13_1_2_2021_06"}

// accessLog is a line of the access log. It names the route and not the path, which can hold a token, and no address of a person.
var accessLog = map[string]string{
	"requestId": "$context.requestId", "extendedRequestId": "$context.extendedRequestId", "time": "$context.requestTime",
	"method": "$context.httpMethod", "route": "$context.resourcePath", "status": "$context.status", "protocol": "$context.protocol",
	"responseBytes": "$context.responseLength", "latencyMs": "$context.responseLatency", "error": "$context.error.responseType",
	"integrationStatus": "$context.integrationStatus", "integrationLatencyMs": "$context.integrationLatency",
	"tls": "$context.tlsVersion",
}

func (c *core) addAPI() error {
	c.api = awsapigateway.NewCfnRestApi(c.Stack, jsii.String("Api"), &awsapigateway.CfnRestApiProps{
		Name: c.name("api"), Description: jsii.String("Regua, stage " + c.settings.Stage),
		EndpointConfiguration: &awsapigateway.CfnRestApi_EndpointConfigurationProperty{Types: jsii.Strings("REGIONAL")},
		BinaryMediaTypes:      jsii.Strings(contract.BinaryMediaTypes()...),
		SecurityPolicy:        jsii.String(securityPolicies[c.settings.TLS]), EndpointAccessMode: jsii.String("STRICT"),
	})
	resources := map[string]*string{"": c.api.AttrRootResourceId()}
	var methods []awscdk.CfnResource
	for _, r := range c.product.Routes {
		methods = append(methods, c.addMethod(r, c.addPath(resources, r.Path)))
	}
	for _, f := range c.product.Functions {
		if c.answersRoutes(f.Name) {
			awslambda.NewCfnPermission(c.Stack, id("ApiPermission", f.Name), &awslambda.CfnPermissionProps{
				Action: jsii.String("lambda:InvokeFunction"), FunctionName: c.functions[f.Name].Ref(),
				Principal: jsii.String("apigateway.amazonaws.com"),
				SourceArn: jsii.String(c.arn("execute-api", *c.api.Ref()+"/"+c.settings.Stage+"/*")),
			})
		}
	}
	return c.addStage(methods)
}

func (c *core) answersRoutes(function string) bool {
	for _, r := range c.product.Routes {
		if r.Function == function {
			return true
		}
	}
	return false
}

// addPath makes the resources of a path that are not there yet and returns the last one's id.
func (c *core) addPath(resources map[string]*string, path string) *string {
	parent := ""
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		here := parent + "/" + part
		if resources[here] == nil {
			resources[here] = awsapigateway.NewCfnResource(c.Stack, id("Path", here), &awsapigateway.CfnResourceProps{
				RestApiId: c.api.Ref(), ParentId: resources[parent], PathPart: jsii.String(part),
			}).Ref()
		}
		parent = here
	}
	return resources[parent]
}

func (c *core) addMethod(r contract.Route, resource *string) awscdk.CfnResource {
	uri := "arn:" + *c.Partition() + ":apigateway:" + *c.Region() + ":lambda:path/2015-03-31/functions/" +
		*c.functions[r.Function].AttrArn() + "/invocations"
	parameters := map[string]bool{}
	for part := range strings.SplitSeq(r.Path, "/") {
		if strings.HasPrefix(part, "{") {
			parameters["method.request.path."+strings.Trim(part, "{+}")] = true
		}
	}
	return awsapigateway.NewCfnMethod(c.Stack, id("Route"+r.Method, r.Path), &awsapigateway.CfnMethodProps{
		RestApiId: c.api.Ref(), ResourceId: resource, HttpMethod: jsii.String(r.Method), AuthorizationType: jsii.String("NONE"),
		RequestParameters: parameters,
		Integration: &awsapigateway.CfnMethod_IntegrationProperty{
			Type: jsii.String("AWS_PROXY"), IntegrationHttpMethod: jsii.String("POST"), Uri: jsii.String(uri),
			TimeoutInMillis: jsii.Number(apiTimeoutMS),
		},
	})
}

// addStage makes the deployment and its stage. A deployment is a picture of the API as it was: other routes need another one, so the routes
// stand in its name.
func (c *core) addStage(methods []awscdk.CfnResource) error {
	text, err := json.Marshal([]any{c.product.Routes, apiTimeoutMS})
	if err != nil {
		return fmt.Errorf("write routes: %w", err)
	}
	sum := sha256.Sum256(text)
	deployment := awsapigateway.NewCfnDeployment(c.Stack, jsii.String("Deployment"+hex.EncodeToString(sum[:5])),
		&awsapigateway.CfnDeploymentProps{RestApiId: c.api.Ref(), Description: jsii.String("Routes of contract")})
	for _, method := range methods {
		deployment.AddDependency(method)
	}
	format, err := json.Marshal(accessLog)
	if err != nil {
		return fmt.Errorf("write format of access log: %w", err)
	}
	logs := c.addLogGroup("Api", apiLogs, "access")
	c.stage = awsapigateway.NewCfnStage(c.Stack, jsii.String("Stage"), &awsapigateway.CfnStageProps{
		RestApiId: c.api.Ref(), DeploymentId: deployment.Ref(), StageName: jsii.String(c.settings.Stage),
		MethodSettings: list{&awsapigateway.CfnStage_MethodSettingProperty{
			ResourcePath: jsii.String("/*"), HttpMethod: jsii.String("*"), MetricsEnabled: true, LoggingLevel: jsii.String("OFF"),
			DataTraceEnabled: false, ThrottlingRateLimit: jsii.Number(contract.ThrottleRate),
			ThrottlingBurstLimit: jsii.Number(contract.ThrottleBurst),
		}},
		AccessLogSetting: &awsapigateway.CfnStage_AccessLogSettingProperty{
			DestinationArn: jsii.String(c.arn("logs", "log-group:"+*logs.Ref())), Format: jsii.String(string(format)),
		},
	})
	c.stage.AddDependency(c.addGatewayAccount())
	return nil
}

// addGatewayAccount lets API Gateway write logs. The setting holds for the account's whole region, so it outlives the stack.
func (c *core) addGatewayAccount() awscdk.CfnResource {
	role := awsiam.NewCfnRole(c.Stack, jsii.String("ApiLogRole"), &awsiam.CfnRoleProps{
		AssumeRolePolicyDocument: trust("apigateway.amazonaws.com"), Description: jsii.String("Lets API Gateway write its logs"),
		ManagedPolicyArns: &[]any{
			jsii.String("arn:" + *c.Partition() + ":iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"),
		},
	})
	kept(role)
	account := awsapigateway.NewCfnAccount(c.Stack, jsii.String("ApiAccount"), &awsapigateway.CfnAccountProps{
		CloudWatchRoleArn: role.AttrArn(),
	})
	kept(account)
	return account
}

// mailIdentities are the identities in whose name mail may be sent: the sender's address, its domain, and the stage's configuration set.
func (c *core) mailIdentities() list {
	_, domain, _ := strings.Cut(c.settings.MailFrom, "@")
	return list{
		c.arn("ses", "identity/"+c.settings.MailFrom), c.arn("ses", "identity/"+domain),
		c.arn("ses", "configuration-set/"+c.settings.name(mailConfiguration)),
	}
}
