package stack_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/stack"
	"github.com/regua/regua/shared/agreement"
	"github.com/regua/regua/shared/callout"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/debit"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/task"
)

// coreTypes are the types that every place where Core is deployed knows; LocalStack's open edition is the narrowest.
var coreTypes = []string{
	"AWS::ApiGateway::Account", "AWS::ApiGateway::Deployment", "AWS::ApiGateway::Method", "AWS::ApiGateway::Resource",
	"AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage", "AWS::CloudWatch::Alarm", "AWS::DynamoDB::Table", "AWS::Events::Rule",
	"AWS::IAM::Role", "AWS::KMS::Alias", "AWS::KMS::Key", "AWS::Lambda::EventSourceMapping", "AWS::Lambda::Function",
	"AWS::Lambda::Permission", "AWS::Logs::LogGroup", "AWS::SNS::Subscription", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy",
	"AWS::S3::Bucket", "AWS::S3::BucketPolicy",
	"AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "AWS::SecretsManager::Secret", "AWS::StepFunctions::StateMachine",
}

func TestCoreIsMadeOfWhatEveryPlaceKnows(t *testing.T) {
	var types []string
	for _, r := range core(t).Resources {
		types = append(types, r.Type)
	}
	slices.Sort(types)
	same(t, "types", slices.Compact(types), coreTypes)
}

func TestCoreIsSmallEnough(t *testing.T) {
	if n := len(core(t).Resources); n > 300 {
		t.Errorf("Core has %d resources, more than 300", n)
	} else {
		t.Logf("Core has %d resources", n)
	}
	if n := len(all().doubled.Resources); n > 480 {
		t.Errorf("with as many functions and routes again it has %d resources, more than 480", n)
	} else {
		t.Logf("with as many functions and routes again it has %d", n)
	}
}

// statement is one statement of a policy.
type statement struct {
	where                          string // its Sid
	effect                         string
	actions, resources, principals []string
	notResources, notActions       []string
	condition                      any
}

// statements are those of all policies in a resource.
func statements(r resource) []statement {
	var out []statement
	var walk func(value any)
	walk = func(value any) {
		switch v := value.(type) {
		case []any:
			for _, each := range v {
				walk(each)
			}
		case map[string]any:
			if effect, ok := v["Effect"].(string); ok {
				out = append(out, statement{
					where: fmt.Sprint(v["Sid"]), effect: effect, actions: texts(v["Action"]), resources: texts(v["Resource"]),
					principals: texts(at(v, "Principal", "AWS")), notResources: texts(v["NotResource"]), notActions: texts(v["NotAction"]),
					condition: v["Condition"],
				})
				return
			}
			for _, each := range v {
				walk(each)
			}
		}
	}
	walk(r.Properties)
	return out
}

// wildcards says why a statement may allow more than it can name, by logical id (or its beginning and *) and Sid.
var wildcards = map[string]string{
	"Key* AccountDecidesByIAM": "a key policy means its own key by *; without the account's root a key could become nobody's, and " +
		"https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html says kms:*",
	"KeyStorage LogsOfThisStage":     "a key policy means its own key by *",
	"MachineRole* DeliverLog":        "log delivery has no resources: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
	"RoleOtpSend Phones":             "a telephone number has no ARN; everything that has one is excluded",
	"RolePaymentServe Accounts":      accountsWhy,
	"RolePaymentIssue Accounts":      accountsWhy,
	"RolePaymentExpire Accounts":     accountsWhy,
	"RolePaymentIntake Accounts":     accountsWhy,
	"RoleRefundSend Accounts":        accountsWhy,
	"RoleWebhookReceive Accounts":    accountsWhy,
	"RoleCreditorNotify Creditors":   "creditors, as accounts, come and go without a deployment, and their secrets have the same suffix",
	"RoleAftercareAnswer Creditors":  "creditors, as accounts, come and go without a deployment, and their secrets have the same suffix",
	"RoleDebitExchange Accounts":     accountsWhy,
	"RoleDebitExchange ObjectsFiles": "the objects of its bucket: banks name the files that they put down",
	"RoleReconcile Accounts":         accountsWhy,
}

const accountsWhy = "accounts at providers come and go without a deployment, and Secrets Manager ends each name with a suffix of its own"

func TestNothingIsAllowedMoreThanNamed(t *testing.T) {
	needed := map[string]bool{}
	for logical, r := range core(t).Resources {
		for _, s := range statements(r) {
			wide := strings.Contains(strings.Join(append(slices.Clone(s.actions), s.resources...), " "), "*")
			if s.effect != "Allow" || !wide && len(s.notResources)+len(s.notActions) == 0 {
				continue
			}
			found := false
			for place := range wildcards {
				begin, sid, _ := strings.Cut(place, " ")
				prefix, open := strings.CutSuffix(begin, "*")
				if s.where == sid && (logical == begin || open && strings.HasPrefix(logical, prefix)) {
					needed[place], found = true, true
				}
			}
			if !found {
				t.Errorf("%s %s allows %v on %v%v: name it, or say why here", logical, s.where, s.actions, s.resources, s.notResources)
			}
		}
	}
	for place := range wildcards {
		if !needed[place] {
			t.Errorf("%s has a reason to be wide and is not: take the reason out", place)
		}
	}
}

// Nobody else's account may do anything, and a principal of * is only ever refused.
func TestNobodyElseIsLetIn(t *testing.T) {
	for logical, r := range core(t).Resources {
		for _, s := range statements(r) {
			for _, p := range s.principals {
				if s.effect == "Allow" && p != "arn:aws:iam::111122223333:root" {
					t.Errorf("%s %s lets in %s", logical, s.where, p)
				}
			}
		}
	}
}

func TestEverythingRestsEncrypted(t *testing.T) {
	const storage = "${KeyStorage.Arn}"
	for logical, r := range core(t).Resources {
		key := ""
		switch r.Type {
		case "AWS::DynamoDB::Table":
			key = flat(at(r.Properties, "SSESpecification", "KMSMasterKeyId"))
			if at(r.Properties, "SSESpecification", "SSEEnabled") != true {
				t.Errorf("%s is not encrypted", logical)
			}
		case "AWS::S3::Bucket":
			key = flat(at(r.Properties, "BucketEncryption", "ServerSideEncryptionConfiguration", 0, "ServerSideEncryptionByDefault",
				"KMSMasterKeyID"))
		case "AWS::SNS::Topic":
			key = flat(r.Properties["KmsMasterKeyId"])
		case "AWS::SecretsManager::Secret", "AWS::Logs::LogGroup":
			key = flat(r.Properties["KmsKeyId"])
		case "AWS::SQS::Queue":
			if r.Properties["SqsManagedSseEnabled"] != true {
				t.Errorf("%s is not encrypted", logical)
			}
			continue
		default:
			continue
		}
		if key != storage {
			t.Errorf("%s rests under %q", logical, key)
		}
	}
	for logical, r := range core(t).ofType("AWS::KMS::Key") {
		if r.Properties["KeySpec"] == "ECC_NIST_P256" { // KMS rotates symmetric keys only, and a signature must verify for good
			continue
		}
		if r.Properties["EnableKeyRotation"] != true {
			t.Errorf("%s is never rotated", logical)
		}
	}
}

func TestQueuesAndTopicsDemandTLS(t *testing.T) {
	covered := map[string]bool{}
	for _, kind := range []string{"AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"} {
		for _, r := range core(t).ofType(kind) {
			for _, s := range statements(r) {
				if s.effect == "Deny" && at(s.condition, "Bool", "aws:SecureTransport") == "false" && s.principals[0] == "*" {
					for _, name := range append(texts(r.Properties["Queues"]), texts(r.Properties["Topics"])...) {
						covered[strings.Trim(name, "${}")] = true
					}
				}
			}
		}
	}
	for _, kind := range []string{"AWS::SQS::Queue", "AWS::SNS::Topic"} {
		for logical := range core(t).ofType(kind) {
			if !covered[logical] {
				t.Errorf("%s may be used without TLS", logical)
			}
		}
	}
	_, api := core(t).named(t, "AWS::ApiGateway::RestApi", "Name", physical("api"))
	if policy := api.Properties["SecurityPolicy"]; policy != "SecurityPolicy_TLS13_1_3_2025_09" {
		t.Errorf("the API takes %v", policy)
	}
}

func TestTheTableIsWhatContractSaysAndOutlivesTheStack(t *testing.T) {
	_, r := core(t).named(t, "AWS::DynamoDB::Table", "TableName", physical(contract.Table))
	p := r.Properties
	same(t, "table", []string{
		fmt.Sprint("billed ", p["BillingMode"]), fmt.Sprint("protected ", p["DeletionProtectionEnabled"]),
		fmt.Sprint("restorable ", at(p, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")),
		fmt.Sprint("expires by ", at(p, "TimeToLiveSpecification", "AttributeName")),
		fmt.Sprint("keys ", at(p, "KeySchema", 0, "AttributeName"), " ", at(p, "KeySchema", 1, "AttributeName")),
	}, []string{
		"billed PAY_PER_REQUEST", "protected true", "restorable true", "expires by " + contract.AttrTTL,
		"keys " + contract.KeyPartition + " " + contract.KeySort,
	})
	var indexes, want []string
	for _, i := range contract.Indexes() {
		want = append(want, i.Name+" "+i.Partition+" "+i.Sort+" KEYS_ONLY")
	}
	for i := range p["GlobalSecondaryIndexes"].([]any) {
		index := at(p, "GlobalSecondaryIndexes", i)
		indexes = append(indexes, fmt.Sprint(at(index, "IndexName"), " ", at(index, "KeySchema", 0, "AttributeName"), " ",
			at(index, "KeySchema", 1, "AttributeName"), " ", at(index, "Projection", "ProjectionType")))
	}
	same(t, "indexes", indexes, want)
	for _, kind := range []string{"AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::SecretsManager::Secret"} {
		for logical, r := range core(t).ofType(kind) {
			if r.DeletionPolicy != "Retain" || r.UpdateReplacePolicy != "Retain" {
				t.Errorf("%s goes with the stack", logical)
			}
		}
	}
}

func TestSecretsHaveNamesAndNoValues(t *testing.T) {
	var names []string
	for logical, r := range core(t).ofType("AWS::SecretsManager::Secret") {
		names = append(names, r.Properties["Name"].(string))
		if r.Properties["SecretString"] != nil || r.Properties["GenerateSecretString"] != nil {
			t.Errorf("%s has a value in the template", logical)
		}
	}
	same(t, "secrets", names, []string{
		physical(contract.KeysSecret), physical(contract.ProviderSecret("sandbox", "vida-plena")),
		physical(contract.ProviderSecret("sandbox", "credora")), physical(contract.CreditorSecret("vida-plena")),
	})
}

func TestLogsAreKeptForAWhileOnly(t *testing.T) {
	groups := core(t).ofType("AWS::Logs::LogGroup")
	if want := len(contract.Functions()) + len(contract.Machines()) + 1; len(groups) != want {
		t.Errorf("%d log groups, want %d", len(groups), want)
	}
	for logical, r := range groups {
		if days, _ := r.Properties["RetentionInDays"].(float64); days != 90 {
			t.Errorf("%s is kept for %v days", logical, r.Properties["RetentionInDays"])
		}
	}
}

var page = regexp.MustCompile(`docs/playbooks/([a-z-]+)\.md$`)

func TestEveryAlarmSaysWhatToDo(t *testing.T) {
	watched := map[string]bool{}
	for logical, r := range core(t).ofType("AWS::CloudWatch::Alarm") {
		found := page.FindStringSubmatch(flat(r.Properties["AlarmDescription"]))
		if found == nil {
			t.Errorf("%s says nothing", logical)
			continue
		}
		if _, err := os.Stat(filepath.Join("../..", found[0])); err != nil {
			t.Errorf("%s: %v", logical, err)
		}
		watched[fmt.Sprint(r.Properties["MetricName"], " ", at(r.Properties, "Dimensions", 0, "Value"))] = true
	}
	for _, r := range core(t).ofType("AWS::SQS::Queue") {
		if name := r.Properties["QueueName"].(string); strings.HasSuffix(name, contract.DeadSuffix) &&
			!watched["ApproximateNumberOfMessagesVisible "+name] {
			t.Errorf("nobody hears of a message in %s", name)
		}
	}
	entries, err := os.ReadDir("../../docs/playbooks")
	if err != nil {
		t.Fatal(err)
	}
	var pages []string
	for _, e := range entries {
		pages = append(pages, strings.TrimSuffix(e.Name(), ".md"))
	}
	same(t, "docs/playbooks", stack.AlarmPages(stack.FromContract()), pages)
}

// writtenMetrics are the metrics that the product counts in a stage, with their dimensions, by the line that it writes.
func writtenMetrics(t *testing.T, stage string) []string {
	t.Helper()
	var out []string
	for _, metric := range []string{
		payment.MetricParked, payment.MetricOrphans, payment.MetricUnreconciled, debit.MetricParked, debit.MetricFaults,
		callout.MetricRefused, callout.MetricContradicted, agreement.MetricUnanswered, payment.MetricRefusedRefunds,
	} {
		var line bytes.Buffer
		task.Counter(slog.New(slog.NewJSONHandler(&line, nil)), stage, func() time.Time { return time.Unix(0, 0) })(t.Context(), metric)
		var written map[string]any
		if err := json.Unmarshal(line.Bytes(), &written); err != nil {
			t.Fatal(err)
		}
		directive := at(written, "_aws", "CloudWatchMetrics", 0)
		name := fmt.Sprint(at(directive, "Namespace"), " ", at(directive, "Metrics", 0, "Name"))
		for i := 0; at(directive, "Dimensions", 0, i) != nil; i++ {
			dimension := at(directive, "Dimensions", 0, i).(string)
			name += fmt.Sprint(" ", dimension, "=", written[dimension])
		}
		out = append(out, name)
	}
	return out
}
