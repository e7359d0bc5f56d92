package dynamodb

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// The range of a DynamoDB number: 38 significant digits, and 1E-130 to 9.99…E+125 in magnitude.
const (
	maxDigits   = 38
	minExponent = -130
	maxExponent = 125
)

// number is ±d.ddd × 10^exponent: digits have no leading and no trailing zero, and zero has none at all.
type number struct {
	negative bool
	digits   string
	exponent int
}

const notNumeric = "The parameter cannot be converted to a numeric value: %s"

func parseNumber(text string) (number, error) {
	if text == "" {
		return number{}, invalid("The parameter cannot be converted to a numeric value")
	}
	mantissa, power := text, 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa = text[:i]
		var err error
		if power, err = strconv.Atoi(text[i+1:]); err != nil || power > 1e6 || power < -1e6 {
			return number{}, invalid(notNumeric, text)
		}
	}
	var n number
	if sign := mantissa; sign != "" && (sign[0] == '-' || sign[0] == '+') {
		n.negative, mantissa = sign[0] == '-', mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return number{}, invalid(notNumeric, text)
	}
	n.digits = strings.TrimLeft(digits, "0")
	n.exponent = len(whole) - 1 + power - (len(digits) - len(n.digits))
	n.digits = strings.TrimRight(n.digits, "0")
	switch {
	case n.digits == "":
		return number{}, nil
	case n.exponent > maxExponent:
		return number{}, invalid("Number overflow. Attempting to store a number with magnitude larger than supported range")
	case n.exponent < minExponent:
		return number{}, invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range")
	case len(n.digits) > maxDigits:
		return number{}, invalid("Attempting to store more than 38 significant digits in a Number")
	}
	return n, nil
}

// String is the canonical text: plain decimal, no exponent, no zero that says nothing.
func (n number) String() string {
	if n.digits == "" {
		return "0"
	}
	sign := ""
	if n.negative {
		sign = "-"
	}
	switch point := n.exponent + 1; {
	case point <= 0:
		return sign + "0." + strings.Repeat("0", -point) + n.digits
	case point >= len(n.digits):
		return sign + n.digits + strings.Repeat("0", point-len(n.digits))
	default:
		return sign + n.digits[:point] + "." + n.digits[point:]
	}
}

// appendKey writes bytes that sort as the numbers do and of which none is a prefix of another's.
func (n number) appendKey(b []byte) []byte {
	if n.digits == "" {
		return append(b, 0x80)
	}
	flip, sign := byte(0), byte(0x81)
	if n.negative {
		flip, sign = 0xff, 0x7f
	}
	b = append(b, sign, byte(n.exponent-minExponent)^flip)
	for i := range len(n.digits) {
		b = append(b, n.digits[i]^flip)
	}
	return append(b, flip)
}

// canonical reads a number back from its canonical text.
func canonical(text string) number {
	n, err := parseNumber(text)
	if err != nil {
		panic("dynamodb: stored number is not canonical: " + text)
	}
	return n
}

// numberSize is one byte, one per pair of digits (pairs counted from the decimal point), and one for a minus sign.
func numberSize(text string) int {
	n := canonical(text)
	size := 1 + (len(n.digits)+1)/2
	if len(n.digits) > 0 && len(n.digits)%2 == 0 && n.exponent%2 == 0 {
		size++
	}
	if n.negative {
		size++
	}
	return size
}

// add gives a+b, or a-b when subtract is set; both are canonical text, and so is the result, which is exact or an error.
func add(a, b string, subtract bool) (string, error) {
	x, okA := new(big.Rat).SetString(a)
	y, okB := new(big.Rat).SetString(b)
	if !okA || !okB {
		return "", fmt.Errorf("add stored numbers %q and %q", a, b)
	}
	if subtract {
		y.Neg(y)
	}
	n, err := parseNumber(x.Add(x, y).FloatString(maxDigits - minExponent))
	return n.String(), err
}
