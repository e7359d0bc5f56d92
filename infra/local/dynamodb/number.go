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

// A number ±d.ddd × 10^exponent is kept in its ordered form: bytes that sort as the numbers do, of which none is a prefix of another's and
// which are the same however the number was written. They are a sign, the exponent, the digits without zeros at either end, and 00; all
// but the sign are inverted in negative numbers. Zero is a sign alone.
const (
	signNegative = 0x7f
	signZero     = 0x80
	signPositive = 0x81
)

const notNumeric = "The parameter cannot be converted to a numeric value: %s"

// parseNumber gives the ordered form of a number.
func parseNumber(text string) (string, error) {
	if text == "" {
		return "", invalid("The parameter cannot be converted to a numeric value")
	}
	mantissa, power := text, 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa = text[:i]
		var err error
		if power, err = strconv.Atoi(text[i+1:]); err != nil || power > 1e6 || power < -1e6 {
			return "", invalid(notNumeric, text)
		}
	}
	sign := byte(signPositive)
	mantissa, negative := strings.CutPrefix(mantissa, "-")
	if negative {
		sign = signNegative
	} else {
		mantissa = strings.TrimPrefix(mantissa, "+")
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return "", invalid(notNumeric, text)
	}
	significant := strings.TrimLeft(digits, "0")
	exponent := len(whole) - 1 + power - (len(digits) - len(significant))
	significant = strings.TrimRight(significant, "0")
	switch {
	case significant == "":
		return string([]byte{signZero}), nil
	case exponent > maxExponent:
		return "", invalid("Number overflow. Attempting to store a number with magnitude larger than supported range")
	case exponent < minExponent:
		return "", invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range")
	case len(significant) > maxDigits:
		return "", invalid("Attempting to store more than 38 significant digits in a Number")
	}
	b := append(append(make([]byte, 0, maxDigits+3), sign, byte(exponent-minExponent)), significant...)
	return string(invert(append(b, 0))), nil
}

// invert turns the bytes of a negative number, but for its sign, into their inverse or back.
func invert(b []byte) []byte {
	if b[0] == signNegative {
		for i := range b[1:] {
			b[i+1] ^= 0xff
		}
	}
	return b
}

// appendNumber writes an ordered form as plain decimal: no exponent, no zero that says nothing.
func appendNumber(b []byte, ordered string) []byte {
	if ordered[0] == signZero {
		return append(b, '0')
	}
	var buf [maxDigits + 3]byte
	plain := invert(append(buf[:0], ordered...))
	if plain[0] == signNegative {
		b = append(b, '-')
	}
	digits := plain[2 : len(plain)-1]
	point := int(plain[1]) + minExponent + 1
	if point <= 0 {
		return append(append(append(b, "0."...), zeros[:-point]...), digits...)
	}
	if point >= len(digits) {
		return append(append(b, digits...), zeros[:point-len(digits)]...)
	}
	return append(append(append(b, digits[:point]...), '.'), digits[point:]...)
}

var zeros = strings.Repeat("0", -minExponent)

// numberSize is one byte, one per pair of digits (pairs counted from the decimal point), and one for a minus sign.
func numberSize(ordered string) int {
	if ordered[0] == signZero {
		return 1
	}
	digits, exponent := len(ordered)-3, ordered[1] // from minExponent, which is even
	size := 1 + (digits+1)/2
	if ordered[0] == signNegative {
		exponent ^= 0xff
		size++
	}
	if digits%2 == 0 && exponent%2 == 0 {
		size++
	}
	return size
}

// add gives a+b, or a-b when subtract is set, exactly or not at all.
func add(a, b string, subtract bool) (string, error) {
	x, okA := new(big.Rat).SetString(string(appendNumber(nil, a)))
	y, okB := new(big.Rat).SetString(string(appendNumber(nil, b)))
	if !okA || !okB {
		panic(fmt.Sprintf("dynamodb: stored number %q or %q is none", a, b))
	}
	if subtract {
		y.Neg(y)
	}
	places, _ := x.Add(x, y).FloatPrec()
	return parseNumber(x.FloatString(places))
}

// integer gives the ordered form of an integer, all of which are in the range.
func integer(n int64) string {
	ordered, _ := parseNumber(strconv.FormatInt(n, 10))
	return ordered
}
