package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// How many requests one address may make in five minutes. Mobile carriers put hundreds of people behind one address; what one person or
// contract may do is limited by the product itself.
const (
	mostRequests = 3000
	mostLogins   = 600
)

// addFirewall makes the web ACL of the CDN.
func addFirewall(scope constructs.Construct, s Settings) awswafv2.CfnWebACL {
	seen := func(name string) *awswafv2.CfnWebACL_VisibilityConfigProperty {
		return &awswafv2.CfnWebACL_VisibilityConfigProperty{
			CloudWatchMetricsEnabled: true, MetricName: jsii.String(s.name(name)), SampledRequestsEnabled: false, // samples hold personal data
		}
	}
	managed := func(priority int, name string) *awswafv2.CfnWebACL_RuleProperty {
		return &awswafv2.CfnWebACL_RuleProperty{
			Name: jsii.String(name), Priority: jsii.Number(priority), VisibilityConfig: seen(name),
			OverrideAction: &awswafv2.CfnWebACL_OverrideActionProperty{None: object{}},
			Statement: &awswafv2.CfnWebACL_StatementProperty{
				ManagedRuleGroupStatement: &awswafv2.CfnWebACL_ManagedRuleGroupStatementProperty{
					VendorName: jsii.String("AWS"), Name: jsii.String(name),
				},
			},
		}
	}
	below := func(path string) *awswafv2.CfnWebACL_StatementProperty {
		return &awswafv2.CfnWebACL_StatementProperty{ByteMatchStatement: &awswafv2.CfnWebACL_ByteMatchStatementProperty{
			FieldToMatch: &awswafv2.CfnWebACL_FieldToMatchProperty{UriPath: object{}}, PositionalConstraint: jsii.String("STARTS_WITH"),
			SearchString: jsii.String(path),
			TextTransformations: list{&awswafv2.CfnWebACL_TextTransformationProperty{
				Priority: jsii.Number(0), Type: jsii.String("NONE"),
			}},
		}}
	}
	limit := func(priority int, name string, most float64, where *awswafv2.CfnWebACL_StatementProperty) *awswafv2.CfnWebACL_RuleProperty {
		return &awswafv2.CfnWebACL_RuleProperty{
			Name: jsii.String(name), Priority: jsii.Number(priority), VisibilityConfig: seen(name),
			Action: &awswafv2.CfnWebACL_RuleActionProperty{Block: &awswafv2.CfnWebACL_BlockActionProperty{
				CustomResponse: &awswafv2.CfnWebACL_CustomResponseProperty{ResponseCode: jsii.Number(429)},
			}},
			Statement: &awswafv2.CfnWebACL_StatementProperty{RateBasedStatement: &awswafv2.CfnWebACL_RateBasedStatementProperty{
				AggregateKeyType: jsii.String("IP"), Limit: jsii.Number(most), ScopeDownStatement: where,
			}},
		}
	}
	notWebhooks := &awswafv2.CfnWebACL_StatementProperty{ // a provider sends what it has from a few addresses, and signs it
		NotStatement: &awswafv2.CfnWebACL_NotStatementProperty{Statement: below("/v1/webhooks/")},
	}
	return awswafv2.NewCfnWebACL(scope, jsii.String("Firewall"), &awswafv2.CfnWebACLProps{
		Name: jsii.String(s.name("firewall")), Scope: jsii.String("CLOUDFRONT"), VisibilityConfig: seen("firewall"),
		DefaultAction: &awswafv2.CfnWebACL_DefaultActionProperty{Allow: object{}},
		Rules: list{
			managed(0, "AWSManagedRulesAmazonIpReputationList"), managed(1, "AWSManagedRulesKnownBadInputsRuleSet"),
			limit(2, "logins", mostLogins, below("/v1/auth/")), limit(3, "requests", mostRequests, notWebhooks),
		},
	})
}
