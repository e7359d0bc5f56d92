package taxid

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestVectors(t *testing.T) {
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		CPF, CNPJ struct{ Valid, Invalid []string }
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	for kind, group := range map[Kind]struct{ Valid, Invalid []string }{CPF: v.CPF, CNPJ: v.CNPJ} {
		if len(group.Valid) == 0 || len(group.Invalid) == 0 {
			t.Fatalf("no vectors for %s", kind)
		}
		for _, text := range group.Valid {
			id, err := Parse(text)
			if err != nil || id.Kind() != kind || id.String() != text {
				t.Errorf("Parse(%q) = %q, a %s, %v", text, id, id.Kind(), err)
			}
		}
		for _, text := range group.Invalid {
			if id, err := Parse(text); err == nil || !id.IsZero() {
				t.Errorf("Parse(%q) = %q, %v", text, id, err)
			}
		}
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]struct {
		number, format, masked string
		kind                   Kind
	}{
		"529.982.247-25":        {"52998224725", "529.982.247-25", "***.982.247-**", CPF},
		" 52998224725 ":         {"52998224725", "529.982.247-25", "***.982.247-**", CPF},
		"00000000191":           {"00000000191", "000.000.001-91", "***.000.001-**", CPF},
		"11.222.333/0001-81":    {"11222333000181", "11.222.333/0001-81", "**.222.333/****-**", CNPJ},
		"12.ABC.345/01DE-35":    {"12ABC34501DE35", "12.ABC.345/01DE-35", "**.ABC.345/****-**", CNPJ},
		"12.abc.345/01de-35":    {"12ABC34501DE35", "12.ABC.345/01DE-35", "**.ABC.345/****-**", CNPJ},
		"1 2 A B C 3 45 01DE35": {"12ABC34501DE35", "12.ABC.345/01DE-35", "**.ABC.345/****-**", CNPJ},
	} {
		id, err := Parse(text)
		if err != nil {
			t.Errorf("Parse(%q): %v", text, err)
			continue
		}
		if id.String() != want.number || id.Format() != want.format || id.Masked() != want.masked || id.Kind() != want.kind {
			t.Errorf("Parse(%q) = %s %s %s %s", text, id.Kind(), id, id.Format(), id.Masked())
		}
	}
	for text, want := range map[string]error{
		"": ErrSyntax, "   ": ErrSyntax, "abc": ErrSyntax, "5299822472": ErrSyntax, "529982247250": ErrSyntax, "1122233300018": ErrSyntax,
		"112223330001811": ErrSyntax, "5299822472A": ErrSyntax, "12ABC34501DE3X": ErrSyntax, "12ABC34501DEX5": ErrSyntax,
		"529.982.247_25": ErrSyntax, "529,982,247-25": ErrSyntax, "５２９98224725": ErrSyntax, "52998224725\n": ErrSyntax,
		"12ÁBC34501DE35": ErrSyntax, strings.Repeat(" ", 30) + "52998224725": ErrSyntax, strings.Repeat("1", 1<<20): ErrSyntax,
		"52998224724": ErrCheckDigit, "52998224715": ErrCheckDigit, "00000000000": ErrCheckDigit, "99999999999": ErrCheckDigit,
		"12ABC34501DE34": ErrCheckDigit, "12ABC34501DF35": ErrCheckDigit, "21ABC34501DE35": ErrCheckDigit,
	} {
		id, err := Parse(text)
		if !errors.Is(err, want) || !id.IsZero() {
			t.Errorf("Parse(%.40q) = %q, %v; want %v", text, id, err, want)
		}
		if digits := strings.TrimSpace(text); err != nil && len(digits) > 3 && strings.Contains(err.Error(), digits) {
			t.Errorf("the error repeats the number: %v", err)
		}
	}
}

func TestZeroID(t *testing.T) {
	var id ID
	if !id.IsZero() || id.Kind() != None || id.String()+id.Format()+id.Masked()+id.Kind().String() != "" {
		t.Errorf("the zero ID is %q, a %s", id, id.Kind())
	}
	if CPF.String() != "CPF" || CNPJ.String() != "CNPJ" {
		t.Errorf("kinds are named %s and %s", CPF, CNPJ)
	}
}

// valid draws numbers whose check digits were computed here from the published
// weights, written out, rather than by the code under test.
func valid() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		body := rapid.SampledFrom([]string{`[0-9]{9}`, `[0-9A-Z]{12}`}).Draw(t, "shape")
		number := rapid.StringMatching(body).Filter(func(s string) bool { return !uniform(s) }).Draw(t, "body")
		weights := []int{11, 10, 9, 8, 7, 6, 5, 4, 3, 2}
		if len(number) == 12 {
			weights = []int{6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2}
		}
		for skip := 1; skip >= 0; skip-- {
			sum := 0
			for i, w := range weights[skip:] {
				sum += w * int(number[i]-48)
			}
			digit := byte('0')
			if rest := sum % 11; rest >= 2 {
				digit += byte(11 - rest)
			}
			number += string(digit)
		}
		return number
	})
}

func TestFormatsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := valid().Draw(t, "number")
		id, err := Parse(number)
		if err != nil || id.String() != number {
			t.Fatalf("Parse(%q) = %q, %v", number, id, err)
		}
		for _, text := range []string{id.Format(), strings.ToLower(id.Format()), strings.ToLower(number)} {
			if again, err := Parse(text); err != nil || again != id {
				t.Fatalf("Parse(%q) = %q, %v", text, again, err)
			}
		}
		hidden := map[Kind]int{CPF: 5, CNPJ: 8}[id.Kind()]
		if mask := id.Masked(); len(mask) != len(id.Format()) || strings.Count(mask, "*") != hidden {
			t.Fatalf("mask of %s is %s", id.Format(), mask)
		}
	})
}

func TestOtherCheckDigitsAreRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := []byte(valid().Draw(t, "number"))
		shift := rapid.IntRange(1, 99).Draw(t, "shift")
		for i, by := range []int{shift / 10, shift % 10} {
			digit := &number[len(number)-2+i]
			*digit = '0' + (*digit-'0'+byte(by))%10
		}
		if id, err := Parse(string(number)); !errors.Is(err, ErrCheckDigit) {
			t.Fatalf("Parse(%q) = %q, %v", number, id, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"529.982.247-25", "12.abc.345/01de-35", "", "11111111111", "...---///", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, err := Parse(text)
		if err != nil {
			return
		}
		if again, err := Parse(id.Format()); err != nil || again != id || id.Kind() == None {
			t.Fatalf("Parse(%q) = %q, formatted %q reads back as %q, %v", text, id, id.Format(), again, err)
		}
	})
}
