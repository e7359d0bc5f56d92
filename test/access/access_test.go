// Package access holds every route of the contract to who may call it, over the whole product in process.
package access

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/shared/app/importer"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/secrets"
	"github.com/regua/regua/shared/session"
	"github.com/regua/regua/test/permissions"
)

// deployment is the whole product in process, with three participants: two at one creditor, one at another.
type deployment struct {
	t     *testing.T
	cloud *cloud.Cloud
	made  permissions.Record
	keys  int
}

type debtor struct{ creditor, document, contract, email string }

var (
	owner    = debtor{"vida-plena", "52998224725", "VP-2024-000001", "dona@correio.example"}
	stranger = debtor{"vida-plena", "11144477735", "VP-2024-000002", "outra@correio.example"}
	foreign  = debtor{"tv-horizonte", "52998224725", "TV-2024-000003", "dona.tv@correio.example"}
)

func deploy(t *testing.T) *deployment {
	t.Helper()
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	clk := clock.Virtual(start)
	t.Cleanup(clk.Close)
	creditors, err := demo.CreditorFiles()
	if err != nil {
		t.Fatal(err)
	}
	d := &deployment{t: t}
	d.cloud, err = cloud.New(t.Context(), cloud.Options{
		Clock: clk, Store: store.Memory(), PortalURL: "https://portal.example", Creditors: creditors, Observe: d.made.Saw,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, call := range d.made.Beyond(contract.Permissions()) {
			t.Errorf("a function calls what contract.Permissions does not allow: %s", call)
		}
	})
	var portfolio bytes.Buffer
	portfolio.WriteString("creditor_id,contract_number,participant_document,participant_name,birth_date,email,phone,participant_status," +
		"product,debt_id,description,due_date,principal_centavos,state,city,address\n")
	for i, p := range []debtor{owner, stranger, foreign} {
		fmt.Fprintf(&portfolio,
			"%s,%s,%s,Pessoa %d,1980-02-03,%s,+551198765432%d,active,plano,D%d,Mensalidade,2026-08-10,50000,SP,Santos,Rua A 1\n",
			p.creditor, p.contract, p.document, i, p.email, i, i)
	}
	im, err := importer.New(t.Context(), d.cloud.Parts)
	if err != nil {
		t.Fatal(err)
	}
	if report, err := im.Import(t.Context(), &portfolio); err != nil || len(report.Rejected) > 0 {
		t.Fatalf("import: %v, rejected %v", err, report.Rejected)
	}
	return d
}

// answer is a reply of the API with the code of its problem, if it is one.
type answer struct {
	status int
	code   string
	body   string
}

// call asks the gateway; a token that is not empty is sent as bearer.
func (d *deployment) call(token, method, path, body string) answer {
	d.t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	d.keys++ // each call is an intention of its own
	req.Header.Set("Idempotency-Key", fmt.Sprint("key-", d.keys))
	res := httptest.NewRecorder()
	d.cloud.API.ServeHTTP(res, req)
	var problem struct{ Code string }
	if res.Code >= 400 {
		if err := json.Unmarshal(res.Body.Bytes(), &problem); err != nil {
			d.t.Fatalf("%s %s: %d %s", method, path, res.Code, res.Body)
		}
	}
	return answer{res.Code, problem.Code, res.Body.String()}
}

// got calls as call does and reads members of an answer that must be a success.
func (d *deployment) got(token, method, path, body string, into any) {
	d.t.Helper()
	a := d.call(token, method, path, body)
	if a.status >= 300 {
		d.t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), into); err != nil {
		d.t.Fatal(err)
	}
}

func (d *deployment) advance(by time.Duration) {
	d.t.Helper()
	if err := d.cloud.Clock.Advance(d.t.Context(), d.cloud.Clock.Now().Add(by)); err != nil {
		d.t.Fatal(err)
	}
}

var eightDigits = regexp.MustCompile(`\b[0-9]{8}\b`)

// login opens a session.
func (d *deployment) login(p debtor) string {
	d.t.Helper()
	var challenge struct{ ChallengeID string }
	d.got("", "POST", "/v1/auth/challenges", fmt.Sprintf(`{"creditor":%q,"document":%q,"contract":%q,"channel":"email"}`,
		p.creditor, p.document, p.contract), &challenge)
	if err := d.cloud.Clock.Settle(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	code := ""
	for _, m := range d.cloud.Mailbox.Messages(p.email) {
		if m.TemplateID == "otp-code" { // the newest comes last
			code = eightDigits.FindString(m.Body)
		}
	}
	var opened struct{ SessionToken string }
	d.got("", "POST", "/v1/auth/challenges/"+challenge.ChallengeID+"/verify", fmt.Sprintf(`{"code":%q,"session":"bearer"}`, code), &opened)
	return opened.SessionToken
}

// belongings are the names of what a participant owns.
type belongings struct {
	debt, offer, proposal, contract, sha256, agreement, intent string
}

// own takes the participant through a deal up to its payment code.
func (d *deployment) own(token string) belongings {
	d.t.Helper()
	var offers struct {
		DebtIDs []string
		Offers  []struct{ OfferID string }
	}
	d.got(token, "GET", "/v1/me/offers", "", &offers)
	var proposal struct{ ProposalID, ContractNumber string }
	d.got(token, "POST", "/v1/me/proposals", fmt.Sprintf(`{"offerId":%q}`, offers.Offers[0].OfferID), &proposal)
	var text struct{ SHA256 string }
	d.got(token, "GET", "/v1/me/contracts/"+proposal.ContractNumber, "", &text)
	var signed struct{ AgreementID string }
	d.got(token, "POST", "/v1/me/contracts/"+proposal.ContractNumber+"/signature",
		fmt.Sprintf(`{"sha256":%q,"accepted":true}`, text.SHA256), &signed)
	var intent struct{ PaymentIntentID string }
	d.got(token, "POST", "/v1/me/payment-intents",
		fmt.Sprintf(`{"agreementId":%q,"instalment":1,"method":"pix"}`, signed.AgreementID), &intent)
	return belongings{
		offers.DebtIDs[0],
		offers.Offers[0].OfferID, proposal.ProposalID, proposal.ContractNumber, text.SHA256, signed.AgreementID, intent.PaymentIntentID,
	}
}

// request is how a route is called about somebody's belongings. names says that it names one of them.
type request struct {
	path, body string
	names      bool
}

// requests has a request for every route of the contract.
func requests(b belongings) map[string]request {
	const challenge = "vida-plena.01JD9Z1N2P3Q4R5S6T7V8W9XAB"
	return map[string]request{
		"GET /v1/public/creditors/{id}":                   {"/v1/public/creditors/vida-plena", "", false},
		"GET /openapi.yaml":                               {"/openapi.yaml", "", false},
		"GET /docs":                                       {"/docs", "", false},
		"POST /v1/auth/challenges":                        {"/v1/auth/challenges", `{}`, false},
		"POST /v1/auth/challenges/{id}/verify":            {"/v1/auth/challenges/" + challenge + "/verify", `{"code":"00000000"}`, false},
		"POST /v1/auth/challenges/{id}/resend":            {"/v1/auth/challenges/" + challenge + "/resend", "", false},
		"POST /v1/auth/entries":                           {"/v1/auth/entries", `{"token":"vida-plena.aaaaaaaaaaaaaaaaaaaa"}`, false},
		"POST /v1/auth/logout":                            {"/v1/auth/logout", "", false},
		"GET /v1/me/debts":                                {"/v1/me/debts", "", false},
		"GET /v1/me/offers":                               {"/v1/me/offers", "", false},
		"POST /v1/me/simulations":                         {"/v1/me/simulations", fmt.Sprintf(`{"debtIds":[%q],"instalments":1}`, b.debt), true},
		"POST /v1/me/proposals":                           {"/v1/me/proposals", fmt.Sprintf(`{"offerId":%q}`, b.offer), true},
		"GET /v1/me/proposals/{id}":                       {"/v1/me/proposals/" + b.proposal, "", true},
		"DELETE /v1/me/proposals/{id}":                    {"/v1/me/proposals/" + b.proposal, "", true},
		"GET /v1/me/contracts/{number}":                   {"/v1/me/contracts/" + b.contract, "", true},
		"GET /v1/me/contracts/{number}/pdf":               {"/v1/me/contracts/" + b.contract + "/pdf", "", true},
		"POST /v1/me/contracts/{number}/signature":        {"/v1/me/contracts/" + b.contract + "/signature", signature(b), true},
		"GET /v1/me/agreements/{id}":                      {"/v1/me/agreements/" + b.agreement, "", true},
		"POST /v1/me/agreements/{id}/withdrawal":          {"/v1/me/agreements/" + b.agreement + "/withdrawal", `{"confirmed":true}`, true},
		"POST /v1/me/payment-intents":                     {"/v1/me/payment-intents", asking(b), true},
		"GET /v1/me/payment-intents/{id}":                 {"/v1/me/payment-intents/" + b.intent, "", true},
		"POST /v1/webhooks/creditor/{id}":                 {"/v1/webhooks/creditor/vida-plena", answering(b), false},
		"GET /v1/webhooks/{provider}/{account}":           {"/v1/webhooks/sandbox/nobody", "", false},
		"POST /v1/webhooks/{provider}/{account}":          {"/v1/webhooks/sandbox/vida-plena", `{"id":"x"}`, false},
		"POST /v1/webhooks/{provider}/{account}/{proxy+}": {"/v1/webhooks/sandbox/vida-plena/pix", `{"id":"x"}`, false},
	}
}

func signature(b belongings) string { return fmt.Sprintf(`{"sha256":%q,"accepted":true}`, b.sha256) }

func answering(b belongings) string {
	return fmt.Sprintf(`{"type":"plan.reactivation_answered","caseId":%q,"agreementId":%q,"outcome":"confirmed"}`, b.agreement, b.agreement)
}

func asking(b belongings) string {
	return fmt.Sprintf(`{"agreementId":%q,"instalment":1,"method":"pix"}`, b.agreement)
}

// Every route of the contract is called by everybody who should not, and by those who should about what is not theirs.
func TestWhoMayDoWhat(t *testing.T) {
	d := deploy(t)
	expired := d.login(owner)
	d.advance(session.IdleLimit)
	owned := d.login(owner)
	b := d.own(owned)
	others := map[string]string{"other case": d.login(stranger), "other creditor": d.login(foreign)}
	gone := d.login(stranger)
	d.call(gone, "POST", "/v1/auth/logout", "")
	parts := strings.Split(owned, ".")
	nobodies := map[string]struct{ token, code string }{
		"nobody":                       {"", contract.CodeNotAuthenticated},
		"no token":                     {"x", contract.CodeNotAuthenticated},
		"logged out":                   {gone, contract.CodeNotAuthenticated},
		"token moved to another house": {strings.Join([]string{"tv-horizonte", parts[1], parts[2]}, "."), contract.CodeNotAuthenticated},
		"token moved to another case":  {strings.Join([]string{parts[0], b.agreement, parts[2]}, "."), contract.CodeNotAuthenticated},
		"expired":                      {expired, contract.CodeSessionExpired},
	}
	for what, token := range d.providerSecrets() {
		nobodies[what] = struct{ token, code string }{token, contract.CodeNotAuthenticated}
	}
	before := d.call(owned, "GET", "/v1/me/agreements/"+b.agreement, "")
	all := requests(b)
	for _, route := range contract.Routes() {
		name := route.Method + " " + route.Path
		r, ok := all[name]
		if !ok {
			t.Errorf("%s: nobody has said how to call it", name)
			continue
		}
		for who, nobody := range nobodies {
			d.expect(name+" by "+who, route, r, d.call(nobody.token, route.Method, r.path, r.body), nobody.code)
		}
		if route.Kind == contract.Provider || route.Kind == contract.Creditor { // a participant is the wrong kind of principal there
			d.expect(name+" by a participant", route, r, d.call(owned, route.Method, r.path, r.body), "")
		}
		for who, token := range others {
			if r.names {
				if got := d.call(token, route.Method, r.path, r.body); got.code != contract.CodeNotFound {
					t.Errorf("%s by %s: %d %s", name, who, got.status, got.body)
				}
			} else if got := d.call(token, route.Method, r.path, r.body); got.tells(b) {
				t.Errorf("%s by %s tells what is not theirs: %s", name, who, got.body)
			}
		}
		if route.Path == "/v1/auth/logout" { // they did log out
			others = map[string]string{"other case": d.again(stranger), "other creditor": d.again(foreign)}
		}
	}
	if after := d.call(owned, "GET", "/v1/me/agreements/"+b.agreement, ""); after != before || after.status != http.StatusOK {
		t.Errorf("the agreement was %v and is %v", before, after)
	}
}

// providerSecrets are what a payment provider knows: it proves notices with them, and opens nothing of a participant.
func (d *deployment) providerSecrets() map[string]string {
	d.t.Helper()
	accounts := secrets.New(secretsmanager.NewFromConfig(d.cloud.Parts.AWS), contract.Prefix(cloud.Stage), d.cloud.Parts.Now)
	account, err := accounts.Account(d.t.Context(), provider.Sandbox, "vida-plena")
	if err != nil {
		d.t.Fatal(err)
	}
	return map[string]string{"a provider by its token": account.APIToken, "a provider by its signing secret": account.SigningSecrets[0]}
}

// again logs in after the cool-down of the codes before.
func (d *deployment) again(p debtor) string {
	d.advance(time.Minute)
	return d.login(p)
}

// expect holds the answer to somebody without a session to the kind of route.
func (d *deployment) expect(what string, route contract.Route, r request, got answer, code string) {
	d.t.Helper()
	switch route.Kind {
	case contract.Participant:
		if got.status != http.StatusUnauthorized || got.code != code {
			d.t.Errorf("%s: %d %s, want %s", what, got.status, got.body, code)
		}
	case contract.Anonymous:
		refusals := []string{contract.CodeNotAuthenticated, contract.CodeSessionExpired, contract.CodeForbidden}
		if got.status >= 500 || slices.Contains(refusals, got.code) {
			d.t.Errorf("%s: %d %s", what, got.status, got.body)
		}
	case contract.Provider, contract.Creditor:
		if r.body != "" && got.code != contract.CodeSignatureInvalid {
			d.t.Errorf("%s: %d %s, want %s", what, got.status, got.body, contract.CodeSignatureInvalid)
		}
	default:
		d.t.Errorf("%s: nobody has said who may call a route for %s", what, route.Kind)
	}
}

// tells reports whether an answer names one of somebody's belongings.
func (a answer) tells(b belongings) bool {
	for _, name := range []string{b.debt, b.proposal, b.contract, b.agreement, b.intent} {
		if strings.Contains(a.body, name) {
			return true
		}
	}
	return false
}
