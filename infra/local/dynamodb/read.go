package dynamodb

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/regua/regua/infra/local/wire"
)

const (
	maxBatchGet = 100
	duplicates  = "Provided list of item keys contains duplicates"
)

// lookup is the read of one item by its key: what is asked for, and what is found.
type lookup struct {
	TableName            string
	Key                  attributes
	ProjectionExpression *string
	ConsistentRead       bool
	expressions

	projection []path // nil for all attributes
	table      *table
	*record    // nil when there is no item
}

// find does the lookups of one call. Refused makes one error of those of each; twice says that an item stands twice.
func (e *Engine) find(lookups []*lookup, twice string, refused func([]*lookup, []error) error) error {
	keys := make([]item, len(lookups))
	for i, l := range lookups {
		var err error
		if keys[i], err = l.Key.decode(0); err != nil {
			return err
		}
		l.projection = parse(&l.expressions, "ProjectionExpression", l.ProjectionExpression, (*parser).projection)
		if err := l.done("ProjectionExpression is"); err != nil {
			return err
		}
	}
	outcomes, seen := make([]error, len(lookups)), identities{}
	for i, l := range lookups {
		var err error
		if l.table, err = e.table(l.TableName); err != nil {
			return err
		}
		if outcomes[i] = cmp.Or(l.table.key.check(keys[i], false), l.table.checkScalars(l.nested)); outcomes[i] != nil {
			continue
		}
		key, _ := l.table.key.encode(keys[i])
		if seen.again(l.table, key) {
			return invalid("%s", twice)
		}
		l.record, _ = l.table.entries.Get(key)
	}
	return refused(lookups, outcomes)
}

// foreign refuses a member that only another operation has.
func foreign(where string) error {
	return wire.Errorf("SerializationException", "a member of another operation in %s", where)
}

// first is what becomes of a call that does nothing when a part of it cannot be done.
func first[T any](_ []T, outcomes []error) error { return cmp.Or(outcomes...) }

// answer writes the item that was found, if there is one.
func (l *lookup) answer(o *object) {
	if l.record != nil {
		o.item("Item", project(l.projection, l.item))
	}
}

type getRequest struct {
	lookup
	charged
}

func (e *Engine) getItem(q *getRequest, o *object) error {
	if err := e.find([]*lookup{&q.lookup}, "", first); err != nil {
		return err
	}
	q.answer(o)
	q.read(q.table, "", q.bytes(), q.ConsistentRead)
	return nil
}

type batchGetRequest struct {
	RequestItems map[string]struct {
		Keys []attributes
		lookup
	}
	charged
}

func (e *Engine) batchGetItem(q *batchGetRequest, o *object) error {
	var lookups []*lookup
	found := map[string][]item{}
	for _, name := range slices.Sorted(maps.Keys(q.RequestItems)) {
		asked := q.RequestItems[name]
		if asked.TableName != "" || asked.Key != nil {
			return foreign("BatchGetItem")
		}
		if len(asked.Keys) == 0 {
			return unmet("", "requestItems."+name+".member.keys", atLeastOne)
		}
		found[name] = []item{}
		for _, key := range asked.Keys {
			l := asked.lookup
			l.TableName, l.Key = name, key
			lookups = append(lookups, &l)
		}
	}
	err := checkBatchSize(len(lookups), maxBatchGet, "BatchGetItem")
	if err == nil {
		err = e.find(lookups, duplicates, first)
	}
	if err != nil {
		return err
	}
	for _, l := range lookups {
		if q.read(l.table, "", l.bytes(), l.ConsistentRead); l.record != nil {
			found[l.TableName] = append(found[l.TableName], project(l.projection, l.item))
		}
	}
	responses := newObject()
	for name, items := range found {
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
	lookups := make([]*lookup, len(q.TransactItems))
	err := checkTransactSize(len(lookups))
	for i, entry := range q.TransactItems {
		lookups[i] = entry.Get
		if err = cmp.Or(err, refuse(entry.Get == nil, "TransactItems entry %d has no Get", i+1)); err == nil && entry.Get.ConsistentRead {
			err = foreign("Get")
		}
	}
	if err == nil {
		err = e.find(lookups, sameItemTwice, cancellation)
	}
	if err != nil {
		return err
	}
	responses := make([]json.RawMessage, len(lookups))
	for i, l := range lookups {
		response := newObject()
		l.answer(response)
		responses[i] = response.done()
		q.add(l.table, "", 2*units(l.bytes(), readUnit))
	}
	o.json("Responses", responses)
	return nil
}
