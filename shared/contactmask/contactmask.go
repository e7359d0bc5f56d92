// Package contactmask shows as much of a contact or document as lets its owner
// recognise it and tells anybody else nothing, and makes up masks that cannot be
// told from real ones for contracts that do not exist.
package contactmask

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/regua/regua/shared/taxid"
)

// hidden stands for what is hidden, always three letters, so that it does not
// give away a length.
const hidden = "***"

// Email masks an address: m***a@***. Of the local part it keeps the first and last
// character, in lower case, or the first alone when there are three or fewer; one
// that is no letter of the alphabet or digit is hidden as well. Of the domain it
// keeps nothing: a rare one can be made up by nobody, so that showing it would tell
// whose contract exists. What is no address becomes "***" altogether.
func Email(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 1 || at == len(address)-1 || !utf8.ValidString(address) {
		return hidden
	}
	local := []rune(address[:at])
	mask := shown(local[0]) + hidden
	if len(local) > shortLocal {
		mask += shown(local[len(local)-1])
	}
	return mask + "@" + hidden
}

// shortLocal is the length up to which first and last character would give a local
// part away.
const shortLocal = 3

// shown is a character as a mask shows it.
func shown(r rune) string {
	if lower := unicode.ToLower(r); lower < utf8.RuneSelf && (unicode.IsLetter(lower) || unicode.IsDigit(lower)) {
		return string(lower)
	}
	return ""
}

// Phone masks a Brazilian number in E.164 form: (11) *****-4321 for the nine
// digits of a mobile, (11) ****-4321 for the eight of a fixed line. It keeps the
// area code and the last four digits. Anything else becomes "***".
func Phone(e164 string) string {
	national, ok := strings.CutPrefix(e164, "+55")
	if !ok || (len(national) != 10 && len(national) != 11) || strings.Trim(national, "0123456789") != "" {
		return hidden
	}
	last := len(national) - 4
	return "(" + national[:2] + ") " + strings.Repeat("*", last-2) + "-" + national[last:]
}

// Document masks a CPF or CNPJ, with or without punctuation, as taxid.ID.Masked
// does. Anything else becomes "***".
func Document(document string) string {
	id, err := taxid.Parse(document)
	if err != nil {
		return hidden
	}
	return id.Masked()
}
