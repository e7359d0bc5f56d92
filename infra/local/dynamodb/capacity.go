package dynamodb

import (
	"slices"
	"strconv"
)

// The sizes that one capacity unit covers, in bytes.
const (
	readUnit  = 4 << 10
	writeUnit = 1 << 10
)

// capacity adds up what one call costs, by table, as ReturnConsumedCapacity reports it.
type capacity struct {
	report string // NONE, TOTAL or INDEXES
	// member is how a transaction's units are named besides CapacityUnits; empty outside transactions.
	member string
	tables map[string]*tableUnits
}

type tableUnits struct {
	table   float64
	indexes map[string]float64
}

func newCapacity(report string) (*capacity, error) {
	switch report {
	case "":
		report = "NONE"
	case "NONE", "TOTAL", "INDEXES":
	default:
		return nil, invalid("1 validation error detected: Value '%s' at 'returnConsumedCapacity' failed to satisfy constraint: "+
			"Member must satisfy enum value set: [INDEXES, TOTAL, NONE]", report)
	}
	return &capacity{report: report}, nil
}

// add books units on a table or, when index is not empty, on one of its indexes.
func (c *capacity) add(t *table, index string, units float64) {
	if c.report == "NONE" {
		return
	}
	if c.tables == nil {
		c.tables = map[string]*tableUnits{}
	}
	u := c.tables[t.def.TableName]
	if u == nil {
		u = &tableUnits{indexes: map[string]float64{}}
		c.tables[t.def.TableName] = u
	}
	if index == "" {
		u.table += units
	} else if units > 0 {
		u.indexes[index] += units
	}
}

// units is a size in whole units, at least one.
func units(size, unit int) float64 { return float64(max(1, (size+unit-1)/unit)) }

// read books the read of size bytes: half a unit each when the read is eventually consistent.
func (c *capacity) read(t *table, index string, size int, consistent bool) {
	n := units(size, readUnit)
	if !consistent {
		n /= 2
	}
	c.add(t, index, n)
}

// write books a change: the larger of the old and the new item, and what each index has to rewrite. A transaction costs twice.
func (c *capacity) write(ch change, factor float64) {
	if c.report == "NONE" {
		return
	}
	size := 0
	for _, r := range []*record{ch.old, ch.next} {
		if r != nil {
			size = max(size, r.size)
		}
	}
	c.add(ch.t, "", factor*units(size, writeUnit))
	if ch.old == ch.next {
		return
	}
	for _, x := range ch.t.indexes {
		c.add(ch.t, x.name, factor*x.cost(ch.old, ch.next))
	}
}

// cost is the write units of an index update: none when what it holds stays the same, two writes when the entry moves.
func (x *index) cost(old, next *record) float64 {
	before, now := x.entryKey(old), x.entryKey(next)
	cost := 0.0
	switch {
	case before != "" && before == now:
		was, is := x.view(old), x.view(next)
		if !equalItems(was.item, is.item) {
			cost = units(max(was.size, is.size), writeUnit)
		}
		return cost
	case before != "":
		cost = units(x.view(old).size, writeUnit)
	}
	if now != "" {
		cost += units(x.view(next).size, writeUnit)
	}
	return cost
}

// single writes the ConsumedCapacity member of a call on one table.
func (c *capacity) single(o *object) {
	for name := range c.tables {
		o.raw("ConsumedCapacity", c.encode(name))
	}
}

// list writes the ConsumedCapacity member of a call on several tables.
func (c *capacity) list(o *object) {
	if c.report == "NONE" {
		return
	}
	names := make([]string, 0, len(c.tables))
	for name := range c.tables {
		names = append(names, name)
	}
	slices.Sort(names)
	o.name("ConsumedCapacity").buf = append(o.buf, '[')
	for i, name := range names {
		if i > 0 {
			o.buf = append(o.buf, ',')
		}
		o.buf = append(o.buf, c.encode(name)...)
	}
	o.buf = append(o.buf, ']')
}

func (c *capacity) encode(name string) []byte {
	u := c.tables[name]
	total := u.table
	for _, n := range u.indexes {
		total += n
	}
	o := newObject()
	o.raw("TableName", appendText(nil, name))
	o.raw("CapacityUnits", float(total))
	if c.member != "" {
		o.raw(c.member, float(total))
	}
	if c.report == "INDEXES" {
		o.raw("Table", c.part(u.table))
		if len(u.indexes) > 0 {
			indexes := newObject()
			for index, n := range u.indexes {
				indexes.raw(index, c.part(n))
			}
			o.raw("GlobalSecondaryIndexes", indexes.done())
		}
	}
	return o.done()
}

func (c *capacity) part(n float64) []byte {
	o := newObject()
	o.raw("CapacityUnits", float(n))
	if c.member != "" {
		o.raw(c.member, float(n))
	}
	return o.done()
}

func float(n float64) []byte { return strconv.AppendFloat(nil, n, 'f', -1, 64) }
