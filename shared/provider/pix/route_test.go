package pix_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	awsevents "github.com/aws/aws-lambda-go/events"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/httpapi"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/vault"
)

// desk stands behind the webhook's route: an account, a vault that seals nothing, a store and a queue.
type desk struct {
	account provider.Account
	raws    map[string]bool
	queued  int
}

func (d *desk) Account(context.Context, string, string) (provider.Account, error) {
	return d.account, nil
}

func (d *desk) Seal(_ context.Context, _ vault.Key, _ string, plain []byte) ([]byte, error) {
	return plain, nil
}

func (d *desk) Open(_ context.Context, _ vault.Key, _ string, sealed []byte) ([]byte, error) {
	return sealed, nil
}

func (d *desk) PutRaw(_ context.Context, e collection.RawEvent) (collection.RawState, error) {
	d.raws[e.Key] = true
	return collection.RawNew, nil
}

func (d *desk) Send(context.Context, any) error {
	d.queued++
	return nil
}

type clientCert = awsevents.APIGatewayCustomAuthorizerRequestTypeRequestIdentityClientCert

// The route takes a notice with what the provider appends and without it, and only over a connection whose certificate was verified.
func TestTheRouteOfNotices(t *testing.T) {
	d := &desk{account: provider.Account{Name: "vida", Pix: &provider.PixAccess{NoticeSubject: "CN=bank"}}, raws: map[string]bool{}}
	api := httpapi.New(httpapi.Options{Now: func() time.Time { return start }, Log: slog.New(slog.DiscardHandler)})
	(&httpapi.Webhooks{Receiver: &payment.Webhooks{
		Accounts: d, Rails: payment.Rails{provider.Pix: parser()}, Vault: d, Raws: d, Queue: d,
		Now: func() time.Time { return start },
	}}).Register(api)
	const base = "/v1/webhooks/{provider}/{account}"
	body := `{"pix":[` + entry("E1", txID, "110.00", "") + `]}`
	for _, c := range []struct {
		name, resource, proxy, subject, body string
		status, queued                       int
	}{
		{"without a certificate", base + "/{proxy+}", "pix", "", body, 401, 0},
		{"without a certificate or an ending", base, "", "", body, 401, 0},
		{"with another's", base + "/{proxy+}", "pix", "CN=elsewhere", body, 401, 0},
		{"with the ending", base + "/{proxy+}", "pix", "CN=bank", body, 200, 1},
		{"without it", base, "", "CN=bank", body, 200, 2},
		{"of mandates", base + "/{proxy+}", "rec", "CN=bank", `{"recs":[]}`, 200, 3},
		{"no JSON", base, "", "CN=bank", `{`, 400, 3},
		{"no amount", base, "", "CN=bank", strings.Replace(body, "110.00", "110", 1), 400, 3},
	} {
		event := awsevents.APIGatewayProxyRequest{
			HTTPMethod: "POST", Resource: c.resource, Body: c.body, Headers: map[string]string{"Content-Type": "application/json"},
			PathParameters: map[string]string{"provider": "pix", "account": "vida", "proxy": c.proxy},
		}
		if c.subject != "" {
			event.RequestContext.Identity.ClientCert = &clientCert{SubjectDN: c.subject}
		}
		answer, err := api.Serve(context.Background(), event)
		if err != nil || answer.StatusCode != c.status || d.queued != c.queued {
			t.Errorf("%s: %d %s, %d queued, %v", c.name, answer.StatusCode, answer.Body, d.queued, err)
		}
		if strings.Contains(answer.Body, "E1") {
			t.Errorf("%s: the answer tells the notice: %s", c.name, answer.Body)
		}
	}
	if len(d.raws) != 2 {
		t.Errorf("%d notices for one of money, delivered twice, and one of mandates", len(d.raws))
	}
}
