package dynamo

import (
	"time"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// promisePayload maps the events of promises and pauses, and the ruler's conclusion, to their payloads.
func promisePayload(event collection.Event) (any, bool) {
	switch e := event.(type) {
	case collection.ReminderPaused:
		return events.CasePaused{
			PauseID: e.Pause.ID, Source: string(e.Pause.Source), From: utc(e.Pause.From), Until: utc(e.Pause.Until),
		}, true
	case collection.PauseLifted:
		return events.PauseLifted{PauseID: e.ID, Until: utc(e.Until)}, true
	case collection.PromiseMade:
		return events.PromiseMade{
			PromiseID: e.Promise.String(), AmountCentavos: int64(e.Amount), Day: dateText(e.Day), DebtIDs: each(e.Debts, debtIDText),
			Until: utc(e.Until),
		}, true
	case collection.PromiseFulfilled:
		return events.PromiseKept{PromiseID: e.Promise.String()}, true
	case collection.PromiseFailed:
		return events.PromiseBroken{PromiseID: e.Promise.String()}, true
	case collection.PromiseTakenBack:
		return events.PromiseWithdrawn{PromiseID: e.Promise.String()}, true
	case collection.RulerConcluded:
		return events.RulerConcluded{Generation: e.Generation, Action: string(e.Action)}, true
	}
	return nil, false
}

func promiseEvent(p *parser, payload any) collection.Event {
	switch e := payload.(type) {
	case events.CasePaused:
		return collection.ReminderPaused{Pause: collection.Pause{
			ID: e.PauseID, Source: collection.PauseSource(e.Source), From: utc(e.From), Until: utc(e.Until),
		}}
	case events.PauseLifted:
		return collection.PauseLifted{ID: e.PauseID, Until: utc(e.Until)}
	case events.PromiseMade:
		return collection.PromiseMade{
			Promise: p.promiseID(e.PromiseID), Amount: money.Centavos(e.AmountCentavos), Day: p.date(e.Day), Debts: back(e.DebtIDs, p.debtID),
			Until: utc(e.Until),
		}
	case events.PromiseKept:
		return collection.PromiseFulfilled{Promise: p.promiseID(e.PromiseID)}
	case events.PromiseBroken:
		return collection.PromiseFailed{Promise: p.promiseID(e.PromiseID)}
	case events.PromiseWithdrawn:
		return collection.PromiseTakenBack{Promise: p.promiseID(e.PromiseID)}
	case events.RulerConcluded:
		return collection.RulerConcluded{Generation: e.Generation, Action: collection.TerminalAction(e.Action)}
	}
	return nil
}

func (p *parser) promiseID(text string) (id collection.PromiseID) {
	parseInto(p, text, &id)
	return id
}

// wirePassed leaves an empty list out: events from before there were any read as they did.
func wirePassed(passed []collection.ChannelPassed) []events.ChannelPassed {
	if len(passed) == 0 {
		return nil
	}
	return each(passed, func(c collection.ChannelPassed) events.ChannelPassed {
		return events.ChannelPassed{Channel: string(c.Channel), Reason: c.Reason}
	})
}

func domainPassed(passed []events.ChannelPassed) []collection.ChannelPassed {
	return back(passed, func(c events.ChannelPassed) collection.ChannelPassed {
		return collection.ChannelPassed{Channel: collection.Channel(c.Channel), Reason: c.Reason}
	})
}

// pauseBody and promiseBody stand within a case's body.
type pauseBody struct {
	ID     string    `json:"id"`
	Source string    `json:"source"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until,omitzero"`
}

type promiseBody struct {
	ID        string    `json:"id"`
	Status    string    `json:"status"`
	Amount    int64     `json:"amountCentavos"`
	Day       string    `json:"day"`
	Debts     []string  `json:"debtIds"`
	Until     time.Time `json:"until"`
	Paid      int64     `json:"paidCentavos,omitempty"`
	MadeAt    time.Time `json:"madeAt"`
	SettledAt time.Time `json:"settledAt,omitzero"`
}

func somePauses(pauses collection.Pauses) []pauseBody {
	if len(pauses) == 0 {
		return nil
	}
	return each(pauses, func(x collection.Pause) pauseBody {
		return pauseBody{x.ID, string(x.Source), utc(x.From), utc(x.Until)}
	})
}

func domainPause(b pauseBody) collection.Pause {
	return collection.Pause{ID: b.ID, Source: collection.PauseSource(b.Source), From: utc(b.From), Until: utc(b.Until)}
}

// somePromise is nil for a case without a promise.
func somePromise(x collection.Promise) *promiseBody {
	if x.ID.IsZero() {
		return nil
	}
	return &promiseBody{
		ID: x.ID.String(), Status: string(x.Status), Amount: int64(x.Amount), Day: dateText(x.Day), Debts: each(x.Debts, debtIDText),
		Until: utc(x.Until), Paid: int64(x.Paid), MadeAt: utc(x.MadeAt), SettledAt: utc(x.SettledAt),
	}
}

func (p *parser) promise(b *promiseBody) collection.Promise {
	if b == nil {
		return collection.Promise{}
	}
	return collection.Promise{
		ID: p.promiseID(b.ID), Status: collection.PromiseStatus(b.Status), Amount: money.Centavos(b.Amount), Day: p.date(b.Day),
		Debts: back(b.Debts, p.debtID), Until: utc(b.Until), Paid: money.Centavos(b.Paid), MadeAt: utc(b.MadeAt), SettledAt: utc(b.SettledAt),
	}
}
