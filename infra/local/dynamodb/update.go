package dynamodb

import (
	"cmp"
	"slices"
	"strings"
)

// clause is one part of an UpdateExpression: SET path = operand, REMOVE path, ADD path value or DELETE path value.
type clause struct {
	verb    string
	path    path
	operand *node
}

// update is a parsed UpdateExpression, in order of its paths.
type update []clause

func (u update) paths() []path {
	paths := make([]path, len(u))
	for i := range u {
		paths[i] = u[i].path
	}
	return paths
}

func (p *parser) update() update {
	var u update
	var seen []string
	p.updates = true
	for p.peek().kind != tokenEnd {
		verb := strings.ToUpper(p.peek().text)
		if !slices.Contains([]string{"SET", "REMOVE", "ADD", "DELETE"}, verb) {
			p.unexpected()
		}
		if slices.Contains(seen, verb) {
			p.fault(badSection, `The "%s" section can only be used once in an update expression;`, verb)
		}
		seen = append(seen, verb)
		p.at++
		for _, c := range list(p, func() clause { return p.clause(verb) }) {
			p.disjoint(u.paths(), c.path)
			u = append(u, c)
		}
	}
	slices.SortStableFunc(u, func(a, b clause) int {
		return slices.CompareFunc(a.path, b.path, func(x, y step) int {
			return cmp.Or(strings.Compare(x.name, y.name), cmp.Compare(x.index, y.index))
		})
	})
	return u
}

// operandNames are the types of values in the words of ADD and DELETE.
var operandNames = map[kind]string{kindS: "STRING", kindN: "NUMBER", kindB: "BINARY", kindBOOL: "BOOLEAN", kindL: "LIST", kindM: "MAP",
	kindNULL: "NULL"}

func (p *parser) clause(verb string) clause {
	c := clause{verb: verb, path: p.path()}
	switch verb {
	case "SET":
		p.expect("=")
		c.operand = p.sum()
	case "ADD", "DELETE":
		c.operand = &node{op: "value", value: p.value()}
		if name := operandNames[c.operand.value.kind]; name != "" && (verb == "DELETE" || name != "NUMBER") {
			p.fault(badOperand, "Incorrect operand type for operator or function; operator: %s, operand type: %s, typeSet: ALLOWED_FOR_%s_OPERAND",
				verb, name, verb)
		}
	}
	return c
}

// sum reads what stands at the right of a SET.
func (p *parser) sum() *node {
	if p.accept("(") {
		return p.closed(p.sum())
	}
	left := p.term()
	for _, op := range []string{"+", "-"} {
		if p.accept(op) {
			n := &node{op: op, args: []*node{left, p.term()}}
			p.checkOperands(n)
			return n
		}
	}
	return left
}

func (p *parser) term() *node {
	if p.accept("(") {
		return p.closed(p.term())
	}
	return p.leaf(p.term)
}

// compute gives what the right-hand side of a SET makes of an item.
func (n *node) compute(it item) (value, error) {
	switch n.op {
	case "path", "value":
		if v, ok := n.resolve(it); ok {
			return v, nil
		}
		return value{}, invalid("The provided expression refers to an attribute that does not exist in the item")
	case "if_not_exists":
		if v, ok := n.args[0].resolve(it); ok {
			return v, nil
		}
		return n.args[1].compute(it)
	}
	a, err := n.args[0].compute(it)
	if err != nil {
		return value{}, err
	}
	b, err := n.args[1].compute(it)
	switch {
	case err != nil:
		return value{}, err
	case n.op == "list_append" && a.kind == kindL && b.kind == kindL:
		return value{kind: kindL, members: slices.Concat(a.members, b.members)}, nil
	case n.op == "list_append" || a.kind != kindN || b.kind != kindN:
		return value{}, invalid(wrongType)
	}
	sum, err := add(a.s, b.s, n.op == "-")
	return value{kind: kindN, s: sum}, err
}

const wrongType = "An operand in the update expression has an incorrect data type"

// apply gives the item that the update makes of the old one. Every operand is read from the old item, and every index means what it meant
// there: values are set from the front, elements are removed last and from the back.
func (u update) apply(old item) (item, error) {
	for _, c := range u {
		if !c.path.fits(old) {
			return nil, invalid("The document path provided in the update expression is invalid for update")
		}
	}
	root := value{kind: kindM, members: old}
	var removals []path
	for _, c := range u {
		v, keep, err := c.result(old)
		if err != nil {
			return nil, err
		}
		if keep {
			root = root.with(c.path, &v)
		} else {
			removals = append(removals, c.path)
		}
	}
	for _, p := range slices.Backward(removals) {
		root = root.with(p, nil)
	}
	return root.members, nil
}

// result is what stands at the clause's path afterwards; keep is false when nothing does.
func (c clause) result(old item) (v value, keep bool, err error) {
	switch c.verb {
	case "SET":
		v, err = c.operand.compute(old)
		return v, true, err
	case "REMOVE":
		return value{}, false, nil
	}
	operand := c.operand.value
	current, exists := c.path.find(old)
	switch {
	case exists && current.kind != operand.kind:
		return value{}, false, invalid(wrongType)
	case !exists:
		return operand, c.verb == "ADD", nil
	case operand.kind == kindN:
		sum, err := add(current.s, operand.s, false)
		return value{kind: kindN, s: sum}, true, err
	}
	set := slices.DeleteFunc(slices.Clone(current.members), func(member field) bool { return contains(operand, member.value) })
	if c.verb == "ADD" {
		set = append(set, operand.members...)
		slices.SortFunc(set, byText)
	}
	return value{kind: current.kind, members: set}, len(set) > 0, nil
}
