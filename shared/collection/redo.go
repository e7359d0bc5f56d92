package collection

import "errors"

// MaxTries is how often a change is worked out before it is given up because somebody else changes the case each time.
const MaxTries = 5

// Redo works a change out again while it ends in ErrConflict, MaxTries times in all, and returns what it ended in last. Each time, the
// change must load anew what it stands on; only its first time may it begin with a dossier that was loaded for the request.
func Redo(change func() error) error {
	err := ErrConflict
	for n := 0; n < MaxTries && errors.Is(err, ErrConflict); n++ {
		err = change()
	}
	return err
}
