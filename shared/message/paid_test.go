package message

import (
	"strings"
	"testing"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

// TestAReceiptIsComplete: what was paid and for what, what is left, who took it, and what comes back when.
func TestAReceiptIsComplete(t *testing.T) {
	r := receipt(t)
	r.Received, r.Method = 16000, collection.MethodBoleto
	r.Parts = collection.Components{Principal: 13000, Fine: 260, Interest: 740, Financing: 1000}
	for name, c := range map[string]struct {
		back Aftercare
		want []string
	}{
		"asked": {Aftercare{Kind: collection.AftercareReactivation, Asked: date(t, "2026-11-23"), Until: date(t, "2026-11-28")},
			[]string{"Pedimos a Vida Plena Saúde a reativação do seu plano em 23/11/2026.", "até 28/11/2026"}},
		"on the first": {Aftercare{Kind: collection.AftercareService, On: collection.AftercareOnFirst},
			[]string{"Quando a primeira parcela estiver paga por inteiro, pedimos a Vida Plena Saúde a volta do seu serviço."}},
		"on the last": {Aftercare{Kind: collection.AftercareReactivation, On: collection.AftercareOnSettled},
			[]string{"Quando o acordo estiver quitado, pedimos"}},
		"refused": {Aftercare{Kind: collection.AftercareService, Asked: date(t, "2026-11-23"), Until: date(t, "2026-11-28"),
			Care: collection.Care{Outcome: collection.AftercareRefused}}, []string{"Seu serviço ainda não voltou.", "não pague de novo"}},
		"reduced": {Aftercare{Kind: collection.AftercareReactivation, Asked: date(t, "2026-11-23"), Care: collection.Care{
			Outcome: collection.AftercareConfirmed, Benefit: collection.GrantedBenefit{
				Kind: collection.BenefitReduced, Until: date(t, "2027-01-31"),
			},
		}}, []string{"Seu plano foi reativado.", "carências reduzidas. Isso vale até 31/01/2027."}},
		"closed": {Aftercare{Kind: collection.AftercareService, Asked: date(t, "2026-11-23"),
			Care: collection.Care{Outcome: collection.AftercareClosed}}, []string{"O pedido de volta do seu serviço foi encerrado."}},
	} {
		r.Aftercare = c.back
		m, err := Render(PaymentReceipt, r)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range append(c.want,
			"Parcela: 1 de 12", "Valor da parcela: R$ 150,00", "Recebido por boleto: R$ 160,00", "Registrado em: 23/11/2026",
			"Recebedor: Vida Plena Assistência à Saúde S.A., CNPJ 11.222.333/0001-81", "SGAS 902", "Saldo do acordo: R$ 1.650,00",
			"Valor original: R$ 130,00", "Multa: R$ 2,60", "Juros de mora: R$ 7,40", "Juros do parcelamento: R$ 10,00") {
			if !strings.Contains(m.Text, want) {
				t.Errorf("%s: the receipt does not say %q:\n%s", name, want, m.Text)
			}
		}
		if strings.Contains(m.Text, "IOF") || strings.Contains(m.Text, "Correção") {
			t.Errorf("%s: the receipt names parts of nothing:\n%s", name, m.Text)
		}
	}
	r.Aftercare, r.Next = Aftercare{Kind: collection.AftercareNone}, calendar.Date{}
	if m, err := Render(PaymentReceipt, r); err != nil || strings.Contains(m.Text, "Pedimos") || strings.Contains(m.Text, "pedimos") {
		t.Errorf("nothing comes back: %v\n%s", err, m.Text)
	}
}
