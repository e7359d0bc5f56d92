// Package boleto reads and writes the two codes of a bank slip, the barcode of 44 digits and the typed line (linha digitável) of 47, with
// their check digits, due date and amount, and draws the barcode. It issues nothing: a slip is payable only once a bank has registered it.
package boleto

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

var (
	// ErrForm says that a text is no barcode or typed line of a bank slip.
	ErrForm = errors.New("not a bank slip")
	// ErrUtility says that a text is the code of a utility bill or tax slip (arrecadação): it begins with 8 and follows other rules.
	ErrUtility = errors.New("a utility or tax slip, not a bank slip")
	// ErrDigit says that a check digit does not match.
	ErrDigit = errors.New("check digit of the slip does not match")
	// ErrCharge says that a slip is not the one of a charge: its line and barcode differ, or its amount or due date is another.
	ErrCharge = errors.New("slip of another charge")
)

const (
	barcodeDigits = 44
	lineDigits    = 47
	utilityDigits = 48
	freeDigits    = 25
	// maxTyped leaves room for a separator around every digit group that anybody types.
	maxTyped  = 80
	currency  = "9" // real
	maxAmount = money.Centavos(9_999_999_999)
)

// Slip is what a bank slip's codes say. The zero value is no slip; every other one is well-formed.
type Slip struct{ barcode string }

// New makes the codes of a slip: the bank's three digits, the due date (the zero date for none), the amount up to R$ 99.999.999,99, and the
// bank's own 25 digits (campo livre). It is ErrForm when one does not fit.
func New(bank string, due calendar.Date, amount money.Centavos, free string) (Slip, error) {
	factor, err := Factor(due)
	if err != nil {
		return Slip{}, err
	}
	switch {
	case len(bank) != 3 || !digits(bank) || bank[0] == '8':
		return Slip{}, fmt.Errorf("%w: a bank has three digits", ErrForm)
	case len(free) != freeDigits || !digits(free):
		return Slip{}, fmt.Errorf("%w: the free field has %d digits", ErrForm, freeDigits)
	case amount < 0 || amount > maxAmount:
		return Slip{}, fmt.Errorf("%w: the amount has at most ten digits", ErrForm)
	}
	rest := fmt.Sprintf("%04d%010d%s", factor, int64(amount), free)
	return Slip{bank + currency + string(generalDigit(bank+currency+rest)) + rest}, nil
}

// ParseBarcode reads the 44 digits of a barcode. The errors are ErrForm, ErrUtility and ErrDigit, and never hold the text.
func ParseBarcode(text string) (Slip, error) {
	switch {
	case len(text) != barcodeDigits || !digits(text):
		return Slip{}, fmt.Errorf("%w: a barcode has %d digits", ErrForm, barcodeDigits)
	case text[0] == '8':
		return Slip{}, ErrUtility
	case text[3:4] != currency:
		return Slip{}, fmt.Errorf("%w: its currency is not the real", ErrForm)
	case text[5] == '0' && text[5:9] != "0000":
		// A factor that begins with 0 says that there is no due date. Banks that let a large amount run into the other three digits are not
		// followed there: it would be read as a smaller one.
		return Slip{}, fmt.Errorf("%w: its due date factor is none", ErrForm)
	case generalDigit(text[:4]+text[5:]) != text[4]:
		return Slip{}, fmt.Errorf("%w: the general digit", ErrDigit)
	}
	return Slip{text}, nil
}

// ParseLine reads a typed line: 47 digits, with spaces, dots and hyphens wherever the typist put them. The errors are ErrForm, ErrUtility
// and ErrDigit, and never hold the text.
func ParseLine(text string) (Slip, error) {
	if len(text) > maxTyped {
		return Slip{}, fmt.Errorf("%w: more than %d characters", ErrForm, maxTyped)
	}
	line := strings.NewReplacer(" ", "", ".", "", "-", "").Replace(text)
	switch {
	case line == "" || !digits(line):
		return Slip{}, fmt.Errorf("%w: a typed line holds digits, spaces, dots and hyphens", ErrForm)
	case line[0] == '8' && (len(line) == utilityDigits || len(line) == lineDigits || len(line) == barcodeDigits):
		return Slip{}, ErrUtility
	case len(line) != lineDigits:
		return Slip{}, fmt.Errorf("%w: a typed line has %d digits", ErrForm, lineDigits)
	}
	for i, field := range []string{line[:10], line[10:21], line[21:32]} {
		if last := len(field) - 1; fieldDigit(field[:last]) != field[last] {
			return Slip{}, fmt.Errorf("%w: field %d", ErrDigit, i+1)
		}
	}
	return ParseBarcode(line[:4] + line[32:] + line[4:9] + line[10:20] + line[21:31])
}

// IsZero reports whether s is no slip.
func (s Slip) IsZero() bool { return s == Slip{} }

// Bank is the three digits of the bank that registered the slip.
func (s Slip) Bank() string { return s.part(0, 3) }

// Amount is the slip's face value; 0 for one that leaves it to the payer.
func (s Slip) Amount() money.Centavos { return money.Centavos(number(s.part(9, 19))) }

// Factor is the four digits of the due date as a number: 0 for none, else 1000 to 9999.
func (s Slip) Factor() int { return int(number(s.part(5, 9))) }

// Free is the bank's own 25 digits.
func (s Slip) Free() string { return s.part(19, barcodeDigits) }

// Barcode is the 44 digits that a scanner reads.
func (s Slip) Barcode() string { return s.barcode }

// Line is the 47 digits that a payer types.
func (s Slip) Line() string {
	fields := s.fields()
	return strings.Join(fields[:], "")
}

// String writes the typed line as it is printed: AAAAA.AAAAA BBBBB.BBBBBB CCCCC.CCCCCC D EEEEEEEEEEEEEE.
func (s Slip) String() string {
	if s.IsZero() {
		return ""
	}
	fields := s.fields()
	for i, field := range fields[:3] {
		fields[i] = field[:5] + "." + field[5:]
	}
	return strings.Join(fields[:], " ")
}

// fields are the five fields of the typed line.
func (s Slip) fields() [5]string {
	if s.IsZero() {
		return [5]string{}
	}
	b := s.barcode
	fields := [5]string{b[:4] + b[19:24], b[24:34], b[34:44], b[4:5], b[5:19]}
	for i, field := range fields[:3] {
		fields[i] = field + string(fieldDigit(field))
	}
	return fields
}

func (s Slip) part(from, to int) string {
	if s.IsZero() {
		return ""
	}
	return s.barcode[from:to]
}

// Check holds what a provider issued against the charge that it was asked for: the typed line and the barcode are well-formed and say the
// same, the amount is the charge's, and so is the due date, read as of today. A charge without due date, the zero date, wants a slip
// without one. The errors are those of the parsers and ErrCharge.
func Check(line, barcode string, amount money.Centavos, due, today calendar.Date) error {
	typed, err := ParseLine(line)
	if err != nil {
		return fmt.Errorf("read typed line: %w", err)
	}
	scanned, err := ParseBarcode(barcode)
	if err != nil {
		return fmt.Errorf("read barcode: %w", err)
	}
	said, dated := typed.Due(today)
	switch {
	case typed != scanned:
		return fmt.Errorf("%w: its line and its barcode differ", ErrCharge)
	case typed.Amount() != amount:
		return fmt.Errorf("%w: another amount", ErrCharge)
	case due.IsZero() && typed.Factor() != 0, !due.IsZero() && (!dated || said != due):
		return fmt.Errorf("%w: another due date", ErrCharge)
	}
	return nil
}

func number(digits string) int64 {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0 // of the zero slip, which has no digits
	}
	return n
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
