package dynamodb_test

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pair is the two targets that have to answer alike.
type pair struct {
	ours, oracle *target
	run          int // counts the tables made, because tokens outlive them
}

// difference is an operation that the two answered differently, and both answers as text.
type difference struct {
	op           operation
	ours, oracle string
}

// fresh gives the operation a token that no earlier tables have seen.
func (p *pair) fresh(op operation) operation {
	if token, _ := op.body["ClientRequestToken"].(string); token != "" && len(token) < 30 {
		op.body = maps.Clone(op.body)
		op.body["ClientRequestToken"] = fmt.Sprintf("%s-%d", token, p.run)
	}
	return op
}

// compare runs an operation on both and gives the difference, nil when there is none.
func (p *pair) compare(op operation) (*difference, error) {
	var texts [2]string
	sent := p.fresh(op)
	for i, g := range []*target{p.ours, p.oracle} {
		a, err := g.follow(sent)
		if err != nil {
			return nil, err
		}
		texts[i] = a.comparable(op).String()
	}
	if texts[0] == texts[1] || reworded(texts[0]) == reworded(texts[1]) {
		return nil, nil
	}
	return &difference{op: op, ours: texts[0], oracle: texts[1]}, nil
}

// maxPages ends a walk that does not end by itself.
const maxPages = 200

// follow runs an operation, and the pages after it when it is a walk: then the answer is what all pages hold together.
func (g *target) follow(op operation) (answer, error) {
	body, err := json.Marshal(op.body)
	if err != nil {
		return answer{}, fmt.Errorf("encode %s: %w", op.Name, err)
	}
	a, err := g.send(op.Name, string(body))
	if err != nil || a.code != "" {
		return a, err
	}
	if want := strconv.FormatUint(uint64(crc32.ChecksumIEEE(a.raw)), 10); a.header.Get("X-Amz-Crc32") != want {
		return a, fmt.Errorf("%s: X-Amz-Crc32 is %q, not %s", g.name, a.header.Get("X-Amz-Crc32"), want)
	}
	if !op.Walk {
		return a, nil
	}
	next := maps.Clone(op.body)
	count, scanned := 0, 0
	items, _ := a.body["Items"].([]any)
	for page := a.body; ; {
		count += integer(page["Count"])
		scanned += integer(page["ScannedCount"])
		if page["LastEvaluatedKey"] == nil {
			break
		}
		next["ExclusiveStartKey"] = page["LastEvaluatedKey"]
		if body, err = json.Marshal(next); err != nil {
			return a, fmt.Errorf("encode %s: %w", op.Name, err)
		}
		following, err := g.send(op.Name, string(body))
		if err != nil || following.code != "" {
			return following, err
		}
		page = following.body
		more, _ := page["Items"].([]any)
		if items = append(items, more...); len(items) > maxPages {
			return a, fmt.Errorf("%s: the walk does not end: %s", g.name, body)
		}
	}
	a.body = doc{"Count": count, "ScannedCount": scanned, "Items": items}
	return a, nil
}

func integer(v any) int {
	number, _ := v.(json.Number)
	n, _ := strconv.Atoi(number.String())
	return n
}

// comparable leaves out what DynamoDB does not promise: the order of what has none.
func (a answer) comparable(op operation) answer {
	body := maps.Clone(a.body)
	delete(body, "SizeEstimateRangeGB")
	switch {
	case a.code != "":
	case op.Name == "Scan":
		body["Items"] = sorted(body["Items"])
	case op.Name == "Query" && op.body["IndexName"] != nil:
		body["Items"] = grouped(body["Items"])
	case op.Name == "BatchGetItem":
		responses := doc{}
		if all, ok := body["Responses"].(doc); ok {
			for name, list := range all {
				responses[name] = sorted(list)
			}
		}
		body["Responses"] = responses
	case op.Name == "DescribeTable" || op.Name == "CreateTable":
		body = described(body)
	}
	switch capacity := body["ConsumedCapacity"].(type) {
	case []any:
		body["ConsumedCapacity"] = sorted(capacity)
	case doc:
		if asked := op.body["ReturnConsumedCapacity"]; asked == nil || asked == "NONE" {
			delete(body, "ConsumedCapacity")
		}
	}
	a.body = body
	return a
}

// grouped sorts the runs of an index's entries that have equal sort keys, which have no order.
func grouped(list any) any {
	entries, ok := list.([]any)
	if !ok {
		return list
	}
	sortKey := func(entry any) string {
		fields, _ := entry.(doc)
		return text(canonical(fields["gsk"]))
	}
	out := []any{}
	for len(entries) > 0 {
		n := 1
		for n < len(entries) && sortKey(entries[n]) == sortKey(entries[0]) {
			n++
		}
		run, _ := sorted(entries[:n]).([]any)
		out, entries = append(out, run...), entries[n:]
	}
	return out
}

// described picks from a table's description what both have to say.
func described(body doc) doc {
	for _, member := range []string{"Table", "TableDescription"} {
		whole, ok := body[member].(doc)
		if !ok {
			continue
		}
		out := doc{}
		for _, name := range []string{"TableName", "TableStatus", "KeySchema", "ItemCount"} {
			out[name] = whole[name]
		}
		out["AttributeDefinitions"] = sorted(whole["AttributeDefinitions"])
		indexes, _ := whole["GlobalSecondaryIndexes"].([]any)
		var list []any
		for _, index := range indexes {
			x, _ := index.(doc)
			list = append(list, doc{"IndexName": x["IndexName"], "KeySchema": x["KeySchema"], "Projection": x["Projection"]})
		}
		out["GlobalSecondaryIndexes"] = sorted(list)
		return out
	}
	return body
}

// replay runs operations on new tables and gives the first difference that no class explains.
func (p *pair) replay(t testing.TB, operations []operation) *difference {
	t.Helper()
	p.renew(t)
	for _, op := range operations {
		d, err := p.compare(op)
		if err != nil {
			t.Fatalf("%s %s: %v", op.Name, text(op.body), err)
		}
		if d != nil && explain(*d) == nil {
			return d
		}
	}
	return nil
}

// renew replaces both targets' tables by new ones.
func (p *pair) renew(t testing.TB) {
	t.Helper()
	*p.ours = *ours(t)
	p.run++
	for _, name := range episodeTables {
		if a := p.oracle.call(t, "DeleteTable", doc{"TableName": name}); a.code != "" && a.code != "ResourceNotFoundException" {
			t.Fatalf("delete table: %v", a)
		}
	}
	for _, g := range []*target{p.ours, p.oracle} {
		g.create(t, table(episodeTables[0]))
		g.create(t, flatTable(episodeTables[1]))
	}
}

// reduce gives a short list of operations whose last still differs, and whose last has no member that it does not need.
func (p *pair) reduce(t testing.TB, operations []operation) ([]operation, *difference) {
	t.Helper()
	last := p.replay(t, operations)
	if last == nil {
		return nil, nil
	}
	differs := func(candidate []operation) bool {
		d := p.replay(t, candidate)
		if d == nil || d.shape() != last.shape() {
			return false
		}
		last = d
		return true
	}
	for size := len(operations) / 2; size > 0; size /= 2 {
		for from := 0; from+size < len(operations); {
			if shorter := slices.Concat(operations[:from], operations[from+size:]); differs(shorter) {
				operations = shorter
			} else {
				from += size
			}
		}
	}
	for i := len(operations) - 1; i >= 0; i-- {
		for changed := true; changed; {
			changed = false
			for _, smaller := range cuts(operations[i].body) {
				body, _ := smaller.(doc)
				candidate := slices.Clone(operations)
				candidate[i].body = body
				if differs(candidate) {
					operations, changed = candidate, true
					break
				}
			}
		}
	}
	p.replay(t, operations)
	return operations, last
}

// shape is what two differences of one kind have in common: the operation and both answers without what varies in them.
func (d *difference) shape() string {
	return d.op.Name + "\n" + outline(d.ours) + "\n" + outline(d.oracle)
}

var varying = regexp.MustCompile(`[:#]?[\[{(<"'].*|[0-9]+|[:#]\S+`)

func outline(answer string) string {
	if strings.HasPrefix(answer, "{") {
		return "ok"
	}
	return varying.ReplaceAllString(answer, "")
}

// cuts gives every document that has one member or element less.
func cuts(v any) []any {
	var out []any
	switch v := v.(type) {
	case doc:
		for _, name := range members(v) {
			without := maps.Clone(v)
			delete(without, name)
			out = append(out, without)
			for _, smaller := range cuts(v[name]) {
				with := maps.Clone(v)
				with[name] = smaller
				out = append(out, with)
			}
		}
	case []any:
		for i := range v {
			out = append(out, slices.Concat(v[:i:i], v[i+1:]))
			for _, smaller := range cuts(v[i]) {
				with := slices.Clone(v)
				with[i] = smaller
				out = append(out, with)
			}
		}
	}
	return out
}
