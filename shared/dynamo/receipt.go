package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// receiptBody is the JSON body of a receipt.
type receiptBody struct {
	TxID      string            `json:"txid,omitempty"`
	Intent    string            `json:"paymentIntentId"`
	Case      string            `json:"caseId"`
	Amount    int64             `json:"amountCentavos"`
	PaidAt    time.Time         `json:"paidAt"`
	Status    string            `json:"status"`
	Applied   int64             `json:"appliedCentavos"`
	Late      events.Components `json:"late,omitzero"`
	Excess    int64             `json:"excessCentavos"`
	Returned  int64             `json:"returnedCentavos,omitempty"`
	Refund    string            `json:"refundId,omitempty"`
	DecidedBy string            `json:"decidedBy,omitempty"`
	Reason    string            `json:"reason,omitempty"`
	Said      []saidBody        `json:"said,omitempty"`
}

// saidBody is one word of a member of staff about an orphan.
type saidBody struct {
	By     string    `json:"by"`
	Choice string    `json:"choice"`
	Intent string    `json:"paymentIntentId"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

func wireSaid(x collection.OrphanSaid) saidBody {
	return saidBody{By: x.By, Choice: string(x.Choice), Intent: x.Intent.String(), Reason: x.Reason, At: utc(x.At)}
}

func (p *parser) said(b saidBody) collection.OrphanSaid {
	x := collection.OrphanSaid{By: b.By, Choice: collection.OrphanChoice(b.Choice), Reason: b.Reason, At: utc(b.At)}
	parseInto(p, b.Intent, &x.Intent)
	return x
}

// receiptAction puts a new receipt, or a changed one over the revision that was loaded.
func (s *Store) receiptAction(x collection.Receipt) (action, error) {
	if err := checkNames(x.Provider, x.Account, x.Fact); err != nil {
		return action{}, fmt.Errorf("receipt: %w", err)
	}
	body, err := document(receiptBody{
		TxID: x.TxID, Intent: x.Intent.String(), Case: x.Case.String(), Amount: int64(x.Amount), PaidAt: utc(x.PaidAt),
		Status: string(x.Status), Applied: int64(x.Applied), Late: wireComponents(x.Late), Excess: int64(x.Excess),
		Returned: int64(x.Returned), Refund: x.Refund, DecidedBy: x.DecidedBy, Reason: x.Reason,
		Said: each(x.Said, wireSaid),
	})
	if err != nil {
		return action{}, err
	}
	it := receiptKey(x.Creditor, x.Provider, x.Account, x.Fact).new()
	it[attrDoc], it[attrRevision] = body, number(x.Revision+1)
	listBooked(it, x.Creditor, collection.ProviderAccount{Provider: x.Provider, Account: x.Account}, x.PaidAt)
	if x.Revision == 0 {
		return s.putAction(it, absent(), func(item) error { return fmt.Errorf("receipt: %w", collection.ErrFactPosted) }), nil
	}
	same := condition{attrRevision + " = :rev", map[string]types.AttributeValue{":rev": number(x.Revision)}}
	return s.putAction(it, same, changed("receipt")), nil
}

func readReceipt(it item) (collection.Receipt, error) {
	r, p := read(it), &parser{}
	var body receiptBody
	r.document(&body)
	x := collection.Receipt{
		TxID: body.TxID, Amount: money.Centavos(body.Amount), PaidAt: utc(body.PaidAt), Status: collection.ReceiptStatus(body.Status),
		Applied: money.Centavos(body.Applied), Late: domainComponents(body.Late), Excess: money.Centavos(body.Excess),
		Returned: money.Centavos(body.Returned), Refund: body.Refund, DecidedBy: body.DecidedBy, Reason: body.Reason,
		Said: back(body.Said, p.said), Revision: r.number(attrRevision),
	}
	parseInto(p, body.Intent, &x.Intent)
	parseInto(p, body.Case, &x.Case)
	return x, firstError(r.err, p.err)
}

// returnBody is the JSON body of a return.
type returnBody struct {
	Of     string    `json:"of"`
	Kind   string    `json:"kind"`
	Amount int64     `json:"amountCentavos"`
	At     time.Time `json:"at"`
}

func (s *Store) returnAction(x collection.Return) (action, error) {
	if err := checkNames(x.Provider, x.Account, x.Fact); err != nil {
		return action{}, fmt.Errorf("return: %w", err)
	}
	body, err := document(returnBody{Of: x.Of, Kind: string(x.Kind), Amount: int64(x.Amount), At: utc(x.At)})
	if err != nil {
		return action{}, err
	}
	it := returnKey(x.Creditor, x.Provider, x.Account, x.Fact).new()
	it[attrDoc] = body
	listBooked(it, x.Creditor, collection.ProviderAccount{Provider: x.Provider, Account: x.Account}, x.At)
	return s.putAction(it, absent(), func(item) error { return fmt.Errorf("return: %w", collection.ErrFactPosted) }), nil
}

// LoadReturn reads a posted return; ErrNotFound when it was not posted.
func (s *Store) LoadReturn(
	ctx context.Context, creditor collection.CreditorID, provider, account, fact string,
) (collection.Return, error) {
	it, err := s.get(ctx, returnKey(creditor, provider, account, fact))
	if err != nil {
		return collection.Return{}, fmt.Errorf("load return: %w", err)
	}
	r := read(it)
	var body returnBody
	r.document(&body)
	return collection.Return{
		Creditor: creditor, Provider: provider, Account: account, Fact: fact, Of: body.Of, Kind: collection.ReturnKind(body.Kind),
		Amount: money.Centavos(body.Amount), At: utc(body.At),
	}, r.err
}

// KeepOrphan stores the receipt of money that no intent of ours is known for; ErrFactPosted when the receipt stands already. The raw
// event that reported it is marked apart: it may have reported other money too.
func (s *Store) KeepOrphan(ctx context.Context, receipt collection.Receipt) error {
	stored, err := s.receiptAction(receipt)
	if err != nil {
		return fmt.Errorf("keep orphan: %w", err)
	}
	if err := s.transact(ctx, []action{stored}); err != nil {
		return fmt.Errorf("keep orphan: %w", err)
	}
	return nil
}

// ChangeOrphan stores a changed receipt of no case, and with it the return that changed it, if any. ErrFactPosted when the return stands
// already, ErrConflict when the receipt was changed in between.
func (s *Store) ChangeOrphan(ctx context.Context, receipt collection.Receipt, returned *collection.Return) error {
	if !receipt.Case.IsZero() || receipt.Revision == 0 {
		return fmt.Errorf("%w: change orphan: not the receipt of an orphan", collection.ErrInvalid)
	}
	stored, err := s.receiptAction(receipt)
	if err != nil {
		return fmt.Errorf("change orphan: %w", err)
	}
	actions := []action{stored}
	if returned != nil {
		left, err := s.returnAction(*returned)
		if err != nil {
			return fmt.Errorf("change orphan: %w", err)
		}
		actions = append(actions, left)
	}
	if err := s.transact(ctx, actions); err != nil {
		return fmt.Errorf("change orphan: %w", err)
	}
	return nil
}

// LoadMandate reads the sealed record of a mandate; ErrNotFound when there is none.
func (s *Store) LoadMandate(ctx context.Context, creditor collection.CreditorID, id collection.CaseID, mandate string) ([]byte, error) {
	it, err := s.get(ctx, caseChild(creditor, id, mandatePrefix+mandate))
	if err != nil {
		return nil, fmt.Errorf("load mandate: %w", err)
	}
	r := read(it)
	sealed := r.binary(attrSealed)
	return sealed, r.err
}
