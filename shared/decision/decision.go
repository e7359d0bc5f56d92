// Package decision lets named members of staff decide what rules leave to people, two of them above the creditor's limit.
package decision

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/money"
)

// Affair is a matter of one case.
type Affair struct {
	Load   func() (*collection.Dossier, error)
	Commit func(*collection.Dossier) error
	// About says which matter it is and how much is at stake, which may be more than the matter's own amount: what was decided before in
	// smaller parts counts too.
	About func(*collection.Dossier) (matter collection.Matter, stake money.Centavos, err error)
	// Carry carries an outcome out.
	Carry func(*collection.Dossier, collection.Matter) error
}

// Take takes a decision of the principal of meta. An outcome is carried out, unless more than limit is at stake (0: without limit): then it
// is recorded as proposed, once it is sure that it could be carried out, and another member of staff confirms or refuses it. Whatever else
// happens to the case at the same time, one of two that decide at once wins, and the other is told what stands. The errors are
// collection.ErrForbidden, ErrInvalid, ErrNotFound and those of carrying out.
func Take(meta collection.Meta, limit money.Centavos, choice collection.Choice, a Affair) (collection.Decision, error) {
	if err := CheckReason(meta.Reason); err != nil {
		return "", err
	}
	var came collection.Decision
	err := collection.Redo(func() error {
		d, err := a.Load()
		if err != nil {
			return fmt.Errorf("load case: %w", err)
		}
		matter, stake, err := a.About(d)
		if err != nil {
			return err
		}
		switch choice {
		case collection.ChoiceConfirm, collection.ChoiceRefuse:
			came, err = answer(meta, choice, matter, d, a)
		default:
			matter.Outcome = choice
			if came, err = collection.DecisionTaken, d.MayDecide(meta, matter); err == nil {
				err = a.Carry(d, matter)
			}
			if err == nil && limit > 0 && stake > limit {
				d, came, err = propose(meta, matter, a)
			}
		}
		if err != nil || len(d.Recorded()) == 0 {
			return err
		}
		if err := a.Commit(d); err != nil {
			return fmt.Errorf("commit decision: %w", err)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return came, nil
}

func answer(
	meta collection.Meta, choice collection.Choice, matter collection.Matter, d *collection.Dossier, a Affair,
) (collection.Decision, error) {
	matter, err := d.AnswerDecision(meta, matter, choice == collection.ChoiceConfirm)
	if err != nil || choice == collection.ChoiceRefuse {
		return collection.DecisionRefused, err
	}
	return collection.DecisionTaken, a.Carry(d, matter)
}

// propose starts from the case as it was before the outcome was tried on it.
func propose(meta collection.Meta, matter collection.Matter, a Affair) (*collection.Dossier, collection.Decision, error) {
	d, err := a.Load()
	if err != nil {
		return nil, "", fmt.Errorf("load case: %w", err)
	}
	return d, collection.DecisionProposed, d.ProposeDecision(meta, matter)
}

// maxReason is the longest reason in characters: a few sentences.
const maxReason = 300

// personal finds what a reason must not hold: e-mail addresses, and runs of eleven digits or more, as documents and mobile numbers have,
// however they are set. A provider's name of a payment begins with a letter, and a date with its hour has fewer: both pass.
var personal = form.New(`\S@\S|(^|[^0-9A-Za-z.,])\+?\(?[0-9]([ .()/-]{0,2}[0-9]){10}`)

// CheckReason holds a reason to 3 to 300 visible characters without an e-mail address, a document or a phone number: it stands in the open,
// in events and logs. The error is collection.ErrInvalid and does not repeat the text.
func CheckReason(reason string) error {
	n := utf8.RuneCountInString(reason)
	hidden := func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) }
	if n < 3 || n > maxReason || strings.TrimSpace(reason) != reason || strings.ContainsFunc(reason, hidden) || !utf8.ValidString(reason) {
		return fmt.Errorf("%w: a reason has 3 to %d visible characters and no blank at either end", collection.ErrInvalid, maxReason)
	}
	if personal.MatchString(reason) {
		return fmt.Errorf("%w: a reason is kept in the open and must hold no e-mail address, document or phone number", collection.ErrInvalid)
	}
	return nil
}
