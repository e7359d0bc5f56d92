package dynamodb

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/regua/regua/infra/local/wire"
)

const maxBatchWrite = 25

// verb is what a write does with its item, in the words of TransactWriteItems.
type verb string

const (
	put    verb = "Put"
	modify verb = "Update"
	remove verb = "Delete"
	check  verb = "ConditionCheck" // nothing but its condition
)

// action is one write: what single writes, batches and transactions have in common.
type action struct {
	TableName                             string
	Item, Key                             given
	UpdateExpression, ConditionExpression *string
	ReturnValuesOnConditionCheckFailure   string
	expressions

	verb      verb
	item      item // the whole item of a put; otherwise the key
	condition *node
	update    update
}

// prepare parses a write.
func (a *action) prepare(v verb) error {
	attributes, other := a.Key, a.Item
	if v == put {
		attributes, other = other, attributes
	}
	if other.item != nil || a.UpdateExpression != nil && v != modify {
		return wire.Errorf("SerializationException", "a member of another operation in %s", v)
	}
	a.verb, a.item = v, attributes.item
	const member = "returnValuesOnConditionCheckFailure"
	if err := cmp.Or(attributes.refused, checkEnum(a.ReturnValuesOnConditionCheckFailure, member, "ALL_OLD", "NONE")); err != nil {
		return err
	}
	missing := "ConditionExpression is"
	if v == modify {
		missing = "UpdateExpression and ConditionExpression are"
	}
	a.update = parse(&a.expressions, "UpdateExpression", a.UpdateExpression, (*parser).update)
	a.condition = parse(&a.expressions, "ConditionExpression", a.ConditionExpression, (*parser).condition)
	return a.done(missing)
}

// plan decides what a write does to the items as they are. A change that is refused has its key when that is a valid one.
func (e *Engine) plan(a *action) (c change, err error) {
	if c.t, err = e.table(a.TableName); err != nil {
		return c, err
	}
	if err := c.t.key.check(a.item, a.verb == put); err != nil {
		return c, err
	}
	c.key, _ = c.t.key.encode(a.item)
	c.old, _ = c.t.items.Get(c.key)
	c.next = c.old
	if err := c.t.checkScalars(a.nested); err != nil {
		return c, err
	}
	for _, clause := range a.update {
		if name := clause.path[0].name; slices.ContainsFunc(c.t.key, func(k keyAttribute) bool { return k.name == name }) {
			return c, invalidParameter("Cannot update attribute %s. This attribute is part of the key", name)
		}
	}
	if a.verb == put {
		if err := c.t.checkIndexKeys(a.item, "A value specified for a secondary index key"); err != nil {
			return c, err
		}
	}
	return c, c.decide(a)
}

// decide gives the change what comes in the place of the old item.
func (c *change) decide(a *action) (err error) {
	var current item
	if c.old != nil {
		current = c.old.item
	}
	if !a.condition.holds(current) {
		failed := wire.Errorf("ConditionalCheckFailedException", "The conditional request failed")
		if a.ReturnValuesOnConditionCheckFailure == "ALL_OLD" && current != nil {
			failed.Fields = map[string]any{"Item": json.RawMessage(appendItem(nil, current))}
		}
		return failed
	}
	next, tooBig := a.item, "Item size has exceeded the maximum allowed size"
	switch a.verb {
	case put:
	case check:
		return nil
	case remove:
		c.next = nil
		return nil
	case modify:
		tooBig = "Item size to update has exceeded the maximum allowed size"
		if current == nil {
			current = a.item
		}
		if next, err = a.update.apply(current); err != nil {
			return err
		}
		const how = "The update expression attempted to update a secondary index key to a value that"
		if err := c.t.checkIndexKeys(next, how); err != nil {
			return err
		}
	}
	if c.next = newRecord(c.key, next); c.next.size > maxItemSize {
		return invalid("%s", tooBig)
	}
	return nil
}

type writeRequest struct {
	action
	ReturnValues string
	charged
}

// write serves the operation that is a single write.
func (e *Engine) write(v verb) func(*writeRequest) (*object, error) {
	return func(q *writeRequest) (*object, error) {
		if err := q.prepare(v); err != nil {
			return nil, err
		}
		if err := checkEnum(q.ReturnValues, "returnValues", "ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"); err != nil {
			return nil, err
		}
		if v != modify && !slices.Contains([]string{"", "NONE", "ALL_OLD"}, q.ReturnValues) {
			return nil, invalid("Return values set to invalid value")
		}
		c, err := e.plan(&q.action)
		if err != nil {
			return nil, err
		}
		if err := e.commit([]change{c}); err != nil {
			return nil, err
		}
		o := newObject()
		q.returned(o, c)
		q.write(c, 1)
		q.single(o)
		return o, nil
	}
}

// returned writes the Attributes that a write answers, if there are any.
func (q *writeRequest) returned(o *object, c change) {
	r := c.old
	if strings.HasSuffix(q.ReturnValues, "_NEW") {
		r = c.next
	}
	if r == nil || q.ReturnValues == "" || q.ReturnValues == "NONE" {
		return
	}
	attributes := r.item
	if strings.HasPrefix(q.ReturnValues, "UPDATED_") {
		if attributes = project(q.update.paths(), r.item); len(attributes) == 0 {
			return
		}
	}
	o.item("Attributes", attributes)
}

type batchWriteRequest struct {
	RequestItems map[string][]struct {
		PutRequest    *struct{ Item given }
		DeleteRequest *struct{ Key given }
	}
	charged
}

func (e *Engine) batchWriteItem(q *batchWriteRequest) (*object, error) {
	all := 0
	for _, requests := range q.RequestItems {
		all += len(requests)
	}
	if err := checkBatchSize(all, maxBatchWrite, "BatchWriteItem"); err != nil {
		return nil, err
	}
	var changes []change
	seen := identities{}
	for name, requests := range q.RequestItems {
		for _, r := range requests {
			a, v := action{TableName: name}, remove
			switch {
			case (r.PutRequest == nil) == (r.DeleteRequest == nil):
				return nil, invalid("Supplied WriteRequest must contain exactly one of PutRequest and DeleteRequest")
			case r.PutRequest != nil:
				a.Item, v = r.PutRequest.Item, put
			default:
				a.Key = r.DeleteRequest.Key
			}
			if err := a.prepare(v); err != nil {
				return nil, err
			}
			c, err := e.plan(&a)
			if err != nil {
				return nil, err
			}
			if seen.again(c.t, c.key) {
				return nil, invalid("Provided list of item keys contains duplicates")
			}
			changes = append(changes, c)
			q.write(c, 1)
		}
	}
	if err := e.commit(changes); err != nil {
		return nil, err
	}
	o := answer("UnprocessedItems", struct{}{})
	q.list(o)
	return o, nil
}
