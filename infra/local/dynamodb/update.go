package dynamodb

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// update is a parsed UpdateExpression.
type update struct {
	actions []action // in order of their paths
	paths   *tree
}

// action is one clause: SET path = operand, REMOVE path, ADD path value or DELETE path value.
type action struct {
	verb    string
	path    path
	operand *node
}

func (p *parser) update() *update {
	u := &update{paths: &tree{}}
	seen := map[string]bool{}
	for p.peek().kind != tokenEnd {
		verb := strings.ToUpper(p.peek().text)
		if verb != "SET" && verb != "REMOVE" && verb != "ADD" && verb != "DELETE" {
			p.unexpected()
		}
		if seen[verb] {
			p.fault(badSection, `The "%s" section can only be used once in an update expression;`, verb)
		}
		seen[verb] = true
		p.at++
		for _, a := range list(p, func() action { return p.action(verb) }) {
			p.disjoint(u.paths, a.path)
			u.actions = append(u.actions, a)
		}
	}
	slices.SortStableFunc(u.actions, func(a, b action) int {
		return slices.CompareFunc(a.path, b.path, func(x, y step) int {
			return cmp.Or(strings.Compare(x.name, y.name), cmp.Compare(x.index, y.index))
		})
	})
	return u
}

func (p *parser) action(verb string) action {
	a := action{verb: verb, path: p.path()}
	switch verb {
	case "SET":
		p.expect("=")
		a.operand = p.sum()
	case "ADD", "DELETE":
		a.operand = &node{op: "value", value: p.value()}
		k := a.operand.value.kind
		if isSet := k == kindSS || k == kindNS || k == kindBS || k == ""; !isSet && (verb == "DELETE" || k != kindN) {
			long := map[kind]string{kindS: "STRING", kindN: "NUMBER", kindB: "BINARY", kindBOOL: "BOOLEAN", kindL: "LIST", kindM: "MAP",
				kindNULL: "NULL"}
			p.fault(badOperand, "Incorrect operand type for operator or function; operator: %s, operand type: %s, typeSet: ALLOWED_FOR_%s_OPERAND",
				verb, long[k], verb)
		}
	}
	return a
}

func (p *parser) sum() *node {
	if p.accept("(") {
		n := p.sum()
		p.expect(")")
		return n
	}
	left := p.term()
	for _, op := range []string{"+", "-"} {
		if p.accept(op) {
			n := &node{op: op, args: []*node{left, p.term()}}
			p.mustTake(n, kindN)
			return n
		}
	}
	return left
}

func (p *parser) term() *node {
	if p.accept("(") {
		n := p.term()
		p.expect(")")
		return n
	}
	if function, ok := p.call(); ok {
		return p.updateFunction(function)
	}
	return p.leaf()
}

func (p *parser) updateFunction(function string) *node {
	n := &node{op: function, args: list(p, p.term)}
	p.expect(")")
	switch {
	case isFunction(function):
		p.fault(badUse, "The function is not allowed in an update expression; function: %s", function)
	case function != "if_not_exists" && function != "list_append":
		p.fault(badFunction, "Invalid function name; function: %s", function)
	case len(n.args) != 2:
		p.fault(badType, "Incorrect number of operands for operator or function; operator or function: %s, number of operands: %d",
			function, len(n.args))
	case function == "list_append":
		p.mustTake(n, kindL)
	case n.args[0].op != "path":
		p.fault(badType, "Operator or function requires a document path; operator or function: %s", function)
	}
	return n
}

// mustTake refuses values of another type than the function's or operator's.
func (p *parser) mustTake(n *node, want kind) {
	for _, arg := range n.args {
		if arg.op == "value" && arg.value.kind != want && arg.value.kind != "" {
			p.fault(badType, wrongOperand, n.op, arg.value.kind)
		}
	}
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
		return value{kind: kindL, list: slices.Concat(a.list, b.list)}, nil
	case n.op == "list_append" || a.kind != kindN || b.kind != kindN:
		return value{}, invalid(wrongType)
	}
	sum, err := add(a.s, b.s, n.op == "-")
	return value{kind: kindN, s: sum}, err
}

const wrongType = "An operand in the update expression has an incorrect data type"

// apply gives the item that the update makes of the old one. Every operand is read from the old item, and every index means what it meant
// there: values are set from the front, elements are removed last and from the back.
func (u *update) apply(old item) (item, error) {
	for _, a := range u.actions {
		if !a.path.fits(old) {
			return nil, invalid("The document path provided in the update expression is invalid for update")
		}
	}
	root := value{kind: kindM, fields: old}
	var removals []path
	for _, a := range u.actions {
		v, keep, err := a.result(old)
		if err != nil {
			return nil, err
		}
		if keep {
			root = root.with(a.path, &v)
		} else {
			removals = append(removals, a.path)
		}
	}
	for _, p := range slices.Backward(removals) {
		root = root.with(p, nil)
	}
	return root.fields, nil
}

// result is what stands at the action's path afterwards; keep is false when nothing does.
func (a action) result(old item) (v value, keep bool, err error) {
	switch a.verb {
	case "SET":
		v, err = a.operand.compute(old)
		return v, true, err
	case "REMOVE":
		return value{}, false, nil
	}
	operand := a.operand.value
	current, exists := a.path.find(old)
	switch {
	case exists && current.kind != operand.kind:
		return value{}, false, invalid(wrongType)
	case !exists:
		return operand, a.verb == "ADD", nil
	case operand.kind == kindN:
		sum, err := add(current.s, operand.s, false)
		return value{kind: kindN, s: sum}, true, err
	}
	var set []string
	if a.verb == "ADD" {
		set = slices.Concat(current.set, operand.set)
		slices.Sort(set)
		set = slices.Compact(set)
	} else {
		set = slices.DeleteFunc(slices.Clone(current.set), func(member string) bool { return slices.Contains(operand.set, member) })
	}
	return value{kind: current.kind, set: set}, len(set) > 0, nil
}

// with gives the value with what stands at a path that fits it replaced, or removed when the replacement is nil.
func (v value) with(at path, replacement *value) value {
	s := at[0]
	child, exists := v.child(s)
	if len(at) > 1 {
		child = child.with(at[1:], replacement)
		replacement = &child
	}
	v.fields, v.list = maps.Clone(v.fields), slices.Clone(v.list)
	switch {
	case s.name != "" && replacement == nil:
		delete(v.fields, s.name)
	case s.name != "":
		v.fields[s.name] = *replacement
	case exists && replacement == nil:
		v.list = slices.Delete(v.list, s.index, s.index+1)
	case exists:
		v.list[s.index] = *replacement
	case replacement != nil:
		v.list = append(v.list, *replacement)
	}
	return v
}
