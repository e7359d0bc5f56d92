package contactjudge

import (
	"encoding/json"
	"time"
)

// envelope is what the judge reads of an event; the members are those of the wire form.
type envelope struct {
	Type       string          `json:"type"`
	OccurredAt time.Time       `json:"occurredAt"`
	CreditorID string          `json:"creditorId"`
	CaseID     string          `json:"caseId"`
	Payload    json.RawMessage `json:"payload"`
}

// payload has the members, of all events that matter, that say something about whom may be contacted.
type payload struct {
	Standing  string   `json:"standing"`
	UF        string   `json:"uf"`
	PersonKey string   `json:"personKey"`
	HasEmail  bool     `json:"hasEmail"`
	HasPhone  bool     `json:"hasPhone"`
	Renewed   []string `json:"renewed"`

	Debts []struct {
		DebtID  string `json:"debtId"`
		DueDate string `json:"dueDate"`
	} `json:"debts"`
	DebtIDs         []string `json:"debtIds"`
	SettledDebtIDs  []string `json:"settledDebtIds"`
	ReopenedDebtIDs []string `json:"reopenedDebtIds"`
	Credits         []struct {
		DebtID string           `json:"debtId"`
		Left   map[string]int64 `json:"left"`
	} `json:"credits"`
	Undone []struct {
		DebtID string `json:"debtId"`
	} `json:"undone"`

	ProposalID string `json:"proposalId"`
	Terms      struct {
		DebtIDs []string `json:"debtIds"`
	} `json:"terms"`
	AgreementID     string `json:"agreementId"`
	AgreementStatus string `json:"agreementStatus"`
	Status          string `json:"status"`

	PauseID   string    `json:"pauseId"`
	PromiseID string    `json:"promiseId"`
	Source    string    `json:"source"`
	From      time.Time `json:"from"`
	Until     time.Time `json:"until"`

	Channel  string   `json:"channel"`
	Channels []string `json:"channels"`
	Quality  string   `json:"quality"`
	Consent  bool     `json:"consent"`
	OnFile   bool     `json:"onFile"`

	ContactID string   `json:"contactId"`
	Purpose   string   `json:"purpose"`
	Rung      string   `json:"rung"`
	Verdict   *Verdict `json:"verdict"`
}

// readers say what each event means to the judge. Those that mean nothing to it stand in silent: an event in neither list is named, for
// the judge cannot tell what it changes.
var readers = map[string]func(*Log, payload, time.Time){
	"case.opened":              (*Log).opened,
	"case.participant_revised": (*Log).revised,
	"case.debts_placed":        (*Log).placed,
	"case.debts_revised":       (*Log).placed,
	"case.debts_moved":         (*Log).moved,
	"proposal.created":         (*Log).proposed,
	"contract.signed":          (*Log).signed,
	"agreement.ended":          (*Log).ended,
	"agreement.debts_credited": (*Log).credited,
	"payment.posted":           (*Log).posted,
	"payment.returned":         (*Log).returned,
	"case.paused":              (*Log).paused,
	"case.pause_lifted":        (*Log).lifted,
	"promise.made":             (*Log).promised,
	"promise.kept":             (*Log).promiseOver,
	"promise.broken":           (*Log).promiseOver,
	"promise.withdrawn":        (*Log).promiseOver,
	"contact_point.changed":    (*Log).pointChanged,
	"participant.opted_out":    (*Log).optedOut,
	"participant.opted_in":     (*Log).optedIn,
	"contact.planned":          (*Log).planned,
	"contact.withheld":         (*Log).withheld,
	"contact.claimed":          (*Log).claimed,
	"contact.closed":           (*Log).closed,
}

var silent = map[string]bool{
	"aftercare.answered": true, "decision.answered": true, "decision.proposed": true, "mandate.given": true, "payment.closed": true,
	"payment.issued": true, "payment.noticed": true, "payment.refund_answered": true, "payment.refund_requested": true,
	"payment.refused": true, "payment.requested": true, "payment.rerouted": true, "plan.reactivation_requested": true,
	"proposal.refused": true, "proposal.review_requested": true, "proposal.reviewed": true, "ruler.concluded": true, "ruler.ended": true,
	"ruler.rung_skipped": true, "ruler.started": true, "service.restore_requested": true,
}
