package site

import (
	"errors"
	"net/http"
	"regexp"
)

var returnCode = regexp.MustCompile(`^[0-9]{2}$`)

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
