package journey

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/shared/contract"
)

// canary is a piece of personal data that must not be found.
type canary struct {
	name  string
	forms [][]byte
	// exact, when set, finds a one-time code: digits with nothing of a longer word on either side.
	exact *regexp.Regexp
}

// canaries are a participant's personal data, as they are imported and as people write them, and in the encodings that bytes travel in.
func canaries(p debtor) []canary {
	d := p.Document
	punctuated := d[:3] + "." + d[3:6] + "." + d[6:9] + "-" + d[9:]
	local := strings.TrimPrefix(p.Phone, "+55")
	texts := map[string][]string{
		"document": {d, punctuated}, "name": {p.Name, strings.ToUpper(p.Name), strings.Fields(p.Name)[1]},
		"e-mail": {p.Email, strings.ToUpper(p.Email)},
		"phone":  {local, local[:2] + ") " + local[2:7] + "-" + local[7:]}, "birth date": {"1961-07-19", "19/07/1961", "19610719"},
		"address": {"Jabuticabeiras"}, "city": {"Itaquaquecetuba"}, "contract": {p.Contract}, "description": {"Mensalidade em atraso"},
	}
	var out []canary
	for name, forms := range texts {
		c := canary{name: name}
		for _, text := range forms {
			c.forms = append(c.forms, []byte(text), []byte(url.QueryEscape(text)), []byte(hex.EncodeToString([]byte(text))))
			c.forms = append(c.forms, inBase64(text)...)
		}
		out = append(out, c)
	}
	return out
}

// inBase64 is a text as it looks inside base64, at each of its three places within a group.
func inBase64(text string) [][]byte {
	var out [][]byte
	for before := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", before) + text))
		from, to := (before*8+5)/6, len(encoded)
		if (before+len(text))%3 != 0 {
			to--
		}
		plain := encoded[from:to]
		out = append(out, []byte(plain), []byte(strings.NewReplacer("+", "-", "/", "_").Replace(plain)))
	}
	return out
}

func (c canary) in(text []byte) bool {
	if c.exact != nil {
		return c.exact.Match(text)
	}
	for _, form := range c.forms {
		if bytes.Contains(text, form) {
			return true
		}
	}
	return false
}

// search reports every canary that a text holds.
func search(t *testing.T, where string, text []byte, all []canary) {
	t.Helper()
	for _, c := range all {
		if c.in(text) {
			t.Errorf("%s holds a participant's %s", where, c.name)
		}
	}
}

// traffic keeps what functions are given and answer, but for those that answer participants.
type traffic struct {
	mu    sync.Mutex
	texts map[string][]byte
}

func (x *traffic) saw(i function.Invocation) {
	for _, r := range contract.Routes() {
		if physical(r.Function) == i.Function {
			return
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.texts[i.Function] = fmt.Appendf(x.texts[i.Function], "%s\n%s\n%v\n", i.Payload, i.Answer, i.Err)
}

// TestNoPersonalDataLeaksAnywhere tells every story there is about three people and then looks for what is known of them, and for their
// codes, in the log, the events, the queues, the calls and answers of functions, the histories of executions, and every byte of the
// data directory, where deleted values linger. The participants' inbox lies there too, sealed.
func TestNoPersonalDataLeaksAnywhere(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	people := []debtor{someone("vida-plena", 1), someone("tv-horizonte", 2), someone("credora", 3)}
	var csv string
	for i := range people {
		people[i].late = 1 + i*20
	}
	csv = csvOf(t, people...)
	heard := &traffic{texts: map[string][]byte{}}
	w := begin(t, setup{store: st, portfolio: csv, invoked: heard.saw})
	w.advance(25 * 24 * time.Hour) // the rulers write; their links live for thirty days
	var all []canary
	for _, p := range people {
		w.tellEverything(p)
		all = append(all, canaries(p)...)
	}
	w.advance(3 * 24 * time.Hour)
	codes := map[string]bool{}
	for _, m := range w.inbox("") {
		if code := codeForm.FindString(m.Body); m.TemplateID == "otp-code" && !codes[code] {
			codes[code] = true
			all = append(all, canary{name: "code", exact: regexp.MustCompile(`(^|[^0-9A-Za-z.])` + code + `([^0-9A-Za-z]|$)`)})
		}
	}
	if len(codes) < len(people)*2 || len(w.inbox("")) < len(people)*5 {
		t.Fatalf("only %d codes and %d messages were sent", len(codes), len(w.inbox("")))
	}
	w.searchEverywhere(all, heard, dir)
}

func (w *world) searchEverywhere(all []canary, heard *traffic, dir string) {
	t := w.t.(*testing.T)
	search(t, "the log", []byte(w.log.String()), all)
	for name, text := range heard.texts {
		search(t, "what function "+name+" is given and answers", text, all)
	}
	texts := map[string][]byte{}
	for _, c := range w.watch.all() {
		// Messages to people go out by SES and to their phones; a key service is asked to seal what is secret; and what is only looked up,
		// under a name that the caller made up, is not kept.
		if c.Operation == "GetItem" || c.Operation == "GetSecretValue" || c.Service == "ses" || c.Service == "kms" ||
			c.Service == "sns" && bytes.Contains(c.Body, []byte("PhoneNumber=")) {
			continue
		}
		name := c.Service + ":" + c.Operation
		texts[name] = append(append(texts[name], c.Body...), '\n')
	}
	for _, needed := range []string{"dynamodb:TransactWriteItems", "sqs:SendMessage", "sns:PublishBatch", "states:StartExecution"} {
		if len(texts[needed]) == 0 {
			t.Errorf("no %s was seen", needed)
		}
	}
	for name, text := range texts {
		search(t, "a call of "+name, text, all)
	}
	bytesRead := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		bytesRead += len(text)
		search(t, "the data directory's "+entry.Name(), text, all)
		return err
	})
	if err != nil || bytesRead < 1<<18 {
		t.Errorf("read %d bytes of the data directory: %v", bytesRead, err)
	}
	for _, x := range w.cloud.Machines.Executions() {
		search(t, "an execution of "+x.Machine, []byte(x.Input+x.Output+x.Cause), all)
	}
}

// tellEverything does with a participant all that one can do, and a few things that one cannot.
func (w *world) tellEverything(p debtor) {
	w.t.Helper()
	link := regexp.MustCompile(`#e=([A-Za-z0-9._-]+)`).FindStringSubmatch(w.inbox(p.Email)[0].Body)
	if link == nil {
		w.t.Fatalf("no link in the newest message to the participant of %s", p.Creditor)
	}
	w.want(http.StatusOK, w.call("POST", "/v1/auth/entries", map[string]string{"token": link[1]}))
	stranger := p.Participant
	stranger.Contract = "T-999999"
	w.call("POST", "/v1/auth/challenges", claim(stranger))
	id, code := w.challenge(p.Participant)
	w.call("POST", "/v1/auth/challenges/"+id+"/verify", map[string]string{"code": "00000000"})
	w.advance(61 * time.Second)
	r := w.want(http.StatusAccepted, w.call("POST", "/v1/auth/challenges/"+id+"/resend", nil))
	w.settle()
	w.call("POST", "/v1/auth/challenges/"+id+"/verify", map[string]string{"code": code}) // no longer the live one
	id = into[struct{ ChallengeID string }](w.t, r).ChallengeID
	code = codeForm.FindString(w.latest(p.Email, "otp-code").Body)
	w.want(http.StatusOK, w.call("POST", "/v1/auth/challenges/"+id+"/verify", map[string]string{"code": code}))
	w.advance(6 * time.Minute)
	token := w.login(p.Participant, "sms")
	w.misuse(p, token, code)
	w.want(http.StatusOK, w.me(token, "GET", "/v1/me/debts", nil))
	made := into[proposed](w.t, w.want(http.StatusCreated,
		w.me(token, "POST", "/v1/me/proposals", map[string]string{"offerId": w.firstOffer(token)}, "Idempotency-Key", "refused")))
	w.want(http.StatusOK, w.me(token, "DELETE", "/v1/me/proposals/"+made.ProposalID, nil))
	w.advance(2 * time.Second)
	agreement := w.accept(token, 1)
	asked := w.ask(token, agreement, 1, "pay")
	w.advance(waiting)
	w.pay(asked.PaymentIntentID, 0, "copies", 3)
	w.want(http.StatusOK, w.me(token, "GET", "/v1/me/payment-intents/"+asked.PaymentIntentID, nil))
	w.want(http.StatusNoContent, w.me(token, "POST", "/v1/auth/logout", nil))
}

// misuse puts personal data where they do not belong.
func (w *world) misuse(p debtor, token, code string) {
	w.t.Helper()
	for _, secret := range []string{p.Document, p.Name, p.Email, p.Phone, "1961-07-19", code} {
		escaped := url.PathEscape(secret)
		w.me(token, "GET", "/v1/me/proposals/"+escaped, nil)
		w.me(token, "GET", "/v1/me/contracts/"+escaped, nil)
		w.me(token, "GET", "/v1/me/offers?debtIds="+url.QueryEscape(secret), nil)
		w.me(token, "GET", "/v1/me/debts?"+url.QueryEscape(secret)+"=1", nil)
		w.call("GET", "/v1/public/creditors/"+escaped, nil)
		w.call("POST", "/v1/auth/challenges", map[string]string{"creditor": secret, "document": secret, "contract": secret, "channel": secret})
		w.call("POST", "/v1/auth/challenges", `{"document":"`+secret+`","creditor":`)
		w.call("POST", "/v1/auth/entries", map[string]string{"token": secret})
		w.call("POST", "/v1/auth/challenges/"+escaped+"/verify", map[string]string{"code": secret, "session": secret})
		w.me(token, "POST", "/v1/me/proposals", map[string]string{secret: secret}, "Idempotency-Key", "misuse")
		w.me(token, "POST", "/v1/me/payment-intents", map[string]any{"agreementId": secret, "instalment": 1, "method": secret},
			"Idempotency-Key", url.QueryEscape(secret))
		w.me(token, "GET", "/v1/me/debts", nil, "X-Correlation-Id", "id "+secret)
		w.me(token, "GET", "/v1/me/debts", nil, "X-Correlation-Id", escaped)
		w.me(secret, "GET", "/v1/me/debts", nil)
		w.call("POST", "/v1/webhooks/sandbox/"+escaped, `{"id":"`+secret+`"}`)
		w.deliver(w.sign("credora", "evt-x", `{"id":"evt-x","type":"payment.received","data":[{"payer":"`+secret+`"}]}`))
	}
}

// TestTheSearchFindsWhatItLooksFor makes sure that the search of canaries can fail.
func TestTheSearchFindsWhatItLooksFor(t *testing.T) {
	p := someone("credora", 1)
	for _, c := range canaries(p) {
		if !c.in([]byte("… " + string(c.forms[0]) + " …")) {
			t.Errorf("%s is not found", c.name)
		}
	}
	for before := range 4 {
		text := strings.Repeat("a", before) + `{"email":"` + p.Email + `"}`
		found := 0
		for _, c := range canaries(p) {
			if c.name == "e-mail" && c.in([]byte(base64.StdEncoding.EncodeToString([]byte(text)))) {
				found++
			}
		}
		if found != 1 {
			t.Errorf("the e-mail is not found in base64 after %d bytes", before)
		}
	}
}
