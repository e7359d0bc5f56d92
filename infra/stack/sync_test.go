package stack_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/statemachines"
)

func physical(name string) string { return contract.Prefix(testStage) + name }

func TestFunctionsAreThoseOfContractAndOfTheirFolders(t *testing.T) {
	entries, err := os.ReadDir("../../functions")
	if err != nil {
		t.Fatal(err)
	}
	var folders, deployed []string
	for _, e := range entries {
		folders = append(folders, physical(e.Name()))
	}
	for _, f := range core(t).ofType("AWS::Lambda::Function") {
		deployed = append(deployed, f.Properties["FunctionName"].(string))
	}
	same(t, "functions/", deployed, folders)
	for _, f := range contract.Functions() {
		_, r := core(t).named(t, "AWS::Lambda::Function", "FunctionName", physical(f.Name))
		reserved, _ := r.Properties["ReservedConcurrentExecutions"].(float64)
		got := fmt.Sprint(r.Properties["MemorySize"], r.Properties["Timeout"], reserved, r.Properties["Runtime"], r.Properties["Architectures"])
		if want := fmt.Sprint(f.MemoryMB, f.Timeout.Seconds(), f.Reserved, "provided.al2023", []string{"arm64"}); got != want {
			t.Errorf("%s is %s, want %s", f.Name, got, want)
		}
	}
}

// Every function starts with what the stack puts into its surroundings, and nothing is put there that no function reads.
func TestFunctionsReadTheirEnvironment(t *testing.T) {
	for logical, r := range core(t).ofType("AWS::Lambda::Function") {
		variables, _ := at(r.Properties, "Environment", "Variables").(map[string]any)
		asked := map[string]bool{}
		c, err := app.Load(func(name string) string {
			asked[name] = true
			if name == contract.EnvRegion { // Lambda's own
				return "sa-east-1"
			}
			return flat(variables[name])
		})
		if err != nil || c.Stage != testStage || c.PortalURL != "https://"+testDomain || c.CookieInsecure || c.SandboxURL == "" {
			t.Errorf("%s starts with %+v: %v", logical, c, err)
		}
		for name := range variables {
			if !asked[name] {
				t.Errorf("%s gets %s, which nothing reads", logical, name)
			}
		}
	}
}

// route says where a method of the API stands and which function answers it.
func routesOf(s template) []string {
	paths := map[string]string{}
	for known := -1; known < len(paths); { // parents first, however often that takes
		known = len(paths)
		for logical, r := range s.ofType("AWS::ApiGateway::Resource") {
			parent := flat(r.Properties["ParentId"])
			if above, ok := paths[parent]; ok || strings.HasSuffix(parent, ".RootResourceId}") {
				paths["${"+logical+"}"] = above + "/" + r.Properties["PathPart"].(string)
			}
		}
	}
	var out []string
	for _, r := range s.ofType("AWS::ApiGateway::Method") {
		uri := flat(at(r.Properties, "Integration", "Uri"))
		function := strings.Split(strings.SplitN(uri, "functions/${", 2)[1], ".Arn}")[0]
		out = append(out, fmt.Sprint(r.Properties["HttpMethod"], " ", paths[flat(r.Properties["ResourceId"])], " ",
			at(r.Properties, "Integration", "Type"), " ", s.Resources[function].Properties["FunctionName"]))
	}
	return out
}

func TestRoutesAreThoseOfContract(t *testing.T) {
	var want, answering []string
	for _, r := range contract.Routes() {
		want = append(want, r.Method+" "+r.Path+" AWS_PROXY "+physical(r.Function))
		answering = append(answering, physical(r.Function))
	}
	same(t, "routes", routesOf(core(t)), want)
	var permitted []string
	for _, p := range core(t).ofType("AWS::Lambda::Permission") {
		if p.Properties["Principal"] == "apigateway.amazonaws.com" {
			if source := flat(p.Properties["SourceArn"]); !strings.HasSuffix(source, "${Api}/"+testStage+"/*") {
				t.Errorf("a function may be called by %s", source)
			}
			logical := strings.Trim(flat(p.Properties["FunctionName"]), "${}")
			permitted = append(permitted, core(t).Resources[logical].Properties["FunctionName"].(string))
		}
	}
	slices.Sort(answering)
	same(t, "functions that the API may call", permitted, slices.Compact(answering))
}

// A deployment is a picture of the API: other routes must give another one, or they would never be served.
func TestOtherRoutesAreAnotherDeployment(t *testing.T) {
	for logical, r := range core(t).ofType("AWS::ApiGateway::Deployment") {
		if _, ok := all().doubled.Resources[logical]; ok {
			t.Errorf("%s stands for other routes too", logical)
		}
		if methods := len(texts(r.DependsOn)); methods != len(contract.Routes()) {
			t.Errorf("the deployment waits for %d methods of %d", methods, len(contract.Routes()))
		}
	}
}

func TestQueuesAreThoseOfContract(t *testing.T) {
	var want, got []string
	for _, q := range contract.Queues() {
		want = append(want, fmt.Sprint(physical(q.Name), " ", q.Visibility.Seconds(), " ", q.Retention.Seconds(), " ", q.MaxReceive, " ",
			physical(q.Name+contract.DeadSuffix)))
		want = append(want, fmt.Sprint(physical(q.Name+contract.DeadSuffix), " <nil> ", contract.DeadRetention.Seconds(), " <nil> <nil>"))
	}
	want = append(want, fmt.Sprint(physical(contract.SchedulesDead), " <nil> ", contract.DeadRetention.Seconds(), " <nil> <nil>"))
	for _, r := range core(t).ofType("AWS::SQS::Queue") {
		dead := any(nil)
		if target, ok := at(r.Properties, "RedrivePolicy", "deadLetterTargetArn", "Fn::GetAtt", 0).(string); ok {
			dead = core(t).Resources[target].Properties["QueueName"]
		}
		p := r.Properties
		got = append(got, fmt.Sprint(p["QueueName"], " ", p["VisibilityTimeout"], " ", p["MessageRetentionPeriod"], " ",
			at(p, "RedrivePolicy", "maxReceiveCount"), " ", dead))
	}
	// Large numbers are written with an exponent by one side.
	for _, side := range [][]string{got, want} {
		for i := range side {
			side[i] = strings.ReplaceAll(side[i], "1.2096e+06", "1209600")
		}
	}
	same(t, "queues", got, want)
}

func TestConsumersAndSubscriptionsAreThoseOfContract(t *testing.T) {
	name := func(reference any, property string) string {
		logical, _, _ := strings.Cut(strings.Trim(flat(reference), "${}"), ".")
		return fmt.Sprint(core(t).Resources[logical].Properties[property])
	}
	var want, got []string
	for _, q := range contract.Queues() {
		if q.Consumer == "" {
			continue
		}
		limit := "<nil>"
		for _, c := range contract.Concurrencies() {
			if c.Function == q.Consumer {
				limit = strconv.Itoa(c.AtMost)
			}
		}
		want = append(want, fmt.Sprint(physical(q.Name), " ", physical(q.Consumer), " ", q.BatchSize, " ReportBatchItemFailures ", limit))
	}
	for _, r := range core(t).ofType("AWS::Lambda::EventSourceMapping") {
		p := r.Properties
		got = append(got, fmt.Sprint(name(p["EventSourceArn"], "QueueName"), " ", name(p["FunctionName"], "FunctionName"), " ",
			p["BatchSize"], " ", flat(p["FunctionResponseTypes"]), " ", at(p, "ScalingConfig", "MaximumConcurrency")))
	}
	same(t, "consumers", got, want)
	want, got = nil, nil
	for _, s := range contract.Subscriptions() {
		want = append(want, fmt.Sprint(physical(s.Queue), " sqs true ", s.EventTypes))
	}
	for _, r := range core(t).ofType("AWS::SNS::Subscription") {
		got = append(got, fmt.Sprint(name(r.Properties["Endpoint"], "QueueName"), " ", r.Properties["Protocol"], " ",
			r.Properties["RawMessageDelivery"], " ", at(r.Properties, "FilterPolicy", "type")))
	}
	same(t, "subscriptions", got, want)
	want, got = nil, nil
	for _, s := range contract.Schedules() {
		want = append(want, fmt.Sprint(physical(s.Name), " ", s.Expression(), " ", physical(s.Function), " ",
			physical(contract.SchedulesDead)))
	}
	for _, r := range core(t).ofType("AWS::Events::Rule") {
		target := at(r.Properties, "Targets", 0)
		got = append(got, fmt.Sprint(r.Properties["Name"], " ", r.Properties["ScheduleExpression"], " ",
			name(at(target, "Arn"), "FunctionName"), " ", name(at(target, "DeadLetterConfig", "Arn"), "QueueName")))
	}
	same(t, "schedules", got, want)
}

var called = regexp.MustCompile(`"FunctionName":"\$\{([A-Za-z0-9]+)\.Arn\}"`)

func TestMachinesAreThoseOfContractAndOfTheirFiles(t *testing.T) {
	var deployed, want []string
	for _, m := range contract.Machines() {
		want = append(want, physical(m.Name))
	}
	for logical, r := range core(t).ofType("AWS::StepFunctions::StateMachine") {
		name := r.Properties["StateMachineName"].(string)
		deployed = append(deployed, name)
		files, err := statemachines.Functions(strings.TrimPrefix(name, contract.Prefix(testStage)))
		if err != nil {
			t.Fatal(err)
		}
		var inFile, inTemplate, allowed []string
		for _, f := range files {
			inFile = append(inFile, physical(f))
		}
		for _, match := range called.FindAllStringSubmatch(flat(r.Properties["DefinitionString"]), -1) {
			inTemplate = append(inTemplate, fmt.Sprint(core(t).Resources[match[1]].Properties["FunctionName"]))
		}
		role, _, _ := strings.Cut(strings.Trim(flat(r.Properties["RoleArn"]), "${}"), ".")
		for _, s := range statements(core(t).Resources[role]) {
			if slices.Contains(s.actions, "lambda:InvokeFunction") {
				for _, arn := range s.resources {
					function, _, _ := strings.Cut(strings.Trim(arn, "${}"), ".")
					allowed = append(allowed, fmt.Sprint(core(t).Resources[function].Properties["FunctionName"]))
				}
			}
		}
		slices.Sort(inTemplate)
		same(t, logical+" calls", slices.Compact(inTemplate), inFile)
		same(t, logical+" may call", allowed, inFile)
	}
	same(t, "machines", deployed, want)
}

// The metrics that alarms watch are those that the functions write, of this stage alone.
func TestAlarmsWatchWhatFunctionsWrite(t *testing.T) {
	var watched []string
	for _, r := range core(t).ofType("AWS::CloudWatch::Alarm") {
		if namespace := r.Properties["Namespace"].(string); !strings.HasPrefix(namespace, "AWS/") {
			name := fmt.Sprint(namespace, " ", r.Properties["MetricName"])
			for i := 0; at(r.Properties, "Dimensions", i) != nil; i++ {
				name += fmt.Sprint(" ", at(r.Properties, "Dimensions", i, "Name"), "=", at(r.Properties, "Dimensions", i, "Value"))
			}
			watched = append(watched, name)
		}
	}
	same(t, "metrics of the functions", watched, writtenMetrics(t, "prod"))
}
