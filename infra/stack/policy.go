package stack

import (
	"fmt"
	"slices"

	"github.com/regua/regua/shared/contract"
)

// object and list are JSON as policies are written in.
type (
	object = map[string]any
	list   = []any
)

func policy(statements ...any) object {
	return object{"Version": "2012-10-17", "Statement": statements}
}

func allow(sid string, actions []string, resources ...any) object {
	slices.Sort(actions)
	return object{"Sid": sid, "Effect": "Allow", "Action": asList(actions), "Resource": resources}
}

func asList(texts []string) list {
	out := make(list, len(texts))
	for i, text := range texts {
		out[i] = text
	}
	return out
}

// through narrows the use of a key to what a service does with it for the caller.
func (c *core) through(service string) object {
	return object{"StringEquals": object{"kms:ViaService": service + "." + *c.Region() + "." + *c.UrlSuffix()}}
}

// overTLS is a statement that refuses whoever comes without TLS.
func overTLS(action string, resource any) object {
	return object{
		"Sid": "OnlyOverTLS", "Effect": "Deny", "Principal": object{"AWS": "*"}, "Action": action, "Resource": resource,
		"Condition": object{"Bool": object{"aws:SecureTransport": "false"}},
	}
}

// rolePolicy is all that a function may do: write its log, take in what starts it, what contract permits, and the uses of the storage key
// that those bring along.
func (c *core) rolePolicy(function string, logGroup string) (object, error) {
	statements := list{allow("WriteLog", []string{"logs:CreateLogStream", "logs:PutLogEvents"}, logGroup)}
	for _, q := range c.product.Queues {
		if q.Consumer == function {
			// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: what the event source mapping does as the function.
			statements = append(statements, allow("TakeIn", []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
				c.queues[q.Name].AttrArn()))
		}
	}
	var writes, table, publishes, secrets, objects bool
	for _, p := range c.product.Permissions {
		if p.Function != function {
			continue
		}
		statement, err := c.permission(p)
		if err != nil {
			return nil, err
		}
		statements = append(statements, statement)
		switch p.Kind {
		case contract.OnTable:
			table = true
			writes = writes || slices.ContainsFunc(p.Actions, func(a string) bool { return !slices.Contains(reads, a) })
		case contract.OnTopic:
			publishes = true
		case contract.OnSecret, contract.OnAccounts, contract.OnCreditors:
			secrets = true
		case contract.OnObjects:
			objects = true
		default: // no other kind rests under the storage key
		}
	}
	use := func(sid, service string, actions ...string) {
		statement := allow(sid, actions, c.storageKey())
		statement["Condition"] = c.through(service)
		statements = append(statements, statement)
	}
	switch {
	// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html: DynamoDB uses the key as the caller.
	case writes:
		use("TableKey", "dynamodb",
			"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo")
	case table:
		use("TableKey", "dynamodb", "kms:Decrypt", "kms:DescribeKey")
	}
	if publishes { // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html: a publisher to an encrypted topic
		use("TopicKey", "sns", "kms:Decrypt", "kms:GenerateDataKey")
	}
	if secrets { // https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html: reading a secret
		use("SecretKey", "secretsmanager", "kms:Decrypt")
	}
	if objects { // https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html: reading and writing objects
		use("FilesKey", "s3", "kms:Decrypt", "kms:GenerateDataKey")
	}
	return policy(statements...), nil
}

// reads are the actions on the table that change nothing.
var reads = []string{"dynamodb:GetItem", "dynamodb:Query"}

// permission is one entry of contract's table as a statement.
func (c *core) permission(p contract.Permission) (object, error) {
	actions := slices.Clone(p.Actions)
	switch p.Kind {
	case contract.OnTable:
		return allow("Table", actions, c.table.AttrArn()), nil
	case contract.OnIndex:
		return allow(*id("Index", p.Name), actions, *c.table.AttrArn()+"/index/"+p.Name), nil
	case contract.OnQueue:
		if queue, ok := c.queues[p.Name]; ok {
			return allow(*id("Queue", p.Name), actions, queue.AttrArn()), nil
		}
	case contract.OnTopic:
		return allow("Topic", actions, c.topic.Ref()), nil
	case contract.OnMachine:
		// By its name: a machine names the functions that it calls, and one of those may start the next execution.
		return allow(*id("Machine", p.Name), actions, c.arn("states", "stateMachine:"+c.settings.name(p.Name))), nil
	case contract.OnKey:
		if key, ok := c.keys[p.Name]; ok {
			return allow(*id("Key", p.Name), actions, key.AttrArn()), nil
		}
	case contract.OnSecret:
		if secret, ok := c.secrets[p.Name]; ok {
			return allow(*id("Secret", p.Name), actions, secret.Ref()), nil
		}
	case contract.OnAccounts:
		// Accounts come and go without a deployment, and Secrets Manager ends each name with six characters of its own.
		return allow("Accounts", actions, c.arn("secretsmanager", "secret:"+c.settings.name(contract.ProviderSecret("*", "*")))), nil
	case contract.OnCreditors:
		return allow("Creditors", actions, c.arn("secretsmanager", "secret:"+c.settings.name(contract.CreditorSecret("*")))), nil
	case contract.OnMail:
		return allow("Mail", actions, c.mailIdentities()...), nil
	case contract.OnBucket:
		if bucket, ok := c.buckets[p.Name]; ok {
			return allow(*id("Bucket", p.Name), actions, bucket.AttrArn()), nil
		}
	case contract.OnObjects:
		if bucket, ok := c.buckets[p.Name]; ok {
			return allow(*id("Objects", p.Name), actions, *bucket.AttrArn()+"/*"), nil
		}
	case contract.OnPhones:
		// A telephone number has no ARN; all that has one is excluded.
		statement := allow("Phones", actions)
		delete(statement, "Resource")
		statement["NotResource"] = "arn:" + *c.Partition() + ":sns:*:*:*"
		return statement, nil
	}
	return nil, fmt.Errorf("permission of %s names %s %q, which does not exist", p.Function, p.Kind, p.Name)
}
