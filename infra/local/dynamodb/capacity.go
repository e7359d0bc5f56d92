package dynamodb

import (
	"maps"
	"slices"
	"strings"
)

// The sizes that one capacity unit covers, in bytes.
const (
	readUnit  = 4 << 10
	writeUnit = 1 << 10
)

// charged is a request that may ask what it costs, and adds that up by table.
type charged struct {
	ReturnConsumedCapacity string // NONE, TOTAL or INDEXES
	tables                 map[string]*consumed
}

// consumed is what one call costs on one table, as ReturnConsumedCapacity reports it.
type consumed struct {
	TableName              string
	CapacityUnits          float64
	Table                  *cost           `json:",omitempty"`
	GlobalSecondaryIndexes map[string]cost `json:",omitempty"`
}

type cost struct{ CapacityUnits float64 }

func (c *charged) account() *charged { return c }

// open is called first; without a report that is asked for nothing is added up.
func (c *charged) open() error {
	if c.ReturnConsumedCapacity != "" && c.ReturnConsumedCapacity != "NONE" {
		c.tables = map[string]*consumed{}
	}
	return checkEnum(c.ReturnConsumedCapacity, "returnConsumedCapacity", "INDEXES", "TOTAL", "NONE")
}

// add books units on a table or, when index is not empty, on one of its indexes.
func (c *charged) add(t *table, index string, units float64) {
	if c.tables == nil {
		return
	}
	u := c.tables[t.def.TableName]
	if u == nil {
		u = &consumed{TableName: t.def.TableName}
		c.tables[t.def.TableName] = u
	}
	u.CapacityUnits += units
	if c.ReturnConsumedCapacity != "INDEXES" {
		return
	}
	if u.Table == nil {
		u.Table, u.GlobalSecondaryIndexes = &cost{}, map[string]cost{}
	}
	if index == "" {
		u.Table.CapacityUnits += units
	} else {
		u.GlobalSecondaryIndexes[index] = cost{u.GlobalSecondaryIndexes[index].CapacityUnits + units}
	}
}

// units is a size in whole units, at least one.
func units(size, unit int) float64 { return float64(max(1, (size+unit-1)/unit)) }

// read books the read of size bytes: half a unit each when the read is eventually consistent.
func (c *charged) read(t *table, index string, size int, consistent bool) {
	n := units(size, readUnit)
	if !consistent {
		n /= 2
	}
	c.add(t, index, n)
}

// write books changes: the larger of the old and the new item, and what each index has to rewrite. In a transaction the factor is 2.
func (c *charged) write(changes []change, factor float64) {
	for _, ch := range changes {
		if c.tables == nil {
			return
		}
		c.add(ch.t, "", factor*units(max(ch.old.bytes(), ch.next.bytes()), writeUnit))
		for _, x := range ch.t.indexes[1:] {
			if n := x.units(ch.old, ch.next); n > 0 {
				c.add(ch.t, x.name, factor*n)
			}
		}
	}
}

// units is what an update of the index costs: nothing when what it holds stays the same, two writes when the entry moves.
func (x *index) units(old, next *record) float64 {
	before, now := x.place(old), x.place(next)
	held, holds := 0.0, 0.0
	if before != "" {
		held = units(x.entry(old).size, writeUnit)
	}
	if now != "" {
		holds = units(x.entry(next).size, writeUnit)
	}
	switch {
	case before != now:
		return held + holds
	case now == "" || x.entry(old).item.equal(x.entry(next).item):
		return 0
	}
	return max(held, holds)
}

// report writes what a call cost: a list when it may be on several tables.
func (c *charged) report(o *object, several bool) {
	all := slices.SortedFunc(maps.Values(c.tables), func(a, b *consumed) int { return strings.Compare(a.TableName, b.TableName) })
	switch {
	case len(all) == 0:
	case several:
		o.json("ConsumedCapacity", all)
	default:
		o.json("ConsumedCapacity", all[0])
	}
}
