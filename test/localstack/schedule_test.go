package localstack_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/gateway"
	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/contract"
)

const day = 24 * time.Hour

// fire calls the function of a schedule as its rule would, and waits for the end of it.
func (p *person) fire(schedule string) {
	p.t.Helper()
	if err := p.invokeTarget(schedule); err != nil {
		p.t.Fatalf("schedule %s: %v", schedule, err)
	}
}

func (p *person) invokeTarget(schedule string) error {
	ctx := p.t.Context()
	rule := map[string]string{"Rule": physical(schedule)}
	text, err := p.deployment.ask(ctx, http.MethodPost, "/", "events", "AWSEvents.ListTargetsByRule", rule)
	if err != nil {
		return err
	}
	var said struct{ Targets []struct{ Arn string } }
	if err := json.Unmarshal(text, &said); err != nil || len(said.Targets) != 1 {
		return fmt.Errorf("the rule's targets are %s: %w", text, err)
	}
	_, name, _ := strings.Cut(said.Targets[0].Arn, ":function:")
	answer, err := p.deployment.ask(ctx, http.MethodPost, "/2015-03-31/functions/"+name+"/invocations", "lambda", "", map[string]any{
		"version": "0", "id": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": map[string]any{},
	})
	if err != nil {
		return err
	}
	if strings.Contains(string(answer), "errorType") {
		return errors.New(string(answer))
	}
	return nil
}

// ago lets the person act as they would have some time ago: the functions run here, on the deployed table, keys, topic and machines. What
// is deployed knows no clock but the machine's. The end of it leads back to the deployed functions.
func (p *person) ago(d time.Duration) (back func()) {
	p.t.Helper()
	parts := p.parts()
	parts.Now = func() time.Time { return time.Now().Add(-d) }
	handlers := map[string]lambda.Handler{}
	for name, build := range map[string]app.Constructor{
		"offer-serve": app.OfferServe, "proposal-serve": app.ProposalServe, "payment-serve": app.PaymentServe,
	} {
		var err error
		if handlers[name], err = build(p.t.Context(), parts); err != nil {
			p.t.Fatal(err)
		}
	}
	var routes []gateway.Route
	for _, r := range contract.Routes() {
		if handlers[r.Function] != nil {
			routes = append(routes, gateway.Route{Method: r.Method, Path: r.Path, Function: r.Function})
		}
	}
	clk := clock.Real()
	p.t.Cleanup(clk.Close)
	server := httptest.NewServer(gateway.New(routes, func(ctx context.Context, name string, event []byte) ([]byte, error) {
		return handlers[name].Invoke(ctx, event)
	}, clk, stage))
	p.t.Cleanup(server.Close)
	p.at = server.URL
	return func() { p.at = "" }
}
