// Package taxid reads the two Brazilian taxpayer numbers: CPF of persons and
// CNPJ of legal entities, the latter with letters where it has them.
package taxid

import "errors"

// Kind tells a person's number from a legal entity's.
type Kind int

// The kinds of number. The zero value belongs to the zero ID.
const (
	None Kind = iota
	CPF
	CNPJ
)

// String returns "CPF" or "CNPJ", and "" for None.
func (k Kind) String() string {
	switch k {
	case CPF:
		return "CPF"
	case CNPJ:
		return "CNPJ"
	default:
		return ""
	}
}

// Errors of Parse. None carries any part of the text, which is personal data.
var (
	ErrSyntax     = errors.New("taxid: neither a CPF nor a CNPJ")
	ErrCheckDigit = errors.New("taxid: check digits do not match")
)

const (
	cpfLength  = 11
	cnpjLength = 14
	// maxInput leaves room for a punctuated number with blanks around it.
	maxInput = 32
)

// ID is a valid CPF or CNPJ. IDs compare with == and may key a map. The zero value
// is none; IsZero tells.
type ID struct{ number string }

// Parse reads a number with or without its punctuation (point, hyphen, slash,
// blank), in either case, and verifies its check digits. It never pads a number
// that lost its leading zeros. ErrSyntax says that the text has other characters
// or another length, ErrCheckDigit that the digits do not verify or are all the
// same.
//
// Source: weights 10..2 and 11..2 modulo 11 for CPF; for CNPJ, IN RFB 2.229/2024,
// whose letters count as their ASCII code less 48.
func Parse(s string) (ID, error) {
	number, err := normalise(s)
	if err != nil {
		return ID{}, err
	}
	body, highest := len(number)-2, 11
	switch len(number) {
	case cpfLength:
		if hasLetter(number) {
			return ID{}, ErrSyntax
		}
	case cnpjLength:
		highest = 9
		if hasLetter(number[body:]) {
			return ID{}, ErrSyntax
		}
	default:
		return ID{}, ErrSyntax
	}
	first := checkDigit(number[:body], highest)
	second := checkDigit(number[:body+1], highest)
	if number[body] != first || number[body+1] != second || uniform(number) {
		return ID{}, ErrCheckDigit
	}
	return ID{number}, nil
}

// Kind returns CPF or CNPJ, and None for the zero ID.
func (id ID) Kind() Kind {
	switch len(id.number) {
	case cpfLength:
		return CPF
	case cnpjLength:
		return CNPJ
	default:
		return None
	}
}

// IsZero reports whether id is the zero value.
func (id ID) IsZero() bool { return id.number == "" }

// String returns the bare number: 11 digits, or 14 digits and upper-case letters.
func (id ID) String() string { return id.number }

// Format returns the number with its punctuation: 529.982.247-25 or
// 12.ABC.345/01DE-35.
func (id ID) Format() string {
	n := id.number
	switch id.Kind() {
	case CPF:
		return n[:3] + "." + n[3:6] + "." + n[6:9] + "-" + n[9:]
	case CNPJ:
		return n[:2] + "." + n[2:5] + "." + n[5:8] + "/" + n[8:12] + "-" + n[12:]
	default:
		return ""
	}
}

// Masked returns what may be shown to someone who is not yet known:
// ***.982.247-** or **.ABC.345/****-**.
func (id ID) Masked() string {
	n := id.number
	switch id.Kind() {
	case CPF:
		return "***." + n[3:6] + "." + n[6:9] + "-**"
	case CNPJ:
		return "**." + n[2:5] + "." + n[5:8] + "/****-**"
	default:
		return ""
	}
}

// normalise drops punctuation and turns letters to upper case.
func normalise(s string) (string, error) {
	if len(s) > maxInput {
		return "", ErrSyntax
	}
	number := make([]byte, 0, cnpjLength)
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z':
			number = append(number, c)
		case c >= 'a' && c <= 'z':
			number = append(number, c-'a'+'A')
		case c != '.' && c != '-' && c != '/' && c != ' ':
			return "", ErrSyntax
		}
	}
	return string(number), nil
}

// checkDigit weighs the characters from the right with 2, 3 … highest and again
// from 2, and takes 11 less the sum modulo 11; 10 and 11 become 0.
func checkDigit(body string, highest int) byte {
	sum, weight := 0, 2
	for i := len(body) - 1; i >= 0; i-- {
		sum += int(body[i]-'0') * weight
		if weight++; weight > highest {
			weight = 2
		}
	}
	digit := 11 - sum%11
	if digit >= 10 {
		digit = 0
	}
	return '0' + byte(digit)
}

func hasLetter(s string) bool {
	for i := range len(s) {
		if s[i] > '9' {
			return true
		}
	}
	return false
}

func uniform(s string) bool {
	for i := range len(s) {
		if s[i] != s[0] {
			return false
		}
	}
	return true
}
