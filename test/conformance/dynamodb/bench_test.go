package dynamodb_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/store"
)

// partitions is how many partitions of 20 items the benchmarks work on.
const partitions = 50

// benchItem is an item of about 600 bytes.
func benchItem(partition, sort int) doc {
	it := itemOf(fmt.Sprint("case#", partition), fmt.Sprintf("debt#%02d", sort), doc{"ver": doc{"N": "1"}, "gpk": doc{"S": "shard"},
		"gsk": doc{"N": fmt.Sprint(partition)}, "note": doc{"S": strings.Repeat("x", 300)}})
	for i := range 10 {
		it[fmt.Sprint("a", i)] = doc{"S": "0123456789abcdef"}
	}
	return it
}

// work gives the calls of one operation: the i-th goes to another partition than the one before.
func work(i int) map[string]operation {
	p, sort := i%partitions, i%20
	it := benchItem(p, sort)
	key := doc{"pk": it["pk"], "sk": it["sk"]}
	update := func(key doc) doc {
		return doc{"TableName": "things", "Key": key, "UpdateExpression": "SET ver = ver + :one", "ConditionExpression": "ver >= :one",
			"ExpressionAttributeValues": doc{":one": doc{"N": "1"}}}
	}
	other := func(sort int) doc { return doc{"pk": it["pk"], "sk": doc{"S": fmt.Sprintf("debt#%02d", sort)}} }
	return map[string]operation{
		"Get":                {Name: "GetItem", body: doc{"TableName": "things", "Key": key}},
		"Put":                {Name: "PutItem", body: doc{"TableName": "things", "Item": it}},
		"conditional update": {Name: "UpdateItem", body: update(key)},
		"transaction of 3": {Name: "TransactWriteItems", body: doc{"TransactItems": []any{
			doc{"Put": doc{"TableName": "things", "Item": it}}, doc{"Update": update(other((sort + 1) % 20))},
			doc{"ConditionCheck": doc{"TableName": "things", "Key": other((sort + 2) % 20), "ConditionExpression": "attribute_exists(pk)"}},
		}}},
		"Query of 20": {Name: "Query", body: doc{"TableName": "things", "KeyConditionExpression": "pk = :p",
			"ExpressionAttributeValues": doc{":p": it["pk"]}}},
	}
}

// contestants are our engine in memory and with every write on disk, each in process and over a socket, and DynamoDB Local over a socket.
func contestants(b *testing.B) []*target {
	b.Helper()
	durable, err := store.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := durable.Close(); err != nil {
			b.Error(err)
		}
	})
	var all []*target
	for _, kept := range []struct {
		name  string
		store *store.Store
	}{{"memory", store.Memory()}, {"durable", durable}} {
		r := router(b, kept.store)
		server := httptest.NewServer(r)
		b.Cleanup(server.Close)
		all = append(all, &target{name: kept.name + ", in process", url: "http://local", do: r.Do},
			&target{name: kept.name + ", socket", url: server.URL, do: (&http.Client{}).Do})
	}
	return append(all, oracle(b))
}

// BenchmarkOracle times the same calls of one client on our engine and on DynamoDB Local in one run, and prints how they compare.
func BenchmarkOracle(b *testing.B) {
	all := contestants(b)
	for i, g := range all {
		if i%2 == 0 { // the one over a socket has the same engine
			g.prepare(b)
			for p := range partitions {
				for sort := range 20 {
					g.must(b, "PutItem", doc{"TableName": "things", "Item": benchItem(p, sort)})
				}
			}
		}
	}
	var lines strings.Builder
	for _, name := range []string{"Get", "Put", "conditional update", "transaction of 3", "Query of 20"} {
		fmt.Fprintf(&lines, "| %s |", name)
		var calls []operation
		for i := range partitions * 20 {
			calls = append(calls, work(i)[name])
		}
		spent := make([]time.Duration, len(all))
		for i, g := range all {
			for _, call := range calls[:200] { // the Java machine compiles what it has run often
				g.must(b, call.Name, call.body)
			}
			b.Run(name+"/"+g.name, func(b *testing.B) {
				n := 0
				for b.Loop() {
					call := calls[n%len(calls)]
					g.must(b, call.Name, call.body)
					n++
				}
				spent[i] = b.Elapsed() / time.Duration(n)
			})
		}
		theirs := spent[len(spent)-1]
		for _, d := range spent {
			fmt.Fprintf(&lines, " %.0f µs (%.1f) |", float64(d)/float64(time.Microsecond), float64(theirs)/float64(d))
		}
		lines.WriteString("\n")
	}
	names := []string{""}
	for _, g := range all {
		names = append(names, g.name)
	}
	fmt.Println("Time of a call, its client included, and by what factor DynamoDB Local takes longer:")
	fmt.Printf("| %s |\n%s", strings.Join(names, " | "), &lines)
}
