package main

// acceptance is a finding that is right as it is: a rule, a resource by its path (or the path's beginning and *), and why.
type acceptance struct{ rule, resource, why string }

const (
	ownAuth   = "the handlers know sessions and signatures themselves (session, websign), and test/access walks every route and caller"
	accounts  = "accounts at providers come and go without a deployment, and Secrets Manager ends each name with a suffix of its own"
	creditors = "creditors come and go without a deployment, and so do the secrets that they and we sign to each other with"
	shared    = "the creditor's system knows these secrets too, and the operator replaces them with two at a time"
	delivery  = "log delivery has no resources: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html"
	upload    = "the CDK's own upload of the portal, which runs at a deployment and reaches the portal's bucket and the bootstrap's"
)

var accepted = []acceptance{
	{"AwsSolutions-APIG4", "Core/Route*", ownAuth},
	{"AwsSolutions-COG4", "Core/Route*", ownAuth},
	{"AwsSolutions-APIG2", "Core/Api", "the handlers refuse what is not of the strict form and name it; the gateway would only say no"},
	{"AwsSolutions-APIG3", "Core/Stage", "the firewall stands before the CDN, where it sees the caller's address"},
	{"AwsSolutions-APIG6", "Core/Stage", "execution logs can hold bodies, and so personal data; the access log says what is needed"},
	{"AwsSolutions-IAM4", "Core/ApiLogRole", "AWS writes this policy for exactly this; the setting is the account's, not the product's"},

	{"AwsSolutions-IAM5", "Core/RolePaymentServe", accounts},
	{"AwsSolutions-IAM5", "Core/RolePaymentIssue", accounts},
	{"AwsSolutions-IAM5", "Core/RolePaymentExpire", accounts},
	{"AwsSolutions-IAM5", "Core/RoleWebhookReceive", accounts},
	{"AwsSolutions-IAM5", "Core/RolePaymentIntake", accounts},
	{"AwsSolutions-IAM5", "Core/RoleRefundSend", accounts},
	{"AwsSolutions-IAM5", "Core/RoleReconcile", accounts},
	{"AwsSolutions-IAM5", "Core/RoleCreditorNotify", creditors},
	{"AwsSolutions-IAM5", "Core/RoleAftercareAnswer", creditors},
	{"AwsSolutions-IAM5", "Core/RoleDebitExchange", accounts + "; and banks name the files that they put into its bucket"},
	{"AwsSolutions-S1", "Core/BucketFiles", "each file that goes or comes is recorded in the table, with its number and sum"},
	{"AwsSolutions-IAM5", "Core/MachineRole*", delivery},
	{"AwsSolutions-SF1", "Core/Machine*", "errors are logged, and Step Functions keeps each execution's history for 90 days"},
	{"AwsSolutions-SF2", "Core/Machine*", "a correlation id runs through logs and events; nothing reads X-Ray"},
	{"AwsSolutions-SMG4", "Core/SecretKeys", "keyed hashes stand in the table under these keys: replacing one is a migration"},
	{"AwsSolutions-SMG4", "Core/SecretProvider*", "the provider gives these secrets out, and the operator replaces them with two at a time"},
	{"AwsSolutions-SMG4", "Core/SecretCreditor*", shared},
	{"AwsSolutions-SQS3", "Core/QueueSchedulesDead", "it is a dead-letter queue: of the rules, which the check does not see"},

	{"AwsSolutions-S1", "Edge/Site/Resource", "only the CDN reads the portal's files, which are public"},
	{"AwsSolutions-CFR3", "Edge/Distribution", "a log of viewers keeps addresses of people in debt; what was done is recorded by the product"},
	{"AwsSolutions-CFR1", "Edge/Distribution", "a participant abroad may pay, too"},
	{"AwsSolutions-IAM4", "Edge/Custom::CDKBucketDeployment*", upload},
	{"AwsSolutions-IAM5", "Edge/Custom::CDKBucketDeployment*", upload},
	{"AwsSolutions-L1", "Edge/Custom::CDKBucketDeployment*", upload},
}
