package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/events"
	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/infra/local/parties"
	"github.com/regua/regua/shared/websign"
)

// listen gives a creditor of a deployment a system at an address.
func (d *deployment) listen(t *testing.T, creditor, at string) {
	t.Helper()
	docs, err := demo.CreditorFiles()
	if err == nil {
		docs, err = demo.Listening(docs, at)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range docs {
		if !bytes.Contains(doc, []byte(`"id":"`+creditor+`"`)) {
			continue
		}
		name, empty := filepath.Join(t.TempDir(), "creditor.json"), filepath.Join(t.TempDir(), "empty.csv")
		write(t, name, doc)
		write(t, empty, []byte("creditor_id,contract_number,participant_document,participant_name,birth_date,email,phone,participant_status,"+
			"product,debt_id,description,due_date,principal_centavos,state,city\n"))
		if code, out := d.ops(t, "", "import", "-creditor", name, empty); code != 0 {
			t.Fatalf("%d %s", code, out)
		}
	}
}

func TestStoredEventsAreSentAgain(t *testing.T) {
	d := patient(t, nil)
	args, person := d.sample(t)
	if code, out := d.ops(t, "", args...); code != 0 {
		t.Fatal(out)
	}
	code, out := d.ops(t, "", "webhooks", "replay", "-creditor", person.Creditor, "-from", "2026-11-23T00:00:00Z")
	wantSaid(t, code, out, exitFailed, "names no webhooks")
	d.listen(t, person.Creditor, d.Parts.Config.PortalURL+parties.SystemsPath)
	if err := d.Advance(t.Context(), d.Clock.Now().Add(6*time.Minute)); err != nil { // creditors are kept for five
		t.Fatal(err)
	}
	before := len(d.Systems.Webhooks())
	code, out = d.ops(t, "", "webhooks", "replay", "-creditor", person.Creditor, "-from", "2000-01-01T00:00:00Z")
	wantSaid(t, code, out, 0, "are on their way to "+person.Creditor+" again, under their ids")
	told := d.Systems.Webhooks()[before:]
	if len(told) == 0 {
		t.Fatalf("nothing was told: %s", out)
	}
	for _, got := range told {
		e, err := events.Parse(got.Body)
		if err != nil || !got.Genuine || e.ID != got.ID || e.CreditorID != person.Creditor {
			t.Errorf("told %+v, %v", got, err)
		}
	}
	first, err := events.Parse(told[0].Body)
	if err != nil {
		t.Fatal(err)
	}
	code, out = d.ops(t, "", "webhooks", "replay", "-creditor", person.Creditor, "-case", first.CaseID)
	wantSaid(t, code, out, 0, "events of 1 cases")
	again := d.Systems.Webhooks()[before+len(told):]
	if len(again) == 0 || !again[0].Repeated || again[0].ID != told[0].ID {
		t.Errorf("told again %+v", again)
	}
	code, out = d.ops(t, "", "webhooks", "replay", "-creditor", person.Creditor, "-from", "2000-01-01T00:00:00Z",
		"-to", "2000-01-02T00:00:00Z")
	wantSaid(t, code, out, 0, "0 events of")
	for _, bad := range [][]string{
		nil, {"-from", "yesterday"}, {"-case", "x"}, {"-case", first.CaseID, "-from", "2026-11-23T00:00:00Z"},
		{"-case", first.CaseID, "-to", "2026-11-23T00:00:00Z"},
	} {
		code, out := d.ops(t, "", append([]string{"webhooks", "replay", "-creditor", person.Creditor}, bad...)...)
		wantSaid(t, code, out, exitUsage, "usage: ops webhooks replay")
	}
}

func TestACreditorsSystemIsTried(t *testing.T) {
	d := patient(t, nil)
	var status int
	var header http.Header
	system := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		w.WriteHeader(status)
	}))
	t.Cleanup(system.Close)
	code, out := d.ops(t, "", "webhooks", "test", "-creditor", "vida-plena")
	wantSaid(t, code, out, exitFailed, "names no webhooks")
	d.listen(t, "vida-plena", system.URL+"/")
	status = http.StatusNoContent
	code, out = d.ops(t, "", "webhooks", "test", "-creditor", "vida-plena")
	wantSaid(t, code, out, 0, "vida-plena took the trial event test-")
	if !strings.HasPrefix(header.Get(websign.HeaderID), "test-") || header.Get(websign.HeaderSignature) == "" {
		t.Errorf("posted %v", header)
	}
	status = http.StatusForbidden
	code, out = d.ops(t, "", "webhooks", "test", "-creditor", "vida-plena")
	wantSaid(t, code, out, exitFailed, "answered with status 403")
	system.Close()
	code, out = d.ops(t, "", "webhooks", "test", "-creditor", "vida-plena")
	wantSaid(t, code, out, exitFailed, "no connection to the receiver")
}
