// Package reminder runs the reminder ruler of each case and sends what it plans: it starts a generation when debts are placed, decides step
// by step which contact is due, hands contacts over under contact law, and confirms payments.
//
// Every decision is committed before its effect. What a crash leaves undone is found again: an execution by its name, a message on the
// queue by the contact that still waits, a message to a person never.
package reminder

import (
	"context"
	"fmt"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

// Cases loads and commits cases.
type Cases interface {
	Load(ctx context.Context, creditor collection.CreditorID, id collection.CaseID) (*collection.Dossier, error)
	Commit(ctx context.Context, d *collection.Dossier, with ...collection.Companion) error
}

// Creditors finds creditors.
type Creditors interface {
	Creditor(ctx context.Context, id collection.CreditorID) (collection.Creditor, error)
}

// Contacts finds contacts; collection.ErrNotFound when there is none with the id.
type Contacts interface {
	LoadContact(
		ctx context.Context, creditor collection.CreditorID, id collection.CaseID, contact collection.ContactID,
	) (collection.Contact, error)
}

// Caps reads a person's rolling contact record: no days and version 0 when there is none.
type Caps interface {
	Cap(ctx context.Context, personKey string) (days []calendar.Date, version int64, err error)
}

// Queue takes messages for contact-send.
type Queue interface {
	Send(ctx context.Context, body any) error
}

// Executions starts executions of a state machine; one of the same name that was started before is success.
type Executions interface {
	Start(ctx context.Context, machineARN, name string, input any) error
}

// Later takes messages for contact-send that the queue holds back for a while, of at most 15 minutes.
type Later interface {
	SendAfter(ctx context.Context, body any, wait time.Duration) error
}

// Message names a contact to be handed over. It holds ids only. Round counts how often it was put back by contact-send.
type Message struct {
	Creditor  string `json:"creditor"`
	CaseID    string `json:"caseId"`
	ContactID string `json:"contactId"`
	Round     int    `json:"round,omitempty"`
}

// Correlation is what log lines are found by: the contact's id.
func (m Message) Correlation() string { return m.ContactID }

func messageOf(c collection.Contact) Message {
	return Message{Creditor: string(c.Creditor), CaseID: c.Case.String(), ContactID: c.ID.String()}
}

func parseCase(creditor, id string) (collection.CreditorID, collection.CaseID, error) {
	creditorID, err := collection.ParseCreditorID(creditor)
	if err != nil {
		return "", collection.CaseID{}, err
	}
	caseID, err := collection.ParseID[collection.CaseNoun](id)
	if err != nil {
		return "", collection.CaseID{}, fmt.Errorf("case: %w", err)
	}
	return creditorID, caseID, nil
}
