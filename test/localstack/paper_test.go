package localstack_test

import (
	"bytes"
	"crypto/sha256"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/regua/regua/infra/local/bank"
	"github.com/regua/regua/shared/contract"
)

// readsPapers downloads the contract's document, and proves offline who signed it.
func readsPapers(p *person) {
	p.login("email")
	_, number := p.sign()
	r := p.call("GET", "/v1/me/contracts/"+number+"/pdf", nil, "Accept", contract.MediaPDF)
	if r.status != http.StatusOK || r.header.Get("Content-Type") != contract.MediaPDF || !bytes.HasPrefix(r.body, []byte("%PDF-")) {
		p.t.Fatalf("got %d %s: %.200s", r.status, r.header, r.body)
	}
	d, err := p.dossier()
	if err != nil {
		p.t.Fatal(err)
	}
	folder := filepath.Join(p.folder, "papers-"+number)
	_, err = p.run(p.folder, nil, p.ops, "contract", "export", "-endpoint", p.endpoint, "-stage", stage, "-account", account,
		"-creditor", p.creditor, "-case", d.Case.ID.String(), "-number", number, folder)
	if err != nil {
		p.t.Fatal(err)
	}
	pdf := filepath.Join(folder, "contract.pdf")
	exported, err := os.ReadFile(pdf)
	if err != nil || sha256.Sum256(exported) != sha256.Sum256(r.body) {
		p.t.Errorf("the downloaded document is not the exported one: %v", err)
	}
	said, err := p.run(p.folder, nil, p.ops, "verify-contract",
		"-pdf", pdf, "-evidence", filepath.Join(folder, "evidence.json"), "-key", filepath.Join(folder, "public-key.pem"))
	if err != nil || !strings.Contains(said, number) {
		p.t.Errorf("verify-contract: %v\n%s", err, said)
	}
	text, err := p.run(p.folder, nil, "pdftotext", "-layout", pdf, "-")
	if err != nil || !strings.Contains(text, p.name) {
		p.t.Errorf("pdftotext: %v\n%.400s", err, text)
	}
}

// dealsAboutSome makes one deal of two of three debts and pays it.
func dealsAboutSome(p *person) {
	p.login("email")
	type debts struct {
		CaseStatus string
		Debts      []struct{ DebtID, Status string }
	}
	all := get[debts](p, http.StatusOK, p.call("GET", "/v1/me/debts", nil)).Debts
	if len(all) != 3 {
		p.t.Fatalf("%d debts", len(all))
	}
	id := p.accept(all[0].DebtID, all[2].DebtID)
	asked := p.ask(id, "two")
	p.takes(bank.Payment{TxID: asked.PaymentIntentID})
	p.becomes("CONFIRMED", asked)
	p.settled(id, asked)
	after := get[debts](p, http.StatusOK, p.call("GET", "/v1/me/debts", nil))
	for i, want := range []string{"SETTLED", "OPEN", "SETTLED"} {
		if after.Debts[i].Status != want || after.Debts[i].DebtID != all[i].DebtID {
			p.t.Errorf("debt %d is %+v, want %s", i, after.Debts[i], want)
		}
	}
	if after.CaseStatus != "OPEN" {
		p.t.Errorf("the case is %s", after.CaseStatus)
	}
}
