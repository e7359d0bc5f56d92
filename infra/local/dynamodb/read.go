package dynamodb

import (
	"maps"
	"slices"
)

const maxBatchGet = 100

type getRequest struct {
	TableName                string
	Key                      map[string]attr
	ConsistentRead           bool
	ProjectionExpression     *string
	ExpressionAttributeNames map[string]string
	ReturnConsumedCapacity   string
}

// getter is one read by key, parsed.
type getter struct {
	table      string
	key        item
	projection *tree
	nested     map[string]bool // the attributes into which a path goes
}

// parseProjection reads an optional ProjectionExpression of a request that has no other expression.
func (g *getter) parseProjection(expression *string, names map[string]string) error {
	if expression == nil {
		if names != nil {
			return invalid("ExpressionAttributeNames can only be specified when using expressions")
		}
		return nil
	}
	subs, err := newSubstitutes(names, nil)
	if err != nil {
		return err
	}
	if g.projection, err = parse("ProjectionExpression", *expression, subs, (*parser).projection); err != nil {
		return err
	}
	g.nested = subs.nested
	return subs.checkUsed()
}

// find looks an item up; the caller holds the lock. It gives the table, and a nil record when there is no item.
func (e *Engine) find(g *getter) (*table, *record, error) {
	t, err := e.table(g.table)
	if err != nil {
		return nil, nil, err
	}
	if err := t.key.checkKey(g.key); err != nil {
		return nil, nil, err
	}
	if err := t.checkScalars(g.nested); err != nil {
		return nil, nil, err
	}
	r, _ := t.items.Get(t.key.encode(g.key))
	return t, r, nil
}

func (r *record) bytes() int {
	if r == nil {
		return 0
	}
	return r.size
}

func (g *getter) view(r *record) item {
	if g.projection == nil {
		return r.item
	}
	return g.projection.project(r.item)
}

func (e *Engine) getItem(q *getRequest) (*object, error) {
	used, err := newCapacity(q.ReturnConsumedCapacity)
	if err != nil {
		return nil, err
	}
	g := &getter{table: q.TableName}
	if g.key, err = decodeItem(q.Key); err != nil {
		return nil, err
	}
	if err := g.parseProjection(q.ProjectionExpression, q.ExpressionAttributeNames); err != nil {
		return nil, err
	}
	e.mu.RLock()
	t, r, err := e.find(g)
	e.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	o := newObject()
	if r != nil {
		o.item("Item", g.view(r))
	}
	used.read(t, "", r.bytes(), q.ConsistentRead)
	used.single(o)
	return o, nil
}

type batchGetRequest struct {
	RequestItems           map[string]keysRequest
	ReturnConsumedCapacity string
}

type keysRequest struct {
	Keys                     []map[string]attr
	ConsistentRead           bool
	ProjectionExpression     *string
	ExpressionAttributeNames map[string]string
}

func (q *batchGetRequest) parse() (map[string][]*getter, error) {
	all, count := map[string][]*getter{}, 0
	for name, keys := range q.RequestItems {
		var common getter
		if err := common.parseProjection(keys.ProjectionExpression, keys.ExpressionAttributeNames); err != nil {
			return nil, err
		}
		if len(keys.Keys) == 0 {
			return nil, invalid("1 validation error detected: Value at 'requestItems.%s.member.keys' failed to satisfy constraint: "+
				"Member must have length greater than or equal to 1", name)
		}
		for _, attrs := range keys.Keys {
			key, err := decodeItem(attrs)
			if err != nil {
				return nil, err
			}
			all[name] = append(all[name], &getter{table: name, key: key, projection: common.projection, nested: common.nested})
			count++
		}
	}
	switch {
	case count == 0:
		return nil, invalid("1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: " +
			"Member must have length greater than or equal to 1")
	case count > maxBatchGet:
		return nil, invalid("Too many items requested for the BatchGetItem call")
	}
	return all, nil
}

func (e *Engine) batchGetItem(q *batchGetRequest) (*object, error) {
	used, err := newCapacity(q.ReturnConsumedCapacity)
	if err != nil {
		return nil, err
	}
	all, err := q.parse()
	if err != nil {
		return nil, err
	}
	responses := newObject()
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		found, seen := []item{}, map[string]bool{}
		for _, g := range all[name] {
			t, r, err := e.find(g)
			if err != nil {
				return nil, err
			}
			key := t.key.encode(g.key)
			if seen[key] {
				return nil, invalid("Provided list of item keys contains duplicates")
			}
			seen[key] = true
			used.read(t, "", r.bytes(), q.RequestItems[name].ConsistentRead)
			if r != nil {
				found = append(found, g.view(r))
			}
		}
		responses.items(name, found)
	}
	o := newObject()
	o.raw("Responses", responses.done())
	o.raw("UnprocessedKeys", []byte("{}"))
	used.list(o)
	return o, nil
}

type transactGetRequest struct {
	TransactItems []struct {
		Get *struct {
			TableName                string
			Key                      map[string]attr
			ProjectionExpression     *string
			ExpressionAttributeNames map[string]string
		}
	}
	ReturnConsumedCapacity string
}

func (e *Engine) transactGetItems(q *transactGetRequest) (*object, error) {
	used, err := newCapacity(q.ReturnConsumedCapacity)
	if err != nil {
		return nil, err
	}
	used.member = "ReadCapacityUnits"
	if err := checkTransactSize(len(q.TransactItems)); err != nil {
		return nil, err
	}
	getters := make([]*getter, len(q.TransactItems))
	for i, entry := range q.TransactItems {
		if entry.Get == nil {
			return nil, invalid("TransactItems entry %d has no Get", i+1)
		}
		g := &getter{table: entry.Get.TableName}
		if g.key, err = decodeItem(entry.Get.Key); err != nil {
			return nil, err
		}
		if err := g.parseProjection(entry.Get.ProjectionExpression, entry.Get.ExpressionAttributeNames); err != nil {
			return nil, err
		}
		getters[i] = g
	}
	return e.readAll(getters, used)
}

// readAll answers a TransactGetItems call: every item as it is at one moment.
func (e *Engine) readAll(getters []*getter, used *capacity) (*object, error) {
	o := newObject()
	o.name("Responses").buf = append(o.buf, '[')
	seen := map[string]bool{}
	var outcome reasons
	e.mu.RLock()
	defer e.mu.RUnlock()
	for i, g := range getters {
		if _, err := e.table(g.table); err != nil {
			return nil, err
		}
		t, r, err := e.find(g)
		if err := outcome.add(err); err != nil {
			return nil, err
		}
		if err != nil {
			continue
		}
		id := g.table + "\x00" + t.key.encode(g.key)
		if seen[id] {
			return nil, sameItemTwice()
		}
		seen[id] = true
		if i > 0 {
			o.buf = append(o.buf, ',')
		}
		response := newObject()
		if r != nil {
			response.item("Item", g.view(r))
		}
		o.buf = append(o.buf, response.done()...)
		used.add(t, "", 2*units(r.bytes(), readUnit))
	}
	if err := outcome.err(); err != nil {
		return nil, err
	}
	o.buf = append(o.buf, ']')
	used.list(o)
	return o, nil
}
