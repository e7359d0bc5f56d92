package dynamo

import (
	"context"
	"fmt"

	"github.com/regua/regua/shared/collection"
)

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
