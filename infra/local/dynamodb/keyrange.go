package dynamodb

import (
	"slices"

	"github.com/tidwall/btree"
)

// keyRange is from <= key < to over ordered keys; an empty to means no end.
type keyRange struct{ from, to string }

func (k keyRange) contains(key string) bool { return key >= k.from && (k.to == "" || key < k.to) }

func (k keyRange) ascend(entries *btree.Map[string, *record], visit func(string, *record) bool) {
	entries.Ascend(k.from, func(key string, r *record) bool {
		return (k.to == "" || key < k.to) && visit(key, r)
	})
}

func (k keyRange) descend(entries *btree.Map[string, *record], visit func(string, *record) bool) {
	backward := func(key string, r *record) bool {
		return key >= k.from && visit(key, r)
	}
	if k.to == "" {
		entries.Reverse(backward)
		return
	}
	entries.Descend(k.to, func(key string, r *record) bool {
		return key == k.to || backward(key, r)
	})
}

// keyCondition is a condition on one key attribute: op is =, <, <=, >, >=, BETWEEN or begins_with.
type keyCondition struct {
	op     string
	values []value
}

// keyRange turns the conditions on key attributes into the range of keys that meet them.
func (s schema) keyRange(conditions map[string]keyCondition) (keyRange, error) {
	for _, a := range s.attributes() {
		c, ok := conditions[a.name]
		switch {
		case !ok && (a == s.hash || len(conditions) > 1):
			return keyRange{}, invalid("Query condition missed key schema element: %s", a.name)
		case ok && a == s.hash && c.op != "=":
			return keyRange{}, invalid("Query key condition not supported")
		}
		for _, v := range c.values {
			if v.kind != a.kind {
				return keyRange{}, invalidParameter("Condition parameter type does not match schema type")
			}
			if err := s.checkContent(a, v); err != nil {
				return keyRange{}, err
			}
		}
	}
	if len(conditions) > len(s.attributes()) {
		return keyRange{}, invalid("Query key condition not supported")
	}
	hash := string(appendKey(nil, conditions[s.hash.name].values[0]))
	sort, ok := conditions[s.sort.name]
	if !ok {
		return keyRange{from: hash, to: after(hash)}, nil
	}
	return sort.within(hash), nil
}

// within is the range of a sort key condition in one partition.
func (c keyCondition) within(hash string) keyRange {
	all := keyRange{from: hash, to: after(hash)}
	if c.op == "begins_with" {
		prefix := hash + string(appendKeyPrefix(nil, c.values[0].s))
		return keyRange{from: prefix, to: after(prefix)}
	}
	first := hash + string(appendKey(nil, c.values[0]))
	last := hash + string(appendKey(nil, c.values[len(c.values)-1]))
	switch c.op {
	case "<":
		return keyRange{from: all.from, to: first}
	case "<=":
		return keyRange{from: all.from, to: after(first)}
	case ">":
		return keyRange{from: after(first), to: all.to}
	case ">=":
		return keyRange{from: first, to: all.to}
	}
	return keyRange{from: first, to: after(last)} // = and BETWEEN
}

// collect takes the conditions on single attributes out of a condition that joins them by AND.
func collect(n *node, into map[string]keyCondition) error {
	flipped := map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
	args := n.args
	op := n.op
	switch n.op {
	case "AND":
		if err := collect(n.args[0], into); err != nil {
			return err
		}
		return collect(n.args[1], into)
	case "BETWEEN", "begins_with":
		if args[0].op != "path" {
			return invalid("Invalid condition in KeyConditionExpression: %s operator must have the key attribute "+
				"as its first operand", n.op)
		}
	case "=", "<", "<=", ">", ">=":
		if args[0].op != "path" {
			args, op = []*node{args[1], args[0]}, flipped[op]
		}
	default:
		return invalid("Invalid operator used in KeyConditionExpression: %s", n.op)
	}
	if slices.ContainsFunc(args, func(arg *node) bool { return arg.op == "size" }) {
		return invalid("KeyConditionExpressions cannot contain nested operations")
	}
	if args[0].op != "path" {
		return invalid("Invalid condition in KeyConditionExpression: No key attribute specified")
	}
	if len(args[0].path) > 1 {
		return invalid("KeyConditionExpressions cannot have conditions on nested attributes")
	}
	c := keyCondition{op: op}
	for _, arg := range args[1:] {
		if arg.op == "path" {
			return invalid("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition")
		}
		c.values = append(c.values, arg.value)
	}
	name := args[0].path[0].name
	if _, twice := into[name]; twice {
		return invalid("KeyConditionExpressions must only contain one condition per key")
	}
	into[name] = c
	return nil
}
