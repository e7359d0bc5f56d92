package journey

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestAFinancialInstitutionsDealIsACreditNote: what the law asks of a bank credit note stands in the contract that is signed (Lei
// 10.931/2004 art. 29), and the public side of the creditor says how it can be paid.
func TestAFinancialInstitutionsDealIsACreditNote(t *testing.T) {
	t.Parallel()
	w := begin(t, setup{})
	public := into[struct{ PaymentMethods []string }](t, w.want(http.StatusOK, w.call("GET", "/v1/public/creditors/credora", nil)))
	token := w.login(w.participant("credora"), "email")
	offers := into[struct {
		PaymentMethods []string
		Offers         []struct{ OfferID string }
	}](t, w.want(http.StatusOK, w.me(token, "GET", "/v1/me/offers", nil)))
	want := []string{"pix", "boleto", "debit"}
	if !slices.Equal(public.PaymentMethods, want) || !slices.Equal(offers.PaymentMethods, want) {
		t.Errorf("paid by %v in public and %v beside the offers, want %v", public.PaymentMethods, offers.PaymentMethods, want)
	}
	p := into[proposed](t, w.want(http.StatusCreated,
		w.me(token, "POST", "/v1/me/proposals", map[string]string{"offerId": offers.Offers[0].OfferID}, "Idempotency-Key", "note")))
	path := "/v1/me/contracts/" + p.ContractNumber
	c := into[struct{ Text, SHA256 string }](t, w.want(http.StatusOK, w.me(token, "GET", path, nil)))
	for _, part := range []string{
		"CÉDULA DE CRÉDITO BANCÁRIO", "Cédula " + p.ContractNumber, "arts. 26 a 29", "Instituição credora: Credora Crédito",
		"CNPJ 12.345.678/0001-95", "promete pagar à instituição credora, em moeda corrente, a quantia certa de R$ ", "PLANILHA DE CÁLCULO",
		"- Parcela 1: R$ ", ", com vencimento em ", "Custo efetivo total (CET): ", "por PIX, boleto",
	} {
		if !strings.Contains(c.Text, part) {
			t.Errorf("the note does not say %q:\n%s", part, c.Text)
		}
	}
	if strings.Contains(strings.ToLower(c.Text), "confissão de dívida") {
		t.Errorf("the note is a confession of debt:\n%s", c.Text)
	}
	pdf := w.want(http.StatusOK, w.me(token, "GET", path+"/pdf", nil, "Accept", "application/pdf"))
	if !bytes.HasPrefix(pdf.Body, []byte("%PDF-")) {
		t.Errorf("the note's document begins %.20q", pdf.Body)
	}
	signed := into[struct{ Status, NextAction string }](t, w.want(http.StatusOK,
		w.me(token, "POST", path+"/signature", map[string]any{"sha256": c.SHA256, "accepted": true})))
	if signed.Status != "CONTRACT_SIGNED" || signed.NextAction != "pay" {
		t.Errorf("signed: %+v", signed)
	}
}
