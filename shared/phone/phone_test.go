package phone

import (
	"errors"
	"regexp"
	"strings"
	"testing"
)

func TestParseMobile(t *testing.T) {
	for text, want := range map[string]string{
		"(11) 98765-4321":      "+5511987654321",
		"11987654321":          "+5511987654321",
		"+5511987654321":       "+5511987654321",
		"+55 (11) 9 8765-4321": "+5511987654321",
		"5511987654321":        "+5511987654321",
		"011 98765-4321":       "+5511987654321",
		"0 15 11 98765-4321":   "+5511987654321",
		"85.99999.8888":        "+5585999998888",
		"+5592991234567":       "+5592991234567",
	} {
		if got, err := ParseMobile(text); err != nil || got != want {
			t.Errorf("ParseMobile(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestParseMobileRefuses(t *testing.T) {
	for text, want := range map[string]error{
		"":                         ErrSyntax,
		"   ":                      ErrSyntax,
		"+":                        ErrSyntax,
		"1187654321":               ErrSyntax, // a mobile in its old eight digits
		"987654321":                ErrSyntax, // no area code
		"98765-4321":               ErrSyntax,
		"(20) 98765-4321":          ErrSyntax, // no such area
		"+1 202 555 0123":          ErrSyntax,
		"+351 912 345 678":         ErrSyntax,
		"+44 7911 123456":          ErrSyntax,
		"0011987654321":            ErrSyntax,
		"(11) 98765-43210":         ErrSyntax,
		"(11) 98765-432":           ErrSyntax,
		"(11) 98765-4321 r. 2":     ErrSyntax,
		"11 98765-4321;ext=5":      ErrSyntax,
		"tel:+5511987654321":       ErrSyntax,
		"11 9VIVO-4321":            ErrSyntax,
		"１１987654321":              ErrSyntax,
		"11987654321\n":            ErrSyntax,
		"190":                      ErrSyntax,
		strings.Repeat("1", 1<<16): ErrSyntax,
		"1170000000":               ErrNotMobile, // trunking, ended in 2018
		"(11) 3333-4444":           ErrNotMobile,
		"+551133334444":            ErrNotMobile,
		"0800 123 4567":            ErrNotMobile,
		"4004-1234":                ErrNotMobile,
	} {
		got, err := ParseMobile(text)
		if !errors.Is(err, want) || got != "" {
			t.Errorf("ParseMobile(%.40q) = %q, %v; want %v", text, got, err, want)
		}
		if len(text) > 6 && err != nil && strings.Contains(err.Error(), text) {
			t.Errorf("the error repeats the number: %v", err)
		}
	}
}

func FuzzParseMobile(f *testing.F) {
	mobile := regexp.MustCompile(`^\+55[1-9][1-9]9[0-9]{8}$`)
	for _, seed := range []string{"(11) 98765-4321", "+1 202 555 0123", "0800 123 4567", "++55", "()"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseMobile(text)
		if err != nil {
			return
		}
		if again, err := ParseMobile(got); !mobile.MatchString(got) || err != nil || again != got {
			t.Fatalf("ParseMobile(%q) = %q, which reads back as %q, %v", text, got, again, err)
		}
	})
}
