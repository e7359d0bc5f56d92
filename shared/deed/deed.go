// Package deed knows the written contract: its templates, the text that is signed, and the evidence of a signature, which anybody can
// verify with nothing but the document and the public key.
package deed

import (
	"embed"
	"fmt"
	"strings"
	"sync"

	"github.com/regua/regua/shared/stencil"
)

//go:embed templates/*.txt
var templates embed.FS

// folder is where the templates stand. A template is never changed once a contract was issued with it: a new text is a new version.
const folder = "templates"

// load reads the templates by name.
var load = sync.OnceValues(func() (*stencil.Set, error) {
	files, err := templates.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("list contract templates: %w", err)
	}
	sources := map[string]string{}
	for _, file := range files {
		text, err := templates.ReadFile(folder + "/" + file.Name())
		if err != nil {
			return nil, fmt.Errorf("read contract template: %w", err)
		}
		sources[strings.TrimSuffix(file.Name(), ".txt")] = string(text)
	}
	return stencil.Text(sources)
})

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

// HasTemplate reports whether there is a template of that name.
func HasTemplate(name string) bool {
	_, err := templates.Open(folder + "/" + name + ".txt")
	return err == nil
}

// Write fills the template that the view names, its kind and version, as "confissao-1"; the text is what is signed. An unknown
// template is an error.
func Write(v View) (string, error) {
	set, err := load()
	if err != nil {
		return "", err
	}
	text, err := set.Write(v.Template, v)
	if err != nil {
		return "", fmt.Errorf("write contract: %w", err)
	}
	return text, nil
}
