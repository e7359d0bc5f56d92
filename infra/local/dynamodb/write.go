package dynamodb

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/regua/regua/infra/local/store"
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
	Item, Key                             attributes
	UpdateExpression, ConditionExpression *string
	ReturnValuesOnConditionCheckFailure   string
	expressions

	verb      verb
	item      item // the whole item of a put; otherwise the key
	condition *node
	update    update
}

func (a *action) prepare(v verb) (err error) {
	given, other := a.Key, a.Item
	if v == put {
		given, other = other, given
	}
	if other != nil || a.UpdateExpression != nil && v != modify {
		return foreign(string(v))
	}
	a.verb = v
	if a.item, err = given.decode(0); err != nil {
		return err
	}
	const member = "returnValuesOnConditionCheckFailure"
	if err := checkEnum(a.ReturnValuesOnConditionCheckFailure, member, "ALL_OLD", "NONE"); err != nil {
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
	c.old, _ = c.t.entries.Get(c.key)
	c.next = c.old
	if err := c.t.checkScalars(a.nested); err != nil {
		return c, err
	}
	for _, clause := range a.update {
		if name := clause.path[0].name; slices.ContainsFunc(c.t.key, func(k keyAttribute) bool { return k.AttributeName == name }) {
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

func (e *Engine) write(v verb) func(*writeRequest, *object) error {
	return func(q *writeRequest, o *object) error {
		newValues := strings.HasPrefix(q.ReturnValues, "UPDATED_") || q.ReturnValues == "ALL_NEW"
		err := cmp.Or(q.prepare(v),
			checkEnum(q.ReturnValues, "returnValues", "ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"),
			refuse(v != modify && newValues, "Return values set to invalid value"))
		if err != nil {
			return err
		}
		changes, err := e.perform([]*action{&q.action}, "", first)
		if err != nil {
			return err
		}
		q.returned(o, changes[0])
		q.write(changes, 1)
		return nil
	}
}

// perform does the writes of one call, all or none. Refused makes one error of those of each; twice says that an item stands twice.
func (e *Engine) perform(actions []*action, twice string, refused func([]change, []error) error, also ...store.Op) ([]change, error) {
	changes, outcomes := make([]change, len(actions)), make([]error, len(actions))
	seen := identities{}
	for i, a := range actions {
		c, err := e.plan(a)
		if c.t == nil {
			return nil, err
		}
		if c.key != "" && seen.again(c.t, c.key) {
			return nil, invalid("%s", twice)
		}
		changes[i], outcomes[i] = c, err
	}
	if err := refused(changes, outcomes); err != nil {
		return nil, err
	}
	return changes, e.commit(changes, also...)
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
		PutRequest    *struct{ Item attributes }
		DeleteRequest *struct{ Key attributes }
	}
	charged
}

func (e *Engine) batchWriteItem(q *batchWriteRequest, o *object) error {
	var actions []*action
	var refused error
	for name, requests := range q.RequestItems {
		for _, r := range requests {
			a, v := &action{TableName: name}, remove
			if r.PutRequest != nil {
				a.Item, v = r.PutRequest.Item, put
			} else if r.DeleteRequest != nil {
				a.Key = r.DeleteRequest.Key
			}
			refused = cmp.Or(refused, refuse((r.PutRequest == nil) == (r.DeleteRequest == nil),
				"Supplied WriteRequest must contain exactly one of PutRequest and DeleteRequest"), a.prepare(v))
			actions = append(actions, a)
		}
	}
	if err := cmp.Or(checkBatchSize(len(actions), maxBatchWrite, "BatchWriteItem"), refused); err != nil {
		return err
	}
	changes, err := e.perform(actions, duplicates, first)
	if err != nil {
		return err
	}
	o.json("UnprocessedItems", struct{}{})
	q.write(changes, 1)
	return nil
}
