// Package contactmask shows as much of a contact or document as lets its owner
// recognise it and tells anybody else nothing, and makes up masks that cannot be
// told from real ones for contracts that do not exist.
package contactmask

import (
	"strings"
	"unicode/utf8"

	"github.com/regua/regua/shared/taxid"
)

// hidden stands for what is hidden, always three letters, so that it does not
// give away a length.
const hidden = "***"

// categories are the labels that registries put before a country's two letters.
// Any other label there was chosen by somebody and is masked.
const categories = " com co net org gov edu ac jus leg mil adv eng med ind art "

// Email masks an address: m***a@g***l.com. Of the local part and of the domain's
// name it keeps the first and last character, or the first alone when there are
// three or fewer, and it keeps the public ending (.com, .com.br). What is no
// address becomes "***" altogether.
func Email(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 1 || !utf8.ValidString(address) {
		return hidden
	}
	local, domain := address[:at], address[at+1:]
	name, ending := splitDomain(domain)
	if name == "" {
		return hidden
	}
	return ends(local) + "@" + ends(name) + ending
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

// ends keeps the first and last character of a name, or only the first of a
// short one, which the two would give away.
func ends(name string) string {
	first, _ := utf8.DecodeRuneInString(name)
	if utf8.RuneCountInString(name) <= 3 {
		return string(first) + hidden
	}
	last, _ := utf8.DecodeLastRuneInString(name)
	return string(first) + hidden + string(last)
}

// splitDomain parts a domain into the name its owner chose and the public
// ending: mail.empresa and .com.br. Both are empty when it has no ending.
func splitDomain(domain string) (name, ending string) {
	cut := strings.LastIndexByte(domain, '.')
	if cut < 1 || cut == len(domain)-1 {
		return "", ""
	}
	if country := len(domain)-cut-1 == 2; country {
		category := strings.LastIndexByte(domain[:cut], '.')
		if category > 0 && strings.Contains(categories, " "+strings.ToLower(domain[category+1:cut])+" ") {
			cut = category
		}
	}
	return domain[:cut], domain[cut:]
}
