package dynamodb

import (
	"slices"
)

// conditionFunctions gives the number of operands of each function of conditions.
func conditionFunctions(name string) (operands int, ok bool) {
	switch name {
	case "attribute_exists", "attribute_not_exists", "size":
		return 1, true
	case "attribute_type", "begins_with", "contains":
		return 2, true
	}
	return 0, false
}

// unknownFunction is the op of a call that is refused when the whole expression has been read.
const unknownFunction = "?"

func isFunction(op string) bool {
	_, ok := conditionFunctions(op)
	return ok
}

// literal gives the type of an operand that is known before any item is read.
func (n *node) literal() (kind, bool) {
	switch n.op {
	case "value":
		return n.value.kind, n.value.kind != ""
	case "size":
		return kindN, true
	}
	return "", false
}

func (p *parser) wrongOperand(op string, k kind) {
	p.fault(badType, "Incorrect operand type for operator or function; operator or function: %s, operand type: %s", op, k)
}

func (p *parser) checkFunction(n *node) {
	count, known := conditionFunctions(n.op)
	switch {
	case !known:
		p.fault(badFunction, "Invalid function name; function: %s", n.op)
		n.op = unknownFunction
		return
	case count != len(n.args):
		p.fault(badCount, "Incorrect number of operands for operator or function; operator or function: %s, number of operands: %d",
			n.op, len(n.args))
		return
	}
	p.checkDistinct(n)
	switch n.op {
	case "attribute_exists", "attribute_not_exists":
		if n.args[0].op != "path" {
			p.fault(badOperand, "Operator or function requires a document path; operator or function: %s", n.op)
		}
	case "attribute_type":
		name, ok := n.args[1].literal()
		if !ok || n.args[1].op == "size" {
			name = "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"
		}
		if name != kindS {
			p.wrongOperand(n.op, name)
		}
		if !slices.Contains([]kind{kindS, kindN, kindB, kindNULL, kindSS, kindBOOL, kindL, kindBS, kindNS, kindM},
			kind(n.args[1].value.s)) {
			p.fault(badType, "Invalid attribute type name found; type: %s, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}", n.args[1].value.s)
		}
	case "begins_with":
		for _, arg := range n.args {
			if k, ok := arg.literal(); ok && k != kindS && k != kindB {
				p.wrongOperand(n.op, k)
			}
		}
	case "size":
		if k, ok := n.args[0].literal(); ok && (k == kindN || k == kindBOOL || k == kindNULL) {
			p.wrongOperand(n.op, k)
		}
	}
}

func (p *parser) checkDistinct(n *node) {
	if n.args[0].op != "path" {
		return
	}
	same := func(arg *node) bool { return arg.op == "path" && slices.Equal(n.args[0].path, arg.path) }
	if slices.ContainsFunc(n.args[1:], same) {
		p.fault(badDistinct, "The first operand must be distinct from the remaining operands for this operator or function; "+
			"operator: %s, first operand: %s",
			n.op, n.args[0].path)
	}
}

func (p *parser) checkComparison(n *node) {
	p.checkDistinct(n)
	if n.op == "=" || n.op == "<>" {
		return
	}
	for _, arg := range n.args {
		if k, ok := arg.literal(); ok && k != kindS && k != kindN && k != kindB {
			p.wrongOperand(n.op, k)
		}
	}
}

func (p *parser) checkBetween(n *node) {
	p.checkDistinct(n)
	low, high := n.args[1], n.args[2]
	for _, arg := range n.args {
		if k, ok := arg.literal(); ok && k != kindS && k != kindN && k != kindB {
			p.wrongOperand(n.op, k)
		}
	}
	if low.op != "value" || high.op != "value" {
		return
	}
	rule := ""
	if order, ok := compare(low.value, high.value); !ok {
		rule = "requires same data type for lower and upper bounds"
	} else if order > 0 {
		rule = "requires upper bound to be greater than or equal to lower bound"
	}
	if rule != "" {
		p.fault(badType, "The BETWEEN operator %s; lower bound operand: AttributeValue: {%s:%s}, upper bound operand: AttributeValue: {%s:%s}",
			rule, low.value.kind, low.value.s, high.value.kind, high.value.s)
	}
}
