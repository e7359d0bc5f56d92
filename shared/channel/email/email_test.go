package email

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ses"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/message"
)

// received are the forms that a service got. The service's goroutine may outlive a call that it broke off.
type received struct {
	mu    sync.Mutex
	forms []url.Values
}

func (r *received) add(form url.Values) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forms = append(r.forms, form)
}

func (r *received) all() []url.Values {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.forms)
}

// service is an SES on loopback that answers every call alike and keeps the forms that it got.
func service(t *testing.T, status int, body string) (*Sender, *received) {
	t.Helper()
	forms := &received{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		form, err := url.ParseQuery(string(text))
		if err != nil {
			t.Error(err)
		}
		forms.add(form)
		if status == 0 {
			panic(http.ErrAbortHandler) // the line breaks after the request was read
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	client := ses.NewFromConfig(aws.Config{
		Region: "sa-east-1", BaseEndpoint: aws.String(server.URL), HTTPClient: &http.Client{Timeout: 10 * time.Second},
		Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
	})
	return New(client, "aviso@regua.example"), forms
}

func failure(code string) string {
	return "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code>" +
		"<Message>maria@example.com is not verified</Message></Error></ErrorResponse>"
}

var letter = message.Email{
	To: "maria@example.com", From: "Vida Plena Saúde", ReplyTo: "negociacao@vidaplena.example",
	Message: message.Message{Template: "reminder-first", Subject: "Olá", Text: "texto", HTML: "<p>página</p>"},
}

func TestSendEmail(t *testing.T) {
	sender, forms := service(t, 200, "<SendEmailResponse><SendEmailResult><MessageId>1</MessageId></SendEmailResult></SendEmailResponse>")
	if err := sender.SendEmail(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	if len(forms.all()) != 1 {
		t.Fatalf("%d calls", len(forms.all()))
	}
	for name, want := range map[string]string{
		"Action": "SendEmail", "Source": "=?utf-8?q?Vida_Plena_Sa=C3=BAde?= <aviso@regua.example>",
		"Destination.ToAddresses.member.1": "maria@example.com", "ReplyToAddresses.member.1": "negociacao@vidaplena.example",
		"Message.Subject.Data": "Olá", "Message.Subject.Charset": "UTF-8", "Message.Body.Text.Data": "texto",
		"Message.Body.Html.Data": "<p>página</p>", "Tags.member.1.Name": "templateId", "Tags.member.1.Value": "reminder-first",
	} {
		if got := forms.all()[0].Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestSendEmailFails(t *testing.T) {
	for name, test := range map[string]struct {
		status         int
		body           string
		want           error
		taken, refused bool
	}{
		"rejected":       {400, failure("MessageRejected"), collection.ErrRefused, true, true},
		"bad address":    {400, failure("InvalidParameterValue"), collection.ErrRefused, true, true},
		"throttled":      {400, failure("Throttling"), collection.ErrUnavailable, false, false},
		"paused":         {400, failure("AccountSendingPausedException"), collection.ErrUnavailable, false, false},
		"not allowed":    {403, failure("AccessDenied"), collection.ErrUnavailable, false, false},
		"fault":          {500, failure("InternalFailure"), collection.ErrUnavailable, true, false},
		"unavailable":    {503, failure("ServiceUnavailable"), collection.ErrUnavailable, true, false},
		"broken line":    {0, "", collection.ErrUnavailable, true, false},
		"no XML, fault":  {502, "<html>", collection.ErrUnavailable, true, false},
		"cut-off answer": {200, "<SendEmailResponse><SendEmail", collection.ErrUnavailable, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			sender, forms := service(t, test.status, test.body)
			err := sender.SendEmail(t.Context(), letter)
			refused := errors.Is(err, collection.ErrRefused)
			if !errors.Is(err, test.want) || errors.Is(err, message.ErrNotTaken) == test.taken || refused != test.refused {
				t.Errorf("got %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "maria") {
				t.Errorf("the error names the recipient: %v", err)
			}
			if len(forms.all()) != 1 {
				t.Errorf("%d calls", len(forms.all()))
			}
		})
	}
}
