package compliance

import (
	"strings"
	"unicode"
)

// refusals are words that by themselves, or as the beginning of a short answer, say that a person wants no more messages. The first line
// are those of 47 CFR 64.1200(a)(10).
var refusals = [...]string{
	"stop", "quit", "end", "revoke", "opt out", "optout", "cancel", "unsubscribe",
	"pare", "parar", "para", "sair", "saia", "cancelar", "cancele", "cancela", "descadastrar", "descadastre", "remover", "remova", "chega",
	"nao quero", "nao envie", "nao mande", "nao me", "nao perturbe", "nunca mais", "me tire", "me tira", "me remova", "me deixe em paz",
	"deixe de", "pare de", "para de", "pode parar", "por favor pare", "favor parar", "please stop", "leave me alone", "do not", "dont",
	"remove me",
}

// Refuses reports whether an answer says, by any wording that is known, that its writer wants no more messages. A mistake on the side of
// silence is undone by one click; one on the other side is a contact against the law.
//
// Source: US-F-OPTOUT, US-TCPA-REVOKE (any reasonable wording), BR-WHATSAPP.
func Refuses(answer string) bool {
	words := strings.Fields(plain(answer))
	text := " " + strings.Join(words, " ") + " "
	const short = 4 // words of an answer that is nothing but a keyword and its politeness
	for _, refusal := range refusals {
		switch {
		case strings.HasPrefix(text, " "+refusal+" ") && len(words) <= short+strings.Count(refusal, " "):
			return true
		case strings.Contains(refusal, " ") && strings.Contains(text, " "+refusal+" "):
			return true
		}
	}
	return false
}

// plain is a text in lower case without accents and without what is neither letter nor digit.
func plain(text string) string {
	const accented, bare = "áàâãäéèêëíìîïóòôõöúùûüçñ", "aaaaaeeeeiiiiooooouuuucn"
	letters := []rune(accented)
	return strings.Map(func(r rune) rune {
		r = unicode.ToLower(r)
		for i, a := range letters {
			if r == a {
				return rune(bare[i])
			}
		}
		switch {
		case r == '\'' || r == '’' || unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return r
		}
		return ' '
	}, text)
}
