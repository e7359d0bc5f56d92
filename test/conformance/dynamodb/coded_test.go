package dynamodb_test

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// coded gives the checks that need more than a list of calls.
func coded() []check {
	return []check{
		{name: "a failed condition carries the old item", run: checkOldItem},
		{name: "a cancelled transaction carries the old item of each failed condition", run: checkReasons},
		{name: "an empty value is refused", run: checkEmptyValue},
		{name: "an attribute has 32 levels, its innermost value included", run: checkDepth},
		{name: "a transaction has 100 actions at most", run: checkTransactionSize},
		{name: "a transaction gets 100 items at most", run: checkTransactionGetSize},
		{name: "a batch writes 25 items at most", run: checkBatchWriteSize},
		{name: "a batch gets 100 items at most", run: checkBatchGetSize},
		{name: "an expression has 4 KB at most", run: checkExpressionSize},
		{name: "a query ends a page at 1 MB", run: checkPageSize},
		{name: "entries of an index with equal keys are neither lost nor doubled by pages", run: checkEqualKeys},
		{name: "a scan finds every item once", run: checkScan},
		{name: "a table is described as it was made", run: checkDescription},
		{name: "answers carry their checksum", run: checkChecksum},
		{name: "200 writers under an optimistic lock lose no update", run: checkOptimisticLock},
		{name: "one of 200 concurrent conditional creates wins", run: checkConcurrentCreates},
	}
}

func keyOf(partition, sort string) doc { return doc{"pk": doc{"S": partition}, "sk": doc{"S": sort}} }

func itemOf(partition, sort string, more doc) doc {
	it := keyOf(partition, sort)
	for name, v := range more {
		it[name] = v
	}
	return it
}

// ask makes a call and gives an error when it is refused.
func (g *target) ask(operation string, body doc) (doc, error) {
	a, err := g.send(operation, text(body))
	if err == nil && a.code != "" {
		err = fmt.Errorf("%s: %s: %s", operation, a.code, a.message)
	}
	return a.body, err
}

// refused gives an error unless a call is refused in this way.
func (g *target) refused(operation string, body doc, code, message string) (answer, error) {
	a, err := g.send(operation, text(body))
	if err == nil && (a.code != code || !strings.Contains(a.message, message)) {
		err = fmt.Errorf("%s answered %.300s, want %s: %s", operation, a, code, message)
	}
	return a, err
}

func checkOldItem(g *target, p string) error {
	old := itemOf(p, "1", doc{"a": doc{"N": "1"}})
	if _, err := g.ask("PutItem", doc{"TableName": "things", "Item": old}); err != nil {
		return err
	}
	for _, returned := range []string{"ALL_OLD", "NONE"} {
		a, err := g.refused("PutItem", doc{"TableName": "things", "Item": old, "ConditionExpression": "attribute_not_exists(pk)",
			"ReturnValuesOnConditionCheckFailure": returned}, "ConditionalCheckFailedException", "The conditional request failed")
		if err != nil {
			return err
		}
		if got := a.body["Item"]; returned == "ALL_OLD" && !same(got, old) || returned == "NONE" && got != nil {
			return fmt.Errorf("%s carries %v", returned, got)
		}
	}
	return nil
}

func checkReasons(g *target, p string) error {
	old := itemOf(p, "2", doc{"a": doc{"N": "1"}})
	if _, err := g.ask("PutItem", doc{"TableName": "things", "Item": old}); err != nil {
		return err
	}
	absent := func(sort string) doc {
		return doc{"Put": doc{"TableName": "things", "Item": keyOf(p, sort), "ConditionExpression": "attribute_not_exists(pk)",
			"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}
	}
	a, err := g.refused("TransactWriteItems", doc{"TransactItems": []any{absent("1"), absent("2")}}, "TransactionCanceledException",
		"[None, ConditionalCheckFailed]")
	if err != nil {
		return err
	}
	reasons, _ := a.body["CancellationReasons"].([]any)
	if len(reasons) != 2 {
		return fmt.Errorf("%d reasons", len(reasons))
	}
	first, _ := reasons[0].(doc)
	second, _ := reasons[1].(doc)
	if first["Code"] != "None" || second["Code"] != "ConditionalCheckFailed" || !same(second["Item"], old) {
		return fmt.Errorf("reasons %s", text(reasons))
	}
	return nil
}

func checkEmptyValue(g *target, p string) error {
	_, err := g.refused("PutItem", doc{"TableName": "things", "Item": itemOf(p, "1", doc{"a": doc{}})}, "ValidationException",
		"Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	return err
}

func checkDepth(g *target, p string) error {
	deep := func(n int) doc {
		v := doc{"N": "1"}
		for range n {
			v = doc{"L": []any{v}}
		}
		return doc{"TableName": "things", "Item": itemOf(p, "1", doc{"a": v})}
	}
	if _, err := g.ask("PutItem", deep(31)); err != nil {
		return err
	}
	_, err := g.refused("PutItem", deep(32), "ValidationException", "Nesting Levels have exceeded supported limits")
	return err
}

// many gives n entries for as many items.
func many(n int, entry func(key doc) any, p string) []any {
	var list []any
	for i := range n {
		list = append(list, entry(keyOf(p, fmt.Sprintf("%03d", i))))
	}
	return list
}

func checkTransactionSize(g *target, p string) error {
	put := func(key doc) any { return doc{"Put": doc{"TableName": "things", "Item": key}} }
	tooMany := doc{"TransactItems": many(101, put, p)}
	if _, err := g.refused("TransactWriteItems", tooMany, "ValidationException", "less than or equal to 100"); err != nil {
		return err
	}
	_, err := g.ask("TransactWriteItems", doc{"TransactItems": many(100, put, p)})
	return err
}

func checkTransactionGetSize(g *target, p string) error {
	get := func(key doc) any { return doc{"Get": doc{"TableName": "things", "Key": key}} }
	tooMany := doc{"TransactItems": many(101, get, p)}
	if _, err := g.refused("TransactGetItems", tooMany, "ValidationException", "less than or equal to 100"); err != nil {
		return err
	}
	_, err := g.ask("TransactGetItems", doc{"TransactItems": many(100, get, p)})
	return err
}

func checkBatchWriteSize(g *target, p string) error {
	put := func(key doc) any { return doc{"PutRequest": doc{"Item": key}} }
	if _, err := g.refused("BatchWriteItem", doc{"RequestItems": doc{"things": many(26, put, p)}}, "ValidationException", ""); err != nil {
		return err
	}
	_, err := g.ask("BatchWriteItem", doc{"RequestItems": doc{"things": many(25, put, p)}})
	return err
}

func checkBatchGetSize(g *target, p string) error {
	get := func(key doc) any { return key }
	tooMany := doc{"RequestItems": doc{"things": doc{"Keys": many(101, get, p)}}}
	if _, err := g.refused("BatchGetItem", tooMany, "ValidationException", ""); err != nil {
		return err
	}
	_, err := g.ask("BatchGetItem", doc{"RequestItems": doc{"things": doc{"Keys": many(100, get, p)}}})
	return err
}

func checkExpressionSize(g *target, p string) error {
	body := doc{"TableName": "things", "Key": keyOf(p, "1"), "ProjectionExpression": strings.Repeat("a", 4097)}
	_, err := g.refused("GetItem", body, "ValidationException", "Expression size has exceeded the maximum allowed size")
	return err
}

func checkPageSize(g *target, p string) error {
	for i := range 6 {
		body := doc{"TableName": "things", "Item": itemOf(p, strconv.Itoa(i), doc{"v": doc{"S": strings.Repeat("x", 300<<10)}})}
		if _, err := g.ask("PutItem", body); err != nil {
			return err
		}
	}
	var sizes []int
	query := doc{"TableName": "things", "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": doc{":p": doc{"S": p}}}
	for {
		page, err := g.ask("Query", query)
		if err != nil {
			return err
		}
		sizes = append(sizes, integer(page["Count"]))
		if query["ExclusiveStartKey"] = page["LastEvaluatedKey"]; page["LastEvaluatedKey"] == nil {
			break
		}
	}
	if sum := sizes[0] + sizes[len(sizes)-1]; len(sizes) != 2 || sum != 6 || sizes[0] > 4 {
		return fmt.Errorf("pages of %v items of 300 KB", sizes)
	}
	return nil
}

func checkEqualKeys(g *target, p string) error {
	equal := func(key doc) any {
		key["gpk"], key["gsk"] = doc{"S": p}, doc{"N": "1"}
		return doc{"PutRequest": doc{"Item": key}}
	}
	if _, err := g.ask("BatchWriteItem", doc{"RequestItems": doc{"things": many(7, equal, p)}}); err != nil {
		return err
	}
	for _, forward := range []bool{true, false} {
		a, err := g.follow(operation{Name: "Query", Walk: true, body: doc{"TableName": "things", "IndexName": "by-keys", "Limit": 2,
			"ScanIndexForward": forward, "KeyConditionExpression": "gpk = :p", "ExpressionAttributeValues": doc{":p": doc{"S": p}}}})
		if err != nil {
			return err
		}
		if found := sortKeys(a.body["Items"]); len(found) != 7 || len(slices.Compact(found)) != 7 {
			return fmt.Errorf("found %v", found)
		}
	}
	return nil
}

// sortKeys gives the sort keys of a list of items in their order.
func sortKeys(list any) []string {
	items, _ := list.([]any)
	var keys []string
	for _, it := range items {
		fields, _ := it.(doc)
		sk, _ := fields["sk"].(doc)
		key, _ := sk["S"].(string)
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func checkScan(g *target, p string) error {
	put := func(key doc) any { return doc{"PutRequest": doc{"Item": key}} }
	if _, err := g.ask("BatchWriteItem", doc{"RequestItems": doc{"things": many(20, put, p)}}); err != nil {
		return err
	}
	a, err := g.follow(operation{Name: "Scan", Walk: true, body: doc{"TableName": "things", "FilterExpression": "pk = :p",
		"ExpressionAttributeValues": doc{":p": doc{"S": p}}, "Limit": 97}})
	if err != nil {
		return err
	}
	if found := sortKeys(a.body["Items"]); len(found) != 20 || len(slices.Compact(found)) != 20 {
		return fmt.Errorf("found %v", found)
	}
	return nil
}

func checkDescription(g *target, p string) error {
	if _, err := g.ask("CreateTable", table(p)); err != nil {
		return err
	}
	body, err := g.ask("DescribeTable", doc{"TableName": p})
	if err != nil {
		return err
	}
	want := described(doc{"Table": table(p)})
	want["TableStatus"], want["ItemCount"] = "ACTIVE", json.Number("0")
	if got := text(canonical(described(body))); got != text(canonical(want)) {
		return fmt.Errorf("described as %s, made as %s", got, text(canonical(want)))
	}
	return nil
}

func checkChecksum(g *target, p string) error {
	a, err := g.send("GetItem", text(doc{"TableName": "things", "Key": keyOf(p, "1")}))
	if err != nil {
		return err
	}
	if want := strconv.FormatUint(uint64(crc32.ChecksumIEEE(a.raw)), 10); a.header.Get("X-Amz-Crc32") != want {
		return fmt.Errorf("X-Amz-Crc32 is %q, not %s", a.header.Get("X-Amz-Crc32"), want)
	}
	return nil
}

// together runs f 200 times at once and gives the first error.
func together(f func(i int) error) error {
	var wg sync.WaitGroup
	errs := make([]error, 200)
	for i := range errs {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *target) number(key doc, name string) (int, error) {
	found, err := g.ask("GetItem", doc{"TableName": "things", "Key": key, "ConsistentRead": true})
	if err != nil {
		return 0, err
	}
	it, _ := found["Item"].(doc)
	v, _ := it[name].(doc)
	n, _ := v["N"].(string)
	return strconv.Atoi(n)
}

func checkOptimisticLock(g *target, p string) error {
	key := keyOf(p, "1")
	if _, err := g.ask("PutItem", doc{"TableName": "things", "Item": itemOf(p, "1", doc{"version": doc{"N": "0"}})}); err != nil {
		return err
	}
	err := together(func(int) error {
		for {
			n, err := g.number(key, "version")
			if err != nil {
				return err
			}
			a, err := g.send("UpdateItem", text(doc{"TableName": "things", "Key": key, "UpdateExpression": "SET version = :next",
				"ConditionExpression": "version = :now", "ExpressionAttributeValues": doc{":now": doc{"N": strconv.Itoa(n)},
					":next": doc{"N": strconv.Itoa(n + 1)}}}))
			if err != nil || a.code == "" {
				return err
			}
			if a.code != "ConditionalCheckFailedException" {
				return fmt.Errorf("update: %s", a)
			}
		}
	})
	if err != nil {
		return err
	}
	if n, err := g.number(key, "version"); err != nil || n != 200 {
		return fmt.Errorf("version %d, %w", n, err)
	}
	return nil
}

func checkConcurrentCreates(g *target, p string) error {
	count := keyOf(p, "count")
	var won sync.Map
	err := together(func(i int) error {
		for {
			a, err := g.send("TransactWriteItems", text(doc{"TransactItems": []any{
				doc{"Put": doc{"TableName": "things", "Item": keyOf(p, "1"), "ConditionExpression": "attribute_not_exists(pk)"}},
				doc{"Update": doc{"TableName": "things", "Key": count, "UpdateExpression": "ADD n :one",
					"ExpressionAttributeValues": doc{":one": doc{"N": "1"}}}},
			}}))
			switch {
			case err != nil:
				return err
			case a.code == "":
				won.Store(i, true)
				return nil
			case a.code == "TransactionCanceledException" && strings.Contains(a.message, "ConditionalCheckFailed"):
				return nil
			case a.code != "TransactionCanceledException":
				return fmt.Errorf("transaction: %s", a)
			}
		}
	})
	if err != nil {
		return err
	}
	winners := 0
	won.Range(func(any, any) bool { winners++; return true })
	if n, err := g.number(count, "n"); err != nil || n != 1 || winners != 1 {
		return fmt.Errorf("%d winners, counter %d, %w", winners, n, err)
	}
	return nil
}
