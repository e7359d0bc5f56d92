package dynamodb

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
)

const maxBatchGet = 100

// lookup is the read of items of one table by their keys.
type lookup struct {
	TableName            string
	Key                  given
	ProjectionExpression *string
	ConsistentRead       bool
	expressions

	projection []path // nil for all attributes
}

// prepare parses what is to be read of each item.
func (l *lookup) prepare() error {
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
func (e *Engine) find(l *lookup, key given) (f found, err error) {
	if f.table, err = e.table(l.TableName); err != nil {
		return f, err
	}
	if err := cmp.Or(f.table.key.check(key.item, false), f.table.checkScalars(l.nested)); err != nil {
		return f, err
	}
	f.key, _ = f.table.key.encode(key.item)
	f.record, _ = f.table.items.Get(f.key)
	return f, nil
}

type getRequest struct {
	lookup
	charged
}

func (e *Engine) getItem(q *getRequest) (*object, error) {
	if err := cmp.Or(q.Key.refused, q.prepare()); err != nil {
		return nil, err
	}
	f, err := e.find(&q.lookup, q.Key)
	if err != nil {
		return nil, err
	}
	o := newObject()
	if f.record != nil {
		o.item("Item", project(q.projection, f.item))
	}
	q.read(f.table, "", f.bytes(), q.ConsistentRead)
	q.single(o)
	return o, nil
}

type batchGetRequest struct {
	RequestItems map[string]*struct {
		Keys []given
		lookup
	}
	charged
}

func (e *Engine) batchGetItem(q *batchGetRequest) (*object, error) {
	all := 0
	for name, l := range q.RequestItems {
		if l == nil || len(l.Keys) == 0 {
			return nil, unmet("", "requestItems."+name+".member.keys", atLeastOne)
		}
		all += len(l.Keys)
	}
	if err := checkBatchSize(all, maxBatchGet, "BatchGetItem"); err != nil {
		return nil, err
	}
	responses, seen := newObject(), identities{}
	for _, name := range slices.Sorted(maps.Keys(q.RequestItems)) {
		l, items := q.RequestItems[name], []item{}
		l.TableName = name
		refused := l.prepare()
		for _, key := range l.Keys {
			if err := cmp.Or(key.refused, refused); err != nil {
				return nil, err
			}
			f, err := e.find(&l.lookup, key)
			if err != nil {
				return nil, err
			}
			if seen.again(f.table, f.key) {
				return nil, invalid("Provided list of item keys contains duplicates")
			}
			q.read(f.table, "", f.bytes(), l.ConsistentRead)
			if f.record != nil {
				items = append(items, project(l.projection, f.item))
			}
		}
		responses.items(name, items)
	}
	o := answer("Responses", responses.done())
	o.json("UnprocessedKeys", struct{}{})
	q.list(o)
	return o, nil
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
func (e *Engine) transactGetItems(q *transactGetRequest) (*object, error) {
	if err := checkTransactSize(len(q.TransactItems)); err != nil {
		return nil, err
	}
	outcomes := make([]error, len(q.TransactItems))
	responses, seen := []json.RawMessage{}, identities{}
	for i, entry := range q.TransactItems {
		if entry.Get == nil {
			return nil, invalid("TransactItems entry %d has no Get", i+1)
		}
		if err := cmp.Or(entry.Get.Key.refused, entry.Get.prepare()); err != nil {
			return nil, err
		}
		if _, err := e.table(entry.Get.TableName); err != nil {
			return nil, err
		}
		f, err := e.find(entry.Get, entry.Get.Key)
		if outcomes[i] = err; err != nil {
			continue
		}
		if seen.again(f.table, f.key) {
			return nil, invalid(sameItemTwice)
		}
		response := newObject()
		if f.record != nil {
			response.item("Item", project(entry.Get.projection, f.item))
		}
		responses = append(responses, response.done())
		q.add(f.table, "", 2*units(f.bytes(), readUnit))
	}
	if err := cancellation(outcomes); err != nil {
		return nil, err
	}
	o := answer("Responses", responses)
	q.list(o)
	return o, nil
}
