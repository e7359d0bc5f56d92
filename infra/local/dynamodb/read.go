package dynamodb

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
)

const maxBatchGet = 100

const duplicates = "Provided list of item keys contains duplicates"

// lookup is the read of items of one table by their keys.
type lookup struct {
	TableName            string
	Key                  attributes
	ProjectionExpression *string
	ConsistentRead       bool
	expressions

	key        item
	projection []path // nil for all attributes
}

// prepare parses a read of one item.
func (l *lookup) prepare(table string, given attributes) (err error) {
	l.TableName = table
	if l.key, err = given.decode(0); err != nil || l.projection != nil {
		return err
	}
	l.projection = parse(&l.expressions, "ProjectionExpression", l.ProjectionExpression, (*parser).projection)
	return l.done("ProjectionExpression is")
}

// found is what a lookup gives for one key.
type found struct {
	table *table
	key   string
	*record
}

// find looks an item up. Its record is nil when there is none.
func (e *Engine) find(l *lookup) (f found, err error) {
	if f.table, err = e.table(l.TableName); err != nil {
		return f, err
	}
	if err := cmp.Or(f.table.key.check(l.key, false), f.table.checkScalars(l.nested)); err != nil {
		return f, err
	}
	f.key, _ = f.table.key.encode(l.key)
	f.record, _ = f.table.entries.Get(f.key)
	return f, nil
}

type getRequest struct {
	lookup
	charged
}

func (e *Engine) getItem(q *getRequest, o *object) error {
	if err := q.prepare(q.TableName, q.Key); err != nil {
		return err
	}
	f, err := e.find(&q.lookup)
	if err != nil {
		return err
	}
	if f.record != nil {
		o.item("Item", project(q.projection, f.item))
	}
	q.read(f.table, "", f.bytes(), q.ConsistentRead)
	return nil
}

type batchGetRequest struct {
	RequestItems map[string]*struct {
		Keys []attributes
		lookup
	}
	charged
}

func (e *Engine) batchGetItem(q *batchGetRequest, o *object) error {
	all := 0
	for name, l := range q.RequestItems {
		if l == nil || len(l.Keys) == 0 {
			return unmet("", "requestItems."+name+".member.keys", atLeastOne)
		}
		all += len(l.Keys)
	}
	if err := checkBatchSize(all, maxBatchGet, "BatchGetItem"); err != nil {
		return err
	}
	responses, seen := newObject(), identities{}
	for _, name := range slices.Sorted(maps.Keys(q.RequestItems)) {
		l, items := q.RequestItems[name], []item{}
		for _, key := range l.Keys {
			if err := l.prepare(name, key); err != nil {
				return err
			}
			f, err := e.find(&l.lookup)
			if err != nil {
				return err
			}
			if seen.again(f.table, f.key) {
				return invalid(duplicates)
			}
			q.read(f.table, "", f.bytes(), l.ConsistentRead)
			if f.record != nil {
				items = append(items, project(l.projection, f.item))
			}
		}
		responses.items(name, items)
	}
	o.json("Responses", responses.done())
	o.json("UnprocessedKeys", struct{}{})
	return nil
}

// checkBatchSize refuses a batch of nothing and one of too many items.
func checkBatchSize(n, most int, operation string) error {
	switch {
	case n == 0:
		return unmet(" '{}'", "requestItems", atLeastOne)
	case n > most:
		return invalid("Too many items requested for the %s call", operation)
	}
	return nil
}

// identities are the items that a request has named so far.
type identities map[string]bool

// again notes an item and reports whether it was there before.
func (seen identities) again(t *table, key string) bool {
	id := t.def.TableName + "\x00" + key
	was := seen[id]
	seen[id] = true
	return was
}

type transactGetRequest struct {
	TransactItems []struct{ Get *lookup }
	charged
}

// transactGetItems gives every item as it is at one moment.
func (e *Engine) transactGetItems(q *transactGetRequest, o *object) error {
	if err := checkTransactSize(len(q.TransactItems)); err != nil {
		return err
	}
	outcomes := make([]error, len(q.TransactItems))
	responses, seen := []json.RawMessage{}, identities{}
	for i, entry := range q.TransactItems {
		if entry.Get == nil {
			return invalid("TransactItems entry %d has no Get", i+1)
		}
		if err := entry.Get.prepare(entry.Get.TableName, entry.Get.Key); err != nil {
			return err
		}
		if _, err := e.table(entry.Get.TableName); err != nil {
			return err
		}
		f, err := e.find(entry.Get)
		if outcomes[i] = err; err != nil {
			continue
		}
		if seen.again(f.table, f.key) {
			return invalid(sameItemTwice)
		}
		response := newObject()
		if f.record != nil {
			response.item("Item", project(entry.Get.projection, f.item))
		}
		responses = append(responses, response.done())
		q.add(f.table, "", 2*units(f.bytes(), readUnit))
	}
	if err := cancellation(outcomes); err != nil {
		return err
	}
	o.json("Responses", responses)
	return nil
}
