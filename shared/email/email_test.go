package email

import (
	"errors"
	"strings"
	"testing"
)

// addressOf returns an address of 196 characters and n more.
func addressOf(n int) string {
	return strings.Repeat("a", 64) + "@" + strings.Repeat("b", 63) + "." + strings.Repeat("c", 63) + "." + strings.Repeat("d", n) + ".br"
}

func TestParse(t *testing.T) {
	longest := addressOf(58)
	for text, want := range map[string]string{
		"maria.silva@gmail.com":       "maria.silva@gmail.com",
		"Maria.Silva@GMail.COM":       "Maria.Silva@gmail.com",
		"joao+cobranca@uol.com.br":    "joao+cobranca@uol.com.br",
		"o'brien_1-2@sub.empresa.br":  "o'brien_1-2@sub.empresa.br",
		"a@b.co":                      "a@b.co",
		"x@xn--so-joo-8za.com.br":     "x@xn--so-joo-8za.com.br",
		"x@123.com":                   "x@123.com",
		"!#$%&*/=?^`{|}~@example.com": "!#$%&*/=?^`{|}~@example.com",
		longest:                       longest,
	} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"", " ", "maria", "@", "maria@", "@gmail.com", "maria@gmail", "maria@@gmail.com", "a@b@c.com",
		"Maria <maria@gmail.com>", "<maria@gmail.com>", "maria@gmail.com (casa)", "(casa)maria@gmail.com",
		"maria@gmail.com, joao@gmail.com", "maria@gmail.com;joao@gmail.com", "grupo: maria@gmail.com;",
		" maria@gmail.com", "maria@gmail.com ", "maria@gmail.com\r\nBcc: x@y.com", "maria silva@gmail.com", "maria@gmail .com",
		`"maria silva"@gmail.com`, `"maria"@gmail.com`, ".maria@gmail.com", "maria.@gmail.com", "maria..silva@gmail.com",
		"maria@.com", "maria@gmail..com", "maria@gmail.com.", "maria@-gmail.com", "maria@gmail-.com", "maria@g_mail.com",
		"maria@[127.0.0.1]", "maria@127.0.0.1", "maria@gmail.c", "maria@gmail.123",
		"érica@gmail.com", "maria@são-joão.com", "maria@gmail.com\x00", "=?utf-8?q?maria?=@gmail.com\n", "\xff@gmail.com",
		strings.Repeat("a", 65) + "@gmail.com", "a@" + strings.Repeat("b", 64) + ".com", "a@" + strings.Repeat("b.", 130) + "com",
		addressOf(59), strings.Repeat("a", 1<<20),
	} {
		got, err := Parse(text)
		if !errors.Is(err, ErrSyntax) || got != "" {
			t.Errorf("Parse(%.60q) = %q, %v", text, got, err)
		}
		if len(text) > 6 && err != nil && strings.Contains(err.Error(), text) {
			t.Errorf("the error repeats the address: %v", err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"maria@gmail.com", "a@b.co", `"a b"@c.de`, "x <a@b.co>", "a@b\r\n.co", "@", "a@[::1]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(got)
		if err != nil || again != got || !strings.EqualFold(got, text) ||
			strings.ContainsAny(got, " \r\n,;<>\"()") || strings.Count(got, "@") != 1 {
			t.Fatalf("Parse(%q) = %q, which reads back as %q, %v", text, got, again, err)
		}
	})
}
