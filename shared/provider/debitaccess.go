package provider

import (
	"errors"
	"fmt"

	"github.com/regua/regua/shared/form"
)

// Debit is the name of the adapter of account debit by files exchanged with a bank.
const Debit = "debit"

// DebitAccess is what a creditor and its bank agreed on about account debit: what the headers of their files hold. It holds no secret of
// its own, and stands beside the account's data key.
type DebitAccess struct {
	Agreement string // the convênio, 1 to 20 printable ASCII characters
	Company   string // the creditor as the bank knows it, 1 to 20 printable ASCII characters
	Bank      string // three digits
	BankName  string // 1 to 20 printable ASCII characters
	// FirstNumber is that of the first file that Regua sends, 1 to 999999, or 0 for 1: a bank goes on counting where another system ended.
	FirstNumber int
}

// maxFileNumber is the largest number of a file in six digits.
const maxFileNumber = 999_999

var (
	headerText = form.New(`^[!-~]([ -~]{0,18}[!-~])?$`)
	bankNumber = form.New(`^[0-9]{3}$`)
)

// Check reports what is missing or of another form.
func (d DebitAccess) Check() error {
	for _, given := range [][2]string{{"agreement", d.Agreement}, {"company", d.Company}, {"bankName", d.BankName}} {
		if !headerText.MatchString(given[1]) {
			return fmt.Errorf("debit.%s: must have 1 to 20 characters without accents, and no blank at its ends", given[0])
		}
	}
	switch {
	case !bankNumber.MatchString(d.Bank):
		return errors.New("debit.bank: must have three digits")
	case d.FirstNumber < 0 || d.FirstNumber > maxFileNumber:
		return fmt.Errorf("debit.firstNumber: must be 1 to %d", maxFileNumber)
	}
	return nil
}

// First is the number of the first file that Regua sends.
func (d DebitAccess) First() int { return max(1, d.FirstNumber) }
