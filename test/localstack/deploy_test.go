// These tests deploy the unmodified Core stack to LocalStack with the CDK's own command line, and hold it to the product's journeys.
package localstack_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/test/audit"
)

// fewest is how many journeys must have passed.
const fewest = 25

// suite is a deployment and the stories that were told on it.
type suite struct {
	*deployment
	t      *testing.T
	passed atomic.Int64
}

// TestTheProductOnLocalStack deploys, seeds, lives through the journeys, deploys again twice under executions that wait, and destroys.
func TestTheProductOnLocalStack(t *testing.T) {
	start := time.Now()
	s := &suite{deployment: begin(t), t: t}
	first := s.synthesize(s.root, "first")
	s.bootstrap()
	s.deploy("cdk deploy", first)
	s.step("secrets and sender", func() error { return s.enterSecrets(t.Context()) })
	people, payer, silent := s.people()
	s.step("import", func() error { return s.importPortfolio(append([]debtor{payer, silent}, people...)) })

	one, other := s.person(t, payer), s.person(t, silent)
	paid, paidCode := one.owe()
	s.journeys(people)
	t.Run("limits", func(t *testing.T) { limits(t, s.deployment) })
	one.in("Await", paidCode)
	unpaid, unpaidCode := other.owe()
	other.in("Await", unpaidCode)
	s.again(first)
	s.tell("an execution from before the deployment is woken by the money", one, func(p *person) {
		p.pay(paidCode)
		p.settled(paid, paidCode)
		p.ended(paidCode, wayByMoney)
	})
	s.tell("another is woken by its time, and the code expires at the bank too", other, func(p *person) { p.expires(unpaid, unpaidCode) })
	s.destroy()
	t.Logf("%d named journeys passed on LocalStack in %.0f s", s.passed.Load(), time.Since(start).Seconds())
	if s.passed.Load() < fewest {
		t.Errorf("%d named journeys passed, want %d at least", s.passed.Load(), fewest)
	}
}

// again deploys what is there already, and then two functions that answer otherwise: nothing but these may change.
func (s *suite) again(first string) {
	s.t.Helper()
	if said := s.deploy("cdk deploy, nothing changed", first); !strings.Contains(said, "(no changes)") {
		s.t.Errorf("the second deployment found changes:\n%s", said)
	}
	s.answersWith(http.StatusOK)
	second := s.synthesize(s.changed(map[string]string{
		"functions/portal-serve/main.go": "testdata/changed/portal-serve.go.txt",
		"functions/payment-wake/main.go": "testdata/changed/payment-wake.go.txt",
	}), "second")
	var differ []string
	before, after := s.resources(first), s.resources(second)
	for name, resource := range after {
		if before[name] != resource {
			differ = append(differ, name)
		}
	}
	slices.Sort(differ)
	if len(before) != len(after) || !slices.Equal(differ, []string{"FunctionPaymentWake", "FunctionPortalServe"}) {
		s.t.Errorf("of %d resources %v differ", len(after), differ)
	}
	s.deploy("cdk deploy, two functions changed", second)
	s.answersWith(http.StatusNonAuthoritativeInfo)
}

// journeys tells all stories at once.
func (s *suite) journeys(people []debtor) {
	s.t.Helper()
	start := time.Now()
	s.t.Run("journeys", func(t *testing.T) {
		for i, j := range journeys() {
			t.Run(j.name, func(t *testing.T) {
				t.Parallel()
				s.count(t, s.person(t, people[i]), j.tell)
			})
		}
	})
	s.t.Logf("%-45s %5.1f s", "journeys", time.Since(start).Seconds())
}

// tell goes on with the story of somebody who has begun it.
func (s *suite) tell(name string, begun *person, story func(p *person)) {
	s.t.Helper()
	s.t.Run(name, func(t *testing.T) {
		p := s.person(t, begun.debtor)
		p.token = begun.token
		s.count(t, p, story)
	})
}

func (s *suite) count(t *testing.T, p *person, story func(p *person)) {
	t.Helper()
	story(p)
	p.audited()
	if !t.Failed() {
		s.passed.Add(1)
	}
}

// people invents a participant for each journey, and two whose executions wait while the stack is deployed again.
func (d *deployment) people() (all []debtor, payer, silent debtor) {
	for i, j := range journeys() {
		all = append(all, invent(j.creditor, i+1))
	}
	i := slices.IndexFunc(journeys(), func(j journey) bool { return j.name == aboutSome })
	all[i].debts = 3
	return all, invent("vida-plena", len(all)+1), invent(brief, len(all)+2)
}

// person lets a participant act within a test.
func (d *deployment) person(t testing.TB, of debtor) *person {
	return &person{deployment: d, debtor: of, t: t}
}

// dossier loads the participant's case.
func (p *person) dossier() (*collection.Dossier, error) {
	parts := p.parts()
	keys, err := parts.Keys(p.t.Context())
	if err != nil {
		return nil, err
	}
	store, creditor := parts.Store(), collection.CreditorID(p.creditor)
	id, err := store.FindCase(p.t.Context(), creditor, keys.Document(creditor, p.document))
	if err != nil {
		return nil, err
	}
	return store.Load(p.t.Context(), creditor, id)
}

// audited holds what is stored of the case to its events and its ledger. It reads one after the other, so what the ruler does in between
// makes it look again.
func (p *person) audited() {
	p.t.Helper()
	p.until("events and ledger give what is stored", func() (bool, error) {
		found, err := p.dossier()
		if err != nil {
			return false, err
		}
		_, err = audit.Case(p.t.Context(), p.parts().Store(), found.Case.Creditor, found.Case.ID)
		return err == nil, err
	})
}

// answersWith holds the portal's function to a status.
func (d *deployment) answersWith(status int) {
	d.t.Helper()
	if got := d.person(d.t, debtor{}).call("GET", "/v1/public/creditors/vida-plena", nil).status; got != status {
		d.t.Errorf("the portal answers %d, want %d", got, status)
	}
}

// destroy takes the stack down: what it does goes, what it knows stays.
func (d *deployment) destroy() {
	d.t.Helper()
	d.step("cdk destroy", func() error {
		_, err := d.cdk("destroy", coreStack, "--app", d.folder+"/second", "--force")
		return err
	})
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.t.Context()), patience)
	defer cancel()
	_, err := sfn.NewFromConfig(d.cloud).DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: aws.String(
		strings.Join([]string{"arn:aws:states", region, account, "stateMachine", physical(contract.MachineRuler)}, ":"))})
	if _, gone := errors.AsType[*sfntypes.StateMachineDoesNotExist](err); !gone {
		d.t.Errorf("a state machine after the stack's end: %v", err)
	}
	if got := d.person(d.t, debtor{}).call("GET", "/v1/public/creditors/vida-plena", nil).status; got == http.StatusOK {
		d.t.Error("the API answers after the stack's end")
	}
	_, err = dynamodb.NewFromConfig(d.cloud).DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(physical(contract.Table))})
	if err != nil {
		d.t.Errorf("the table is gone with the stack: %v", err)
	}
}
