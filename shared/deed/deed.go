// Package deed knows the written contract: its templates, the text that is signed, the PDF that is set from it, and the evidence of a
// signature, which anybody can verify with nothing but the public key.
package deed

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/regua/regua/shared/stencil"
)

//go:embed templates/*.txt
var templates embed.FS

// load reads the templates by name. A template is never changed once a contract was issued with it: a new text is a new version.
var load = sync.OnceValue(func() *stencil.Set {
	sources := map[string]string{}
	for _, name := range Versions() {
		text, err := templates.ReadFile("templates/" + name + ".txt")
		if err != nil {
			panic(err) // not reached: Versions lists what is embedded
		}
		sources[name] = string(text)
	}
	return stencil.Must(stencil.Text(sources))
})

// Versions lists the templates: the kind of contract, a hyphen and the version, as "confissao-2026-11".
func Versions() []string {
	files, err := fs.Glob(templates, "templates/*.txt")
	if err != nil {
		panic(err) // not reached: the pattern is constant
	}
	out := make([]string, len(files))
	for i, file := range files {
		out[i] = strings.TrimSuffix(path.Base(file), ".txt")
	}
	return out
}

// View is what a contract may say; all amounts, dates and rates are written as people read them, and what does not apply is empty.
type View struct {
	Template, Number, Place, Date, Deadline                                         string
	Creditor, CreditorDocument, CreditorAddress, CreditorPhone, CreditorEmail       string
	Name, Document, Address                                                         string
	Debts                                                                           []Debt
	Principal, Fine, Interest, Correction, Confessed                                string
	Discount, DiscountPrincipal, DiscountFine, DiscountInterest, DiscountCorrection string
	Balance, Financing, IOF, Total                                                  string
	HasDiscount, HasFinancing, Cash                                                 bool
	Table, MonthlyRate, FineRate, ArrearsRate, Index, CET, Methods                  string
	Rows                                                                            []Row
	Count                                                                           int
	// Acceleration is how many missed instalments break the deal; AccelerationMany says that it is more than one.
	Acceleration, ToleranceDays, WithdrawalDays int
	AccelerationMany, DiscountsLost             bool
	BreachFee, Forum                            string
}

// Debt is one of the debts that a contract is about.
type Debt struct{ Contract, Description, DueDate, Principal, Fine, Interest, Correction, Total string }

// Row is one payment of the schedule.
type Row struct {
	Number          int
	DueDate, Amount string
}

// Write fills the template that the view names; its text is what is signed. An unknown template is an error.
func Write(v View) (string, error) {
	if !slices.Contains(Versions(), v.Template) {
		return "", fmt.Errorf("no contract template %q", v.Template)
	}
	text, err := load().Write(v.Template, v)
	if err != nil {
		return "", fmt.Errorf("write contract: %w", err)
	}
	return text, nil
}
