package dynamodb

import (
	"slices"
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
	case operators[n.op].operands > 0:
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
		n := p.closed(p.or())
		if n.parens {
			p.fault(badParens, "The expression has redundant parentheses;")
		}
		n.parens = true
		return n
	}
	if !p.isKeyword("NOT") {
		if function, ok := p.call(); ok {
			n := p.closed(&node{op: function, args: list(p, p.operand)})
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
	return value{kind: kindN, s: integer(int64(length))}, ok
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
	}
	test := func(operand *node) bool {
		b, found := operand.resolve(it)
		return ok && found && operators[n.op].holds(a, b)
	}
	switch n.op {
	case "<>":
		return !test(n.args[1])
	case "IN":
		return slices.ContainsFunc(n.args[1:], test)
	case "BETWEEN":
		high, found := n.args[2].resolve(it)
		return found && test(n.args[1]) && operators["<="].holds(a, high)
	}
	return test(n.args[1])
}

// operator is what conditions can be made of.
type operator struct {
	operands int                   // of a function; 0 for what stands between its operands
	takes    []kind                // the types of its operands; nil for all
	holds    func(a, b value) bool // of the first operand and another; <> holds when this does not
}

var (
	ordered = []kind{kindS, kindN, kindB}
	sized   = []kind{kindS, kindB, kindSS, kindNS, kindBS, kindL, kindM}
	every   = []kind{kindS, kindN, kindB, kindBOOL, kindNULL, kindSS, kindNS, kindBS, kindL, kindM}
)

var operators = map[string]operator{
	"=": {holds: equal}, "<>": {holds: equal}, "IN": {holds: equal},
	"<":                    {takes: ordered, holds: orderIs(func(order int) bool { return order < 0 })},
	"<=":                   {takes: ordered, holds: orderIs(func(order int) bool { return order <= 0 })},
	">":                    {takes: ordered, holds: orderIs(func(order int) bool { return order > 0 })},
	">=":                   {takes: ordered, holds: orderIs(func(order int) bool { return order >= 0 })},
	"BETWEEN":              {takes: ordered, holds: orderIs(func(order int) bool { return order >= 0 })},
	"attribute_exists":     {operands: 1},
	"attribute_not_exists": {operands: 1},
	"attribute_type":       {operands: 2, holds: func(a, b value) bool { return string(a.kind) == b.s }},
	"begins_with":          {operands: 2, takes: []kind{kindS, kindB}, holds: beginsWith},
	"contains":             {operands: 2, holds: contains},
	"size":                 {operands: 1, takes: sized},
}

func orderIs(right func(order int) bool) func(a, b value) bool {
	return func(a, b value) bool {
		order, ok := compare(a, b)
		return ok && right(order)
	}
}

func beginsWith(a, b value) bool {
	return a.kind == b.kind && (a.kind == kindS || a.kind == kindB) && strings.HasPrefix(a.s, b.s)
}

func contains(a, b value) bool {
	if a.kind == kindS || a.kind == kindB {
		return a.kind == b.kind && strings.Contains(a.s, b.s)
	}
	return a.kind != kindM && slices.ContainsFunc(a.members, func(member field) bool { return equal(member.value, b) })
}
