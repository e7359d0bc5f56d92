package dynamo

import (
	"context"
	"errors"
	"fmt"

	"github.com/regua/regua/shared/collection"
)

// PaymentsOf finds the receipts of an agreement's money, and the intents that it came for, by the case's events: rare work, for which
// nothing is stored beside them.
func (s *Store) PaymentsOf(
	ctx context.Context, creditor collection.CreditorID, id collection.CaseID, agreement collection.AgreementID,
) (receipts []collection.Receipt, intents []collection.Intent, err error) {
	var posted []collection.PaymentPosted
	err = s.Events(ctx, creditor, id, func(stored StoredEvent) error {
		if stored.Type != (collection.PaymentPosted{}).Type() {
			return nil
		}
		r, err := DecodeEvent(stored.Link.Doc)
		if err != nil {
			return err
		}
		if e, ok := r.Event.(collection.PaymentPosted); ok && e.Agreement == agreement {
			posted = append(posted, e)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	seen := map[collection.IntentID]collection.Intent{}
	for _, e := range posted {
		intent, known := seen[e.Intent]
		if !known {
			if intent, err = s.LoadIntent(ctx, creditor, e.Intent); err != nil {
				return nil, nil, err
			}
			seen[e.Intent], intents = intent, append(intents, intent)
		}
		receipt, err := s.receiptOf(ctx, intent, e)
		if err != nil {
			return nil, nil, err
		}
		receipts = append(receipts, receipt)
	}
	return receipts, intents, nil
}

// receiptOf finds the receipt of a posting at one of the accounts at which the intent was asked for.
func (s *Store) receiptOf(ctx context.Context, intent collection.Intent, e collection.PaymentPosted) (collection.Receipt, error) {
	for _, at := range intent.Asked() {
		if at.Provider != e.Provider {
			continue
		}
		receipt, err := s.LoadReceipt(ctx, intent.Creditor, at.Provider, at.Account, e.Fact)
		if !errors.Is(err, collection.ErrNotFound) {
			return receipt, err
		}
	}
	return collection.Receipt{}, fmt.Errorf("%w: receipt of a posting to intent %s", collection.ErrNotFound, intent.ID)
}
