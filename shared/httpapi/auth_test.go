package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	awsevents "github.com/aws/aws-lambda-go/events"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/otp"
	"github.com/regua/regua/shared/session"
)

const challengeULID = "01JD9Z1N2P3Q4R5S6T7V8W9XAB"

// desk answers the login routes with what a test sets.
type desk struct {
	claim  otp.Claim
	guess  otp.Guess
	ended  session.Session
	answer error
}

func (d *desk) issued(creditor collection.CreditorID, channel collection.Channel) (otp.Issued, error) {
	id, err := collection.ParseID[collection.ChallengeNoun](challengeULID)
	return otp.Issued{
		Creditor: creditor, Challenge: id, Channel: channel, Destination: "m***a@g***l.com", ExpiresAt: edgeEpoch.Add(5 * time.Minute),
		ResendAfter: 59*time.Second + time.Millisecond,
	}, errors.Join(err, d.answer)
}

func (d *desk) Request(_ context.Context, claim otp.Claim) (otp.Issued, error) {
	d.claim = claim
	return d.issued(claim.Creditor, claim.Channel)
}

func (d *desk) Resend(_ context.Context, creditor collection.CreditorID, id collection.ChallengeID) (otp.Issued, error) {
	if id.String() != challengeULID {
		return otp.Issued{}, otp.ErrRejected
	}
	return d.issued(creditor, collection.ChannelEmail)
}

func (d *desk) Verify(_ context.Context, guess otp.Guess) (string, session.Session, error) {
	d.guess = guess
	return "vida-plena.token", session.Session{OpenedAt: edgeEpoch}, d.answer
}

func (d *desk) Open(context.Context, string) (otp.Entry, error) {
	return otp.Entry{Creditor: vidaPlena, ContractHint: "***123"}, d.answer
}

func (d *desk) End(_ context.Context, s session.Session) error {
	d.ended = s
	return d.answer
}

// Creditor knows one creditor.
func (d *desk) Creditor(_ context.Context, id collection.CreditorID) (collection.Creditor, error) {
	if id != vidaPlena.ID {
		return collection.Creditor{}, errors.Join(collection.ErrNotFound, d.answer)
	}
	return vidaPlena, d.answer
}

var vidaPlena = collection.Creditor{
	ID: "vida-plena", Name: "Vida Plena Saúde", Document: "11222333000181",
	Brand:    collection.Brand{PrimaryColor: "#0B5D4E", AccentColor: "#F2A516", LogoText: "Vida Plena"},
	Contacts: collection.CreditorContacts{Phone: "0800 000 0101", Email: "a@vidaplena.example", Site: "https://vidaplena.example"},
	Payments: []collection.PaymentRoute{{Method: collection.MethodPix}, {Method: collection.MethodBoleto}, {Method: collection.MethodPix}},
}

func newLogin(answer error) (*edge, *desk) {
	e, d := newEdge(), &desk{answer: answer}
	e.api.routes = map[string]handled{}
	(&Auth{Issuer: d, Verifier: d, Entries: d, Logout: d, Cookie: Cookie{Name: "__Host-regua"}}).Register(e.api)
	(&Portal{Creditors: d}).Register(e.api)
	return e, d
}

// post calls a login route as the portal does.
func (e *edge) post(t *testing.T, path, id, body string, headers ...string) (awsevents.APIGatewayProxyResponse, map[string]any) {
	t.Helper()
	event := awsevents.APIGatewayProxyRequest{
		Resource: path, HTTPMethod: "POST", Body: body, PathParameters: map[string]string{"id": id}, Headers: map[string]string{},
	}
	for _, header := range append(headers, asJSON) {
		name, value, _ := strings.Cut(header, ": ")
		event.Headers[name] = value
	}
	return e.serve(t, event)
}

const (
	challengesPath = "/v1/auth/challenges"
	verifyPath     = "/v1/auth/challenges/{id}/verify"
	resendPath     = "/v1/auth/challenges/{id}/resend"
	entriesPath    = "/v1/auth/entries"
	logoutPath     = "/v1/auth/logout"
	publicID       = "vida-plena." + challengeULID
	goodClaim      = `{"creditor":"vida-plena","document":"52998224725","contract":"VP-2024-000123","channel":"email"}`
)

func TestChallengeAnswer(t *testing.T) {
	e, d := newLogin(nil)
	for _, c := range []struct{ path, id, body string }{
		{challengesPath, "", goodClaim}, {resendPath, publicID, ""}, {resendPath, publicID, "{}"},
	} {
		response, body := e.post(t, c.path, c.id, c.body)
		want := `{"challengeId":"` + publicID + `","channel":"email","destination":"m***a@g***l.com",` +
			`"expiresAt":"2026-11-23T14:05:00Z","resendAfterSeconds":60,"nextAction":"verify_code"}`
		if response.StatusCode != 202 || response.Body != want {
			t.Errorf("%s: %d %v", c.path, response.StatusCode, body)
		}
	}
	if d.claim != (otp.Claim{Creditor: "vida-plena", Document: "52998224725", Contract: "VP-2024-000123", Channel: "email"}) {
		t.Errorf("claim %+v", d.claim)
	}
}

func TestChallengeFields(t *testing.T) {
	for field, values := range map[string][]string{
		"creditor": {"", "V", "Vida", "vida_plena", strings.Repeat("a", 32)},
		"document": {"", "52998224724", "529.982.247-25", "11111111111", "5299822472", "12abc34501de35"},
		"contract": {"", "-1", "a b", "á", strings.Repeat("1", 41), "a#b"},
		"channel":  {"", "whatsapp", "EMAIL"},
	} {
		for _, value := range values {
			good := map[string]string{"creditor": "vida-plena", "document": "52998224725", "contract": "VP-2024-000123", "channel": "email"}
			text := strings.Replace(goodClaim, `"`+field+`":"`+good[field]+`"`, `"`+field+`":"`+value+`"`, 1)
			e, _ := newLogin(nil)
			response, body := e.post(t, challengesPath, "", text)
			errs, _ := body["errors"].([]any)
			if response.StatusCode != 400 || len(errs) != 1 || errs[0].(map[string]any)["field"] != field {
				t.Errorf("%s=%q: %d %s", field, value, response.StatusCode, response.Body)
			}
		}
	}
	e, _ := newLogin(nil)
	if _, body := e.post(t, challengesPath, "", "{}"); len(body["errors"].([]any)) != 4 {
		t.Errorf("empty claim: %v", body)
	}
}

func TestLoginRefusals(t *testing.T) {
	const code = `{"code":"04817263"}`
	for name, c := range map[string]struct {
		path, id, body string
		answer         error
		status         int
		code           string
	}{
		"unknown creditor":     {challengesPath, "", goodClaim, collection.ErrNotFound, 404, "not_found"},
		"too many codes":       {challengesPath, "", goodClaim, &otp.TooManyError{RetryAfter: time.Minute}, 429, "too_many_requests"},
		"broken body":          {challengesPath, "", "{", nil, 400, "malformed_json"},
		"extra field":          {challengesPath, "", goodClaim[:len(goodClaim)-1] + `,"caseId":"x"}`, nil, 400, "invalid_request"},
		"rejected code":        {verifyPath, publicID, code, otp.ErrRejected, 401, "code_rejected"},
		"short code":           {verifyPath, publicID, `{"code":"0481726"}`, nil, 400, "invalid_request"},
		"code as a number":     {verifyPath, publicID, `{"code":48172630}`, nil, 400, "invalid_request"},
		"other session":        {verifyPath, publicID, `{"code":"04817263","session":"jwt"}`, nil, 400, "invalid_request"},
		"no code":              {verifyPath, publicID, `{}`, nil, 400, "invalid_request"},
		"verify without body":  {verifyPath, publicID, "", nil, 400, "malformed_json"},
		"verify of no id":      {verifyPath, "x", code, nil, 400, "invalid_request"},
		"verify of bare id":    {verifyPath, challengeULID, code, nil, 400, "invalid_request"},
		"verify of small id":   {verifyPath, strings.ToLower(publicID), code, nil, 400, "invalid_request"},
		"verify out of order":  {verifyPath, publicID, code, collection.ErrUnavailable, 503, "temporarily_unavailable"},
		"resend of no id":      {resendPath, "vida-plena.", "", nil, 400, "invalid_request"},
		"resend unknown":       {resendPath, "vida-plena.01JD9Z1N2P3Q4R5S6T7V8W9XAC", "", nil, 401, "code_rejected"},
		"resend too early":     {resendPath, publicID, "", &otp.TooManyError{RetryAfter: time.Second}, 429, "too_many_requests"},
		"resend with a body":   {resendPath, publicID, `{"x":1}`, nil, 400, "invalid_request"},
		"resend, broken body":  {resendPath, publicID, `{`, nil, 400, "invalid_request"},
		"entry unknown":        {entriesPath, "", `{"token":"vida-plena.xxxxxxxxxxx"}`, otp.ErrEntryInvalid, 404, "entry_link_invalid"},
		"entry of no form":     {entriesPath, "", `{"token":"vida plena"}`, nil, 400, "invalid_request"},
		"entry without token":  {entriesPath, "", `{}`, nil, 400, "invalid_request"},
		"logout with a body":   {logoutPath, "", `{"all":true}`, nil, 400, "invalid_request"},
		"logout out of order":  {logoutPath, "", ``, errors.New("broken"), 500, "internal"},
		"creditor in the path": {"/v1/public/creditors/{id}", "", "", nil, 404, "not_found"}, // there is no POST
	} {
		t.Run(name, func(t *testing.T) {
			e, _ := newLogin(c.answer)
			response, body := e.post(t, c.path, c.id, c.body, asBearer)
			if response.StatusCode != c.status || body["code"] != c.code {
				t.Errorf("%d %s", response.StatusCode, response.Body)
			}
			checkProblem(t, response, body)
			if c.code == "too_many_requests" && body["retryAfterSeconds"] == nil {
				t.Error("no wait is named")
			}
		})
	}
}

func TestVerifyAnswers(t *testing.T) {
	for session, bearer := range map[string]bool{``: false, `,"session":"cookie"`: false, `,"session":"bearer"`: true} {
		e, d := newLogin(nil)
		response, body := e.post(t, verifyPath, publicID, `{"code":"04817263"`+session+`}`)
		cookie := http.Header(response.MultiValueHeaders).Get("Set-Cookie")
		if response.StatusCode != 200 || body["expiresAt"] != "2026-11-23T15:00:00Z" || body["nextAction"] != "see_debts" {
			t.Errorf("%s: %d %s", session, response.StatusCode, response.Body)
		}
		if bearer != (body["sessionToken"] == "vida-plena.token") || bearer != (cookie == "") {
			t.Errorf("%s: %v, cookie %q", session, body, cookie)
		}
		if d.guess.Creditor != "vida-plena" || d.guess.Challenge.String() != challengeULID || d.guess.Code != "04817263" {
			t.Errorf("guess %+v", d.guess)
		}
	}
}

func TestLogoutClearsTheCookie(t *testing.T) {
	e, d := newLogin(nil)
	response, _ := e.post(t, logoutPath, "", "", asCookie)
	cookie := http.Header(response.MultiValueHeaders).Get("Set-Cookie")
	if response.StatusCode != 204 || response.Body != "" || !strings.Contains(cookie, "Max-Age=0") || d.ended.TokenHash == "" {
		t.Errorf("%d %q, cookie %q, ended %+v", response.StatusCode, response.Body, cookie, d.ended)
	}
}

func TestEntryAnswer(t *testing.T) {
	e, _ := newLogin(nil)
	response, body := e.post(t, entriesPath, "", `{"token":"vida-plena.q9X2mB0c1yq8T0b8cZVZ7Qk1vJ2u6h1c0m9w7x5y3z0"}`)
	creditor, _ := body["creditor"].(map[string]any)
	if response.StatusCode != 200 || body["contractHint"] != "***123" || body["nextAction"] != "log_in" || creditor["id"] != "vida-plena" ||
		creditor["nextAction"] != "log_in" {
		t.Errorf("%d %s", response.StatusCode, response.Body)
	}
}
