package dynamodb_test

import (
	"fmt"
	"maps"
	"slices"
)

// operation is one request of the differential test. A walk is followed page by page.
type operation struct {
	Name string
	Walk bool `json:",omitempty"`
	body doc
}

func members(of doc) []string { return slices.Sorted(maps.Keys(of)) }

// skips notes an item and reports whether to leave it out because it was there before; now and then it stays.
func (c *chance) skips(seen map[string]bool, id string) bool {
	again := seen[id]
	seen[id] = true
	return again && !c.one(30)
}

func (c *chance) maybe(in int, body doc, name string, values ...any) {
	if c.one(in) {
		body[name] = pick(c, values...)
	}
}

func (c *chance) capacity(body doc) {
	c.maybe(8, body, "ReturnConsumedCapacity", "TOTAL", "INDEXES", "NONE")
}

func (c *chance) conditional(body doc, e *expression, in int) {
	if c.one(in) {
		body["ConditionExpression"] = e.condition(3)
	}
	c.maybe(3, body, "ReturnValuesOnConditionCheckFailure", "ALL_OLD", "ALL_OLD", "NONE")
}

func (c *chance) putItem() operation {
	table := c.anyTable()
	e := c.expression()
	body := doc{"TableName": table, "Item": c.item(table)}
	c.conditional(body, e, 2)
	c.maybe(3, body, "ReturnValues", "ALL_OLD", "ALL_OLD", "NONE")
	c.maybe(100, body, "ReturnValues", "ALL_NEW", "UPDATED_NEW")
	c.capacity(body)
	return operation{Name: "PutItem", body: e.into(body)}
}

func (c *chance) updateItem() operation {
	table := c.anyTable()
	e := c.expression()
	body := doc{"TableName": table, "Key": c.keyOf(table)}
	if !c.one(25) {
		body["UpdateExpression"] = e.update()
	}
	c.conditional(body, e, 3)
	c.maybe(2, body, "ReturnValues", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW", "NONE")
	c.capacity(body)
	return operation{Name: "UpdateItem", body: e.into(body)}
}

func (c *chance) deleteItem() operation {
	table := c.anyTable()
	e := c.expression()
	body := doc{"TableName": table, "Key": c.keyOf(table)}
	c.conditional(body, e, 2)
	c.maybe(2, body, "ReturnValues", "ALL_OLD", "NONE")
	c.maybe(100, body, "ReturnValues", "ALL_NEW", "UPDATED_OLD")
	c.capacity(body)
	return operation{Name: "DeleteItem", body: e.into(body)}
}

func (c *chance) getItem() operation {
	table := c.anyTable()
	e := c.expression()
	body := doc{"TableName": table, "Key": c.keyOf(table)}
	c.maybe(3, body, "ConsistentRead", true, false)
	if c.one(2) {
		body["ProjectionExpression"] = e.projection()
	}
	c.capacity(body)
	return operation{Name: "GetItem", body: e.named(body)}
}

func (c *chance) search(body doc, e *expression) {
	partial := body["IndexName"] != nil && body["IndexName"] != "by-group"
	if c.one(3) && (!partial || c.one(10)) {
		body["FilterExpression"] = e.condition(2)
	}
	if c.one(4) && (!partial || c.one(4)) {
		body["ProjectionExpression"] = e.projection()
	}
	c.maybe(8, body, "Select", "COUNT", "COUNT", "COUNT", "ALL_ATTRIBUTES", "ALL_ATTRIBUTES", "SPECIFIC_ATTRIBUTES",
		"ALL_PROJECTED_ATTRIBUTES")
	c.maybe(6, body, "ConsistentRead", true, false)
	c.capacity(body)
}

func (c *chance) query() operation {
	e := c.expression()
	body := doc{"TableName": c.table}
	onIndex := c.one(2)
	if onIndex {
		body["IndexName"] = pick(c, "by-group", "by-keys", "by-some")
		c.maybe(200, body, "IndexName", "by-none", "x")
	}
	body["KeyConditionExpression"] = e.keyCondition(onIndex)
	c.search(body, e)
	c.maybe(2, body, "ScanIndexForward", true, false, false)
	walk := c.one(2)
	if walk {
		body["Limit"] = c.IntN(3) + 1
	} else if !onIndex {
		c.maybe(4, body, "Limit", 1, 2, 3, 100)
		c.maybe(60, body, "Limit", 0, -1)
		if c.one(6) {
			body["ExclusiveStartKey"] = c.startKey()
		}
	} else if c.one(12) {
		body["ExclusiveStartKey"] = pick(c, c.startKey(), doc{"gpk": doc{"S": "g"}, "gsk": doc{"N": "1"}},
			doc{"pk": doc{"S": "p"}, "sk": doc{"S": "a"}, "gpk": doc{"S": "g"}, "gsk": doc{"S": "1"}})
	}
	return operation{Name: "Query", Walk: walk, body: e.into(body)}
}

// startKey draws a key whose lengths are right: DynamoDB Local does not check them here.
func (c *chance) startKey() doc {
	return doc{"pk": doc{"S": pick(c, "p", "q", "r")}, "sk": doc{"S": pick(c, "a", "ab", "b", "c", "d", "\u00e9")}}
}

func (c *chance) scan() operation {
	e := c.expression()
	body := doc{"TableName": c.anyTable()}
	if body["TableName"] == c.table {
		c.maybe(3, body, "IndexName", "by-group", "by-keys", "by-some")
	}
	c.search(body, e)
	walk := c.one(2)
	if walk {
		body["Limit"] = c.IntN(4) + 1
	} else {
		c.maybe(60, body, "Limit", 0, -1)
	}
	return operation{Name: "Scan", Walk: walk, body: e.into(body)}
}

func (c *chance) batchGet() operation {
	tables := doc{}
	for _, table := range pick(c, []string{c.table}, []string{c.table, c.flat}, []string{c.flat}, []string{c.anyTable()}) {
		e := c.expression()
		seen, keys := map[string]bool{}, []any{}
		for range c.IntN(4) + 1 {
			key := c.keyOf(table)
			if id := text(canonical(key)); !seen[id] || c.one(30) {
				seen[id] = true
				keys = append(keys, key)
			}
		}
		body := doc{"Keys": keys}
		if c.one(3) {
			body["ProjectionExpression"] = e.projection()
		}
		c.maybe(3, body, "ConsistentRead", true, false)
		tables[table] = e.named(body)
	}
	body := doc{"RequestItems": tables}
	c.capacity(body)
	return operation{Name: "BatchGetItem", body: body}
}

func (c *chance) batchWrite() operation {
	tables := doc{}
	for _, table := range pick(c, []string{c.table}, []string{c.table, c.flat}, []string{c.flat}, []string{c.anyTable()}) {
		seen, requests := map[string]bool{}, []any{}
		for range c.IntN(4) + 1 {
			key := c.keyOf(table)
			if id := text(canonical(key)); c.skips(seen, id) {
				continue
			}
			if c.one(3) {
				requests = append(requests, doc{"DeleteRequest": doc{"Key": key}})
				continue
			}
			it := c.item(table)
			for _, name := range []string{"pk", "sk", "id"} {
				delete(it, name)
			}
			maps.Copy(it, key)
			requests = append(requests, doc{"PutRequest": doc{"Item": it}})
		}
		if c.one(120) {
			requests = append(requests, pick[any](c, doc{}, doc{"PutRequest": doc{}}))
		}
		tables[table] = requests
	}
	body := doc{"RequestItems": tables}
	c.capacity(body)
	return operation{Name: "BatchWriteItem", body: body}
}

func (c *chance) transactWrite() operation {
	var items []any
	seen := map[string]bool{}
	for range c.IntN(4) + 1 {
		table := c.anyTable()
		e := c.expression()
		e.calm = !c.one(20)
		key := c.keyOf(table)
		if id := table + text(canonical(key)); c.skips(seen, id) {
			continue
		}
		body, kind := doc{"TableName": table}, pick(c, "Put", "Update", "Update", "Delete", "ConditionCheck")
		switch kind {
		case "Put":
			it := c.item(table)
			for _, name := range []string{"pk", "sk", "id"} {
				delete(it, name)
			}
			maps.Copy(it, key)
			body["Item"] = it
		case "Update":
			body["Key"], body["UpdateExpression"] = key, e.update()
		default:
			body["Key"] = key
		}
		if kind == "ConditionCheck" && !c.one(40) {
			body["ConditionExpression"] = e.condition(1)
		} else if c.one(3) {
			body["ConditionExpression"] = e.condition(1)
		}
		c.maybe(3, body, "ReturnValuesOnConditionCheckFailure", "ALL_OLD", "NONE")
		items = append(items, doc{kind: e.into(body)})
	}
	if c.one(100) {
		items = append(items, pick[any](c, doc{}, doc{"Put": doc{}, "Delete": doc{}}))
	}
	body := doc{"TransactItems": items}
	c.capacity(body)
	c.maybe(12, body, "ClientRequestToken", "one", "two", "three", fmt.Sprint("token-", c.IntN(1000)))
	c.maybe(200, body, "ClientRequestToken", "0123456789012345678901234567890123456", "")
	return operation{Name: "TransactWriteItems", body: body}
}

func (c *chance) transactGet() operation {
	var items []any
	seen := map[string]bool{}
	for range c.IntN(4) + 1 {
		table := c.anyTable()
		if table == "x" || table == "no where" { // DynamoDB Local does not check names here
			table = "nowhere"
		}
		key := c.keyOf(table)
		if id := table + text(canonical(key)); c.skips(seen, id) {
			continue
		}
		e := c.expression()
		body := doc{"TableName": table, "Key": key}
		if c.one(3) {
			body["ProjectionExpression"] = e.projection()
		}
		items = append(items, doc{"Get": e.named(body)})
	}
	body := doc{"TransactItems": items}
	c.capacity(body)
	return operation{Name: "TransactGetItems", body: body}
}
