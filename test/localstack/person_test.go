package localstack_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// patience is how long something may take that happens by itself: seconds on an idle machine.
const patience = 90 * time.Second

// person is a participant who lives through one journey.
type person struct {
	*deployment
	debtor
	t     testing.TB
	token string // of the session
	at    string // address of functions of another time; empty for the deployed ones
}

// until asks again and again until something holds.
func (p *person) until(what string, holds func() (bool, error)) {
	p.t.Helper()
	p.within(patience, what, holds)
}

// within is until, with a patience of its own.
func (p *person) within(patience time.Duration, what string, holds func() (bool, error)) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	again := time.NewTicker(250 * time.Millisecond)
	defer again.Stop()
	for {
		ok, err := holds()
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			p.t.Fatalf("%s: not within %s (last error: %v)", what, patience, err)
		case <-again.C:
		}
	}
}

// reply is an answer of the API.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// call asks the API; body is sent as JSON unless it is text already.
func (p *person) call(method, path string, body any, headers ...string) reply {
	p.t.Helper()
	text, isText := body.(string)
	if body != nil && !isText {
		encoded, err := json.Marshal(body)
		if err != nil {
			p.t.Fatal(err)
		}
		text = string(encoded)
	}
	req, err := http.NewRequestWithContext(p.t.Context(), method, cmp.Or(p.at, p.api)+path, strings.NewReader(text))
	if err != nil {
		p.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, path, err)
	}
	answer, err := io.ReadAll(res.Body)
	if closed := res.Body.Close(); err != nil || closed != nil {
		p.t.Fatalf("%s %s: %v", method, path, errors.Join(err, closed))
	}
	return reply{res.StatusCode, res.Header, answer}
}

// get decodes the answer of a call that must end with a status.
func get[T any](p *person, status int, r reply) T {
	p.t.Helper()
	var out T
	if r.status != status {
		p.t.Fatalf("got %d, want %d: %s", r.status, status, r.body)
	}
	if err := json.Unmarshal(r.body, &out); err != nil {
		p.t.Fatalf("answer %d is not what was expected: %v\n%s", r.status, err, r.body)
	}
	return out
}

// look reads a document of LocalStack's own.
func look[T any](d *deployment, path string) (T, error) {
	var out T
	res, err := http.Get(d.endpoint + path) // #nosec G107 -- on loopback
	if err != nil {
		return out, fmt.Errorf("look at %s: %w", path, err)
	}
	defer func() { _ = res.Body.Close() }() // was read
	if res.StatusCode != http.StatusOK {
		return out, fmt.Errorf("look at %s: %d", path, res.StatusCode)
	}
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		return out, fmt.Errorf("look at %s: %w", path, err)
	}
	return out, nil
}

// mail is an e-mail as LocalStack keeps it.
type mail struct {
	Source, Subject string
	Destination     struct{ ToAddresses []string }
	Body            struct {
		Text string `json:"text_part"`
		HTML string `json:"html_part"`
	}
}

// mails lists the e-mails to an address, in the order in which they were sent.
func (d *deployment) mails(to string) ([]mail, error) {
	said, err := look[struct{ Messages []mail }](d, "/_aws/ses")
	return slices.DeleteFunc(said.Messages, func(m mail) bool { return !slices.Contains(m.Destination.ToAddresses, to) }), err
}

// texts lists the text messages to a number.
func (d *deployment) texts(to string) ([]string, error) {
	said, err := look[struct {
		Messages map[string][]struct{ Message string } `json:"sms_messages"`
	}](d, "/_aws/sns/sms-messages?accountId="+account+"&region="+region)
	var out []string
	for _, m := range said.Messages[to] {
		out = append(out, m.Message)
	}
	return out, err
}

var codeForm = regexp.MustCompile(`\b[0-9]{8}\b`)

// login proves who the person is by the code that comes by "email" or "sms".
func (p *person) login(channel string) {
	p.t.Helper()
	p.token = ""
	made := get[struct{ ChallengeID string }](p, http.StatusAccepted, p.call("POST", "/v1/auth/challenges", map[string]string{
		"creditor": p.creditor, "document": p.document, "contract": p.contract, "channel": channel,
	}))
	code := ""
	p.until("the code by "+channel, func() (bool, error) {
		texts, err := p.texts(p.phone)
		if channel == "email" {
			var all []mail
			all, err = p.mails(p.email)
			texts = nil
			for _, m := range all {
				if strings.Contains(m.Subject, "código de acesso") {
					texts = append(texts, m.Body.Text)
				}
			}
		}
		for _, text := range texts {
			if found := codeForm.FindString(text); found != "" {
				code = found
			}
		}
		return code != "", err
	})
	p.token = get[struct{ SessionToken string }](p, http.StatusOK,
		p.call("POST", "/v1/auth/challenges/"+made.ChallengeID+"/verify", map[string]string{"code": code, "session": "bearer"})).SessionToken
}
