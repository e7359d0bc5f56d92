package creditor

import (
	"fmt"
	"slices"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/deed"
)

type aftercareFile struct {
	Active  string       `json:"active"`
	Former  string       `json:"former"`
	On      string       `json:"on"`
	Benefit *benefitFile `json:"benefit"`
}

type benefitFile struct {
	Kind    string `json:"kind"`
	Days    int    `json:"days"`
	Version string `json:"version"`
}

type contractFile struct {
	Kind               string `json:"kind"`
	TemplateVersion    string `json:"templateVersion"`
	Forum              string `json:"forum"`
	AccelerationMissed int    `json:"accelerationMissed"`
}

type routeFile struct {
	Method   string `json:"method"`
	Provider string `json:"provider"`
	Account  string `json:"account"`
}

// answerDays is how long a creditor's system has to answer when its file does not say.
const answerDays = 5

func (f aftercareFile) domain(c *checker) collection.AftercareRule {
	kinds := []collection.Aftercare{collection.AftercareNone, collection.AftercareService, collection.AftercareReactivation}
	moments := []collection.AftercareMoment{collection.AftercareOnFirst, collection.AftercareOnSettled}
	rule := collection.AftercareRule{
		Active: oneOf(c, "aftercare.active", f.Active, kinds...), Former: oneOf(c, "aftercare.former", f.Former, kinds...),
		On:      oneOf(c, "aftercare.on", or(f.On, string(collection.AftercareOnFirst)), moments...),
		Benefit: collection.Benefit{Kind: collection.BenefitNone, Days: answerDays},
	}
	if f.Benefit == nil {
		return rule
	}
	b := f.Benefit
	rule.Benefit = collection.Benefit{
		Kind: oneOf(c, "aftercare.benefit.kind", b.Kind, collection.BenefitKept, collection.BenefitReduced, collection.BenefitNone),
		Days: b.Days, Version: b.Version,
	}
	c.between("aftercare.benefit.days", b.Days, 1, 90)
	c.text("aftercare.benefit.version", b.Version, 40)
	c.check(rule.Benefit.Kind == collection.BenefitNone || slices.Contains([]collection.Aftercare{rule.Active, rule.Former},
		collection.AftercareReactivation), "aftercare.benefit needs a standing whose aftercare is plan")
	return rule
}

func (f contractFile) domain(c *checker) collection.ContractRule {
	if f.Forum != "" {
		c.text("contract.forum", f.Forum, 80)
	}
	c.between("contract.accelerationMissed", f.AccelerationMissed, 0, 12)
	rule := collection.ContractRule{
		Kind: oneOf(c, "contract.kind", or(f.Kind, string(collection.ContractConfissao)),
			collection.ContractConfissao, collection.ContractCCB),
		TemplateVersion: or(f.TemplateVersion, "1"), Forum: f.Forum, AccelerationMissed: f.AccelerationMissed,
	}
	c.text("contract.templateVersion", rule.TemplateVersion, 40)
	c.check(deed.HasTemplate(string(rule.Kind)+"-"+rule.TemplateVersion), "contract.templateVersion: there is no such template of its kind")
	return rule
}

// rails are the payment providers and the methods that each carries.
func rails() map[string][]collection.Method {
	const pix, boleto, debit = collection.MethodPix, collection.MethodBoleto, collection.MethodDebit
	return map[string][]collection.Method{
		"sandbox": {pix, boleto, debit}, "pix": {pix}, "asaas": {pix, boleto}, "mercadopago": {pix, boleto}, "stripe": {pix, boleto},
		"debit": {debit},
	}
}

const maxRoutes = 12

func routes(c *checker, rows []routeFile) []collection.PaymentRoute {
	c.between("number of payments", len(rows), 1, maxRoutes)
	var out []collection.PaymentRoute
	for i, r := range rows {
		at := fmt.Sprintf("payments[%d]", i)
		route := collection.PaymentRoute{
			Method:   oneOf(c, at+".method", r.Method, collection.MethodPix, collection.MethodBoleto, collection.MethodDebit),
			Provider: r.Provider, Account: r.Account,
		}
		methods, known := rails()[r.Provider]
		c.check(known, at+".provider must be asaas, debit, mercadopago, pix, sandbox or stripe")
		c.check(!known || slices.Contains(methods, route.Method), at+".provider does not carry this method")
		c.check(rungName.MatchString(r.Account), at+".account must have 1 to 30 lower-case letters, digits and hyphens")
		c.check(!slices.Contains(out, route), at+" stands there twice")
		out = append(out, route)
	}
	return out
}
