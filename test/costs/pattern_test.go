package costs

import (
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/contract"
)

// noRow is the pattern of a call that nothing prices.
const noRow = ""

// rows names the access pattern of docs/data-model.md for what a call of the table does to which item, or for the events of a transaction.
var rows = map[string]string{
	"GetItem CONTACT": "load a contact", "GetItem CREDITOR": "read a creditor, not in memory", "GetItem CAP": "read a person's cap",
	"GetItem DOCUMENT": "find a case by document", "GetItem CONTRACT": "find a case by contract", "GetItem INTENT": "load an intent",
	"GetItem RAW": "load a raw event", "GetItem TEXT": "read a contract's text", "GetItem ANSWER": "read a stored answer",
	// Items without a row of their own that are as small as these.
	"GetItem CHALLENGE": "find a case by contract", "GetItem GUARD": "find a case by contract",

	"PutItem CHALLENGE": "store a challenge", "PutItem RAW": "store a webhook",
	"UpdateItem CHALLENGE": "count a try", "UpdateItem GUARD": "count a send", "UpdateItem STATE": "write a session's last use",
	"UpdateItem INTENT": "store who waits", "UpdateItem RAW": "mark a raw event as taken in",
	"Query ": "load a case, 1 debt", "Query " + contract.IndexPending: "look for markers in a shard",
	"Query " + contract.IndexBooked: "list what is booked of a day",
	"GetItem RECEIPT":               "load an intent", "GetItem RETURN": "load an intent",
	"GetItem RECONCILED": "load a day's report", "PutItem RECONCILED": "store a day's report",
	"BatchWriteItem ": "drop one marker",

	"case.opened case.debts_placed": "import a case with one debt", "ruler.started": "start the ruler",
	// Without rows of their own: one event like it, or two, which are as large as an event and a contact, or three.
	"ruler.ended": "start the ruler", "ruler.rung_skipped": "start the ruler", "ruler.ended ruler.started": "plan a contact",
	"ruler.concluded ruler.ended": "plan a contact", "ruler.rung_skipped contact.planned": "claim a contact with its cap and link",
	"contact.planned": "plan a contact", "contact.claimed": "claim a contact with its cap and link", "contact.closed": "close a contact",
	"proposal.created": "accept an offer", "contract.signed": "sign, 1 debt, 1 instalment", "payment.requested": "request a payment",
	"payment.issued": "record the payment code", "payment.posted plan.reactivation_requested": "post a payment that settles 1 debt",
	// Without rows of their own: an event, the case, and an agreement as small as an intent with its code.
	"plan.reactivation_requested": "record the payment code", "aftercare.answered": "record the payment code",
	"CHALLENGE GUARD": "claim a code for sending", "CHALLENGE GUARD GUARD STATE": "open a session",
}

// keys is what of an item tells its kind.
type keys map[string]struct{ S string }

// kind names an item by its key, as docs/data-model.md lists them.
func (k keys) kind() string {
	partition, sort := strings.Split(k["pk"].S, "#"), strings.Split(k["sk"].S, "#")
	if len(partition) < 2 || partition[1] != "CASE" {
		return map[string]string{"LOOKUP": partition[min(1, len(partition)-1)]}[sort[0]] + strings.TrimPrefix(sort[0], "LOOKUP")
	}
	return map[string]string{"C": "CONTACT", "T": "TEXT", "K": "ANSWER", "S": "STATE"}[sort[0]]
}

// pattern names the row that prices a call of the table; noRow when there is none.
func pattern(call wire.Call) string {
	var c struct {
		IndexName     string
		Key, Item     keys
		TransactItems []map[string]struct{ Key, Item keys }
	}
	if json.Unmarshal(call.Body, &c) != nil {
		return noRow
	}
	switch call.Operation {
	case "GetItem", "UpdateItem":
		return rows[call.Operation+" "+c.Key.kind()]
	case "PutItem":
		return rows[call.Operation+" "+c.Item.kind()]
	case "TransactWriteItems":
		var events, kinds []string
		for _, action := range c.TransactItems {
			for _, on := range action {
				if event := on.Item["type"].S; event != "" {
					events = append(events, event)
				}
				if on.Item == nil {
					on.Item = on.Key
				}
				kinds = append(kinds, on.Item.kind())
			}
		}
		if len(events) > 0 {
			return rows[strings.Join(events, " ")]
		}
		return rows[strings.Join(kinds, " ")]
	}
	return rows[call.Operation+" "+c.IndexName]
}

// units is what one access costs in read and write request units.
type units struct{ read, write *big.Rat }

// dataModel reads the units of every access pattern out of docs/data-model.md, where a test of shared/dynamo holds them to what is
// measured.
func dataModel(t *testing.T) map[string]units {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "data-model.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]units{}
	for line := range strings.Lines(string(doc)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 4 {
			continue
		}
		read, ok := new(big.Rat).SetString(cells[2])
		write, also := new(big.Rat).SetString(strings.TrimSuffix(cells[3], " |"))
		if ok && also {
			found[strings.TrimPrefix(cells[0], "| ")] = units{read, write}
		}
	}
	return found
}

func TestEveryPatternIsARowOfTheDataModel(t *testing.T) {
	model := dataModel(t)
	for call, row := range rows {
		if _, ok := model[row]; !ok {
			t.Errorf("%s is priced as %q, which docs/data-model.md does not have", call, row)
		}
	}
}

// transitions counts the states that a golden history without retries enters, and those of them that are tasks.
func transitions(t *testing.T, machine, history string) (total, tasks int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "statemachines", "testdata", machine, history+".history"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		switch fields := strings.Fields(line); {
		case len(fields) < 3:
		case strings.HasSuffix(fields[2], "StateEntered"):
			total++
			if strings.HasPrefix(fields[2], "Task") {
				tasks++
			}
		}
	}
	return total, tasks
}
