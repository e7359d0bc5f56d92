package offer

import (
	"fmt"
	"slices"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

// ErrNotOffered says that the creditor's policy does not allow the deal asked for. Every such error is a *Refusal.
var ErrNotOffered = fmt.Errorf("%w: the creditor's policy does not allow this deal", collection.ErrInvalid)

// Rule names the rule of a policy that a deal breaks.
type Rule string

// The rules.
const (
	RuleInstalments    Rule = "max_instalments"     // more payments than the amount or the product allows
	RuleMinimum        Rule = "minimum_instalment"  // a payment below the least one
	RuleFirstDue       Rule = "first_due_date"      // a first due date outside the window
	RuleAmount         Rule = "amount"              // an amount for which there are no instalments
	RuleNothingOwed    Rule = "nothing_owed"        // nothing would be left to pay
	RuleStanding       Rule = "standing"            // no product is for the participant's standing
	RuleProductUnknown Rule = "product_unknown"     // the policy has no such product
	RuleProductType    Rule = "product_type"        // deals over debts are not made under the product
	RuleProductDebts   Rule = "product_debts"       // the product is not for these debts
	RuleCost           Rule = "cost"                // no yearly cost could be told
	RuleExistential    Rule = "existential_minimum" // too little would stay of the month's income
)

// Rules lists them all.
func Rules() []Rule {
	return []Rule{
		RuleInstalments, RuleMinimum, RuleFirstDue, RuleAmount, RuleNothingOwed, RuleStanding, RuleProductUnknown, RuleProductType,
		RuleProductDebts, RuleCost, RuleExistential,
	}
}

// sentences says each rule to the participant.
var sentences = map[Rule]string{
	RuleInstalments:    "Para este valor o credor aceita no máximo %s.",
	RuleMinimum:        "Cada parcela deve ser de pelo menos %s. Escolha menos parcelas.",
	RuleFirstDue:       "O primeiro vencimento deve ficar entre %s e %s.",
	RuleAmount:         "Este valor só pode ser pago à vista.",
	RuleNothingOwed:    "Não há valor a pagar por estas dívidas.",
	RuleStanding:       "O credor não oferece acordo pelo portal para a sua situação de cadastro. Fale com o credor.",
	RuleProductUnknown: "Este produto não existe.",
	RuleProductType:    "Este produto não serve para renegociar dívidas.",
	RuleProductDebts:   "Estas dívidas não podem ser negociadas neste produto. Escolha outras dívidas ou fale com o credor.",
	RuleCost:           "Não foi possível calcular o custo deste acordo. Escolha outro número de parcelas.",
	RuleExistential: "Com esta parcela sobrariam %s da sua renda no mês, menos que o mínimo existencial de %s. " +
		"Para proteger você, este plano não pode ser aceito.",
}

// Refusal is a deal that the policy does not allow.
type Refusal struct {
	Rule    Rule
	Message string // one sentence or two for the participant
	// Alternative is the nearest deal that the rule allows, where one was looked for and found.
	Alternative *Offer
}

func refuse(rule Rule, values ...any) *Refusal {
	return &Refusal{Rule: rule, Message: fmt.Sprintf(sentences[rule], values...)}
}

// Error names the rule.
func (r *Refusal) Error() string { return ErrNotOffered.Error() + ": " + string(r.Rule) }

// Unwrap makes every Refusal an ErrNotOffered.
func (r *Refusal) Unwrap() error { return ErrNotOffered }

func inWords(payments int) string {
	if payments == 1 {
		return "1 parcela, à vista"
	}
	return fmt.Sprintf("%d parcelas", payments)
}

// dated writes a date as people read it.
func dated(d calendar.Date) string {
	return fmt.Sprintf("%02d/%02d/%04d", d.Day(), d.Month(), d.Year())
}

// productFor finds the product that a deal is made under. A policy without products makes deals under none, for everybody.
func productFor(products []collection.Product, d Deal) (collection.Product, error) {
	if d.Product != "" {
		i := slices.IndexFunc(products, func(p collection.Product) bool { return p.ID == d.Product })
		switch {
		case i < 0:
			return collection.Product{}, refuse(RuleProductUnknown)
		case !products[i].Type.Renegotiates():
			return collection.Product{}, refuse(RuleProductType)
		}
		products = products[i : i+1]
	} else if len(products) == 0 {
		return collection.Product{}, nil
	}
	rule := RuleStanding
	for _, p := range products {
		switch {
		case !p.Type.Renegotiates() || (len(p.Standings) > 0 && !slices.Contains(p.Standings, d.Standing)):
		case !slices.ContainsFunc(d.Debts, func(debt collection.Debt) bool {
			return len(p.DebtProducts) > 0 && !slices.Contains(p.DebtProducts, debt.Product)
		}):
			return p, nil
		default:
			rule = RuleProductDebts
		}
	}
	return collection.Product{}, refuse(rule)
}
