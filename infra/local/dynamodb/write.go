package dynamodb

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/regua/regua/infra/local/wire"
)

const maxBatchWrite = 25

// verb is what a write does with its item.
type verb string

const (
	put    verb = "put"
	modify verb = "update"
	remove verb = "delete"
	check  verb = "check" // nothing: a transaction's ConditionCheck
)

// writer is one write, parsed: what single writes, batches and transactions have in common.
type writer struct {
	verb      verb
	table     string
	item      item // the whole item of a put; otherwise the key
	condition *node
	update    *update
	nested    map[string]bool // the attributes into which a path goes
	returnOld bool            // on a failed condition
}

// conditional are the members that all conditional writes share.
type conditional struct {
	TableName                           string
	ConditionExpression                 *string
	ExpressionAttributeNames            map[string]string
	ExpressionAttributeValues           map[string]attr
	ReturnValuesOnConditionCheckFailure string
}

type putAction struct {
	Item map[string]attr
	conditional
}

type keyAction struct {
	Key map[string]attr
	conditional
}

type updateAction struct {
	UpdateExpression *string
	keyAction
}

// answering are the members that say what a single write answers.
type answering struct {
	ReturnValues string
	charged
}

// writer parses a write; attributes are its item or key.
func (x conditional) writer(v verb, attributes map[string]attr, updateExpression *string) (*writer, error) {
	it, err := decodeItem(attributes)
	if err != nil {
		return nil, err
	}
	w := &writer{verb: v, table: x.TableName, item: it, returnOld: x.ReturnValuesOnConditionCheckFailure == "ALL_OLD"}
	missing := "ConditionExpression is"
	if v == modify {
		w.update = &update{paths: &tree{}}
		missing = "UpdateExpression and ConditionExpression are"
	}
	if err := checkEnum(x.ReturnValuesOnConditionCheckFailure, "returnValuesOnConditionCheckFailure", "ALL_OLD", "NONE"); err != nil {
		return nil, err
	}
	if x.ConditionExpression == nil && updateExpression == nil {
		return w, bare(x.ExpressionAttributeNames, x.ExpressionAttributeValues, missing)
	}
	subs := newSubstitutes(x.ExpressionAttributeNames, x.ExpressionAttributeValues)
	w.nested = subs.nested
	if updateExpression != nil {
		w.update = parse(subs, "UpdateExpression", updateExpression, (*parser).update)
	}
	w.condition = parse(subs, "ConditionExpression", x.ConditionExpression, (*parser).condition)
	return w, subs.done()
}

// checkEnum refuses a member that is there and none of the values that it may have.
func checkEnum(got, member string, allowed ...string) error {
	if got == "" || slices.Contains(allowed, got) {
		return nil
	}
	return unmet(" '"+got+"'", member, "satisfy enum value set: ["+strings.Join(allowed, ", ")+"]")
}

// plan decides what a write does to the items as they are. A change that is refused has its key when that is a valid one.
func (e *Engine) plan(w *writer) (c change, err error) {
	if c.t, err = e.table(w.table); err != nil {
		return c, err
	}
	if err := c.t.key.check(w.item, w.verb == put); err != nil {
		return c, err
	}
	c.key = c.t.key.encode(w.item)
	c.old, _ = c.t.items.Get(c.key)
	c.next = c.old
	if err := c.t.checkScalars(w.nested); err != nil {
		return c, err
	}
	if w.update != nil {
		for _, a := range c.t.key.attributes() {
			if w.update.paths.children[step{name: a.name}] != nil {
				return c, invalidParameter("Cannot update attribute %s. This attribute is part of the key", a.name)
			}
		}
	}
	if w.verb == put {
		if err := c.t.checkIndexKeys(w.item, "A value specified for a secondary index key"); err != nil {
			return c, err
		}
	}
	return c, c.decide(w)
}

// decide gives the change what comes in the place of the old item.
func (c *change) decide(w *writer) error {
	var current item
	if c.old != nil {
		current = c.old.item
	}
	if !w.condition.holds(current) {
		failed := wire.Errorf("ConditionalCheckFailedException", "The conditional request failed")
		if w.returnOld && current != nil {
			failed.Fields = map[string]any{"Item": json.RawMessage(appendItem(nil, current))}
		}
		return failed
	}
	next, tooBig := w.item, "Item size has exceeded the maximum allowed size"
	switch w.verb {
	case put:
	case check:
		return nil
	case remove:
		c.next = nil
		return nil
	case modify:
		tooBig = "Item size to update has exceeded the maximum allowed size"
		if current == nil {
			current = w.item
		}
		var err error
		if next, err = w.update.apply(current); err != nil {
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

func (e *Engine) putItem(q *struct {
	putAction
	answering
}) (*object, error) {
	w, err := q.writer(put, q.Item, nil)
	return e.perform(w, err, &q.answering)
}

func (e *Engine) updateItem(q *struct {
	updateAction
	answering
}) (*object, error) {
	w, err := q.writer(modify, q.Key, q.UpdateExpression)
	return e.perform(w, err, &q.answering)
}

func (e *Engine) deleteItem(q *struct {
	keyAction
	answering
}) (*object, error) {
	w, err := q.writer(remove, q.Key, nil)
	return e.perform(w, err, &q.answering)
}

// perform does a single write and answers it, unless it was refused when it was parsed.
func (e *Engine) perform(w *writer, refused error, a *answering) (*object, error) {
	if refused != nil {
		return nil, refused
	}
	if err := checkEnum(a.ReturnValues, "returnValues", "ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"); err != nil {
		return nil, err
	}
	if w.verb != modify && !slices.Contains([]string{"", "NONE", "ALL_OLD"}, a.ReturnValues) {
		return nil, invalid("Return values set to invalid value")
	}
	c, err := e.plan(w)
	if err != nil {
		return nil, err
	}
	if err := e.commit([]change{c}); err != nil {
		return nil, err
	}
	o := newObject()
	c.returned(o, w, a.ReturnValues)
	a.write(c, 1)
	a.single(o)
	return o, nil
}

// returned writes the Attributes that a write answers, if there are any.
func (c change) returned(o *object, w *writer, which string) {
	r := c.old
	if strings.HasSuffix(which, "_NEW") {
		r = c.next
	}
	if r == nil || which == "" || which == "NONE" {
		return
	}
	attributes := r.item
	if strings.HasPrefix(which, "UPDATED_") {
		if attributes = w.update.paths.project(r.item); len(attributes) == 0 {
			return
		}
	}
	o.item("Attributes", attributes)
}

type batchWriteRequest struct {
	RequestItems map[string][]struct {
		PutRequest    *struct{ Item map[string]attr }
		DeleteRequest *struct{ Key map[string]attr }
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
			w := &writer{verb: remove, table: name}
			var err error
			switch {
			case count(r.PutRequest != nil, r.DeleteRequest != nil) != 1:
				err = invalid("Supplied WriteRequest must contain exactly one of PutRequest and DeleteRequest")
			case r.PutRequest != nil:
				w.verb = put
				w.item, err = decodeItem(r.PutRequest.Item)
			default:
				w.item, err = decodeItem(r.DeleteRequest.Key)
			}
			if err != nil {
				return nil, err
			}
			c, err := e.plan(w)
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
