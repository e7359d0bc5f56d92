package stack

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3deployment"
	"github.com/aws/jsii-runtime-go"
)

const (
	// portalPolicy lets the portal run its own script and style and nothing else.
	portalPolicy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
	// permissionsPolicy switches off what the portal never asks a browser for.
	permissionsPolicy = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
	twoYears          = 63_072_000 // seconds

	// Policies that CloudFront keeps, by their fixed ids.
	// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
	cachingOptimized = "658327ea-f89d-4fab-a63d-7e88639e58f6"
	cachingDisabled  = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
	// allButHost sends the viewer's request on with the origin's own host name.
	allButHost = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
	// cloudFrontZone is the zone of all aliases to CloudFront.
	cloudFrontZone = "Z2FDTNDATAQYW2"

	originSite, originAPI = "site", "api"
)

// pageOfPaths answers every path that is no file with the portal's page, which finds its way by itself.
const pageOfPaths = `function handler(event) {
  var request = event.request;
  if (request.uri.lastIndexOf('.') < request.uri.lastIndexOf('/')) { request.uri = '/index.html'; }
  return request;
}`

// addSite makes the one origin: the portal's files from a bucket, and the API below it.
func (e *edge) addSite(certificate, firewall *string) error {
	if _, err := os.Stat(filepath.Join(e.settings.Edge.Site, "index.html")); err != nil {
		return fmt.Errorf("the portal is not built: %w", err)
	}
	bucket := awss3.NewBucket(e.Stack, jsii.String("Site"), &awss3.BucketProps{
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(), Encryption: awss3.BucketEncryption_S3_MANAGED, EnforceSSL: jsii.Bool(true),
		ObjectOwnership: awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED, RemovalPolicy: awscdk.RemovalPolicy_RETAIN,
	})
	distribution := e.addDistribution(bucket, certificate, firewall)
	bucket.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String("TheCDNReads"), Actions: jsii.Strings("s3:GetObject"), Resources: jsii.Strings(*bucket.ArnForObjects(jsii.String("*"))),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cloudfront.amazonaws.com"), nil)},
		Conditions: &map[string]any{"StringEquals": object{"aws:SourceArn": e.distributionARN(distribution)}},
	}))
	// Files named by their content are kept for good, so that a page that was loaded before a deployment still finds its own.
	assets := e.upload("Assets", bucket, "public, max-age=31536000, immutable", nil, "*", "assets/*")
	page := e.upload("Page", bucket, "no-cache", distribution, "assets/*", "")
	page.Node().AddDependency(assets)
	e.addAlias("Portal", e.settings.Domain, distribution.AttrDomainName(), jsii.String(cloudFrontZone))
	awscdk.NewCfnOutput(e.Stack, jsii.String("PortalTarget"), &awscdk.CfnOutputProps{
		Value: distribution.AttrDomainName(), Description: jsii.String("Where the portal's name must lead (CNAME or alias)"),
	})
	return nil
}

func (e *edge) distributionARN(d awscloudfront.CfnDistribution) string {
	return "arn:" + *e.Partition() + ":cloudfront::" + e.settings.Account + ":distribution/" + *d.Ref()
}

// upload puts files of the portal into the bucket.
func (e *edge) upload(name string, bucket awss3.Bucket, cache string, stale awscloudfront.CfnDistribution, exclude, include string,
) awss3deployment.BucketDeployment {
	props := &awss3deployment.BucketDeploymentProps{
		DestinationBucket: bucket, Prune: jsii.Bool(false), Exclude: jsii.Strings(exclude),
		Sources:      &[]awss3deployment.ISource{awss3deployment.Source_Asset(jsii.String(e.settings.Edge.Site), nil)},
		CacheControl: &[]awss3deployment.CacheControl{awss3deployment.CacheControl_FromString(jsii.String(cache))},
	}
	if include != "" {
		props.Include = jsii.Strings(include)
	}
	if stale != nil {
		props.Distribution, props.DistributionPaths = stale, jsii.Strings("/", "/index.html")
	}
	return awss3deployment.NewBucketDeployment(e.Stack, jsii.String(name), props)
}

func (e *edge) addDistribution(bucket awss3.Bucket, certificate, firewall *string) awscloudfront.CfnDistribution {
	s := e.settings
	access := awscloudfront.NewCfnOriginAccessControl(e.Stack, jsii.String("SiteAccess"), &awscloudfront.CfnOriginAccessControlProps{
		OriginAccessControlConfig: &awscloudfront.CfnOriginAccessControl_OriginAccessControlConfigProperty{
			Name: jsii.String(s.name("site")), OriginAccessControlOriginType: jsii.String("s3"), SigningBehavior: jsii.String("always"),
			SigningProtocol: jsii.String("sigv4"),
		},
	})
	paths := awscloudfront.NewCfnFunction(e.Stack, jsii.String("SitePaths"), &awscloudfront.CfnFunctionProps{
		Name: jsii.String(s.name("site-paths")), AutoPublish: true, FunctionCode: jsii.String(pageOfPaths),
		FunctionConfig: &awscloudfront.CfnFunction_FunctionConfigProperty{
			Comment: jsii.String("Every path that is no file is the portal's page"), Runtime: jsii.String("cloudfront-js-2.0"),
		},
	})
	api := func(path string, methods ...string) *awscloudfront.CfnDistribution_CacheBehaviorProperty {
		return &awscloudfront.CfnDistribution_CacheBehaviorProperty{
			PathPattern: jsii.String(path), TargetOriginId: jsii.String(originAPI), ViewerProtocolPolicy: jsii.String("https-only"),
			AllowedMethods: jsii.Strings(methods...), CachePolicyId: jsii.String(cachingDisabled), OriginRequestPolicyId: jsii.String(allButHost),
			Compress: true,
		}
	}
	return awscloudfront.NewCfnDistribution(e.Stack, jsii.String("Distribution"), &awscloudfront.CfnDistributionProps{
		DistributionConfig: &awscloudfront.CfnDistribution_DistributionConfigProperty{
			Enabled: true, Comment: jsii.String("Regua, stage " + s.Stage), Aliases: jsii.Strings(s.Domain), HttpVersion: jsii.String("http2and3"),
			Ipv6Enabled: true, DefaultRootObject: jsii.String("index.html"), WebAclId: firewall, PriceClass: jsii.String("PriceClass_All"),
			ViewerCertificate: &awscloudfront.CfnDistribution_ViewerCertificateProperty{
				AcmCertificateArn: certificate, SslSupportMethod: jsii.String("sni-only"), MinimumProtocolVersion: jsii.String("TLSv1.2_2021"),
			},
			Origins: list{
				&awscloudfront.CfnDistribution_OriginProperty{
					Id: jsii.String(originSite), DomainName: bucket.BucketRegionalDomainName(), OriginAccessControlId: access.AttrId(),
					S3OriginConfig: &awscloudfront.CfnDistribution_S3OriginConfigProperty{OriginAccessIdentity: jsii.String("")},
				},
				&awscloudfront.CfnDistribution_OriginProperty{
					Id: jsii.String(originAPI), OriginPath: jsii.String("/" + s.Stage),
					DomainName: jsii.String(*e.apiID + ".execute-api." + s.Region + "." + *e.UrlSuffix()),
					CustomOriginConfig: &awscloudfront.CfnDistribution_CustomOriginConfigProperty{
						OriginProtocolPolicy: jsii.String("https-only"), OriginSslProtocols: jsii.Strings("TLSv1.2"),
						OriginReadTimeout: jsii.Number(30),
					},
				},
			},
			DefaultCacheBehavior: &awscloudfront.CfnDistribution_DefaultCacheBehaviorProperty{
				TargetOriginId: jsii.String(originSite), ViewerProtocolPolicy: jsii.String("redirect-to-https"),
				AllowedMethods: jsii.Strings("GET", "HEAD"), CachePolicyId: jsii.String(cachingOptimized), Compress: true,
				ResponseHeadersPolicyId: e.addSecurityHeaders().Ref(),
				FunctionAssociations: list{&awscloudfront.CfnDistribution_FunctionAssociationProperty{
					EventType: jsii.String("viewer-request"), FunctionArn: paths.AttrFunctionArn(),
				}},
			},
			CacheBehaviors: list{
				api("/v1/*", "GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"),
				api("/docs", "GET", "HEAD"), api("/openapi.yaml", "GET", "HEAD"),
			},
		},
	})
}

// addSecurityHeaders makes the headers of the portal's files. The API's answers carry their own.
func (e *edge) addSecurityHeaders() awscloudfront.CfnResponseHeadersPolicy {
	return awscloudfront.NewCfnResponseHeadersPolicy(e.Stack, jsii.String("SiteHeaders"), &awscloudfront.CfnResponseHeadersPolicyProps{
		ResponseHeadersPolicyConfig: &awscloudfront.CfnResponseHeadersPolicy_ResponseHeadersPolicyConfigProperty{
			Name: jsii.String(e.settings.name("site-headers")),
			SecurityHeadersConfig: &awscloudfront.CfnResponseHeadersPolicy_SecurityHeadersConfigProperty{
				ContentSecurityPolicy: &awscloudfront.CfnResponseHeadersPolicy_ContentSecurityPolicyProperty{
					ContentSecurityPolicy: jsii.String(portalPolicy), Override: true,
				},
				ContentTypeOptions: &awscloudfront.CfnResponseHeadersPolicy_ContentTypeOptionsProperty{Override: true},
				FrameOptions: &awscloudfront.CfnResponseHeadersPolicy_FrameOptionsProperty{
					FrameOption: jsii.String("DENY"), Override: true,
				},
				ReferrerPolicy: &awscloudfront.CfnResponseHeadersPolicy_ReferrerPolicyProperty{
					ReferrerPolicy: jsii.String("no-referrer"), Override: true,
				},
				StrictTransportSecurity: &awscloudfront.CfnResponseHeadersPolicy_StrictTransportSecurityProperty{
					AccessControlMaxAgeSec: jsii.Number(twoYears), IncludeSubdomains: true, Override: true,
				},
			},
			CustomHeadersConfig: &awscloudfront.CfnResponseHeadersPolicy_CustomHeadersConfigProperty{
				Items: list{&awscloudfront.CfnResponseHeadersPolicy_CustomHeaderProperty{
					Header: jsii.String("Permissions-Policy"), Value: jsii.String(permissionsPolicy), Override: true,
				}},
			},
		},
	})
}
