package stack_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/regua/regua/shared/contract"
)

// physicalNames turns references into the names that their resources have outside the template; a key's is its alias.
func physicalNames(references []string) []string {
	var out []string
	for _, reference := range references {
		within, path, _ := strings.Cut(strings.TrimPrefix(reference, "${"), "}")
		logical, _, _ := strings.Cut(within, ".")
		r, ok := all().core.Resources[logical]
		if !ok {
			out = append(out, reference)
			continue
		}
		for _, alias := range all().core.ofType("AWS::KMS::Alias") {
			if flat(alias.Properties["TargetKeyId"]) == reference {
				out = append(out, fmt.Sprint(alias.Properties["AliasName"]))
			}
		}
		for _, property := range []string{"TableName", "BucketName", "QueueName", "TopicName", "LogGroupName", "Name"} {
			if name, ok := r.Properties[property].(string); ok {
				out = append(out, name+path)
			}
		}
	}
	return out
}

// permitted is the resource of a permission as a role must name it.
func permitted(p contract.Permission) string {
	const here = "sa-east-1:111122223333:"
	switch name := physical(p.Name); p.Kind {
	case contract.OnIndex:
		return physical(contract.Table) + "/index/" + p.Name
	case contract.OnMachine:
		return "arn:aws:states:" + here + "stateMachine:" + name
	case contract.OnKey:
		return "alias/" + name
	case contract.OnAccounts:
		return "arn:aws:secretsmanager:" + here + "secret:" + physical("provider/*/*")
	case contract.OnCreditors:
		return "arn:aws:secretsmanager:" + here + "secret:" + physical("creditor/*")
	case contract.OnMail:
		const ses = "arn:aws:ses:" + here
		return ses + "identity/nao-responda@" + testDomain + " " + ses + "identity/" + testDomain + " " +
			ses + "configuration-set/" + physical("mail")
	case contract.OnBucket:
		return contract.BucketName(testStage, "111122223333", p.Name)
	case contract.OnObjects:
		return contract.BucketName(testStage, "111122223333", p.Name) + "/*"
	case contract.OnPhones:
		return "arn:aws:sns:*:*:*"
	default:
		return name
	}
}

// implied is what a role allows behind the calls that its function makes: by the statement's Sid, with AWS's page that wants it. The key is
// always the storage key, and through the service alone.
var implied = map[string]struct{ actions, via, page string }{
	"WriteLog": {"logs:CreateLogStream logs:PutLogEvents", "",
		"https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"},
	"TakeIn": {"sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage", "",
		"https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"},
	"TableKey": {"kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKey kms:ReEncryptFrom kms:ReEncryptTo", "dynamodb",
		"https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html"},
	"TopicKey": {"kms:Decrypt kms:GenerateDataKey", "sns",
		"https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"},
	"FilesKey": {"kms:Decrypt kms:GenerateDataKey", "s3",
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"},
	"SecretKey": {"kms:Decrypt", "secretsmanager",
		"https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html"},
}

// impliedBy lists the implied statements that a function's role must have, as "Sid: actions on resource".
func impliedBy(function string) []string {
	all := map[string]string{"WriteLog": "/aws/lambda/" + physical(function)}
	actions := map[string]string{}
	for _, q := range contract.Queues() {
		if q.Consumer == function {
			all["TakeIn"] = physical(q.Name)
		}
	}
	storage := "alias/" + physical(contract.StorageKeyAlias)
	for _, p := range contract.Permissions() {
		switch {
		case p.Function != function:
		case p.Kind == contract.OnTable:
			all["TableKey"] = storage
			if !slices.ContainsFunc(p.Actions, func(a string) bool { return a != "dynamodb:GetItem" && a != "dynamodb:Query" }) {
				actions["TableKey"] = "kms:Decrypt kms:DescribeKey" // who only reads needs no more
			}
		case p.Kind == contract.OnTopic:
			all["TopicKey"] = storage
		case p.Kind == contract.OnSecret, p.Kind == contract.OnAccounts, p.Kind == contract.OnCreditors:
			all["SecretKey"] = storage
		case p.Kind == contract.OnObjects:
			all["FilesKey"] = storage
		}
	}
	var out []string
	for sid, resource := range all {
		out = append(out, sid+": "+cmp.Or(actions[sid], implied[sid].actions)+" on "+resource)
	}
	return out
}

// A role allows what contract says, and what that implies; nothing else.
func TestRolesAllowWhatContractSays(t *testing.T) {
	for _, f := range contract.Functions() {
		_, function := core(t).named(t, "AWS::Lambda::Function", "FunctionName", physical(f.Name))
		role, _, _ := strings.Cut(strings.Trim(flat(function.Properties["Role"]), "${}"), ".")
		var got, behind, want []string
		for _, s := range statements(core(t).Resources[role]) {
			actions := strings.Join(slices.Sorted(slices.Values(s.actions)), " ")
			on := actions + " on " + strings.Join(append(physicalNames(s.resources), s.notResources...), " ")
			switch i, ok := implied[s.where]; {
			case ok:
				behind = append(behind, s.where+": "+on)
				if via := flat(at(s.condition, "StringEquals", "kms:ViaService")); i.via != "" && !strings.HasPrefix(via, i.via+".") {
					t.Errorf("%s may use the storage key by %s", f.Name, via)
				}
			case !slices.Contains(s.actions, "sts:AssumeRole"):
				got = append(got, on)
			}
		}
		for _, p := range contract.Permissions() {
			if p.Function == f.Name {
				want = append(want, strings.Join(slices.Sorted(slices.Values(p.Actions)), " ")+" on "+permitted(p))
			}
		}
		same(t, "role of "+f.Name, got, want)
		same(t, "what the calls of "+f.Name+" imply", behind, impliedBy(f.Name))
		for _, other := range core(t).ofType("AWS::Lambda::Function") {
			if other.Properties["FunctionName"] != physical(f.Name) && flat(other.Properties["Role"]) == flat(function.Properties["Role"]) {
				t.Errorf("%s shares its role", f.Name)
			}
		}
	}
}
