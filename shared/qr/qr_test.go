package qr

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	qrcode "github.com/skip2/go-qrcode"
)

const pix = "00020101021226850014br.gov.bcb.pix2563pix.example.com/qr/v2/cobv/7d9f0335-8dcc-4054-9bf9-0dbd61d36906" +
	"5204000053039865802BR5918CREDORA EXEMPLO SA6009SAO PAULO62070503***63047031"

var run = regexp.MustCompile(`M(\d+) (\d+)\.5h(\d+)`)

// modules reads the dark modules back from the path of an image.
func modules(t *testing.T, svg string) [][]bool {
	t.Helper()
	_, rest, _ := strings.Cut(svg, `viewBox="0 0 `)
	size, err := strconv.Atoi(rest[:strings.IndexByte(rest, ' ')])
	if err != nil {
		t.Fatal(err)
	}
	_, path, _ := strings.Cut(svg, ` d="`)
	path = path[:strings.IndexByte(path, '"')]
	matrix := make([][]bool, size)
	for y := range matrix {
		matrix[y] = make([]bool, size)
	}
	read := 0
	for _, m := range run.FindAllStringSubmatch(path, -1) {
		read += len(m[0])
		var n [3]int
		for i := range n {
			if n[i], err = strconv.Atoi(m[i+1]); err != nil {
				t.Fatal(err)
			}
		}
		for x := n[0]; x < n[0]+n[2]; x++ {
			if matrix[n[1]][x] {
				t.Fatalf("module %d,%d is drawn twice", x, n[1])
			}
			matrix[n[1]][x] = true
		}
	}
	if read != len(path) {
		t.Fatalf("path holds more than runs: %.80s", path)
	}
	return matrix
}

func TestSVGDrawsTheModulesOfTheSymbol(t *testing.T) {
	for _, text := range []string{"1", pix, strings.Repeat("Aé1", 80), strings.Repeat("x", MaxText)} {
		svg, err := SVG(text)
		if err != nil {
			t.Fatal(err)
		}
		code, err := qrcode.New(text, qrcode.Medium)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := fmt.Sprint(modules(t, svg)), fmt.Sprint(code.Bitmap()); got != want {
			t.Errorf("%.20q… is drawn otherwise", text)
		}
	}
}

func TestSVGHasAQuietZone(t *testing.T) {
	svg, err := SVG(pix)
	if err != nil {
		t.Fatal(err)
	}
	matrix := modules(t, svg)
	size := len(matrix)
	for y, row := range matrix {
		for x, dark := range row {
			if dark && (x < 4 || y < 4 || x >= size-4 || y >= size-4) {
				t.Fatalf("module %d,%d lies in the quiet zone", x, y)
			}
		}
	}
	for _, corner := range [][2]int{{4, 4}, {size - 5, 4}, {4, size - 5}} {
		if !matrix[corner[1]][corner[0]] {
			t.Errorf("no finder pattern at %v", corner)
		}
	}
}

func TestSVGIsSmallPlainAndStable(t *testing.T) {
	text := pix + strings.Repeat("0", 250-len(pix))
	svg, err := SVG(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(svg) >= 20_000 {
		t.Errorf("%d bytes", len(svg))
	}
	if again, err := SVG(text); err != nil || again != svg {
		t.Error("two drawings of one text differ")
	}
	if strings.Contains(svg, "pix.example.com") || strings.Count(svg, "<path") != 1 || !strings.Contains(svg, `shape-rendering="crispEdges"`) {
		t.Errorf("%.300s", svg)
	}
	allowed := map[string]bool{"svg": true, "title": true, "rect": true, "path": true}
	for decoder := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok && !allowed[start.Name.Local] {
			t.Errorf("element %s", start.Name.Local)
		}
	}
}

func TestSVGRefuses(t *testing.T) {
	for _, text := range []string{"", strings.Repeat("x", MaxText+1)} {
		if svg, err := SVG(text); !errors.Is(err, ErrText) || svg != "" {
			t.Errorf("%d bytes: %v", len(text), err)
		}
	}
}

func BenchmarkSVG(b *testing.B) {
	for b.Loop() {
		if _, err := SVG(pix); err != nil {
			b.Fatal(err)
		}
	}
}
