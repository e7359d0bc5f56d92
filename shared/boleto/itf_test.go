package boleto

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// scan reads a drawn barcode as a scanner does: the widths of bars and of the spaces between them.
func scan(t testing.TB, svg string) string {
	t.Helper()
	var picture struct {
		ViewBox string `xml:"viewBox,attr"`
		Path    struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal([]byte(svg), &picture); err != nil {
		t.Fatal(err)
	}
	var widths []int
	end := 0
	for _, bar := range strings.Split(strings.TrimPrefix(picture.Path.D, "M"), "M") {
		var x, w, h, back int
		if _, err := fmt.Sscanf(bar, "%d 0h%dv%dh-%dz", &x, &w, &h, &back); err != nil || w != back || h != barHeight {
			t.Fatalf("bar %q: %v", bar, err)
		}
		widths = append(widths, x-end, w)
		end = x + w
	}
	if widths[0] != quiet || picture.ViewBox != fmt.Sprintf("0 0 %d %d", end+quiet, barHeight) {
		t.Fatalf("quiet zones: %d and %s", widths[0], picture.ViewBox)
	}
	widths = widths[1:]
	last := len(widths) - 3
	if fmt.Sprint(widths[:4], widths[last:]) != "[1 1 1 1] [3 1 1]" {
		t.Fatalf("start %v, stop %v", widths[:4], widths[last:])
	}
	patterns := map[string]string{
		"11331": "0", "31113": "1", "13113": "2", "33111": "3", "11313": "4",
		"31311": "5", "13311": "6", "11133": "7", "31131": "8", "13131": "9",
	}
	var out strings.Builder
	for at := 4; at < last; at += 10 {
		var bars, spaces string
		for i := at; i < at+10; i += 2 {
			bars += fmt.Sprint(widths[i])
			spaces += fmt.Sprint(widths[i+1])
		}
		out.WriteString(patterns[bars] + patterns[spaces])
	}
	return out.String()
}

func TestBarcodesScan(t *testing.T) {
	for _, c := range load(t).Boleto.Cases {
		s, err := ParseBarcode(c.Barcode)
		if err != nil {
			t.Fatal(err)
		}
		if got := scan(t, s.SVG()); got != c.Barcode {
			t.Errorf("got %s, want %s", got, c.Barcode)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		s, _ := anySlip(r)
		if got := scan(t, s.SVG()); got != s.Barcode() {
			r.Fatalf("got %s, want %s", got, s.Barcode())
		}
	})
}
