package dynamodb

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
)

const maxBatchGet = 100

// projected are the members that all reads by key share.
type projected struct {
	ProjectionExpression     *string
	ExpressionAttributeNames map[string]string
}

type getAction struct {
	TableName string
	Key       map[string]attr
	projected
}

type getRequest struct {
	getAction
	ConsistentRead bool
	charged
}

// getter is one read by key, parsed.
type getter struct {
	table      string
	key        item
	projection *tree           // nil for all attributes
	nested     map[string]bool // the attributes into which a path goes
}

// getter parses the read of one item.
func (x projected) getter(table string, key map[string]attr) (*getter, error) {
	g := &getter{table: table}
	var err error
	if g.key, err = decodeItem(key); err != nil {
		return nil, err
	}
	if x.ProjectionExpression == nil {
		return g, bare(x.ExpressionAttributeNames, nil, "")
	}
	subs := newSubstitutes(x.ExpressionAttributeNames, nil)
	g.projection, g.nested = parse(subs, "ProjectionExpression", x.ProjectionExpression, (*parser).projection), subs.nested
	return g, subs.done()
}

// find looks an item up. It gives the table, and a nil record when there is no item.
func (e *Engine) find(g *getter) (*table, *record, error) {
	t, err := e.table(g.table)
	if err != nil {
		return nil, nil, err
	}
	if err := cmp.Or(t.key.check(g.key, false), t.checkScalars(g.nested)); err != nil {
		return nil, nil, err
	}
	r, _ := t.items.Get(t.key.encode(g.key))
	return t, r, nil
}

func (e *Engine) getItem(q *getRequest) (*object, error) {
	g, err := q.getter(q.TableName, q.Key)
	if err != nil {
		return nil, err
	}
	t, r, err := e.find(g)
	if err != nil {
		return nil, err
	}
	o := newObject()
	if r != nil {
		o.item("Item", g.projection.project(r.item))
	}
	q.read(t, "", r.bytes(), q.ConsistentRead)
	q.single(o)
	return o, nil
}

type batchGetRequest struct {
	RequestItems map[string]struct {
		Keys           []map[string]attr
		ConsistentRead bool
		projected
	}
	charged
}

func (e *Engine) batchGetItem(q *batchGetRequest) (*object, error) {
	all := 0
	for name, keys := range q.RequestItems {
		if len(keys.Keys) == 0 {
			return nil, unmet("", "requestItems."+name+".member.keys", atLeastOne)
		}
		all += len(keys.Keys)
	}
	if err := checkBatchSize(all, maxBatchGet, "BatchGetItem"); err != nil {
		return nil, err
	}
	responses, seen := newObject(), identities{}
	for _, name := range slices.Sorted(maps.Keys(q.RequestItems)) {
		keys, found := q.RequestItems[name], []item{}
		for _, key := range keys.Keys {
			g, err := keys.getter(name, key)
			if err != nil {
				return nil, err
			}
			t, r, err := e.find(g)
			if err != nil {
				return nil, err
			}
			if seen.again(t, t.key.encode(g.key)) {
				return nil, invalid("Provided list of item keys contains duplicates")
			}
			q.read(t, "", r.bytes(), keys.ConsistentRead)
			if r != nil {
				found = append(found, g.projection.project(r.item))
			}
		}
		responses.items(name, found)
	}
	o := newObject()
	o.json("Responses", responses.done())
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
	TransactItems []struct{ Get *getAction }
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
		g, err := entry.Get.getter(entry.Get.TableName, entry.Get.Key)
		if err != nil {
			return nil, err
		}
		if _, err := e.table(g.table); err != nil {
			return nil, err
		}
		t, r, err := e.find(g)
		if outcomes[i] = err; err != nil {
			continue
		}
		if seen.again(t, t.key.encode(g.key)) {
			return nil, invalid(sameItemTwice)
		}
		response := newObject()
		if r != nil {
			response.item("Item", g.projection.project(r.item))
		}
		responses = append(responses, response.done())
		q.add(t, "", 2*units(r.bytes(), readUnit))
	}
	if err := cancellation(outcomes); err != nil {
		return nil, err
	}
	o := answer("Responses", responses)
	q.list(o)
	return o, nil
}
