package dynamodb

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// update is a parsed UpdateExpression.
type update struct {
	actions []action // in the order in which they are applied
	paths   *tree
}

// action is one clause: SET path = operand, REMOVE path, ADD path value or DELETE path value.
type action struct {
	verb    string
	path    path
	operand *term
}

// term is the right-hand side of an action. Its op is "path", "value", "+", "-", "if_not_exists" or "list_append".
type term struct {
	op    string
	args  []*term
	path  path
	value value
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
		for {
			a := p.action(verb)
			p.disjoint(u.paths, a.path)
			u.actions = append(u.actions, a)
			if !p.accept(",") {
				break
			}
		}
	}
	slices.SortStableFunc(u.actions, applyOrder)
	return u
}

// applyOrder puts list elements in the order in which each index still means what it meant in the old item: values are set from the
// front, elements are removed last and from the back.
func applyOrder(a, b action) int {
	if aLast, bLast := a.verb == "REMOVE", b.verb == "REMOVE"; aLast != bLast {
		if aLast {
			return 1
		}
		return -1
	}
	order := slices.CompareFunc(a.path, b.path, func(x, y step) int {
		return cmp.Or(strings.Compare(x.name, y.name), cmp.Compare(x.index, y.index))
	})
	if a.verb == "REMOVE" {
		return -order
	}
	return order
}

func (p *parser) action(verb string) action {
	a := action{verb: verb, path: p.path()}
	switch verb {
	case "SET":
		p.expect("=")
		a.operand = p.sum()
	case "ADD", "DELETE":
		a.operand = &term{op: "value", value: p.value()}
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

func (p *parser) sum() *term {
	if p.accept("(") {
		t := p.sum()
		p.expect(")")
		return t
	}
	left := p.term()
	op := p.peek()
	if op.kind != tokenPunct || op.text != "+" && op.text != "-" {
		return left
	}
	p.at++
	t := &term{op: op.text, args: []*term{left, p.term()}}
	p.mustTake(t, kindN)
	return t
}

func (p *parser) term() *term {
	switch {
	case p.accept("("):
		t := p.term()
		p.expect(")")
		return t
	case p.isCall():
		return p.updateFunction()
	case p.peek().kind == tokenValue:
		return &term{op: "value", value: p.value()}
	}
	return &term{op: "path", path: p.path()}
}

func (p *parser) updateFunction() *term {
	t := &term{op: p.next().text}
	switch {
	case isFunction(t.op):
		p.fault(badUse, "The function is not allowed in an update expression; function: %s", t.op)
	case t.op != "if_not_exists" && t.op != "list_append":
		p.fault(badFunction, "Invalid function name; function: %s", t.op)
	}
	p.at++
	for {
		t.args = append(t.args, p.term())
		if !p.accept(",") {
			break
		}
	}
	p.expect(")")
	switch {
	case len(t.args) != 2:
		p.fault(badType, "Incorrect number of operands for operator or function; operator or function: %s, number of operands: %d",
			t.op, len(t.args))
	case t.op == "list_append":
		p.mustTake(t, kindL)
	case t.args[0].op != "path":
		p.fault(badType, "Operator or function requires a document path; operator or function: %s", t.op)
	}
	return t
}

// mustTake refuses values of another type than the function's or operator's.
func (p *parser) mustTake(t *term, want kind) {
	for _, arg := range t.args {
		if arg.op == "value" && arg.value.kind != want && arg.value.kind != "" {
			p.wrongOperand(t.op, arg.value.kind)
		}
	}
}

func (t *term) resolve(it item) (value, error) {
	switch t.op {
	case "value":
		return t.value, nil
	case "path":
		if v, ok := t.path.find(it); ok {
			return v, nil
		}
		return value{}, invalid("The provided expression refers to an attribute that does not exist in the item")
	case "if_not_exists":
		if v, ok := t.args[0].path.find(it); ok {
			return v, nil
		}
		return t.args[1].resolve(it)
	}
	a, err := t.args[0].resolve(it)
	if err != nil {
		return value{}, err
	}
	b, err := t.args[1].resolve(it)
	if err != nil {
		return value{}, err
	}
	want := kindN
	if t.op == "list_append" {
		want = kindL
	}
	if a.kind != want || b.kind != want {
		return value{}, wrongType()
	}
	if t.op == "list_append" {
		return value{kind: kindL, list: slices.Concat(a.list, b.list)}, nil
	}
	sum, err := add(a.s, b.s, t.op == "-")
	return value{kind: kindN, s: sum}, err
}

func wrongType() error {
	return invalid("An operand in the update expression has an incorrect data type")
}

// apply gives the item that the update makes of the old one. Every operand is read from the old item.
func (u *update) apply(old item) (item, error) {
	for _, a := range u.actions {
		if !a.path.fits(old) {
			return nil, unfitPath()
		}
	}
	root := value{kind: kindM, fields: maps.Clone(old)}
	results := make([]*value, len(u.actions))
	for i, a := range u.actions {
		v, keep, err := a.result(old)
		if err != nil {
			return nil, err
		}
		if keep {
			results[i] = &v
		}
	}
	for i, a := range u.actions {
		var err error
		if root, err = put(root, a.path, results[i]); err != nil {
			return nil, err
		}
	}
	return root.fields, nil
}

// result is what stands at the action's path afterwards; keep is false when nothing does.
func (a action) result(old item) (v value, keep bool, err error) {
	switch a.verb {
	case "SET":
		v, err = a.operand.resolve(old)
		return v, true, err
	case "REMOVE":
		return value{}, false, nil
	}
	operand := a.operand.value
	current, exists := a.path.find(old)
	switch {
	case exists && current.kind != operand.kind:
		return value{}, false, wrongType()
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

// put gives v with what stands at the path replaced, or removed when the replacement is nil. What it changes it copies first, except the
// map at the top, which is the caller's.
func put(v value, at path, replacement *value) (value, error) {
	s, last := at[0], len(at) == 1
	switch {
	case s.name != "" && v.kind == kindM:
		child, exists := v.fields[s.name]
		switch {
		case last && replacement == nil:
			delete(v.fields, s.name)
			return v, nil
		case last:
			child = *replacement
		case !exists:
			return value{}, unfitPath()
		default:
			var err error
			if child, err = put(shallow(child), at[1:], replacement); err != nil {
				return value{}, err
			}
		}
		v.fields[s.name] = child
		return v, nil
	case s.name == "" && v.kind == kindL:
		return putElement(v, at, replacement)
	}
	return value{}, unfitPath()
}

func putElement(v value, at path, replacement *value) (value, error) {
	i, last := at[0].index, len(at) == 1
	switch beyond := i >= len(v.list); {
	case last && replacement == nil:
		if !beyond {
			v.list = slices.Delete(v.list, i, i+1)
		}
	case last && beyond:
		v.list = append(v.list, *replacement)
	case last:
		v.list[i] = *replacement
	case beyond:
		return value{}, unfitPath()
	default:
		child, err := put(shallow(v.list[i]), at[1:], replacement)
		if err != nil {
			return value{}, err
		}
		v.list[i] = child
	}
	return v, nil
}

func shallow(v value) value {
	v.fields, v.list = maps.Clone(v.fields), slices.Clone(v.list)
	return v
}

func unfitPath() error {
	return invalid("The document path provided in the update expression is invalid for update")
}
