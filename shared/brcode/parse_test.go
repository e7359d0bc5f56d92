package brcode

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/regua/regua/shared/money"
)

type vectors struct {
	CRC16  []struct{ In, Expect string }
	BRCode struct {
		Cases []struct {
			Payload, CRC, Key, Location, TxID string
			Name                              string         `json:"merchant_name"`
			City                              string         `json:"merchant_city"`
			Initiation                        string         `json:"point_of_initiation"`
			Recurrence                        string         `json:"rec_location"`
			Amount                            money.Centavos `json:"amount_centavos"`
		}
		Invalid []struct{ Payload, Why string }
	}
}

func load(t testing.TB) vectors {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.CRC16) == 0 || len(v.BRCode.Cases) == 0 || len(v.BRCode.Invalid) == 0 {
		t.Fatal("a group of vectors is missing")
	}
	return v
}

// closed appends the right CRC, so that a test reaches what lies behind it.
func closed(fields string) string {
	fields += "6304"
	return fields + fmt.Sprintf("%04X", CRC16(fields))
}

func TestCRC16Vectors(t *testing.T) {
	v := load(t)
	for _, c := range v.CRC16 {
		if got := fmt.Sprintf("%04X", CRC16(c.In)); got != c.Expect {
			t.Errorf("CRC16(%q) = %s, want %s", c.In, got, c.Expect)
		}
	}
	for _, c := range v.BRCode.Cases {
		if got := fmt.Sprintf("%04X", CRC16(c.Payload[:len(c.Payload)-4])); got != c.CRC {
			t.Errorf("CRC16 of %q = %s, want %s", c.Payload, got, c.CRC)
		}
	}
}

func TestParseVectors(t *testing.T) {
	for _, c := range load(t).BRCode.Cases {
		p, err := Parse(c.Payload)
		if err != nil {
			t.Errorf("%q: %v", c.Payload, err)
			continue
		}
		if p.Key != c.Key || p.Location != c.Location || p.RecurrenceLocation != c.Recurrence || p.TxID != c.TxID ||
			p.MerchantName != c.Name || p.City != c.City || p.SingleUse != (c.Initiation == "12") ||
			p.Amount != c.Amount || p.HasAmount != (c.Amount > 0) {
			t.Errorf("%q reads as %+v", c.Payload, p)
		}
		var again strings.Builder
		for _, f := range p.Fields {
			fmt.Fprintf(&again, "%s%02d%s", f.ID, utf8.RuneCountInString(f.Value), f.Value)
		}
		if closed(again.String()) != c.Payload {
			t.Errorf("fields of %q write %q", c.Payload, closed(again.String()))
		}
	}
}

func TestParseRefusesInvalidVectors(t *testing.T) {
	for _, c := range load(t).BRCode.Invalid {
		if p, err := Parse(c.Payload); err == nil {
			t.Errorf("%s: %+v", c.Why, p)
		}
	}
}

func TestParseCountsCharacters(t *testing.T) {
	// A code in the wild: the length of BRASÍLIA counts letters, the CRC bytes.
	code := "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-426655440000" +
		"5204000053039865802BR5913Fulano de Tal6008BRASÍLIA62070503***6304B4F6"
	p, err := Parse(code)
	if err != nil || p.City != "BRASÍLIA" || p.TxID != NoTxID {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestParseKeepsUnknownFields(t *testing.T) {
	code := closed("000201" + "0702ab" + "2618" + "0014BR.GOV.BCB.PIX" + "5802BR" + "5901A" + "6001B" + "610901310-100" +
		"62190306LOJA010505T0001" + "9903xyz")
	p, err := Parse(code)
	if err != nil {
		t.Fatal(err)
	}
	if p.PostalCode != "01310-100" || p.TxID != "T0001" || p.MerchantName != "A" || p.City != "B" {
		t.Errorf("%+v", p)
	}
	if len(p.Fields) != 9 || p.Fields[1] != (Field{"07", "ab"}) || p.Fields[8] != (Field{"99", "xyz"}) {
		t.Errorf("fields %+v", p.Fields)
	}
}

func TestParseFindsPixAmongOtherAccounts(t *testing.T) {
	p, err := Parse(closed("000201" + "26150011com.visa.xx" + "27230014br.gov.bcb.pix0101k"))
	if err != nil || p.Key != "k" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestParseRefuses(t *testing.T) {
	const account = "2618" + "0014br.gov.bcb.pix"
	for name, c := range map[string]struct {
		code string
		want error
	}{
		"empty":                   {"", ErrSyntax},
		"only a CRC":              {closed(""), ErrSyntax},
		"other format":            {closed("000202" + account), ErrSyntax},
		"format not first":        {closed(account + "000201"), ErrSyntax},
		"CRC not last":            {closed("000201"+account) + "9901x", ErrSyntax},
		"CRC of five":             {"000201" + account + "630512345", ErrSyntax},
		"CRC of other characters": {"000201" + account + "6304éééé", ErrSyntax},
		"wrong CRC":               {"000201" + account + "63040000", ErrCRC},
		"cut inside a value":      {"000201" + account + "5910abc", ErrSyntax},
		"cut inside an id":        {"0002015", ErrSyntax},
		"letters for a length":    {"0002015xab", ErrSyntax},
		"sign for a length":       {"00020159+1a", ErrSyntax},
		"letters for an id":       {"000201a101x", ErrSyntax},
		"field twice":             {closed("000201" + account + "5901A5901B"), ErrSyntax},
		"two Pix accounts":        {closed("000201" + account + "27180014br.gov.bcb.pix"), ErrSyntax},
		"inner length too long":   {closed("000201" + "26180015br.gov.bcb.pix"), ErrSyntax},
		"inner field twice":       {closed("000201" + account + "62100501a0501b"), ErrSyntax},
		"empty recurrence":        {closed("000201" + account + "8000"), ErrSyntax},
		"amount with comma":       {closed("000201" + account + "54041,50"), ErrSyntax},
		"negative amount":         {closed("000201" + account + "5405-1.50"), ErrSyntax},
		"other scheme only":       {closed("000201" + "26150011com.visa.xx"), ErrNotPix},
		"no account":              {closed("000201" + "5802BR"), ErrNotPix},
		"not UTF-8":               {closed("000201" + account + "5901\xff"), ErrSyntax},
		"too long":                {closed("000201" + strings.Repeat("9099"+strings.Repeat("x", 99), 5)), ErrSyntax},
		"very long":               {strings.Repeat("0", 1<<20), ErrSyntax},
	} {
		if p, err := Parse(c.code); !errors.Is(err, c.want) || p.Fields != nil {
			t.Errorf("%s: %+v, %v; want %v", name, p, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	v := load(f)
	for _, c := range v.BRCode.Cases {
		f.Add(c.Payload)
	}
	for _, c := range v.BRCode.Invalid {
		f.Add(c.Payload)
	}
	f.Fuzz(func(t *testing.T, code string) {
		if body, ok := strings.CutSuffix(code, "6304"); ok {
			code = closed(body) // lets the fuzzer past the CRC
		}
		p, err := Parse(code)
		if err != nil {
			return
		}
		var again strings.Builder
		for _, field := range p.Fields {
			fmt.Fprintf(&again, "%s%02d%s", field.ID, utf8.RuneCountInString(field.Value), field.Value)
		}
		if !strings.HasPrefix(code, again.String()) || len(code) != again.Len()+8 {
			t.Fatalf("%q lost something: %q", code, again.String())
		}
	})
}
