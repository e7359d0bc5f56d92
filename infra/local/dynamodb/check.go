package dynamodb

import "slices"

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
	switch operators[n.op].operands {
	case 0:
		p.fault(badFunction, "Invalid function name; function: %s", n.op)
		n.op = unknownFunction
	case len(n.args):
		p.checkOperands(n)
	default:
		p.fault(badCount, "Incorrect number of operands for operator or function; operator or function: %s, number of operands: %d",
			n.op, len(n.args))
	}
}

// checkOperands notes what is wrong with the operands of an operator or function.
func (p *parser) checkOperands(n *node) {
	same := func(arg *node) bool { return arg.op == "path" && slices.Equal(n.args[0].path, arg.path) }
	if slices.ContainsFunc(n.args[1:], same) {
		p.fault(badDistinct, "The first operand must be distinct from the remaining operands for this operator or function; "+
			"operator: %s, first operand: %s", n.op, n.args[0].path)
	}
	takes := operators[n.op].takes
	for _, arg := range n.args {
		if k, ok := arg.literal(); ok && takes != nil && !slices.Contains(takes, k) {
			p.fault(badType, wrongOperand, n.op, k)
		}
	}
	switch n.op {
	case "attribute_exists", "attribute_not_exists":
		if n.args[0].op != "path" {
			p.fault(badOperand, "Operator or function requires a document path; operator or function: %s", n.op)
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
