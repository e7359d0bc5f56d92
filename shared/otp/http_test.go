package otp_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	awsevents "github.com/aws/aws-lambda-go/events"

	"github.com/regua/regua/shared/httpapi"
	"github.com/regua/regua/shared/otp"
	"github.com/regua/regua/shared/session"
)

// face is the login over HTTP, as the gateway sees it.
type face struct {
	*world
	api *httpapi.API
	log bytes.Buffer
}

func newFace(t *testing.T, seed uint64) *face {
	t.Helper()
	f := &face{world: newWorld(t, seed)}
	keeper, cookie := &session.Keeper{Store: f.store, Now: f.clock}, httpapi.Cookie{Name: "__Host-regua"}
	f.api = httpapi.New(httpapi.Options{
		Sessions: keeper, Cookie: cookie, Origin: "https://portal.example", Now: f.clock, Log: slog.New(slog.NewJSONHandler(&f.log, nil)),
	})
	(&httpapi.Auth{Issuer: f.issuer, Verifier: f.verifier, Entries: f.entries(), Logout: keeper, Cookie: cookie}).Register(f.api)
	return f
}

func (f *face) post(path, id, body string, headers ...string) awsevents.APIGatewayProxyResponse {
	f.t.Helper()
	event := awsevents.APIGatewayProxyRequest{
		Resource: path, HTTPMethod: "POST", Body: body, PathParameters: map[string]string{"id": id},
		Headers: map[string]string{"Content-Type": "application/json"},
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		event.Headers[name] = value
	}
	event.RequestContext.RequestID = "00000000-0000-4000-9000-000000000001"
	response, err := f.api.Serve(f.t.Context(), event)
	if err != nil {
		f.t.Fatal(err)
	}
	return response
}

// challenge asks for a code and returns the answer with the challenge's id.
func (f *face) challenge(claim otp.Claim) (awsevents.APIGatewayProxyResponse, string) {
	f.t.Helper()
	response := f.post("/v1/auth/challenges", "", fmt.Sprintf(`{"creditor":%q,"document":%q,"contract":%q,"channel":%q}`,
		claim.Creditor, claim.Document, claim.Contract, claim.Channel))
	var body struct{ ChallengeID string }
	if err := json.Unmarshal([]byte(response.Body), &body); err != nil {
		f.t.Fatal(err)
	}
	return response, body.ChallengeID
}

func (f *face) give(id, code, more string) awsevents.APIGatewayProxyResponse {
	f.t.Helper()
	return f.post("/v1/auth/challenges/{id}/verify", id, `{"code":"`+code+`"`+more+`}`)
}

// told is all that a caller sees of an answer: status, headers and body, without what is drawn anew for each.
func told(response awsevents.APIGatewayProxyResponse) string {
	var b strings.Builder
	fmt.Fprintln(&b, response.StatusCode)
	for _, name := range slices.Sorted(maps.Keys(response.MultiValueHeaders)) {
		fmt.Fprintln(&b, name, response.MultiValueHeaders[name])
	}
	drawn := regexp.MustCompile(`"(challengeId|destination)":"[^"]+"`)
	return b.String() + drawn.ReplaceAllString(response.Body, `"$1":"…"`)
}

// Over a whole login that fails, no answer tells a claim that is true from one that is not.
func TestAnswersTellNothing(t *testing.T) {
	seen := map[string]map[string]string{} // by channel, then by claim
	for name, claim := range claims() {
		f := newFace(t, 11)
		var story []string
		first, id := f.challenge(claim)
		again, _ := f.challenge(claim)
		story = append(story, told(first), told(again), told(f.give(id, other(f.code()), "")))
		story = append(story, told(f.post("/v1/auth/challenges/{id}/resend", id, "")))
		f.advance(time.Minute)
		resent := f.post("/v1/auth/challenges/{id}/resend", id, "{}")
		var next struct{ ChallengeID string }
		if err := json.Unmarshal([]byte(resent.Body), &next); err != nil {
			t.Fatal(err)
		}
		story = append(story, told(resent), told(f.give(id, f.code(), "")))
		for range otp.MaxTries + 1 {
			story = append(story, told(f.give(next.ChallengeID, other(f.code()), "")))
		}
		if seen[string(claim.Channel)] == nil {
			seen[string(claim.Channel)] = map[string]string{}
		}
		seen[string(claim.Channel)][name] = strings.Join(story, "\n")
		if strings.Contains(f.log.String(), claim.Document) || strings.Contains(f.log.String(), claim.Contract) {
			t.Errorf("%s: the log names the claim", name)
		}
	}
	for channel, stories := range seen {
		want := slices.Sorted(maps.Values(stories))[0]
		for name, story := range stories {
			if story != want {
				t.Errorf("%s, %s:\n%s\nand another:\n%s", channel, name, story, want)
			}
		}
	}
}

func TestLoginWithCookieAndWithBearer(t *testing.T) {
	f := newFace(t, 12)
	_, id := f.challenge(claims()["known"])
	answer := f.give(id, f.code(), "")
	cookie, _, _ := strings.Cut(http.Header(answer.MultiValueHeaders).Get("Set-Cookie"), ";")
	if answer.StatusCode != 200 || !strings.HasPrefix(cookie, "__Host-regua=vida-plena.") {
		t.Fatalf("%d %s, cookie %q", answer.StatusCode, answer.Body, cookie)
	}
	_, id = f.challenge(claims()["known"])
	answer = f.give(id, f.code(), `,"session":"bearer"`)
	var body struct{ SessionToken string }
	if err := json.Unmarshal([]byte(answer.Body), &body); err != nil || body.SessionToken == "" {
		t.Fatalf("%s, %v", answer.Body, err)
	}
	bearer := "Authorization: Bearer " + body.SessionToken
	for _, step := range []struct {
		after  time.Duration
		header string
		status int
		holds  string
	}{
		{0, "Cookie: " + cookie, 204, ""},
		{0, "Cookie: " + cookie, 401, "not_authenticated"},
		{session.IdleLimit, bearer, 401, "session_expired"},
		{0, bearer + "x", 401, "not_authenticated"},
	} {
		f.advance(step.after)
		got := f.post("/v1/auth/logout", "", "", step.header)
		if got.StatusCode != step.status || !strings.Contains(got.Body, step.holds) {
			t.Errorf("%d %s, want %d %s", got.StatusCode, got.Body, step.status, step.holds)
		}
	}
}
