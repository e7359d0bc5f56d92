package stack_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/regua/regua/infra/stack"
	"github.com/regua/regua/shared/contract"
)

// newEdge makes the Edge stacks with a portal and a truststore that do not change.
func newEdge(app awscdk.App, s stack.Settings, core stack.Core, folder string) (stack.Edge, error) {
	s.Edge = stack.EdgeSettings{
		HostedZone: "Z0123456789ABCDEFGHIJ", Truststore: filepath.Join(folder, "clients.pem"), AlarmMail: "plantao@regua.example",
		Site: filepath.Join(folder, "site"),
	}
	for name, text := range map[string]string{
		"clients.pem": "authorities\n", "site/index.html": "<!doctype html>\n", "site/assets/a.js": "1\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o750); err != nil {
			return stack.Edge{}, err
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			return stack.Edge{}, err
		}
	}
	return stack.NewEdge(app, s, stack.FromContract(), core)
}

func edgeTemplate(t *testing.T, name string) template {
	t.Helper()
	core(t)
	return all().edge[name]
}

// Everything under the API's paths goes to the API and is never kept; all else is the portal.
func TestOneOriginServesPortalAndAPI(t *testing.T) {
	_, d := only(t, edgeTemplate(t, "edge"), "AWS::CloudFront::Distribution")
	config := at(d.Properties, "DistributionConfig")
	var behaviours []string
	for i := range at(config, "CacheBehaviors").([]any) {
		b := at(config, "CacheBehaviors", i)
		behaviours = append(behaviours, fmt.Sprint(at(b, "PathPattern"), " ", at(b, "TargetOriginId"), " ", at(b, "CachePolicyId")))
	}
	const uncached = " api 4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
	same(t, "paths of the API", behaviours, []string{"/v1/*" + uncached, "/docs" + uncached, "/openapi.yaml" + uncached})
	for _, r := range contract.Routes() {
		if !strings.HasPrefix(r.Path, "/v1/") && !slices.Contains(behaviours, r.Path+uncached) {
			t.Errorf("%s is not led to the API", r.Path)
		}
	}
	if at(config, "DefaultCacheBehavior", "TargetOriginId") != "site" || at(config, "Aliases", 0) != testDomain {
		t.Errorf("the rest goes to %v under %v", at(config, "DefaultCacheBehavior", "TargetOriginId"), at(config, "Aliases"))
	}
	for i := range at(config, "Origins").([]any) {
		if origin := at(config, "Origins", i); at(origin, "Id") == "api" && at(origin, "OriginPath") != "/"+testStage {
			t.Errorf("the API stands below %v", at(origin, "OriginPath"))
		}
	}
	_, headers := only(t, edgeTemplate(t, "edge"), "AWS::CloudFront::ResponseHeadersPolicy")
	security := at(headers.Properties, "ResponseHeadersPolicyConfig", "SecurityHeadersConfig")
	policy := fmt.Sprint(at(security, "ContentSecurityPolicy", "ContentSecurityPolicy"))
	if !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
		t.Errorf("the portal's policy is %s", policy)
	}
	if age, _ := at(security, "StrictTransportSecurity", "AccessControlMaxAgeSec").(float64); age < 31536000 {
		t.Errorf("browsers keep to TLS for %v seconds", age)
	}
}

func only(t *testing.T, s template, kind string) (string, resource) {
	t.Helper()
	found := s.ofType(kind)
	if len(found) != 1 {
		t.Fatalf("%d %s", len(found), kind)
	}
	for logical, r := range found {
		return logical, r
	}
	return "", resource{}
}

// Core is the same whether or not Edge stands before it.
func TestCoreDoesNotKnowOfEdge(t *testing.T) {
	for name, output := range core(t).raw["Outputs"].(map[string]any) {
		if export := at(output, "Export", "Name"); export != nil && name != "ApiId" {
			t.Errorf("Core exports %s for another stack", name)
		}
	}
	for logical, r := range core(t).Resources {
		if strings.HasPrefix(r.Type, "Custom::") {
			t.Errorf("Core holds the custom resource %s", logical)
		}
	}
}

func TestWebhooksOfPIXShowACertificate(t *testing.T) {
	_, domain := only(t, edgeTemplate(t, "edge"), "AWS::ApiGateway::DomainName")
	uri := flat(at(domain.Properties, "MutualTlsAuthentication", "TruststoreUri"))
	if !strings.HasPrefix(uri, "s3://") || !strings.HasSuffix(uri, ".pem") || domain.Properties["DomainName"] != "webhooks."+testDomain {
		t.Errorf("%v trusts %s", domain.Properties["DomainName"], uri)
	}
}

func TestTheFirewallStandsBeforeTheCDN(t *testing.T) {
	_, acl := only(t, edgeTemplate(t, "perimeter"), "AWS::WAFv2::WebACL")
	if acl.Properties["Scope"] != "CLOUDFRONT" {
		t.Errorf("the firewall is for %v", acl.Properties["Scope"])
	}
	_, d := only(t, edgeTemplate(t, "edge"), "AWS::CloudFront::Distribution")
	if at(d.Properties, "DistributionConfig", "WebACLId") == nil {
		t.Error("the CDN has no firewall")
	}
}

// Every alarm of the stage, and none of another, reaches the topic.
func TestAlarmsReachTheTopic(t *testing.T) {
	edge := edgeTemplate(t, "edge")
	_, rule := edge.named(t, "AWS::Events::Rule", "Name", physical("alarms"))
	prefix := flat(at(rule.Properties, "EventPattern", "resources", 0, "prefix"))
	for logical, r := range core(t).ofType("AWS::CloudWatch::Alarm") {
		arn := "arn:aws:cloudwatch:sa-east-1:111122223333:alarm:" + r.Properties["AlarmName"].(string)
		if !strings.HasPrefix(arn, prefix) {
			t.Errorf("%s rings unheard: %s", logical, prefix)
		}
	}
	_, other := edge.named(t, "AWS::SNS::Topic", "TopicName", physical("alarms"))
	if other.Properties["KmsMasterKeyId"] == nil {
		t.Error("notices of alarms rest unencrypted")
	}
}

// The page answers every path that is no file, as the local cloud does.
func TestPathsThatAreNoFileAreThePage(t *testing.T) {
	_, function := only(t, edgeTemplate(t, "edge"), "AWS::CloudFront::Function")
	for asked, want := range map[string]string{
		"/": "/index.html", "/e/ABC": "/index.html", "/v1.2/x": "/index.html", "/index.html": "/index.html", "/robots.txt": "/robots.txt",
		"/assets/index-C-Z5u-AO.js": "/assets/index-C-Z5u-AO.js",
	} {
		event, err := json.Marshal(map[string]any{"request": map[string]string{"uri": asked}})
		if err != nil {
			t.Fatal(err)
		}
		script := flat(function.Properties["FunctionCode"]) + "; process.stdout.write(handler(" + string(event) + ").uri)"
		got, err := exec.CommandContext(t.Context(), "node", "-e", script).Output()
		if err != nil || string(got) != want {
			t.Errorf("%s leads to %q, want %q: %v", asked, got, want, err)
		}
	}
}

func TestThePortalsBucketIsClosed(t *testing.T) {
	edge := edgeTemplate(t, "edge")
	logical, bucket := only(t, edge, "AWS::S3::Bucket")
	for _, setting := range []string{"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"} {
		if at(bucket.Properties, "PublicAccessBlockConfiguration", setting) != true {
			t.Errorf("%s is off", setting)
		}
	}
	if at(bucket.Properties, "BucketEncryption") == nil {
		t.Error("the bucket rests unencrypted")
	}
	_, rules := only(t, edge, "AWS::S3::BucketPolicy")
	var tls, readers []string
	for _, s := range statements(rules) {
		switch {
		case s.effect == "Deny" && at(s.condition, "Bool", "aws:SecureTransport") == "false":
			tls = append(tls, s.principals...)
		case s.effect == "Allow":
			readers = append(readers, s.where+" "+flat(at(s.condition, "StringEquals", "aws:SourceArn")))
		}
	}
	same(t, logical+" refuses without TLS", tls, []string{"*"})
	same(t, logical+" lets in", readers, []string{"TheCDNReads arn:aws:cloudfront::111122223333:distribution/${Distribution}"})
}
