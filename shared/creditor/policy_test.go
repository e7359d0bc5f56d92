package creditor

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
)

func full(t testing.TB) string {
	doc, err := os.ReadFile("testdata/full.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

func TestParseReadsAWholePolicy(t *testing.T) {
	c, err := Parse([]byte(full(t)))
	if err != nil {
		t.Fatal(err)
	}
	p := c.Policy
	for what, ok := range map[string]bool{
		"legal rate": len(c.Charges.Legal) == 2 && c.Charges.Legal[0].Month.String() == "2026-09-01" &&
			c.Charges.Legal[0].Rate.String() == "0.00587182" && c.Charges.Legal[1].Rate.IsZero(),
		"index": c.Charges.Index == collection.IndexIPCA && c.Charges.IndexFactors[2].Rate.String() == "0.9998",
		"windows": p.CashWindow == collection.DueWindow{Earliest: 1, Latest: 5} &&
			p.FirstWindow == collection.DueWindow{Earliest: 3, Latest: 40},
		"bands": p.Cash[1].Amount == 5000 && p.Instalments[0].ToInstalments == 6 && p.Instalments[2].FromInstalments == 7 &&
			p.Cash[0].Correction.String() == "0.5",
		"table":        p.Table == collection.TableSAC,
		"products":     len(p.Products) == 3 && p.Products[1].MaxInstalments == 1 && p.Products[0].DebtProducts[0] == "Cartão",
		"tax":          p.IOF.Kind == collection.IOFSimples && len(p.IOF.Rates) == 3 && p.IOF.SimplesUpTo == 3_000_000,
		"minimum":      p.ExistentialMinimum == 60000,
		"distribution": p.Distribution[0] == collection.ComponentPrincipal && len(p.Distribution) == 6,
		"breach": p.Breach.ToleranceDays == 10 && p.Breach.Discounts == collection.DiscountsProportional &&
			p.Breach.FeeRate.String() == "0.02",
		"review": p.Review.AboveTotal == 5_000_000 && p.Review.DiscountAbove.String() == "0.5" &&
			slices.Equal(p.Review.Products, []string{"acordo"}) && p.Review.Days == 3,
		"withdrawal": p.WithdrawalDays == 10,
		"refunds":    p.Refunds == collection.RefundPolicy{Excess: collection.ExcessHold, AutomaticUpTo: 10000},
		"decisions":  p.Decisions == collection.DecisionPolicy{SecondAbove: 200000},
		"aftercare": c.Aftercare.On == collection.AftercareOnSettled &&
			c.Aftercare.Benefit == collection.Benefit{Kind: collection.BenefitReduced, Days: 8, Version: "c1"},
		"contract": c.FinancialInstitution && c.Contract == collection.ContractRule{
			Kind: collection.ContractCCB, TemplateVersion: "1", Forum: "São Paulo - SP", AccelerationMissed: 3,
		},
		"payments": len(c.Routes(collection.MethodPix)) == 2 && c.Routes(collection.MethodDebit)[0].Provider == "debit" &&
			len(c.Accounts()) == 3,
	} {
		if !ok {
			t.Errorf("%s: %+v", what, c)
		}
	}
}

func TestWhatAPolicyLeavesOutHasItsDefault(t *testing.T) {
	c, err := Parse([]byte(valid(t)))
	if err != nil {
		t.Fatal(err)
	}
	p := c.Policy
	if p.CashWindow != (collection.DueWindow{Earliest: 2, Latest: 2}) || p.FirstWindow != (collection.DueWindow{Earliest: 3, Latest: 3}) ||
		p.Table != collection.TablePrice || p.IOF.Kind != collection.IOFNone || p.WithdrawalDays != 7 ||
		!slices.Equal(p.Distribution, collection.LegalDistribution()) || p.Breach.ToleranceDays != 30 ||
		p.Breach.Discounts != collection.DiscountsLost || p.Review.Days != 0 || p.Refunds.Excess != collection.ExcessRefund ||
		p.Decisions.SecondAbove != 0 ||
		p.Instalments[0].FromInstalments != 2 || p.OfferLifetime != 24*time.Hour {
		t.Errorf("got %+v", p)
	}
	if c.Contract.Kind != collection.ContractConfissao || c.Contract.TemplateVersion != "1" || c.Aftercare.On != collection.AftercareOnFirst ||
		c.Aftercare.Benefit != (collection.Benefit{Kind: collection.BenefitNone, Days: 5}) {
		t.Errorf("got %+v", c)
	}
}

// breakage is one replacement in the full file, and what the refusal must say.
type breakage struct{ name, old, new, want string }

func TestAPolicyNamesTheBrokenRule(t *testing.T) {
	for _, test := range slices.Concat(brokenOffers(), brokenConsequences(), brokenSurroundings()) {
		t.Run(test.name, func(t *testing.T) {
			doc := strings.Replace(full(t), test.old, test.new, 1)
			if doc == full(t) {
				t.Fatal("the test changes nothing")
			}
			_, err := Parse([]byte(doc))
			if !errors.Is(err, collection.ErrInvalid) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want a refusal that names %q", err, test.want)
			}
		})
	}
}

// brokenOffers break what is offered.
func brokenOffers() []breakage {
	return []breakage{
		{"amount and rate",
			`"amountCentavos": 5000`, `"amountCentavos": 5000, "fineRate": "1"`,
			"policy.cash[1] sets a discount by amountCentavos and by rates",
		},
		{"amount of nothing", `"amountCentavos": 5000`, `"amountCentavos": 0`, "policy.cash[1].amountCentavos must be positive"},
		{"huge amount", `"amountCentavos": 5000`, `"amountCentavos": 1000000001`, "policy.cash[1].amountCentavos"},
		{"neither", `"amountCentavos": 5000`, `"fineRate": "1"`, "policy.cash[1].principalRate"},
		{"cash in instalments",
			`"amountCentavos": 5000`, `"amountCentavos": 5000, "toInstalments": 3`,
			"policy.cash[1] is for cash",
		},
		{"ranges overlap", `"fromInstalments": 7`, `"fromInstalments": 6`, "policy.instalments[2] overlaps row 0"},
		{"one instalment",
			`"fromInstalments": 2, "toInstalments": 6, "fromDays": 0`, `"fromInstalments": 1, "toInstalments": 6, "fromDays": 0`,
			"policy.instalments[0] needs 2",
		},
		{"range too far",
			`"fromInstalments": 7`, `"fromInstalments": 7, "toInstalments": 73`,
			"policy.instalments[2] needs 2",
		},
		{"window before offers", `"earliestDays": 3`, `"earliestDays": 0`, "policy.firstWindow"},
		{"window without its day", `"latestDays": 40`, `"latestDays": 9`, "policy.firstWindow"},
		{"offer outlives window", `"offerHours": 24`, `"offerHours": 36`, "policy.cashWindow.earliestDays"},
		{"unknown table", `"table": "sac"`, `"table": "gauss"`, "policy.table must be one of price, sac"},
		{"product twice", `"id": "avista"`, `"id": "acordo"`, "policy.products[1].id stands there twice"},
		{"product type", `"type": "caas"`, `"type": "novel"`, "policy.products[1].type"},
		{"product standing", `["former"]`, `["gone"]`, "policy.products[1].standings"},
	}
}

// brokenConsequences break the tax, and what holds for a deal once it stands.
func brokenConsequences() []breakage {
	return []breakage{
		{"tax profile",
			`"profile": "simples", "simplesUpToCentavos"`, `"profile": "mei", "simplesUpToCentavos"`,
			"policy.iof.profile",
		},
		{"simples without limit", `"simplesUpToCentavos": 3000000`, `"simplesUpToCentavos": 0`, "policy.iof.profile simples needs"},
		{"tax date", `"from": "2025-06-11"`, `"from": "11/06/2025"`, "policy.iof.rates[2].from must be a date"},
		{"tax dates in disorder", `"from": "2025-06-11"`, `"from": "2008-01-03"`, "policy.iof.rates[2].from must be later"},
		{"tax of a tenth a day", `"dailyRate": "0.000041"`, `"dailyRate": "0.1"`, "policy.iof.rates[1].dailyRate"},
		{"component twice", `"principal", "fine"`, `"fine", "fine"`, "policy.distribution must name each component once"},
		{"component unknown", `"principal", "fine"`, `"principal", "tip"`, "policy.distribution must be one of"},
		{"breach tolerance", `"toleranceDays": 10`, `"toleranceDays": 0`, "policy.breach.toleranceDays"},
		{"breach discounts", `"proportional"`, `"some"`, "policy.breach.discounts"},
		{"breach fee", `"feeRate": "0.02"`, `"feeRate": "0.2"`, "policy.breach.feeRate"},
		{"review of nothing", `["acordo"]`, `["outro"]`, "policy.review.products"},
		{"review for ever", `"days": 3`, `"days": 31`, "policy.review.days"},
		{"withdrawal below law", `"withdrawalDays": 10`, `"withdrawalDays": 6`, "policy.withdrawalDays"},
		{"a second operator from nothing on",
			`"secondAboveCentavos": 200000`, `"secondAboveCentavos": 0`,
			"policy.decisions.secondAboveCentavos must be positive",
		},
		{"a second operator below nothing", `"secondAboveCentavos": 200000`, `"secondAboveCentavos": -1`, "policy.decisions.secondAboveCentavos"},
		{"a second operator never", `"secondAboveCentavos": 200000`, `"secondAboveCentavos": 1000000001`, "policy.decisions.secondAboveCentavos"},
		{"decisions of another form", `{"secondAboveCentavos": 200000}`, `{"secondAbove": 200000}`, "secondAbove"},
		{"refunds", `"excess": "hold"`, `"excess": "keep"`, "policy.refunds.excess"},
	}
}

// brokenSurroundings break the rest of the file.
func brokenSurroundings() []breakage {
	return []breakage{
		{"aftercare moment", `"on": "settled"`, `"on": "later"`, "aftercare.on"},
		{"benefit kind", `"kind": "reduced"`, `"kind": "doubled"`, "aftercare.benefit.kind"},
		{"benefit version", `"version": "c1"`, `"version": ""`, "aftercare.benefit.version"},
		{"benefit of no plan", `"active": "plan"`, `"active": "none"`, "aftercare.benefit needs a standing"},
		{"contract kind", `"kind": "ccb"`, `"kind": "nota"`, "contract.kind"},
		{"CCB of no institution",
			`"financialInstitution": true`, `"financialInstitution": false`,
			"contract.kind ccb needs financialInstitution",
		},
		{"institution of a shop", `"kind": "lender"`, `"kind": "pay_tv"`, "financialInstitution needs kind lender"},
		{"tax of a shop", `"kind": "lender"`, `"kind": "pay_tv"`, "policy.iof.profile must be none"},
		{"acceleration", `"accelerationMissed": 3`, `"accelerationMissed": 13`, "contract.accelerationMissed"},
		{"no route", `"method": "debit"`, `"method": "card"`, "payments[2].method"},
		{"unknown provider", `"provider": "asaas"`, `"provider": "banco"`, "payments[1].provider must be"},
		{"provider of no debit", `"provider": "debit"`, `"provider": "pix"`, "payments[2].provider does not carry"},
		{"route twice", `"provider": "asaas"`, `"provider": "pix"`, "payments[1] stands there twice"},
		{"interest and legal",
			`"fineRate": "0.02", "legalRate"`, `"fineRate": "0.02", "monthlyInterestRate": "0.01", "legalRate"`,
			"exclude each other",
		},
		{"months with a gap",
			`"month": "2026-10", "selicFactor"`, `"month": "2026-11", "selicFactor"`,
			"charges.legalRate[1].month must be the month after",
		},
		{"no month",
			`"month": "2026-09", "selicFactor"`, `"month": "2026-9", "selicFactor"`,
			"charges.legalRate[0].month must be a month",
		},
		{"factor in percent", `"selicFactor": "1.0107"`, `"selicFactor": "10.7"`, "charges.legalRate[0].selicFactor"},
		{"index without factors", `"index": "ipca"`, `"index": ""`, "charges.index and charges.indexFactors"},
		{"index unknown", `"index": "ipca"`, `"index": "ipc"`, "charges.index must be one of"},
		{"index month", `{"month": "2026-10", "factor"`, `{"month": "2026-12", "factor"`, "charges.indexFactors[2].month"},
		{"minimum",
			`"existentialMinimumCentavos": 60000`, `"existentialMinimumCentavos": -1`,
			"policy.existentialMinimumCentavos",
		},
	}
}

func TestAPolicyNeedsAProductThatRenegotiates(t *testing.T) {
	doc := strings.NewReplacer(`"type": "caas"`, `"type": "loan"`, `"type": "renegotiation"`, `"type": "card"`).Replace(full(t))
	if _, err := Parse([]byte(doc)); err == nil || !strings.Contains(err.Error(), "policy.products needs one of type renegotiation or caas") {
		t.Errorf("got %v", err)
	}
}

// TestListsAreCapped gives each list one row more than it may have.
func TestListsAreCapped(t *testing.T) {
	for list, row := range map[string]any{
		"products": map[string]any{"id": "acordo", "type": "caas"}, "cash": map[string]any{"amountCentavos": 1},
		"limits": map[string]any{"fromCentavos": 1, "maxInstalments": 1, "minimumInstalmentCentavos": 1},
	} {
		var doc map[string]any
		if err := json.Unmarshal([]byte(full(t)), &doc); err != nil {
			t.Fatal(err)
		}
		policy, ok := doc["policy"].(map[string]any)
		if !ok {
			t.Fatal("the file has no policy")
		}
		policy[list] = slices.Repeat([]any{row}, maxRows+1)
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("number of policy.%s must be", list)) {
			t.Errorf("%s: got %.200v", list, err)
		}
	}
}
