package journey

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/test/audit"
)

// physical is the deployed name of a thing.
func physical(name string) string { return contract.Prefix(cloud.Stage) + name }

// ask makes one call of DynamoDB outside the product.
func (w *world) dynamo(operation string, body any) json.RawMessage {
	w.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(context.WithoutCancel(w.t.Context()), http.MethodPost, "http://cloud.local/", bytes.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization",
		"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
	req.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	res, err := w.cloud.Services.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %d %s %v", operation, res.StatusCode, answer, err)
	}
	return answer
}

// table reads the whole table: each item's JSON by "pk sk".
func (w *world) table() map[string]string {
	w.t.Helper()
	items := map[string]string{}
	var start json.RawMessage
	for {
		request := map[string]any{"TableName": physical(contract.Table), "ConsistentRead": true}
		if start != nil {
			request["ExclusiveStartKey"] = start
		}
		var page struct {
			Items            []json.RawMessage
			LastEvaluatedKey json.RawMessage
		}
		if err := json.Unmarshal(w.dynamo("Scan", request), &page); err != nil {
			w.t.Fatal(err)
		}
		for _, item := range page.Items {
			var key struct{ PK, SK struct{ S string } }
			if err := json.Unmarshal(item, &key); err != nil {
				w.t.Fatal(err)
			}
			items[key.PK.S+" "+key.SK.S] = string(item)
		}
		if start = page.LastEvaluatedKey; start == nil {
			return items
		}
	}
}

// changed lists what differs between two states of the table: "+" new, "-" gone, "~" other content.
func changed(before, after map[string]string) []string {
	var out []string
	for key, item := range after {
		if old, ok := before[key]; !ok {
			out = append(out, "+"+key)
		} else if old != item {
			out = append(out, "~"+key)
		}
	}
	for key := range before {
		if _, ok := after[key]; !ok {
			out = append(out, "-"+key)
		}
	}
	slices.Sort(out)
	return out
}

// caseKey is where a case stands.
type caseKey struct {
	creditor collection.CreditorID
	id       collection.CaseID
}

// cases lists the cases of a table, in order.
func (w *world) cases(table map[string]string) []caseKey {
	w.t.Helper()
	var out []caseKey
	for _, key := range slices.Sorted(maps.Keys(table)) {
		partition, isCase := strings.CutSuffix(key, " S#CASE")
		if !isCase {
			continue
		}
		creditor, text, _ := strings.Cut(partition, "#CASE#")
		id, err := collection.ParseID[collection.CaseNoun](text)
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, caseKey{collection.CreditorID(creditor), id})
	}
	return out
}

// audit holds every case of the world to its events and its ledger, whatever story was told. It runs after each test.
func (w *world) audit() {
	if w.killed.Load() {
		return
	}
	table := w.table()
	intents, contacts := 0, 0
	for _, c := range w.cases(table) {
		folded, err := w.auditCase(c)
		if err != nil {
			w.t.Errorf("case %s of %s: %v", c.id, c.creditor, err)
			continue
		}
		intents, contacts = intents+len(folded.Intents), contacts+len(folded.Contacts)
	}
	for key := range table {
		_, sort, _ := strings.Cut(key, " ")
		switch {
		case sort == "INTENT":
			intents--
		case strings.HasPrefix(sort, "C#"):
			contacts--
		}
	}
	if intents != 0 || contacts != 0 {
		w.t.Errorf("events and table differ by %d intents and %d contacts", intents, contacts)
	}
}

func (w *world) auditCase(c caseKey) (*collection.Dossier, error) {
	return audit.Case(context.WithoutCancel(w.t.Context()), w.cloud.Parts.Store(), c.creditor, c.id)
}

// cut reads an item's key as its partition, the kind of its sort key, and the rest of that.
func cut(key string) (partition, kind, rest string) {
	partition, sort, _ := strings.Cut(key, " ")
	parts := strings.SplitN(sort, "#", 3)
	if len(parts) < 3 {
		return partition, parts[0], ""
	}
	return partition, parts[0] + "#" + parts[1], parts[2]
}

// books is what the ledgers of all cases hold of money received.
type books struct {
	payments     []collection.Entry
	settling     int   // entries that applied something to an agreement
	cash, excess int64 // centavos
}

// books reads the ledgers of all cases.
func (w *world) books() books {
	w.t.Helper()
	var b books
	store := w.cloud.Parts.Store()
	for _, c := range w.cases(w.table()) {
		err := store.Ledger(w.t.Context(), c.creditor, c.id, func(e collection.Entry) error {
			cash, settles := int64(0), false
			for _, l := range e.Lines {
				switch l.Account {
				case collection.AccountCash:
					cash += int64(l.Amount)
				case collection.AccountExcess:
					b.excess -= int64(l.Amount)
				}
				settles = settles || strings.HasPrefix(string(l.Account), "agreement.") && l.Amount < 0
			}
			if settles {
				b.settling++
			}
			if cash != 0 {
				b.payments, b.cash = append(b.payments, e), b.cash+cash
			}
			return nil
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	return b
}
