package dynamodb_test

import (
	"fmt"
	"slices"
	"strings"
)

// expression draws expressions and collects the names and values that they use.
type expression struct {
	*chance
	names, values doc
	calm          bool // whether updates shall fit every item
}

func (c *chance) expression() *expression { return &expression{chance: c, names: doc{}, values: doc{}} }

// named adds the names to a request that takes no values.
func (e *expression) named(body doc) doc {
	if e.one(250) {
		e.names["#unused"] = "a"
	}
	if len(e.names) > 0 {
		body["ExpressionAttributeNames"] = e.names
	}
	return body
}

// into adds the substitutions to a request.
func (e *expression) into(body doc) doc {
	if e.one(250) {
		e.names["#unused"] = "a"
	}
	if e.one(250) {
		e.values[":unused"] = doc{"S": "x"}
	}
	if e.one(300) {
		e.values["bad"] = doc{"S": "x"}
	}
	if len(e.names) > 0 {
		body["ExpressionAttributeNames"] = e.names
	}
	if len(e.values) > 0 {
		body["ExpressionAttributeValues"] = e.values
	}
	return body
}

func (e *expression) name() string {
	if e.one(200) {
		return pick(e.chance, "status", "#undefined", "order", "and", "1a", "#", "a-b", "in")
	}
	plain := pick(e.chance, "a", "b", "n", "l", "m", "s", "note", "status", "gsk", "gpk")
	if plain != "status" && !e.one(5) {
		return plain
	}
	e.names["#"+plain] = plain
	return "#" + plain
}

func (e *expression) path() string {
	switch e.IntN(7) {
	case 0:
		return fmt.Sprintf("l[%d]", e.IntN(5))
	case 1:
		return "m." + pick(e.chance, "x", "y", "w")
	case 2:
		return pick(e.chance, "a", "b", "n", "l", "m", "s") + pick(e.chance, ".x", "[0]", ".x.y", "[1][0]", ".x[2]", "[1].z")
	}
	return e.name()
}

func (e *expression) value(v any) string {
	if e.one(400) {
		return pick(e.chance, ":undefined", ":", "5", "'x'")
	}
	name := fmt.Sprintf(":v%d", len(e.values))
	e.values[name] = v
	return name
}

// orderedValue draws a value of a type that has an order; every 60th has none.
func (e *expression) orderedValue() string {
	if e.one(60) {
		return e.anyValue()
	}
	return e.value(pick[any](e.chance, doc{"S": e.word()}, doc{"N": e.goodNumber()}, doc{"B": b64(e.chance)}))
}

func (e *expression) anyValue() string { return e.value(e.chance.value(1)) }
func (e *expression) numeral() string  { return e.value(doc{"N": e.goodNumber()}) }
func (e *expression) operand() string {
	switch e.IntN(8) {
	case 0:
		return "size(" + e.path() + ")"
	case 1, 2:
		return e.path()
	}
	return e.anyValue()
}

func (e *expression) comparison() string {
	left := e.path()
	switch e.IntN(12) {
	case 0:
		return "attribute_exists(" + left + ")"
	case 1:
		return "attribute_not_exists(" + pick(e.chance, left, "pk", "id") + ")"
	case 2:
		kind := pick(e.chance, "S", "N", "L", "M", "SS", "BOOL", "NULL", "S", "N", "L", "M", "X")
		return "attribute_type(" + left + ", " + e.value(doc{"S": kind}) + ")"
	case 3:
		return "begins_with(" + left + ", " + e.value(doc{"S": pick(e.chance, "a", "b", "")}) + ")"
	case 4:
		return "contains(" + left + ", " + pick(e.chance, e.anyValue, e.path)() + ")"
	case 5:
		low := e.IntN(6) - 3
		return left + " BETWEEN " + e.value(doc{"N": fmt.Sprint(low)}) + " AND " + e.value(doc{"N": fmt.Sprint(low + e.IntN(15) - 1)})
	case 6:
		list := []string{}
		for range e.IntN(3) + 1 {
			list = append(list, e.operand())
		}
		return left + " IN (" + strings.Join(list, ", ") + ")"
	case 7:
		return "size(" + left + ") " + pick(e.chance, "=", "<", ">=", "<>") + " " + e.numeral()
	case 8:
		return e.operand() + pick(e.chance, " = ", " <> ", "<>") + e.operand()
	}
	if e.one(2) {
		return left + pick(e.chance, " = ", " <> ", "=") + e.anyValue()
	}
	return left + pick(e.chance, " < ", " <= ", " > ", " >= ") + e.orderedValue()
}

func (e *expression) condition(depth int) string {
	if depth == 0 || e.one(2) {
		if e.one(100) {
			return pick(e.chance, "", "a", "((a = b))", "a = ", "size(a)", "nonsense(a)", "a = b = b", "contains(a)", "begins_with(a, b, c)",
				"(a = b",
				"a = b)", "NOT", "a BETWEEN b", "a IN ()", "a == b", "a ! b", "attribute_exists(size(a))", "contains(a, b) = b", "size(a) = size(b)",
				"attribute_type(a, b)", "a AND b", "(a) = (b)", "NOT NOT a = b", "a <> a", "begins_with(a, a)", "a IN (a)", "a BETWEEN a AND a",
				"AND", "a = b OR", "a[x] = b", "a..b = b", "a.b. = c", "a[-1] = b", "(a = b) AND (b = c)",
				"Size(a) = b", "a or b = c", "a=b and(b=c)", "gsk.x = b")
		}
		return e.comparison()
	}
	left, right := e.condition(depth-1), e.condition(depth-1)
	switch e.IntN(6) {
	case 0:
		return "NOT " + left
	case 1:
		return "(" + left + ") OR " + right
	case 2:
		return left + " OR " + right
	case 3:
		return "NOT (" + left + " AND " + right + ")"
	case 4:
		return left + pick(e.chance, " and ", " And ") + right
	}
	return left + " AND " + right
}

func (e *expression) projection() string {
	if e.one(60) {
		return pick(e.chance, "", "a, a", "a, a.b", "a b", "a,", "l[0], l.x", ":v", "status", "m.x, m.x", "l[1], l[1].x",
			"a[", "size(a)", "pk, sk,, a")
	}
	seen, list := map[string]bool{}, []string{}
	for range e.IntN(4) + 1 {
		p := pick(e.chance, "pk", "sk", "a", "b", "n", "note", "s", "l[1]", "l[0]", "l[3]", "m.x", "m.y", "m.x.y", "gsk", "id", "#st")
		if p == "#st" {
			e.names["#st"] = "status"
		}
		if seen[p] || p == "m.x" && seen["m.x.y"] || p == "m.x.y" && seen["m.x"] {
			continue
		}
		seen[p] = true
		list = append(list, p)
	}
	return strings.Join(list, ", ")
}

// update draws an UpdateExpression. One part of it at most depends on what the item holds, so that it has one fault at most.
func (e *expression) update() string {
	if e.one(40) && !e.calm {
		return e.wrongUpdate()
	}
	targets := []string{"a", "b", "n", "note", "m.x", "m.y", "m.z", "l[0]", "l[1]", "l[5]", "l[7]", "s", "gpk", "gsk", "#st", "a.x", "n"}
	plain := []string{"b", "note", "#st", "gpk", "gsk", "x", "y", "z"}
	e.Shuffle(len(targets), func(i, j int) { targets[i], targets[j] = targets[j], targets[i] })
	e.Shuffle(len(plain), func(i, j int) { plain[i], plain[j] = plain[j], plain[i] })
	if e.one(30) && !e.calm {
		plain = targets
	}
	var clauses []string
	risk := targets[0]
	if e.calm {
		risk = ""
	}
	for _, verb := range []string{"SET", "REMOVE", "ADD", "DELETE"} {
		in := map[string]int{"SET": 1, "REMOVE": 3, "ADD": 4, "DELETE": 6}[verb]
		if e.calm && in > 3 {
			in *= 3 // what an ADD or DELETE changes may have another type
		}
		if !e.one(in) {
			continue
		}
		var actions []string
		for range e.IntN(2) + 1 {
			t, risky := plain[0], risk != "" && e.one(2)
			plain = plain[1:]
			if risky && !slices.Contains(plain, risk) {
				t, risk = risk, ""
			}
			if t == "#st" {
				e.names["#st"] = "status"
			}
			if key := t == "gpk" || t == "gsk"; key && (verb == "ADD" || verb == "DELETE") {
				t = "a"
			}
			actions = append(actions, t+e.argument(verb, t, risky))
		}
		clauses = append(clauses, verb+" "+strings.Join(actions, ", "))
	}
	e.Shuffle(len(clauses), func(i, j int) { clauses[i], clauses[j] = clauses[j], clauses[i] })
	return strings.Join(clauses, " ")
}

func (e *expression) wrongUpdate() string {
	return pick(e.chance, "", "SET", "ADD a "+e.anyValue(), "DELETE s "+e.anyValue(), "SET a = n + "+e.anyValue(),
		"SET a = list_append(l, "+e.anyValue()+")", "SET a", "SET a =", "UPSERT a = b", "SET a = b, a = c", "SET a = b SET c = b", "SET pk = a",
		"REMOVE sk", "ADD a b", "SET a = b + b + b", "SET a = (b)", "SET a = list_append(a)", "SET a = nonsense(a, b)", "REMOVE a, a.b",
		"SET a.b = b REMOVE a[1]", "SET a = b REMOVE a", "SET a = if_not_exists(a)", "SET a = if_not_exists(a.b, b) + n", "DELETE a n",
		"REMOVE l[0], l[0]", "SET a = -b", "SET size(a) = b", "SET a = size(b)", "SET a = b,", "REMOVE a b", "set a = b", "SET a = b AND c = d",
		"SET id = a")
}

// argument is what follows the path of an action.
func (e *expression) argument(verb, target string, risky bool) string {
	switch {
	case verb == "REMOVE":
		return ""
	case verb == "DELETE":
		return " " + e.value(e.set())
	case verb == "ADD":
		return " " + pick(e.chance, e.numeral, e.numeral, func() string { return e.value(e.set()) })()
	case target == "gpk" && !e.one(30):
		return " = " + e.value(doc{"S": pick(e.chance, "g", "h")})
	case target == "gsk" && !e.one(30):
		return " = " + e.value(doc{"N": fmt.Sprint(e.IntN(4))})
	case risky:
		return " = " + e.computed()
	}
	return " = " + e.anyValue()
}

func (e *expression) computed() string {
	switch e.IntN(7) {
	case 0:
		return "n + " + e.numeral()
	case 1:
		return "if_not_exists(n, " + e.numeral() + ") - " + e.numeral()
	case 2:
		return "list_append(l, " + e.value(doc{"L": []any{e.chance.value(1)}}) + ")"
	case 3:
		return "if_not_exists(" + e.path() + ", " + e.anyValue() + ")"
	case 4:
		return "list_append(if_not_exists(l, " + e.value(doc{"L": []any{}}) + "), " + e.value(doc{"L": []any{e.chance.value(1)}}) + ")"
	case 5:
		return pick(e.chance, e.path(), "n + n", e.path()+" - "+e.numeral(), "l[0] + l[1]")
	}
	return e.anyValue()
}

func (e *expression) keyCondition(onIndex bool) string {
	if e.one(30) {
		return e.withP(pick(e.chance, "", "pk", "pk = pk", "pk > sk", "sk = a", "pk = :p OR sk = :p", "NOT pk = :p", "contains(pk, :p)",
			"size(pk) = :p",
			"pk.x = :p", "pk IN (:p)", "pk <> :p"))
	}
	hash := "pk = " + e.value(doc{"S": pick(e.chance, "p", "q", "r")})
	if onIndex {
		hash = "gpk = " + e.value(doc{"S": pick(e.chance, "g", "h")})
	}
	if e.one(80) {
		hash = pick(e.chance, "pk", "gpk", "sk", "a") + pick(e.chance, " = ", " > ") + e.anyValue()
	}
	if e.one(3) {
		return hash
	}
	sort, v := "sk", func() string { return e.value(doc{"S": pick(e.chance, "a", "ab", "b", "c")}) }
	if onIndex {
		sort, v = "gsk", func() string { return e.value(doc{"N": fmt.Sprint(e.IntN(4))}) }
	}
	if e.one(80) {
		v = e.anyValue
	}
	range_ := ""
	switch e.IntN(5) {
	case 0:
		range_ = sort + " BETWEEN " + v() + " AND " + v()
	case 1:
		range_ = "begins_with(" + sort + ", " + v() + ")"
	default:
		range_ = sort + pick(e.chance, " = ", " < ", " <= ", " > ", " >= ") + v()
		if e.one(40) {
			range_ = sort + " <> " + v()
		}
	}
	if e.one(5) {
		return range_ + " AND " + hash
	}
	return hash + " AND " + pick(e.chance, range_, "("+range_+")", range_)
}

// withP gives the value that an expression names :p.
func (e *expression) withP(expression string) string {
	if strings.Contains(expression, ":p") {
		e.values[":p"] = doc{"S": "p"}
	}
	return expression
}
