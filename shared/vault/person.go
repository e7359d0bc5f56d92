package vault

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/regua/regua/shared/collection"
)

// participant is how personal data is written before it is sealed.
type participant struct {
	Document  string `json:"document"`
	Name      string `json:"name"`
	Email     string `json:"email"`
	Phone     string `json:"phone"`
	BirthDate string `json:"birthDate"`
	Address   string `json:"address"`
	City      string `json:"city"`
	CEP       string `json:"cep,omitempty"`
}

// debtDetails is how the details of a debt are written before they are sealed.
type debtDetails struct {
	Contract         string `json:"contract"`
	Reference        string `json:"reference"`
	Description      string `json:"description"`
	ServiceReference string `json:"serviceReference"`
}

const participantAttribute = "participant"

func debtAttribute(id collection.DebtID) string { return "debt/" + id.String() }

// SealParticipant seals the personal data of a case under the case's key.
func (v *Vault) SealParticipant(ctx context.Context, c collection.Case, p collection.Participant) ([]byte, error) {
	return v.sealJSON(ctx, c, participantAttribute, participant(p))
}

// OpenParticipant opens the personal data of a case.
func (v *Vault) OpenParticipant(ctx context.Context, c collection.Case) (collection.Participant, error) {
	var p participant
	err := v.openJSON(ctx, c, participantAttribute, c.Sealed, &p)
	return collection.Participant(p), err
}

// SealDebt seals the details of a debt under its case's key.
func (v *Vault) SealDebt(ctx context.Context, c collection.Case, id collection.DebtID, d collection.DebtDetails) ([]byte, error) {
	return v.sealJSON(ctx, c, debtAttribute(id), debtDetails(d))
}

// OpenDebt opens the details of a debt.
func (v *Vault) OpenDebt(ctx context.Context, c collection.Case, debt collection.Debt) (collection.DebtDetails, error) {
	var d debtDetails
	err := v.openJSON(ctx, c, debtAttribute(debt.ID), debt.Sealed, &d)
	return collection.DebtDetails(d), err
}

// SealText seals any text of a case; the attribute says which, as "contract/123".
func (v *Vault) SealText(ctx context.Context, c collection.Case, attribute string, plain []byte) ([]byte, error) {
	return v.Seal(ctx, CaseKey(c), attribute, plain)
}

// OpenText opens what SealText made for the same case and attribute.
func (v *Vault) OpenText(ctx context.Context, c collection.Case, attribute string, sealed []byte) ([]byte, error) {
	return v.Open(ctx, CaseKey(c), attribute, sealed)
}

func (v *Vault) sealJSON(ctx context.Context, c collection.Case, attribute string, body any) ([]byte, error) {
	plain, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", attribute, err)
	}
	return v.Seal(ctx, CaseKey(c), attribute, plain)
}

func (v *Vault) openJSON(ctx context.Context, c collection.Case, attribute string, sealed []byte, into any) error {
	plain, err := v.Open(ctx, CaseKey(c), attribute, sealed)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(plain, into); err != nil {
		return fmt.Errorf("decode %s: not the form that was sealed", attribute)
	}
	return nil
}
