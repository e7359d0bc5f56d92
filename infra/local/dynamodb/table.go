package dynamodb

import (
	"fmt"
	"slices"

	"github.com/regua/regua/infra/local/store"
	"github.com/tidwall/btree"
)

// maxItemSize is the largest item in bytes, names included.
const maxItemSize = 400 << 10

// The buckets of the store: table definitions by name, and each table's items by ordered key.
const (
	tablesBucket = "dynamodb"
	itemsBucket  = "dynamodb/"
)

// record is a stored item, or the projection of one in an index. It is never changed once made.
type record struct {
	key  string // the ordered key in the table
	item item
	size int
}

func newRecord(key string, it item) *record { return &record{key: key, item: it, size: it.size()} }

// bytes is the size of an item, 0 when there is none.
func (r *record) bytes() int {
	if r == nil {
		return 0
	}
	return r.size
}

// table is a table in memory: its items and its indexes, all ordered.
type table struct {
	*index  // of all its items, by the table's key
	def     definition
	indexes []*index // that one first
	expiry  *index   // items by time to live; nil when it is off
}

// index is a sparse ordered index. Its keys end in the table's, so that entries with equal index keys are kept apart.
type index struct {
	name    string // empty for the table itself
	key     schema
	project []string // the attributes it holds; nil means all
	entries btree.Map[string, *record]
}

// place is the key of an item's entry, "" when the item lacks one of the index's attributes or is nil.
func (x *index) place(r *record) string {
	switch {
	case r == nil:
		return ""
	case x.name == "":
		return r.key
	}
	key, ok := x.key.encode(r.item)
	if !ok {
		return ""
	}
	return key + r.key
}

// entry is what the index holds of an item.
func (x *index) entry(r *record) *record {
	if x.project == nil {
		return r
	}
	it := make(item, 0, len(x.project))
	for _, f := range r.item {
		if slices.Contains(x.project, f.name) {
			it = append(it, f)
		}
	}
	return newRecord(r.key, it)
}

func (x *index) apply(old, next *record) {
	before, now := x.place(old), x.place(next)
	if before != now {
		x.entries.Delete(before)
	}
	if now != "" {
		x.entries.Set(now, x.entry(next))
	}
}

func (t *table) named(name string) *index {
	if i := slices.IndexFunc(t.indexes, func(x *index) bool { return x.name == name }); i >= 0 {
		return t.indexes[i]
	}
	return nil
}

// checkIndexKeys checks the attributes of an item that are keys of indexes; how says by what they got their values.
func (t *table) checkIndexKeys(it item, how string) error {
	for _, x := range t.indexes[1:] {
		for i, a := range x.key {
			v, ok := it.get(a.AttributeName)
			if !ok {
				continue
			}
			if v.kind != a.AttributeType {
				return invalidParameter("Type mismatch for Index Key %s Expected: %s Actual: %s IndexName: %s",
					a.AttributeName, a.AttributeType, v.kind, x.name)
			}
			named := "IndexName: " + x.name + ", IndexKey: " + a.AttributeName
			if err := checkContent(i, v, how+" is not supported. ", named); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkScalars refuses paths that go into a key attribute; nested are the attributes into which paths go.
func (t *table) checkScalars(nested []string) error {
	for i, x := range t.indexes {
		for _, a := range x.key {
			if slices.Contains(nested, a.AttributeName) {
				return invalid("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: %s: %s",
					[]string{"Key", "IndexKey"}[min(i, 1)], a.AttributeName)
			}
		}
	}
	return nil
}

// change is one write that has been decided: old gives way to next (nil: no item). A change that keeps its record checks only.
type change struct {
	t         *table
	key       string
	old, next *record
}

func (t *table) apply(c change) {
	for _, x := range t.indexes {
		x.apply(c.old, c.next)
	}
	if t.expiry != nil {
		t.expiry.apply(c.old, c.next)
	}
}

// setExpiry builds the order of expiry by the attribute that holds the time to live, or drops it when the name is empty.
func (t *table) setExpiry(attribute string) {
	t.def.TimeToLive, t.expiry = attribute, nil
	if attribute == "" {
		return
	}
	t.expiry = &index{name: "expiry", key: schema{{attribute, kindN}}, project: []string{}}
	t.entries.Scan(func(_ string, r *record) bool {
		t.expiry.apply(nil, r)
		return true
	})
}

// loadTable makes a table from its stored definition and items.
func loadTable(st *store.Store, def definition) (*table, error) {
	t, err := newTable(def)
	if err != nil {
		return nil, fmt.Errorf("read table %s: %w", def.TableName, err)
	}
	err = store.Load(st, itemsBucket+def.TableName, func(key string, raw attributes) error {
		it, err := raw.decode(0)
		if err != nil {
			return fmt.Errorf("read item of %s: %w", def.TableName, err)
		}
		t.apply(change{t: t, key: key, next: newRecord(key, it)})
		return nil
	})
	return t, err
}
