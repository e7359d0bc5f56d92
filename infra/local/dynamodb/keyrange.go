package dynamodb

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tidwall/btree"
)

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
			if err := s.checkContent(a, v, "", "Key: "+a.name); err != nil {
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
	if c.op == "begins_with" {
		prefix := hash + string(appendKeyPrefix(nil, c.values[0].s))
		return keyRange{from: prefix, to: after(prefix)}
	}
	first := hash + string(appendKey(nil, c.values[0]))
	last := hash + string(appendKey(nil, c.values[len(c.values)-1]))
	keys := keyRange{from: first, to: after(last)} // of = and BETWEEN
	switch c.op {
	case "<":
		keys = keyRange{from: hash, to: first}
	case "<=":
		keys.from = hash
	case ">":
		keys = keyRange{from: after(first), to: after(hash)}
	case ">=":
		keys.to = after(hash)
	}
	return keys
}

// collect takes the conditions on single attributes out of a condition that joins them by AND.
func collect(n *node, into map[string]keyCondition) error {
	op, args := n.op, n.args
	if op == "AND" {
		return cmp.Or(collect(args[0], into), collect(args[1], into))
	}
	onLeft := op == "BETWEEN" || op == "begins_with"
	if !onLeft && !slices.Contains([]string{"=", "<", "<=", ">", ">="}, op) {
		return invalid("Invalid operator used in KeyConditionExpression: %s", op)
	}
	if !onLeft && args[0].op != "path" {
		op, args = strings.NewReplacer("<", ">", ">", "<").Replace(op), []*node{args[1], args[0]}
	}
	attribute, values := args[0], args[1:]
	const wrong = "Invalid condition in KeyConditionExpression: "
	switch isA := func(op string) func(*node) bool { return func(arg *node) bool { return arg.op == op } }; {
	case onLeft && attribute.op != "path":
		return invalid(wrong+"%s operator must have the key attribute as its first operand", op)
	case slices.ContainsFunc(args, isA("size")):
		return invalid("KeyConditionExpressions cannot contain nested operations")
	case attribute.op != "path":
		return invalid(wrong + "No key attribute specified")
	case len(attribute.path) > 1:
		return invalid("KeyConditionExpressions cannot have conditions on nested attributes")
	case slices.ContainsFunc(values, isA("path")):
		return invalid(wrong + "Multiple attribute names used in one condition")
	}
	name := attribute.path[0].name
	if _, twice := into[name]; twice {
		return invalid("KeyConditionExpressions must only contain one condition per key")
	}
	c := keyCondition{op: op}
	for _, arg := range values {
		c.values = append(c.values, arg.value)
	}
	into[name] = c
	return nil
}
