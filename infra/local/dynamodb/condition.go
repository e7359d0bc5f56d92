package dynamodb

import (
	"slices"
	"strconv"
	"strings"
)

// node is a part of an expression. Its op says what it is: an operand of conditions ("path", "value" or "size"), a condition (AND, OR, NOT,
// BETWEEN, IN, a comparator or a function's name) or what only an update computes (+, -, if_not_exists or list_append).
type node struct {
	op     string
	args   []*node
	path   path
	value  value
	parens bool
}

func (n *node) isOperand() bool { return n.op == "path" || n.op == "value" || n.op == "size" }

// condition reads a ConditionExpression, FilterExpression or KeyConditionExpression.
func (p *parser) condition() *node {
	n := p.or()
	p.mustHold(n)
	return n
}

// mustHold refuses an operand where a condition has to stand.
func (p *parser) mustHold(n *node) {
	switch {
	case n.op == "size":
		p.fault(badUse, misused, "size")
	case n.isOperand():
		p.unexpected()
	}
}

// mustCompare refuses a condition where an operand has to stand.
func (p *parser) mustCompare(n *node) {
	switch {
	case n.isOperand(), n.op == unknownFunction:
	case isFunction(n.op):
		p.fault(badUse, misused, n.op)
	default:
		p.unexpected()
	}
}

const misused = "The function is not allowed to be used this way in an expression; function: %s"

func (p *parser) or() *node  { return p.joined("OR", p.and) }
func (p *parser) and() *node { return p.joined("AND", p.not) }

// joined reads one part, or several that are joined by op.
func (p *parser) joined(op string, part func() *node) *node {
	n := part()
	for p.isKeyword(op) {
		p.mustHold(n)
		p.at++
		n = &node{op: op, args: []*node{n, part()}}
		p.mustHold(n.args[1])
	}
	return n
}

func (p *parser) not() *node {
	if !p.isKeyword("NOT") {
		return p.comparison()
	}
	p.at++
	n := p.not()
	p.mustHold(n)
	return &node{op: "NOT", args: []*node{n}}
}

func (p *parser) comparison() *node {
	left := p.primary()
	n := &node{op: strings.ToUpper(p.peek().text), args: []*node{left}}
	isWord := p.peek().kind == tokenWord && (n.op == "BETWEEN" || n.op == "IN")
	if !isWord && !slices.Contains([]string{"=", "<>", "<", "<=", ">", ">="}, n.op) {
		return left
	}
	p.mustCompare(left)
	p.at++
	switch n.op {
	case "BETWEEN":
		n.args = append(n.args, p.operand())
		if !p.isKeyword("AND") {
			p.unexpected()
		}
		p.at++
		n.args = append(n.args, p.operand())
	case "IN":
		p.expect("(")
		n.args = append(n.args, list(p, p.operand)...)
		p.expect(")")
	default:
		n.args = append(n.args, p.operand())
	}
	p.checkOperands(n)
	return n
}

func (p *parser) operand() *node {
	n := p.primary()
	p.mustCompare(n)
	return n
}

func (p *parser) primary() *node {
	if p.accept("(") {
		n := p.or()
		p.expect(")")
		if n.parens {
			p.fault(badParens, "The expression has redundant parentheses;")
		}
		n.parens = true
		return n
	}
	if !p.isKeyword("NOT") {
		if function, ok := p.call(); ok {
			n := &node{op: function, args: list(p, p.operand)}
			p.expect(")")
			p.checkCall(n)
			return n
		}
	}
	return p.leaf()
}

// leaf reads a value or a path.
func (p *parser) leaf() *node {
	if p.peek().kind == tokenValue {
		return &node{op: "value", value: p.value()}
	}
	return &node{op: "path", path: p.path()}
}

// resolve gives what an operand of conditions stands for; ok is false when the item does not have it.
func (n *node) resolve(it item) (v value, ok bool) {
	switch n.op {
	case "path":
		return n.path.find(it)
	case "value":
		return n.value, true
	}
	if v, ok = n.args[0].resolve(it); !ok {
		return value{}, false
	}
	length, ok := v.length()
	return value{kind: kindN, s: strconv.Itoa(length)}, ok
}

// holds evaluates a condition; a nil condition always holds. A missing attribute makes any comparison false but <>.
func (n *node) holds(it item) bool {
	if n == nil {
		return true
	}
	switch n.op {
	case "AND":
		return n.args[0].holds(it) && n.args[1].holds(it)
	case "OR":
		return n.args[0].holds(it) || n.args[1].holds(it)
	case "NOT":
		return !n.args[0].holds(it)
	}
	a, ok := n.args[0].resolve(it)
	switch n.op {
	case "attribute_exists":
		return ok
	case "attribute_not_exists":
		return !ok
	case "attribute_type":
		return ok && string(a.kind) == n.args[1].value.s
	case "IN":
		return ok && slices.ContainsFunc(n.args[1:], func(candidate *node) bool {
			v, found := candidate.resolve(it)
			return found && equal(a, v)
		})
	}
	b, found := n.args[1].resolve(it)
	if n.op == "<>" {
		return !ok || !found || !equal(a, b)
	}
	if !ok || !found {
		return false
	}
	switch n.op {
	case "=":
		return equal(a, b)
	case "begins_with":
		return a.kind == b.kind && (a.kind == kindS || a.kind == kindB) && strings.HasPrefix(a.s, b.s)
	case "contains":
		return contains(a, b)
	}
	order, ok := compare(a, b)
	if n.op == "BETWEEN" {
		high, _ := n.args[2].resolve(it)
		toHigh, within := compare(a, high)
		return ok && within && order >= 0 && toHigh <= 0
	}
	// One of < <= > >=.
	return ok && (order < 0 && n.op[0] == '<' || order > 0 && n.op[0] == '>' || order == 0 && len(n.op) == 2)
}

func contains(a, b value) bool {
	switch a.kind {
	case kindS, kindB:
		return a.kind == b.kind && strings.Contains(a.s, b.s)
	case kindSS, kindNS, kindBS:
		return string(a.kind) == string(b.kind)+"S" && slices.Contains(a.set, b.s)
	case kindL:
		return slices.ContainsFunc(a.list, func(element value) bool { return equal(element, b) })
	}
	return false
}
