package brcode

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/money"
)

const location = "pix.example.com/qr/v2/cobv/7d9f0335-8dcc-4054-9bf9-0dbd61d36906"

func TestEncodeDynamic(t *testing.T) {
	want := "00020101021226850014br.gov.bcb.pix2563pix.example.com/qr/v2/cobv/7d9f0335-8dcc-4054-9bf9-0dbd61d36906" +
		"5204000053039865802BR5918CREDORA EXEMPLO SA6009SAO PAULO62070503***63047031"
	for _, d := range []Dynamic{
		{Location: location, MerchantName: "CREDORA EXEMPLO SA", City: "SAO PAULO"},
		{Location: location, MerchantName: "  Credora\tExêmplo  Sa ", City: "São Paulo", TxID: NoTxID},
	} {
		got, err := d.Encode()
		if err != nil || got != want {
			t.Errorf("%+v:\n%s, %v; want\n%s", d, got, err, want)
		}
	}
}

func TestEncodeStatic(t *testing.T) {
	want := "00020126360014br.gov.bcb.pix0114+55119999988885204000053039865406150.755802BR5918CREDORA EXEMPLO SA6009SAO PAULO" +
		"62140510ACORDO00016304F045"
	s := Static{Key: "+5511999998888", MerchantName: "Credora Exemplo SA", City: "São Paulo", TxID: "ACORDO0001", Amount: 15_075}
	if got, err := s.Encode(); err != nil || got != want {
		t.Errorf("%s, %v; want\n%s", got, err, want)
	}
}

func TestCapitals(t *testing.T) {
	for name, want := range map[string]string{
		"Clínica São João & Irmãos":          "CLINICA SAO JOAO & IRMAOS",
		"São José do Rio Preto do Sul Velho": "SAO JOSE DO RIO PRETO DO",
		"Sa\u0303o Luı\u0301s":               "SAO LUIS",
		"Açaí – Crédito № 1":                 "ACAI CREDITO 1",
		"1ª Vara, 2º Ofício":                 "1A VARA, 2O OFICIO",
		"日本":                                 "",
		" \n ":                               "",
	} {
		if got := capitals(name, maxName); got != want {
			t.Errorf("capitals(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	good := Dynamic{Location: location, MerchantName: "Credora", City: "Recife"}
	for name, spoil := range map[string]func(*Dynamic){
		"no location":        func(d *Dynamic) { d.Location = "" },
		"https":              func(d *Dynamic) { d.Location = "https://" + d.Location },
		"http":               func(d *Dynamic) { d.Location = "http://a.b/c" },
		"blank in location":  func(d *Dynamic) { d.Location = "a b" },
		"accent in location": func(d *Dynamic) { d.Location = "é.com" },
		"long location":      func(d *Dynamic) { d.Location = strings.Repeat("a", 78) },
		"no name":            func(d *Dynamic) { d.MerchantName = "" },
		"no Latin name":      func(d *Dynamic) { d.MerchantName = "日本" },
		"no city":            func(d *Dynamic) { d.City = " " },
		"txid of 26":         func(d *Dynamic) { d.TxID = strings.Repeat("a", 26) },
		"txid with hyphen":   func(d *Dynamic) { d.TxID = "a-b" },
		"negative amount":    func(d *Dynamic) { d.Amount = -1 },
		"amount too large":   func(d *Dynamic) { d.Amount = money.MaxParsed + 1 },
	} {
		d := good
		spoil(&d)
		if got, err := d.Encode(); !errors.Is(err, ErrField) || got != "" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := good.Encode(); err != nil {
		t.Errorf("the good one: %v", err)
	}
	for _, key := range []string{"", strings.Repeat("k", 78), "maria silva", "chave\n", "ação@x.com"} {
		if got, err := (Static{Key: key, MerchantName: "Credora", City: "Recife"}).Encode(); !errors.Is(err, ErrField) || got != "" {
			t.Errorf("key %q: %q, %v", key, got, err)
		}
	}
}

func TestParseReadsWhatEncodeWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		account := rapid.StringMatching(`[!-~]{1,77}`).Filter(func(s string) bool { return !strings.Contains(s, "://") }).Draw(t, "account")
		name := rapid.StringMatching(`[A-Za-zÀ-ÿ]([ -~]{0,40})`).Draw(t, "name")
		city := rapid.StringMatching(`[A-Z]([ A-Za-zçãé]{0,40})`).Draw(t, "city")
		txID := rapid.StringMatching(`([0-9A-Za-z]{1,25})?`).Draw(t, "txid")
		amount := money.Centavos(rapid.Int64Range(0, int64(money.MaxParsed)).Draw(t, "amount"))
		static := rapid.Bool().Draw(t, "static")
		code, err := Dynamic{account, name, city, txID, amount}.Encode()
		if static {
			code, err = Static{account, name, city, txID, amount}.Encode()
		}
		if capitals(name, maxName) == "" {
			return // × and ÷ are no letters
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range len(code) {
			if code[i] > '~' {
				t.Fatalf("not ASCII: %q", code)
			}
		}
		p, err := Parse(code)
		if err != nil {
			t.Fatalf("%q: %v", code, err)
		}
		got, other := p.Location, p.Key
		if static {
			got, other = other, got
		}
		if txID == "" {
			txID = NoTxID
		}
		if got != account || other != "" || p.SingleUse == static || p.MerchantName != capitals(name, maxName) ||
			p.City != capitals(city, maxCity) || p.TxID != txID || p.Amount != amount || p.HasAmount != (amount > 0) {
			t.Fatalf("%q reads as %+v", code, p)
		}
	})
}
