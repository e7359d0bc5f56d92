package brcode

import (
	"strings"
	"unicode"
)

var unaccented = strings.NewReplacer(
	"Á", "A", "À", "A", "Â", "A", "Ã", "A", "Ä", "A", "Å", "A", "Ç", "C", "É", "E", "È", "E", "Ê", "E", "Ë", "E",
	"Í", "I", "Ì", "I", "Î", "I", "Ï", "I", "Ñ", "N", "Ó", "O", "Ò", "O", "Ô", "O", "Õ", "O", "Ö", "O",
	"Ú", "U", "Ù", "U", "Û", "U", "Ü", "U", "Ý", "Y", "Ÿ", "Y", "º", "O", "ª", "A",
)

// capitals writes a name in ASCII capitals, accents stripped, any other character
// a blank, blanks joined, and cuts it to limit characters. Readers disagree about
// whether lengths count bytes or characters, so only ASCII is written.
func capitals(name string, limit int) string {
	ascii := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1 // an accent written apart from its letter
		case r < ' ' || r > '~':
			return ' '
		default:
			return r
		}
	}, unaccented.Replace(strings.ToUpper(name)))
	ascii = strings.Join(strings.Fields(ascii), " ")
	if len(ascii) > limit {
		ascii = strings.TrimSpace(ascii[:limit])
	}
	return ascii
}
