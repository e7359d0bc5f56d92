package debit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/febraban"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/vault"
)

// Vault seals and opens payers' bank accounts under the key of the creditor's account.
type Vault interface {
	Seal(ctx context.Context, key vault.Key, attribute string, plain []byte) ([]byte, error)
	Open(ctx context.Context, key vault.Key, attribute string, sealed []byte) ([]byte, error)
}

// Store is what the rail keeps and asks.
type Store interface {
	Orders
	Registry
	Days
}

// Rail is account debit as a payment provider: issuing stores an order, which the next file carries to the bank. It is safe for concurrent
// use.
type Rail struct {
	store Store
	vault Vault
	now   func() time.Time

	mu         sync.Mutex
	registered map[Account]bool
}

// NewRail makes a Rail.
func NewRail(store Store, v Vault, now func() time.Time) *Rail {
	return &Rail{store: store, vault: v, now: now, registered: map[Account]bool{}}
}

// payerAccount is what an order keeps sealed.
type payerAccount struct {
	Branch  string `json:"branch"`
	Account string `json:"account"`
}

func accountOf(a provider.Account) Account { return Account{a.Creditor, a.Name} }

func keyOf(a Account, wrapped []byte) vault.Key {
	return vault.Key{Creditor: a.Creditor, Scope: vault.AccountScope(provider.Debit, a.Name), Wrapped: wrapped}
}

func attributeOf(txID string) string { return "debit/" + txID }

// Issue stores the order, or finds the one that was stored before. What the bank's files cannot carry, another bank's account, a mandate
// that the payer withdrew and other content under a TxID that stands are collection.ErrRefused.
func (r *Rail) Issue(ctx context.Context, account provider.Account, c provider.Charge) (collection.PayCode, error) {
	if err := r.check(account, c); err != nil {
		return collection.PayCode{}, fmt.Errorf("%w: issue debit: %w", collection.ErrRefused, err)
	}
	at := accountOf(account)
	if err := r.register(ctx, at); err != nil {
		return collection.PayCode{}, err
	}
	payer := payerAccount{c.Debit.Branch, c.Debit.Account}
	text, err := json.Marshal(payer)
	if err != nil {
		return collection.PayCode{}, fmt.Errorf("encode payer's account: %w", err)
	}
	sealed, err := r.vault.Seal(ctx, keyOf(at, account.WrappedKey), attributeOf(c.TxID), text)
	if err != nil {
		return collection.PayCode{}, fmt.Errorf("seal payer's account: %w", err)
	}
	order := Order{
		Account: at, TxID: c.TxID, Status: StatusNew, Amount: c.Amount, Asked: c.DueDate, Mandate: c.Debit.Mandate, Sealed: sealed,
		WrappedKey: account.WrappedKey,
	}
	err = r.store.AddDebit(ctx, order)
	if errors.Is(err, collection.ErrConflict) {
		err = r.same(ctx, order, payer)
	}
	if err != nil {
		return collection.PayCode{}, fmt.Errorf("issue debit: %w", err)
	}
	return order.state().Code, nil
}

// check refuses what a file could not carry, by writing one.
func (r *Rail) check(account provider.Account, c provider.Charge) error {
	switch {
	case account.Debit == nil || c.Debit == nil || c.Method != collection.MethodDebit:
		return errors.New("it takes an agreement with a bank and an account to debit")
	case c.Debit.Bank != account.Debit.Bank:
		return errors.New("the account to debit is at another bank")
	case c.Amount < 1:
		return errors.New("there is no amount to debit")
	case c.TxID == "":
		return errors.New("it has no name")
	}
	today := offer.Today(r.now())
	line := febraban.Debit{
		Customer: c.Debit.Mandate, Branch: c.Debit.Branch, Account: c.Debit.Account, Due: today, Amount: c.Amount, Reference: c.TxID,
		Movement: febraban.MovementDebit,
	}
	_, err := febraban.File{Header: header(*account.Debit, 1, today), Debits: []febraban.Debit{line}}.Encode()
	return err
}

// register makes the account known to the exchange, once for the life of the process.
func (r *Rail) register(ctx context.Context, at Account) error {
	r.mu.Lock()
	known := r.registered[at]
	r.mu.Unlock()
	if known {
		return nil
	}
	if err := r.store.RegisterDebit(ctx, at); err != nil {
		return fmt.Errorf("register account: %w", err)
	}
	r.mu.Lock()
	r.registered[at] = true
	r.mu.Unlock()
	return nil
}

// same refuses an order that stands with other content.
func (r *Rail) same(ctx context.Context, o Order, payer payerAccount) error {
	stands, err := r.store.LoadDebit(ctx, o.Account, o.TxID)
	if err != nil {
		return fmt.Errorf("load order: %w", err)
	}
	debited, err := open(ctx, r.vault, stands)
	if err != nil {
		return err
	}
	if stands.Amount != o.Amount || stands.Asked != o.Asked || stands.Mandate != o.Mandate || debited != payer {
		return fmt.Errorf("%w: another order stands under its name", collection.ErrRefused)
	}
	return nil
}

func open(ctx context.Context, v Vault, o Order) (payerAccount, error) {
	text, err := v.Open(ctx, keyOf(o.Account, o.WrappedKey), attributeOf(o.TxID), o.Sealed)
	if err != nil {
		return payerAccount{}, fmt.Errorf("open payer's account: %w", err)
	}
	var payer payerAccount
	if err := json.Unmarshal(text, &payer); err != nil {
		return payerAccount{}, errors.New("the payer's account of an order is not one")
	}
	return payer, nil
}

// Fetch answers what became of an order, as far as the bank has told.
func (r *Rail) Fetch(ctx context.Context, account provider.Account, txID string) (provider.State, error) {
	o, err := r.store.LoadDebit(ctx, accountOf(account), txID)
	if err != nil {
		return provider.State{}, fmt.Errorf("fetch debit: %w", err)
	}
	return o.state(), nil
}

// Cancel withdraws an order that no file carries. One that was sent is asked back with the next file, and stays as it is until the bank
// has answered: it may be debited all the same.
func (r *Rail) Cancel(ctx context.Context, account provider.Account, txID string) (provider.State, error) {
	var o Order
	err := collection.Redo(func() (err error) {
		if o, err = r.store.LoadDebit(ctx, accountOf(account), txID); err != nil {
			return err
		}
		switch {
		case o.Status == StatusNew:
			o.Status = StatusCancelled
			return r.store.ChangeDebit(ctx, o, With{Drop: []Mark{MarkNew}})
		case o.Status == StatusSent && !o.CancelAsked:
			o.CancelAsked = true
			return r.store.ChangeDebit(ctx, o, With{Set: MarkCancel})
		}
		return nil
	})
	if err != nil {
		return provider.State{}, fmt.Errorf("cancel debit: %w", err)
	}
	return o.state(), nil
}

// Refund is always collection.ErrRefused: a bank takes no money back by these files. The creditor pays it back by another way.
func (r *Rail) Refund(context.Context, provider.Account, string, provider.RefundOrder) (provider.Refund, error) {
	return provider.Refund{}, fmt.Errorf("%w: account debit has no refunds", collection.ErrRefused)
}

// Statement is what banks reported as debited on a day.
func (r *Rail) Statement(ctx context.Context, account provider.Account, day calendar.Date) (provider.Statement, error) {
	payments, err := r.store.DebitsOn(ctx, accountOf(account), day)
	if err != nil {
		return provider.Statement{}, fmt.Errorf("read debits of a day: %w", err)
	}
	return provider.Statement{Payments: payments}, nil
}

// Verify is always provider.ErrSignature: what a bank reports stands in its files, and nobody may post a notice of this provider.
func (r *Rail) Verify(provider.Account, provider.Delivery, time.Time) error {
	return fmt.Errorf("%w: account debit takes no notices", provider.ErrSignature)
}

// Parse reads the exchange's own form of a bank's results; provider.ErrNotice when it is not one.
func (r *Rail) Parse(body []byte) (provider.Event, error) { return parse(body) }

func header(d provider.DebitAccess, number int, on calendar.Date) febraban.Header {
	return febraban.Header{
		Direction: febraban.Remessa, Agreement: d.Agreement, Company: d.Company, Bank: d.Bank, BankName: d.BankName, Date: on, Number: number,
		Version: febraban.Version,
	}
}
