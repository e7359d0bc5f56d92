// Package qr draws QR codes as small, self-contained SVG images.
package qr

import (
	"errors"
	"fmt"
	"strings"

	qrcode "github.com/skip2/go-qrcode"
)

// MaxText is the longest text in bytes that SVG draws, that of the largest Pix
// code: a symbol of at most 89 modules, which phones still read from a screen.
const MaxText = 512

// ErrText says that a text is empty or longer than MaxText.
var ErrText = errors.New("qr: text is empty or too long")

// SVG returns the QR code of a text at error correction level M (15 %, the level
// usual for Pix on screens) as one SVG element: black on white, one unit per
// module, with the quiet zone of four modules that ISO/IEC 18004 asks for. It has
// no script, no reference and none of the text in readable form, and is the same
// for the same text, byte by byte.
func SVG(text string) (string, error) {
	if text == "" || len(text) > MaxText {
		return "", ErrText
	}
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return "", fmt.Errorf("encode qr code: %w", err)
	}
	modules := code.Bitmap() // with its quiet zone
	size := len(modules)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" shape-rendering="crispEdges">`, size, size)
	b.WriteString(`<title>Código QR para pagamento com Pix</title>`)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/><path stroke="#000" d="`, size, size)
	for y, row := range modules {
		writeRuns(&b, y, row)
	}
	b.WriteString(`"/></svg>`)
	return b.String(), nil
}

// writeRuns strokes each run of dark modules of a row through its middle.
func writeRuns(b *strings.Builder, y int, row []bool) {
	for x := 0; x < len(row); x++ {
		start := x
		for x < len(row) && row[x] {
			x++
		}
		if x > start {
			fmt.Fprintf(b, "M%d %d.5h%d", start, y, x-start)
		}
	}
}
