package dynamodb

import (
	"encoding/json"

	"github.com/regua/regua/infra/local/wire"
)

const maxBatchWrite = 25

// writer is one write, parsed: what single writes, batches and transactions have in common.
type writer struct {
	table     string
	put       bool
	remove    bool
	item      item // the whole item of a put; otherwise the key
	condition *node
	update    *update
	nested    map[string]bool // the attributes into which a path goes
	returnOld bool            // on a failed condition
}

// conditional are the members that all conditional writes share.
type conditional struct {
	ConditionExpression                 *string
	ExpressionAttributeNames            map[string]string
	ExpressionAttributeValues           map[string]attr
	ReturnValuesOnConditionCheckFailure string
}

func (x conditional) parse(w *writer, updateExpression *string, missing string) error {
	switch x.ReturnValuesOnConditionCheckFailure {
	case "", "NONE", "ALL_OLD":
		w.returnOld = x.ReturnValuesOnConditionCheckFailure == "ALL_OLD"
	default:
		return notInSet(x.ReturnValuesOnConditionCheckFailure, "returnValuesOnConditionCheckFailure", "[ALL_OLD, NONE]")
	}
	if x.ConditionExpression == nil && updateExpression == nil {
		switch {
		case x.ExpressionAttributeNames != nil:
			return invalid("ExpressionAttributeNames can only be specified when using expressions")
		case x.ExpressionAttributeValues != nil:
			return invalid("ExpressionAttributeValues can only be specified when using expressions: %s null", missing)
		}
		return nil
	}
	subs, err := newSubstitutes(x.ExpressionAttributeNames, x.ExpressionAttributeValues)
	if err != nil {
		return err
	}
	w.nested = subs.nested
	if updateExpression != nil {
		if w.update, err = parse("UpdateExpression", *updateExpression, subs, (*parser).update); err != nil {
			return err
		}
	}
	if x.ConditionExpression != nil {
		if w.condition, err = parse("ConditionExpression", *x.ConditionExpression, subs, (*parser).condition); err != nil {
			return err
		}
	}
	return subs.checkUsed()
}

func notInSet(got, member, set string) error {
	return invalid("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must satisfy enum value set: %s",
		got, member, set)
}

// plan decides what a write does to the items as they are; the caller holds the writer's lock.
func (e *Engine) plan(w *writer) (change, error) {
	t, err := e.table(w.table)
	if err != nil {
		return change{}, err
	}
	if w.put {
		err = t.checkItem(w.item, "A value specified for a secondary index key")
	} else {
		err = t.key.checkKey(w.item)
	}
	if err == nil {
		err = t.checkScalars(w.nested)
	}
	if err == nil && w.update != nil {
		err = w.update.checkKeys(t)
	}
	if err != nil {
		return change{}, err
	}
	c := change{t: t, key: t.key.encode(w.item)}
	c.old, _ = t.items.Get(c.key)
	c.next = c.old
	current := item(nil)
	if c.old != nil {
		current = c.old.item
	}
	switch {
	case !w.condition.holds(current):
		return change{}, w.conditionFailed(current)
	case w.put:
		c.next = newRecord(c.key, w.item)
		if c.next.size > maxItemSize {
			return change{}, invalid("Item size has exceeded the maximum allowed size")
		}
	case w.remove:
		c.next = nil
	case w.update != nil:
		err = c.update(w, current)
	}
	return c, err
}

func (c *change) update(w *writer, current item) error {
	if current == nil {
		current = w.item
	}
	updated, err := w.update.apply(current)
	if err != nil {
		return err
	}
	const how = "The update expression attempted to update a secondary index key to a value that"
	if err := c.t.checkItem(updated, how); err != nil {
		return err
	}
	c.next = newRecord(c.key, updated)
	if c.next.size > maxItemSize {
		return invalid("Item size to update has exceeded the maximum allowed size")
	}
	return nil
}

// checkKeys refuses an update of the key.
func (u *update) checkKeys(t *table) error {
	for _, a := range t.key.attributes() {
		if u.paths.names[a.name] != nil {
			return invalidParameter("Cannot update attribute %s. This attribute is part of the key", a.name)
		}
	}
	return nil
}

func (w *writer) conditionFailed(current item) error {
	failed := wire.Errorf("ConditionalCheckFailedException", "The conditional request failed")
	if w.returnOld && current != nil {
		failed.Fields = map[string]any{"Item": json.RawMessage(appendItem(nil, current))}
	}
	return failed
}

// answering are the members that say what a single write answers.
type answering struct {
	ReturnValues           string
	ReturnConsumedCapacity string
}

// perform does a single write and answers it.
func (e *Engine) perform(w *writer, a answering) (*object, error) {
	used, err := newCapacity(a.ReturnConsumedCapacity)
	if err != nil {
		return nil, err
	}
	switch a.ReturnValues {
	case "", "NONE", "ALL_OLD":
	case "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW":
		if w.put || w.remove {
			return nil, invalid("Return values set to invalid value")
		}
	default:
		return nil, notInSet(a.ReturnValues, "returnValues", "[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]")
	}
	e.mu.Lock()
	c, err := e.plan(w)
	if err == nil {
		err = e.commit([]change{c})
	}
	e.mu.Unlock()
	if err != nil {
		return nil, err
	}
	o := newObject()
	if attributes := c.returned(w.update, a.ReturnValues); attributes != nil {
		o.item("Attributes", attributes)
	}
	used.write(c, 1)
	used.single(o)
	return o, nil
}

// returned is the Attributes member of a write's answer, nil when there is none.
func (c change) returned(u *update, returnValues string) item {
	r := c.old
	if returnValues == "ALL_NEW" || returnValues == "UPDATED_NEW" {
		r = c.next
	}
	switch {
	case r == nil:
		return nil
	case returnValues == "ALL_OLD" || returnValues == "ALL_NEW":
		return r.item
	case returnValues == "" || returnValues == "NONE" || u == nil:
		return nil
	}
	if picked := u.paths.project(r.item); len(picked) > 0 {
		return picked
	}
	return nil
}

type putAction struct {
	TableName string
	Item      map[string]attr
	conditional
}

type putRequest struct {
	putAction
	answering
}

func (q *putAction) writer() (*writer, error) {
	it, err := decodeItem(q.Item)
	if err != nil {
		return nil, err
	}
	w := &writer{table: q.TableName, put: true, item: it}
	return w, q.parse(w, nil, "ConditionExpression is")
}

func (e *Engine) putItem(q *putRequest) (*object, error) {
	w, err := q.writer()
	if err != nil {
		return nil, err
	}
	return e.perform(w, q.answering)
}

type updateAction struct {
	TableName        string
	Key              map[string]attr
	UpdateExpression *string
	conditional
}

type updateRequest struct {
	updateAction
	answering
}

func (q *updateAction) writer() (*writer, error) {
	key, err := decodeItem(q.Key)
	if err != nil {
		return nil, err
	}
	w := &writer{table: q.TableName, item: key, update: &update{paths: &tree{}}}
	return w, q.parse(w, q.UpdateExpression, "UpdateExpression and ConditionExpression are")
}

func (e *Engine) updateItem(q *updateRequest) (*object, error) {
	w, err := q.writer()
	if err != nil {
		return nil, err
	}
	return e.perform(w, q.answering)
}

type deleteAction struct {
	TableName string
	Key       map[string]attr
	conditional
}

type deleteRequest struct {
	deleteAction
	answering
}

func (q *deleteAction) writer() (*writer, error) {
	key, err := decodeItem(q.Key)
	if err != nil {
		return nil, err
	}
	w := &writer{table: q.TableName, remove: true, item: key}
	return w, q.parse(w, nil, "ConditionExpression is")
}

func (e *Engine) deleteItem(q *deleteRequest) (*object, error) {
	w, err := q.writer()
	if err != nil {
		return nil, err
	}
	return e.perform(w, q.answering)
}

type batchWriteRequest struct {
	RequestItems map[string][]struct {
		PutRequest    *struct{ Item map[string]attr }
		DeleteRequest *struct{ Key map[string]attr }
	}
	ReturnConsumedCapacity string
}

func (q *batchWriteRequest) writers() ([]*writer, error) {
	var writers []*writer
	for name, requests := range q.RequestItems {
		for _, r := range requests {
			w := &writer{table: name, put: r.PutRequest != nil, remove: r.DeleteRequest != nil}
			var err error
			switch {
			case w.put == w.remove:
				return nil, invalid("Supplied WriteRequest must contain exactly one of PutRequest and DeleteRequest")
			case w.put:
				w.item, err = decodeItem(r.PutRequest.Item)
			default:
				w.item, err = decodeItem(r.DeleteRequest.Key)
			}
			if err != nil {
				return nil, err
			}
			writers = append(writers, w)
		}
	}
	switch n := len(writers); {
	case n == 0:
		return nil, invalid("1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: " +
			"Member must have length greater than or equal to 1")
	case n > maxBatchWrite:
		return nil, invalid("Too many items requested for the BatchWriteItem call")
	}
	return writers, nil
}

func (e *Engine) batchWriteItem(q *batchWriteRequest) (*object, error) {
	used, err := newCapacity(q.ReturnConsumedCapacity)
	if err != nil {
		return nil, err
	}
	writers, err := q.writers()
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	changes, seen := make([]change, len(writers)), map[string]bool{}
	for i, w := range writers {
		if changes[i], err = e.plan(w); err != nil {
			return nil, err
		}
		id := w.table + "\x00" + changes[i].key
		if seen[id] {
			return nil, invalid("Provided list of item keys contains duplicates")
		}
		seen[id] = true
		used.write(changes[i], 1)
	}
	if err := e.commit(changes); err != nil {
		return nil, err
	}
	o := newObject()
	o.raw("UnprocessedItems", []byte("{}"))
	used.list(o)
	return o, nil
}
