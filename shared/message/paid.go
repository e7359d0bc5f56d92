package message

import "github.com/regua/regua/shared/collection"

// methodNames are the ways to pay in the words of a receipt.
var methodNames = map[collection.Method]string{
	collection.MethodPix: "Pix", collection.MethodBoleto: "boleto", collection.MethodDebit: "débito em conta",
}

type partView struct{ Name, Amount string }

// parts names what money was for, in the order in which it is spread; parts of nothing are left out.
func parts(c collection.Components) []partView {
	names := map[collection.Component]string{
		collection.ComponentPrincipal: "Valor original", collection.ComponentFine: "Multa", collection.ComponentInterest: "Juros de mora",
		collection.ComponentCorrection: "Correção", collection.ComponentFinancing: "Juros do parcelamento", collection.ComponentIOF: "IOF",
	}
	var out []partView
	for _, part := range collection.LegalDistribution() {
		if amount := *c.Of(part); amount != 0 {
			out = append(out, partView{names[part], amount.String()})
		}
	}
	return out
}

// sentences say what comes back, and when.
func (a Aftercare) sentences(creditor string) []string {
	what := map[collection.Aftercare]struct{ it, back, not string }{
		collection.AftercareService:      {"a volta do seu serviço", "Seu serviço voltou.", "Seu serviço ainda não voltou."},
		collection.AftercareReactivation: {"a reativação do seu plano", "Seu plano foi reativado.", "Seu plano ainda não foi reativado."},
	}[a.Kind]
	if what.it == "" {
		return nil
	}
	if a.Asked.IsZero() {
		if a.On == collection.AftercareOnSettled {
			return []string{"Quando o acordo estiver quitado, pedimos a " + creditor + " " + what.it + "."}
		}
		return []string{"Quando a primeira parcela estiver paga por inteiro, pedimos a " + creditor + " " + what.it + "."}
	}
	switch a.Care.Outcome {
	case collection.AftercareConfirmed:
		return append([]string{what.back}, a.benefit()...)
	case collection.AftercareRefused, collection.AftercareUnanswered:
		return []string{
			what.not + " O seu pagamento está registrado e continua valendo: não pague de novo.",
			"Nossa equipe está tratando disso com " + creditor + ". O que vier aparece no portal.",
		}
	case collection.AftercareClosed:
		return []string{"O pedido de " + what.it[2:] + " foi encerrado. Em caso de dúvida, fale com " + creditor + "."}
	}
	return []string{
		"Pedimos a " + creditor + " " + what.it + " em " + day(a.Asked) + ".",
		"A resposta deve chegar até " + day(a.Until) + " e aparece no portal.",
	}
}

// benefit says what becomes of the waiting periods of a plan that came back.
func (a Aftercare) benefit() []string {
	text := map[collection.BenefitKind]string{
		collection.BenefitKept:    "As carências que você já cumpriu continuam valendo.",
		collection.BenefitReduced: "Você volta com carências reduzidas.",
		collection.BenefitNone:    "As carências do plano contam de novo, do início.",
	}[a.Care.Benefit.Kind]
	if text == "" {
		return nil
	}
	if until := a.Care.Benefit.Until; !until.IsZero() {
		text += " Isso vale até " + day(until) + "."
	}
	return []string{text}
}
