package events

import "time"

// CasePaused is case.paused: reminders rest from an instant until another, or until the pause is lifted.
type CasePaused struct {
	PauseID string    `json:"pauseId"`
	Source  string    `json:"source"`
	From    time.Time `json:"from"`
	Until   time.Time `json:"until,omitzero"`
}

// PauseLifted is case.pause_lifted: the pause ended at Until.
type PauseLifted struct {
	PauseID string    `json:"pauseId"`
	Until   time.Time `json:"until"`
}

// PromiseMade is promise.made. Until is when the promised day and its grace are over.
type PromiseMade struct {
	PromiseID      string    `json:"promiseId"`
	AmountCentavos int64     `json:"amountCentavos"`
	Day            string    `json:"day"`
	DebtIDs        []string  `json:"debtIds"`
	Until          time.Time `json:"until"`
}

// PromiseKept is promise.kept.
type PromiseKept struct {
	PromiseID string `json:"promiseId"`
}

// PromiseBroken is promise.broken.
type PromiseBroken struct {
	PromiseID string `json:"promiseId"`
}

// PromiseWithdrawn is promise.withdrawn.
type PromiseWithdrawn struct {
	PromiseID string `json:"promiseId"`
}

// RulerConcluded is ruler.concluded: what the creditor asks for at the end of its ruler.
type RulerConcluded struct {
	Generation int    `json:"generation"`
	Action     string `json:"action"`
}
