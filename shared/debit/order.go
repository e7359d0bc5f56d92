// Package debit collects by account debit: it keeps the orders to debit payers' accounts, exchanges them with the creditors' banks in files
// of 150 columns (package febraban), and answers for them as a payment provider does. The table holds every state; files are how it is
// told.
package debit

import (
	"context"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
)

// Account is a creditor's agreement with a bank on account debit.
type Account struct {
	Creditor collection.CreditorID
	Name     string
}

// Status is the state of an order.
type Status string

// The states of an order. Money that a bank reports makes any of them PAID; what the bank says otherwise changes no PAID order.
const (
	StatusNew       Status = "NEW"  // no file carries it
	StatusSent      Status = "SENT" // a file carries it, or is about to
	StatusPaid      Status = "PAID"
	StatusRefused   Status = "REFUSED"   // the bank will not debit
	StatusCancelled Status = "CANCELLED" // withdrawn before it was sent, or by the bank as asked
)

// Order is the order to debit a payer's account once. TxID is the payment intent's.
type Order struct {
	Account Account
	TxID    string
	Status  Status
	Amount  money.Centavos
	// Asked is the day that was asked for, zero for the next possible; Due is the day that the file names, zero before.
	Asked, Due calendar.Date
	Mandate    string // how the payer's bank knows the authorisation
	// Sealed holds the payer's account, under WrappedKey.
	Sealed, WrappedKey []byte
	// File is the number of the file that carries the order, and CancelFile of the one that asks for it back; 0 for none.
	File, CancelFile int
	CancelAsked      bool
	Code             string // what the bank answered last
	Payments         []provider.Payment
	Revision         int64
}

// Mark names work on an order that goes out with the next file.
type Mark string

// The marks.
const (
	MarkNew    Mark = "NEW"
	MarkCancel Mark = "CANCEL"
)

// With is what is written together with an order: a mark that is set, those that are dropped, and money that the bank reported.
type With struct {
	Set  Mark
	Drop []Mark
	Paid *provider.Payment
}

// Orders keeps orders.
type Orders interface {
	// AddDebit stores a new order, marked MarkNew; collection.ErrConflict when its TxID stands already, and collection.ErrRefused when the
	// payer withdrew the mandate at the bank.
	AddDebit(ctx context.Context, o Order) error
	// LoadDebit is collection.ErrNotFound for an order that was never made.
	LoadDebit(ctx context.Context, a Account, txID string) (Order, error)
	// ChangeDebit writes an order over the revision that was loaded; collection.ErrConflict when it was changed in between. Money that
	// stands already stays as it is.
	ChangeDebit(ctx context.Context, o Order, with With) error
}

// Registry knows the accounts that have orders.
type Registry interface {
	RegisterDebit(ctx context.Context, a Account) error
}

// Days tells what banks reported as paid by the day on which it was debited.
type Days interface {
	DebitsOn(ctx context.Context, a Account, day calendar.Date) ([]provider.Payment, error)
}

// hasPayment reports whether an order holds the money of a fact.
func (o Order) hasPayment(fact string) bool {
	for _, p := range o.Payments {
		if p.Fact == fact {
			return true
		}
	}
	return false
}

// state is the order as a provider's charge.
func (o Order) state() provider.State {
	status := provider.ChargeActive
	switch o.Status {
	case StatusPaid:
		status = provider.ChargePaid
	case StatusRefused, StatusCancelled:
		status = provider.ChargeCancelled
	case StatusNew, StatusSent:
	}
	return provider.State{Status: status, Payments: o.Payments, Code: collection.PayCode{Mandate: o.Mandate, Reference: o.TxID}}
}
