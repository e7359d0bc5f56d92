package demo

import (
	"bytes"
	"testing"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/creditor"
	"github.com/regua/regua/shared/email"
	"github.com/regua/regua/shared/phone"
	"github.com/regua/regua/shared/taxid"
)

func TestSampleCreditorsAreValid(t *testing.T) {
	docs, err := CreditorFiles()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, doc := range docs {
		c, err := creditor.Parse(doc)
		if err != nil {
			t.Fatal(err)
		}
		kinds[string(c.Kind)] = true
	}
	if len(kinds) != 3 {
		t.Errorf("the samples cover the kinds %v, want three", kinds)
	}
}

func TestPortfolioIsTheSameForTheSameSeed(t *testing.T) {
	today, err := calendar.ParseDate("2026-11-23")
	if err != nil {
		t.Fatal(err)
	}
	first, people, err := Portfolio(1, today, 1000)
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := Portfolio(1, today, 1000)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := Portfolio(2, today, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, again) || bytes.Equal(first, other) {
		t.Error("the portfolio does not follow its seed")
	}
	if lines := bytes.Count(first, []byte("\n")); lines < 1001 || lines > 1004 {
		t.Errorf("%d lines", lines)
	}
	if len(people) != 3 || people[0].Creditor == people[1].Creditor {
		t.Errorf("demo people %+v", people)
	}
	for _, p := range people {
		if _, err := taxid.Parse(p.Document); err != nil {
			t.Errorf("document: %v", err)
		}
		if _, err := phone.ParseMobile(p.Phone); err != nil {
			t.Errorf("phone: %v", err)
		}
		if _, err := email.Parse(p.Email); err != nil {
			t.Errorf("e-mail: %v", err)
		}
	}
}

func TestSampleCreditorsListen(t *testing.T) {
	docs, err := CreditorFiles()
	if err != nil {
		t.Fatal(err)
	}
	const at = "http://127.0.0.1:8080/_local/webhooks/"
	listening, err := Listening(append(docs, []byte(`{"id":"own","webhooks":{"url":"https://own.example"}}`)), at)
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range listening[:len(docs)] {
		c, err := creditor.Parse(doc)
		if err != nil || c.Webhooks.URL != at+string(c.ID) || len(c.Webhooks.Events) != len(contract.WebhookEvents()) {
			t.Errorf("got %+v, %v", c.Webhooks, err)
		}
	}
	if own := string(listening[len(docs)]); own != `{"id":"own","webhooks":{"url":"https://own.example"}}` {
		t.Errorf("a creditor's own webhooks became %s", own)
	}
	if _, err := Listening([][]byte{[]byte(`{`)}, at); err == nil {
		t.Error("a broken file is taken")
	}
}
