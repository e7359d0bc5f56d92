package contactmask

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestEmail(t *testing.T) {
	for address, want := range map[string]string{
		"maria.silva@gmail.com":        "m***a@***",
		"joao99@hotmail.com.br":        "j***9@***",
		"Fulano@empresa.COM.BR":        "f***o@***",
		"ana@uol.com.br":               "a***@***",
		"a@b.co":                       "a***@***",
		"_maria-@rara.example":         "***@***",
		"érica.conceição@são-joão.com": "***o@***",
		"fulano@a.b@gmail.com":         "f***b@***",
		"":                             "***",
		"maria":                        "***",
		"@gmail.com":                   "***",
		"maria@":                       "***",
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
		domain := rapid.StringMatching(`[b-y][a-z0-9-]{1,40}`).Draw(t, "domain")
		got := Email(local + "@" + domain + ".com.br")
		mask, ok := strings.CutSuffix(got, "@***")
		letters := strings.Replace(mask, "***", "", 1)
		if !ok || len(letters) > 2 || mask[0] != local[0] || len(letters) >= len(local) {
			t.Fatalf("mask %q of %s@%s", got, local, domain)
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
