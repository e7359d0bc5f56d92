package dynamo

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// caseBody is the JSON body of a case item. What conditions and other readers need stands beside it in attributes.
type caseBody struct {
	Standing  string      `json:"standing"`
	UF        string      `json:"uf"`
	PersonKey string      `json:"personKey"`
	HasEmail  bool        `json:"hasEmail"`
	HasPhone  bool        `json:"hasPhone,omitempty"`
	Points    []pointBody `json:"points,omitempty"`
	Ruler     rulerBody   `json:"ruler"`
	OpenedAt  time.Time   `json:"openedAt"`
	// Proposed are the decisions that wait for a second member of staff.
	Proposed []proposedBody `json:"proposed,omitempty"`

	Pauses  []pauseBody  `json:"pauses,omitempty"`
	Promise *promiseBody `json:"promise,omitempty"`
	Score   *int         `json:"score,omitempty"`
	Segment string       `json:"segment,omitempty"`
}

type rulerBody struct {
	Generation int        `json:"generation"`
	Version    string     `json:"version"`
	Anchor     string     `json:"anchor"`
	StartedSeq int64      `json:"startedSeq"`
	StartedAt  time.Time  `json:"startedAt"`
	Running    bool       `json:"running"`
	EndReason  string     `json:"endReason"`
	Concluded  string     `json:"concluded,omitempty"`
	Rungs      []rungBody `json:"rungs"`
}

type rungBody struct {
	Rung      string    `json:"rung"`
	Outcome   string    `json:"outcome"`
	Reason    string    `json:"reason"`
	Channel   string    `json:"channel,omitempty"`
	Contact   string    `json:"contactId"`
	NotBefore time.Time `json:"notBefore,omitzero"`
	At        time.Time `json:"at"`
}

const attrBalances = "balances"

// caseItem is the case as it stands after the events that are being committed; head is the hash of the last.
func caseItem(c collection.Case, head string) (item, error) {
	body, err := document(caseBody{
		Standing: string(c.Standing), UF: c.UF, PersonKey: c.PersonKey, HasEmail: c.HasEmail, HasPhone: c.HasPhone,
		Points: back(c.Points, wirePoint), Proposed: each(c.Proposed, wireProposed), OpenedAt: utc(c.OpenedAt),
		Ruler: rulerBody{
			Generation: c.Ruler.Generation, Version: c.Ruler.Version, Anchor: dateText(c.Ruler.Anchor),
			StartedSeq: c.Ruler.StartedSeq, StartedAt: utc(c.Ruler.StartedAt), Running: c.Ruler.Running,
			EndReason: c.Ruler.EndReason, Concluded: string(c.Ruler.Concluded), Rungs: each(c.Ruler.Rungs, wireRung),
		},
		Pauses: somePauses(c.Pauses), Promise: somePromise(c.Promise), Score: c.Score, Segment: c.Segment,
	})
	if err != nil {
		return nil, err
	}
	balances := map[string]types.AttributeValue{}
	for account, amount := range c.Balances {
		balances[string(account)] = number(int64(amount))
	}
	it := caseKey(c.Creditor, c.ID).new()
	it[attrSeq], it[attrHead], it[attrDoc] = number(c.Seq), text(head), body
	it[attrBalances] = &types.AttributeValueMemberM{Value: balances}
	setBinary(it, attrWrappedKey, c.WrappedKey)
	setBinary(it, attrSealed, c.Sealed)
	return it, nil
}

// readCase fills in a case whose id and creditor are set.
func readCase(it item, c *collection.Case) error {
	r, p := read(it), &parser{}
	var body caseBody
	r.document(&body)
	c.Seq, c.Head, c.WrappedKey, c.Sealed = r.number(attrSeq), r.text(attrHead), r.binary(attrWrappedKey), r.binary(attrSealed)
	c.Balances = map[collection.Account]money.Centavos{}
	for account, amount := range r.amounts(attrBalances) {
		c.Balances[collection.Account(account)] = money.Centavos(amount)
	}
	c.Standing, c.UF, c.PersonKey, c.HasEmail = collection.Standing(body.Standing), body.UF, body.PersonKey, body.HasEmail
	c.HasPhone, c.Points, c.OpenedAt = body.HasPhone, back(body.Points, domainPoint), utc(body.OpenedAt)
	c.Proposed = back(body.Proposed, p.proposed)
	c.Ruler = collection.RulerState{
		Generation: body.Ruler.Generation, Version: body.Ruler.Version, Anchor: p.date(body.Ruler.Anchor),
		StartedSeq: body.Ruler.StartedSeq, StartedAt: utc(body.Ruler.StartedAt), Running: body.Ruler.Running,
		EndReason: body.Ruler.EndReason, Concluded: collection.TerminalAction(body.Ruler.Concluded),
		Rungs: back(body.Ruler.Rungs, p.rung),
	}
	c.Pauses, c.Promise = back(body.Pauses, domainPause), p.promise(body.Promise)
	c.Score, c.Segment = body.Score, body.Segment
	return firstError(r.err, p.err)
}

func wireRung(s collection.RungState) rungBody {
	return rungBody{
		Rung: s.Rung, Outcome: string(s.Outcome), Reason: s.Reason, Channel: string(s.Channel), Contact: s.Contact.String(),
		NotBefore: utc(s.NotBefore), At: utc(s.At),
	}
}

func (p *parser) rung(b rungBody) collection.RungState {
	s := collection.RungState{
		Rung: b.Rung, Outcome: collection.RungOutcome(b.Outcome), Reason: b.Reason, Channel: collection.Channel(b.Channel),
		NotBefore: utc(b.NotBefore), At: utc(b.At),
	}
	parseInto(p, b.Contact, &s.Contact)
	return s
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// debtBody is the JSON body of a debt item.
type debtBody struct {
	Status      string       `json:"status"`
	Product     string       `json:"product"`
	DueDate     string       `json:"dueDate"`
	Principal   int64        `json:"principalCentavos"`
	MonthlyRate string       `json:"monthlyRate,omitempty"`
	TaxedDays   int          `json:"taxedDays,omitempty"`
	Credited    int64        `json:"creditedCentavos,omitempty"`
	Carried     *carriedBody `json:"carried,omitempty"`
	Agreement   string       `json:"agreementId"`
}

type carriedBody struct {
	Fine       int64  `json:"fineCentavos"`
	Interest   int64  `json:"interestCentavos"`
	Correction int64  `json:"correctionCentavos"`
	On         string `json:"on"`
}

func debtItem(c collection.Case, d collection.Debt) (item, error) {
	b := debtBody{
		Status: string(d.Status), Product: d.Product, DueDate: dateText(d.DueDate), Principal: int64(d.Principal),
		MonthlyRate: d.MonthlyRate, TaxedDays: d.TaxedDays, Credited: int64(d.Credited), Agreement: d.Agreement.String(),
	}
	if k := d.Carried; k != nil {
		b.Carried = &carriedBody{int64(k.Fine), int64(k.Interest), int64(k.Correction), dateText(k.On)}
	}
	body, err := document(b)
	if err != nil {
		return nil, err
	}
	it := caseChild(c.Creditor, c.ID, debtPrefix+d.ID.String()).new()
	it[attrRevision], it[attrDoc] = number(d.Revision), body
	setBinary(it, attrSealed, d.Sealed)
	return it, nil
}

func readDebt(it item) (collection.Debt, error) {
	r, p := read(it), &parser{}
	var body debtBody
	r.document(&body)
	d := collection.Debt{
		Status: collection.DebtStatus(body.Status), Product: body.Product, DueDate: p.date(body.DueDate),
		Principal: money.Centavos(body.Principal), MonthlyRate: body.MonthlyRate, TaxedDays: body.TaxedDays,
		Credited: money.Centavos(body.Credited), Sealed: r.binary(attrSealed), Revision: r.number(attrRevision),
	}
	if k := body.Carried; k != nil {
		d.Carried = &collection.Carried{
			Fine: money.Centavos(k.Fine), Interest: money.Centavos(k.Interest), Correction: money.Centavos(k.Correction), On: p.date(k.On),
		}
	}
	parseInto(p, r.idInSort(debtPrefix), &d.ID)
	parseInto(p, body.Agreement, &d.Agreement)
	return d, firstError(r.err, p.err)
}
