package contactmask

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestEmail(t *testing.T) {
	for address, want := range map[string]string{
		"maria.silva@gmail.com":        "m***a@g***l.com",
		"joao99@hotmail.com.br":        "j***9@h***l.com.br",
		"ana@uol.com.br":               "a***@u***.com.br",
		"a@b.co":                       "a***@b***.co",
		"jose@ig.com.br":               "j***e@i***.com.br",
		"ze@mail.empresa.com.br":       "z***@m***a.com.br",
		"x.y@prefeitura.sp.gov.br":     "x***@p***p.gov.br",
		"fulano@foo.bar.io":            "f***o@f***r.io",
		"fulano@loja.xyz.br":           "f***o@l***z.br",
		"fulano@empresa.COM.BR":        "f***o@e***a.COM.BR",
		"érica.conceição@são-joão.com": "é***o@s***o.com",
		"fulano@a.b@gmail.com":         "f***b@g***l.com",
		"fulano@com.br":                "f***o@c***.br",
		"":                             "***",
		"maria":                        "***",
		"@gmail.com":                   "***",
		"maria@":                       "***",
		"maria@localhost":              "***",
		"maria@gmail.":                 "***",
		"maria@.com":                   "***",
		"maria@\xff\xfe.com":           "***",
	} {
		if got := Email(address); got != want {
			t.Errorf("Email(%q) = %q, want %q", address, got, want)
		}
	}
}

func TestEmailHidesTheMiddle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		local := rapid.StringMatching(`[b-y][a-z0-9._-]{0,40}[a-z0-9]`).Draw(t, "local")
		name := rapid.StringMatching(`[b-y][a-z0-9-]{1,40}`).Draw(t, "name")
		got := Email(local + "@" + name + ".com.br")
		mask, domain, ok := strings.Cut(got, "@")
		host, ending, found := strings.Cut(domain, ".")
		if !ok || !found || ending != "com.br" {
			t.Fatalf("mask %q", got)
		}
		for part, shown := range map[string]string{local: mask, name: host} {
			letters := strings.Replace(shown, "***", "", 1)
			if utf8.RuneCountInString(letters) > 2 || shown[0] != part[0] || len(letters) >= len(part) {
				t.Fatalf("mask %q of %s@%s", got, local, name)
			}
		}
		if again := Email(got); again != got && len(local) > 3 && len(name) > 3 {
			t.Fatalf("mask %q masks to %q", got, again)
		}
	})
}

func TestPhone(t *testing.T) {
	for number, want := range map[string]string{
		"+5511987654321":  "(11) *****-4321",
		"+551133334444":   "(11) ****-4444",
		"":                "***",
		"11987654321":     "***",
		"+1987654321":     "***",
		"+55119876543210": "***",
		"+551198765432a":  "***",
		"+55":             "***",
		"+5511٣٣٣٣٤":      "***",
	} {
		if got := Phone(number); got != want {
			t.Errorf("Phone(%q) = %q, want %q", number, got, want)
		}
	}
}

func TestDocument(t *testing.T) {
	for document, want := range map[string]string{
		"529.982.247-25": "***.982.247-**", "52998224725": "***.982.247-**", "12abc34501de35": "**.ABC.345/****-**",
		"52998224724": "***", "": "***", "Maria da Silva": "***",
	} {
		if got := Document(document); got != want {
			t.Errorf("Document(%q) = %q, want %q", document, got, want)
		}
	}
}

func FuzzEmail(f *testing.F) {
	for _, seed := range []string{"maria.silva@gmail.com", "@", "a@b.c", "\xff@\xff.br", "a@.com.br", "á@é.í"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		got := Email(address)
		if !strings.Contains(got, hidden) || !utf8.ValidString(got) {
			t.Fatalf("Email(%q) = %q", address, got)
		}
	})
}
