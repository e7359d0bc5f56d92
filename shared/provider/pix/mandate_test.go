package pix_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/regua/regua/shared/brcode"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/test/pixbank"
)

func offered(t testing.TB, c provider.Charge) provider.Charge {
	c.Mandate = &provider.MandateOffer{
		Contract: "CD-2026-000123", Subject: "Plano de saúde", First: date(t, "2026-12-23"), Last: date(t, "2027-05-23"), Amount: 12000,
	}
	return c
}

// Journey 3: one scan pays the down payment and authorises the instalments. Journey 4: the same with a charge that has a due date.
func TestAMandateIsOfferedInTheSameScan(t *testing.T) {
	for kind, c := range map[string]provider.Charge{"cob": offered(t, down()), "cobv": offered(t, instalment(t))} {
		r := newRig(t)
		code := r.issue(t, c)
		payload, err := brcode.Parse(code.BRCode)
		if err != nil || payload.Location != "pix.example.com/qr/v2/"+kind+"/"+txID ||
			payload.RecurrenceLocation != "pix.example.com/qr/v2/rec/"+strings.Repeat("0", 32) {
			t.Fatalf("%+v, %v", payload, err)
		}
		sent := r.bank.Mandates()[code.Mandate]
		bond, calendar := sent["vinculo"].(pixbank.Object), sent["calendario"].(pixbank.Object)
		if len(r.bank.Mandates()) != 1 || bond["contrato"] != "CD-2026-000123" || bond["objeto"] != "Plano de saúde" ||
			bond["devedor"].(pixbank.Object)["cpf"] != "52998224725" || calendar["dataInicial"] != "2026-12-23" ||
			calendar["dataFinal"] != "2027-05-23" || calendar["periodicidade"] != "MENSAL" ||
			sent["valor"].(pixbank.Object)["valorRec"] != "120.00" || sent["politicaRetentativa"] != "NAO_PERMITE" {
			t.Errorf("sent %v", sent)
		}
		journey, three := sent["ativacao"].(pixbank.Object)["dadosJornada"].(pixbank.Object)
		if three != (kind == "cob") || (three && journey["txid"] != txID) {
			t.Errorf("%s: %v", kind, sent["ativacao"])
		}
		if again := r.issue(t, c); again != code || len(r.bank.Mandates()) != 1 {
			t.Errorf("asked again: %+v of %d mandates", again, len(r.bank.Mandates()))
		}
	}
}

func TestAVaryingMandateWithRetries(t *testing.T) {
	r, c := newRig(t), offered(t, down())
	c.Mandate.Amount, c.Mandate.Retry, c.Payer.Document = 0, true, "1345C3A5000106"
	code := r.issue(t, c)
	sent := r.bank.Mandates()[code.Mandate]
	if !strings.HasPrefix(code.Mandate, "RR") || sent["valor"] != nil || sent["politicaRetentativa"] != "PERMITE_3R_7D" ||
		sent["vinculo"].(pixbank.Object)["devedor"].(pixbank.Object)["cnpj"] != "1345C3A5000106" {
		t.Errorf("%s: %v", code.Mandate, sent)
	}
}

// The payer can pay without a mandate; a charge is not lost over one.
func TestACodeWithoutTheMandateThatIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*rig, *provider.Charge){
		"the provider has none":  func(r *rig, _ *provider.Charge) { r.bank.NoMandates = true },
		"the account has none":   func(r *rig, _ *provider.Charge) { r.account.Pix.Mandates = false },
		"no contract":            func(_ *rig, c *provider.Charge) { c.Mandate.Contract = "" },
		"too long a contract":    func(_ *rig, c *provider.Charge) { c.Mandate.Contract = strings.Repeat("x", 36) },
		"it ends before":         func(_ *rig, c *provider.Charge) { c.Mandate.Last = c.Mandate.First.AddDays(-1) },
		"a debt":                 func(_ *rig, c *provider.Charge) { c.Mandate.Amount = -1 },
		"nobody who could agree": func(_ *rig, c *provider.Charge) { c.Payer.Document = "" },
	} {
		r, c := newRig(t), offered(t, down())
		spoil(r, &c)
		code := r.issue(t, c)
		payload, err := brcode.Parse(code.BRCode)
		if err != nil || payload.RecurrenceLocation != "" || code.Mandate != "" || payload.Location == "" {
			t.Errorf("%s: %+v, %v", name, code, err)
		}
		if name == "the account has none" && slices.ContainsFunc(r.bank.Calls(), func(c string) bool { return strings.Contains(c, "rec") }) {
			t.Errorf("asked for a mandate: %v", r.bank.Calls())
		}
	}
}

func TestAMandateThatIsAnothers(t *testing.T) {
	for name, bend := range map[string]func(method string, body pixbank.Object){
		"of another contract": func(_ string, b pixbank.Object) {
			b["vinculo"] = pixbank.Object{"contrato": "X", "devedor": pixbank.Object{"cpf": "52998224725"}}
		},
		"of another amount": func(_ string, b pixbank.Object) { b["valor"] = pixbank.Object{"valorRec": "999.00"} },
		"without a name":    func(_ string, b pixbank.Object) { b["idRec"] = "RN1234567820241203" },
		"a path for a name": func(_ string, b pixbank.Object) { b["idRec"] = "../../pix/E12345678202009091" },
		"without its code":  func(_ string, b pixbank.Object) { delete(b, "dadosQR") },
		"with another location": func(method string, b pixbank.Object) {
			if method == "GET" {
				b["loc"] = pixbank.Object{"location": "pix.example.com/qr/v2/rec/other"}
			}
		},
	} {
		r := newRig(t)
		r.bank.Bend = func(method, path string, status int, body pixbank.Object) (int, pixbank.Object) {
			if strings.HasPrefix(path, "/rec") && body["idRec"] != nil {
				copied := pixbank.Object{}
				for k, v := range body {
					copied[k] = v
				}
				bend(method, copied)
				body = copied
			}
			return status, body
		}
		code, err := r.Issue(context.Background(), r.account, offered(t, down()))
		if !errors.Is(err, collection.ErrUnavailable) || !code.IsZero() {
			t.Errorf("%s: %+v, %v", name, code, err)
		}
	}
}
