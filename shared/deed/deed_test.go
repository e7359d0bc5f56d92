package deed_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/deed"
)

var issued = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// view is a deal in three instalments with everything that a contract may say.
func view(template string) deed.View {
	return deed.View{
		Template: template, Number: "RG-01", Creditor: "Banco Exemplo S.A.", CreditorDocument: "11.222.333/0001-81",
		CreditorAddress: "Rua das Flores, 10, São Paulo - SP", CreditorPhone: "0800 555 0100", CreditorEmail: "sac@exemplo.example",
		Name: "João Ávila da Conceição", Document: "529.982.247-25", Address: "Praça da Sé, 1",
		Debts: []deed.Debt{{
			Contract: "C-1", Description: "Mensalidade", DueDate: "10/01/2026", Principal: "R$ 1.000,00", Fine: "R$ 20,00",
			Interest: "R$ 15,00", Correction: "R$ 5,00", Total: "R$ 1.040,00",
		}},
		Principal: "R$ 1.000,00", Fine: "R$ 20,00", Interest: "R$ 15,00", Correction: "R$ 5,00", Confessed: "R$ 1.040,00",
		HasDiscount: true, Discount: "R$ 40,00", DiscountPrincipal: "R$ 0,00", DiscountFine: "R$ 20,00", DiscountInterest: "R$ 15,00",
		DiscountCorrection: "R$ 5,00", Balance: "R$ 1.000,00", HasFinancing: true, Financing: "R$ 20,00", IOF: "R$ 11,29",
		Total: "R$ 1.031,29", Table: "Price", MonthlyRate: "0,95", FineRate: "2", ArrearsRate: "1% ao mês", Index: "IPCA", CET: "26,80",
		Rows: []deed.Row{
			{1, "10/02/2026", "R$ 343,76"}, {2, "10/03/2026", "R$ 343,76"}, {3, "10/04/2026", "R$ 343,77"},
		},
		Count: 3, Methods: "por PIX, boleto ou débito em conta", Acceleration: 2, AccelerationMany: true, ToleranceDays: 10,
		WithdrawalDays: 7, DiscountsLost: true, BreachFee: "2", Forum: "São Paulo - SP", Place: "São Paulo - SP", Date: "10/01/2026",
		Deadline: "11/01/2026 às 12:00",
	}
}

func TestContractsSayWhatTheLawAsks(t *testing.T) {
	always := []string{
		"Banco Exemplo S.A.", "11.222.333/0001-81", "João Ávila da Conceição", "529.982.247-25", "Praça da Sé, 1", "C-1", "R$ 1.040,00",
		"R$ 15,00", "IPCA", "R$ 40,00", "R$ 1.031,29", "26,80% ao ano", "R$ 11,29", "sistema Price", "0,95% ao mês", "10/03/2026", "R$ 343,77",
		"2 parcelas em até 10 dias", "o desconto deixa de valer", "multa de 2% sobre o saldo", "7 dias", "São Paulo - SP", "0800 555 0100",
		"Lei 13.709/2018", "MP 2.200-2/2001", "revogada a qualquer tempo", "11/01/2026 às 12:00",
	}
	own := map[string][]string{
		"confissao-1": {"CONFISSÃO E RENEGOCIAÇÃO DE DÍVIDA", "não constitui novação", "Total confessado"},
		"ccb-1":       {"CÉDULA DE CRÉDITO BANCÁRIO", "promete pagar", "PLANILHA DE CÁLCULO", "Despesas de cobrança", "em uma via"},
	}
	for template, more := range own {
		text, err := deed.Write(view(template))
		if err != nil {
			t.Fatal(err)
		}
		for _, said := range append(slices.Clone(always), more...) {
			if !strings.Contains(text, said) {
				t.Errorf("%s does not say %q:\n%s", template, said, text)
			}
		}
		if strings.Contains(text, "{{") || strings.Contains(text, "<no value>") {
			t.Errorf("%s is not filled:\n%s", template, text)
		}
	}
	if _, err := deed.Write(view("confissao-1999")); err == nil {
		t.Error("an unknown template was filled")
	}
}

// TestContractsLeaveOutWhatDoesNotApply wants no empty sentence in a deal at sight without cost.
func TestContractsLeaveOutWhatDoesNotApply(t *testing.T) {
	for _, template := range []string{"confissao-1", "ccb-1"} {
		v := view(template)
		v.HasDiscount, v.HasFinancing, v.Cash, v.IOF, v.Correction, v.Index, v.BreachFee, v.Forum = false, false, true, "", "", "", "", ""
		v.Debts[0].Correction, v.Acceleration, v.AccelerationMany, v.DiscountsLost = "", 1, false, false
		text, err := deed.Write(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range []string{
			"desconto de", "Price", "orreção", "IPCA", "incide multa de %", "foro de", "  ;", "pagas", "deixa de valer",
		} {
			if strings.Contains(text, wrong) {
				t.Errorf("%s says %q:\n%s", template, wrong, text)
			}
		}
		for _, said := range []string{"uma parcela em até 10 dias", "na proporção do que foi pago", "domicílio"} {
			if !strings.Contains(text, said) {
				t.Errorf("%s does not say %q", template, said)
			}
		}
	}
}

func TestBlocks(t *testing.T) {
	text := "TÍTULO DO CONTRATO\nUma linha que\nsegue. Outra\nCom quebra.\n\n1. AS PARTES\n" +
		"- item\n  que segue.\n  Principal R$ 1.\n- outro\nFora.\n"
	want := []deed.Block{
		{Kind: deed.Heading, Text: "TÍTULO DO CONTRATO"}, {Kind: deed.Paragraph, Text: "Uma linha que segue. Outra\nCom quebra."},
		{Kind: deed.Heading, Text: "1. AS PARTES"}, {Kind: deed.Item, Text: "- item que segue.\nPrincipal R$ 1."},
		{Kind: deed.Item, Text: "- outro"}, {Kind: deed.Paragraph, Text: "Fora."},
	}
	if got := deed.Blocks(text); !slices.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if got := deed.Blocks("\n\n  \n"); len(got) != 0 {
		t.Errorf("an empty text has blocks %+v", got)
	}
}

// sign makes evidence of a document under a new key.
func sign(t *testing.T, e deed.Evidence) (sealed []byte, key *ecdsa.PrivateKey, der []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	record, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(record)
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	if sealed, err = json.Marshal(deed.Sealed{Record: string(record), Key: "k", Signature: signature}); err != nil {
		t.Fatal(err)
	}
	if der, err = x509.MarshalPKIXPublicKey(&key.PublicKey); err != nil {
		t.Fatal(err)
	}
	return sealed, key, der
}

func TestVerify(t *testing.T) {
	pdf := []byte("%PDF-1.3 the document")
	e := deed.Evidence{Version: deed.EvidenceVersion, ContractNumber: "RG-1", PDFSHA256: deed.Hash(pdf), Name: "Maria", SignedAt: issued}
	sealed, _, der := sign(t, e)
	_, _, other := sign(t, e)
	for name, key := range map[string][]byte{"DER": der, "PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})} {
		if got, err := deed.Verify(pdf, sealed, key); err != nil || got != e {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	old, _, oldKey := sign(t, deed.Evidence{Version: 1, PDFSHA256: deed.Hash(pdf)})
	for name, c := range map[string]struct {
		pdf, sealed, key []byte
		want             error
	}{
		"another document":     {append(slices.Clone(pdf), 'x'), sealed, der, deed.ErrDocument},
		"another key":          {pdf, sealed, other, deed.ErrSignature},
		"a changed record":     {pdf, bytes.Replace(sealed, []byte("Maria"), []byte("Mario"), 1), der, deed.ErrSignature},
		"an added member":      {pdf, bytes.Replace(sealed, []byte(`{"record"`), []byte(`{"x":1,"record"`), 1), der, deed.ErrEvidence},
		"no evidence":          {pdf, []byte("PK"), der, deed.ErrEvidence},
		"another form":         {pdf, old, oldKey, deed.ErrEvidence},
		"far too long":         {pdf, bytes.Repeat([]byte(" "), 1<<20), der, deed.ErrEvidence},
		"a signature cut away": {pdf, []byte(`{"record":"{}","key":"k","signature":""}`), der, deed.ErrSignature},
	} {
		if _, err := deed.Verify(c.pdf, c.sealed, c.key); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if _, err := deed.Verify(pdf, sealed, []byte("no key")); err == nil {
		t.Error("a key that is none verified")
	}
}
