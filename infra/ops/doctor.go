package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
)

const (
	// checkTimeout bounds one check: the longest lists the executions of a machine, a thousand a call.
	checkTimeout = 5 * time.Minute
	// clockSlack is how far this machine's clock may be from the service's. A request that is signed five minutes off is refused, and the
	// service tells whole seconds.
	clockSlack = 5 * time.Second
)

// verdict is how a check ended.
type verdict string

const (
	fine       verdict = "ok"
	doubtful   verdict = "warn"
	wrong      verdict = "wrong"
	notChecked verdict = "not checked"
)

// finding is the outcome of one check, and what to do about it.
type finding struct {
	what       string
	verdict    verdict
	says, todo string
}

// doctor examines a deployment with the operator's rights. It reads, and asks for one data key that it throws away.
type doctor struct {
	parts app.Parts
	// emulated says that an endpoint stands in for AWS: what it does not tell is not known to be wrong.
	emulated  bool
	creditors []collection.CreditorID // to look at; found in the table when there are none
	findings  []finding
}

func (t *tool) examine(ctx context.Context, c command, args []string) error {
	f, to := t.flags(c)
	d := &doctor{}
	f.Func("creditor", "`ID` of a creditor to look at; may be repeated; without it they are looked for in the table", func(text string) error {
		id, err := collection.ParseCreditorID(text)
		d.creditors = append(d.creditors, id)
		return err
	})
	if err := parse(f, c, args, 0); err != nil {
		return err
	}
	var err error
	if d.parts, err = t.connect(ctx, *to); err != nil {
		return err
	}
	d.emulated = to.endpoint != ""
	if err := d.checkClock(ctx); err != nil {
		return err
	}
	for _, check := range []func(context.Context){
		d.checkTable, d.checkBackups, d.checkMachines, d.checkTopic, d.checkQueues, d.checkKeys, d.checkSecrets,
	} {
		limited, cancel := context.WithTimeout(ctx, checkTimeout)
		check(limited)
		cancel()
	}
	d.found("functions, API, alarms", notChecked, "this tool has no client for them",
		"aws cloudformation describe-stacks --stack-name "+strings.TrimSuffix(d.name(""), "-")+" tells whether the deployment ended well; "+
			"aws cloudwatch describe-alarms --alarm-name-prefix "+d.name("")+" --state-value ALARM tells what rings")
	return t.tell(d.findings)
}

// tell prints the findings and what to do about them.
func (t *tool) tell(findings []finding) error {
	count := map[verdict]int{}
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, f := range findings {
		count[f.verdict]++
		fmt.Fprintf(table, "%s\t%s\t%s\n", f.verdict, f.what, f.says)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	tellWhatToDo(t.out, findings)
	fmt.Fprintf(t.out, "\n%d ok, %d warn, %d wrong, %d not checked\n", count[fine], count[doubtful], count[wrong], count[notChecked])
	if count[wrong] > 0 {
		return &exitError{exitFailed, "something is wrong"}
	}
	return nil
}

func tellWhatToDo(out io.Writer, findings []finding) {
	headed := false
	for _, f := range findings {
		if f.todo == "" {
			continue
		}
		if !headed {
			fmt.Fprintf(out, "\nWhat to do:\n")
			headed = true
		}
		fmt.Fprintf(out, "  %s: %s\n", f.what, f.todo)
	}
}

// name is the physical name of a name of contract.
func (d *doctor) name(of string) string { return contract.Prefix(d.parts.Config.Stage) + of }

// arn names a resource of the deployment's account and region.
func (d *doctor) arn(service, resource string) string {
	return "arn:aws:" + service + ":" + d.parts.Config.Region + ":" + d.parts.Config.Account + ":" + resource
}

func (d *doctor) found(what string, v verdict, says, todo string) {
	if v == fine {
		todo = ""
	}
	d.findings = append(d.findings, finding{what, v, says, todo})
}

// verdictOf judges a check that has two outcomes.
func (d *doctor) verdictOf(what string, good bool, says, todo string) {
	if good {
		d.found(what, fine, says, "")
		return
	}
	d.found(what, wrong, says, todo)
}

// failed records a call that failed. What the endpoint does not know, or this identity may not do, leaves the check open.
func (d *doctor) failed(what string, err error, todo string) {
	operation := "the call"
	if call, ok := errors.AsType[failedCall](err); ok {
		operation = call.Service() + " " + call.Operation()
	}
	code := codeOf(err)
	response, answered := errors.AsType[*awshttp.ResponseError](err)
	switch {
	case strings.HasPrefix(code, "UnknownOperation") || code == "UnknownService" || answered && response.HTTPStatusCode() == 501:
		d.found(what, notChecked, "not checked here: the endpoint has no "+operation, "")
	case strings.HasPrefix(code, "AccessDenied") || code == "AuthorizationError":
		d.found(what, notChecked, "this identity may not call "+operation, "allow it to whoever runs the doctor")
	case absent[code]:
		d.found(what, wrong, "does not exist", todo)
	case code != "":
		d.found(what, wrong, operation+" failed: "+code, "run the doctor again; "+seeDeploy)
	default:
		d.found(what, wrong, operation+" failed: "+err.Error(), "look at network, credentials and region; then run the doctor again")
	}
}

const (
	seeDeploy     = "docs/deploy.md says how it is made"
	deployRelease = "deploy this release (docs/deploy.md), or run the doctor of the release that is deployed"
)

// absent holds the codes by which the services say that there is no such thing.
var absent = map[string]bool{
	"ResourceNotFoundException": true, "StateMachineDoesNotExist": true, "NotFound": true, "NotFoundException": true,
	"QueueDoesNotExist": true, "AWS.SimpleQueueService.NonExistentQueue": true, "TableNotFoundException": true,
}

func isAbsent(err error) bool { return absent[codeOf(err)] }

// failedCall is an error of the SDK that tells which call failed, codedError one with a service's own code.
type (
	failedCall interface {
		error
		Service() string
		Operation() string
	}
	codedError interface {
		error
		ErrorCode() string
	}
)

// codeOf is the code of a service's refusal; empty when no service answered.
func codeOf(err error) string {
	if coded, ok := errors.AsType[codedError](err); ok {
		return coded.ErrorCode()
	}
	return ""
}

// checkClock compares this machine's clock with the time that the service puts into its answers. It fails when no service answers, for
// then nothing can be checked.
func (d *doctor) checkClock(ctx context.Context) error {
	const what = "clock"
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	table := d.name(contract.Table)
	out, err := dynamodb.NewFromConfig(d.parts.AWS).DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &table})
	if err != nil && codeOf(err) == "" {
		return fmt.Errorf("reach the deployment (look at network, endpoint, credentials and region): %w", err)
	}
	if err != nil {
		d.found(what, notChecked, "the table did not answer", "")
		return nil
	}
	service, told := awsmiddleware.GetServerTime(out.ResultMetadata)
	here, known := awsmiddleware.GetResponseAt(out.ResultMetadata)
	if !told || !known {
		d.found(what, notChecked, "the answer has no Date", "")
		return nil
	}
	apart := here.Sub(service).Round(time.Second)
	if apart.Abs() <= clockSlack {
		d.found(what, fine, "at most "+clockSlack.String()+" from the service's", "")
		return nil
	}
	direction := "ahead"
	if apart < 0 {
		direction = "behind"
	}
	d.found(what, wrong, apart.Abs().String()+" from the service's",
		"this machine is "+direction+": set its clock by NTP. What an import writes is dated by it, and AWS refuses who is five minutes off")
	return nil
}
