package site

import (
	"errors"
	"net/http"
	"regexp"

	"github.com/regua/regua/shared/febraban"
	"github.com/regua/regua/shared/provider"
)

var returnCode = regexp.MustCompile(`^[0-9]{2}$`)

type debitBody struct {
	PaymentIntentID string `json:"paymentIntentId"`
	Creditor        string `json:"creditor"`
	AmountCentavos  int64  `json:"amountCentavos"`
	Due             string `json:"due"`    // 2006-01-02
	Cancel          bool   `json:"cancel"` // it is asked back
}

// debits lists what is at the banks of account debit and not answered.
func (l *local) debits(w http.ResponseWriter, r *http.Request) {
	debits := []debitBody{}
	for _, c := range l.cloud.Creditors {
		for _, at := range c.Accounts() {
			if at.Provider != provider.Debit {
				continue
			}
			waiting, err := l.cloud.Debits.Waiting(r.Context(), at.Account)
			if err != nil {
				refuse(w, http.StatusInternalServerError, err)
				return
			}
			for _, d := range waiting {
				debits = append(debits, debitBody{
					d.Reference, string(c.ID), int64(d.Amount), d.Due.String(), d.Movement == febraban.MovementCancel,
				})
			}
		}
	}
	answer(w, http.StatusOK, map[string]any{"debits": debits})
}

// answerDebits lets the banks of account debit answer what was sent to them: {"codes": {"PAYMENT-INTENT": "01"}}; what has no code is paid.
func (l *local) answerDebits(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Codes map[string]string `json:"codes"`
	}
	if err := read(w, r, &in); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	for _, code := range in.Codes {
		if !returnCode.MatchString(code) {
			refuse(w, http.StatusBadRequest, errors.New("a return code has two digits"))
			return
		}
	}
	files, err := l.cloud.Debits.Answer(r.Context(), in.Codes)
	if err != nil {
		refuse(w, http.StatusConflict, err)
		return
	}
	answer(w, http.StatusOK, map[string]any{"files": files})
}
