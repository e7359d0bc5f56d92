// Package febraban knows the bank files of account debit: the layout of 150 columns that FEBRABAN publishes for automatic debit (version 4;
// later versions keep its positions and fill what it reserves).
package febraban

import (
	"errors"
	"fmt"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// ErrFile says that a file breaks the layout. The text names the line and the rule.
var ErrFile = errors.New("not a file of 150 columns")

// Direction is who sends a file.
type Direction int

// The directions: Remessa goes to the bank, Retorno comes from it.
const (
	Remessa Direction = 1
	Retorno Direction = 2
)

// Service is what the header names.
const Service = "DEBITO AUTOMATICO"

// Version is the version of the layout that is written.
const Version = 4

// File is one file: its header, and its details in order. The trailer is worked out.
type File struct {
	Header
	Debits  []Debit  // of a remessa
	Results []Result // of a retorno
	OptIns  []OptIn  // of a retorno: customers who authorised or withdrew at their bank
	// Others are the details of other kinds, as they stand; they count, and carry no money.
	Others []string
}

// Header names the parties and the file. Number rises by one with each file of a direction; a bank refuses any other.
type Header struct {
	Direction Direction
	Agreement string // the convênio, 1 to 20 characters
	Company   string // at most 20
	Bank      string // three digits
	BankName  string // at most 20
	Date      calendar.Date
	Number    int // 1 to 999999
	Version   int
}

// Movement is what a debit asks for.
type Movement byte

// The movements of a debit.
const (
	MovementDebit  Movement = '0'
	MovementCancel Movement = '1'
)

// Debit (E) asks for an amount from a customer's account on a day.
type Debit struct {
	Customer  string // how the company and the bank know the mandate, 1 to 25 characters
	Branch    string // four digits
	Account   string // up to 14 characters
	Due       calendar.Date
	Amount    money.Centavos
	Reference string // the company's own, at most 60 characters; it comes back in the result
	Movement  Movement
}

// Result (F) says what became of a debit: money when Code says paid, on Date.
type Result struct {
	Debit // Due is the day of the debit, Amount what was debited
	Code  string
}

// OptIn (B) is a customer's authorisation at the bank, or its end.
type OptIn struct {
	Customer string
	Branch   string
	Account  string
	Date     calendar.Date
	Included bool
}

// Outcome is what a return code means for a debit.
type Outcome string

// The outcomes of a debit.
const (
	OutcomePaid      Outcome = "paid"
	OutcomeRetry     Outcome = "retry"     // another day may do
	OutcomeMandate   Outcome = "mandate"   // no further debit will pass
	OutcomeFault     Outcome = "fault"     // the file was wrong: a fault of ours
	OutcomeCancelled Outcome = "cancelled" // the debit was withdrawn as asked
	OutcomeUnknown   Outcome = "unknown"   // no code of the layout: a person has to look
)

// outcomes are the return codes of the layout; 97 and 98 answer a cancellation that came to nothing, 96 reports upkeep of the register.
var outcomes = map[string]Outcome{
	"00": OutcomePaid, "31": OutcomePaid, // 31: debited on another day, as a holiday
	"01": OutcomeRetry, "04": OutcomeRetry, "05": OutcomeRetry,
	"02": OutcomeMandate, "10": OutcomeMandate, "14": OutcomeMandate, "15": OutcomeMandate, "19": OutcomeMandate, "20": OutcomeMandate,
	"30": OutcomeMandate,
	"12": OutcomeFault, "13": OutcomeFault, "18": OutcomeFault,
	"99": OutcomeCancelled,
}

// Outcome is what the result's code means.
func (r Result) Outcome() Outcome {
	if o, ok := outcomes[r.Code]; ok {
		return o
	}
	return OutcomeUnknown
}

func broken(line int, format string, args ...any) error {
	return fmt.Errorf("%w: line %d: %s", ErrFile, line, fmt.Sprintf(format, args...))
}
