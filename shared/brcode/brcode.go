// Package brcode writes and reads the BR Code, the text of a Pix QR code and of
// "Pix Copia e Cola": EMV merchant-presented TLV fields closed by a CRC.
package brcode

import (
	"errors"
	"fmt"
	"strings"

	"github.com/regua/regua/shared/money"
)

// ErrField says that a value cannot be written into a BR Code.
var ErrField = errors.New("brcode: invalid field")

// NoTxID stands in the code where no transaction id is given.
const NoTxID = "***"

const (
	gui         = "br.gov.bcb.pix"
	maxAccount  = 77 // what the account template holds besides its GUI
	maxName     = 25
	maxCity     = 15
	maxTxID     = 25
	idFormat    = "00"
	idInitiate  = "01"
	idAccount   = "26"
	idCategory  = "52"
	idCurrency  = "53"
	idAmount    = "54"
	idCountry   = "58"
	idName      = "59"
	idCity      = "60"
	idPostal    = "61"
	idExtra     = "62"
	idCRC       = "63"
	idRecurring = "80"
	singleUse   = "12"
)

// Dynamic is a code that points to a charge kept at the payment provider, which
// also rules the amount. Name and city are written in ASCII capitals without
// accents, cut to 25 and 15 characters.
type Dynamic struct {
	Location     string // URL of the charge without its scheme, at most 77 characters
	MerchantName string
	City         string
	TxID         string         // 1 to 25 letters and digits; empty is NoTxID, as usual
	Amount       money.Centavos // shown by some apps only; 0 leaves it out
}

// Static is a code that carries the Pix key itself and can be paid many times.
// Name and city are written as those of Dynamic.
type Static struct {
	Key          string // as registered, at most 77 characters
	MerchantName string
	City         string
	TxID         string         // 1 to 25 letters and digits; empty is NoTxID
	Amount       money.Centavos // 0 lets the payer choose
}

// Encode returns the text of the code, or ErrField naming the field that is
// missing, too long or of other characters. A location with a scheme is refused.
func (d Dynamic) Encode() (string, error) {
	if strings.Contains(d.Location, "://") {
		return "", fmt.Errorf("%w: location carries a scheme", ErrField)
	}
	if !plain(d.Location, maxAccount) {
		return "", fmt.Errorf("%w: location", ErrField)
	}
	return encode(field(idInitiate, singleUse), field("25", d.Location), d.MerchantName, d.City, d.TxID, d.Amount)
}

// Encode returns the text of the code, or ErrField naming the field that is
// missing, too long or of other characters.
func (s Static) Encode() (string, error) {
	if !plain(s.Key, maxAccount) {
		return "", fmt.Errorf("%w: key", ErrField)
	}
	return encode("", field("01", s.Key), s.MerchantName, s.City, s.TxID, s.Amount)
}

func encode(initiation, account, name, city, txID string, amount money.Centavos) (string, error) {
	name, city = capitals(name, maxName), capitals(city, maxCity)
	if txID == "" {
		txID = NoTxID
	}
	switch {
	case name == "":
		return "", fmt.Errorf("%w: merchant name", ErrField)
	case city == "":
		return "", fmt.Errorf("%w: city", ErrField)
	case txID != NoTxID && !alphanumeric(txID, maxTxID):
		return "", fmt.Errorf("%w: transaction id", ErrField)
	case amount < 0 || amount > money.MaxParsed:
		return "", fmt.Errorf("%w: amount", ErrField)
	}
	var value string
	if amount > 0 {
		value = field(idAmount, amount.Decimal())
	}
	code := field(idFormat, "01") + initiation + field(idAccount, field("00", gui)+account) +
		field(idCategory, "0000") + field(idCurrency, "986") + value + field(idCountry, "BR") +
		field(idName, name) + field(idCity, city) + field(idExtra, field("05", txID)) + idCRC + "04"
	return code + fmt.Sprintf("%04X", CRC16(code)), nil
}

// field writes one TLV; every caller has held its value to ASCII and 99 bytes.
func field(id, value string) string { return fmt.Sprintf("%s%02d%s", id, len(value), value) }

// plain reports whether s is 1 to limit printable ASCII characters, no blanks.
func plain(s string, limit int) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= limit
}

func alphanumeric(s string, limit int) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return s != "" && len(s) <= limit
}
