package debit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/febraban"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
)

func inPrefix(a Account) string { return a.Name + "/in/" }

// seenName names an object with its content: a bank that writes the same name anew has put down another file.
func seenName(o Object) string { return sumOf([]byte(o.Key + "\n" + o.Tag)) }

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// arrived is a bank's file that was not seen before.
type arrived struct {
	Object
	number int
	sum    string
}

// takeIn takes in the bank's files in the order of their numbers. One that cannot be read, or that repeats a number with other content, is
// parked; behind a gap everything waits.
func (v *visit) takeIn(ctx context.Context) error {
	files, err := v.arrivals(ctx)
	if err != nil {
		return err
	}
	for _, f := range files {
		switch {
		case v.progress.Received == 0 || f.number == v.progress.Received+1:
			err = v.take(ctx, f)
		case f.number <= v.progress.Received:
			err = v.repeated(ctx, f)
		default:
			v.warn(ctx, MetricParked, "a bank's file waits: one before it is missing", "object", f.Key, "number", f.number,
				"missing", v.progress.Received+1)
			return nil
		}
		if err != nil {
			return fmt.Errorf("take in %s: %w", f.Key, err)
		}
	}
	return nil
}

// arrivals are the files that can be read, by their numbers.
func (v *visit) arrivals(ctx context.Context) ([]arrived, error) {
	objects, err := v.Files.List(ctx, inPrefix(v.at))
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	if len(objects) == 0 {
		return nil, nil
	}
	seen, err := v.Archive.SeenFiles(ctx, v.at)
	if err != nil {
		return nil, fmt.Errorf("read seen files: %w", err)
	}
	var out []arrived
	for _, o := range objects {
		if strings.HasSuffix(o.Key, "/") || seen[seenName(o)] { // the first is how consoles draw a folder
			continue
		}
		f, sum, err := v.read(ctx, o)
		if errors.Is(err, febraban.ErrFile) {
			err = v.park(ctx, o, err.Error())
		} else if err == nil {
			out = append(out, arrived{o, f.Number, sum})
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", o.Key, err)
		}
	}
	slices.SortStableFunc(out, func(a, b arrived) int { return a.number - b.number })
	return out, nil
}

// read reads a file whole; febraban.ErrFile when it is none of this account's bank that can be taken in.
func (v *visit) read(ctx context.Context, o Object) (febraban.File, string, error) {
	text, err := v.Files.Get(ctx, o.Key)
	if err != nil {
		return febraban.File{}, "", err
	}
	f, err := febraban.Parse(text)
	if err != nil {
		return febraban.File{}, "", err
	}
	switch {
	case f.Direction != febraban.Retorno:
		return f, "", fmt.Errorf("%w: it goes to the bank", febraban.ErrFile)
	case f.Agreement != v.access.Agreement || f.Bank != v.access.Bank:
		return f, "", fmt.Errorf("%w: it is of another agreement", febraban.ErrFile)
	case slices.ContainsFunc(f.Results, func(r febraban.Result) bool { return r.Amount > money.MaxParsed }):
		return f, "", fmt.Errorf("%w: an amount is beyond all that is collected", febraban.ErrFile)
	}
	return f, sumOf(text), nil
}

func (v *visit) park(ctx context.Context, o Object, reason string) error {
	v.warn(ctx, MetricParked, "a bank's file was parked", "object", o.Key, "reason", reason)
	return v.Archive.ParkFile(ctx, v.at, seenName(o), reason, v.now)
}

// repeated looks at a file whose number was taken in before.
func (v *visit) repeated(ctx context.Context, f arrived) error {
	sum, err := v.Archive.FileSum(ctx, v.at, f.number)
	if err == nil && sum == f.sum {
		return v.Archive.ParkFile(ctx, v.at, seenName(f.Object), "the same file once more", v.now)
	}
	if err != nil && !errors.Is(err, collection.ErrNotFound) {
		return fmt.Errorf("read sum: %w", err)
	}
	return v.park(ctx, f.Object, fmt.Sprintf("the number %d was taken in with other content", f.number))
}

// take takes a file in: first its orders, then the payment side by notices, at last the mark that it is done. Each step done again
// changes nothing.
func (v *visit) take(ctx context.Context, a arrived) error {
	f, sum, err := v.read(ctx, a.Object)
	if err != nil {
		return err
	}
	if sum != a.sum {
		return fmt.Errorf("%w: the object was replaced just now", collection.ErrUnavailable)
	}
	for i, r := range f.Results {
		if err := v.result(ctx, factOf(f.Header, i), r); err != nil {
			return fmt.Errorf("result %d: %w", i+1, err)
		}
	}
	for _, o := range f.OptIns {
		if err := v.Desk.KeepOptIn(ctx, v.at, o); err != nil {
			return fmt.Errorf("keep opt-in: %w", err)
		}
	}
	for _, n := range notices(f) {
		text, err := n.text()
		if err != nil {
			return err
		}
		if err := v.Notices.Keep(ctx, provider.Debit, v.at.Name, text); err != nil {
			return fmt.Errorf("hand over notice: %w", err)
		}
	}
	taken := Taken{Object: seenName(a.Object), Number: a.number, Sum: sum, At: v.now}
	if err := v.Archive.FileTaken(ctx, v.at, v.progress, taken); err != nil {
		return fmt.Errorf("record file: %w", err)
	}
	v.progress.Received = a.number
	v.progress.Revision++
	v.Log.InfoContext(ctx, "debit file taken in", "creditorId", string(v.at.Creditor), "account", v.at.Name, "number", a.number,
		"object", a.Key, "results", len(f.Results), "optIns", len(f.OptIns), "others", len(f.Others))
	return nil
}

// result makes an order say what the bank says of it.
func (v *visit) result(ctx context.Context, fact string, r febraban.Result) error {
	outcome := r.Outcome()
	if outcome == febraban.OutcomeFault || (outcome == febraban.OutcomeUnknown && !uneventful(r.Code)) {
		v.warn(ctx, MetricFaults, "a bank answered a debit with a code to look at", "code", r.Code, "correlationId", txIDOf(r))
	}
	paid := provider.Payment{Fact: fact, TxID: txIDOf(r), Amount: r.Amount, PaidAt: midday(r.Due)}
	hasMoney := outcome == febraban.OutcomePaid && r.Amount > 0
	err := collection.ErrNotFound
	if paid.TxID != "" {
		err = collection.Redo(func() error {
			o, err := v.Orders.LoadDebit(ctx, v.at, paid.TxID)
			if err != nil {
				return err
			}
			return v.answer(ctx, o, r, outcome, paid)
		})
	}
	if !errors.Is(err, collection.ErrNotFound) {
		return err
	}
	if hasMoney {
		return v.Desk.KeepDebit(ctx, v.at, paid)
	}
	return nil
}

func (v *visit) answer(ctx context.Context, o Order, r febraban.Result, outcome febraban.Outcome, paid provider.Payment) error {
	with := With{Drop: []Mark{MarkNew, MarkCancel}}
	waiting := o.Status == StatusNew || o.Status == StatusSent
	switch {
	case outcome == febraban.OutcomePaid && r.Amount > 0:
		if o.hasPayment(paid.Fact) {
			return nil
		}
		o.Status, o.Payments, with.Paid = StatusPaid, append(o.Payments, paid), &paid
	case !waiting:
		return nil
	case outcome == febraban.OutcomeCancelled:
		o.Status = StatusCancelled
	case outcome == febraban.OutcomePaid, outcome == febraban.OutcomeUnknown:
		return nil
	default:
		o.Status = StatusRefused
	}
	o.Code = r.Code
	return v.Orders.ChangeDebit(ctx, o, with)
}

// uneventful are codes that change nothing: upkeep of the bank's register, and cancellations that came to nothing.
func uneventful(code string) bool { return code == "96" || code == "97" || code == "98" }
