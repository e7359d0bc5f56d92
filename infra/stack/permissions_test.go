package stack_test

import (
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
		for _, property := range []string{"TableName", "QueueName", "TopicName", "Name"} {
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
	case contract.OnMail:
		const ses = "arn:aws:ses:" + here
		return ses + "identity/nao-responda@" + testDomain + " " + ses + "identity/" + testDomain + " " +
			ses + "configuration-set/" + physical("mail")
	case contract.OnPhones:
		return "arn:aws:sns:*:*:*"
	default:
		return name
	}
}

// A role allows what contract says, and the uses of the storage key that its services make of it; nothing else.
func TestRolesAllowWhatContractSays(t *testing.T) {
	implied := map[string]string{
		"WriteLog": "logs:CreateLogStream logs:PutLogEvents", "TakeIn": "sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage",
		"TopicKey": "kms:Decrypt kms:GenerateDataKey", "SecretKey": "kms:Decrypt",
	}
	for _, f := range contract.Functions() {
		_, function := core(t).named(t, "AWS::Lambda::Function", "FunctionName", physical(f.Name))
		role, _, _ := strings.Cut(strings.Trim(flat(function.Properties["Role"]), "${}"), ".")
		var got, want []string
		for _, s := range statements(core(t).Resources[role]) {
			switch actions := strings.Join(s.actions, " "); {
			case s.where == "TableKey", implied[s.where] != "":
				key := s.where != "WriteLog" && s.where != "TakeIn"
				if via := at(s.condition, "StringEquals", "kms:ViaService"); key && (via == nil || s.resources[0] != "${KeyStorage.Arn}") {
					t.Errorf("%s may use the storage key directly", f.Name)
				}
				if s.where != "TableKey" && actions != implied[s.where] {
					t.Errorf("%s %s allows %s", f.Name, s.where, actions)
				}
			case !slices.Contains(s.actions, "sts:AssumeRole"):
				got = append(got, actions+" on "+strings.Join(append(physicalNames(s.resources), s.notResources...), " "))
			}
		}
		for _, p := range contract.Permissions() {
			if p.Function == f.Name {
				want = append(want, strings.Join(slices.Sorted(slices.Values(p.Actions)), " ")+" on "+permitted(p))
			}
		}
		same(t, "role of "+f.Name, got, want)
		for _, other := range core(t).ofType("AWS::Lambda::Function") {
			if other.Properties["FunctionName"] != physical(f.Name) && flat(other.Properties["Role"]) == flat(function.Properties["Role"]) {
				t.Errorf("%s shares its role", f.Name)
			}
		}
	}
}
