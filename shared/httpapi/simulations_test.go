package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	awsevents "github.com/aws/aws-lambda-go/events"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/session"
)

const simulationCase = "01JD9Z3V4QW8X6M2N7P5R1T0KC"

// negotiation is a case of two open debts of 1,000.00, of which one is of a product that is not negotiated.
type negotiation struct {
	t        *testing.T
	creditor collection.Creditor
	dossier  *collection.Dossier
	reads    int
}

func (n *negotiation) Authenticate(context.Context, string) (*collection.Dossier, session.Session, error) {
	return n.dossier, session.Session{Creditor: "vida-plena", Case: n.dossier.Case.ID, TokenHash: strings.Repeat("ab", 32)}, nil
}

func (n *negotiation) Creditor(context.Context, collection.CreditorID) (collection.Creditor, error) {
	n.reads++
	return n.creditor, nil
}

func newNegotiation(t *testing.T) *negotiation {
	t.Helper()
	id, err := collection.ParseID[collection.CaseNoun](simulationCase)
	if err != nil {
		t.Fatal(err)
	}
	n := &negotiation{t: t, dossier: collection.NewDossier(id, "vida-plena"), creditor: collection.Creditor{
		ID: "vida-plena",
		Policy: collection.OfferPolicy{
			Version: "1", OfferLifetime: time.Hour, CashDueDays: 2, FirstDueDays: 5, InterestFree: 12,
			FirstWindow: collection.DueWindow{Earliest: 2, Latest: 20}, ExistentialMinimum: 60000,
			Limits: []collection.AmountLimit{{From: 1, MaxInstalments: 12, Minimum: 5000}},
			Products: []collection.Product{
				{ID: "cartao", Type: collection.ProductCard}, {ID: "acordo", Type: collection.ProductRenegotiation, DebtProducts: []string{"plano"}},
			},
		},
	}}
	var placed []collection.PlacedDebt
	for i, product := range []string{"plano", "coparticipação"} {
		debt, err := collection.Mint[collection.DebtNoun](edgeEpoch, bytes.NewReader(bytes.Repeat([]byte{byte(i)}, 10)))
		if err != nil {
			t.Fatal(err)
		}
		placed = append(placed, collection.PlacedDebt{
			ID: debt, Product: product, DueDate: offer.Today(edgeEpoch).AddDays(-10), Principal: money.Centavos(100000),
		})
	}
	meta := collection.Meta{At: edgeEpoch, By: collection.System("import", "vida-plena")}
	if err := n.dossier.Place(meta, &collection.CaseOpened{Standing: collection.StandingActive}, placed); err != nil {
		t.Fatal(err)
	}
	return n
}

func simulationMAC(purpose string, data ...[]byte) []byte {
	sum := sha256.Sum256(bytes.Join(append([][]byte{[]byte(purpose)}, data...), nil))
	return sum[:]
}

// ask calls a route, holds the answer to the document, and reads it.
func (n *negotiation) ask(method, path, body string) (int, offersBody, problemBody) {
	n.t.Helper()
	api := New(Options{
		Sessions: n, Cookie: Cookie{Name: "__Host-regua"}, Origin: edgeOrigin, Now: func() time.Time { return edgeEpoch },
		Log: slog.New(slog.DiscardHandler),
	})
	(&Offers{Creditors: n, MAC: simulationMAC}).Register(api)
	headers := map[string]string{"Authorization": "Bearer " + goodToken}
	if body != "" {
		headers["Content-Type"] = "application/json"
	}
	event := awsevents.APIGatewayProxyRequest{HTTPMethod: method, Resource: path, Body: body, Headers: headers}
	got, err := api.Serve(context.Background(), event)
	if err != nil {
		n.t.Fatal(err)
	}
	var offers offersBody
	var problem problemBody
	schema, into := "OfferList", any(&offers)
	if got.StatusCode != 200 {
		schema, into = "Problem", &problem
	}
	conforms(n.t, schema, got.Body)
	if err := json.Unmarshal([]byte(got.Body), into); err != nil {
		n.t.Fatal(err)
	}
	return got.StatusCode, offers, problem
}

// simulate asks for a deal over the first debt; more is the body's other members.
func (n *negotiation) simulate(more string) (int, offersBody, problemBody) {
	return n.ask("POST", "/v1/me/simulations", fmt.Sprintf(`{"debtIds":[%q]%s}`, n.dossier.Debts[0].ID, more))
}

func TestSimulationsAreSealedOffers(t *testing.T) {
	n := newNegotiation(t)
	status, got, problem := n.simulate(`,"instalments":3,"firstDueDate":"2026-12-10","product":"acordo"`)
	if status != 200 || len(got.Offers) != 1 {
		t.Fatalf("%d %+v %+v", status, got, problem)
	}
	o := got.Offers[0]
	if o.Instalments != 3 || o.FirstDueDate != "2026-12-10" || o.Product != "acordo" || o.Total != 100000 || o.CETAnnual != "0.00" ||
		got.Original != 100000 || got.DebtIDs[0] != n.dossier.Debts[0].ID.String() {
		t.Errorf("got %+v", got)
	}
	sealed, err := offer.Open(o.OfferID, simulationMAC)
	want, dateErr := calendar.ParseDate("2026-12-10")
	if err != nil || dateErr != nil || sealed.Payments != 3 || sealed.FirstDue != want || sealed.Product != "acordo" {
		t.Errorf("sealed %+v, %v", sealed, err)
	}
	terms, err := offer.Terms(n.creditor, sealed.Deal(n.dossier.Debts[:1], n.dossier.Case.Standing))
	if err != nil || offer.Fingerprint(terms) != sealed.Print || terms.Total != sealed.Total {
		t.Errorf("worked out again: %+v, %v", terms, err)
	}
	if n.reads != 1 || len(n.dossier.Recorded()) != 2 { // what the test placed
		t.Errorf("%d reads, %d events", n.reads, len(n.dossier.Recorded()))
	}
}

func TestSimulationsNameTheRule(t *testing.T) {
	n := newNegotiation(t)
	for more, want := range map[string]string{
		`,"instalments":13`: "max_instalments", `,"instalments":720`: "max_instalments",
		`,"instalments":2,"firstDueDate":"2026-11-24"`: "first_due_date", `,"instalments":1,"firstDueDate":"2026-12-10"`: "first_due_date",
		`,"instalments":2,"product":"novo"`: "product_unknown", `,"instalments":2,"product":"cartao"`: "product_type",
		`,"instalments":1,"monthlyIncomeCentavos":100000`: "existential_minimum",
	} {
		status, _, problem := n.simulate(more)
		if status != 422 || problem.Code != "deal_not_offered" || problem.Rule != want || problem.Detail == "" {
			t.Errorf("%s: %d %+v, want %s", more, status, problem, want)
		}
		near := want == "existential_minimum" || want == "max_instalments"
		if (problem.Alternative != nil) != near || want == "max_instalments" && problem.Alternative.Instalments != 12 {
			t.Errorf("%s: the alternative is %+v", more, problem.Alternative)
		}
	}
	status, _, problem := n.ask("POST", "/v1/me/simulations", fmt.Sprintf(`{"debtIds":[%q],"instalments":1}`, n.dossier.Debts[1].ID))
	if status != 422 || problem.Rule != "product_debts" {
		t.Errorf("a debt that is not negotiated: %d %+v", status, problem)
	}
}

func TestSimulationsRefuseBadInput(t *testing.T) {
	n := newNegotiation(t)
	for more, field := range map[string]string{
		``: "instalments", `,"instalments":0`: "instalments", `,"instalments":-1`: "instalments", `,"instalments":721`: "instalments",
		`,"monthlyCentavos":0`: "monthlyCentavos", `,"instalments":1,"monthlyIncomeCentavos":-5`: "monthlyIncomeCentavos",
		`,"instalments":1,"monthlyCentavos":1000000001`: "monthlyCentavos", `,"instalments":1,"product":""`: "product",
		`,"instalments":1,"firstDueDate":"10/12/2026"`: "firstDueDate", `,"instalments":1,"firstDueDate":"2026-02-30"`: "firstDueDate",
		`,"instalments":1,"firstDueDate":""`: "firstDueDate", `,"instalments":"1"`: "instalments", `,"instalments":1,"offerId":"x"`: "offerId",
	} {
		status, _, problem := n.simulate(more)
		if status != 400 || len(problem.Errors) != 1 || problem.Errors[0].Field != field {
			t.Errorf("%s: %d %+v, want %s", more, status, problem, field)
		}
	}
	one := n.dossier.Debts[0].ID.String()
	for list, want := range map[string]int{
		`[]`: 400, `["x"]`: 400, fmt.Sprintf("[%q,%q]", one, one): 400, fmt.Sprintf("[%q]", simulationCase): 404,
		"[" + strings.TrimSuffix(strings.Repeat(fmt.Sprintf("%q,", one), 51), ",") + "]": 400,
	} {
		if status, _, problem := n.ask("POST", "/v1/me/simulations", `{"instalments":1,"debtIds":`+list+`}`); status != want {
			t.Errorf("%.80s: %d %+v, want %d", list, status, problem, want)
		}
	}
	n.dossier.Debts[0].Status = collection.DebtInAgreement
	if status, _, problem := n.simulate(`,"instalments":1`); status != 409 || problem.Code != "debts_not_open" {
		t.Errorf("a debt in an agreement: %d %+v", status, problem)
	}
}

func TestOffersCoverWhatCanBeNegotiated(t *testing.T) {
	n := newNegotiation(t)
	status, got, _ := n.ask("GET", "/v1/me/offers", "")
	if status != 200 || len(got.DebtIDs) != 1 || got.Offers[0].Kind != "cash" || got.NextAction != NextChooseOffer {
		t.Errorf("%d %+v", status, got)
	}
	n.creditor.Policy.Products[1].Standings = []collection.Standing{collection.StandingFormer}
	status, got, _ = n.ask("GET", "/v1/me/offers", "")
	if status != 200 || len(got.Offers) != 0 || got.NextAction != NextContactCreditor {
		t.Errorf("nothing can be negotiated: %d %+v", status, got)
	}
}
