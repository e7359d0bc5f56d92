package boleto

import (
	"strconv"
	"strings"
)

const (
	// A wide bar is three narrow ones, and the quiet zone on either side ten.
	wide      = 3
	quiet     = 10
	barHeight = 50
)

// ratios are the five elements of each digit in Interleaved 2 of 5: w for wide.
const ratios = "nnwwn" + "wnnnw" + "nwnnw" + "wwnnn" + "nnwnw" + "wnwnn" + "nwwnn" + "nnnww" + "wnnwn" + "nwnwn"

// SVG draws the slip's barcode, Interleaved 2 of 5 as the clearing house prescribes for the slips of all banks, as one picture of the
// narrow bar's width per unit. Printed, it is to be 103 mm wide and 13 mm high. It is empty for the zero slip.
func (s Slip) SVG() string {
	if s.IsZero() {
		return ""
	}
	var path strings.Builder
	x := quiet
	for i, width := range elements(s.barcode) {
		if i%2 == 0 {
			w := strconv.Itoa(width)
			path.WriteString("M" + strconv.Itoa(x) + " 0h" + w + "v" + strconv.Itoa(barHeight) + "h-" + w + "z")
		}
		x += width
	}
	size := strconv.Itoa(x+quiet) + " " + strconv.Itoa(barHeight)
	return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="Código de barras" viewBox="0 0 ` + size +
		`" preserveAspectRatio="none" shape-rendering="crispEdges"><path fill="#000" d="` + path.String() + `"/></svg>`
}

// elements are the widths of bars and spaces in turn, for an even number of digits: of each pair the first digit gives the bars and the
// second the spaces between them.
func elements(digits string) []int {
	out := []int{1, 1, 1, 1}
	for i := 0; i < len(digits); i += 2 {
		bars, spaces := pattern(digits[i]), pattern(digits[i+1])
		for j := range bars {
			out = append(out, element(bars[j]), element(spaces[j]))
		}
	}
	return append(out, wide, 1, 1)
}

func pattern(digit byte) string {
	at := int(digit-'0') * 5
	return ratios[at : at+5]
}

func element(ratio byte) int {
	if ratio == 'w' {
		return wide
	}
	return 1
}
