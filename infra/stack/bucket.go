package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"

	"github.com/regua/regua/shared/contract"
)

const (
	// fileDays is how long a file that was exchanged is kept: two years, within which a bank answers questions about it. The names of files
	// that were taken in are kept longer, so that none is taken in twice.
	fileDays = 730
	// staleDays is how long a version is kept that another one took the place of.
	staleDays = 90
)

// addBuckets makes the buckets: under the storage key, versioned, over TLS alone, closed to the public.
func (c *core) addBuckets() {
	for _, name := range c.product.Buckets {
		bucket := awss3.NewCfnBucket(c.Stack, id("Bucket", name), &awss3.CfnBucketProps{
			BucketName: jsii.String(contract.BucketName(c.settings.Stage, *c.Account(), name)),
			BucketEncryption: &awss3.CfnBucket_BucketEncryptionProperty{ServerSideEncryptionConfiguration: list{
				&awss3.CfnBucket_ServerSideEncryptionRuleProperty{
					BucketKeyEnabled: true,
					ServerSideEncryptionByDefault: &awss3.CfnBucket_ServerSideEncryptionByDefaultProperty{
						SseAlgorithm: jsii.String("aws:kms"), KmsMasterKeyId: c.storageKey(),
					},
				},
			}},
			PublicAccessBlockConfiguration: &awss3.CfnBucket_PublicAccessBlockConfigurationProperty{
				BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true,
			},
			OwnershipControls: &awss3.CfnBucket_OwnershipControlsProperty{
				Rules: list{&awss3.CfnBucket_OwnershipControlsRuleProperty{ObjectOwnership: jsii.String("BucketOwnerEnforced")}},
			},
			VersioningConfiguration: &awss3.CfnBucket_VersioningConfigurationProperty{Status: jsii.String("Enabled")},
			LifecycleConfiguration: &awss3.CfnBucket_LifecycleConfigurationProperty{Rules: list{&awss3.CfnBucket_RuleProperty{
				Id: jsii.String("Forget"), Status: jsii.String("Enabled"), ExpirationInDays: jsii.Number(fileDays),
				NoncurrentVersionExpiration: &awss3.CfnBucket_NoncurrentVersionExpirationProperty{NoncurrentDays: jsii.Number(staleDays)},
			}}},
		})
		kept(bucket)
		c.buckets[name] = bucket
		policyOf := policy(overTLS("s3:*", list{bucket.AttrArn(), *bucket.AttrArn() + "/*"}))
		awss3.NewCfnBucketPolicy(c.Stack, id("BucketPolicy", name), &awss3.CfnBucketPolicyProps{
			Bucket: bucket.Ref(), PolicyDocument: policyOf,
		})
	}
}
