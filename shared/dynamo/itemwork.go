package dynamo

import (
	"strings"
	"time"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// intentBody is the JSON body of a payment intent. The waiter stands beside it: it is written apart from the case's history.
type intentBody struct {
	Agreement   string         `json:"agreementId"`
	Instalment  int            `json:"instalment"`
	Method      string         `json:"method"`
	Status      string         `json:"status"`
	Amount      int64          `json:"amountCentavos"`
	ExpiresAt   time.Time      `json:"expiresAt"`
	Provider    string         `json:"provider"`
	Account     string         `json:"account"`
	Tried       []triedBody    `json:"tried,omitempty"`
	FineRate    string         `json:"fineRate,omitempty"`
	Interest    string         `json:"monthlyInterest,omitempty"`
	Mandate     string         `json:"mandateId,omitempty"`
	Code        events.PayCode `json:"payCode,omitzero"`
	Refusal     string         `json:"refusal,omitempty"`
	Received    int64          `json:"receivedCentavos,omitempty"`
	Returned    int64          `json:"returnedCentavos,omitempty"`
	RequestedAt time.Time      `json:"requestedAt"`
	NoticedAt   time.Time      `json:"noticedAt,omitzero"`
	ConfirmedAt time.Time      `json:"confirmedAt,omitzero"`
}

type triedBody struct {
	Provider string `json:"provider"`
	Account  string `json:"account"`
}

func intentItem(x collection.Intent) (item, error) {
	body, err := document(intentBody{
		Agreement: x.Agreement.String(), Instalment: x.Instalment, Method: string(x.Method), Status: string(x.Status),
		Amount: int64(x.Amount), ExpiresAt: utc(x.ExpiresAt), Provider: x.Provider, Account: x.Account, Code: events.PayCode(x.Code),
		RequestedAt: utc(x.RequestedAt), NoticedAt: utc(x.NoticedAt), ConfirmedAt: utc(x.ConfirmedAt), FineRate: x.FineRate,
		Interest: x.MonthlyInterest, Mandate: x.Mandate, Refusal: x.Refusal, Received: int64(x.Received), Returned: int64(x.Returned),
		Tried: each(x.Tried, func(a collection.ProviderAccount) triedBody { return triedBody(a) }),
	})
	if err != nil {
		return nil, err
	}
	it := intentKey(x.Creditor, x.ID).new()
	it[attrRevision], it[attrCase], it[attrDoc] = number(x.Revision), text(x.Case.String()), body
	if x.Waiter != "" {
		it[attrWaiter] = text(x.Waiter)
	}
	return it, nil
}

func readIntent(it item) (collection.Intent, error) {
	r, p := read(it), &parser{}
	var body intentBody
	r.document(&body)
	x := collection.Intent{
		Instalment: body.Instalment, Method: collection.Method(body.Method), Status: collection.IntentStatus(body.Status),
		Amount: money.Centavos(body.Amount), ExpiresAt: utc(body.ExpiresAt), Provider: body.Provider, Account: body.Account,
		Code: collection.PayCode(body.Code), RequestedAt: utc(body.RequestedAt), NoticedAt: utc(body.NoticedAt),
		ConfirmedAt: utc(body.ConfirmedAt), FineRate: body.FineRate, MonthlyInterest: body.Interest, Mandate: body.Mandate,
		Refusal: body.Refusal, Received: money.Centavos(body.Received), Returned: money.Centavos(body.Returned),
		Tried:  back(body.Tried, func(t triedBody) collection.ProviderAccount { return collection.ProviderAccount(t) }),
		Waiter: r.optionalText(attrWaiter), Revision: r.number(attrRevision),
	}
	readID(r, attrCase, &x.Case)
	creditor, id, ok := strings.Cut(r.key().pk, "#INTENT#")
	if !ok {
		r.fail("pk", "an intent's key")
	}
	x.Creditor = collection.CreditorID(creditor)
	parseInto(p, id, &x.ID)
	parseInto(p, body.Agreement, &x.Agreement)
	return x, firstError(r.err, p.err)
}

// contactBody is the JSON body of a contact.
type contactBody struct {
	Purpose    string         `json:"purpose"`
	Channel    string         `json:"channel"`
	Template   string         `json:"template"`
	Generation int            `json:"generation"`
	Rung       string         `json:"rung"`
	Intent     string         `json:"paymentIntentId"`
	Status     string         `json:"status"`
	Verdict    events.Verdict `json:"verdict"`
	PlannedAt  time.Time      `json:"plannedAt"`
	SentAt     time.Time      `json:"sentAt,omitzero"`
	ClaimedAt  time.Time      `json:"claimedAt,omitzero"`
}

func contactItem(x collection.Contact) (item, error) {
	body, err := document(contactBody{
		Purpose: string(x.Purpose), Channel: string(x.Channel), Template: x.Template, Generation: x.Generation, Rung: x.Rung,
		Intent: x.Intent.String(), Status: string(x.Status), Verdict: wireVerdict(x.Verdict), PlannedAt: utc(x.PlannedAt),
		SentAt: utc(x.SentAt), ClaimedAt: utc(x.ClaimedAt),
	})
	if err != nil {
		return nil, err
	}
	it := caseChild(x.Creditor, x.Case, contactPrefix+x.ID.String()).new()
	it[attrRevision], it[attrDoc] = number(x.Revision), body
	return it, nil
}

func readContact(it item) (collection.Contact, error) {
	r, p := read(it), &parser{}
	var body contactBody
	r.document(&body)
	x := collection.Contact{
		Purpose: collection.Purpose(body.Purpose), Channel: collection.Channel(body.Channel), Template: body.Template,
		Generation: body.Generation, Rung: body.Rung, Status: collection.ContactStatus(body.Status), Verdict: domainVerdict(body.Verdict),
		PlannedAt: utc(body.PlannedAt), SentAt: utc(body.SentAt), ClaimedAt: utc(body.ClaimedAt), Revision: r.number(attrRevision),
	}
	creditor, id, ok := strings.Cut(r.key().pk, "#CASE#")
	if !ok {
		r.fail("pk", "a case's partition")
	}
	x.Creditor = collection.CreditorID(creditor)
	parseInto(p, id, &x.Case)
	parseInto(p, r.idInSort(contactPrefix), &x.ID)
	parseInto(p, body.Intent, &x.Intent)
	return x, firstError(r.err, p.err)
}

// answerKey is the key of an idempotent answer. The route goes in as it is written in the contract.
func answerKey(creditor collection.CreditorID, id collection.CaseID, route, keyHash string) key {
	return caseChild(creditor, id, answerPrefix+route+"#"+keyHash)
}

const attrBodyHash = "bodyHash"

func readAnswer(it item) (collection.Answer, error) {
	r := read(it)
	a := collection.Answer{BodyHash: r.text(attrBodyHash), Sealed: r.binary(attrSealed), ExpiresAt: r.instant(attrExpiresAt)}
	route := strings.TrimPrefix(r.key().sk, answerPrefix)
	if i := strings.LastIndexByte(route, '#'); i >= 0 {
		a.Route, a.KeyHash = route[:i], route[i+1:]
	}
	return a, r.err
}
