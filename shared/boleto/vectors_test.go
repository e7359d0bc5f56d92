package boleto

import (
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// vectors are published slips of many banks, and the rules worked by hand.
type vectors struct {
	Boleto struct {
		Cases []struct {
			Bank, Barcode, Linha, Due string
			LinhaFormatted            string `json:"linha_formatted"`
			CampoLivre                string `json:"campo_livre"`
			Fator                     int
			Amount                    int64
		}
		FatorVencimento []struct {
			Due   string
			Fator int
		} `json:"fator_vencimento"`
		FatorToDue []struct {
			Fator          int
			Reference, Due string
		} `json:"fator_to_due"`
		Invalid []struct{ Linha, Barcode, Why string }
		Mod10   []digitVector
		Mod11   []digitVector `json:"mod11_general"`
	}
}

type digitVector struct {
	In     string
	Expect int
}

func load(t testing.TB) vectors {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func date(t testing.TB, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSlipsOfManyBanks(t *testing.T) {
	cases := load(t).Boleto.Cases
	if len(cases) < 14 {
		t.Fatalf("only %d slips", len(cases))
	}
	for _, c := range cases {
		t.Run(c.Bank+" "+c.Due, func(t *testing.T) {
			due := date(t, c.Due)
			made, err := New(c.Bank, due, money.Centavos(c.Amount), c.CampoLivre)
			if err != nil {
				t.Fatal(err)
			}
			scanned, err := ParseBarcode(c.Barcode)
			if err != nil || scanned != made {
				t.Fatalf("barcode: got %+v, %v, want %+v", scanned, err, made)
			}
			for _, typed := range []string{c.Linha, c.LinhaFormatted} {
				if got, err := ParseLine(typed); err != nil || got != made {
					t.Fatalf("line: got %+v, %v", got, err)
				}
			}
			if made.Line() != c.Linha || made.String() != c.LinhaFormatted || made.Factor() != c.Fator || made.Bank() != c.Bank ||
				made.Free() != c.CampoLivre || made.Amount() != money.Centavos(c.Amount) || made.Barcode() != c.Barcode {
				t.Fatalf("got %s, %+v", made, made)
			}
			if got, ok := made.Due(due.AddDays(-30)); !ok || got != due {
				t.Fatalf("due %v", got)
			}
			if err := Check(c.LinhaFormatted, c.Barcode, money.Centavos(c.Amount), due, due); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestSlipsThatAreWrong(t *testing.T) {
	invalid := load(t).Boleto.Invalid
	if len(invalid) < 2 {
		t.Fatalf("only %d", len(invalid))
	}
	for _, c := range invalid {
		parse, text := ParseLine, c.Linha
		if c.Barcode != "" {
			parse, text = ParseBarcode, c.Barcode
		}
		if _, err := parse(text); !errors.Is(err, ErrDigit) {
			t.Errorf("%s: got %v", c.Why, err)
		}
	}
}

func TestDueDateFactors(t *testing.T) {
	v := load(t).Boleto
	for _, c := range v.FatorVencimento {
		if got, err := Factor(date(t, c.Due)); err != nil || got != c.Fator {
			t.Errorf("%s: got %d, %v, want %d", c.Due, got, err, c.Fator)
		}
	}
	for _, c := range v.FatorToDue {
		if got, ok := dueOf(c.Fator, date(t, c.Reference)); !ok || got != date(t, c.Due) {
			t.Errorf("%d read on %s: got %s, want %s", c.Fator, c.Reference, got, c.Due)
		}
	}
	if len(v.FatorVencimento) < 7 || len(v.FatorToDue) < 3 {
		t.Fatal("vectors are missing")
	}
}

func TestCheckDigits(t *testing.T) {
	v := load(t).Boleto
	for _, c := range v.Mod10 {
		if got := fieldDigit(c.In); int(got-'0') != c.Expect {
			t.Errorf("field %s: got %c, want %d", c.In, got, c.Expect)
		}
	}
	for _, c := range v.Mod11 {
		if got := generalDigit(c.In); int(got-'0') != c.Expect {
			t.Errorf("barcode %s: got %c, want %d", c.In, got, c.Expect)
		}
	}
	if len(v.Mod10) < 3 || len(v.Mod11) < 4 {
		t.Fatal("vectors are missing")
	}
}
