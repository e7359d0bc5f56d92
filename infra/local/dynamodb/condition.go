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
	return p.leaf(p.operand)
}

// leaf reads a value, a path, or a function's call with its arguments.
func (p *parser) leaf(argument func() *node) *node {
	switch t := p.peek(); {
	case t.kind == tokenWord && p.tokens[p.at+1].text == "(" && !p.isKeyword("NOT"):
		p.at += 2
		n := p.closed(&node{op: t.text, args: list(p, argument)})
		p.checkCall(n)
		return n
	case t.kind == tokenValue:
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

// operator is what conditions and updates can be made of.
type operator struct {
	operands int                   // of a function; 0 for what stands between its operands
	takes    []kind                // the types of its operands; nil for all
	updates  bool                  // in updates, and not in conditions
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
	"if_not_exists":        {operands: 2, updates: true},
	"list_append":          {operands: 2, takes: []kind{kindL}, updates: true},
	"+":                    {takes: []kind{kindN}, updates: true},
	"-":                    {takes: []kind{kindN}, updates: true},
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

// maxInOperands is how many values one IN may list (service quota).
const maxInOperands = 100

// unknownFunction is the op of a call that is refused when the whole expression has been read.
const unknownFunction = "?"

// literal gives the type of an operand that is known before any item is read.
func (n *node) literal() (kind, bool) {
	if n.op == "size" {
		return kindN, true
	}
	return n.value.kind, n.value.kind != ""
}

const wrongOperand = "Incorrect operand type for operator or function; operator or function: %s, operand type: %s"

// checkCall notes what is wrong with a call.
func (p *parser) checkCall(n *node) {
	f, counts := operators[n.op], badCount
	if p.updates {
		counts = badType
	}
	switch {
	case p.updates && !f.updates && f.operands > 0:
		p.fault(badUse, "The function is not allowed in an update expression; function: %s", n.op)
	case f.operands == 0 || f.updates != p.updates:
		p.fault(badFunction, "Invalid function name; function: %s", n.op)
		n.op = unknownFunction
	case f.operands != len(n.args):
		p.fault(counts, "Incorrect number of operands for operator or function; operator or function: %s, number of operands: %d",
			n.op, len(n.args))
	default:
		p.checkOperands(n)
	}
}

// checkOperands notes what is wrong with the operands of an operator or function.
func (p *parser) checkOperands(n *node) {
	same := func(arg *node) bool { return arg.op == "path" && slices.Equal(n.args[0].path, arg.path) }
	if !p.updates && slices.ContainsFunc(n.args[1:], same) {
		p.fault(badDistinct, "The first operand must be distinct from the remaining operands for this operator or function; "+
			"operator: %s, first operand: %s", n.op, n.args[0].path)
	}
	takes, needsPath := operators[n.op].takes, badOperand
	for _, arg := range n.args {
		if k, ok := arg.literal(); ok && takes != nil && !slices.Contains(takes, k) {
			p.fault(badType, wrongOperand, n.op, k)
		}
	}
	switch n.op {
	case "if_not_exists":
		needsPath = badType
		fallthrough
	case "attribute_exists", "attribute_not_exists":
		if n.args[0].op != "path" {
			p.fault(needsPath, "Operator or function requires a document path; operator or function: %s", n.op)
		}
	case "attribute_type":
		p.checkType(n.args[1])
	case "BETWEEN":
		p.checkBounds(n.args[1], n.args[2])
	case "IN":
		if count := len(n.args) - 1; count > maxInOperands {
			p.fault(badCount, "The IN operator is provided with too many operands; number of operands: %d", count)
		}
	}
}

// checkType refuses a second operand of attribute_type that names no type.
func (p *parser) checkType(n *node) {
	switch {
	case n.op != "value" || n.value.kind == "":
		p.fault(badType, wrongOperand, "attribute_type", "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")
	case n.value.kind != kindS:
		p.fault(badType, wrongOperand, "attribute_type", n.value.kind)
	case !slices.Contains(every, kind(n.value.s)):
		p.fault(badType, "Invalid attribute type name found; type: %s, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}", n.value.s)
	}
}

// checkBounds refuses bounds of BETWEEN that no value lies between.
func (p *parser) checkBounds(low, high *node) {
	if low.op != "value" || high.op != "value" {
		return
	}
	rule := "requires same data type for lower and upper bounds"
	if order, ok := compare(low.value, high.value); ok {
		if order <= 0 {
			return
		}
		rule = "requires upper bound to be greater than or equal to lower bound"
	}
	p.fault(badType, "The BETWEEN operator %s; lower bound operand: AttributeValue: {%s:%s}, upper bound operand: AttributeValue: {%s:%s}",
		rule, low.value.kind, low.value.text(), high.value.kind, high.value.text())
}
