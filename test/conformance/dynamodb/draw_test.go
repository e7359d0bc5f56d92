package dynamodb_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// chance draws the operations of one episode. It makes mistakes on purpose: about one request in eight is wrong somewhere.
type chance struct {
	*rand.Rand
	table string    // pk (S) and sk (S), and the indexes by-group, by-keys and by-some on gpk (S) and gsk (N)
	flat  string    // id (N)
	last  operation // the last transaction, which is repeated now and then
}

func (c *chance) one(in int) bool { return c.IntN(in) == 0 }

func pick[T any](c *chance, from ...T) T { return from[c.IntN(len(from))] }

func (c *chance) word() string {
	return pick(c, "a", "b", "ab", "abc", "b\u00e9", "\U0001f600", "0", "A", "a b", "\u0000", "z")
}

func (c *chance) goodNumber() string {
	if c.one(6) {
		return pick(c, "1.50", "-0", "1e2", "1E-130", "9.9999999999999999999999999999999999999E+125", "-1E+125", "0.1", "1e0", "+7", "007",
			"12345678901234567890123456789012345678", "99999999999999999999999999999999999999", "0.10", ".5", "5.", "1e-7", "-2.25")
	}
	return fmt.Sprint(c.IntN(9) - 3)
}

func (c *chance) number() string {
	if c.one(90) {
		return pick(c, "", "abc", "1e126", "1e-131", "123456789012345678901234567890123456789", "--1", "1 ", " 1", "0x10", "1_0", "NaN", "1e",
			"e1", "-1e126", "Infinity")
	}
	return c.goodNumber()
}

func b64(c *chance) string { return pick(c, "AA==", "AQI=", "YWI=", "/w==", "YQ==") }

// value draws an attribute value.
func (c *chance) value(depth int) any {
	if c.one(350) {
		return pick[any](c, doc{}, doc{"S": "x", "N": "1"}, doc{"NULL": false}, doc{"SS": []any{}}, doc{"NS": []any{"1", "1.0"}},
			doc{"SS": []any{"a", "a"}}, doc{"BS": []any{"AA==", "AA=="}}, doc{"NS": []any{}}, doc{"BS": []any{}}, doc{"NS": []any{"x"}})
	}
	if depth > 2 {
		return doc{"N": c.number()}
	}
	switch c.IntN(14) {
	case 0, 1, 2:
		return doc{"S": c.word()}
	case 3, 4, 5, 6:
		return doc{"N": c.number()}
	case 7:
		return doc{"B": b64(c)}
	case 8:
		return doc{"BOOL": c.one(2)}
	case 9:
		return doc{"NULL": true}
	case 10:
		return c.set()
	case 11, 12:
		list := []any{}
		for range c.IntN(4) {
			list = append(list, c.value(depth+1))
		}
		return doc{"L": list}
	}
	fields := doc{}
	for range c.IntN(4) {
		fields[pick(c, "x", "y", "z")] = c.value(depth + 1)
	}
	return doc{"M": fields}
}

func (c *chance) set() any {
	switch c.IntN(5) {
	case 0, 1:
		return doc{"SS": pick(c, []any{"a"}, []any{"b", "a"}, []any{"a", "b", "c"}, []any{"z"})}
	case 2, 3:
		return doc{"NS": pick(c, []any{"1"}, []any{"2", "1.0"}, []any{"3"}, []any{"-1", "0.5", "2"})}
	}
	return doc{"BS": pick(c, []any{"AA=="}, []any{"AQI=", "AA=="})}
}

// key draws a whole key of the table; every 120th is wrong.
func (c *chance) key() doc {
	key := doc{"pk": doc{"S": pick(c, "p", "q", "r")}, "sk": doc{"S": pick(c, "a", "ab", "b", "c", "d", "\u00e9")}}
	if c.one(120) {
		switch c.IntN(7) {
		case 0:
			delete(key, "sk")
		case 1:
			key["sk"] = doc{"N": "1"}
		case 2:
			key["pk"] = doc{"S": ""}
		case 3:
			key["more"] = doc{"S": "x"}
		case 4:
			key["sk"] = doc{"S": strings.Repeat("k", 1025)}
		case 5:
			key["pk"] = doc{"S": strings.Repeat("k", 2049)}
		case 6:
			return doc{}
		}
	}
	return key
}

func (c *chance) flatKey() doc {
	if c.one(80) {
		return pick(c, doc{"id": doc{"S": "1"}}, doc{}, doc{"id": doc{"N": "x"}}, doc{"pk": doc{"N": "1"}})
	}
	return doc{"id": doc{"N": pick(c, "1", "0.5", "2", "-3", "1e2")}}
}

// keyOf draws a key of one of the tables.
func (c *chance) keyOf(table string) doc {
	if table == c.flat {
		return c.flatKey()
	}
	return c.key()
}

// anyTable draws a table's name; every 150th is of none.
func (c *chance) anyTable() string {
	if c.one(150) {
		return pick(c, "nowhere", "x", "no where")
	}
	if c.one(5) {
		return c.flat
	}
	return c.table
}

func (c *chance) item(table string) doc {
	it := c.keyOf(table)
	for range c.IntN(5) {
		it[pick(c, "a", "b", "n", "l", "m", "note", "status")] = c.value(0)
	}
	if !c.one(6) {
		it["l"] = doc{"L": []any{c.value(1), c.value(1), c.value(1)}}
	}
	if !c.one(6) {
		it["m"] = doc{"M": doc{"x": c.value(1), "y": c.value(1)}}
	}
	if !c.one(6) {
		it["n"] = doc{"N": c.goodNumber()}
	}
	if c.one(2) {
		it["s"] = c.set()
	}
	if table == c.table && !c.one(3) {
		it["gpk"], it["gsk"] = doc{"S": pick(c, "g", "h")}, doc{"N": fmt.Sprint(c.IntN(4))}
		if c.one(40) {
			it[pick(c, "gpk", "gsk")] = pick[any](c, doc{"S": ""}, doc{"BOOL": true}, doc{"N": "1.5"}, doc{"S": "x"}, doc{"NULL": true})
		}
	}
	return it
}

// draw gives the next operation of an episode.
func (c *chance) draw() operation {
	op := c.drawGood()
	if c.one(200) {
		c.spoil(op.body)
	}
	return op
}

func (c *chance) drawGood() operation {
	switch n := c.IntN(100); {
	case n < 14:
		return c.putItem()
	case n < 36:
		return c.updateItem()
	case n < 43:
		return c.deleteItem()
	case n < 50:
		return c.getItem()
	case n < 66:
		return c.query()
	case n < 71:
		return c.scan()
	case n < 75:
		return c.batchGet()
	case n < 79:
		return c.batchWrite()
	case n < 93:
		if c.one(8) && c.last.Name != "" {
			return c.last
		}
		c.last = c.transactWrite()
		return c.last
	case n < 97:
		return c.transactGet()
	}
	return c.describe()
}

// spoil takes a member away from a request or puts something else in its place.
func (c *chance) spoil(body doc) {
	names := members(body)
	if len(names) == 0 {
		return
	}
	name := names[c.IntN(len(names))]
	switch c.IntN(3) {
	case 0:
		delete(body, name)
	case 1:
		if _, ok := body[name].(doc); ok {
			body[name] = doc{}
		} else {
			delete(body, name)
		}
	case 2:
		if _, ok := body[name].([]any); ok {
			body[name] = []any{}
		}
	}
}
