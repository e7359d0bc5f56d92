// Package pdf sets contracts as documents.
package pdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"github.com/regua/regua/shared/deed"
)

// Measures of the page, in millimetres and points.
const (
	margin     = 20
	footRoom   = 22
	bodySize   = 10
	headSize   = 11
	titleSize  = 14
	footSize   = 7.5
	lineHeight = 5
	face       = "Go"
)

// Set sets a contract's text as a PDF of A4 pages: title and language set, fonts embedded with their Unicode maps, text in reading order.
// The same number, text and time give the same bytes. The foot of each page names the contract and the SHA-256 of the text, so that a
// loose page still says what it belongs to.
func Set(number, text string, issued time.Time) ([]byte, error) {
	sum := sha256.Sum256([]byte(text))
	doc := fpdf.New("P", "mm", "A4", "")
	doc.SetCatalogSort(true) // maps are written in the order of their keys
	doc.SetCreationDate(issued.UTC())
	doc.SetModificationDate(issued.UTC())
	doc.SetProducer("Regua", true)
	doc.SetTitle("Contrato "+number, true)
	doc.SetLang("pt-BR")
	doc.AddUTF8FontFromBytes(face, "", goregular.TTF)
	doc.AddUTF8FontFromBytes(face, "B", gobold.TTF)
	doc.SetMargins(margin, margin, margin)
	doc.SetAutoPageBreak(true, footRoom)
	doc.AliasNbPages("{pages}")
	doc.SetFooterFunc(func() {
		doc.SetY(-footRoom + 6)
		doc.SetFont(face, "", footSize)
		doc.MultiCell(0, 3.5, fmt.Sprintf("Contrato %s, página %d de {pages}\nSHA-256 do texto: %s", number, doc.PageNo(),
			hex.EncodeToString(sum[:])), "", "C", false)
	})
	doc.AddPage()
	for i, b := range deed.Blocks(text) {
		setBlock(doc, b, i == 0)
	}
	var out bytes.Buffer
	if err := doc.Output(&out); err != nil {
		return nil, fmt.Errorf("set contract %s: %w", number, err)
	}
	return out.Bytes(), nil
}

func setBlock(doc *fpdf.Fpdf, b deed.Block, title bool) {
	switch {
	case title:
		doc.SetFont(face, "B", titleSize)
		doc.MultiCell(0, 7, b.Text, "", "C", false)
		doc.Ln(2)
	case b.Kind == deed.Heading:
		doc.Ln(2)
		doc.SetFont(face, "B", headSize)
		doc.MultiCell(0, 6, b.Text, "", "L", false)
	case b.Kind == deed.Item:
		doc.SetFont(face, "", bodySize)
		doc.SetLeftMargin(margin + 4)
		doc.MultiCell(0, lineHeight, "• "+strings.TrimPrefix(b.Text, "- "), "", "L", false)
		doc.SetLeftMargin(margin)
		doc.SetX(margin)
		doc.Ln(1)
	default:
		doc.SetFont(face, "", bodySize)
		doc.MultiCell(0, lineHeight, b.Text, "", "L", false)
		doc.Ln(1)
	}
}
