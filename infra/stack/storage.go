package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"

	"github.com/regua/regua/shared/contract"
)

const (
	// logDays is how long log lines are kept. They hold ids and no personal data; what must be provable stands in the table.
	logDays = 90
	// keyDeletionDays is the longest time in which the deletion of a key can still be called off.
	keyDeletionDays = 30
)

// kept keeps a resource and what it holds when it leaves the stack.
func kept(r awscdk.CfnResource) { r.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN, nil) }

// addKeys makes the customer keys. Roles get what they may do by their own policies; a key's policy hands that to IAM.
func (c *core) addKeys() {
	account := object{
		"Sid": "AccountDecidesByIAM", "Effect": "Allow", "Action": "kms:*", "Resource": "*",
		"Principal": object{"AWS": "arn:" + *c.Partition() + ":iam::" + *c.Account() + ":root"},
	}
	logs := object{
		"Sid": "LogsOfThisStage", "Effect": "Allow", "Resource": "*",
		"Action":    list{"kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey"},
		"Principal": object{"Service": "logs." + *c.Region() + "." + *c.UrlSuffix()},
		"Condition": object{"ArnLike": object{"kms:EncryptionContext:aws:logs:arn": list{
			c.arn("logs", "log-group:"+functionLogs+c.settings.name("*")),
			c.arn("logs", "log-group:"+machineLogs+c.settings.name("*")),
			c.arn("logs", "log-group:"+apiLogs+c.settings.name("*")),
		}}},
	}
	for _, key := range []struct {
		alias, what string
		statements  list
	}{
		{contract.DataKeyAlias, "wraps the data keys of cases", list{account}},
		{contract.CodeKeyAlias, "seals one-time codes on their way to the sender", list{account}},
		{contract.SignatureKeyAlias, "signs the evidence of contracts", list{account}},
		{contract.StorageKeyAlias, "table, secrets, topic and logs at rest", list{account, logs}},
	} {
		props := &awskms.CfnKeyProps{
			Description: jsii.String(c.settings.name(key.alias) + ": " + key.what), EnableKeyRotation: true,
			PendingWindowInDays: jsii.Number(keyDeletionDays), KeyPolicy: policy(key.statements...),
		}
		if key.alias == contract.SignatureKeyAlias { // KMS rotates symmetric keys only
			props.EnableKeyRotation, props.KeySpec, props.KeyUsage = false, jsii.String("ECC_NIST_P256"), jsii.String("SIGN_VERIFY")
		}
		made := awskms.NewCfnKey(c.Stack, id("Key", key.alias), props)
		kept(made)
		awskms.NewCfnAlias(c.Stack, id("Alias", key.alias), &awskms.CfnAliasProps{
			AliasName: jsii.String("alias/" + c.settings.name(key.alias)), TargetKeyId: made.AttrArn(),
		})
		c.keys[key.alias] = made
	}
}

func (c *core) storageKey() *string { return c.keys[contract.StorageKeyAlias].AttrArn() }

func (c *core) addTable() {
	attributes := list{}
	attribute := func(name string) {
		attributes = append(attributes, &awsdynamodb.CfnTable_AttributeDefinitionProperty{
			AttributeName: jsii.String(name), AttributeType: jsii.String("S"),
		})
	}
	attribute(contract.KeyPartition)
	attribute(contract.KeySort)
	indexes := list{}
	for _, index := range c.product.Indexes {
		attribute(index.Partition)
		attribute(index.Sort)
		indexes = append(indexes, &awsdynamodb.CfnTable_GlobalSecondaryIndexProperty{
			IndexName: jsii.String(index.Name), KeySchema: keySchema(index.Partition, index.Sort),
			Projection: &awsdynamodb.CfnTable_ProjectionProperty{ProjectionType: jsii.String("KEYS_ONLY")},
		})
	}
	c.table = awsdynamodb.NewCfnTable(c.Stack, jsii.String("Table"), &awsdynamodb.CfnTableProps{
		TableName: c.name(contract.Table), BillingMode: jsii.String("PAY_PER_REQUEST"),
		KeySchema: keySchema(contract.KeyPartition, contract.KeySort), AttributeDefinitions: attributes, GlobalSecondaryIndexes: indexes,
		DeletionProtectionEnabled: true,
		PointInTimeRecoverySpecification: &awsdynamodb.CfnTable_PointInTimeRecoverySpecificationProperty{
			PointInTimeRecoveryEnabled: true,
		},
		SseSpecification: &awsdynamodb.CfnTable_SSESpecificationProperty{
			SseEnabled: true, SseType: jsii.String("KMS"), KmsMasterKeyId: c.storageKey(),
		},
		TimeToLiveSpecification: &awsdynamodb.CfnTable_TimeToLiveSpecificationProperty{
			AttributeName: jsii.String(contract.AttrTTL), Enabled: true,
		},
	})
	kept(c.table)
}

func keySchema(partition, sort string) list {
	return list{
		&awsdynamodb.CfnTable_KeySchemaProperty{AttributeName: jsii.String(partition), KeyType: jsii.String("HASH")},
		&awsdynamodb.CfnTable_KeySchemaProperty{AttributeName: jsii.String(sort), KeyType: jsii.String("RANGE")},
	}
}

// addSecrets makes the places of the secrets. Their values never stand in a template: the operator puts them in.
func (c *core) addSecrets() {
	add := func(name, what string) {
		made := awssecretsmanager.NewCfnSecret(c.Stack, id("Secret", name), &awssecretsmanager.CfnSecretProps{
			Name: c.name(name), Description: jsii.String(what), KmsKeyId: c.storageKey(),
		})
		kept(made)
		c.secrets[name] = made
	}
	add(contract.KeysSecret, "Keyed-hash and MAC keys of the deployment")
	for _, p := range c.settings.Providers {
		add(contract.ProviderSecret(p.Provider, p.Account), "Account "+p.Account+" at provider "+p.Provider)
	}
	for _, creditor := range c.settings.Creditors {
		add(contract.CreditorSecret(creditor), "What the system of "+creditor+" and this stage sign to each other with")
	}
}

// Where the log groups of each kind stand. API Gateway and Step Functions deliver to their prefix without a policy of its own.
const (
	functionLogs = "/aws/lambda/"
	machineLogs  = "/aws/vendedlogs/states/"
	apiLogs      = "/aws/vendedlogs/apigateway/"
)

func (c *core) addLogGroup(kind, prefix, name string) awslogs.CfnLogGroup {
	group := awslogs.NewCfnLogGroup(c.Stack, id("Log"+kind, name), &awslogs.CfnLogGroupProps{
		LogGroupName: jsii.String(prefix + c.settings.name(name)), RetentionInDays: jsii.Number(logDays), KmsKeyId: c.storageKey(),
	})
	group.ApplyRemovalPolicy(awscdk.RemovalPolicy_DESTROY, nil)
	return group
}
