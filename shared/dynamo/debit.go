package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/debit"
	"github.com/regua/regua/shared/febraban"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
)

// Sort keys of a debit account's partition. docs/data-model.md describes each.
const (
	orderPrefix    = "ORDER#"
	paidPrefix     = "PAID#"
	optInPrefix    = "OPT#"
	receivedPrefix = "IN#"
	seenPrefix     = "SEEN#"
	sortProgress   = "PROGRESS"

	debitAccounts = "DEBIT" // the partition of all accounts that have orders
	accountPrefix = "ACCOUNT#"
)

func debitKey(a debit.Account, sort string) (key, error) {
	if a.Creditor == "" || !provider.ValidAccount(a.Name) {
		return key{}, fmt.Errorf("%w: debit account", collection.ErrInvalid)
	}
	return key{string(a.Creditor) + "#DEBIT#" + a.Name, sort}, nil
}

func markKey(a debit.Account, m debit.Mark, txID string) (key, error) {
	return debitKey(a, string(m)+"#"+txID)
}

// debitBody is the JSON body of an order. The payer's account stands sealed beside it.
type debitBody struct {
	Status      string        `json:"status"`
	Amount      int64         `json:"amountCentavos"`
	Asked       string        `json:"asked,omitempty"`
	Due         string        `json:"due,omitempty"`
	Mandate     string        `json:"mandateId"`
	File        int           `json:"file,omitempty"`
	CancelFile  int           `json:"cancelFile,omitempty"`
	CancelAsked bool          `json:"cancelAsked,omitempty"`
	Code        string        `json:"code,omitempty"`
	Payments    []debitedBody `json:"payments,omitempty"`
}

type debitedBody struct {
	Fact   string    `json:"fact"`
	TxID   string    `json:"txid,omitempty"`
	Amount int64     `json:"amountCentavos"`
	PaidAt time.Time `json:"paidAt"`
}

func debitedOf(p provider.Payment) debitedBody {
	return debitedBody{p.Fact, p.TxID, int64(p.Amount), utc(p.PaidAt)}
}

func (b debitedBody) payment() provider.Payment {
	return provider.Payment{Fact: b.Fact, TxID: b.TxID, Amount: money.Centavos(b.Amount), PaidAt: utc(b.PaidAt)}
}

func writtenDate(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

func readDate(p *parser, text string) calendar.Date {
	if text == "" {
		return calendar.Date{}
	}
	d, err := calendar.ParseDate(text)
	if err != nil && p.err == nil {
		p.err = fmt.Errorf("read date of an order: %w", err)
	}
	return d
}

func orderItem(o debit.Order) (item, error) {
	k, err := debitKey(o.Account, orderPrefix+o.TxID)
	if err != nil {
		return nil, err
	}
	body := debitBody{
		Status: string(o.Status), Amount: int64(o.Amount), Asked: writtenDate(o.Asked), Due: writtenDate(o.Due), Mandate: o.Mandate,
		File: o.File, CancelFile: o.CancelFile, CancelAsked: o.CancelAsked, Code: o.Code,
	}
	for _, p := range o.Payments {
		body.Payments = append(body.Payments, debitedOf(p))
	}
	it := k.new()
	if it[attrDoc], err = document(body); err != nil {
		return nil, err
	}
	it[attrRevision], it[attrSealed], it[attrWrappedKey] = number(o.Revision+1), binary(o.Sealed), binary(o.WrappedKey)
	return it, nil
}

// AddDebit stores a new order and its mark; ErrConflict when it stands already, ErrRefused when the payer withdrew its mandate.
func (s *Store) AddDebit(ctx context.Context, o debit.Order) error {
	it, err := orderItem(o)
	if err != nil {
		return fmt.Errorf("add order: %w", err)
	}
	mark, err := markKey(o.Account, debit.MarkNew, o.TxID)
	if err != nil {
		return fmt.Errorf("add order: %w", err)
	}
	optIn, err := debitKey(o.Account, optInPrefix+o.Mandate)
	if err != nil {
		return fmt.Errorf("add order: %w", err)
	}
	willing := condition{"attribute_not_exists(pk) OR included = :yes", map[string]types.AttributeValue{":yes": number(1)}}
	withdrawn := func(item) error {
		return fmt.Errorf("%w: the payer withdrew the mandate at the bank", collection.ErrRefused)
	}
	err = s.transact(ctx, []action{
		s.putAction(it, absent(), changed("order")), s.putAction(mark.new(), absent(), changed("order's mark")),
		s.checkAction(optIn, willing, withdrawn),
	})
	if err != nil {
		return fmt.Errorf("add order: %w", err)
	}
	return nil
}

// LoadDebit reads an order; ErrNotFound when there is none.
func (s *Store) LoadDebit(ctx context.Context, a debit.Account, txID string) (debit.Order, error) {
	k, err := debitKey(a, orderPrefix+txID)
	if err != nil {
		return debit.Order{}, fmt.Errorf("load order: %w", err)
	}
	it, err := s.get(ctx, k)
	if err != nil {
		return debit.Order{}, fmt.Errorf("load order: %w", err)
	}
	r, p := read(it), &parser{}
	var body debitBody
	r.document(&body)
	o := debit.Order{
		Account: a, TxID: txID, Status: debit.Status(body.Status), Amount: money.Centavos(body.Amount), Asked: readDate(p, body.Asked),
		Due: readDate(p, body.Due), Mandate: body.Mandate, Sealed: r.binary(attrSealed), WrappedKey: r.binary(attrWrappedKey),
		File: body.File, CancelFile: body.CancelFile, CancelAsked: body.CancelAsked, Code: body.Code, Revision: r.number(attrRevision),
	}
	for _, b := range body.Payments {
		o.Payments = append(o.Payments, b.payment())
	}
	return o, firstError(r.err, p.err)
}

// ChangeDebit writes an order over the revision that was loaded, with its marks and money; ErrConflict when it was changed in between.
func (s *Store) ChangeDebit(ctx context.Context, o debit.Order, with debit.With) error {
	it, err := orderItem(o)
	if err != nil {
		return fmt.Errorf("change order: %w", err)
	}
	same := condition{attrRevision + " = :rev", map[string]types.AttributeValue{":rev": number(o.Revision)}}
	actions := []action{s.putAction(it, same, changed("order"))}
	if with.Set != "" {
		k, err := markKey(o.Account, with.Set, o.TxID)
		if err != nil {
			return fmt.Errorf("change order: %w", err)
		}
		actions = append(actions, s.putAction(k.new(), absent(), changed("order's mark")))
	}
	for _, m := range with.Drop {
		k, err := markKey(o.Account, m, o.TxID)
		if err != nil {
			return fmt.Errorf("change order: %w", err)
		}
		actions = append(actions, action{refused: changed("order's mark"), write: types.TransactWriteItem{Delete: &types.Delete{
			TableName: aws.String(s.table), Key: k.attributes(), // the order's own revision guards it
		}}})
	}
	if with.Paid != nil {
		paid, err := paidItem(o.Account, *with.Paid)
		if err != nil {
			return fmt.Errorf("change order: %w", err)
		}
		actions = append(actions, s.putAction(paid, sameDebit(paid), changed("money of an order")))
	}
	if err := s.transact(ctx, actions); err != nil {
		return fmt.Errorf("change order: %w", err)
	}
	return nil
}

func paidItem(a debit.Account, p provider.Payment) (item, error) {
	k, err := debitKey(a, paidPrefix+calendar.Of(p.PaidAt, time.UTC).String()+"#"+p.Fact)
	if err != nil {
		return nil, err
	}
	it := k.new()
	it[attrDoc], err = document(debitedOf(p))
	return it, err
}

// sameDebit demands that an item is new, or stands with the same body: a file is taken in again after a crash.
func sameDebit(it item) condition {
	return condition{absent().text + " OR " + attrDoc + " = :doc", map[string]types.AttributeValue{":doc": it[attrDoc]}}
}

// KeepDebit keeps money that a bank reported and no order is known for. The same report again changes nothing.
func (s *Store) KeepDebit(ctx context.Context, a debit.Account, p provider.Payment) error {
	it, err := paidItem(a, p)
	if err == nil {
		err = s.put(ctx, it, sameDebit(it))
	}
	if err != nil {
		return fmt.Errorf("keep debit: %w", err)
	}
	return nil
}

// DebitsOn reads what an account's bank reported as debited on a day.
func (s *Store) DebitsOn(ctx context.Context, a debit.Account, day calendar.Date) ([]provider.Payment, error) {
	var out []provider.Payment
	err := s.eachDebit(ctx, a, paidPrefix+day.String()+"#", func(it item) error {
		var body debitedBody
		r := read(it)
		r.document(&body)
		out = append(out, body.payment())
		return r.err
	})
	if err != nil {
		return nil, fmt.Errorf("read debits of a day: %w", err)
	}
	return out, nil
}

func (s *Store) eachDebit(ctx context.Context, a debit.Account, prefix string, yield func(item) error) error {
	k, err := debitKey(a, "")
	if err != nil {
		return err
	}
	return s.queryPrefix(ctx, k.pk, prefix, yield)
}

// errEnough ends a query early.
var errEnough = errors.New("enough")

// MarkedDebits are the TxIDs of orders with a mark, oldest first, as many as limit; 0 is all.
func (s *Store) MarkedDebits(ctx context.Context, a debit.Account, m debit.Mark, limit int) ([]string, error) {
	var out []string
	err := s.eachDebit(ctx, a, string(m)+"#", func(it item) error {
		r := read(it)
		out = append(out, r.idInSort(string(m)+"#"))
		if r.err == nil && limit > 0 && len(out) == limit {
			return errEnough
		}
		return r.err
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("find marked orders: %w", err)
	}
	return out, nil
}

// KeepOptIn keeps the last thing that a payer told the bank of a mandate.
func (s *Store) KeepOptIn(ctx context.Context, a debit.Account, o febraban.OptIn) error {
	k, err := debitKey(a, optInPrefix+o.Customer)
	if err != nil {
		return fmt.Errorf("keep opt-in: %w", err)
	}
	it := k.new()
	it["included"], it["day"] = number(0), text(o.Date.String())
	if o.Included {
		it["included"] = number(1)
	}
	// An older file never comes after a newer one; of one day the later line holds.
	older := condition{absent().text + " OR #day <= :day", map[string]types.AttributeValue{":day": it["day"]}}
	_, err = s.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String(s.table), Item: it, ConditionExpression: aws.String(older.text), ExpressionAttributeValues: older.values,
		ExpressionAttributeNames: map[string]string{"#day": "day"},
	})
	if err = translate(err); err != nil && !errors.Is(err, errCondition) {
		return fmt.Errorf("keep opt-in: %w", err)
	}
	return nil
}

// RegisterDebit makes an account known to the exchange of files.
func (s *Store) RegisterDebit(ctx context.Context, a debit.Account) error {
	if _, err := debitKey(a, ""); err != nil {
		return fmt.Errorf("register debit account: %w", err)
	}
	err := s.put(ctx, key{debitAccounts, accountPrefix + string(a.Creditor) + "#" + a.Name}.new(), absent())
	if err != nil && !errors.Is(err, errCondition) {
		return fmt.Errorf("register debit account: %w", err)
	}
	return nil
}

// DebitAccounts are the accounts that have orders.
func (s *Store) DebitAccounts(ctx context.Context) ([]debit.Account, error) {
	var out []debit.Account
	err := s.queryPrefix(ctx, debitAccounts, accountPrefix, func(it item) error {
		r := read(it)
		creditor, name, ok := strings.Cut(r.idInSort(accountPrefix), "#")
		if !ok {
			r.fail(contract.KeySort, "a debit account")
		}
		out = append(out, debit.Account{Creditor: collection.CreditorID(creditor), Name: name})
		return r.err
	})
	if err != nil {
		return nil, fmt.Errorf("list debit accounts: %w", err)
	}
	return out, nil
}
