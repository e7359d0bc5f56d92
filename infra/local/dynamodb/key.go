package dynamodb

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tidwall/btree"
)

// Limits of key values in bytes.
const (
	maxHashKey = 2048
	maxSortKey = 1024
)

type keyAttribute struct {
	AttributeName string
	AttributeType kind
}

// schema is the key of a table or an index: the partition key, and the sort key if there is one.
type schema []keyAttribute

// encode gives the ordered form of an item's key; ok is false when an attribute of it is missing or of another type.
func (s schema) encode(it item) (key string, ok bool) {
	b := make([]byte, 0, 64)
	for _, a := range s {
		v, _ := it.get(a.AttributeName)
		if v.kind != a.AttributeType {
			return "", false
		}
		b = appendKey(b, v)
	}
	return string(b), true
}

// check checks the key attributes of a whole item or, otherwise, a Key parameter: exactly these attributes, of their types, not empty.
func (s schema) check(it item, whole bool) error {
	for i, a := range s {
		v, ok := it.get(a.AttributeName)
		switch {
		case !whole && (len(it) != len(s) || v.kind != a.AttributeType):
			return invalid("The provided key element does not match the schema")
		case !ok:
			return invalidParameter("Missing the key %s in the item", a.AttributeName)
		case v.kind != a.AttributeType:
			return invalidParameter("Type mismatch for key %s expected: %s actual: %s", a.AttributeName, a.AttributeType, v.kind)
		}
		if err := checkContent(i, v, "", "Key: "+a.AttributeName); err != nil {
			return err
		}
	}
	return nil
}

// checkContent checks the size of the i-th key attribute of a schema; how and named are what to say of an empty value.
func checkContent(i int, v value, how, named string) error {
	switch {
	case v.s == "": // a number has digits
		return invalid("One or more parameter values are not valid. %sThe AttributeValue for a key attribute cannot contain an empty %s "+
			"value. %s", how, map[kind]string{kindS: "string", kindB: "binary"}[v.kind], named)
	case i == 0 && len(v.s) > maxHashKey:
		return invalidParameter("Size of hashkey has exceeded the maximum size limit of2048 bytes")
	case i == 1 && len(v.s) > maxSortKey:
		return invalidParameter("Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
	}
	return nil
}

// appendKey writes bytes that sort as the values of one type do, and of which none is a prefix of another's: strings end in 00 01, and a
// zero byte inside them is written 00 FF.
func appendKey(b []byte, v value) []byte {
	if v.kind == kindN {
		return append(b, v.s...)
	}
	return append(appendKeyPrefix(b, v.s), 0, 1)
}

// appendKeyPrefix writes what the keys of all strings that begin with s begin with.
func appendKeyPrefix(b []byte, s string) []byte {
	return append(b, strings.ReplaceAll(s, "\x00", "\x00\xff")...)
}

// after is the first key that sorts after all keys that begin with prefix, or "" when there is none.
func after(prefix string) string {
	b := []byte(prefix)
	for len(b) > 0 && b[len(b)-1] == 0xff {
		b = b[:len(b)-1]
	}
	if len(b) > 0 {
		b[len(b)-1]++
	}
	return string(b)
}

// keyRange is from <= key < to over ordered keys; an empty to means no end.
type keyRange struct{ from, to string }

func (k keyRange) contains(key string) bool { return key >= k.from && (k.to == "" || key < k.to) }

// visit goes through the entries of the range in either direction until f says that it has had enough.
func (k keyRange) visit(entries *btree.Map[string, *record], backward bool, f func(*record) bool) {
	inRange := func(key string, r *record) bool { return k.contains(key) && f(r) }
	switch {
	case !backward:
		entries.Ascend(k.from, inRange)
	case k.to == "":
		entries.Reverse(inRange)
	default:
		entries.Descend(k.to, func(key string, r *record) bool { return key == k.to || inRange(key, r) })
	}
}

// keyConditions are conditions on single attributes, by name: = < <= > >= BETWEEN begins_with, with the attribute as first operand.
type keyConditions map[string]*node

// keyRange turns the conditions on key attributes into the range of keys that meet them.
func (s schema) keyRange(conditions keyConditions) (keyRange, error) {
	for i, a := range s {
		c := conditions[a.AttributeName]
		switch {
		case c == nil && (i == 0 || len(conditions) > 1):
			return keyRange{}, invalid("Query condition missed key schema element: %s", a.AttributeName)
		case c == nil:
			continue
		case i == 0 && c.op != "=":
			return keyRange{}, invalid("Query key condition not supported")
		}
		for _, arg := range c.args[1:] {
			if arg.value.kind != a.AttributeType {
				return keyRange{}, invalidParameter("Condition parameter type does not match schema type")
			}
			if err := checkContent(i, arg.value, "", "Key: "+a.AttributeName); err != nil {
				return keyRange{}, err
			}
		}
	}
	if len(conditions) > len(s) {
		return keyRange{}, invalid("Query key condition not supported")
	}
	hash := string(appendKey(nil, conditions[s[0].AttributeName].args[1].value))
	if len(conditions) == 1 {
		return keyRange{from: hash, to: after(hash)}, nil
	}
	return conditions[s[1].AttributeName].within(hash), nil
}

// within is the range of a sort key condition in one partition.
func (n *node) within(hash string) keyRange {
	low, high := n.args[1].value, n.args[len(n.args)-1].value
	if n.op == "begins_with" {
		prefix := string(appendKeyPrefix([]byte(hash), low.s))
		return keyRange{from: prefix, to: after(prefix)}
	}
	first, last := string(appendKey([]byte(hash), low)), string(appendKey([]byte(hash), high))
	switch n.op {
	case "<":
		return keyRange{from: hash, to: first}
	case "<=":
		return keyRange{from: hash, to: after(last)}
	case ">":
		return keyRange{from: after(first), to: after(hash)}
	case ">=":
		return keyRange{from: first, to: after(hash)}
	}
	return keyRange{from: first, to: after(last)} // of = and BETWEEN
}

// collect takes the conditions on single attributes out of a condition that joins them by AND.
func (k keyConditions) collect(n *node) error {
	op, args := n.op, n.args
	if op == "AND" {
		return cmp.Or(k.collect(args[0]), k.collect(args[1]))
	}
	onLeft := op == "BETWEEN" || op == "begins_with"
	if !onLeft && !slices.Contains([]string{"=", "<", "<=", ">", ">="}, op) {
		return invalid("Invalid operator used in KeyConditionExpression: %s", op)
	}
	if !onLeft && args[0].op != "path" {
		op, args = strings.NewReplacer("<", ">", ">", "<").Replace(op), []*node{args[1], args[0]}
	}
	const wrong = "Invalid condition in KeyConditionExpression: "
	isA := func(op string) func(*node) bool { return func(arg *node) bool { return arg.op == op } }
	switch attribute := args[0]; {
	case onLeft && attribute.op != "path":
		return invalid(wrong+"%s operator must have the key attribute as its first operand", op)
	case slices.ContainsFunc(args, isA("size")):
		return invalid("KeyConditionExpressions cannot contain nested operations")
	case attribute.op != "path":
		return invalid(wrong + "No key attribute specified")
	case len(attribute.path) > 1:
		return invalid("KeyConditionExpressions cannot have conditions on nested attributes")
	case slices.ContainsFunc(args[1:], isA("path")):
		return invalid(wrong + "Multiple attribute names used in one condition")
	case k[attribute.path[0].name] != nil:
		return invalid("KeyConditionExpressions must only contain one condition per key")
	}
	k[args[0].path[0].name] = &node{op: op, args: args}
	return nil
}
