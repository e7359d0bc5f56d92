package dynamodb

import (
	"slices"
	"strconv"
	"strings"
)

// node is a part of a condition. Operands are "path", "value" and "size"; any other op is a condition: AND, OR, NOT, BETWEEN, IN, a
// comparator or a function's name.
type node struct {
	op     string
	args   []*node
	path   path
	value  value
	parens bool
}

func (n *node) isOperand() bool { return n.op == "path" || n.op == "value" || n.op == "size" }

// maxInOperands is how many values one IN may list (service quota).
const maxInOperands = 100

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
		p.misused("size")
	case n.isOperand():
		p.unexpected()
	}
}

func (p *parser) misused(function string) {
	p.fault(badUse, "The function is not allowed to be used this way in an expression; function: %s", function)
}

func (p *parser) or() *node {
	n := p.and()
	for p.isKeyword("OR") {
		p.mustHold(n)
		p.at++
		right := p.and()
		p.mustHold(right)
		n = &node{op: "OR", args: []*node{n, right}}
	}
	return n
}

func (p *parser) and() *node {
	n := p.not()
	for p.isKeyword("AND") {
		p.mustHold(n)
		p.at++
		right := p.not()
		p.mustHold(right)
		n = &node{op: "AND", args: []*node{n, right}}
	}
	return n
}

func (p *parser) not() *node {
	if !p.keyword("NOT") {
		return p.comparison()
	}
	n := p.not()
	p.mustHold(n)
	return &node{op: "NOT", args: []*node{n}}
}

func (p *parser) comparison() *node {
	left := p.primary()
	t := p.peek()
	switch {
	case t.kind == tokenPunct && slices.Contains([]string{"=", "<>", "<", "<=", ">", ">="}, t.text):
		p.mustCompare(left)
		p.at++
		n := &node{op: t.text, args: []*node{left, p.operand()}}
		p.checkComparison(n)
		return n
	case p.isKeyword("BETWEEN"):
		p.mustCompare(left)
		p.at++
		low := p.operand()
		if !p.keyword("AND") {
			p.unexpected()
		}
		n := &node{op: "BETWEEN", args: []*node{left, low, p.operand()}}
		p.checkBetween(n)
		return n
	case p.isKeyword("IN"):
		p.mustCompare(left)
		p.at++
		p.expect("(")
		n := &node{op: "IN", args: append([]*node{left}, p.operands()...)}
		p.checkDistinct(n)
		if count := len(n.args) - 1; count > maxInOperands {
			p.fault(badCount, "The IN operator is provided with too many operands; number of operands: %d", count)
		}
		return n
	}
	return left
}

// mustCompare refuses a condition where an operand has to stand.
func (p *parser) mustCompare(n *node) {
	switch {
	case n.isOperand(), n.op == unknownFunction:
	case isFunction(n.op):
		p.misused(n.op)
	default:
		p.unexpected()
	}
}

func (p *parser) operand() *node {
	n := p.primary()
	p.mustCompare(n)
	return n
}

// operands reads a list up to its closing parenthesis.
func (p *parser) operands() []*node {
	var list []*node
	for {
		list = append(list, p.operand())
		if !p.accept(",") {
			p.expect(")")
			return list
		}
	}
}

func (p *parser) primary() *node {
	switch {
	case p.accept("("):
		n := p.or()
		p.expect(")")
		if n.parens {
			p.fault(badParens, "The expression has redundant parentheses;")
		}
		n.parens = true
		return n
	case p.isCall() && !p.isKeyword("NOT"):
		name := p.next().text
		p.at++
		n := &node{op: name, args: p.operands()}
		p.checkFunction(n)
		return n
	case p.peek().kind == tokenValue:
		return &node{op: "value", value: p.value()}
	}
	return &node{op: "path", path: p.path()}
}

func (n *node) resolve(it item) (value, bool) {
	switch n.op {
	case "path":
		return n.path.find(it)
	case "value":
		return n.value, true
	}
	v, ok := n.args[0].resolve(it)
	if !ok {
		return value{}, false
	}
	length, ok := v.length()
	if !ok {
		return value{}, false
	}
	return value{kind: kindN, s: strconv.Itoa(length)}, true
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
	case "begins_with":
		return a.kind == b.kind && (a.kind == kindS || a.kind == kindB) && strings.HasPrefix(a.s, b.s)
	case "contains":
		return contains(a, b)
	case "BETWEEN":
		high, found := n.args[2].resolve(it)
		return found && ordered(">=", a, b) && ordered("<=", a, high)
	}
	return ordered(n.op, a, b)
}

func ordered(op string, a, b value) bool {
	if op == "=" {
		return equal(a, b)
	}
	order, ok := compare(a, b)
	if !ok {
		return false
	}
	switch op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
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
