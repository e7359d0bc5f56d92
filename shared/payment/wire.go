package payment

import (
	"fmt"

	"github.com/regua/regua/shared/collection"
)

// Ref names an intent in the inputs of the payment machine and its tasks.
type Ref struct {
	Creditor string `json:"creditor"`
	CaseID   string `json:"caseId"`
	IntentID string `json:"intentId"`
}

// Correlation is what log lines about the intent are found by.
func (r Ref) Correlation() string { return r.IntentID }

func refOf(i collection.Intent) Ref {
	return Ref{string(i.Creditor), i.Case.String(), i.ID.String()}
}

// Waiting is the input of the task that waits for money: the intent and the token that ends the wait.
type Waiting struct {
	Creditor string `json:"creditor"`
	CaseID   string `json:"caseId"`
	IntentID string `json:"intentId"`
	Token    string `json:"token"`
}

// Correlation is what log lines about the intent are found by.
func (w Waiting) Correlation() string { return w.IntentID }

// Issued is what the machine learns of an intent: its status, and how long to wait for its money, 1 second at least.
type Issued struct {
	Status         string `json:"status"`
	TimeoutSeconds int64  `json:"timeoutSeconds"`
}

// Outcome is how an intent ended.
type Outcome struct {
	Status string `json:"status"`
}

// WakeMessage asks for the execution of an intent to be woken.
type WakeMessage struct {
	Creditor string `json:"creditor"`
	IntentID string `json:"intentId"`
}

// Correlation is what log lines about the intent are found by.
func (m WakeMessage) Correlation() string { return m.IntentID }

// IntakeMessage names a raw event that is to be taken in.
type IntakeMessage struct {
	Creditor string `json:"creditor"`
	Provider string `json:"provider"`
	Account  string `json:"account"`
	EventKey string `json:"eventKey"`
}

// Correlation is what log lines about the event are found by.
func (m IntakeMessage) Correlation() string { return m.EventKey }

func intakeOf(ref collection.RawRef) IntakeMessage {
	return IntakeMessage{string(ref.Creditor), ref.Provider, ref.Account, ref.Key}
}

func (m IntakeMessage) ref() (collection.RawRef, error) {
	creditor, err := collection.ParseCreditorID(m.Creditor)
	if err != nil {
		return collection.RawRef{}, fmt.Errorf("read message: %w", err)
	}
	return collection.RawRef{Creditor: creditor, Provider: m.Provider, Account: m.Account, Key: m.EventKey}, nil
}

// parseRef reads a creditor and an intent's id.
func parseRef(creditor, intent string) (collection.CreditorID, collection.IntentID, error) {
	c, err := collection.ParseCreditorID(creditor)
	if err != nil {
		return "", collection.IntentID{}, fmt.Errorf("read creditor: %w", err)
	}
	id, err := collection.ParseID[collection.IntentNoun](intent)
	if err != nil {
		return "", collection.IntentID{}, fmt.Errorf("read intent: %w", err)
	}
	return c, id, nil
}
