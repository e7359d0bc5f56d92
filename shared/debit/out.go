package debit

import (
	"context"
	"errors"
	"fmt"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/febraban"
)

const (
	// leadDays is how many business days a bank wants between a file and the debits that it asks for.
	leadDays = 2
	// maxOut is how many debits, and how many cancellations, one file asks for; what is beyond goes with the next one.
	maxOut = 2000
)

func outKey(a Account, number int) string { return fmt.Sprintf("%s/out/%06d.txt", a.Name, number) }

// sendOut writes the next file, if there is something to ask for. Orders are claimed under the file's number before it is written, and
// what the object then says is what holds: a claim that is not in it is given back. So a crash at any place leaves either no object, and
// claims that the next run writes under the same number, or an object that the next run settles before it writes another.
func (v *visit) sendOut(ctx context.Context) error {
	for {
		number := v.access.First()
		if v.progress.Sent > 0 {
			number = v.progress.Sent + 1
		}
		text, err := v.Files.Get(ctx, outKey(v.at, number))
		written := err == nil
		if errors.Is(err, collection.ErrNotFound) {
			text, err = v.write(ctx, number)
		}
		if err != nil {
			return fmt.Errorf("file %d: %w", number, err)
		}
		if text == nil {
			return nil
		}
		if err := v.settle(ctx, number, text); err != nil {
			return fmt.Errorf("settle file %d: %w", number, err)
		}
		if !written {
			return nil
		}
	}
}

// write claims what goes out and writes it, and returns the file as it stands; nil when nothing goes out.
func (v *visit) write(ctx context.Context, number int) ([]byte, error) {
	debits, err := v.each(ctx, MarkNew, maxOut, func(o Order) (*febraban.Debit, error) { return v.claim(ctx, o, number) })
	if err != nil {
		return nil, err
	}
	cancelled, err := v.each(ctx, MarkCancel, maxOut, func(o Order) (*febraban.Debit, error) { return v.claimCancel(ctx, o, number) })
	if err != nil {
		return nil, err
	}
	if debits = append(debits, cancelled...); len(debits) == 0 {
		return nil, nil
	}
	text, err := febraban.File{Header: header(v.access, number, v.today()), Debits: debits}.Encode()
	if err != nil {
		return nil, err
	}
	err = v.Files.PutNew(ctx, outKey(v.at, number), text)
	if errors.Is(err, collection.ErrConflict) { // another run was faster: its file counts
		return v.Files.Get(ctx, outKey(v.at, number))
	}
	if err != nil {
		return nil, fmt.Errorf("write: %w", err)
	}
	v.Log.InfoContext(ctx, "debit file written", "creditorId", string(v.at.Creditor), "account", v.at.Name, "number", number,
		"debits", len(debits)-len(cancelled), "cancellations", len(cancelled))
	return text, nil
}

// each gathers the lines of all orders with a mark. An order that was changed in between is left to the next file.
func (v *visit) each(
	ctx context.Context, mark Mark, limit int, line func(Order) (*febraban.Debit, error),
) ([]febraban.Debit, error) {
	ids, err := v.Desk.MarkedDebits(ctx, v.at, mark, limit)
	if err != nil {
		return nil, fmt.Errorf("find orders: %w", err)
	}
	var out []febraban.Debit
	for _, id := range ids {
		o, err := v.Orders.LoadDebit(ctx, v.at, id)
		if err != nil {
			return nil, fmt.Errorf("load order %s: %w", id, err)
		}
		d, err := line(o)
		if errors.Is(err, collection.ErrConflict) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("order %s: %w", id, err)
		}
		if d != nil {
			out = append(out, *d)
		}
	}
	return out, nil
}

// claim takes an order into the file of a number, on a day that the bank still takes.
func (v *visit) claim(ctx context.Context, o Order, number int) (*febraban.Debit, error) {
	due := dueDate(o.Asked, v.today())
	again := o.Status == StatusSent && o.File == number
	if o.Status != StatusNew && !again {
		return nil, nil
	}
	if !again || o.Due != due {
		o.Status, o.File, o.Due = StatusSent, number, due
		if err := v.Orders.ChangeDebit(ctx, o, With{}); err != nil {
			return nil, err
		}
	}
	return v.line(ctx, o, febraban.MovementDebit)
}

// claimCancel takes the cancellation of an order that an earlier file carries.
func (v *visit) claimCancel(ctx context.Context, o Order, number int) (*febraban.Debit, error) {
	if o.Status != StatusSent || !o.CancelAsked || o.File >= number {
		return nil, nil
	}
	if o.CancelFile != number {
		o.CancelFile = number
		if err := v.Orders.ChangeDebit(ctx, o, With{}); err != nil {
			return nil, err
		}
	}
	return v.line(ctx, o, febraban.MovementCancel)
}

func (v *visit) line(ctx context.Context, o Order, movement febraban.Movement) (*febraban.Debit, error) {
	payer, err := open(ctx, v.Vault, o)
	if err != nil {
		return nil, err
	}
	return &febraban.Debit{
		Customer: o.Mandate, Branch: payer.Branch, Account: payer.Account, Due: o.Due, Amount: o.Amount, Reference: o.TxID, Movement: movement,
	}, nil
}

// dueDate is the first business day from the one that was asked for that a bank still takes today.
func dueDate(asked, today calendar.Date) calendar.Date {
	earliest := calendar.AddBusinessDays(today, leadDays)
	if asked.IsZero() || asked.Before(earliest) {
		return earliest
	}
	if !calendar.IsBusinessDay(asked) {
		return calendar.NextBusinessDay(asked)
	}
	return asked
}

// settle makes the orders say what the file of a number says, and the progress that it was sent.
func (v *visit) settle(ctx context.Context, number int, text []byte) error {
	f, err := febraban.Parse(text)
	if err != nil {
		return err
	}
	if f.Direction != febraban.Remessa || f.Number != number || f.Agreement != v.access.Agreement {
		return fmt.Errorf("%w: the object is another file than its name says", collection.ErrInvalid)
	}
	asked := map[febraban.Movement]map[string]bool{febraban.MovementDebit: {}, febraban.MovementCancel: {}}
	for _, d := range f.Debits {
		if of, ok := asked[d.Movement]; ok {
			of[d.Reference] = true
		}
	}
	if err := v.settleMarks(ctx, number, asked); err != nil {
		return err
	}
	if err := v.Archive.FileSent(ctx, v.at, v.progress, number); err != nil {
		return fmt.Errorf("record file: %w", err)
	}
	v.progress.Sent = number
	v.progress.Revision++
	return nil
}

// settleMarks drops the marks of what the file asks for, and gives back the claims of what it does not.
func (v *visit) settleMarks(ctx context.Context, number int, asked map[febraban.Movement]map[string]bool) error {
	change := func(o Order, with With) error {
		err := v.Orders.ChangeDebit(ctx, o, with)
		if errors.Is(err, collection.ErrConflict) { // all must be settled before the next file: the next run does it again
			err = fmt.Errorf("%w: the order was changed just now", collection.ErrUnavailable)
		}
		return err
	}
	_, err := v.each(ctx, MarkNew, 0, func(o Order) (*febraban.Debit, error) {
		switch {
		case o.Status != StatusSent || o.File != number:
			return nil, nil
		case asked[febraban.MovementDebit][o.TxID]:
			return nil, change(o, With{Drop: []Mark{MarkNew}})
		case o.CancelAsked: // it went nowhere, and nobody wants it any more
			o.Status, o.File, o.Due = StatusCancelled, 0, calendar.Date{}
			return nil, change(o, With{Drop: []Mark{MarkNew, MarkCancel}})
		}
		o.Status, o.File, o.Due = StatusNew, 0, calendar.Date{}
		return nil, change(o, With{})
	})
	if err != nil {
		return err
	}
	_, err = v.each(ctx, MarkCancel, 0, func(o Order) (*febraban.Debit, error) {
		switch {
		case o.CancelFile != number:
			return nil, nil
		case asked[febraban.MovementCancel][o.TxID]:
			return nil, change(o, With{Drop: []Mark{MarkCancel}})
		}
		o.CancelFile = 0
		return nil, change(o, With{})
	})
	return err
}
