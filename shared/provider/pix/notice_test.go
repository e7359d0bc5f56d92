package pix_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/provider/pix"
)

func parser() *pix.Rail { return pix.New(func() time.Time { return start }) }

func parse(t testing.TB, body string) provider.Event {
	t.Helper()
	event, err := parser().Parse([]byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	if !event.Unproven {
		t.Errorf("%s is taken for proven", body)
	}
	return event
}

func entry(fact, txID, amount, more string) string {
	return fmt.Sprintf(`{"endToEndId":%q,"txid":%q,"valor":%q,"horario":"2026-11-23T11:00:00.358-03:00"%s}`, fact, txID, amount, more)
}

func TestVerify(t *testing.T) {
	account := provider.Account{Name: "vida", Pix: &provider.PixAccess{}}
	named := provider.Account{Name: "vida", Pix: &provider.PixAccess{NoticeSubject: "CN=webhook.example.com,O=Banco"}}
	for _, c := range []struct {
		name, subject string
		account       provider.Account
		refused       bool
	}{
		{"no certificate", "", account, true},
		{"no certificate, and one is named", "", named, true},
		{"another's", "CN=elsewhere", named, true},
		{"the named one in part", "CN=webhook.example.com", named, true},
		{"any that was verified", "CN=elsewhere", account, false},
		{"the named one", "CN=webhook.example.com,O=Banco", named, false},
	} {
		err := parser().Verify(c.account, provider.Delivery{ClientCertificate: c.subject}, start)
		if errors.Is(err, provider.ErrSignature) != c.refused || (err != nil) != c.refused {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	err := parser().Verify(provider.Account{Name: "vida"}, provider.Delivery{ClientCertificate: "CN=x"}, start)
	if err == nil || errors.Is(err, provider.ErrSignature) {
		t.Errorf("an account without access: %v", err)
	}
}

func TestParseReadsWhatIsReported(t *testing.T) {
	paid := start.Add(358 * time.Millisecond)
	one := provider.Payment{Fact: "E1", TxID: txID, Amount: 11000, PaidAt: paid}
	refund := `,"devolucoes":[{"id":"A","rtrId":"D1","valor":"10.00","horario":{"solicitacao":"2026-11-24T10:00:00Z",
		"liquidacao":"2026-11-24T10:00:01Z"},"status":"DEVOLVIDO"}]`
	back := provider.Return{
		Fact: "D1", Of: "E1", TxID: txID, Kind: provider.ReturnRefund, Amount: 1000, At: time.Date(2026, 11, 24, 10, 0, 1, 0, time.UTC),
	}
	fraud := back
	fraud.Kind = provider.ReturnChargeback
	nameless := back
	nameless.Fact, nameless.At = "E1/A", paid
	for name, c := range map[string]struct {
		body     string
		payments []provider.Payment
		returns  []provider.Return
	}{
		"one": {`{"pix":[` + entry("E1", txID, "110.00", "") + `],"novo":{"x":null}}`, []provider.Payment{one}, nil},
		"a batch": {`{"pix":[` + entry("E1", txID, "110.00", "") + `,` + entry("E2", "", "0.01", "") + `]}`, []provider.Payment{
			one, {Fact: "E2", Amount: 1, PaidAt: paid},
		}, nil},
		"with a refund": {`{"pix":[` + entry("E1", txID, "110.00", refund) + `]}`, []provider.Payment{one}, []provider.Return{back}},
		"under way": {
			`{"pix":[` + entry("E1", txID, "110.00", strings.Replace(refund, "DEVOLVIDO", "EM_PROCESSAMENTO", 1)) + `]}`,
			[]provider.Payment{one}, nil,
		},
		"a refund that failed": {
			`{"pix":[` + entry("E1", txID, "110.00", strings.Replace(refund, "DEVOLVIDO", "NAO_REALIZADO", 1)) + `]}`,
			[]provider.Payment{one}, nil,
		},
		"taken back": {
			`{"pix":[` + entry("E1", txID, "110.00", strings.Replace(refund, `"id"`, `"natureza":"MED_FRAUDE","id"`, 1)) + `]}`,
			[]provider.Payment{one}, []provider.Return{fraud},
		},
		"a refund alone, without rtrId and time, as the API's example has it": {
			`{"pix":[` + entry("E1", txID, "110.00", `,"devolucoes":{"id":"A","valor":"10.00","status":"DEVOLVIDO"}`) + `]}`,
			[]provider.Payment{one}, []provider.Return{nameless},
		},
		"under a mandate": {
			`{"cobsr":[{"idRec":"RR1234567820240115abcdefghijk","txid":"` + txID + `","status":"CONCLUIDA","pix":[` +
				entry("E1", "", "110.00", "") + `]}]}`,
			[]provider.Payment{one}, nil,
		},
	} {
		event := parse(t, c.body)
		if event.Kind != provider.EventMoney || !reflect.DeepEqual(event.Payments, c.payments) || !reflect.DeepEqual(event.Returns, c.returns) {
			t.Errorf("%s: %+v", name, event)
		}
	}
}

func TestWhatReportsNoMoneyIsKept(t *testing.T) {
	keys := map[string]bool{}
	for _, body := range []string{
		`{}`, `{"evento":"teste_webhook"}`, `{"pix":[]}`, `{"pix":null}`,
		`{"recs":[{"idRec":"RR1026652320240821lab77511abf","status":"APROVADA","atualizacao":[]}]}`,
		`{"recs":[{"idRec":"RR1026652320240821lab77511abf","status":"CANCELADA","atualizacao":[]}]}`,
		`{"cobsr":[{"idRec":"RR1234567820240115abcdefghijk","txid":"3136957d93134f2184b369e8f1c0729d","status":"ATIVA",
			"tentativas":[{"dataLiquidacao":"2024-20-08"}]}]}`,
	} {
		event := parse(t, body)
		if event.Kind != provider.EventOther || event.Payments != nil || keys[event.Key] || !strings.HasPrefix(event.Key, "pix-") {
			t.Errorf("%s: %+v", body, event)
		}
		keys[event.Key] = true
	}
}

func TestParseRefuses(t *testing.T) {
	good := entry("E1", txID, "110.00", "")
	if parse(t, `{"pix":[`+good+`]}`).Kind != provider.EventMoney {
		t.Fatal("the good one")
	}
	bodies := map[string]string{
		"nothing": ``, "a list": `[]`, "a text": `"x"`, "cut": `{"pix":[`, "an object for pix": `{"pix":` + good + `}`, "a number": `{"pix":1}`,
		"twice": `{"pix":[` + good + `],"PIX":[]}`, "too long": `{"x":"` + strings.Repeat("x", 256<<10) + `"}`,
		"too many": `{"pix":[` + strings.Repeat(good+",", 250) + good + `]}`, "cobsr of another form": `{"cobsr":{}}`,
	}
	for name, change := range map[string][2]string{
		"no fact": {`"E1"`, `""`}, "blank in a fact": {`"E1"`, `"E 1"`}, "a fact of 65": {`"E1"`, `"` + strings.Repeat("x", 65) + `"`},
		"accent in a fact": {`"E1"`, `"É1"`}, "a number for a fact": {`"E1"`, `1`}, "blank in a txid": {txID, "a b"},
		"zero": {"110.00", "0.00"}, "a sign": {"110.00", "-110.00"}, "one decimal": {"110.00", "110.0"}, "three decimals": {"110.00", "110.001"},
		"a comma": {"110.00", "110,00"}, "an exponent": {"110.00", "1e2.00"}, "eleven digits": {"110.00", "12345678901.00"},
		"no point":               {"110.00", "110"},
		"a number for an amount": {`"110.00"`, `110.00`}, "no time": {"2026-11-23T11:00:00.358-03:00", "2026-20-08"},
		"a time before Pix": {"2026-11-23", "2019-11-23"}, "blanks around": {"110.00", " 110.00"}, "other digits": {"110.00", "١١٠.٠٠"},
		"a refund without id":     {`"}`, `","devolucoes":[{"valor":"1.00","status":"DEVOLVIDO"}]}`},
		"a refund without amount": {`"}`, `","devolucoes":[{"id":"A","status":"DEVOLVIDO"}]}`},
		"a refund of no time":     {`"}`, `","devolucoes":[{"id":"A","valor":"1.00","status":"DEVOLVIDO","horario":{"liquidacao":"x"}}]}`},
		"refunds of another form": {`"}`, `","devolucoes":7}`},
	} {
		spoilt := strings.Replace(good, change[0], change[1], 1)
		if spoilt == good {
			t.Fatalf("%s changes nothing", name)
		}
		bodies[name] = `{"pix":[` + spoilt + `]}`
	}
	for name, body := range bodies {
		if event, err := parser().Parse([]byte(body)); !errors.Is(err, provider.ErrNotice) || !reflect.DeepEqual(event, provider.Event{}) {
			t.Errorf("%s: %+v, %v", name, event, err)
		}
	}
}

// Leading zeros are the form of the API's own pattern.
func TestAmountsAreReadToTheCentavo(t *testing.T) {
	for text, want := range map[string]int64{"0.01": 1, "007.50": 750, "9999999999.99": 999_999_999_999, "0000000000.10": 10} {
		if event := parse(t, `{"pix":[`+entry("E1", txID, text, "")+`]}`); int64(event.Payments[0].Amount) != want {
			t.Errorf("%s is %d", text, event.Payments[0].Amount)
		}
	}
}

// The same facts are the same notice, in whatever order and writing they come; any other fact makes another one.
func TestTheKeyIsMadeOfTheFacts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var entries []string
		for n := range rapid.IntRange(1, 6).Draw(t, "pix") {
			amount := fmt.Sprintf("%d.%02d", rapid.IntRange(0, 999).Draw(t, "reais"), rapid.IntRange(1, 99).Draw(t, "centavos"))
			entries = append(entries, entry(fmt.Sprint("E", n), txID, amount, ""))
		}
		body := `{"pix":[` + strings.Join(entries, ",") + `]}`
		first := parseDrawn(t, body)
		rand.New(rand.NewSource(rapid.Int64().Draw(t, "order"))).Shuffle(len(entries), func(i, j int) {
			entries[i], entries[j] = entries[j], entries[i]
		})
		again := parseDrawn(t, `{ "extra": 1, "pix":[ `+strings.Join(entries, " , ")+`] }`)
		if first.Key != again.Key {
			t.Fatalf("%s has another key in another order", body)
		}
		other := rapid.SampledFrom([][2]string{
			{`"E0"`, `"F0"`}, {txID, "T" + txID[1:]}, {`.358-03:00`, `.359-03:00`}, {`"valor":"`, `"valor":"1`},
			{`00"}`, `00","devolucoes":[{"id":"A","valor":"1.00","status":"EM_PROCESSAMENTO"}]}`},
		}).Draw(t, "change")
		if changed := strings.Replace(body, other[0], other[1], 1); changed != body && parseDrawn(t, changed).Key == first.Key {
			t.Fatalf("%s has the key of %s", changed, body)
		}
	})
	states := map[string]bool{}
	for _, status := range []string{"EM_PROCESSAMENTO", "DEVOLVIDO", "NAO_REALIZADO"} {
		refund := `,"devolucoes":[{"id":"A","rtrId":"D1","valor":"1.00","status":"` + status + `"}]`
		states[parse(t, `{"pix":[`+entry("E1", txID, "110.00", refund)+`]}`).Key] = true
	}
	if len(states) != 3 {
		t.Errorf("three states of a refund make %d notices", len(states))
	}
}

func parseDrawn(t *rapid.T, body string) provider.Event {
	event, err := parser().Parse([]byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return event
}

// The vectors' own rules hold for what is sent; what comes is taken as it comes.
func TestVectorsOfIdentifiers(t *testing.T) {
	var vectors struct {
		TxID    string              `json:"txid_regex"`
		E2E     string              `json:"e2eid_regex"`
		IDRec   string              `json:"idrec_regex"`
		Valid   map[string][]string `json:"valid"`
		Invalid map[string][]string `json:"invalid"`
	}
	text, err := os.ReadFile("testdata/pix_ids.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	forms := map[string]string{"txid": vectors.TxID, "e2eid": vectors.E2E, "idrec": vectors.IDRec}
	read := 0
	for name, form := range forms {
		for _, id := range append(slices.Clone(vectors.Valid[name]), vectors.Invalid[name]...) {
			read++
			valid := slices.Contains(vectors.Valid[name], id)
			if regexp.MustCompile(form).MatchString(id) != valid {
				t.Errorf("%s %s against %s", name, id, form)
			}
			if event := parse(t, `{"pix":[`+entry(id, id, "1.00", "")+`]}`); event.Payments[0].Fact != id || event.Payments[0].TxID != id {
				t.Errorf("%s came as %+v", id, event)
			}
			if name == "txid" {
				r, c := newRig(t), down()
				c.TxID = id
				if _, err := r.Issue(t.Context(), r.account, c); (err == nil) != valid {
					t.Errorf("%s is sent: %v", id, err)
				}
			}
		}
	}
	if read != 10 {
		t.Errorf("read %d identifiers", read)
	}
}

func FuzzParse(f *testing.F) {
	good := `{"pix":[` + entry("E1", txID, "110.00", `,"devolucoes":[{"id":"A","valor":"1.00","status":"DEVOLVIDO"}]`) + `]}`
	for _, seed := range []string{
		good, `{}`, `{"recs":[{"idRec":"x"}]}`, `{"cobsr":[{"txid":"x","pix":[` + entry("E1", "", "1.00", "") + `]}]}`, `{"pix":null}`,
		strings.Replace(good, "110.00", "9999999999.99", 1), strings.Replace(good, "[{\"id", "{\"id", 1), good[:40], "{\"pix\":\xff}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := parser().Parse(body)
		if err != nil {
			if !errors.Is(err, provider.ErrNotice) || event.Key != "" || event.Payments != nil {
				t.Fatalf("%+v, %v", event, err)
			}
			return
		}
		if !event.Unproven || len(event.Key) != 68 || (event.Kind == provider.EventMoney) != (len(event.Payments) > 0) {
			t.Fatalf("%+v", event)
		}
		for _, p := range event.Payments {
			if p.Amount < 1 || p.Amount > 999_999_999_999 || p.Fact == "" || len(p.Fact) > 64 || len(p.TxID) > 64 || p.PaidAt.Year() < 2019 {
				t.Fatalf("%+v", p)
			}
		}
		for _, r := range event.Returns {
			if r.Amount < 1 || r.Fact == "" || len(r.Fact) > 64 || r.Of == "" {
				t.Fatalf("%+v", r)
			}
		}
	})
}
