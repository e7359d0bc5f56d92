package mailbox_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/ses/types"
	"github.com/aws/smithy-go"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/mailbox"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, st *store.Store) (*mailbox.Engine, *ses.Client) {
	t.Helper()
	clk := clock.Virtual(noon)
	t.Cleanup(clk.Close)
	box, err := mailbox.New(clk, st)
	if err != nil {
		t.Fatal(err)
	}
	return box, ses.NewFromConfig(aws.Config{Region: "us-east-1", HTTPClient: wire.NewRouter(map[string]wire.Engine{"ses": box}),
		RetryMaxAttempts: 1, Credentials: credentials.NewStaticCredentialsProvider("local", "local", "")})
}

func email(to ...string) *ses.SendEmailInput {
	return &ses.SendEmailInput{
		Source: aws.String("Régua <cobranca@regua.example>"), Destination: &types.Destination{ToAddresses: to},
		Message: &types.Message{
			Subject: &types.Content{Data: aws.String("Seu código"), Charset: aws.String("UTF-8")},
			Body: &types.Body{Text: &types.Content{Data: aws.String("código: 123456 & só")},
				Html: &types.Content{Data: aws.String("<b>123456</b>")}},
		},
		Tags: []types.MessageTag{{Name: aws.String("stage"), Value: aws.String("x")},
			{Name: aws.String("templateId"), Value: aws.String("otp-code")}},
	}
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func TestSendEmailIsCaptured(t *testing.T) {
	box, client := open(t, store.Memory())
	out, err := client.SendEmail(t.Context(), email("Ana Lima <ana@example.com>", "bia@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	want := mailbox.Message{ID: *out.MessageId, Channel: mailbox.Email, To: "ana@example.com", From: "cobranca@regua.example",
		Subject: "Seu código", Body: "código: 123456 & só", HTML: "<b>123456</b>", TemplateID: "otp-code", SentAt: noon}
	if got := box.Messages("ANA@example.com"); len(got) != 1 || got[0] != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if got := box.Messages(""); len(got) != 2 || got[1].To != "bia@example.com" {
		t.Errorf("all: %+v", got)
	}
	if got := box.Messages("ana@example"); len(got) != 0 {
		t.Errorf("part of an address: %+v", got)
	}
	second, err := client.SendEmail(t.Context(), email("ana@example.com"))
	if err != nil || *second.MessageId == *out.MessageId {
		t.Errorf("second id %v, %v", second, err)
	}
}

func TestBadEmailsAreRefused(t *testing.T) {
	box, client := open(t, store.Memory())
	for name, change := range map[string]func(*ses.SendEmailInput){
		"no recipient": func(in *ses.SendEmailInput) { in.Destination.ToAddresses = nil },
		"too many recipients": func(in *ses.SendEmailInput) {
			in.Destination.ToAddresses = strings.Fields(strings.Repeat("a@example.com ", 51))
		},
		"bad recipient":  func(in *ses.SendEmailInput) { in.Destination.ToAddresses = []string{"segredo"} },
		"bad sender":     func(in *ses.SendEmailInput) { in.Source = aws.String("segredo") },
		"no body":        func(in *ses.SendEmailInput) { in.Message.Body = &types.Body{} },
		"unknown member": func(in *ses.SendEmailInput) { in.ReturnPath = aws.String("a@example.com") },
	} {
		in := email("ana@example.com")
		change(in)
		_, err := client.SendEmail(t.Context(), in)
		if code(err) != "InvalidParameterValue" || strings.Contains(err.Error(), "segredo") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := client.GetSendQuota(t.Context(), &ses.GetSendQuotaInput{}); code(err) != "UnknownOperationException" {
		t.Errorf("unknown operation: %v", err)
	}
	if got := box.Messages(""); len(got) != 0 {
		t.Errorf("captured %+v", got)
	}
}

func TestSMSAndFailures(t *testing.T) {
	box, client := open(t, store.Memory())
	box.Fail = func(to string) error {
		switch to {
		case "rejected@example.com":
			return wire.Errorf("MessageRejected", "refused")
		case "+5511900000000":
			return errors.New("down")
		}
		return nil
	}
	if _, err := client.SendEmail(t.Context(), email("ana@example.com", "rejected@example.com")); code(err) != "MessageRejected" {
		t.Errorf("got %v", err)
	}
	if _, err := box.SendSMS("+5511900000000", "", "x", ""); err == nil {
		t.Error("the failing number took a message")
	}
	id, err := box.SendSMS("+5511912345678", "Regua", "código 1", "otp-code")
	want := mailbox.Message{ID: id, Channel: mailbox.SMS, To: "+5511912345678", From: "Regua", Body: "código 1", TemplateID: "otp-code",
		SentAt: noon}
	if got := box.Messages(""); err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestMailboxOutlivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	var before []mailbox.Message
	for round := range 2 {
		st, err := store.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		box, client := open(t, st)
		if got := box.Messages(""); !reflect.DeepEqual(got, before) && round > 0 {
			t.Errorf("after reopening: %+v\nwant %+v", got, before)
		}
		if _, err := client.SendEmail(t.Context(), email("ana@example.com", "bia@example.com")); err != nil {
			t.Fatal(err)
		}
		before = box.Messages("")
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(before) != 4 || before[0].ID == before[2].ID {
		t.Errorf("messages of both rounds: %+v", before)
	}
}

func TestOnlyTheNewestAreKept(t *testing.T) {
	dir := t.TempDir()
	for round := range 3 {
		st, err := store.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		box, _ := open(t, st)
		box.Keep(5)
		for i := range 3 {
			if _, err := box.SendSMS(fmt.Sprintf("+%d%d", round, i), "", "x", ""); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for _, m := range box.Messages("") {
			got = append(got, m.To)
		}
		want := [][]string{{"+00", "+01", "+02"}, {"+01", "+02", "+10", "+11", "+12"}, {"+11", "+12", "+20", "+21", "+22"}}[round]
		if !reflect.DeepEqual(got, want) {
			t.Errorf("round %d: got %q, want %q", round, got, want)
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
