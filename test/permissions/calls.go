package permissions

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strings"

	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/contract"
)

// Implied says which action a call needs whose name is not that action's, and where AWS says so. A call that is not listed needs the action
// of its own name.
type Implied struct {
	Call   string // service:Operation, and in a transaction service:Operation/Member
	Action string
	Page   string
}

const (
	pageTransactions = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html"
	pageObjects      = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html"
	pageTopics       = "https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html"
)

// ImpliedActions lists the calls that are allowed by an action of another name. What a role needs besides, behind calls that the function
// does not make itself (its log, the event source mapping, the storage key), stands with its pages in the test of the roles in infra/stack.
func ImpliedActions() []Implied {
	return []Implied{
		{"dynamodb:TransactWriteItems/Put", "dynamodb:PutItem", pageTransactions},
		{"dynamodb:TransactWriteItems/Update", "dynamodb:UpdateItem", pageTransactions},
		{"dynamodb:TransactWriteItems/Delete", "dynamodb:DeleteItem", pageTransactions},
		{"dynamodb:TransactWriteItems/ConditionCheck", "dynamodb:ConditionCheckItem", pageTransactions},
		{"sns:PublishBatch", "sns:Publish", pageTopics},
		{"s3:ListObjectsV2", "s3:ListBucket", pageObjects},
	}
}

// action is what a call needs by its name, "service:Operation" or as in Implied.
func action(call string) string {
	for _, i := range ImpliedActions() {
		if i.Call == call {
			return i.Action
		}
	}
	return call
}

var errResource = errors.New("names no resource of contract")

// needed gives the grants that a call needs.
func needed(call wire.Call) ([]Grant, error) {
	grant := func(kind contract.ResourceKind, name string) []Grant {
		return []Grant{{call.Caller, action(call.Service + ":" + call.Operation), kind, name}}
	}
	switch call.Service {
	case "dynamodb":
		return ofTable(call, grant)
	case "sns", "ses":
		return ofForm(call, grant)
	case "s3":
		return ofObjects(call, grant)
	}
	var in struct {
		QueueURL        string `json:"QueueUrl"`
		KeyID           string `json:"KeyId"`
		SecretID        string `json:"SecretId"`
		StateMachineArn string `json:"stateMachineArn"`
		TaskToken       string `json:"taskToken"`
	}
	if err := json.Unmarshal(call.Body, &in); err != nil {
		return nil, fmt.Errorf("read call: %w", err)
	}
	switch {
	case call.Service == "sqs":
		return named(in.QueueURL, "/", contract.OnQueue, grant)
	case call.Service == "kms":
		return named(in.KeyID, "alias/", contract.OnKey, grant)
	case call.Service == "secretsmanager":
		name, ours := strings.CutPrefix(in.SecretID, prefix)
		if account := strings.Split(name, "/"); ours && len(account) == 3 && contract.ProviderSecret(account[1], account[2]) == name {
			return grant(contract.OnAccounts, ""), nil
		}
		if account := strings.Split(name, "/"); ours && len(account) == 2 && contract.CreditorSecret(account[1]) == name {
			return grant(contract.OnCreditors, ""), nil
		}
		return named(in.SecretID, "", contract.OnSecret, grant)
	case call.Service == "states" && in.TaskToken != "":
		// The Service Authorization Reference names no resource for SendTask*; the error of a call that was denied names the state machine
		// whose task it is (github.com/aws/aws-cdk, pull request 8486). A token of the local cloud holds it.
		token, err := base64.RawURLEncoding.DecodeString(in.TaskToken)
		if parts := strings.Split(string(token), "/"); err == nil && len(parts) > 1 {
			return named(parts[1], "", contract.OnMachine, grant)
		}
	case call.Service == "states":
		return named(in.StateMachineArn, ":", contract.OnMachine, grant)
	}
	return nil, errResource
}

// grants makes the grants of a call for one resource.
type grants func(kind contract.ResourceKind, name string) []Grant

// prefix begins every physical name of the local cloud.
var prefix = contract.Prefix(cloud.Stage)

// named reads the name in contract out of a physical name that stands behind the last of a separator.
func named(physical, behind string, kind contract.ResourceKind, grant grants) ([]Grant, error) {
	if behind != "" {
		at := strings.LastIndex(physical, behind)
		if at < 0 {
			return nil, errResource
		}
		physical = physical[at+len(behind):]
	}
	name, ours := strings.CutPrefix(physical, prefix)
	if !ours {
		return nil, errResource
	}
	return grant(kind, name), nil
}

// ofTable gives the grants of a call of DynamoDB: on an index those of the index, and for a transaction those of its parts.
func ofTable(call wire.Call, grant grants) ([]Grant, error) {
	var in struct {
		TableName, IndexName string
		RequestItems         map[string]json.RawMessage
		TransactItems        []map[string]struct{ TableName string }
	}
	if err := json.Unmarshal(call.Body, &in); err != nil {
		return nil, fmt.Errorf("read call: %w", err)
	}
	if in.IndexName != "" && in.TableName == prefix+contract.Table {
		return grant(contract.OnIndex, in.IndexName), nil
	}
	if in.TableName != "" {
		return named(in.TableName, "", contract.OnTable, grant)
	}
	var all []Grant
	for table := range in.RequestItems {
		more, err := named(table, "", contract.OnTable, grant)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	for _, item := range in.TransactItems {
		for member, about := range item {
			part := func(kind contract.ResourceKind, name string) []Grant {
				return []Grant{{call.Caller, action("dynamodb:" + call.Operation + "/" + member), kind, name}}
			}
			more, err := named(about.TableName, "", contract.OnTable, part)
			if err != nil {
				return nil, err
			}
			all = append(all, more...)
		}
	}
	if len(all) == 0 {
		return nil, errResource
	}
	return all, nil
}

// ofForm gives the grants of a call of a service that takes forms.
func ofForm(call wire.Call, grant grants) ([]Grant, error) {
	form, err := url.ParseQuery(string(call.Body))
	if err != nil {
		return nil, fmt.Errorf("read call: %w", err)
	}
	switch {
	case call.Service == "ses":
		if from, err := mail.ParseAddress(form.Get("Source")); err == nil && from.Address == cloud.MailFrom {
			return grant(contract.OnMail, ""), nil
		}
	case call.Service == "sns" && form.Get("PhoneNumber") != "":
		return grant(contract.OnPhones, ""), nil
	case call.Service == "sns":
		return named(form.Get("TopicArn"), ":", contract.OnTopic, grant)
	}
	return nil, errResource
}

// ofObjects gives the grants of a call of S3, whose path begins with the bucket.
func ofObjects(call wire.Call, grant grants) ([]Grant, error) {
	if call.Request == nil {
		return nil, errResource
	}
	bucket, _, object := strings.Cut(strings.TrimPrefix(call.Request.URL.Path, "/"), "/")
	for _, name := range contract.Buckets() {
		if bucket != contract.BucketName(cloud.Stage, wire.Account, name) {
			continue
		}
		if call.Operation == "ListObjectsV2" {
			return grant(contract.OnBucket, name), nil
		}
		if object {
			return grant(contract.OnObjects, name), nil
		}
	}
	return nil, errResource
}
