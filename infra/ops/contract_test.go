package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/idempotency"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/proposal"
)

// signed imports the sample and lets somebody take the cash offer and sign it. It returns the case and the contract's number.
func (d *deployment) signed(t *testing.T) (collection.CaseID, string) {
	t.Helper()
	args, person := d.sample(t)
	code, out := d.ops(t, "", args...)
	wantSaid(t, code, out, 0)
	ctx, parts, creditor := t.Context(), d.Parts, collection.CreditorID(person.Creditor)
	store, safe := parts.Store(), parts.Vault()
	keys, err := parts.Keys(ctx)
	if err != nil {
		t.Fatal(err)
	}
	id, err := store.FindCase(ctx, creditor, keys.Document(creditor, person.Document))
	if err != nil {
		t.Fatal(err)
	}
	load := func() *collection.Dossier {
		dossier, err := store.Load(ctx, creditor, id)
		if err != nil {
			t.Fatal(err)
		}
		return dossier
	}
	c, err := store.Creditor(ctx, creditor)
	if err != nil {
		t.Fatal(err)
	}
	now := d.Clock.Now().UTC()
	offers, err := offer.Best(c, offer.Deal{Debts: load().OpenDebts(), QuotedAt: now})
	if err != nil || len(offers) == 0 {
		t.Fatal("no offer", err)
	}
	desk := &proposal.Desk{
		Cases: parts.Cases(store), Archive: store, Creditors: store, Vault: safe, Signer: parts.Signer(), MAC: keys.MAC, Chance: parts.Chance,
		Once: idempotency.Keeper{Answers: store, Vault: safe},
	}
	meta := collection.Meta{At: now, By: collection.Principal{Kind: collection.KindParticipant, ID: "s", Creditor: creditor, Case: id}}
	once := idempotency.Request{Route: "r", KeyHash: "k", BodyHash: "b"}
	p, _, err := desk.Accept(ctx, meta, load(), offers[0].Seal(load().Case, keys.MAC), once)
	if err != nil {
		t.Fatal(err)
	}
	where := proposal.Circumstances{IP: "192.0.2.7", LoginChannel: "email", LoginID: "challenge-1", LoginAt: now}
	if _, err := desk.Sign(ctx, meta, load(), p.ContractNumber, p.TextHash, where); err != nil {
		t.Fatal(err)
	}
	return id, p.ContractNumber
}

func TestAContractsPapersProveIt(t *testing.T) {
	d := deploy(t)
	id, number := d.signed(t)
	folder := filepath.Join(d.folder, "papers")
	export := []string{"contract", "export", "-creditor", "vida-plena", "-case", id.String(), "-number", number, folder}
	code, out := d.ops(t, "", export...)
	wantSaid(t, code, out, 0, filePDF, fileEvidence, fileKey)
	code, out = d.ops(t, "", export...)
	wantSaid(t, code, out, exitFailed, "exists") // nothing is written over
	code, out = d.ops(t, "", "contract", "export", "-creditor", "vida-plena", "-case", id.String(), "-number", "RG-NONE",
		filepath.Join(d.folder, "more"))
	wantSaid(t, code, out, exitFailed, "no signed contract")

	pdf, evidence, key := filepath.Join(folder, filePDF), filepath.Join(folder, fileEvidence), filepath.Join(folder, fileKey)
	code, out = d.ops(t, "", "verify-contract", "-pdf", pdf, "-evidence", evidence, "-key", key)
	wantSaid(t, code, out, 0, "Proven: contract "+number, "192.0.2.7", "challenge-1", "2026-11-23")
	changed := filepath.Join(d.folder, "changed")
	alter(t, pdf, changed, "%PDF-1.3", "%PDF-1.4")
	code, out = d.ops(t, "", "verify-contract", "-pdf", changed, "-evidence", evidence, "-key", key)
	wantSaid(t, code, out, exitFailed, "NOT proven", "another document")
	alter(t, evidence, changed, "192.0.2.7", "192.0.2.8")
	code, out = d.ops(t, "", "verify-contract", "-pdf", pdf, "-evidence", changed, "-key", key)
	wantSaid(t, code, out, exitFailed, "NOT proven", "changed since")
	code, out = d.ops(t, "", "verify-contract", "-pdf", pdf, "-evidence", evidence)
	wantSaid(t, code, out, exitUsage)
	code, out = d.ops(t, "", "verify-contract", "-pdf", pdf, "-evidence", evidence, "-key", filepath.Join(d.folder, "absent"))
	wantSaid(t, code, out, exitFailed, "absent")
}

// alter writes a copy of a file with one text in place of another.
func alter(t *testing.T, from, to, before, after string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	altered := strings.Replace(string(text), before, after, 1)
	if altered == string(text) {
		t.Fatalf("%s holds no %q", from, before)
	}
	write(t, to, []byte(altered))
}
