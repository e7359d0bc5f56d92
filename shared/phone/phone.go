// Package phone reads Brazilian mobile numbers. It carries the numbering plans of
// the world, several megabytes of binary, so only what imports contacts uses it;
// masks stand in contactmask.
package phone

import (
	"errors"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

var (
	// ErrSyntax says that a text is no telephone number of Brazil.
	ErrSyntax = errors.New("phone: no valid Brazilian number")
	// ErrNotMobile says that a valid number is a fixed line, toll-free or of
	// another service that cannot take a one-time code.
	ErrNotMobile = errors.New("phone: not a mobile number")
)

const (
	country  = 55
	maxInput = 32
	allowed  = "0123456789+()-. "
)

// ParseMobile reads a Brazilian mobile number in any usual spelling, such as
// "(11) 98765-4321" or "+55 11 98765-4321", and returns it as E.164:
// "+5511987654321". It is ErrSyntax for letters, extensions, numbers of other
// countries, invalid ones and mobiles in the eight digits used until 2016, and
// ErrNotMobile for other valid numbers. No error repeats the number.
func ParseMobile(s string) (string, error) {
	if len(s) > maxInput || strings.Trim(s, allowed) != "" {
		return "", ErrSyntax
	}
	number, err := phonenumbers.Parse(s, "BR")
	if err != nil || number.GetCountryCode() != country || !phonenumbers.IsValidNumber(number) {
		return "", ErrSyntax // the library's error may quote its input
	}
	if phonenumbers.GetNumberType(number) != phonenumbers.MOBILE {
		return "", ErrNotMobile
	}
	e164 := phonenumbers.Format(number, phonenumbers.E164)
	// The library still knows the eight-digit trunking numbers (7xxx-xxxx).
	if len(e164) != len("+55DD9XXXXXXXX") || e164[5] != '9' {
		return "", ErrNotMobile
	}
	return e164, nil
}
