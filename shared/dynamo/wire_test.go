package dynamo

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/collection/history"
	"github.com/regua/regua/shared/contract"
)

// filler gives every exported field of a value a random content, however deep. An empty list is nil, as it is after reading.
type filler struct {
	t *rapid.T
	// full leaves nothing empty or zero.
	full bool
}

func (f filler) fill(v reflect.Value) {
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = time.Unix(rapid.Int64Range(1, 4e9).Draw(f.t, "second"), rapid.Int64Range(1, 999_999_999).Draw(f.t, "nano")).UTC()
		return
	case *calendar.Date:
		*x = calendar.Of(time.Unix(rapid.Int64Range(1, 4e9).Draw(f.t, "day"), 0), time.UTC)
		return
	case *collection.Verdict:
		if !f.full && rapid.Bool().Draw(f.t, "no verdict") {
			return
		}
		f.fields(v)
		x.Outcome = "allow"
		return
	}
	if mint, ok := mints()[v.Type()]; ok {
		if f.full || rapid.Bool().Draw(f.t, "id") {
			v.Set(mint(rapid.Int64().Draw(f.t, "seed")))
		}
		return
	}
	f.plain(v)
}

func (f filler) plain(v reflect.Value) {
	least := 0
	if f.full {
		least = 1
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.StringN(least, 20, -1).Draw(f.t, "text"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64Min(1).Draw(f.t, "number"))
	case reflect.Bool:
		v.SetBool(f.full || rapid.Bool().Draw(f.t, "flag"))
	case reflect.Slice:
		n := rapid.IntRange(least, 3).Draw(f.t, "length")
		if n == 0 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			if v.Type().Elem().Kind() == reflect.Uint8 {
				v.Index(i).SetUint(7)
			} else {
				f.fill(v.Index(i))
			}
		}
	case reflect.Struct:
		f.fields(v)
	case reflect.Pointer:
		if f.full || rapid.Bool().Draw(f.t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem())
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, element := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key)
		f.fill(element)
		v.SetMapIndex(key, element)
	default:
		f.t.Fatalf("cannot fill a %s", v.Type())
	}
}

func (f filler) fields(v reflect.Value) {
	for i := range v.NumField() {
		if v.Type().Field(i).IsExported() {
			f.fill(v.Field(i))
		}
	}
}

func mints() map[reflect.Type]func(int64) reflect.Value {
	return map[reflect.Type]func(int64) reflect.Value{
		reflect.TypeFor[collection.CaseID]():      mintValue[collection.CaseNoun],
		reflect.TypeFor[collection.DebtID]():      mintValue[collection.DebtNoun],
		reflect.TypeFor[collection.ProposalID]():  mintValue[collection.ProposalNoun],
		reflect.TypeFor[collection.AgreementID](): mintValue[collection.AgreementNoun],
		reflect.TypeFor[collection.IntentID]():    mintValue[collection.IntentNoun],
		reflect.TypeFor[collection.ContactID]():   mintValue[collection.ContactNoun],
		reflect.TypeFor[collection.PromiseID]():   mintValue[collection.PromiseNoun],
	}
}

func mintValue[N any](seed int64) reflect.Value {
	id, err := collection.Mint[N](time.Unix(1_800_000_000, 0), rand.New(rand.NewSource(seed)))
	if err != nil {
		panic(err)
	}
	return reflect.ValueOf(id)
}

// everyEvent is the closed set of the domain's events.
func everyEvent() []collection.Event {
	return []collection.Event{
		collection.AgreementEnded{}, collection.DebtsCredited{}, collection.ReviewRequested{},
		collection.ProposalReviewed{}, collection.DebtsMoved{}, collection.AftercareAnswered{}, collection.DecisionPut{},
		collection.DecisionAnswered{},
		collection.CaseOpened{}, collection.ParticipantRevised{}, collection.DebtsPlaced{}, collection.DebtsRevised{},
		collection.MandateGiven{}, collection.PaymentRerouted{}, collection.PaymentNoticed{}, collection.PaymentRefused{},
		collection.PaymentReturned{}, collection.RefundWanted{}, collection.RefundAnswered{},
		collection.ProposalCreated{}, collection.ProposalRefused{}, collection.SignedContract{}, collection.PaymentRequested{},
		collection.PaymentIssued{}, collection.PaymentClosed{}, collection.PaymentPosted{}, collection.ServiceRestoreRequested{},
		collection.PlanReactivationRequested{}, collection.RulerStarted{}, collection.RungPassed{}, collection.RulerEnded{},
		collection.ReminderPaused{}, collection.PauseLifted{}, collection.PromiseMade{}, collection.PromiseFulfilled{},
		collection.PromiseFailed{}, collection.PromiseTakenBack{}, collection.RulerConcluded{},
		collection.ContactPlan{}, collection.ContactWithheld{}, collection.ContactClaim{}, collection.ContactClosed{},
		collection.ContactPointChanged{}, collection.ParticipantOptedOut{}, collection.ParticipantOptedIn{},
	}
}

func TestEveryEventHasAWireForm(t *testing.T) {
	var domain, wire []string
	for _, e := range everyEvent() {
		domain = append(domain, e.Type())
		payload, err := payloadOf(e)
		if err != nil {
			t.Error(err)
			continue
		}
		envelope, err := events.New(events.Envelope{}, payload)
		if err != nil || envelope.Type != e.Type() {
			t.Errorf("%s goes out as %s: %v", e.Type(), envelope.Type, err)
		}
	}
	for _, w := range events.Types() {
		wire = append(wire, w.Name)
	}
	slices.Sort(domain)
	slices.Sort(wire)
	if !slices.Equal(domain, wire) {
		t.Errorf("domain events %v\nwire events %v", domain, wire)
	}
}

func TestEventsGoOutAndComeBack(t *testing.T) {
	for _, event := range everyEvent() {
		t.Run(event.Type(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				f := filler{t: t}
				filled := reflect.New(reflect.TypeOf(event)).Elem()
				f.fill(filled)
				caseID, _ := mintValue[collection.CaseNoun](1).Interface().(collection.CaseID)
				r := collection.Recorded{Seq: rapid.Int64Min(1).Draw(t, "seq"), Event: filled.Interface().(collection.Event)}
				f.fill(reflect.ValueOf(&r.At).Elem())
				r.By = collection.System(rapid.String().Draw(t, "by"), "vivamais")
				if rapid.Bool().Draw(t, "participant") {
					r.By.Kind, r.By.Case = collection.KindParticipant, caseID
				}
				r.Reason, r.CausationID, r.CorrelationID = "<&>\u2028", rapid.String().Draw(t, "cause"), rapid.String().Draw(t, "correlation")

				doc, hash, err := encodeEvent("vivamais", caseID, "previous", r)
				if err != nil {
					t.Fatal(err)
				}
				back, err := DecodeEvent(doc)
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(back, r) {
					t.Fatalf("went out as %+v\ncame back as %+v", r, back)
				}
				again, sameHash, err := encodeEvent("vivamais", caseID, "previous", back)
				if err != nil || string(again) != string(doc) || hash != sameHash || !json.Valid(doc) {
					t.Fatalf("%s\nis not canonical: %s", doc, again)
				}
			})
		})
	}
}

// TestHistoriesFitTheSchemas holds what is really written to the published schemas, and sees that histories reach every event.
func TestHistoriesFitTheSchemas(t *testing.T) {
	schemas := map[string]*jsonschema.Schema{}
	for _, e := range events.Types() {
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		schema, err := c.Compile("../../events/schemas/" + e.Name + ".v1.json")
		if err != nil {
			t.Fatal(err)
		}
		schemas[e.Name] = schema
	}
	reached := map[string]bool{}
	histories := func(t *rapid.T) {
		w := history.New(t, "vivamais", nil)
		for range 60 {
			w.Step()
		}
		prev := ""
		for _, r := range w.Dossier.Recorded() {
			doc, hash, err := encodeEvent("vivamais", w.Dossier.Case.ID, prev, r)
			if err != nil {
				t.Fatal(err)
			}
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
			if err != nil {
				t.Fatal(err)
			}
			if err := schemas[r.Event.Type()].Validate(v); err != nil {
				t.Fatalf("%s\n%v", doc, err)
			}
			prev, reached[r.Event.Type()] = hash, true
		}
	}
	// The rare ends of a history are drawn sooner or later: chance alone must not fail the test, an event that is never reached must.
	const patience = 100
	for tries := 0; tries == 0 || (tries < patience && len(reached) < len(schemas)); tries++ {
		rapid.Check(t, histories)
	}
	for name := range schemas {
		if !reached[name] {
			t.Errorf("no history holds a %s", name)
		}
	}
}

func TestEventsThatCannotBeRead(t *testing.T) {
	caseID, _ := mintValue[collection.CaseNoun](1).Interface().(collection.CaseID)
	good, _, err := encodeEvent("vivamais", caseID, "", collection.Recorded{
		Meta: collection.Meta{By: collection.System("x", "vivamais")}, Seq: 1,
		Event: collection.RulerStarted{Generation: 1, Anchor: calendar.Of(time.Unix(0, 0), time.UTC)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"nothing":          {"", ""},
		"an unknown type":  {`"ruler.started"`, `"ruler.begun"`},
		"another version":  {`"version":1`, `"version":2`},
		"an unknown field": {`"generation":1`, `"generation":1,"more":1`},
		"a bad date":       {"1970-01-01", "1970-02-30"},
		"a bad creditor":   {`"creditorId":"vivamais"`, `"creditorId":"Viva Mais"`},
		"a bad case":       {caseID.String(), "01X"},
		"no kind":          {"system:x", "x"},
		"an unknown kind":  {"system:x", "robot:x"},
		"trailing data":    {"}}", "}}{}"},
		"a wrong payload":  {`"payload":{`, `"payload":[{`},
	} {
		doc := strings.ReplaceAll(string(good), change[0], change[1])
		if change[0] == "" {
			doc = ""
		}
		if r, err := DecodeEvent([]byte(doc)); err == nil {
			t.Errorf("%s: read %+v", name, r)
		}
	}
}

// TestItemsKeepEveryField fills everything that a dossier holds, so that a field that was added to the domain and forgotten here is found.
func TestItemsKeepEveryField(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := filler{t: t, full: true}
		var c collection.Case
		f.fill(reflect.ValueOf(&c).Elem())
		c.Creditor = "vivamais"
		checkItem(t, c, func() (item, error) { return caseItem(c, c.Head) }, func(it item) (collection.Case, error) {
			read := collection.Case{ID: c.ID, Creditor: c.Creditor}
			err := readCase(it, &read)
			return read, err
		})
		checkPart(t, f, func(x collection.Debt) (item, error) { return debtItem(c, x) }, readDebt)
		checkPart(t, f, func(x collection.Proposal) (item, error) { return proposalItem(c, x) }, readProposal)
		checkPart(t, f, func(x collection.Agreement) (item, error) { return agreementItem(c, x) }, readAgreement)
		checkPart(t, f, intentItem, readIntent)
		checkPart(t, f, contactItem, readContact)
	})
}

func checkPart[T any](t *rapid.T, f filler, write func(T) (item, error), read func(item) (T, error)) {
	var x T
	v := reflect.ValueOf(&x).Elem()
	f.fill(v)
	if field := v.FieldByName("Creditor"); field.IsValid() {
		field.SetString("vivamais")
	}
	checkItem(t, x, func() (item, error) { return write(x) }, read)
}

func checkItem[T any](t *rapid.T, x T, write func() (item, error), read func(item) (T, error)) {
	it, err := write()
	if err != nil {
		t.Fatal(err)
	}
	back, err := read(it)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, x) {
		t.Fatalf("wrote %+v\nread %+v", x, back)
	}
	for name := range it {
		if name == contract.KeyPartition || name == contract.KeySort { // the query that found the item has read it
			continue
		}
		broken := maps.Clone(it)
		broken[name] = &types.AttributeValueMemberNULL{Value: true}
		if _, err := read(broken); err == nil {
			t.Fatalf("%T was read without its %s", x, name)
		}
	}
}
