package stack

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regua/regua/shared/contract"
)

// Context keys of the Edge stacks.
const (
	KeyHostedZone = "hostedZoneId" // Route 53 zone of the domain; without one the operator makes the DNS records
	KeyTruststore = "truststore"   // PEM file of the authorities that sign the clients of PIX webhooks; it makes their domain
	KeyAlarmMail  = "alarmMail"    // who hears of alarms
	KeySite       = "site"         // directory of the built portal; default web/dist
)

// EdgeSettings is what the Edge stacks need besides the domain.
type EdgeSettings struct {
	HostedZone string
	Truststore string // empty: no domain for mutual TLS
	AlarmMail  string // empty: the topic is there and nobody listens
	Site       string
}

var (
	zoneForm      = regexp.MustCompile(`^(Z[A-Z0-9]+)?$`)
	alarmMailForm = regexp.MustCompile(`^([^@\s]+@\S+)?$`)
)

func readEdge(text func(key, otherwise string, form *regexp.Regexp) string) EdgeSettings {
	return EdgeSettings{
		HostedZone: text(KeyHostedZone, "", zoneForm), Truststore: text(KeyTruststore, "", nil),
		AlarmMail: text(KeyAlarmMail, "", alarmMailForm), Site: text(KeySite, "web/dist", nil),
	}
}

// perimeterRegion is where CloudFront takes certificates and web ACLs from.
const perimeterRegion = "us-east-1"

// edge is the Edge stack while it is put together. It reads what Core exports by name, so that Core does not change when Edge is there.
type edge struct {
	awscdk.Stack
	settings Settings
	product  Product
	apiID    *string
}

// Edge is the stacks that stand between the product and the world.
type Edge struct {
	Stack     awscdk.Stack
	Perimeter awscdk.Stack // certificate and web ACL of the CDN
}

// NewEdge adds the Edge stacks to an app.
func NewEdge(scope constructs.Construct, s Settings, p Product, core Core) (Edge, error) {
	newStack := func(name, what, region string) awscdk.Stack {
		return awscdk.NewStack(scope, jsii.String(name), &awscdk.StackProps{
			StackName: jsii.String(s.name(strings.ToLower(name))), Description: jsii.String("Regua: " + what + ", stage " + s.Stage),
			Env:                   &awscdk.Environment{Account: jsii.String(s.Account), Region: jsii.String(region)},
			CrossRegionReferences: jsii.Bool(true), Synthesizer: awscdk.NewDefaultStackSynthesizer(nil),
		})
	}
	perimeter := newStack("Perimeter", "certificate and firewall of the CDN", perimeterRegion)
	e := &edge{
		Stack: newStack("Edge", "what stands between the product and the world", s.Region), settings: s, product: p,
		apiID: awscdk.Fn_ImportValue(jsii.String(s.name(apiExport))),
	}
	e.AddDependency(core.Stack, jsii.String("the API's id"))
	certificate := s.certificate(perimeter, "Certificate", s.Domain)
	if err := e.addSite(certificate.Ref(), addFirewall(perimeter, s).AttrArn()); err != nil {
		return Edge{}, err
	}
	if s.Edge.Truststore != "" {
		e.addWebhookDomain()
	}
	e.addMail()
	e.addAlarmRoute()
	if err := e.addDashboard(); err != nil {
		return Edge{}, err
	}
	return Edge{e.Stack, perimeter}, nil
}

// certificate asks for a certificate. With a zone it validates itself; without one the deployment waits until the operator has made the
// record that ACM names.
func (s Settings) certificate(scope constructs.Construct, name, domain string) awscertificatemanager.CfnCertificate {
	props := &awscertificatemanager.CfnCertificateProps{DomainName: jsii.String(domain), ValidationMethod: jsii.String("DNS")}
	if s.Edge.HostedZone != "" {
		props.DomainValidationOptions = list{&awscertificatemanager.CfnCertificate_DomainValidationOptionProperty{
			DomainName: jsii.String(domain), HostedZoneId: jsii.String(s.Edge.HostedZone),
		}}
	}
	return awscertificatemanager.NewCfnCertificate(scope, jsii.String(name), props)
}

// addAlias lets a name of the zone lead to a resource of AWS.
func (e *edge) addAlias(name, domain string, target, targetZone *string) {
	if e.settings.Edge.HostedZone == "" {
		return
	}
	for _, kind := range []string{"A", "AAAA"} {
		awsroute53.NewCfnRecordSet(e.Stack, jsii.String(name+kind), &awsroute53.CfnRecordSetProps{
			HostedZoneId: jsii.String(e.settings.Edge.HostedZone), Name: jsii.String(domain), Type: jsii.String(kind),
			AliasTarget: &awsroute53.CfnRecordSet_AliasTargetProperty{DnsName: target, HostedZoneId: targetZone},
		})
	}
}

func (e *edge) arn(service, resource string) string {
	return "arn:" + *e.Partition() + ":" + service + ":" + e.settings.Region + ":" + e.settings.Account + ":" + resource
}

// New adds all stacks to an app: Core, and Edge when there is a domain.
func New(app awscdk.App, s Settings, code map[string]Code) error {
	product := FromContract()
	core, err := NewCore(app, s, product, code)
	if err != nil || s.Domain == "" {
		return err
	}
	if _, err := NewEdge(app, s, product, core); err != nil {
		return fmt.Errorf("edge: %w", err)
	}
	return nil
}

// apiExport is the name, without the stage's prefix, under which Core exports the API's id.
const apiExport = "api-id"

func (s Settings) webhookDomain() string { return "webhooks." + s.Domain }

// physicalAPI is the API's name, which its metrics carry.
func (s Settings) physicalAPI() string { return contract.Prefix(s.Stage) + "api" }
