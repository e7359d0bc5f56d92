package secrets

import (
	"fmt"

	"github.com/regua/regua/shared/provider"
)

// checkKind refuses an access that does not belong to the provider, and one that is incomplete. No error tells a value.
func checkKind(a provider.Account) error {
	if (a.Provider == provider.Pix) != (a.Pix != nil) {
		return fmt.Errorf("pix: is the access of provider %s and of no other", provider.Pix)
	}
	if (a.Provider == provider.Debit) != (a.Debit != nil) {
		return fmt.Errorf("debit: is the agreement of provider %s and of no other", provider.Debit)
	}
	switch {
	case a.Pix != nil:
		return a.Pix.Check()
	case a.Debit != nil:
		return a.Debit.Check()
	}
	return nil
}
