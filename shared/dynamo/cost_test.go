package dynamo_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/otp"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/session"
)

// meter asks every call for what it costs.
type meter struct {
	wire.Engine
	calls       []string
	read, wrote float64
}

func (m *meter) Serve(ctx context.Context, call wire.Call) (any, error) {
	if strings.Contains(call.Operation, "Table") || strings.Contains(call.Operation, "TimeToLive") {
		return m.Engine.Serve(ctx, call)
	}
	call.Body = append([]byte(`{"ReturnConsumedCapacity":"TOTAL",`), call.Body[1:]...)
	answer, err := m.Engine.Serve(ctx, call)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	var costs struct{ ConsumedCapacity json.RawMessage }
	if err := json.Unmarshal(text, &costs); err != nil {
		return nil, err
	}
	type units struct{ CapacityUnits float64 }
	var list []units
	if json.Unmarshal(costs.ConsumedCapacity, &list) != nil {
		list = make([]units, 1)
		if err := json.Unmarshal(costs.ConsumedCapacity, &list[0]); err != nil {
			return nil, err
		}
	}
	m.calls = append(m.calls, call.Operation)
	for _, c := range list {
		if call.Operation == "Query" || call.Operation == "GetItem" {
			m.read += c.CapacityUnits
		} else {
			m.wrote += c.CapacityUnits
		}
	}
	return answer, nil
}

// costs measures steps and compares them with the table in the data model.
type costs struct {
	*table
	t     *testing.T
	meter *meter
	doc   string
}

func newCosts(t *testing.T) *costs {
	t.Helper()
	doc, err := os.ReadFile("../../docs/data-model.md")
	must(t, err)
	c := &costs{t: t, doc: string(doc)}
	c.table = newTableOver(t, func(e wire.Engine) wire.Engine {
		c.meter = &meter{Engine: e}
		return c.meter
	})
	return c
}

// step measures one access pattern. Its row must stand in docs/data-model.md just so.
func (c *costs) step(name string, do func() error) {
	c.t.Helper()
	c.meter.calls, c.meter.read, c.meter.wrote = nil, 0, 0
	must(c.t, do())
	row := fmt.Sprintf("| %s | %s | %g | %g |", name, strings.Join(c.meter.calls, ", "), c.meter.read, c.meter.wrote)
	if !strings.Contains(c.doc, row+"\n") {
		c.t.Errorf("docs/data-model.md lacks the row\n%s", row)
	}
}

// Sizes that stand for real ones: sealed personal data, a contract's text, a signature's evidence, a provider's notification.
const (
	personSize, debtSize, textSize, evidenceSize, rawSize, answerSize, pdfSize = 420, 260, 6000, 1200, 900, 80, 34000
)

func sealed(size int) []byte { return make([]byte, size) }

// place opens a case with n debts of the sizes above.
func (c *costs) place(caseNumber uint64, n int) (*collection.Dossier, []collection.Companion) {
	d := opened(c.t, caseNumber, n)
	d.Case.WrappedKey, d.Case.Sealed = sealed(184), sealed(personSize)
	for i := range d.Debts {
		d.Debts[i].Sealed = sealed(debtSize)
	}
	return d, []collection.Companion{
		collection.DocumentLookup{DocumentHash: hash},
		collection.ContractLookup{ContractHash: hash, DocumentHash: hash, EmailMask: "m•••@e•••.org", PhoneMask: "•• •••••-••89"},
	}
}

const hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

func TestCostsOfADeal(t *testing.T) {
	c := newCosts(t)
	var d *collection.Dossier
	placed, lookups := c.place(1, 1)
	c.step("import a case with one debt", func() error { return c.Commit(t.Context(), placed, lookups...) })
	c.step("find a case by document", func() error { _, err := c.FindCase(t.Context(), creditor, hash); return err })
	c.step("load a case, 1 debt", func() (err error) { d, err = c.Load(t.Context(), creditor, placed.Case.ID); return err })
	must(t, d.Accept(meta(noon), offered(d, 1)))
	c.step("accept an offer", func() error {
		return c.Commit(t.Context(), d, collection.ContractText{Number: "2026-1", Sealed: sealed(textSize)},
			collection.ContractPDF{Number: "2026-1", Sealed: sealed(pdfSize)}, collection.Answer{
				Route: "POST /v1/me/proposals", KeyHash: hash, BodyHash: hash, Sealed: sealed(answerSize), ExpiresAt: noon.AddDate(0, 0, 30),
			})
	})
	c.step("drop one marker", func() error {
		return c.DropMarkers(t.Context(), collection.Marker{Creditor: creditor, Case: d.Case.ID, First: 1, Last: 2})
	})
	c.step("read a contract's text", func() error {
		_, err := c.ContractText(t.Context(), creditor, d.Case.ID, "2026-1")
		return err
	})
	c.step("read a contract's document", func() error {
		_, err := c.ContractPDF(t.Context(), creditor, d.Case.ID, "2026-1")
		return err
	})
	c.step("read a stored answer", func() error {
		_, err := c.LoadAnswer(t.Context(), creditor, d.Case.ID, "POST /v1/me/proposals", hash)
		return err
	})
	agreement := id[collection.AgreementNoun](3)
	must(t, d.Sign(meta(noon), id[collection.ProposalNoun](2), "text", agreement, hash, collection.AftercareReactivation))
	c.step("sign, 1 debt, 1 instalment", func() error {
		return c.Commit(t.Context(), d, collection.SignatureEvidence{Agreement: agreement, Hash: hash, Sealed: sealed(evidenceSize)})
	})
	c.pay(d, agreement)
	c.step("load a case after its deal", func() error { _, err := c.Load(t.Context(), creditor, d.Case.ID); return err })
}

// pay measures a payment from the request to the posting.
func (c *costs) pay(d *collection.Dossier, agreement collection.AgreementID) {
	t := c.t
	intent := id[collection.IntentNoun](4)
	_, err := d.RequestPayment(meta(noon), collection.PaymentRequested{
		Intent: intent, Agreement: agreement, Instalment: 1, Method: collection.MethodPix, ExpiresAt: noon.Add(time.Hour),
		Provider: "sandbox", Account: "vivamais",
	})
	must(t, err)
	c.step("request a payment", func() error {
		return c.Commit(t.Context(), d, collection.Answer{
			Route: "POST /v1/me/payment-intents", KeyHash: hash, BodyHash: hash, Sealed: sealed(answerSize),
			ExpiresAt: noon.AddDate(0, 0, 30),
		})
	})
	must(t, d.Issued(meta(noon), intent, collection.PayCode{BRCode: strings.Repeat("0", 180)}))
	c.step("record the payment code", func() error { return c.Commit(t.Context(), d) })
	c.step("store who waits", func() error {
		waiting, err := c.SetWaiter(t.Context(), creditor, intent, strings.Repeat("t", 600))
		d.Intents[0].Waiter = waiting.Waiter
		return err
	})
	e := raw("evt")
	e.Sealed, e.WrappedKey = sealed(rawSize), sealed(184)
	c.step("store a webhook", func() error { _, err := c.PutRaw(t.Context(), e); return err })
	c.step("load a raw event", func() error { _, err := c.LoadRaw(t.Context(), e.RawRef); return err })
	c.step("load an intent", func() error { _, err := c.LoadIntent(t.Context(), creditor, intent); return err })
	receipt := post(t, d, intent, "E00000000202603021200abcdefghijk")
	c.step("post a payment that settles 1 debt", func() error {
		return c.Commit(t.Context(), d, collection.PostedReceipt{Receipt: receipt})
	})
	c.step("list what is booked of a day", func() error {
		_, err := c.BookedOn(t.Context(), creditor, collection.ProviderAccount{Provider: receipt.Provider, Account: receipt.Account},
			offer.Today(receipt.PaidAt))
		return err
	})
	report := payment.Report{
		Creditor: creditor, At: collection.ProviderAccount{Provider: receipt.Provider, Account: receipt.Account}, Day: offer.Today(noon),
	}
	c.step("store a day's report", func() error { return c.PutReport(t.Context(), report) })
	c.step("load a day's report", func() error { _, err := c.LoadReport(t.Context(), creditor, report.At, report.Day); return err })
	must(t, c.RegisterAccount(t.Context(), creditor, report.At))
	c.step("list all accounts", func() error { _, err := c.RegisteredAccounts(t.Context()); return err })
	c.step("mark a raw event as taken in", func() error { return c.TakeIn(t.Context(), e.RawRef) })
}

func TestCostsOfTheLargestDeal(t *testing.T) {
	c := newCosts(t)
	d, _ := c.place(1, 50)
	must(t, c.Commit(t.Context(), d))
	c.step("load a case, 50 debts", func() error { _, err := c.Load(t.Context(), creditor, d.Case.ID); return err })
	must(t, d.Accept(meta(noon), offered(d, 72)))
	must(t, c.Commit(t.Context(), d))
	agreement := id[collection.AgreementNoun](3)
	must(t, d.Sign(meta(noon), id[collection.ProposalNoun](2), "text", agreement, hash, collection.AftercareReactivation))
	c.step("sign, 50 debts, 72 instalments", func() error {
		return c.Commit(t.Context(), d, collection.SignatureEvidence{Agreement: agreement, Hash: hash, Sealed: sealed(evidenceSize)})
	})
	c.step("load a case, 50 debts in 72 instalments", func() error { _, err := c.Load(t.Context(), creditor, d.Case.ID); return err })
}

func TestCostsOfContacts(t *testing.T) {
	c := newCosts(t)
	d, _ := c.place(1, 1)
	must(t, c.Commit(t.Context(), d))
	verdict := collection.Verdict{
		Outcome: "allow", Rules: []string{"hours.email", "cap.day", "cap.week"}, PackVersion: "2026.1", InputsHash: hash,
		Inputs: strings.Repeat("i", 400), At: noon,
	}
	contact := id[collection.ContactNoun](5)
	must(t, d.Record(meta(noon), collection.RulerStarted{Generation: 1, Version: "2026-01", Anchor: day("2025-12-01")}))
	c.step("start the ruler", func() error { return c.Commit(t.Context(), d) })
	must(t, d.Record(meta(noon), collection.ContactPlan{
		Contact: contact, Purpose: collection.PurposeReminder, Channel: collection.ChannelEmail, Template: "reminder-first", Generation: 1,
		Rung: "d5", Verdict: verdict,
	}))
	c.step("plan a contact", func() error { return c.Commit(t.Context(), d) })
	c.step("load a contact", func() error { _, err := c.LoadContact(t.Context(), creditor, d.Case.ID, contact); return err })
	c.step("read a person's cap, none yet", func() error { _, _, err := c.Cap(t.Context(), hash); return err })
	must(t, d.Record(meta(noon), collection.ContactClaim{Contact: contact, Verdict: verdict}))
	c.step("claim a contact with its cap and link", func() error {
		return c.Commit(t.Context(), d, collection.CapTaken{PersonKey: hash, Days: []calendar.Date{day("2026-03-02")}},
			collection.EntryLink{Hash: hash, Sealed: sealed(120), ExpiresAt: noon.AddDate(0, 0, 30)})
	})
	c.step("read a person's cap", func() error { _, _, err := c.Cap(t.Context(), hash); return err })
	must(t, d.Record(meta(noon), collection.ContactClosed{Contact: contact, Status: collection.ContactSent}))
	c.step("close a contact", func() error { return c.Commit(t.Context(), d) })
	c.step("look for markers in a shard", func() error {
		markers, err := c.PendingMarkers(t.Context(), 2, noon.Add(time.Hour), 100)
		if err == nil && len(markers) == 0 {
			return fmt.Errorf("shard 2 is empty")
		}
		return err
	})
}

func TestCostsOfALogin(t *testing.T) {
	c := newCosts(t)
	placed, lookups := c.place(1, 1)
	must(t, c.Commit(t.Context(), placed, lookups...))
	must(t, c.PutCreditor(t.Context(), []byte(`{"ID":"vivamais","pad":"`+strings.Repeat("p", 5000)+`"}`), 0))
	c.step("read a creditor, not in memory", func() error { _, err := c.Creditor(t.Context(), creditor); return err })
	ch := otp.Challenge{
		ID: id[collection.ChallengeNoun](6), Creditor: creditor, Case: placed.Case.ID, Known: true, Guard: hash, CaseGuard: hash[1:] + "c",
		Channel: collection.ChannelEmail, Destination: "m•••@e•••.org", CodeMAC: sealed(32), CreatedAt: noon,
		ExpiresAt: noon.Add(5 * time.Minute),
	}
	c.step("find a case by contract", func() error { _, err := c.FindContract(t.Context(), creditor, hash); return err })
	c.step("count a send", func() error {
		_, err := c.TakeSend(t.Context(), otp.Send{Creditor: creditor, Guard: hash, Challenge: ch.ID, At: noon})
		return err
	})
	c.step("store a challenge", func() error { return c.PutChallenge(t.Context(), ch) })
	c.step("claim a code for sending", func() error { return c.ClaimCode(t.Context(), ch, noon) })
	c.step("count a try", func() error { _, err := c.CountTry(t.Context(), creditor, ch.ID, noon); return err })
	c.step("count a wrong code at the case", func() error { return c.CountWrong(t.Context(), ch, noon) })
	c.step("count a wrong code at the claim", func() error { return c.NoteWrong(t.Context(), ch, noon) })
	s := session.Session{
		Creditor: creditor, Case: placed.Case.ID, TokenHash: hash, Challenge: ch.ID, Channel: collection.ChannelEmail,
		OpenedAt: noon, SeenAt: noon,
	}
	c.step("open a session", func() error { return c.OpenSession(t.Context(), ch, s, noon) })
	c.step("load a case with a session", func() error {
		_, _, err := c.LoadWithSession(t.Context(), creditor, placed.Case.ID, hash)
		return err
	})
	c.step("write a session's last use", func() error { return c.TouchSession(t.Context(), s, noon.Add(time.Minute)) })
	c.step("end a session", func() error { return c.EndSession(t.Context(), s) })
}
