// Package email reads e-mail addresses as portfolios and people give them.
package email

import (
	"errors"
	"net/mail"
	"strings"
)

// ErrSyntax says that a text is not one plain e-mail address.
var ErrSyntax = errors.New("email: not a plain address")

const (
	maxAddress = 254 // RFC 5321 4.5.3.1.3, less the angle brackets
	maxLocal   = 64  // RFC 5321 4.5.3.1.1
	maxLabel   = 63  // RFC 1035 2.3.4
)

// Parse returns a single address with its domain in lower case; the local part
// stays as it is, since its owner's server alone knows its case. Refused with
// ErrSyntax are names, comments, quotes, lists, blanks, characters outside ASCII
// (the providers take domains as punycode), hosts without a dot or with labels
// that are no host names, IP addresses, and more than 254 characters. The error
// never repeats the address.
func Parse(s string) (string, error) {
	if len(s) > maxAddress {
		return "", ErrSyntax
	}
	address, err := mail.ParseAddress(s)
	if err != nil || address.Address != s || address.Name != "" {
		return "", ErrSyntax // the library's error quotes its input
	}
	local, domain, _ := strings.Cut(s, "@")
	if len(local) > maxLocal || !validLocal(local) {
		return "", ErrSyntax
	}
	domain = strings.ToLower(domain)
	if !validDomain(domain) {
		return "", ErrSyntax
	}
	return local + "@" + domain, nil
}

// validLocal reports whether s is a dot-atom of RFC 5322.
func validLocal(s string) bool {
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" {
			return false
		}
		for i := range len(atom) {
			if !alphanumeric(atom[i]) && strings.IndexByte("!#$%&'*+-/=?^_`{|}~", atom[i]) < 0 {
				return false
			}
		}
	}
	return true
}

// validDomain reports whether s is at least two host name labels, the last of
// them not a number.
func validDomain(s string) bool {
	labels := strings.Split(s, ".")
	for _, label := range labels {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if !alphanumeric(label[i]) && label[i] != '-' {
				return false
			}
		}
	}
	last := labels[len(labels)-1]
	return len(labels) >= 2 && len(last) >= 2 && strings.Trim(last, "0123456789") != ""
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
