package stack

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsses"
	"github.com/aws/jsii-runtime-go"
)

// mailConfiguration is the SES configuration set of a stage.
const mailConfiguration = "mail"

// addMail makes the sender's identity with its signing keys, and the configuration set that its mail goes through by default.
func (e *edge) addMail() {
	s := e.settings
	_, domain, _ := strings.Cut(s.MailFrom, "@")
	set := awsses.NewCfnConfigurationSet(e.Stack, jsii.String("Mail"), &awsses.CfnConfigurationSetProps{
		Name:               jsii.String(s.name(mailConfiguration)),
		DeliveryOptions:    &awsses.CfnConfigurationSet_DeliveryOptionsProperty{TlsPolicy: jsii.String("REQUIRE")},
		ReputationOptions:  &awsses.CfnConfigurationSet_ReputationOptionsProperty{ReputationMetricsEnabled: true},
		SendingOptions:     &awsses.CfnConfigurationSet_SendingOptionsProperty{SendingEnabled: true},
		SuppressionOptions: &awsses.CfnConfigurationSet_SuppressionOptionsProperty{SuppressedReasons: jsii.Strings("BOUNCE", "COMPLAINT")},
	})
	awsses.NewCfnConfigurationSetEventDestination(e.Stack, jsii.String("MailEvents"), &awsses.CfnConfigurationSetEventDestinationProps{
		ConfigurationSetName: set.Ref(),
		EventDestination: &awsses.CfnConfigurationSetEventDestination_EventDestinationProperty{
			Enabled: true, Name: jsii.String("metrics"), MatchingEventTypes: jsii.Strings("bounce", "complaint", "reject", "delivery"),
			CloudWatchDestination: &awsses.CfnConfigurationSetEventDestination_CloudWatchDestinationProperty{
				DimensionConfigurations: list{&awsses.CfnConfigurationSetEventDestination_DimensionConfigurationProperty{
					DimensionName: jsii.String("stage"), DimensionValueSource: jsii.String("messageTag"), DefaultDimensionValue: jsii.String(s.Stage),
				}},
			},
		},
	})
	identity := awsses.NewCfnEmailIdentity(e.Stack, jsii.String("MailIdentity"), &awsses.CfnEmailIdentityProps{
		EmailIdentity:              jsii.String(domain),
		ConfigurationSetAttributes: &awsses.CfnEmailIdentity_ConfigurationSetAttributesProperty{ConfigurationSetName: set.Ref()},
		DkimAttributes:             &awsses.CfnEmailIdentity_DkimAttributesProperty{SigningEnabled: true},
	})
	if s.Edge.HostedZone == "" || domain != s.Domain && !strings.HasSuffix(domain, "."+s.Domain) {
		return
	}
	for i, token := range []struct{ name, value *string }{
		{identity.AttrDkimDnsTokenName1(), identity.AttrDkimDnsTokenValue1()},
		{identity.AttrDkimDnsTokenName2(), identity.AttrDkimDnsTokenValue2()},
		{identity.AttrDkimDnsTokenName3(), identity.AttrDkimDnsTokenValue3()},
	} {
		awsroute53.NewCfnRecordSet(e.Stack, jsii.String("MailSignature"+string(rune('1'+i))), &awsroute53.CfnRecordSetProps{
			HostedZoneId: jsii.String(s.Edge.HostedZone), Name: token.name, Type: jsii.String("CNAME"), Ttl: jsii.String("3600"),
			ResourceRecords: &[]*string{token.value},
		})
	}
}

// addWebhookDomain makes the name under which providers that show a certificate of their own send notices, as PIX demands.
func (e *edge) addWebhookDomain() {
	s := e.settings
	trusted := awss3assets.NewAsset(e.Stack, jsii.String("Truststore"), &awss3assets.AssetProps{Path: jsii.String(s.Edge.Truststore)})
	domain := awsapigateway.NewCfnDomainName(e.Stack, jsii.String("WebhookDomain"), &awsapigateway.CfnDomainNameProps{
		DomainName: jsii.String(s.webhookDomain()), SecurityPolicy: jsii.String("TLS_1_2"),
		RegionalCertificateArn: s.certificate(e.Stack, "WebhookCertificate", s.webhookDomain()).Ref(),
		EndpointConfiguration:  &awsapigateway.CfnDomainName_EndpointConfigurationProperty{Types: jsii.Strings("REGIONAL")},
		MutualTlsAuthentication: &awsapigateway.CfnDomainName_MutualTlsAuthenticationProperty{
			TruststoreUri: trusted.S3ObjectUrl(),
		},
	})
	awsapigateway.NewCfnBasePathMapping(e.Stack, jsii.String("WebhookMapping"), &awsapigateway.CfnBasePathMappingProps{
		DomainName: domain.Ref(), RestApiId: e.apiID, Stage: jsii.String(s.Stage),
	})
	e.addAlias("Webhook", s.webhookDomain(), domain.AttrRegionalDomainName(), domain.AttrRegionalHostedZoneId())
}
