package debit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/febraban"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/provider"
)

// Metrics that the exchange counts.
const (
	// MetricParked counts files of a bank that were not taken in, each time that one is met: somebody must look.
	MetricParked = "parkedFiles"
	// MetricFaults counts results that say that a file of ours was wrong, or whose code nobody knows.
	MetricFaults = "debitFaults"
)

// Object is one object of the exchange as it is listed: Tag tells its contents apart.
type Object struct{ Key, Tag string }

// Files is the storage through which files are exchanged.
type Files interface {
	List(ctx context.Context, prefix string) ([]Object, error)
	// Get is collection.ErrNotFound when there is no such object.
	Get(ctx context.Context, key string) ([]byte, error)
	// PutNew is collection.ErrConflict when there is such an object.
	PutNew(ctx context.Context, key string, text []byte) error
}

// Notices hands a provider's notice that needs no proof to the intake of notices. The same notice may be handed over again.
type Notices interface {
	Keep(ctx context.Context, providerName, account string, body []byte) error
}

// Accounts finds creditors' accounts at providers.
type Accounts interface {
	Account(ctx context.Context, provider, account string) (provider.Account, error)
}

// Progress is how far the exchange of an account has come: the numbers of the last files of each direction, 0 before the first.
type Progress struct {
	Sent, Received int
	Revision       int64
}

// Taken is a bank's file that was taken in.
type Taken struct {
	Object string // as seenName makes it
	Number int
	Sum    string // hex SHA-256 of its bytes
	At     time.Time
}

// Desk is what the exchange keeps of accounts and files.
type Desk interface {
	DebitAccounts(ctx context.Context) ([]Account, error)
	// MarkedDebits are the TxIDs of orders with a mark, oldest first, as many as limit; 0 is all.
	MarkedDebits(ctx context.Context, a Account, mark Mark, limit int) ([]string, error)
	// KeepDebit keeps money of no order, and KeepOptIn what a payer told the bank of a mandate.
	KeepDebit(ctx context.Context, a Account, p provider.Payment) error
	KeepOptIn(ctx context.Context, a Account, o febraban.OptIn) error
}

// Archive is what the exchange keeps of files.
type Archive interface {
	Progress(ctx context.Context, a Account) (Progress, error)
	// FileSent and FileTaken move an account's progress on; collection.ErrConflict when it was moved in between.
	FileSent(ctx context.Context, a Account, over Progress, number int) error
	FileTaken(ctx context.Context, a Account, over Progress, t Taken) error
	// FileSum is the sum of the file of a number; collection.ErrNotFound when none was taken in.
	FileSum(ctx context.Context, a Account, number int) (string, error)
	// SeenFiles are the objects that were taken in or parked, and ParkFile adds one.
	SeenFiles(ctx context.Context, a Account) (map[string]bool, error)
	ParkFile(ctx context.Context, a Account, object, reason string, at time.Time) error
}

// Exchange moves files between orders and banks. One runs at a time; two would only undo each other's claims, and lose nothing.
type Exchange struct {
	Orders   Orders
	Desk     Desk
	Archive  Archive
	Files    Files
	Notices  Notices
	Accounts Accounts
	Vault    Vault
	// Count adds one to a metric.
	Count func(ctx context.Context, metric string)
	Log   *slog.Logger
}

// Run takes in what banks have put down, and then writes what goes out, for each account that has orders. What fails at one account does
// not stop the others.
func (e *Exchange) Run(ctx context.Context, now time.Time) error {
	accounts, err := e.Desk.DebitAccounts(ctx)
	if err != nil {
		return fmt.Errorf("list debit accounts: %w", err)
	}
	var failures []error
	for _, a := range accounts {
		if err := e.exchange(ctx, a, now); err != nil {
			failures = append(failures, fmt.Errorf("account %s of %s: %w", a.Name, a.Creditor, err))
		}
	}
	return errors.Join(failures...)
}

// visit is the exchange with one account's bank.
type visit struct {
	*Exchange
	at       Account
	access   provider.DebitAccess
	now      time.Time
	progress Progress
}

func (e *Exchange) exchange(ctx context.Context, a Account, now time.Time) error {
	account, err := e.Accounts.Account(ctx, provider.Debit, a.Name)
	if err != nil {
		return fmt.Errorf("find account: %w", err)
	}
	if account.Debit == nil || account.Creditor != a.Creditor {
		return fmt.Errorf("%w: the account's secret is of another creditor or kind", collection.ErrInvalid)
	}
	v := &visit{Exchange: e, at: a, access: *account.Debit, now: now}
	if v.progress, err = e.Archive.Progress(ctx, a); err != nil {
		return fmt.Errorf("read progress: %w", err)
	}
	// What the bank said of debits comes first: what it refused or cancelled needs no asking back.
	if err := v.takeIn(ctx); err != nil {
		return errors.Join(err, v.sendOut(ctx))
	}
	return v.sendOut(ctx)
}

func (v *visit) today() calendar.Date { return offer.Today(v.now) }

func (v *visit) warn(ctx context.Context, metric, message string, about ...any) {
	v.Count(ctx, metric)
	v.Log.ErrorContext(ctx, message, append([]any{"creditorId", string(v.at.Creditor), "account", v.at.Name}, about...)...)
}
