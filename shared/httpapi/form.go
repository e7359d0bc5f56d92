package httpapi

import (
	"time"

	"github.com/regua/regua/shared/taxid"
)

// written is how answers write an instant: RFC 3339 in UTC, to the second.
func written(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// punctuated writes a CPF or CNPJ as people read it.
func punctuated(document string) string {
	id, err := taxid.Parse(document)
	if err != nil {
		return document // stored documents were checked when they came in
	}
	return id.Format()
}
