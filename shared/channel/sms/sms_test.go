package sms

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/message"
)

// service is an SNS on loopback that answers every call alike and keeps the forms that it got.
func service(t *testing.T, status int, body string) (*Sender, *[]url.Values) {
	t.Helper()
	var forms []url.Values
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		form, err := url.ParseQuery(string(text))
		if err != nil {
			t.Error(err)
		}
		forms = append(forms, form)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return New(sns.NewFromConfig(aws.Config{
		Region: "sa-east-1", BaseEndpoint: aws.String(server.URL), HTTPClient: &http.Client{Timeout: 10 * time.Second},
		Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
	})), &forms
}

func failure(code string) string {
	return "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code>" +
		"<Message>+5511987654321 opted out</Message></Error></ErrorResponse>"
}

var text = message.SMS{To: "+5511987654321", Template: "otp-code", Text: "seu codigo"}

func TestSendSMS(t *testing.T) {
	sender, forms := service(t, 200, "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>")
	if err := sender.SendSMS(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	if len(*forms) != 1 {
		t.Fatalf("%d calls", len(*forms))
	}
	form := (*forms)[0]
	if form.Get("Action") != "Publish" || form.Get("PhoneNumber") != text.To || form.Get("Message") != text.Text {
		t.Errorf("got %v", form)
	}
	attributes := map[string]string{}
	for _, entry := range []string{"1", "2"} {
		at := "MessageAttributes.entry." + entry
		attributes[form.Get(at+".Name")] = form.Get(at + ".Value.StringValue")
	}
	if attributes["AWS.SNS.SMS.SMSType"] != "Transactional" || attributes["templateId"] != "otp-code" {
		t.Errorf("attributes %v", attributes)
	}
}

func TestSendSMSFails(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		want   error
		taken  bool
	}{
		"bad number":  {400, failure("InvalidParameter"), collection.ErrRefused, true},
		"opted out":   {400, failure("OptedOut"), collection.ErrRefused, true},
		"throttled":   {400, failure("Throttled"), collection.ErrUnavailable, false},
		"not allowed": {403, failure("AuthorizationError"), collection.ErrUnavailable, false},
		"fault":       {500, failure("InternalError"), collection.ErrUnavailable, true},
	} {
		t.Run(name, func(t *testing.T) {
			sender, forms := service(t, test.status, test.body)
			err := sender.SendSMS(t.Context(), text)
			if !errors.Is(err, test.want) || errors.Is(err, message.ErrNotTaken) == test.taken {
				t.Errorf("got %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "98765") {
				t.Errorf("the error names the number: %v", err)
			}
			if len(*forms) != 1 {
				t.Errorf("%d calls", len(*forms))
			}
		})
	}
}
