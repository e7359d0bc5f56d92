package pix_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/brcode"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/test/pixbank"
)

func TestADownPaymentIsAnImmediateCharge(t *testing.T) {
	r := newRig(t)
	code := r.issue(t, down())
	payload, err := brcode.Parse(code.BRCode)
	if err != nil || payload.Location != "pix.example.com/qr/v2/cob/"+txID || code != (collection.PayCode{BRCode: code.BRCode}) {
		t.Fatalf("%+v, %v", code, err)
	}
	want := pixbank.Object{
		"calendario": pixbank.Object{"expiracao": 7200.0}, "valor": pixbank.Object{"original": "258.43"}, "chave": pixbank.Key,
		"solicitacaoPagador": "Entrada do acordo",
	}
	if sent := r.bank.Body("/cob/" + txID); !reflect.DeepEqual(sent, want) {
		t.Errorf("sent %v, want %v", sent, want)
	}
}

func TestAnInstalmentIsAChargeWithADueDate(t *testing.T) {
	for document, debtor := range map[string]pixbank.Object{
		"52998224725":    {"cpf": "52998224725", "nome": "Maria da Silva"},
		"11222333000181": {"cnpj": "11222333000181", "nome": "Maria da Silva"},
		"1345C3A5000106": {"cnpj": "1345C3A5000106", "nome": "Maria da Silva"},
	} {
		r, c := newRig(t), instalment(t)
		c.Payer.Document = document
		code := r.issue(t, c)
		if !strings.Contains(code.BRCode, "pix.example.com/qr/v2/cobv/"+txID) {
			t.Errorf("%+v", code)
		}
		want := pixbank.Object{
			"calendario": pixbank.Object{"dataDeVencimento": "2026-12-14", "validadeAposVencimento": 30.0}, "devedor": debtor,
			"valor": pixbank.Object{
				"original": "258.43", "multa": pixbank.Object{"modalidade": 2.0, "valorPerc": "2.00"},
				"juros": pixbank.Object{"modalidade": 3.0, "valorPerc": "1.00"},
			},
			"chave": pixbank.Key, "solicitacaoPagador": "Entrada do acordo",
		}
		if sent := r.bank.Body("/cobv/" + txID); !reflect.DeepEqual(sent, want) {
			t.Errorf("sent %v, want %v", sent, want)
		}
	}
}

// Days are those of São Paulo: at 02:59 UTC it is still the day before.
func TestTheDayDecidesTheKind(t *testing.T) {
	for at, kind := range map[string]string{
		"2026-11-23T02:59:00Z": "/cobv/", "2026-11-22T14:00:00Z": "/cobv/", "2026-11-23T03:00:00Z": "/cob/", "2026-12-20T14:00:00Z": "/cob/",
	} {
		r, c := newRig(t), instalment(t)
		r.now, _ = time.Parse(time.RFC3339, at)
		c.DueDate = date(t, "2026-11-22")
		r.issue(t, c)
		if !slices.Contains(r.bank.Calls(), "PUT "+kind+txID) {
			t.Errorf("at %s: %v", at, r.bank.Calls())
		}
	}
}

func TestRatesAreWrittenInPercent(t *testing.T) {
	for given, want := range map[string]any{
		"0": nil, "0.02": "2.00", "0.0001": "0.01", "0.00009": nil, "0.019999": "1.99", "1.5": "150.00", "0.0333": "3.33",
	} {
		r, c := newRig(t), instalment(t)
		c.FineRate, c.MonthlyInterest = rate(t, given), rate(t, given)
		r.issue(t, c)
		value := r.bank.Body("/cobv/" + txID)["valor"].(pixbank.Object)
		for _, name := range []string{"multa", "juros"} {
			got, _ := value[name].(pixbank.Object)
			if (want == nil) != (got == nil) || got["valorPerc"] != want {
				t.Errorf("%s as %s is %v, want %v", given, name, got, want)
			}
		}
	}
}

// Asked for again, whatever the first answer's fate, there is one charge and one code.
func TestAskingTwiceMakesOneCharge(t *testing.T) {
	for _, strict := range []bool{false, true} {
		for _, c := range []provider.Charge{down(), instalment(t)} {
			r := newRig(t)
			r.bank.Strict = strict
			first := r.issue(t, c)
			if again := r.issue(t, c); again != first {
				t.Errorf("strict %t: %+v and %+v", strict, first, again)
			}
		}
	}
}

// The due date passes between two tries: the charge that was made stands, and no second one of the other kind is made.
func TestAChargeIsNotMadeAgainAsAnotherKind(t *testing.T) {
	r, c := newRig(t), instalment(t)
	first := r.issue(t, c)
	r.now = time.Date(2026, 12, 15, 3, 0, 0, 0, time.UTC)
	if again := r.issue(t, c); again != first || slices.Contains(r.bank.Calls(), "PUT /cob/"+txID) {
		t.Errorf("%+v after %v", again, r.bank.Calls())
	}
}

func TestAnotherChargeUnderTheTxIDIsRefused(t *testing.T) {
	for name, change := range map[string]func(*provider.Charge){
		"amount":   func(c *provider.Charge) { c.Amount++ },
		"due date": func(c *provider.Charge) { c.DueDate = c.DueDate.AddDays(1) },
	} {
		r, c := newRig(t), instalment(t)
		r.bank.Strict = true
		r.issue(t, c)
		change(&c)
		if code, err := r.Issue(context.Background(), r.account, c); !errors.Is(err, collection.ErrRefused) || !code.IsZero() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAChargeThatEndedGivesNoCode(t *testing.T) {
	r := newRig(t)
	r.issue(t, down())
	r.bank.Pay(txID, "E1", "258.43", start)
	if _, err := r.Issue(context.Background(), r.account, down()); !errors.Is(err, collection.ErrRefused) {
		t.Errorf("paid: %v", err)
	}
	r = newRig(t)
	r.issue(t, down())
	if _, err := r.Cancel(context.Background(), r.account, txID); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Issue(context.Background(), r.account, down()); !errors.Is(err, collection.ErrRefused) {
		t.Errorf("removed: %v", err)
	}
}

func TestWhatTheAPIWouldRefuseIsNotSent(t *testing.T) {
	for name, spoil := range map[string]func(*provider.Charge){
		"another rail":   func(c *provider.Charge) { c.Method = collection.MethodBoleto },
		"txid of 25":     func(c *provider.Charge) { c.TxID = strings.Repeat("a", 25) },
		"txid of 36":     func(c *provider.Charge) { c.TxID = strings.Repeat("a", 36) },
		"txid, path":     func(c *provider.Charge) { c.TxID = "../" + strings.Repeat("a", 26) },
		"no amount":      func(c *provider.Charge) { c.Amount = 0 },
		"too large":      func(c *provider.Charge) { c.Amount = money.MaxParsed + 1 },
		"no document":    func(c *provider.Charge) { c.Payer.Document = "" },
		"wrong document": func(c *provider.Charge) { c.Payer.Document = "52998224726" },
		"no name":        func(c *provider.Charge) { c.Payer.Name = " " },
		"its time passed": func(c *provider.Charge) {
			c.DueDate, c.ExpiresAt = c.DueDate.AddDays(-90), start
		},
	} {
		r, c := newRig(t), instalment(t)
		spoil(&c)
		_, err := r.Issue(context.Background(), r.account, c)
		if quiet(t, err); !errors.Is(err, collection.ErrRefused) || len(r.bank.Calls()) > 0 {
			t.Errorf("%s: %v after %v", name, err, r.bank.Calls())
		}
	}
}

// A provider may leave the text of the code to whoever asked, and an answer without any location shows its code alone.
func TestCodesThatTheAPILeavesOut(t *testing.T) {
	for _, missing := range [][]string{{"pixCopiaECola"}, {"location"}, {"loc", "location"}, {"pixCopiaECola", "loc"}} {
		r := newRig(t)
		r.bank.Bend = func(_, _ string, status int, body pixbank.Object) (int, pixbank.Object) {
			for _, name := range missing {
				delete(body, name)
			}
			return status, body
		}
		payload, err := brcode.Parse(r.issue(t, down()).BRCode)
		if err != nil || payload.Location != "pix.example.com/qr/v2/cob/"+txID || payload.City != "SAO PAULO" {
			t.Errorf("without %v: %+v, %v", missing, payload, err)
		}
	}
}

// Whatever is asked for within the port's bounds, the bank is sent it to the centavo and the code is its charge's.
func TestIssueProperty(t *testing.T) {
	r, today := newRig(t), date(t, "2026-11-23")
	rapid.Check(t, func(t *rapid.T) {
		c := down()
		c.TxID = rapid.StringMatching(`[0-9A-Z]{26}`).Draw(t, "txid")
		c.Amount = money.Centavos(rapid.Int64Range(1, int64(money.MaxParsed)).Draw(t, "amount"))
		c.Description = rapid.String().Draw(t, "description")
		kind := "/cob/"
		if rapid.Bool().Draw(t, "dated") {
			kind = "/cobv/"
			c.DueDate = today.AddDays(rapid.IntRange(0, 400).Draw(t, "days"))
			c.Payer.Name = "x" + rapid.String().Draw(t, "name")
		}
		code, err := r.Issue(context.Background(), r.account, c)
		if err != nil || !strings.Contains(code.BRCode, kind[1:]+c.TxID) {
			t.Fatalf("%+v, %v", code, err)
		}
		sent := r.bank.Body(kind + c.TxID)
		amount, err := money.Parse(sent["valor"].(pixbank.Object)["original"].(string))
		message, _ := sent["solicitacaoPagador"].(string)
		if err != nil || amount != c.Amount || len([]rune(message)) > 140 {
			t.Fatalf("sent %v", sent)
		}
	})
}
