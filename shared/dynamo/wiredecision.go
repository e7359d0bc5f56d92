package dynamo

import (
	"time"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// proposedBody is a decision that waits for a second member of staff, in the case item.
type proposedBody struct {
	Matter events.Matter `json:"matter"`
	By     string        `json:"by"`
	At     time.Time     `json:"at"`
	Seq    int64         `json:"seq"`
}

func wireMatter(m collection.Matter) events.Matter {
	return events.Matter{
		Kind: string(m.Kind), Outcome: string(m.Outcome), ProposalID: m.Proposal.String(), DebtIDs: each(m.Debts, debtIDText),
		Provider: m.Provider, Account: m.Account, Fact: m.Fact, AmountCentavos: int64(m.Amount),
	}
}

func (p *parser) matter(m events.Matter) collection.Matter {
	out := collection.Matter{
		Kind: collection.MatterKind(m.Kind), Outcome: collection.Choice(m.Outcome), Debts: back(m.DebtIDs, p.debtID), Provider: m.Provider,
		Account: m.Account, Fact: m.Fact, Amount: money.Centavos(m.AmountCentavos),
	}
	parseInto(p, m.ProposalID, &out.Proposal)
	return out
}

func wireProposed(d collection.ProposedDecision) proposedBody {
	return proposedBody{Matter: wireMatter(d.Matter), By: d.By, At: utc(d.At), Seq: d.Seq}
}

func (p *parser) proposed(b proposedBody) collection.ProposedDecision {
	return collection.ProposedDecision{Matter: p.matter(b.Matter), By: b.By, At: utc(b.At), Seq: b.Seq}
}

// decisionPayload maps the decisions of staff that two of them make.
func decisionPayload(event collection.Event) (any, bool) {
	switch e := event.(type) {
	case collection.DecisionPut:
		return events.DecisionProposed{Matter: wireMatter(e.Matter), By: e.By}, true
	case collection.DecisionAnswered:
		return events.DecisionAnswered{ProposedSeq: e.Put, Kind: string(e.Kind), Confirmed: e.Confirmed}, true
	}
	return nil, false
}

func decisionEvent(p *parser, payload any) collection.Event {
	switch e := payload.(type) {
	case events.DecisionProposed:
		return collection.DecisionPut{Matter: p.matter(e.Matter), By: e.By}
	case events.DecisionAnswered:
		return collection.DecisionAnswered{Put: e.ProposedSeq, Kind: collection.MatterKind(e.Kind), Confirmed: e.Confirmed}
	}
	return nil
}
