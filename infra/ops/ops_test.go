package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/events"
	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

// deployment is a local cloud with its AWS protocols on a socket, as -aws gives.
type deployment struct {
	*cloud.Cloud
	endpoint string
	folder   string
}

func deploy(t *testing.T) *deployment {
	t.Helper()
	clk := clock.Virtual(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	t.Cleanup(clk.Close)
	c, err := cloud.New(t.Context(), cloud.Options{Clock: clk, Store: store.Memory(), PortalURL: "http://127.0.0.1:8080"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(c.Door())
	t.Cleanup(server.Close)
	return &deployment{c, server.URL, t.TempDir()}
}

// ops runs a command line against the deployment. The endpoint stands after the command's name.
func (d *deployment) ops(t *testing.T, input string, args ...string) (code int, out string) {
	t.Helper()
	var b bytes.Buffer
	tool := &tool{in: strings.NewReader(input), out: &b, err: &b, connect: connect}
	words := 1
	for _, c := range commands() {
		if strings.HasPrefix(strings.Join(args, " "), c.name) {
			words = max(words, len(strings.Fields(c.name)))
		}
	}
	code = tool.main(t.Context(), slices.Concat(args[:words], []string{"-endpoint", d.endpoint}, args[words:]))
	if err := d.Advance(t.Context(), d.Clock.Now()); err != nil { // what an import sets off has run
		t.Fatal(err)
	}
	return code, b.String()
}

// sample writes the sample creditors and a small portfolio, and returns the arguments of its import and somebody in it.
func (d *deployment) sample(t *testing.T) (args []string, person demo.Participant) {
	t.Helper()
	docs, err := demo.CreditorFiles()
	if err != nil {
		t.Fatal(err)
	}
	args = []string{"import"}
	for i, doc := range docs {
		name := filepath.Join(d.folder, string(rune('a'+i))+".json")
		write(t, name, doc)
		args = append(args, "-creditor", name)
	}
	today, err := calendar.ParseDate("2026-11-23")
	if err != nil {
		t.Fatal(err)
	}
	csv, people, err := demo.Portfolio(1, today, 12)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(d.folder, "portfolio.csv")
	write(t, name, csv)
	return append(args, name), people[0]
}

func write(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func wantSaid(t *testing.T, code int, out string, wantCode int, parts ...string) {
	t.Helper()
	if code != wantCode {
		t.Errorf("exit code %d, want %d:\n%s", code, wantCode, out)
	}
	for _, part := range parts {
		if !strings.Contains(out, part) {
			t.Errorf("%q is not said in:\n%s", part, out)
		}
	}
}

func TestImportReportsAndRepeats(t *testing.T) {
	d := deploy(t)
	args, person := d.sample(t)
	code, out := d.ops(t, "", args...)
	wantSaid(t, code, out, 0, "creditor vida-plena stored", "0 rejected", "lines\n")
	code, out = d.ops(t, "", args...)
	wantSaid(t, code, out, 0, "0 cases opened, 0 debts placed, 0 revised", "0 rejected")

	file := args[len(args)-1]
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := bytes.Replace(text, []byte(person.Document), []byte("12345678900"), 1)
	code, out = d.ops(t, string(spoilt), "import", "-")
	wantSaid(t, code, out, exitRejected, "line 2: participant_document: must be a valid CPF or CNPJ", "1 rejected")
	if strings.Contains(out, "12345678900") {
		t.Errorf("a value is told:\n%s", out)
	}
	code, out = d.ops(t, "creditor_id;debt_id\n", "import", "-")
	wantSaid(t, code, out, exitFailed, "unknown column")
	code, out = d.ops(t, "", "import", filepath.Join(d.folder, "none.csv"))
	wantSaid(t, code, out, exitFailed, "open portfolio")
	code, out = d.ops(t, "", "import", "-creditor", file, file)
	wantSaid(t, code, out, exitFailed, "read creditor's file")
}

func TestShowTellsTheStoryWithoutPersonalData(t *testing.T) {
	d := deploy(t)
	args, person := d.sample(t)
	if code, out := d.ops(t, "", args...); code != 0 {
		t.Fatal(out)
	}
	code, shown := d.ops(t, "", "case", "show", "-creditor", person.Creditor, "-document", person.Document)
	wantSaid(t, code, shown, 0, "OPEN, former participant", "case.opened", "case.debts_placed", "system:import", "3 debts, R$ 1.667,80",
		"receivable")
	for _, secret := range []string{person.Document, person.Name, person.Email, person.Phone, person.Contract, "Mensalidade"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q is shown without -reveal:\n%s", secret, shown)
		}
	}
	code, out := d.ops(t, person.Document+"\n", "case", "show", "-creditor", person.Creditor, "-document", "-")
	if wantSaid(t, code, out, 0); out != shown {
		t.Errorf("by standard input:\n%s\nby flag:\n%s", out, shown)
	}
	id := strings.Fields(shown)[1]
	code, out = d.ops(t, "", "case", "show", "-creditor", person.Creditor, "-case", id, "-reveal")
	wantSaid(t, code, out, 0, person.Document, person.Name, person.Email, person.Phone, person.Contract, "Mensalidade")

	code, out = d.ops(t, "", "case", "show", "-creditor", "credora", "-case", id)
	wantSaid(t, code, out, exitFailed, "not found")
	code, out = d.ops(t, "", "case", "show", "-creditor", "credora", "-document", person.Document)
	wantSaid(t, code, out, exitFailed, "no case of this document")
	code, out = d.ops(t, "", "case", "show", "-creditor", person.Creditor, "-document", "52998224724")
	if wantSaid(t, code, out, exitUsage, "not a valid CPF"); strings.Contains(out, "52998224724") {
		t.Error("a document is told")
	}
	code, out = d.ops(t, "", "case", "show", "-creditor", person.Creditor, "-case", "1")
	wantSaid(t, code, out, exitUsage, "not an id")
}

func TestVerifyChainNamesTheFirstBrokenEvent(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(t *testing.T, c caseItems)
		says  string
	}{
		"altered last":      {func(t *testing.T, c caseItems) { c.alter(t, c.last) }, "event LAST: was altered"},
		"altered":           {func(t *testing.T, c caseItems) { c.alter(t, 2) }, "event 2: was altered"},
		"dropped first":     {func(t *testing.T, c caseItems) { c.remove(t, event(1)) }, "event 1: is missing"},
		"dropped last":      {func(t *testing.T, c caseItems) { c.remove(t, event(c.last)) }, "event LAST: is missing"},
		"swapped":           {func(t *testing.T, c caseItems) { c.swap(t) }, "event 1: "},
		"added":             {func(t *testing.T, c caseItems) { c.add(t) }, "event NEXT: stands beyond the last event"},
		"case item missing": {func(t *testing.T, c caseItems) { c.remove(t, "S#CASE") }, "event 1: belongs to a case whose own item is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			d := deploy(t)
			args, person := d.sample(t)
			if code, out := d.ops(t, "", args...); code != 0 {
				t.Fatal(out)
			}
			code, out := d.ops(t, "", "verify-chain", "-creditor", person.Creditor, "-all")
			wantSaid(t, code, out, 0, " 0 chains broken")
			_, shown := d.ops(t, "", "case", "show", "-creditor", person.Creditor, "-document", person.Document)
			id := strings.Fields(shown)[1]
			code, out = d.ops(t, "", "verify-chain", "-creditor", person.Creditor, "-case", id)
			wantSaid(t, code, out, 0, "1 cases, ", " 0 chains broken")
			last, err := strconv.Atoi(strings.Fields(out)[2])
			if err != nil || last < 2 {
				t.Fatalf("%s: %v", out, err)
			}
			test.spoil(t, caseItems{dynamodb.NewFromConfig(d.Parts.AWS), person.Creditor + "#CASE#" + id, last})
			says := strings.ReplaceAll(strings.ReplaceAll(test.says, "LAST", strconv.Itoa(last)), "NEXT", strconv.Itoa(last+1))
			for _, which := range [][]string{{"-all"}, {"-case", id}} {
				code, out = d.ops(t, "", append([]string{"verify-chain", "-creditor", person.Creditor}, which...)...)
				wantSaid(t, code, out, exitFailed, "case "+id+": "+says, " 1 chains broken")
			}
			code, out = d.ops(t, "", "verify-chain", "-creditor", "tv-horizonte", "-all")
			wantSaid(t, code, out, 0, " 0 chains broken")
		})
	}
	d := deploy(t)
	code, out := d.ops(t, "", "verify-chain", "-creditor", "credora", "-case", "01K0000000000000000000000A")
	wantSaid(t, code, out, exitFailed, "not found")
}

// caseItems spoils the items of a case behind the product's back.
type caseItems struct {
	client    *dynamodb.Client
	partition string
	last      int // number of the last event
}

const tableName = "regua-local-regua"

// event is the sort key of an event.
func event(seq int) string { return fmt.Sprintf("E#%012d", seq) }

func (c caseItems) key(sort string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: c.partition}, "sk": &types.AttributeValueMemberS{Value: sort},
	}
}

func (c caseItems) get(t *testing.T, sort string) map[string]types.AttributeValue {
	t.Helper()
	out, err := c.client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String(tableName), Key: c.key(sort)})
	if err != nil || out.Item == nil {
		t.Fatalf("%s: %v", sort, err)
	}
	return out.Item
}

func (c caseItems) put(t *testing.T, item map[string]types.AttributeValue, sort string) {
	t.Helper()
	item["sk"] = &types.AttributeValueMemberS{Value: sort}
	if _, err := c.client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(tableName), Item: item}); err != nil {
		t.Fatal(err)
	}
}

func (c caseItems) remove(t *testing.T, sort string) {
	t.Helper()
	if _, err := c.client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String(tableName), Key: c.key(sort)}); err != nil {
		t.Fatal(err)
	}
}

func (c caseItems) alter(t *testing.T, seq int) {
	t.Helper()
	item := c.get(t, event(seq))
	doc := item["doc"].(*types.AttributeValueMemberS).Value
	item["doc"] = &types.AttributeValueMemberS{Value: strings.Replace(doc, `"actor":"system:`, `"actor":"staff:`, 1)}
	c.put(t, item, event(seq))
}

func (c caseItems) swap(t *testing.T) {
	t.Helper()
	first, second := c.get(t, event(1)), c.get(t, event(2))
	first["seq"], second["seq"] = second["seq"], first["seq"]
	c.put(t, first, event(2))
	c.put(t, second, event(1))
}

func (c caseItems) add(t *testing.T) {
	t.Helper()
	item := c.get(t, event(c.last))
	item["seq"] = &types.AttributeValueMemberN{Value: strconv.Itoa(c.last + 1)}
	c.put(t, item, event(c.last+1))
}

func TestUsage(t *testing.T) {
	run := func(args ...string) (int, string) {
		var b bytes.Buffer
		tool := &tool{in: strings.NewReader(""), out: &b, err: &b, connect: func(context.Context, target) (app.Parts, error) {
			return app.Parts{}, errors.New("nothing to connect to")
		}}
		return tool.main(t.Context(), args), b.String()
	}
	for _, line := range []string{
		"", "nonsense", "case", "import", "import a.csv b.csv", "import -no-such-flag a.csv", "case show -creditor vida-plena",
		"case show -creditor vida-plena -case A -document 1", "case show -creditor VP -case A", "verify-chain -creditor vida-plena",
		"verify-chain -creditor vida-plena -all -case A", "verify-chain -all", "account", "account put", "account put -creditor VP",
		"account put -creditor vida-plena secrets.json", "orphans", "orphans list -creditor VP",
	} {
		if code, out := run(strings.Fields(line)...); code != exitUsage || out == "" {
			t.Errorf("%q: exit code %d, %s", line, code, out)
		}
	}
	code, out := run("help")
	wantSaid(t, code, out, 0, "import", "case show", "verify-chain")
	for _, c := range commands() {
		code, out := run(append(strings.Fields(c.name), "-help")...)
		wantSaid(t, code, out, 0, c.usage, c.help, "-endpoint")
	}
	code, out = run("verify-chain", "-creditor", "vida-plena", "-all")
	wantSaid(t, code, out, exitFailed, "nothing to connect to")
}

func TestConnect(t *testing.T) {
	for _, name := range []string{"REGUA_STAGE", "REGUA_ACCOUNT"} {
		t.Setenv(name, "")
	}
	if _, err := connect(t.Context(), target{}); err == nil {
		t.Error("connected to nothing in particular")
	}
	parts, err := connect(t.Context(), target{endpoint: "http://127.0.0.1:1"})
	local := deploy(t).Parts.Config
	if err != nil || parts.Config.Stage != local.Stage || parts.Config.Region != local.Region || parts.Config.Account != local.Account {
		t.Errorf("got %+v, %v; the local cloud is %+v", parts.Config, err, local)
	}
	t.Setenv("AWS_REGION", "us-east-1")
	parts, err = connect(t.Context(), target{stage: "prod", account: "123456789012"})
	if err != nil || parts.Config.Stage != "prod" || parts.Config.Region != "us-east-1" || parts.AWS.BaseEndpoint != nil {
		t.Errorf("got %+v, %v", parts.Config, err)
	}
}

func TestEveryEventIsDescribed(t *testing.T) {
	described := map[string]bool{}
	for _, e := range []collection.Event{
		collection.AgreementEnded{}, collection.DebtsCredited{}, collection.ReviewRequested{}, collection.ProposalReviewed{},
		collection.DebtsMoved{}, collection.AftercareAnswered{}, collection.DecisionPut{}, collection.DecisionAnswered{},
		collection.CaseOpened{}, collection.ParticipantRevised{}, collection.DebtsPlaced{}, collection.DebtsRevised{},
		collection.MandateGiven{}, collection.PaymentRerouted{}, collection.PaymentNoticed{}, collection.PaymentRefused{},
		collection.PaymentReturned{}, collection.RefundWanted{}, collection.RefundAnswered{}, collection.ProposalCreated{},
		collection.ProposalRefused{}, collection.SignedContract{}, collection.PaymentRequested{}, collection.PaymentIssued{},
		collection.PaymentClosed{}, collection.PaymentPosted{}, collection.ServiceRestoreRequested{}, collection.PlanReactivationRequested{},
		collection.RulerStarted{}, collection.RungPassed{}, collection.RulerEnded{}, collection.ContactPlan{}, collection.ContactWithheld{},
		collection.ContactClaim{}, collection.ContactClosed{}, collection.ContactPointChanged{}, collection.ParticipantOptedOut{},
		collection.ParticipantOptedIn{}, collection.ReminderPaused{}, collection.PauseLifted{}, collection.PromiseMade{},
		collection.PromiseFulfilled{}, collection.PromiseFailed{}, collection.PromiseTakenBack{}, collection.RulerConcluded{},
	} {
		if describe(e) == "" {
			t.Errorf("%s is not described", e.Type())
		}
		described[e.Type()] = true
	}
	for _, e := range events.Types() {
		if !described[e.Name] {
			t.Errorf("%s is not looked at", e.Name)
		}
	}
}
