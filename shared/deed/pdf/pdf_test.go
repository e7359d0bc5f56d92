package pdf_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/deed"
	"github.com/regua/regua/shared/deed/pdf"
)

var issued = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// view is a deal in three instalments.
func view() deed.View {
	return deed.View{
		Template: "confissao-1", Number: "RG-01", Creditor: "Banco Exemplo S.A.", Name: "João Ávila da Conceição", Principal: "R$ 1.000,00",
		HasDiscount: true, Discount: "R$ 40,00", Balance: "R$ 1.000,00", Total: "R$ 1.031,29", CET: "26,80", Count: 3, ToleranceDays: 10,
		Debts: []deed.Debt{{Contract: "C-1", Description: "Mensalidade", DueDate: "10/01/2026", Total: "R$ 1.040,00"}},
		Rows:  []deed.Row{{Number: 1, DueDate: "10/02/2026", Amount: "R$ 343,76"}, {Number: 2, DueDate: "10/03/2026", Amount: "R$ 343,76"}},
	}
}

func set(t *testing.T, number, text string) []byte {
	t.Helper()
	out, err := pdf.Set(number, text, issued)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheSameContractIsTheSameFile(t *testing.T) {
	text, err := deed.Write(view())
	if err != nil {
		t.Fatal(err)
	}
	first := set(t, "RG-01", text)
	for range 30 { // the library keeps maps
		if !bytes.Equal(first, set(t, "RG-01", text)) {
			t.Fatal("two files of one contract differ")
		}
	}
	if bytes.Equal(first, set(t, "RG-02", text)) || bytes.Equal(first, set(t, "RG-01", text+"\nMais.\n")) {
		t.Error("two contracts are one file")
	}
	for _, said := range []string{"/Lang (pt-BR)", "/ToUnicode", "/FontFile2"} {
		if !bytes.Contains(first, []byte(said)) {
			t.Errorf("the file holds no %s", said)
		}
	}
	if size := len(first); size > 80<<10 {
		t.Errorf("the file has %d bytes; a sealed item of the table holds 400 kB and costs by its size", size)
	}
}

// TestTheFileReadsInOrder reads the file with a program that is not ours.
func TestTheFileReadsInOrder(t *testing.T) {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		if os.Getenv("REGUA_REQUIRE_ORACLES") == "1" {
			t.Fatal("pdftotext is absent; install poppler-utils")
		}
		t.Skip("without pdftotext (poppler-utils): the reading order of the PDF is not checked")
	}
	v := view()
	for n := 3; n <= 72; n++ {
		v.Rows = append(v.Rows, deed.Row{Number: n, DueDate: "10/05/2026", Amount: "R$ 343,77"})
	}
	text, err := deed.Write(v)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "contract.pdf")
	if err := os.WriteFile(file, set(t, v.Number, text), 0o600); err != nil {
		t.Fatal(err)
	}
	raw, err := exec.Command("pdftotext", "-enc", "UTF-8", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	read := words(withoutFeet(string(raw)))
	for _, b := range deed.Blocks(text) {
		said := words(strings.TrimPrefix(b.Text, "- "))
		at := strings.Index(read, said)
		if at < 0 {
			t.Fatalf("the file does not go on with %q but with %.200q", said, read)
		}
		read = read[at+len(said):]
	}
}

// withoutFeet drops the lines at the foot of each page.
func withoutFeet(text string) string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.HasPrefix(line, "SHA-256 do texto:") && !strings.Contains(line, ", página ") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

func words(text string) string { return strings.Join(strings.Fields(text), " ") }
